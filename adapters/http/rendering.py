"""Renderers of replies: rows' members become the JSON that AWS writes, every member of it.

What a reply says is the rows' business; ``complaints`` says where it does not fit the model.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from vaultclock.adapters.http.model import Shape, shape
from vaultclock.domain.kernel.instants import INSTANT_MAX, INSTANT_MIN, SECOND

Renderer = Callable[[Any], Any]


@cache
def renderer(of: Shape) -> Renderer | None:
    """Make the renderer of a shape's values; None where they are written as they are."""
    match of.type:
        case "structure":
            return _structure(of)
        case "list":
            return _list(renderer(shape(of.element)))
        case "map":
            assert renderer(shape(of.value)) is None, f"the values of {of.name} need rendering"
            return _text_keys
        case "timestamp":
            return _seconds
    return None


def _structure(of: Shape) -> Renderer:
    # AWS writes absent members as null, in the model's order (observed: cloud-custodian's
    # recordings). Copying a template of nulls is what makes a row of 30 members cost 1 us.
    template = dict.fromkeys(member.name for member in of.members)
    instants = [m.name for m in of.members if shape(m.shape).type == "timestamp"]
    renderers = [
        (member.name, render)
        for member in of.members
        if (render := renderer(shape(member.shape))) not in (None, _seconds)
    ]

    def render_members(value: Mapping[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = template.copy()
        row.update(value)
        assert len(row) == len(template), f"{of.name} has no {sorted(set(row) - set(template))}"
        for name in instants:
            instant = row[name]
            if instant is not None:
                row[name] = instant / SECOND
        for name, render in renderers:
            member = row[name]
            if member is not None:
                row[name] = render(member)
        return row

    return render_members


def _list(render: Renderer | None) -> Renderer | None:
    if render is None:
        return None
    return lambda value: [render(element) for element in value]


def _text_keys(value: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key): entry for key, entry in value.items()}  # orjson takes no str enum as a key


def _seconds(value: int) -> float:
    return value / SECOND


def complaints(of: Shape, value: Any, path: str) -> Iterator[str]:
    """Say what in a value is unknown, of the wrong type, or required and absent, at any depth."""
    if not _TYPES[of.type](value):
        yield f"{path or of.name} is not a {of.type}: {value!r:.100}"
    elif of.type == "structure":
        yield from _complaints_of_structure(of, value, path)
    elif of.type == "list":
        for place, element in enumerate(value):
            yield from complaints(shape(of.element), element, f"{path}[{place}]")
    elif of.type == "map":
        for key, entry in value.items():
            yield from complaints(shape(of.key), key, f"{path} key {key!r:.100}")
            yield from complaints(shape(of.value), entry, f"{path}.{key!s:.100}")


def _complaints_of_structure(of: Shape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    prefix = f"{path}." if path else ""
    known = {member.name: member for member in of.members}
    yield from (f"{prefix}{name} is unknown to {of.name}" for name in value if name not in known)
    yield from (
        f"{prefix}{name} is required by {of.name} and absent"
        for name in of.required
        if value.get(name) is None
    )
    for name, member in known.items():
        if value.get(name) is not None:
            yield from complaints(shape(member.shape), value[name], f"{prefix}{name}")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "structure": lambda value: isinstance(value, Mapping),
    "list": lambda value: isinstance(value, list | tuple),
    "map": lambda value: isinstance(value, Mapping),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_whole,
    "long": _is_whole,
    "timestamp": lambda value: _is_whole(value) and INSTANT_MIN <= value <= INSTANT_MAX,
}
