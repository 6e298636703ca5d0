"""What the clock costs: a year of a thousand resources, thirty years of one, idle days, schedules.

Times are wall times, for that is what an advance is waited for; processor time stands beside them.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from processes import SERVER_CORE, Worker, progress
from report import Section, at_most, flat, short

IN_MEMORY_SECONDS, ON_DISK_SECONDS, ON_DISK_MIB = 20, 30, 400
THIRTY_YEARS_SECONDS = FIRES_SECONDS = 1
IDLE_DAY_MS = 50
MONTHS_APART = 0.15
_POINTS, _FIRES = 100_000, 100_000
_ROUNDS = 3


def measured(*, quick: bool) -> list[Section]:
    """Measure what no request waits for but those that move time."""
    rounds = 1 if quick else _ROUNDS
    return [_year(100 if quick else 1_000, rounds), _rest(rounds)]


def _done(**job: Any) -> Any:
    """Have one job done by a process that has done nothing before."""
    with Worker("in_time.py", SERVER_CORE) as worker:
        return worker.do(**job)


def _year(resources: int, rounds: int) -> Section:
    runs: dict[str, list[dict[str, Any]]] = {"in memory": [], "streaming to disk": []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            progress(f"a year of {resources:,} resources, {number + 1} of {rounds}")
            runs["in memory"].append(_done(do="year", resources=resources, file=""))
            file = str(Path(folder) / f"{number}.db")
            runs["streaming to disk"].append(_done(do="year", resources=resources, file=file))
    best = {name: _best(found) for name, found in runs.items()}
    kept, streamed = best["in memory"], best["streaming to disk"]
    return Section(
        "A year",
        f"{resources:,} resources, volumes and buckets by turns, a daily rule that retains for 35"
        " days, 365 days: one advance a month. *Streaming* keeps the log in SQLite, in strides, as"
        " `vaultclock serve --data` does. Best of fresh processes; the cycle collector is tuned"
        " as the server's is. Months are compared by processor time, each the best of its kind.",
        ["", "facts", "wall s", "processor s", "facts/s", "peak MiB", "slowest : fastest month"],
        [_row(name, found) for name, found in best.items()],
        [
            at_most("a year in memory, s", kept["wall"], IN_MEMORY_SECONDS),
            at_most("a year streaming to disk, s", streamed["wall"], ON_DISK_SECONDS),
            at_most("peak while it streams, MiB", streamed["peak_mib"], ON_DISK_MIB),
            flat("first and last month within 15 %", _ends(kept), MONTHS_APART),
            flat("the same while it streams", _ends(streamed), MONTHS_APART),
        ],
    )


def _best(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Answer the quickest of several years, with the rate of each month where it was highest.

    Whoever else uses the machine takes a month from one run and another from the next.
    """
    months = [max(rates) for rates in zip(*(year["months"] for year in found), strict=True)]
    quickest = min(found, key=_wall)
    return {**quickest, "months": months}


def _wall(found: dict[str, Any]) -> float:
    return float(found["wall"])


def _ends(found: dict[str, Any]) -> Sequence[float]:
    """Answer the rates of the first simulated month and of the last."""
    return [found["months"][0], found["months"][-1]]


def _row(name: str, found: dict[str, Any]) -> list[str]:
    rate = found["facts"] / found["wall"]
    slowest = min(found["months"]) / max(found["months"])
    figures = [found["wall"], found["processor"], rate, found["peak_mib"], slowest]
    return [name, f"{found['facts']:,}", *map(short, figures)]


def _rest(rounds: int) -> Section:
    progress("thirty years, idle days and schedules")
    thirty = min((_done(do="thirty_years") for _ in range(rounds)), key=_wall)
    idle, fires = _done(do="idle_day", points=_POINTS), _done(do="fires", count=_FIRES)
    return Section(
        "The clock otherwise",
        "One resource that is backed up daily for thirty years; a day of a world that holds"
        f" {_POINTS:,} recovery points of which none is due; and {_FIRES:,} times the next instant"
        " of a daily expression in America/New_York, each asked from the one before. Thirty years"
        " are the best of fresh processes.",
        ["", "measured"],
        [
            [f"thirty years of one resource ({thirty['facts']:,} facts), s", short(thirty["wall"])],
            [f"an idle day with {_POINTS:,} points, ms", short(idle["ms"])],
            [f"{_FIRES:,} next fires, s", short(fires["wall"])],
        ],
        [
            at_most("thirty years of one resource, s", thirty["wall"], THIRTY_YEARS_SECONDS),
            at_most(f"an idle day with {_POINTS:,} points, ms", idle["ms"], IDLE_DAY_MS),
            at_most(f"{_FIRES:,} next fires, s", fires["wall"], FIRES_SECONDS),
        ],
    )
