"""What stored values must look like: checks compiled from annotations, which never coerce.

They judge logs that someone else may have written; how values become facts is the codec's. A
fact may hold text, numbers, booleans, tuples and maps of those, and attrs values of the same: all
that survives msgpack and JSON unchanged and in one order (so no sets), and nothing else.
"""

import math
import types
from collections.abc import Callable, Mapping
from reprlib import Repr
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

Check = Callable[[Any], str]  # answers what is wrong with a value, or nothing

INTEGER_MIN, INTEGER_MAX = -(1 << 63), (1 << 64) - 1  # what msgpack can write
_brief = Repr()
_brief.maxstring = _brief.maxother = 60


def check_of(annotation: Any) -> Check:
    """Answer the check of one type; raises TypeError for a type that no fact may hold."""
    if annotation not in _COMPILED:
        _COMPILED[annotation] = _compiled(annotation)
    return _COMPILED[annotation]


def _compiled(annotation: Any) -> Check:
    if attrs.has(annotation):
        return _check_of_class(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return _check_of_union(annotation)
    if origin is tuple and arguments[1:] == (...,):
        return _check_of_list(arguments[0])
    if origin is Mapping and arguments[0] is str:
        return _check_of_map(arguments[1])
    raise TypeError(f"a stored value can't be of type {text_of(annotation)}")


def text_of(annotation: Any) -> str:
    """Write a type as source code does, without the modules names come from."""
    if annotation is types.NoneType:
        return "None"
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return " | ".join(text_of(argument) for argument in arguments)
    if arguments:
        inside = ("..." if argument is ... else text_of(argument) for argument in arguments)
        return f"{text_of(origin)}[{', '.join(inside)}]"
    return str(getattr(annotation, "__name__", annotation))


def fields_of(cls: type) -> dict[str, tuple[Any, "attrs.Attribute[Any]"]]:
    """List a class's fields in order: their types, and attrs' description."""
    hints = get_type_hints(cls)
    return {field.name: (hints[field.name], field) for field in attrs.fields(cls)}


def _is_not(value: Any, wanted: str) -> str:
    return f"{_brief.repr(value)} is not {wanted}"


def _check_text(value: Any) -> str:
    return "" if type(value) is str else _is_not(value, "str")


def _check_integer(value: Any) -> str:
    fits = type(value) is int and INTEGER_MIN <= value <= INTEGER_MAX
    return "" if fits else _is_not(value, "int")


def _check_boolean(value: Any) -> str:
    return "" if type(value) is bool else _is_not(value, "bool")


def _check_number(value: Any) -> str:
    fits = math.isfinite(value) if type(value) is float else not _check_integer(value)
    return "" if fits else _is_not(value, "float")


def check_plain(value: Any, levels: int = 100) -> str:
    """Say whether a value is anything but maps, lists, text, numbers, booleans and None."""
    if type(value) not in (dict, list):
        return "" if value is None or type(value) in (str, bool) else _check_number(value)
    if levels == 0:
        return "lists and maps are nested too deep"
    if type(value) is dict:
        if any(type(key) is not str for key in value):
            return "a map has keys that are not str"
        value = value.values()
    return next((fault for item in value if (fault := check_plain(item, levels - 1))), "")


_COMPILED: dict[Any, Check] = {
    str: _check_text,
    int: _check_integer,
    bool: _check_boolean,
    float: _check_number,
    Any: check_plain,
}


def _check_of_union(annotation: Any) -> Check:
    others = [argument for argument in get_args(annotation) if argument is not types.NoneType]
    may_be_none = len(others) < len(get_args(annotation))
    checks = [check_of(argument) for argument in others]
    wanted = text_of(annotation)

    def check(value: Any) -> str:
        if value is None and may_be_none:
            return ""
        complaint = ""
        for check_other in checks:
            complaint = check_other(value)
            if not complaint:
                return ""
        # what is wrong inside a value says more than that it is wrong
        is_inside = len(checks) == 1 and type(value) in (dict, list)
        return complaint if is_inside else _is_not(value, wanted)

    return check


def _check_of_list(annotation: Any) -> Check:
    check_item = check_of(annotation)

    def check(value: Any) -> str:
        if type(value) is not list:
            return _is_not(value, "a list")
        for position, item in enumerate(value):
            if complaint := check_item(item):
                return f"[{position}]: {complaint}"
        return ""

    return check


def _check_of_map(annotation: Any) -> Check:
    check_item = check_of(annotation)

    def check(value: Any) -> str:
        if type(value) is not dict:
            return _is_not(value, "a map")
        for key, item in value.items():
            if type(key) is not str:
                return _is_not(key, "a key")
            if complaint := check_item(item):
                return f"{_brief.repr(key)}: {complaint}"
        return ""

    return check


def _check_of_class(cls: type) -> Check:
    fields = [
        (name, field.default is attrs.NOTHING, check_of(hint))
        for name, (hint, field) in fields_of(cls).items()
    ]
    names = {name for name, _, _ in fields}

    def check(value: Any) -> str:
        if type(value) is not dict:
            return _is_not(value, "a map")
        if not value.keys() <= names:
            unknown = next(name for name in value if name not in names)
            return f"unknown field {_brief.repr(unknown)}: was it written by a newer vaultclock?"
        for name, required, check_field in fields:
            if name in value:
                if complaint := check_field(value[name]):
                    return f"field {name!r}: {complaint}"
            elif required:
                return f"field {name!r} is missing"
        return ""

    return check
