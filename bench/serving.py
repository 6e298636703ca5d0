"""Requests a second and processor time a request: Vaultclock, the limit and the peers by turns."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import attrs
import calls
from contenders import LIMIT, MINISTACK, MOTO, US, limit, ours, peers
from processes import CLIENT_CORE, SERVER_CORE, Server, Worker, ask, progress
from report import Section, Target, at_least, at_most, short, times

CPU_TIMES_LIMIT_MAX = 2.5
TIMES_MOTO_MIN, TIMES_MINISTACK_MIN = 8, 2
CONNECTIONS = 16
_SERIAL_FIRST = 10_000_000  # far from the vaults that lists are filled with
_DESCRIBE, _CREATE, _SMALL = "describe vault", "create vault", f"list {calls.SMALL_VAULTS} vaults"


@attrs.frozen
class Operation:
    """What is asked, how often at most in one round, and in whose other words."""

    name: str
    template: str
    requests_max: int = 1_000_000
    otherwise: Mapping[str, str] = attrs.field(factory=dict)


OPERATIONS = (
    Operation(_DESCRIBE, calls.DESCRIBE),
    Operation(_SMALL, calls.LIST_SMALL),
    Operation(
        f"list {calls.ROWS:,} rows",
        calls.LIST_POINTS,
        otherwise={MOTO: calls.LIST_HOME, MINISTACK: calls.LIST_HOME},
    ),
    # last, because ministack's lists walk every vault of every account and Region
    Operation(_CREATE, calls.CREATE, requests_max=20_000),
)


@attrs.define
class Tally:
    """What one server did for one operation, over all rounds."""

    requests: int = 0
    seconds: float = 0
    cpu_seconds: float = 0
    p50_ms: list[float] = attrs.field(factory=list)
    p99_ms: list[float] = attrs.field(factory=list)

    def add(self, result: Mapping[str, Any], cpu_seconds: float) -> None:
        """Add one round."""
        self.requests += result["requests"]
        self.seconds += result["seconds"]
        self.cpu_seconds += cpu_seconds
        self.p50_ms.append(result["p50_ms"])
        self.p99_ms.append(result["p99_ms"])

    @property
    def per_second(self) -> float:
        """Requests a second of wall time."""
        return self.requests / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of the server's processor time a request."""
        return 1e6 * self.cpu_seconds / self.requests


def measured(*, quick: bool) -> list[Section]:
    """Measure every operation on every server, and boto3 on top."""
    with ExitStack() as stack:
        worker = stack.enter_context(Worker("load.py", CLIENT_CORE))
        servers = _started(stack, worker)
        return [_http(worker, servers, quick=quick), _boto3(stack, servers, quick=quick)]


def _started(stack: ExitStack, worker: Worker) -> list[Server]:
    """Start all servers and fill them; the limit answers what Vaultclock then answers."""
    us = stack.enter_context(ours().start())
    us.first_answer(calls.LIST_HOME.encode())
    _fill(worker, us, calls.START_JOB, calls.ROWS, calls.CREATE_POINTS_VAULT)
    _fill(worker, us, calls.FILL_SMALL, calls.SMALL_VAULTS)
    _expect(us, calls.ADVANCE)
    bodies = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    _keep_bodies(us, bodies)
    servers = [us, stack.enter_context(limit(bodies).start())]
    for peer in peers():
        server = stack.enter_context(peer.start())
        server.first_answer(calls.LIST_HOME.encode())
        _fill(worker, server, calls.FILL_HOME, calls.ROWS - 1, calls.CREATE_POINTS_VAULT)
        _fill(worker, server, calls.FILL_SMALL, calls.SMALL_VAULTS)
        rows = json.loads(_expect(server, calls.LIST_HOME))["BackupVaultList"]
        assert len(rows) == calls.ROWS, f"{server.name} lists {len(rows)} vaults"
        servers.append(server)
    servers[1].first_answer(calls.DESCRIBE.encode())
    return servers


def _expect(server: Server, template: str) -> bytes:
    answer = ask(server.port, template.encode())
    assert answer.status == 200, f"{server.name}: {answer.status} {answer.body[:300]!r}"
    return answer.body


def _fill(worker: Worker, server: Server, template: str, count: int, before: str = "") -> None:
    progress(f"filling {server.name}")
    if before:
        _expect(server, before)
    result = _load(worker, server, template, seconds=60, requests_max=count, first=0)
    assert result["requests"] == count, result


def _load(worker: Worker, server: Server, template: str, **bounds: Any) -> dict[str, Any]:
    job = {"port": server.port, "template": template, "connections": CONNECTIONS, **bounds}
    result: dict[str, Any] = worker.do(spin=SERVER_CORE != CLIENT_CORE, **job)
    return result


def _keep_bodies(us: Server, folder: Path) -> None:
    points = _expect(us, calls.LIST_POINTS)
    assert len(json.loads(points)["RecoveryPoints"]) == calls.ROWS, "not all jobs left a point"
    (folder / "list").write_bytes(points)
    (folder / "vaults").write_bytes(_expect(us, calls.LIST_SMALL))
    (folder / "describe").write_bytes(_expect(us, calls.DESCRIBE))
    (folder / "create").write_bytes(
        _expect(us, calls.CREATE_POINTS_VAULT.replace("points", "same"))
    )


def _http(worker: Worker, servers: Sequence[Server], *, quick: bool) -> Section:
    rounds, seconds = (2, 0.5) if quick else (6, 2.0)
    tallies = {(o.name, s.name): Tally() for o in OPERATIONS for s in servers}
    serial = _SERIAL_FIRST
    for operation in OPERATIONS:
        for number in range(-1, rounds):
            if number >= 0:
                progress(f"{operation.name}, round {number + 1} of {rounds}")
            for server in servers:
                template = operation.otherwise.get(server.name, operation.template)
                begun = server.cpu_seconds()
                result = _load(
                    worker,
                    server,
                    template,
                    seconds=seconds if number >= 0 else 0.2,  # the first warms up
                    requests_max=operation.requests_max,
                    first=serial,
                )
                serial += result["requests"]
                if number >= 0:
                    tallies[operation.name, server.name].add(result, server.cpu_seconds() - begun)
    return _http_section(tallies, [server.name for server in servers], rounds, seconds)


def _http_section(
    tallies: Mapping[tuple[str, str], Tally], names: Sequence[str], rounds: int, seconds: float
) -> Section:
    rows = []
    for operation in OPERATIONS:
        us = tallies[operation.name, US]
        for name in names:
            it = tallies[operation.name, name]
            rows.append(
                [
                    operation.name if name == US else "",
                    name,
                    *(short(x) for x in (it.per_second, median(it.p50_ms), median(it.p99_ms))),
                    short(it.cpu_us),
                    times(us.per_second / it.per_second),
                    times(us.cpu_us / it.cpu_us),
                ]
            )
    return Section(
        "HTTP",
        f"{CONNECTIONS} kept-alive connections from a process on another core, one request in"
        f" flight on each, {rounds} rounds of {seconds:g} s in which the servers take turns. CPU is"
        " the server's own processor time a request, the steadier figure. The last two columns are"
        " Vaultclock against that server: more requests and less CPU are better. The constant app"
        " answers Vaultclock's own bytes. AWS allows 300 vaults in a Region and Vaultclock refuses"
        f" more, so its list of {calls.ROWS:,} rows is of recovery points, 28 members each; moto"
        " and ministack keep none and list vaults, 5 and 8 members each. The list of"
        f" {calls.SMALL_VAULTS} vaults is the same call for all; Vaultclock writes 13 members a"
        " vault, as AWS does.",
        ["", "server", "requests/s", "p50 ms", "p99 ms", "CPU us", ": requests/s", ": CPU"],
        rows,
        _http_targets(tallies),
    )


def _http_targets(tallies: Mapping[tuple[str, str], Tally]) -> list[Target]:
    cpu = tallies[_DESCRIBE, US].cpu_us / tallies[_DESCRIBE, LIMIT].cpu_us
    found = [
        at_most(
            f"server CPU per describe <= {CPU_TIMES_LIMIT_MAX}x the constant ASGI app",
            cpu,
            CPU_TIMES_LIMIT_MAX,
            "x",
        )
    ]
    # the target speaks of describing; the lists stand in the table, with what their rows hold
    for operation in (_DESCRIBE, _CREATE):
        for peer, bound in ((MOTO, TIMES_MOTO_MIN), (MINISTACK, TIMES_MINISTACK_MIN)):
            ratio = tallies[operation, US].per_second / tallies[operation, peer].per_second
            found.append(
                at_least(f"{operation}: >= {bound}x {peer} in requests/s", ratio, bound, "x")
            )
    return found


def _boto3(stack: ExitStack, servers: Sequence[Server], *, quick: bool) -> Section:
    rounds, count = (2, 200) if quick else (5, 1_000)
    progress("boto3 calls")
    worker = stack.enter_context(Worker("boto_calls.py", CLIENT_CORE))
    rates: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            done = worker.do(port=server.port, calls=count, vault=calls.VAULT)
            rates[server.name].append(done["calls_s"])
    us = median(rates[US])
    return Section(
        "boto3",
        f"`describe_backup_vault` by one boto3 client, one call after the other; median of {rounds}"
        f" rounds of {count} calls. botocore's own work is most of it: the constant app shows what"
        " no server can improve.",
        ["server", "calls/s", "vaultclock : it"],
        [[name, short(median(found)), times(us / median(found))] for name, found in rates.items()],
    )
