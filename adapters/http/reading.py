"""Readers of members: JSON and query text become plain values, or do not have the right type.

Only the protocol's types are judged here; ranges, lengths, patterns and required members are
``constraints``. A reader is made once for a shape and kept.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from vaultclock.adapters.http.errors import SerializationError
from vaultclock.adapters.http.model import Shape, shape
from vaultclock.domain.kernel.instants import INSTANT_MAX, INSTANT_MIN, SECOND, Instant, from_iso
from vaultclock.domain.kernel.refusals import Rejected

Reader = Callable[[Any], Any]

_BITS = {"integer": 31, "long": 63}
_WHOLE_FLOAT_MAX = 2**53  # above it a double no longer tells whole numbers apart
_WHOLE = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?")
_NUMBERS = frozenset({int, float})  # a bool is neither
_TRUTHS = {"true": True, "false": False}
# Spellings that AWS's own examples use beside the model's (facts: plans, 4.1).
_ALIASES = {"ConditionType": {"StringEquals": "STRINGEQUALS"}}


class Misfit(Exception):
    """A value does not fit its shape; the path to it grows as it leaves the readers.

    ``template`` is a text with ``{}`` where the path belongs, ``kind`` the error it becomes.
    """

    def __init__(
        self, template: str, kind: type[SerializationError | Rejected] = SerializationError
    ) -> None:
        super().__init__(template)
        self.template = template
        self.kind = kind
        self.path = ""

    def below(self, step: str) -> None:
        """Say that the value stands below a member (``.Name``) or an element (``[2]``)."""
        self.path = step + self.path

    def error(self) -> SerializationError | Rejected:
        """Make the error that the caller is answered with."""
        return self.kind(self.template.replace("{}", self.path.removeprefix("."), 1))


def must_be(what: str) -> Misfit:
    """Say that a value has the wrong type."""
    return Misfit(f"{{}} must be {what}")


def text_reader(of: Shape) -> Reader:
    """Make the reader of a member that travels as text, in a label or the query string."""
    reader = {
        "string": _string(of),
        "integer": _whole_text(of.type),
        "long": _whole_text(of.type),
        "boolean": _boolean_text,
        "timestamp": _instant_text,
    }.get(of.type)
    assert reader is not None, f"{of.name} is a {of.type} and cannot travel as text"
    return reader


@cache
def json_reader(of: Shape) -> Reader:
    """Make the reader of a member that travels in a JSON body."""
    match of.type:
        case "structure":
            return _structure(of)
        case "list":
            return _list(json_reader(shape(of.element)))
        case "map":
            return _map(json_reader(shape(of.value)))
        case "string":
            return _string(of)
        case "boolean":
            return _boolean
        case "timestamp":
            return _instant
    return _whole(of.type)


def read_members(
    readers: Mapping[str, tuple[str, Reader]], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Read members by their model name out of what was given by wire name.

    What is absent or null is left out, and so is what the model does not know.
    """
    members = {}
    for name, (wire_name, reader) in readers.items():
        value = given.get(wire_name)
        if value is not None:
            try:
                members[name] = reader(value)
            except Misfit as misfit:
                misfit.below(f".{name}")
                raise
    return members


def _structure(of: Shape) -> Reader:
    readers = {
        member.name: (member.wire_name, json_reader(shape(member.shape))) for member in of.members
    }

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise must_be("an object")
        return read_members(readers, value)

    return read


def _list(reader: Reader) -> Reader:
    def read(value: Any) -> list[Any]:
        if type(value) is not list:
            raise must_be("an array")
        elements: list[Any] = []
        for element in value:
            try:
                elements.append(reader(element))
            except Misfit as misfit:
                misfit.below(f"[{len(elements)}]")
                raise
        return elements

    return read


def _map(reader: Reader) -> Reader:
    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise must_be("an object")
        entries = {}
        for key, entry in value.items():
            try:
                entries[key] = reader(entry)
            except Misfit as misfit:
                misfit.below(f".{key[:100]}")
                raise
        return entries

    return read


def _string(of: Shape) -> Reader:
    aliases = _ALIASES.get(of.name, {})

    def read(value: Any) -> str:
        if type(value) is not str:
            raise must_be("a string")
        return aliases.get(value, value) if aliases else value

    return read


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise must_be("true or false")
    return value


def _boolean_text(value: str) -> bool:
    if value not in _TRUTHS:
        raise must_be("true or false")
    return _TRUTHS[value]


def _whole(kind: str) -> Reader:
    bound = 1 << _BITS[kind]

    def read(value: Any) -> int:
        # Some languages write every number as a double: 5.0 is a whole number, 5.5 is not.
        if type(value) is float and value.is_integer() and abs(value) <= _WHOLE_FLOAT_MAX:
            value = int(value)
        if type(value) is not int or not -bound <= value < bound:
            raise must_be(f"a whole number of {_BITS[kind] + 1} bits")
        return value

    return read


def _whole_text(kind: str) -> Reader:
    def read(value: str) -> int:
        bound = 1 << _BITS[kind]
        if not _WHOLE.fullmatch(value) or not -bound <= int(value) < bound:
            raise must_be(f"a whole number of {_BITS[kind] + 1} bits")
        return int(value)

    return read


def _instant(value: Any) -> Instant:
    """Read epoch seconds; fractions finer than a millisecond are rounded to it."""
    # NaN fails every comparison.
    if type(value) in _NUMBERS and INSTANT_MIN <= value * SECOND <= INSTANT_MAX:
        instant: Instant = round(value * SECOND)
        return instant
    raise must_be("a number of seconds since 1970, before the year 3000")


def _instant_text(value: str) -> Instant:
    """Read ISO 8601 as SDKs send it, or epoch seconds as AWS's prose has it (ListReportJobs)."""
    if _NUMBER.fullmatch(value):
        return _instant(float(value))
    try:
        return from_iso(value)
    except ValueError:
        raise must_be(
            "an instant such as 2026-01-31T05:00:00Z, in the years 1970 to 2999"
        ) from None
