"""The wire model: operations and shapes, as AWS names them. No behaviour and no prose lives here.

It is read from ``model.json``, which ``tools/trim_model.py`` writes; botocore is never imported.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import attrs
import orjson


@attrs.frozen(eq=False)  # each exists once; identity makes it a cheap key of caches
class Member:
    """A member of a structure: its name, its shape's name and where it travels.

    ``location`` is ``body``, ``uri`` or ``querystring``; ``wire_name`` is its name there.
    """

    name: str
    shape: str
    location: str
    wire_name: str
    idempotency_token: bool


@attrs.frozen(eq=False)
class Shape:
    """A named type, with the constraints that the model states.

    ``type`` is ``structure``, ``list``, ``map``, ``string``, ``integer``, ``long``, ``boolean`` or
    ``timestamp``. ``minimum`` and ``maximum`` bound a number, or the length of a string, list or
    map; ``element`` is the shape of a list's elements, ``key`` and ``value`` are those of a map.
    """

    name: str
    type: str
    members: tuple[Member, ...] = ()
    required: tuple[str, ...] = ()
    element: str = ""
    key: str = ""
    value: str = ""
    minimum: int | None = None
    maximum: int | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    fault: bool = False


@attrs.frozen(eq=False)
class Operation:
    """An operation: how it is addressed, the status of its success, its shapes' names."""

    name: str
    method: str
    uri: str
    status: int
    input: str | None
    output: str | None
    errors: tuple[str, ...]


@cache
def _document() -> Mapping[str, Any]:
    text = files("vaultclock.adapters.http").joinpath("model.json").read_bytes()
    document: Mapping[str, Any] = orjson.loads(text)
    return document


def model_hash() -> str:
    """Name the model by the sha256 of its content; log headers carry it."""
    name: str = _document()["hash"]
    return name


def model_version() -> str:
    """Name the botocore release that the model was trimmed from."""
    version: str = _document()["botocore"]
    return version


@cache
def operations() -> Mapping[str, Operation]:
    """List every operation by its name."""
    return {
        name: Operation(
            name=name,
            method=traits["method"],
            uri=traits["uri"],
            status=traits["status"],
            input=traits.get("input"),
            output=traits.get("output"),
            errors=tuple(traits["errors"]),
        )
        for name, traits in _document()["operations"].items()
    }


@cache
def shape(name: str) -> Shape:
    """Find a shape by its name; KeyError means that the caller invented it."""
    traits = _document()["shapes"][name]
    return Shape(
        name=name,
        type=traits["type"],
        members=tuple(_member(*item) for item in traits.get("members", {}).items()),
        required=tuple(traits.get("required", ())),
        element=traits.get("member", ""),
        key=traits.get("key", ""),
        value=traits.get("value", ""),
        minimum=traits.get("min"),
        maximum=traits.get("max"),
        pattern=traits.get("pattern"),
        enum=tuple(traits.get("enum", ())),
        fault=traits.get("fault", False),
    )


def shape_names() -> tuple[str, ...]:
    """List the names of all shapes."""
    return tuple(_document()["shapes"])


def members_of(name: str | None) -> tuple[Member, ...]:
    """List the members of an operation's input or output, in the model's order."""
    return () if name is None else shape(name).members


def _member(name: str, traits: Mapping[str, Any]) -> Member:
    return Member(
        name=name,
        shape=traits["shape"],
        location=traits.get("location", "body"),
        wire_name=traits.get("locationName", name),
        idempotency_token=traits.get("idempotencyToken", False),
    )
