"""A server without sockets: one simulation, its app, and requests made of plain values."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.app import App
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import SECOND, from_iso
from vaultclock.domain.kernel.logs import Log, MemoryLog

START = from_iso("2026-01-01T00:00:00Z")
ORIGIN = Origin(START, 7, 3)
VOLUME = "arn:aws:ec2:us-east-1:000000000000:volume/vol-1"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Seconds:
    """The wall's clock, moved by hand."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed


class Desk:
    """Asks one app of one simulation; every request runs in a loop of its own."""

    def __init__(
        self,
        log: Log | None = None,
        *,
        rate: float = 0,
        seconds: Callable[[], float] | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.simulation = Simulation(log or MemoryLog(ORIGIN), rate, seconds or Seconds())
        self.app = App(self.simulation, host)

    def ask(self, method: str, target: str, body: Any = b"", **headers: str) -> Answer:
        return asyncio.run(self.answer(method, target, body, **headers))

    async def answer(self, method: str, target: str, body: Any = b"", **headers: str) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await asked(self.app, method, target, [raw], {"host": "localhost", **headers})

    async def answer_until(
        self, leaves: asyncio.Event, method: str, target: str, body: Any
    ) -> Answer:
        """Ask, and leave when an event says so."""
        raw = json.dumps(body).encode()
        return await asked(self.app, method, target, [raw], {"host": "localhost"}, leaves=leaves)

    def vault(self, name: str) -> None:
        assert self.ask("PUT", f"/backup-vaults/{name}", {}).status == 200

    def job(self, vault: str, keep_days: int | None = None) -> None:
        lifecycle = {} if keep_days is None else {"Lifecycle": {"DeleteAfterDays": keep_days}}
        role = "arn:aws:iam::000000000000:role/backup"
        asked = {"BackupVaultName": vault, "ResourceArn": VOLUME, "IamRoleArn": role, **lifecycle}
        answer = self.ask("PUT", "/backup-jobs", asked)
        assert answer.status == 200, answer

    def advance(self, **how: str) -> Any:
        answer = self.ask("POST", "/_vaultclock/clock/advance", how)
        assert answer.status == 200, answer
        return answer.json

    def clock(self) -> Any:
        return self.ask("GET", "/_vaultclock/clock").json

    @property
    def state(self) -> tuple[Any, ...]:
        """All that a refused request must leave alone."""
        engine = self.simulation.engine
        return engine.seq, engine.now, engine.log.head(), engine.log.rested_at(), engine.rows()


def schedule(server: Any) -> None:
    """Ask a desk, or a server, to back a volume up every hour for ever."""
    rule = {
        "RuleName": "hourly",
        "TargetBackupVaultName": "vault",
        "ScheduleExpression": "cron(0 * * * ? *)",
        "Lifecycle": {"DeleteAfterDays": 1},
    }
    plan = {"BackupPlan": {"BackupPlanName": "plan", "Rules": [rule]}}
    role = "arn:aws:iam::000000000000:role/backup"
    selection = {"SelectionName": "volume", "IamRoleArn": role, "Resources": [VOLUME]}
    assert server.ask("PUT", "/backup-vaults/vault", {}).status == 200
    plan_id = server.ask("PUT", "/backup/plans", plan).json["BackupPlanId"]
    selections = f"/backup/plans/{plan_id}/selections"
    assert server.ask("PUT", selections, {"BackupSelection": selection}).status == 200


def log_lines(server: Any) -> list[bytes]:
    """A server's log, but for the line that says who wrote it."""
    body: bytes = server.ask("GET", "/_vaultclock/log?format=jsonl").body
    return body.splitlines()[1:]


async def asked(
    app: Any,
    method: str,
    target: str,
    chunks: list[bytes | None],
    headers: dict[str, str],
    *,
    leaves: asyncio.Event | None = None,
) -> Answer:
    """Ask an ASGI app; a chunk that is None is a client that leaves, later ones do so at an event.

    Without either, the client waits for the answer.
    """
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "http_version": "1.1",
        "scheme": "http",
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
    }
    coming = iter(chunks)
    left = len(chunks)
    replies: list[Any] = []

    async def receive() -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            await (leaves or asyncio.Event()).wait()
        chunk = next(coming, None)
        if chunk is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": left > 0}

    async def send(message: Any) -> None:
        replies.append(message)

    await app(scope, receive, send)
    if not replies:
        return Answer(0, {}, b"")
    named = {name.decode(): text.decode() for name, text in replies[0]["headers"]}
    body = b"".join(reply.get("body", b"") for reply in replies[1:])
    return Answer(replies[0]["status"], named, body)


def seconds_later(desk: Desk, passed: float) -> int:
    """The instant that a running desk's clock shows so many wall seconds after its start."""
    return START + int(passed * desk.simulation.clock.rate * SECOND)
