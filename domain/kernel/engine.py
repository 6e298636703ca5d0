"""The engine: commands in, facts out, time only ever forwards.

Theory of operation. A decision reads the world and answers facts; the engine appends them to the
log and folds them into the tables, of which it is the only writer. An entity says what it still
owes (`deadlines`) as a function of its own value. The agenda holds what each value owes first, and
a debt counts only while its entity still has that value: nothing is ever cancelled, and a replayed
log owes the past nothing. Debts are ordered by (instant, slice, key, scope): ties are broken by
content, never by history. Retirement is the one thing that happens without a fact: records that
AWS drops from its lists leave the tables when the clock passes them, in live and replay alike.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, get_type_hints

import attrs

from vaultclock.domain.kernel.agenda import Agenda
from vaultclock.domain.kernel.facts import Batch, Elsewhere, Scope
from vaultclock.domain.kernel.ids import Origin, fraction_of, namespace_of, uuid5_text
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.logs import Log, Recording
from vaultclock.domain.kernel.tables import Table

Deadline = tuple[Instant, Any]  # when an entity owes something, and the command that it owes


class Context(NamedTuple):
    """All a decision may know besides the world: where and when it is, and fresh names."""

    now: Instant
    scope: Scope
    seq: int
    origin: Origin
    namespace: bytes
    caller: str | None = None  # the principal's ARN; None is the root of the scope's account

    def fresh_id(self, ordinal: int = 0) -> str:
        """Answer a lower-case uuid that no other decision, and no other ordinal, will get."""
        return uuid5_text(self.namespace, f"{self.seq}.{ordinal}")

    def draw(self, below: int, ordinal: int = 0) -> int:
        """Answer a number in [0, below) that looks random and is a function of the position."""
        name = f"{self.seq}.{ordinal}.draw"
        return fraction_of(self.namespace, name, below)


class WorldLike(Protocol):
    """A world as the engine sees it: one scope's tables, reached by their slots."""

    @property
    def scope(self) -> Scope:
        """Where these tables are."""


W = TypeVar("W", bound=WorldLike)
Decider = Callable[[Any, Any, Context], Sequence[Any]]
Deciders = Mapping[type, Decider]
# Refuses a command that its caller may not send: one step before every decision a user asks for
Authoriser = Callable[[Any, Any, Context], None]


def deciders(*functions: Decider) -> Deciders:
    """Index deciders by the command each one says it takes."""
    return {get_type_hints(function)["command"]: function for function in functions}


@attrs.frozen
class Feature:
    """One slice of the service: a row the engine reads, not a base class.

    ``deadlines`` and ``retires_at`` are left out by slices whose entities owe nothing and never
    leave a list by themselves.
    """

    slot: str
    key: Callable[[Any], str]
    facts: tuple[type, ...]
    evolve: Callable[[Any, Instant, Any], Any]
    decide: Deciders
    deadlines: Callable[[Any], Iterable[Deadline]] | None = None
    retires_at: Callable[[Any], Instant | None] | None = None


_Home = tuple[Feature, Table[Any]]  # where facts of a class go


class _Place(NamedTuple):
    """One scope, its world, and where facts of each class go there."""

    scope: Scope
    world: Any
    homes: Mapping[type, _Home]


# What is to come: when, at which slot, key and scope, and a number that no other has; then the
# table and the value that its entity must still have. A debt also has the command that this value
# owes, and where.
_Retirement = tuple[Instant, str, str, Scope, int, Table[Any], Any]
_Debt = tuple[Instant, str, str, Scope, int, Table[Any], Any, Any, _Place]


class Engine(Generic[W]):
    """The one mutable object: worlds by scope, their log, their agenda and their clock."""

    def __init__(
        self,
        new_world: Callable[[Scope, Mapping[Scope, W]], W],
        features: Sequence[Feature],
        log: Log,
        authorise: Authoriser | None = None,
    ) -> None:
        self.log = log
        self._authorise = authorise
        self.origin = log.origin
        self.now: Instant = log.origin.start_at
        self.seq = 0
        self._new_world = new_world
        self._worlds: dict[Scope, W] = {}
        self._namespace = namespace_of(log.origin.seed)
        self._agenda: Agenda[_Debt] = Agenda()
        self._retirements: Agenda[_Retirement] = Agenda()
        self._noted = 0  # how many of those there have been
        self._is_folding = False
        self._features = features
        self._feature_of_fact = {fact: f for f in features for fact in f.facts}
        self._decider_of = {c: d for f in features for c, d in f.decide.items()}
        self._places: dict[Scope, _Place] = {}

    def world(self, scope: Scope) -> W:
        """Answer the world of one account in one region; an untouched one is empty."""
        found = self._worlds.get(scope)
        if found is None:
            found = self._worlds[scope] = self._new_world(scope, self._worlds)
        return found

    def rows(self) -> dict[Scope, dict[str, dict[str, Any]]]:
        """Read every entity by scope, slot and key, leaving out what is empty."""
        return {
            scope: tables
            for scope in sorted(self._worlds)
            if (tables := {f.slot: rows for f in self._features if (rows := self._rows(scope, f))})
        }

    def _rows(self, scope: Scope, feature: Feature) -> dict[str, Any]:
        return dict(getattr(self._worlds[scope], feature.slot).rows())

    def commands(self) -> Iterable[type]:
        """Answer every class of command that some slice decides."""
        return self._decider_of

    def handle(self, command: Any, scope: Scope, caller: str | None = None) -> Sequence[Any]:
        """Decide a command in a scope, now; answer the facts.

        What is due at this very instant happens first. ``caller`` is the ARN of the principal
        that asks, the root of the scope's account when left out; whether it may is judged before
        anything else. Raises Rejected when the answer is no; nothing has changed then.
        """
        self._settle(self.now)
        place = self._place(scope)
        context = Context(self.now, scope, self.seq, self.origin, self._namespace, caller)
        if self._authorise is not None:
            self._authorise(command, place.world, context)
        return self._decide(command, place, context)

    def _decide(self, command: Any, place: _Place, context: Context) -> Sequence[Any]:
        facts = self._decider_of[type(command)](command, place.world, context)
        if facts:
            batch = Batch(self.seq, self.now, place.scope, command, tuple(facts))
            self.log.append(batch)
            self._fold(batch, place)
        return facts

    def apply(self, batch: Batch) -> None:
        """Fold one recorded batch into the tables."""
        assert batch.seq == self.seq, f"batch {batch.seq} cannot follow position {self.seq}"
        if batch.at != self.now:
            self._move_to(batch.at)
        self._fold(batch, self._place(batch.scope))

    def _fold(self, batch: Batch, here: _Place) -> None:
        at, facts = batch.at, batch.facts
        for stated in facts:
            place, fact = here, stated
            if type(fact) is Elsewhere:
                place, fact = self._place(stated.scope), stated.fact
            home = place.homes[type(fact)]
            feature, table = home
            key = feature.key(fact)
            old = table.get(key)
            entity = feature.evolve(old, at, fact)
            table.replace(key, old, entity)
            if entity is not None:
                if feature.deadlines is not None and not self._is_folding:
                    self._note_debt(home, key, place, entity)
                if feature.retires_at is not None:
                    self._note_retirement(home, key, place, entity)
        self.seq += len(facts)

    def fold(self, batches: Iterable[Batch]) -> None:
        """Fold recorded batches one after the other; what is owed is asked once, at the end.

        What an entity owed in the past has happened, or the log would not go on.
        """
        self._is_folding = True
        try:
            for batch in batches:
                self.apply(batch)
        finally:
            self._is_folding = False
            self._note_all_debts()

    def _note_all_debts(self) -> None:
        self._agenda = Agenda()
        for scope in self._worlds:
            place = self._place(scope)
            for feature in self._features:
                home = feature, self._table(scope, feature.slot)
                if feature.deadlines is not None:
                    for key, entity in home[1].rows().items():
                        self._note_debt(home, key, place, entity)

    def _note_debt(self, home: _Home, key: str, place: _Place, entity: Any) -> None:
        """Put what an entity owes first on the agenda, if it owes anything."""
        feature, table = home
        assert feature.deadlines is not None, feature
        first = None
        for owed in feature.deadlines(entity):
            if first is None or owed[0] < first[0]:
                first = owed
        if first is not None:
            at, command = first
            self._noted += 1
            self._agenda.add(
                (at, feature.slot, key, place.scope, self._noted, table, entity, command, place)
            )

    def _note_retirement(self, home: _Home, key: str, place: _Place, entity: Any) -> None:
        feature, table = home
        assert feature.retires_at is not None, feature
        at = feature.retires_at(entity)
        if at is not None:
            self._noted += 1
            self._retirements.add((at, feature.slot, key, place.scope, self._noted, table, entity))

    def _place(self, scope: Scope) -> _Place:
        place = self._places.get(scope)
        if place is None:
            homes = {
                fact: (feature, self._table(scope, feature.slot))
                for fact, feature in self._feature_of_fact.items()
            }
            place = self._places[scope] = _Place(scope, self.world(scope), homes)
        return place

    def _table(self, scope: Scope, slot: str) -> Table[Any]:
        table = getattr(self.world(scope), slot)
        assert isinstance(table, Table), slot
        return table

    def _move_to(self, instant: Instant) -> None:
        assert instant >= self.now, f"time can't go backwards, from {self.now} to {instant}"
        self.now = instant
        while (due := self._retirements.take_due(instant)) is not None:
            _, _, key, _, _, table, entity = due
            if table.get(key) is entity:  # or it stands elsewhere again, when it changed since
                table.replace(key, entity, None)

    def advance(self, to: Instant) -> None:
        """Make everything happen that is due by ``to``, in order, then rest the clock there."""
        self._settle(to)
        self._move_to(to)
        self.log.rest(to)

    def move_to(self, instant: Instant) -> None:
        """Put the clock of a replayed world where its log says it rested; fires nothing."""
        self._move_to(instant)

    def _settle(self, to: Instant) -> None:
        while (due := self._agenda.take_due(to)) is not None:
            at, _, key, scope, _, table, entity, command, place = due
            if table.get(key) is not entity:
                continue  # it has changed since, and what it owes now stands elsewhere
            if at > self.now:
                self._move_to(at)
            context = Context(self.now, scope, self.seq, self.origin, self._namespace)
            try:
                self._decide(command, place, context)
                assert table.get(key) is not entity, f"{command} changed nothing: due for ever"
            except BaseException:
                self._agenda.add(due)  # a bug, or a log that takes no more: it is still owed
                raise

    def next_due(self) -> Instant | None:
        """Answer when the next thing happens by itself, or None when nothing ever will."""
        while (debt := self._agenda.first()) is not None:
            at, _, key, _, _, table, entity, _, _ = debt
            if table.get(key) is entity:
                return max(at, self.now)
            self._agenda.take_due(at)
        return None


def restore(engine: Engine[W]) -> Engine[W]:
    """Fold an engine's own log into its empty tables, as after a restart."""
    engine.fold(engine.log.read())
    engine.move_to(max(engine.now, engine.log.rested_at()))
    return engine


def replay(
    source: Recording, engine: Engine[W], to_seq: int | None = None, to_at: Instant | None = None
) -> Engine[W]:
    """Fold a recorded log into an empty engine that keeps a log of its own.

    ``to_seq`` counts facts: whole batches are folded while they end at or before it. ``to_at``
    is the last instant that is folded. The clock ends where the source rested, or at the point
    asked for, whichever is earlier.
    """
    engine.fold(_kept(source, engine.log, to_seq, to_at))
    if to_seq is not None and engine.seq < source.head():
        return engine  # it stands where its last batch left it
    rested_at = source.rested_at()
    rest = max(engine.now, rested_at if to_at is None else min(to_at, rested_at))
    engine.move_to(rest)
    engine.log.rest(rest)
    return engine


def _kept(
    source: Recording, log: Log, to_seq: int | None, to_at: Instant | None
) -> Iterator[Batch]:
    """Yield the batches up to a point, and keep each in a log."""
    for batch in source.read():
        if to_seq is not None and batch.seq + len(batch.facts) > to_seq:
            return
        if to_at is not None and batch.at > to_at:
            return
        log.append(batch)
        yield batch
