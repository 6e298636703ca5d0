"""The engine: commands in, facts out, time only ever forwards.

Theory of operation. A decision reads the world and answers facts; the engine appends them to the
log and folds them into the tables, of which it is the only writer. An entity says what it still
owes (`deadlines`) as a function of its own value, so it is asked once for every value it takes:
the agenda holds the first thing that each value owes. An entry counts while the table still
holds that very value, so nothing is ever cancelled, and a replayed log owes the past nothing.
Entries are ordered by (instant, slice, key, scope): ties are broken by content, never by history.
Retirement is the one thing that happens without a fact: records that AWS drops from its lists
leave the tables when the clock passes them, in live and replay alike.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, get_type_hints

import attrs

from vaultclock.domain.kernel.facts import Batch, Elsewhere, Scope
from vaultclock.domain.kernel.ids import Origin, drawn, namespace_of, uuid5_text
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.logs import Log, Recording
from vaultclock.domain.kernel.tables import Table


class Deadline(NamedTuple):
    """What an entity owes, and when."""

    at: Instant
    command: Any


class Context(NamedTuple):
    """All a decision may know besides the world: where and when it is, and fresh names."""

    now: Instant
    scope: Scope
    seq: int
    origin: Origin
    namespace: bytes  # of ids, which `fresh_id` makes

    def fresh_id(self, ordinal: int = 0) -> str:
        """Answer a lower-case uuid that no other decision, and no other ordinal, will get."""
        return uuid5_text(self.namespace, f"{self.seq}.{ordinal}")

    def draw(self, below: int, ordinal: int = 0) -> int:
        """Answer a number in [0, below) that looks random and is a function of the position."""
        return drawn(self.namespace, f"{self.seq}.{ordinal}.draw") * below >> 48


class WorldLike(Protocol):
    """A world as the engine sees it: one scope's tables, reached by their slots."""

    @property
    def scope(self) -> Scope:
        """Where these tables are."""


W = TypeVar("W", bound=WorldLike)
Decider = Callable[[Any, Any, Context], Sequence[Any]]
Deciders = Mapping[type, Decider]


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


# What one value of an entity owes first, or without a command when it retires: the instant, slot,
# key and scope; a number that no other entry has, so that nothing behind it is ever compared;
# the table, the value and the command.
_Entry = tuple[Instant, str, str, Scope, int, Table[Any], Any, Any]
_Home = tuple[Feature, Table[Any]]  # where facts of one class go in one scope


class Engine(Generic[W]):
    """The one mutable object: worlds by scope, their log, their agenda and their clock."""

    def __init__(
        self,
        new_world: Callable[[Scope, Mapping[Scope, W]], W],
        features: Sequence[Feature],
        log: Log,
    ) -> None:
        self.log = log
        self.origin = log.origin
        self.now: Instant = log.origin.start_at
        self.seq = 0
        self._new_world = new_world
        self._worlds: dict[Scope, W] = {}
        self._namespace = namespace_of(log.origin.seed)
        self._agenda: list[_Entry] = []
        self._retirements: list[_Entry] = []
        self._entries = 0
        self._features = features
        self._feature_of_fact = {fact: f for f in features for fact in f.facts}
        self._decider_of = {c: d for f in features for c, d in f.decide.items()}
        # looked up for every fact, so it is kept
        self._homes: defaultdict[Scope, dict[type, _Home]] = defaultdict(dict)

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

    def handle(self, command: Any, scope: Scope) -> Sequence[Any]:
        """Decide a command in a scope, now; answer the facts.

        What is due at this very instant happens first. Raises Rejected when the answer is no;
        nothing has changed then.
        """
        self._settle(self.now)
        return self._decide(command, scope)

    def _decide(self, command: Any, scope: Scope) -> Sequence[Any]:
        context = Context(self.now, scope, self.seq, self.origin, self._namespace)
        world = self._worlds.get(scope) or self.world(scope)
        facts = self._decider_of[type(command)](command, world, context)
        if facts:
            batch = Batch(self.seq, self.now, scope, command, tuple(facts))
            self.log.append(batch)
            self.apply(batch)
        return facts

    def apply(self, batch: Batch) -> None:
        """Fold one batch into the tables, whether just decided or read from a log."""
        assert batch.seq == self.seq, f"batch {batch.seq} cannot follow position {self.seq}"
        if batch.at != self.now:
            self._move_to(batch.at)
        for stated in batch.facts:
            if isinstance(stated, Elsewhere):
                self._fold(stated.scope, batch.at, stated.fact)
            else:
                self._fold(batch.scope, batch.at, stated)
        self.seq += len(batch.facts)

    def _fold(self, scope: Scope, at: Instant, fact: Any) -> None:
        feature, table = self._homes[scope].get(type(fact)) or self._home(scope, type(fact))
        key = feature.key(fact)
        entity = feature.evolve(table.get(key), at, fact)
        table.put(key, entity)
        if entity is None:
            return
        slot = feature.slot
        if feature.deadlines is not None:
            first = None
            for deadline in feature.deadlines(entity):
                if first is None or deadline[0] < first[0]:
                    first = deadline
            if first is not None:
                due_at, command = first
                self._entries += 1
                entry = (due_at, slot, key, scope, self._entries, table, entity, command)
                heappush(self._agenda, entry)
        if feature.retires_at is not None:
            retires_at = feature.retires_at(entity)
            if retires_at is not None:
                self._entries += 1
                entry = (retires_at, slot, key, scope, self._entries, table, entity, None)
                heappush(self._retirements, entry)

    def _home(self, scope: Scope, fact: type) -> _Home:
        feature = self._feature_of_fact[fact]
        table = getattr(self.world(scope), feature.slot)
        assert isinstance(table, Table), feature.slot
        home = self._homes[scope][fact] = (feature, table)
        return home

    def _move_to(self, instant: Instant) -> None:
        assert instant >= self.now, f"time can't go backwards, from {self.now} to {instant}"
        self.now = instant
        retirements = self._retirements
        while retirements and retirements[0][0] <= instant:
            _, _, key, _, _, table, entity, _ = heappop(retirements)
            if table.get(key) is entity:
                table.put(key, None)

    def advance(self, to: Instant) -> None:
        """Make everything happen that is due by ``to``, in order, then rest the clock there."""
        self._settle(to)
        self._move_to(to)
        self.log.rest(to)

    def move_to(self, instant: Instant) -> None:
        """Put the clock of a replayed world where its log says it rested; fires nothing."""
        self._move_to(instant)

    def _settle(self, to: Instant) -> None:
        agenda = self._agenda
        while agenda and agenda[0][0] <= to:
            at, _, key, scope, _, table, entity, command = heappop(agenda)
            if table.get(key) is not entity:
                continue
            if at > self.now:
                self._move_to(at)
            self._decide(command, scope)
            assert table.get(key) is not entity, f"{command} changed nothing: due for ever"

    def next_due(self) -> Instant | None:
        """Answer when the next thing happens by itself, or None when nothing ever will."""
        self.forget_past()
        return max(self._agenda[0][0], self.now) if self._agenda else None

    def forget_past(self) -> None:
        """Drop what stands first on the agenda for values that their entities no longer have.

        Folding a log adds to the agenda and fires nothing; whoever does so keeps it short.
        """
        agenda = self._agenda
        while agenda and agenda[0][5].get(agenda[0][2]) is not agenda[0][6]:
            heappop(agenda)


def restore(engine: Engine[W]) -> Engine[W]:
    """Fold an engine's own log into its empty tables, as after a restart."""
    for batch in engine.log.read():
        engine.apply(batch)
        engine.forget_past()
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
    for batch in source.read():
        if to_seq is not None and batch.seq + len(batch.facts) > to_seq:
            return engine
        if to_at is not None and batch.at > to_at:
            break
        engine.log.append(batch)
        engine.apply(batch)
        engine.forget_past()
    rested_at = source.rested_at()
    rest = max(engine.now, rested_at if to_at is None else min(to_at, rested_at))
    engine.move_to(rest)
    engine.log.rest(rest)
    return engine
