"""The registry of facts: stored names and versions on one side, frozen classes on the other."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar, dataclass_transform

import attrs

from vaultclock.domain.kernel.changes import quicken
from vaultclock.domain.kernel.instants import Instant

T = TypeVar("T")
Form = tuple[str, int]  # the stored name, the stored version

_MANY_FIELDS = 7  # with fewer, what there is to gain is lost again when the module is imported
CLASS_OF: dict[str, type] = {}
FORM_OF: dict[type, Form] = {}


@dataclass_transform(frozen_default=True)
def fact(name: str, version: int = 1) -> Callable[[type[T]], type[T]]:
    """Freeze a class into a fact, stored under a name that outlives the class."""

    def register(cls: type[T]) -> type[T]:
        assert name not in CLASS_OF, f"two facts are stored as {name!r}"
        frozen = attrs.frozen(cls, weakref_slot=False)
        if len(cls.__annotations__) >= _MANY_FIELDS:
            frozen = quicken(frozen)
        CLASS_OF[name], FORM_OF[frozen] = frozen, (name, version)
        return frozen

    return register


class Scope(NamedTuple):
    """Where things live: one account in one region."""

    account: str
    region: str


class Elsewhere(NamedTuple):
    """A fact that a decision states about another scope than the one it was asked in."""

    scope: Scope
    fact: Any


class Recorded(NamedTuple):
    """One fact where the log has it."""

    seq: int
    at: Instant
    scope: Scope
    fact: Any


@attrs.frozen
class RecordedCommand:
    """A command as a log kept it: its name and fields, no longer a living class."""

    name: str
    fields: dict[str, Any]


@quicken
@attrs.frozen(weakref_slot=False)
class Batch:
    """The facts of one decision: all of them happened, at one instant, or none did.

    ``seq`` is the position of the first fact; ``cause`` is what asked for them, kept so that a
    log reads as cause and effect. It takes no part in equality: folding needs facts alone.
    """

    seq: int
    at: Instant
    scope: Scope
    cause: Any = attrs.field(eq=False)
    facts: Sequence[Any]

    def recorded(self) -> Iterator[Recorded]:
        """Yield each fact with its own position and scope."""
        for ordinal, stated in enumerate(self.facts):
            if isinstance(stated, Elsewhere):
                yield Recorded(self.seq + ordinal, self.at, stated.scope, stated.fact)
            else:
                yield Recorded(self.seq + ordinal, self.at, self.scope, stated)


_NAME_OF_COMMAND: dict[type, str] = {}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def command_name(command: object) -> str:
    """Name a command the way a log does: ``CreateVault`` is ``create-vault``."""
    if isinstance(command, RecordedCommand):
        return command.name
    cls = type(command)
    if cls not in _NAME_OF_COMMAND:
        _NAME_OF_COMMAND[cls] = _HUMP.sub("-", cls.__name__).lower()
    return _NAME_OF_COMMAND[cls]
