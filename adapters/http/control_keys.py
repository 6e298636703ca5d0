"""Control of the pretend world's encryption keys: saying which refuse, listing, taking out."""

import asyncio
from typing import Any

import attrs

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.control_requests import Asked, Refused, check_names
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.refusals import Rejected, ResourceNotFound
from vaultclock.domain.keys.commands import DeregisterKey, RegisterKey
from vaultclock.domain.keys.queries import scope_of_key
from vaultclock.domain.world import HOME

_ARN = "arn:aws:kms:<region>:<account>:key/<id>"
_ACCEPTED = {
    "arn": f"the ARN of a KMS key, {_ARN}",
    "fails_with": "why the key refuses grants; a key that gives them has none",
}


class KeyControl:
    """The verbs of the pretend world's keys, in every account and Region: their ARNs say which."""

    def __init__(self, simulation: Simulation, turn: asyncio.Lock) -> None:
        self._simulation = simulation
        self._turn = turn

    async def get(self, request: Asked) -> Any:
        """List what is registered, by account, Region and ARN."""
        request.read_query(())
        async with self._turn:
            everywhere = self._simulation.engine.world(HOME).others
            return [
                attrs.asdict(key)
                for scope in sorted(everywhere)
                for _, key in sorted(everywhere[scope].keys.rows().items())
            ]

    async def put(self, request: Asked) -> Any:
        """Register a list of keys, or none of them; what is registered already is replaced."""
        request.read_query(())
        listed = await request.read_json()
        if not isinstance(listed, list):
            raise Refused(400, "the body must be a JSON array of keys", accepted=_ACCEPTED)
        commands = [_read_key(f"[{place}]", given) for place, given in enumerate(listed)]
        asked = [(command, scope_of_key(command.arn)) for command in commands]
        _rehearse(asked)
        async with self._turn:
            self._simulation.settle()
            self._simulation.change_all(asked)
        return {"registered": len(asked)}

    async def delete(self, request: Asked) -> Any:
        """Take one key out of the world, by its ARN."""
        arn = request.read_query(("arn",)).get("arn")
        if arn is None:
            raise Refused(400, "say which key, with ?arn=", "arn", "a registered ARN")
        async with self._turn:
            self._simulation.settle()
            try:
                self._simulation.change(DeregisterKey(arn), scope_of_key(arn))
            except ResourceNotFound as refusal:
                raise Refused(404, refusal.message, "arn", "a registered ARN") from None
            except Rejected as refusal:
                raise Refused(400, refusal.message, "arn", _ACCEPTED["arn"]) from None
        return {"deregistered": arn}


def _read_key(path: str, given: Any) -> RegisterKey:
    if not isinstance(given, dict):
        raise Refused(400, f"{path} must be an object", path, _ACCEPTED)
    check_names(given, _ACCEPTED, f"{path}.")
    for name, accepted in _ACCEPTED.items():
        value = given.get(name)
        if type(value) is not str and (value is not None or name == "arn"):
            raise Refused(400, f"{path}.{name} must be {accepted}", f"{path}.{name}", accepted)
    try:
        scope_of_key(given["arn"])
    except Rejected as refusal:
        raise Refused(400, f"{path} {refusal.message}", f"{path}.arn", _ACCEPTED["arn"]) from None
    return RegisterKey(given["arn"], given.get("fails_with"))


def _rehearse(asked: list[tuple[RegisterKey, Scope]]) -> None:
    """Register everything in an empty world first, where a refusal costs nothing."""
    seen: set[str] = set()
    engine = Engine()
    for place, (command, scope) in enumerate(asked):
        if command.arn in seen:
            raise Refused(
                400, f"[{place}] {command.arn} is listed twice", f"[{place}].arn", "each ARN once"
            )
        seen.add(command.arn)
        try:
            engine.handle(command, scope)
        except Rejected as refusal:
            raise Refused(
                400,
                f"[{place}] {refusal.message}",
                f"[{place}].fails_with",
                _ACCEPTED["fails_with"],
            ) from None
