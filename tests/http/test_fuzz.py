"""Whatever is asked of a peopled world is answered in AWS's shape; refusals change nothing."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http.desk import ORIGIN, Seconds
from tests.http.fuzzing import ACCOUNT, RESOURCES, ROLE, Request, listen, on_the_wire, requests
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.model import Shape, shape
from vaultclock.adapters.http.service import Service
from vaultclock.domain.features import replay
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import DAY, HOUR, SECOND
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.resources.commands import RegisterResource

# Templates name neither their plan nor a vault, though the model requires both (documented)
_UNFIT = {"GetBackupPlanFromTemplate"}
_waits = st.sampled_from([SECOND, HOUR, DAY, 40 * DAY])


class World:
    """A world with something of most kinds in it, asked one request after the other."""

    def __init__(self) -> None:
        self.simulation = Simulation(MemoryLog(ORIGIN), 0, Seconds())
        self._service = Service(self.simulation)
        self.said: dict[str, list[str]] = {}
        for arn in RESOURCES:
            register = RegisterResource(arn, tags={"env": "prod"})
            self.simulation.change(register, Scope(ACCOUNT, "us-east-1"))
        self._people()

    def _people(self) -> None:
        lag = {"MinRetentionDays": 1, "MaxRetentionDays": 100}
        rule = {"RuleName": "daily", "TargetBackupVaultName": "prod"}
        copies = [
            {"DestinationBackupVaultArn": f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:dr"}
        ]
        plan = {"BackupPlanName": "nightly", "Rules": [{**rule, "CopyActions": copies}]}
        every = {"SelectionName": "all", "IamRoleArn": ROLE, "Resources": ["*"]}
        self.ask("PUT", "/backup-vaults/prod", b"{}")
        self.ask("PUT", "/backup-vaults/dr", b"{}", region="eu-west-1")
        self.ask("PUT", "/logically-air-gapped-backup-vaults/lag", json.dumps(lag).encode())
        self.ask("PUT", "/backup/plans", json.dumps({"BackupPlan": plan}).encode())
        selections = f"/backup/plans/{self.said['BackupPlanId'][0]}/selections"
        self.ask("PUT", selections, json.dumps({"BackupSelection": every}).encode())
        self.wait(DAY)
        for listing in ("/backup-jobs", "/copy-jobs", "/backup-vaults/prod/recovery-points"):
            self.ask("GET", listing, b"")

    def ask(
        self, method: str, target: str, body: bytes, region: str = "us-east-1"
    ) -> tuple[int, dict[str, str], bytes]:
        path, _, query = target.partition("?")
        signed = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{region}/backup/aws4_request"
        headers = [(b"authorization", signed.encode())]
        status, replied, reply = self._service.handle(method, path, query, headers, body)
        if status < 300 and reply:
            listen(self.said, json.loads(reply))
        return status, {name.decode(): text.decode() for name, text in replied}, reply

    def wait(self, milliseconds: int) -> None:
        for _ in self.simulation.strides(self.simulation.engine.now + milliseconds):
            pass

    @property
    def state(self) -> tuple[Any, ...]:
        engine = self.simulation.engine
        return engine.seq, engine.now, engine.rows()


def unfit(of: Shape, value: Any, path: str) -> Iterator[str]:
    """Say where JSON of a reply is not what the model says, as botocore reads it."""
    if value is None:
        return
    if not _has_type(of, value):
        yield f"{path} is not a {of.type}: {value!r}"
    elif of.type == "structure":
        known = {member.name: shape(member.shape) for member in of.members}
        yield from (f"{path}.{name} is unknown" for name in value if name not in known)
        yield from (f"{path}.{name} is absent" for name in of.required if value.get(name) is None)
        for name, member in known.items():
            yield from unfit(member, value.get(name), f"{path}.{name}")
    elif of.type in ("list", "map"):
        for part in value.values() if of.type == "map" else value:
            yield from unfit(shape(of.element or of.value), part, f"{path}[]")
    elif of.enum and value not in of.enum:
        yield f"{path} is none of its values: {value!r}"


def _has_type(of: Shape, value: Any) -> bool:
    return isinstance(value, _TYPES[of.type]) and (type(value) is bool) == (of.type == "boolean")


_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "timestamp": (int, float),
}


def check_refusal(status: int, headers: dict[str, str], reply: bytes) -> None:
    assert status < 500 or status == 501, reply
    body = json.loads(reply)
    assert list(body)[:4] == ["Code", "Message", "Type", "Context"]
    assert isinstance(body["Message"], str)
    assert body["Message"]
    kind, _, namespace = headers["x-amzn-errortype"].partition(":")
    assert kind.isalpha()
    assert namespace


def check_reply(request: Request, status: int, reply: bytes) -> None:
    operation = request.operation
    assert status == operation.status
    if operation.output is None or not shape(operation.output).members:
        assert reply == b""
        return
    found = [*unfit(shape(operation.output), json.loads(reply), operation.name)]
    assert found == [] or operation.name in _UNFIT


def take(world: World, request: Request) -> None:
    """Ask, and hold the answer to what every answer must be."""
    world.simulation.settle()
    before = world.state
    members = request.resolved(world.said)
    status, headers, reply = world.ask(*on_the_wire(request, members))
    assert headers["content-type"] == "application/json"
    if status >= 400:
        check_refusal(status, headers, reply)
    elif _is_addressed(request, members):
        check_reply(request, status, reply)
    if status >= 400 or request.operation.method == "GET":
        assert world.state == before


def _is_addressed(request: Request, members: dict[str, Any]) -> bool:
    """Tell whether no label is empty: without one, many a path is that of another operation."""
    assert request.operation.input is not None or not members
    if request.operation.input is None:
        return True
    of = shape(request.operation.input)
    return all(members.get(member.name) for member in of.members if member.location == "uri")


@settings(deadline=None, max_examples=120)
@given(steps=st.lists(requests() | _waits, min_size=1, max_size=12))
def test_whatever_is_asked_is_answered_well_and_a_refusal_changes_nothing(
    steps: list[Request | int],
) -> None:
    world = World()
    for step in steps:
        if isinstance(step, int):
            world.wait(step)
        else:
            take(world, step)
    engine = world.simulation.engine
    assert replay(engine.log).rows() == engine.rows()
