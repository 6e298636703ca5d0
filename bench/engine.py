"""The engine without a network: commands, reading logs, the room a fact takes, pages."""

import tempfile
from collections.abc import Sequence
from typing import Any

from processes import SERVER_CORE, Worker, progress
from report import Section, at_least, flat, short, times

COMMANDS_PER_SECOND = 50_000
REPLAYED_PER_SECOND = 100_000
WINDOW = 50_000  # facts: long enough to pay for its share of the cycle collector's long walks


def measured(*, quick: bool) -> list[Section]:
    """Measure everything that needs no server."""
    sizes = [10_000, 100_000] if quick else [10_000, 100_000, 1_000_000]
    return [_commands(sizes, quick=quick), _replay(sizes, quick=quick)]


def once(**job: Any) -> Any:
    """Have one job done by a process that has done nothing before."""
    with Worker("in_process.py", SERVER_CORE) as worker:
        return worker.do(**job)


def _best(rounds: int, **job: Any) -> float:
    """Repeat a job in fresh processes; answer the best rate."""
    return max(float(once(**job)["facts_s"]) for _ in range(rounds))


def _commands(sizes: Sequence[int], *, quick: bool) -> Section:
    rounds = 2 if quick else 3
    progress(f"commands at {sizes} facts")
    runs = [once(do="commands", sizes=sizes, window=WINDOW) for _ in range(rounds)]
    rates = [max(run[place]["commands"] for run in runs) for place in range(len(sizes))]
    facts = [max(run[place]["facts_s"] for run in runs) for place in range(len(sizes))]
    return Section(
        "Commands, in process",
        f"`Engine.handle` and `advance` on the mix of bench/workload.py, the next {WINDOW:,} facts"
        " at each size; processor time, best of fresh processes. A command is one decision, also"
        " those that the clock sends. The cycle collector is tuned as the server's is"
        " (`vaultclock.tune_collector`).",
        ["facts in the log", "commands/s", "facts/s", "against the smallest"],
        [
            [f"{size:,}", short(rate), short(fact), times(rate / rates[0])]
            for size, rate, fact in zip(sizes, rates, facts, strict=True)
        ],
        [
            at_least(f"{COMMANDS_PER_SECOND:,} commands/s", min(rates), COMMANDS_PER_SECOND, "/s"),
            flat(f"commands/s flat to 20 % up to {sizes[-1]:,} facts", rates),
        ],
    )


def _replay(sizes: Sequence[int], *, quick: bool) -> Section:
    rounds = 1 if quick else 2
    rows, rates = [], []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            progress(f"replay of {size:,} facts")
            room = once(do="write", facts=size, folder=folder)
            packed = f"{folder}/{size}.vclog"
            limit = _best(rounds, do="unpack", file=f"{folder}/{size}.plain")
            read = _best(rounds, do="read", file=packed)
            once(do="store", file=packed)
            restarted = _best(rounds, do="restart", file=packed)
            folded = _best(rounds, do="fold", file=packed)
            rates.append(restarted)
            rows.append(
                [
                    f"{size:,}",
                    *(short(rate) for rate in (read, restarted, folded, limit)),
                    times(limit / restarted),
                    short(room["plain"]),
                    short(room["packed"]),
                ]
            )
    return Section(
        "Replay, in process",
        "Facts a second of processor time. *file* reads, checks and folds a compressed log file"
        " that anybody may have written; *restart* reads and folds the program's own log from its"
        " SQLite store, and is what the targets judge;"
        " *fold* is the folding alone, of facts in memory; *unpackb* is `msgpack.unpackb` of the"
        " same facts and nothing else.",
        [
            "facts",
            "file/s",
            "restart/s",
            "fold/s",
            "unpackb/s",
            "unpackb : restart",
            "bytes a fact",
            "compressed",
        ],
        rows,
        [
            at_least(
                f"replay of its own log {REPLAYED_PER_SECOND:,} facts/s",
                min(rates),
                REPLAYED_PER_SECOND,
            ),
            flat(f"replay flat to 20 % up to {sizes[-1]:,} facts", rates),
        ],
    )
