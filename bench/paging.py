"""Whether a page costs the same in a small vault and in a large one, in process and over HTTP."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import calls
from contenders import ours
from engine import once
from processes import CLIENT_CORE, SERVER_CORE, Server, Worker, ask, progress
from report import Section, flat, short, times

SMALL, LARGE, LARGE_QUICK = 1_000, 200_000, 50_000
_QUERY = "query alone"


def measured(*, quick: bool) -> list[Section]:
    """Ask for the newest thousand recovery points of a vault with a thousand, and with many."""
    sizes = [SMALL, LARGE_QUICK if quick else LARGE]
    progress(f"pages of vaults with {sizes} recovery points")
    found = [once(do="pages", points=size, rounds=20 if quick else 100) for size in sizes]
    over_http = _over_http(sizes, rounds=20 if quick else 100)
    rows = {
        _QUERY: [1e3 * pages["query"] for pages in found],
        "whole call: query, rows, JSON": [1e3 * pages["call"] for pages in found],
        "over HTTP, one connection, p50": over_http,
    }
    return [
        Section(
            "A page of 1,000",
            "Milliseconds for the newest 1,000 recovery points of a vault, of as many as the column"
            " says: the least processor time in process, the median wall time over HTTP.",
            ["", *(f"{size:,} points" for size in sizes), "large : small"],
            [
                [name, *(short(figure) for figure in figures), times(figures[1] / figures[0])]
                for name, figures in rows.items()
            ],
            [
                flat(f"page of 1,000 the same for {sizes[0]:,} and {sizes[1]:,}: {name}", figures)
                for name, figures in rows.items()
                if name != _QUERY
            ],
        )
    ]


def _over_http(sizes: list[int], rounds: int) -> list[float]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        worker = stack.enter_context(Worker("load.py", CLIENT_CORE))
        servers = [_holding(stack, folder / f"{size}.vclog", size) for size in sizes]
        times_ms: list[list[float]] = [[] for _ in servers]
        for _ in range(rounds // 10):
            for server, found in zip(servers, times_ms, strict=True):
                result = worker.do(
                    port=server.port,
                    template=calls.LIST_POINTS,
                    connections=1,
                    spin=SERVER_CORE != CLIENT_CORE,
                    seconds=10,
                    requests_max=10,
                )
                found.append(result["p50_ms"])
        return [median(found) for found in times_ms]


def _holding(stack: ExitStack, file: Path, points: int) -> Server:
    """Start Vaultclock and put a log into it that leaves a vault with so many points."""
    once(do="write_points", points=points, file=str(file))
    server = stack.enter_context(ours().start())
    server.first_answer(calls.LIST_HOME.encode())
    answer = ask(server.port, calls.put_log(file.read_bytes()), seconds_max=300)
    assert answer.status == 200, answer
    return server
