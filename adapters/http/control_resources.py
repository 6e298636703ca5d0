"""Control of the pretend world: registering what can be backed up, listing it, taking it out."""

import asyncio
from collections.abc import Callable
from typing import Any

import attrs

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http import callers
from vaultclock.adapters.http.control_requests import Asked, Refused, check_names
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.refusals import Rejected, ResourceNotFound
from vaultclock.domain.resources.commands import DeregisterResource, RegisterResource
from vaultclock.domain.resources.queries import scope_of
from vaultclock.domain.world import HOME


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_whole(value: Any) -> bool:
    return type(value) is int


def _is_number(value: Any) -> bool:
    return type(value) in {int, float}


def _is_tags(value: Any) -> bool:
    return type(value) is dict and all(type(tag) is str for tag in value.values())


def _is_texts(value: Any) -> bool:
    return type(value) is list and all(type(text) is str for text in value)


_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "arn": (_is_text, "an ARN"),
    "resource_type": (_is_text, "a resource type's name"),
    "name": (_is_text, "a text"),
    "tags": (_is_tags, "an object of texts"),
    "size_bytes": (_is_whole, "a whole number of bytes"),
    "daily_change": (_is_number, "a number from 0 to 1"),
    "job_seconds": (_is_whole, "a whole number of seconds"),
    "fails_with": (_is_text, "the status message that jobs fail with"),
    "keeps_points": (_is_text, "why recovery points cannot be deleted"),
    "members": (_is_texts, "the ARNs of what a stack or cluster nests"),
}
_ACCEPTED = {name: what for name, (_, what) in _FIELDS.items()}
_WHERE = ("account", "region")


class ResourceControl:
    """The verbs of the pretend world, on the resources of every account and Region.

    Where a resource lives is read from its ARN; ``account`` and ``region`` in the query stand in
    for what an ARN leaves empty, as a bucket's does.
    """

    def __init__(self, simulation: Simulation, turn: asyncio.Lock) -> None:
        self._simulation = simulation
        self._turn = turn

    async def get(self, request: Asked) -> Any:
        """List what is registered, by account, Region and ARN; the query narrows it."""
        where = _read_where(request.read_query(_WHERE))
        async with self._turn:
            everywhere = self._simulation.engine.world(_scope({})).others
            return [
                attrs.asdict(resource)
                for scope in sorted(everywhere)
                if all(getattr(scope, name) == text for name, text in where.items())
                for _, resource in sorted(everywhere[scope].resources.rows().items())
            ]

    async def put(self, request: Asked) -> Any:
        """Register a list of resources, or none of them; what is registered already is replaced."""
        default = _scope(_read_where(request.read_query(_WHERE)))
        listed = await request.read_json()
        if not isinstance(listed, list):
            raise Refused(400, "the body must be a JSON array of resources", accepted=_ACCEPTED)
        commands = [_read_resource(f"[{place}]", given) for place, given in enumerate(listed)]
        asked = [(command, scope_of(command.arn, default)) for command in commands]
        _rehearse(asked)
        async with self._turn:
            self._simulation.settle()
            self._simulation.change_all(asked)
        return {"registered": len(asked)}

    async def delete(self, request: Asked) -> Any:
        """Take one resource out of the world, by its ARN."""
        query = request.read_query(("arn", *_WHERE))
        arn = query.pop("arn", None)
        if arn is None:
            raise Refused(400, "say which resource, with ?arn=", "arn", "a registered ARN")
        scope = scope_of(arn, _scope(_read_where(query)))
        async with self._turn:
            self._simulation.settle()
            try:
                self._simulation.change(DeregisterResource(arn), scope)
            except ResourceNotFound as refusal:
                raise Refused(404, refusal.message, "arn", "a registered ARN") from None
        return {"deregistered": arn}


def _read_where(query: dict[str, str]) -> dict[str, str]:
    if "account" in query and not callers.is_account(query["account"]):
        raise Refused(400, "account must have 12 digits", "account", "12 digits")
    if "region" in query and not callers.is_region(query["region"]):
        raise Refused(400, "region must be the name of a Region", "region", "such as us-east-1")
    return query


def _scope(where: dict[str, str]) -> Scope:
    return Scope(where.get("account", HOME.account), where.get("region", HOME.region))


def _read_resource(path: str, given: Any) -> RegisterResource:
    if not isinstance(given, dict):
        raise Refused(400, f"{path} must be an object", path, _ACCEPTED)
    check_names(given, _FIELDS, f"{path}.")
    for name, (fits, what) in _FIELDS.items():
        value = given.get(name)
        if not fits(value) and (value is not None or name == "arn"):
            raise Refused(400, f"{path}.{name} must be {what}", f"{path}.{name}", what)
    said = {name: value for name, value in given.items() if value is not None}
    if "members" in said:
        said["members"] = tuple(said["members"])
    return RegisterResource(**said)


def _rehearse(asked: list[tuple[RegisterResource, Scope]]) -> None:
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
            field = _field_at_fault(command, scope)
            raise Refused(
                400, f"[{place}] {refusal.message}", f"[{place}].{field}", _FIELDS[field][1]
            ) from None


def _field_at_fault(command: RegisterResource, scope: Scope) -> str:
    """Find the field by leaving all the others out; an ARN that is refused alone is at fault."""
    at_fault = "arn"
    for name in reversed(_FIELDS):
        alone = RegisterResource(**{"arn": command.arn, name: getattr(command, name)})
        try:
            Engine().handle(alone, scope)
        except Rejected:
            at_fault = name
    return at_fault
