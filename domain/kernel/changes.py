"""Making and changing immutable values: quicker ways for the classes that are used most.

Theory of operation. A frozen class guards its fields even while a value is made, which takes
longer than all else about it when there are many. Here a value begins as one of a twin class that
is not frozen, and becomes what it is when all its fields are there. That the two have the same
slots in the same places is what Python asks for; slots for weak references rule it out. The
functions that do so are written out field by field and compiled, as attrs does with the methods
of its classes: a loop over the fields would cost what the guard does.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import attrs

T = TypeVar("T")
_FREEZE = "self.__class__ = _cls"


def quicken(cls: type[T]) -> type[T]:
    """Make values of a class that is ``attrs.frozen(weakref_slot=False)`` in a third of the time.

    Its fields have plain defaults, or none. Nothing else about the class changes.
    """
    fields = _fields(cls)
    assert all(map(_is_plain, fields)), f"{cls} has fields that are more than their values"
    defaults = {field.name: field.default for field in fields if field.default is not attrs.NOTHING}
    taken = [f"{f.name}={f.name}" if f.name in defaults else f.name for f in fields]
    lines = [f"self.{field.name} = {field.name}" for field in fields]
    lines = ["_become(self, _twin)", *lines, _FREEZE]
    cls.__init__ = _compiled(cls, "__init__", ["self", *taken], lines, defaults)  # type: ignore[method-assign]
    return cls


def changer(cls: type[T]) -> Callable[..., T]:
    """Make a function that answers a copy of a value with some fields changed.

    It takes the value and the changed fields by name, as `attrs.evolve` does, and serves the
    classes that `quicken` does. A fold over millions of facts is half again as quick with it.
    """
    names = [field.name for field in _fields(cls)]
    taken = [f"{name}=_kept" for name in names]
    lines = [f"self.{name} = _value.{name} if {name} is _kept else {name}" for name in names]
    lines = ["self = _new(_twin)", *lines, _FREEZE, "return self"]
    known = {"_new": object.__new__, "_kept": object()}
    return _compiled(cls, "changed", ["_value", "*", *taken], lines, known)


def _fields(cls: type) -> "tuple[attrs.Attribute[Any], ...]":
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(cls)
    return fields


def _is_plain(field: "attrs.Attribute[Any]") -> bool:
    is_made = hasattr(field.default, "factory")
    return field.converter is None and field.validator is None and not is_made


def _compiled(
    cls: type, name: str, taken: Iterable[str], lines: Iterable[str], known: Mapping[str, Any]
) -> Callable[..., Any]:
    """Compile a function whose lines know a class, its twin, and some names more."""
    fields = [field.name for field in _fields(cls)]
    twin = attrs.make_class(
        cls.__name__, fields, slots=True, weakref_slot=False, eq=False, repr=False
    )
    assert cls.__slots__ == twin.__slots__, f"{cls} has other slots than its fields"  # type: ignore[attr-defined]
    become = object.__dict__["__class__"].__set__  # which frozen values do not let be assigned
    names = {"_cls": cls, "_twin": twin, "_become": become, **known}
    source = "\n    ".join([f"def {name}({', '.join(taken)}):", *lines])
    exec(source, names)  # noqa: S102 - of nothing but the names of fields
    compiled: Callable[..., Any] = names[name]
    return compiled
