"""Changing immutable values: a quicker `attrs.evolve` for the entities that change most."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

import attrs

T = TypeVar("T")


def changer(cls: type[T]) -> Callable[..., T]:
    """Make a function that answers a copy of a value with some fields changed.

    It takes the value and the changed fields by name, as `attrs.evolve` does, and is three times
    as quick: it reads all fields in one step, and fills a mutable twin of the class that becomes
    a value of the class itself, where frozen values guard each field even while they are made.
    The class must be ``attrs.frozen(weakref_slot=False)`` for that, as twins with a slot for weak
    references have no common layout; any other is made the usual way.
    """
    names = [field.name for field in attrs.fields(cls)]  # type: ignore[arg-type]
    assert len(names) > 1, "attrgetter of one name answers no tuple"
    read = attrgetter(*names)
    place = {name: index for index, name in enumerate(names)}
    has_twin = "__weakref__" not in cls.__slots__  # type: ignore[attr-defined]
    twin = _twin(cls.__name__, names) if has_twin else cls

    def changed(value: T, **changes: Any) -> T:
        fields = list(read(value))
        for name, change in changes.items():
            fields[place[name]] = change
        made: Any = twin(*fields)
        if has_twin:
            made.__class__ = cls
        copy: T = made
        return copy

    return changed


def _twin(name: str, fields: list[str]) -> type:
    return attrs.make_class(name, fields, slots=True, weakref_slot=False, eq=False, repr=False)
