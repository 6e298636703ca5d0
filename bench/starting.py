"""How soon a server answers after its process began, and how much memory it holds then."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import calls
from contenders import LIMIT, MINISTACK, US, Contender, limit, ours, peers
from processes import progress
from report import Section, at_most, short, times

SECONDS_MAX = 0.35
MEBIBYTES_MAX = 60
_MEBIBYTE = 1 << 20


def measured(*, quick: bool) -> list[Section]:
    """Start every server several times, by turns."""
    rounds = 3 if quick else 8
    with TemporaryDirectory() as folder:
        for name in ("describe", "list", "create", "vaults"):
            (Path(folder) / name).write_bytes(b"{}")
        contenders = [ours(), limit(Path(folder)), *peers()]
        seconds: dict[str, list[float]] = {contender.name: [] for contender in contenders}
        room: dict[str, list[float]] = {contender.name: [] for contender in contenders}
        for number in range(rounds):
            progress(f"starts {number + 1} of {rounds}")
            for contender in contenders:
                took, resident = _start(contender)
                seconds[contender.name].append(took)
                room[contender.name].append(resident / _MEBIBYTE)
    return [_section(seconds, room, rounds)]


def _start(contender: Contender) -> tuple[float, int]:
    begun = time.perf_counter()
    with contender.start() as server:
        server.first_answer(calls.LIST_SMALL.encode())
        return time.perf_counter() - begun, server.resident_bytes()


def _section(
    seconds: Mapping[str, Sequence[float]], room: Mapping[str, Sequence[float]], rounds: int
) -> Section:
    best = {name: min(found) for name, found in seconds.items()}
    least = {name: min(found) for name, found in room.items()}
    return Section(
        "Start and idle memory",
        "From spawning the process to its first answer (an empty list of vaults), and the memory"
        f" it holds then; the least of {rounds} starts by turns. The constant app imports all of"
        " Vaultclock for its server, so only the peers are compared with.",
        ["server", "seconds", "vaultclock : it", "MiB", "vaultclock : it"],
        [
            [
                name,
                short(best[name]),
                times(best[US] / best[name]),
                short(least[name]),
                times(least[US] / least[name]),
            ]
            for name in best
            if name != LIMIT
        ],
        [
            at_most(f"start to first answer <= {SECONDS_MAX} s", best[US], SECONDS_MAX, " s"),
            at_most("start to first answer <= ministack's", best[US] / best[MINISTACK], 1, "x"),
            at_most(f"idle memory <= {MEBIBYTES_MAX} MiB", least[US], MEBIBYTES_MAX, " MiB"),
        ],
    )
