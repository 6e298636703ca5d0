"""A worker that measures inside its own process: the engine, reading logs, and pages.

All times are processor time, which other people's work on the machine disturbs least.
"""

import gc
import io
import struct
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import msgpack
import workload
from processes import answer_job, jobs

from vaultclock.adapters.clock.collector import tune_collector
from vaultclock.adapters.clock.recordings import play_recording
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.service import Service
from vaultclock.adapters.snapshot.files import MAGIC, read_log, write_log
from vaultclock.adapters.snapshot.recorded import Provenance
from vaultclock.adapters.store.sqlite import SqliteLog
from vaultclock.domain.features import Engine, replay
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.logs import MemoryLog, Recording
from vaultclock.domain.recovery_points.queries import list_by_vault

_PROVENANCE = Provenance(program_version="bench", model_hash="", tzdata_version="")
_PREFIX = struct.Struct(">II")
_LIST = f"/backup-vaults/{workload.VAULT_OF_POINTS}/recovery-points/"
_CREDENTIAL = b"AWS4-HMAC-SHA256 Credential=100000000000/20260101/us-east-1/backup/aws4_request"
_HEADERS = [(b"authorization", _CREDENTIAL + b", SignedHeaders=host, Signature=0")]


def commands(sizes: list[int], window: int) -> list[dict[str, float]]:
    """Grow one world, and at each size time the next ``window`` facts.

    The collector is tuned as the server's is, and as the library says that a program may.
    """
    tune_collector()
    engine, work = Engine(start=workload.START), workload.commands()
    found = []
    for size in sizes:
        workload.run(engine, work, size)
        asked = list(islice(work, window))  # more than enough, and made before time is taken
        decided, begun = _decisions(engine), time.process_time()
        workload.run(engine, asked, size + window)
        seconds = time.process_time() - begun
        decided = _decisions(engine) - decided
        found.append({"facts": size, "commands": decided / seconds, "facts_s": window / seconds})
    return found


def _decisions(engine: Engine) -> int:
    return sum(1 for _ in engine.log.read())


def write(facts: int, folder: str) -> dict[str, float]:
    """Write a log of so many facts, plain and compressed; answer the bytes a fact takes."""
    engine = Engine(start=workload.START)
    workload.run(engine, workload.commands(), facts)
    plain, packed = Path(folder) / f"{facts}.plain", Path(folder) / f"{facts}.vclog"
    _save(engine.log, plain, compress=False)
    _save(engine.log, packed, compress=True)
    facts = engine.seq
    return {"plain": plain.stat().st_size / facts, "packed": packed.stat().st_size / facts}


def write_points(points: int, file: str) -> None:
    """Write a log that leaves a vault with so many recovery points."""
    _save(workload.points_log(points), Path(file), compress=True)


def _save(log: Recording, path: Path, *, compress: bool) -> None:
    with path.open("wb") as file:
        write_log(log, file, compress=compress, **_PROVENANCE)


def unpack(file: str) -> dict[str, float]:
    """Unpack every frame of a plain log and do nothing with it: the limit of any reading."""
    raw = Path(file).read_bytes()
    begun, place, frames = time.process_time(), len(MAGIC), 0
    while place < len(raw):
        length, _ = _PREFIX.unpack_from(raw, place)
        place += _PREFIX.size
        msgpack.unpackb(raw[place : place + length])
        place += length
        frames += 1
    return {"facts_s": (frames - 2) / (time.process_time() - begun)}


def read(file: str) -> dict[str, float]:
    """Check a log that anybody may have written, and fold it: what ``vaultclock replay`` does."""
    raw = io.BytesIO(Path(file).read_bytes())
    begun = time.process_time()
    engine = play_recording(raw)
    return {"facts_s": engine.seq / (time.process_time() - begun)}


def store(file: str) -> None:
    """Put a log into a store on disk, beside its file."""
    recorded = read_log(io.BytesIO(Path(file).read_bytes()))
    with SqliteLog.open(Path(f"{file}.db"), recorded.origin) as log:
        for batch in recorded.read():
            log.append(batch)
        log.commit()


def restart(file: str) -> dict[str, float]:
    """Open that store and fold it: what a server does that is started again."""
    begun = time.process_time()
    with SqliteLog.open(Path(f"{file}.db"), Origin()) as log:
        engine = Simulation(log).engine
    return {"facts_s": engine.seq / (time.process_time() - begun)}


def fold(file: str) -> dict[str, float]:
    """Fold a log that is in memory already."""
    source = read_log(io.BytesIO(Path(file).read_bytes()), trusted=True)
    kept = MemoryLog(source.origin)
    for batch in source.read():
        kept.append(batch)
    begun = time.process_time()
    engine = replay(kept)
    return {"facts_s": engine.seq / (time.process_time() - begun)}


def pages(points: int, rounds: int) -> dict[str, float]:
    """Time a page of a thousand points: the query alone, and the whole call up to its bytes."""
    simulation = Simulation(workload.points_log(points))
    service = Service(simulation)
    world = simulation.engine.world(workload.HERE)
    return {
        "query": _best(rounds, lambda: list_by_vault(world, workload.VAULT_OF_POINTS, limit=1000)),
        "call": _best(rounds, lambda: service.handle("GET", _LIST, "", _HEADERS, b"")),
    }


def _best(rounds: int, work: Callable[[], Any]) -> float:
    times = []
    work()
    gc.collect()
    for _ in range(rounds):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


_VERBS: dict[str, Callable[..., Any]] = {
    verb.__name__: verb
    for verb in (commands, write, write_points, unpack, read, store, restart, fold, pages)
}


def main() -> None:
    for job in jobs():
        answer_job(_VERBS[job.pop("do")](**job))


if __name__ == "__main__":
    main()
