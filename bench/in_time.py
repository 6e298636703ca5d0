"""A worker that lets simulated time pass in its own process, and says what that took."""

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import workload
from processes import answer_job, jobs

from vaultclock.adapters.clock.collector import tune_collector
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.store.sqlite import SqliteLog
from vaultclock.domain.features import Engine, replay
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import DAY
from vaultclock.domain.kernel.logs import Log, MemoryLog
from vaultclock.domain.kernel.schedules import parse_schedule

_YEAR_DAYS, _MONTHS = 365, 12
_KIB_IN_MIB = 1024


def year(resources: int, file: str) -> dict[str, Any]:
    """Live through a year of daily backups; with a file, the log streams into a store there."""
    tune_collector()
    origin = Origin(workload.START)
    log: Log = SqliteLog.open(Path(file), origin) if file else MemoryLog(origin)
    simulation = Simulation(log)
    engine = simulation.engine
    workload.plan(engine, resources)
    seq, months = engine.seq, []
    begun, used = time.perf_counter(), time.process_time()
    for month in range(1, _MONTHS + 1):
        before, cpu = engine.seq, time.process_time()
        for _ in simulation.strides(workload.START + DAY * (_YEAR_DAYS * month // _MONTHS)):
            pass
        months.append((engine.seq - before) / (time.process_time() - cpu))
    wall, processor = time.perf_counter() - begun, time.process_time() - used
    simulation.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_IN_MIB
    return {
        "facts": engine.seq - seq,
        "wall": wall,
        "processor": processor,
        "peak_mib": peak,
        "months": months,
    }


def thirty_years() -> dict[str, Any]:
    """Back one resource up daily for thirty years."""
    tune_collector()
    engine = Engine(start=workload.START)
    workload.plan(engine, 1)
    seq, begun = engine.seq, time.perf_counter()
    engine.advance(workload.START + 30 * _YEAR_DAYS * DAY)
    return {"wall": time.perf_counter() - begun, "facts": engine.seq - seq}


def idle_day(points: int) -> dict[str, float]:
    """Advance a world by a day in which none of its recovery points is due."""
    engine = replay(workload.points_log(points))
    begun = time.perf_counter()
    engine.advance(engine.now + DAY)
    return {"ms": 1e3 * (time.perf_counter() - begun)}


def fires(count: int) -> dict[str, float]:
    """Ask a daily expression for its next instant, again and again."""
    schedule, at = parse_schedule("cron(30 1 ? * * *)", "America/New_York"), workload.START
    begun = time.perf_counter()
    for number in range(count):
        found = schedule.next_after(at)
        # the last year that an expression can name is not far enough for so many days
        at = workload.START + number if found is None else found
    return {"wall": time.perf_counter() - begun}


_VERBS: dict[str, Callable[..., Any]] = {
    verb.__name__: verb for verb in (year, thirty_years, idle_day, fires)
}


def main() -> None:
    for job in jobs():
        answer_job(_VERBS[job.pop("do")](**job))


if __name__ == "__main__":
    main()
