"""restJson1: requests become members, members become replies. What they mean is the rows' business.

Requests are judged in a fixed order: first the protocol's types over the whole request, then the
model's constraints; what the state of things forbids is for a decision to say.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import attrs
import orjson

from vaultclock.adapters.http.constraints import Check, constraint
from vaultclock.adapters.http.errors import SerializationError, TooLarge
from vaultclock.adapters.http.escapes import unescape
from vaultclock.adapters.http.model import Operation, members_of, shape
from vaultclock.adapters.http.reading import (
    Misfit,
    Reader,
    json_reader,
    read_members,
    text_reader,
)
from vaultclock.adapters.http.rendering import Renderer, complaints, renderer

BODY_BYTES_MAX = 1024 * 1024  # chosen; the longest text the model allows, a policy, has 200,000
QUERY_NAMES_MAX = 1_000  # chosen; the widest operation has 14
NESTING_MAX = 64  # chosen; the model's deepest input has 7 levels

Members = dict[str, Any]


@attrs.frozen
class _Plan:
    """How one operation's request is read; made once."""

    labels: dict[str, tuple[str, Reader]]
    query: dict[str, tuple[str, Reader]]
    body: dict[str, tuple[str, Reader]]
    check: Check | None


def read_request(
    operation: Operation, labels: Mapping[str, str], query: str, body: bytes
) -> Members:
    """Read a request's members by their model names; absent and null ones are left out.

    ``labels`` are the path's, unescaped; ``query`` is the raw query string. Timestamps are
    Instants, in labels and query written as ISO 8601 or epoch seconds, in the body as a number of
    seconds. Of a query name that is given twice the first counts (chosen). Unknown names are
    ignored everywhere, and so is the body of an operation that has no member in it.

    Raises TooLarge; SerializationError for what breaks the protocol's types; then
    MissingParameterValue or InvalidParameterValue, whose text names the member's path, for what
    breaks the model's constraints.
    """
    if len(body) > BODY_BYTES_MAX:
        raise TooLarge(f"The body is larger than {BODY_BYTES_MAX} bytes")
    plan = _plan(operation)
    try:
        members = _read_types(plan, labels, query, body)
        if plan.check is not None:
            plan.check(members)
    except Misfit as misfit:
        raise misfit.error() from None
    return members


def query_names(query: str) -> frozenset[str]:
    """List the names of a raw query string, still escaped, as the router needs them."""
    return frozenset(field.partition("=")[0] for field in query.split("&"))


def write_reply(operation: Operation, reply: Mapping[str, Any] | None) -> bytes:
    """Render an operation's reply: every member its output has, absent ones as null.

    Members go by their model names, timestamps are Instants; tuples and lists, str enums and any
    mapping will do. An operation whose output has no members gives an empty body. A member that
    the model does not know is a bug of the row and fails an assertion.
    """
    render = _renderer(operation)
    if render is None:
        assert not reply, f"{operation.name} has no output and was given {reply!r}"
        return b""
    return orjson.dumps(render({} if reply is None else reply))


def check_reply(operation: Operation, reply: Mapping[str, Any] | None) -> list[str]:
    """Say which members of a reply are unknown, of the wrong type, or required and absent."""
    if operation.output is None:
        return [f"{operation.name} has no output"] if reply else []
    return list(complaints(shape(operation.output), {} if reply is None else reply, ""))


def _read_types(plan: _Plan, labels: Mapping[str, str], query: str, body: bytes) -> Members:
    members: Members = {}
    if plan.labels:
        # An empty label is an absent one: no thing has an empty name.
        members |= read_members(plan.labels, {name: text or None for name, text in labels.items()})
    if plan.query and query:
        members |= read_members(plan.query, _read_query(query))
    if plan.body and body:
        members |= read_members(plan.body, _read_body(body))
    return members


def _read_body(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise SerializationError(f"The body is not JSON: {error.msg}") from None
    if type(value) is not dict:
        raise SerializationError("The body must be a JSON object")
    if body.count(b"{") + body.count(b"[") > NESTING_MAX and _is_deep(value):
        raise SerializationError(f"The body is nested deeper than {NESTING_MAX} levels")
    return value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(NESTING_MAX):
        level = [
            part
            for whole in level
            for part in (whole.values() if type(whole) is dict else whole)
            if type(part) in {dict, list}
        ]
        if not level:
            return False
    return True


def _read_query(query: str) -> dict[str, str]:
    """Take a raw query string apart; of a name given twice the first value counts."""
    pairs: dict[str, str] = {}
    fields = query.split("&", QUERY_NAMES_MAX)
    if len(fields) > QUERY_NAMES_MAX:
        raise SerializationError(f"The query string has more than {QUERY_NAMES_MAX} names")
    for field in fields:
        name, _, text = field.partition("=")
        pairs.setdefault(unescape(name), unescape(text.replace("+", " ")))
    return pairs


@cache
def _plan(operation: Operation) -> _Plan:
    readers: dict[str, dict[str, tuple[str, Reader]]] = {"uri": {}, "querystring": {}, "body": {}}
    for member in members_of(operation.input):
        make = json_reader if member.location == "body" else text_reader
        readers[member.location][member.name] = (member.wire_name, make(shape(member.shape)))
    return _Plan(
        labels=readers["uri"],
        query=readers["querystring"],
        body=readers["body"],
        check=constraint(operation),
    )


@cache
def _renderer(operation: Operation) -> Renderer | None:
    return renderer(shape(operation.output)) if members_of(operation.output) else None
