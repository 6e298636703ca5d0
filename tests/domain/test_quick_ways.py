"""Quick ways of the kernel, which must come to what the plain ones do."""

import uuid
from bisect import insort
from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultclock.domain.kernel.agenda import Agenda
from vaultclock.domain.kernel.changes import changer, quicken
from vaultclock.domain.kernel.engine import Context, Deadline, Engine, Feature, deciders, replay
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.ids import Origin, uuid5, uuid5_text
from vaultclock.domain.kernel.instants import HOUR, Instant
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.kernel.tables import Table, Window

HERE = Scope("1", "here")


@given(st.binary(min_size=16, max_size=16), st.text("0123456789.draw"))
def test_an_id_is_written_as_its_bytes_are(namespace: bytes, name: str) -> None:
    raw = uuid5(namespace, name)
    assert uuid5_text(namespace, name) == str(uuid.UUID(bytes=raw))


@attrs.frozen(weakref_slot=False)
class Light:
    name: str
    colour: str = "red"
    lit_at: Instant | None = None

    @property
    def is_lit(self) -> bool:
        return self.lit_at is not None


@given(
    st.builds(Light, st.text(), st.text(), st.none() | st.integers()),
    st.fixed_dictionaries({}, optional={"colour": st.text(), "lit_at": st.integers()}),
)
def test_a_changed_value_is_as_frozen_as_any_other(light: Light, changes: dict[str, Any]) -> None:
    before = attrs.astuple(light)
    changed = changer(Light)(light, **changes)
    assert changed == attrs.evolve(light, **changes)
    assert type(changed) is Light
    assert hash(changed) == hash(attrs.evolve(light, **changes))
    assert changed.is_lit is (changed.lit_at is not None)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        changed.name = "other"  # type: ignore[misc]
    assert attrs.astuple(light) == before


@attrs.frozen(weakref_slot=False)
class Slow:
    name: str
    colour: str = "red"
    lit_at: Instant | None = None
    tags: Mapping[str, str] = attrs.field(default={}, eq=False)


@quicken
@attrs.frozen(weakref_slot=False)
class Quick:
    name: str
    colour: str = "red"
    lit_at: Instant | None = None
    tags: Mapping[str, str] = attrs.field(default={}, eq=False)


@given(
    st.text(),
    st.fixed_dictionaries({}, optional={"colour": st.text(), "lit_at": st.none() | st.integers()}),
)
def test_a_quickly_made_value_is_what_a_slowly_made_one_is(name: str, rest: dict[str, Any]) -> None:
    quick, slow = Quick(name, **rest), Slow(name=name, **rest)
    assert type(quick) is Quick
    assert attrs.astuple(quick) == attrs.astuple(slow)
    assert quick == Quick(name, **rest, tags={"out": "of equality"}) != Quick(f"{name}!", **rest)
    assert hash(quick) == hash(Quick(name, **rest))
    assert repr(quick).replace("Quick", "Slow") == repr(slow)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        quick.colour = "other"  # type: ignore[misc]
    with pytest.raises(TypeError, match="name"):
        Quick()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="shape"):
        Quick(name, shape="round")  # type: ignore[call-arg]


def test_a_class_whose_fields_are_more_than_their_values_is_not_quickened() -> None:
    made: list[Any] = [
        attrs.field(factory=dict),
        attrs.field(converter=int),
        attrs.field(validator=attrs.validators.ge(0)),
    ]
    for field in made:
        cls = attrs.make_class("Made", {"a": field}, frozen=True, slots=True, weakref_slot=False)
        with pytest.raises(AssertionError, match="fields that are more than their values"):
            quicken(cls)
    with pytest.raises(AssertionError, match="other slots than its fields"):
        quicken(attrs.make_class("Referred", ["a"], frozen=True, slots=True))


MOMENTS = st.integers(0, 5 * HOUR)


@given(st.lists(MOMENTS, max_size=30), st.lists(st.tuples(MOMENTS, MOMENTS), max_size=30))
def test_an_agenda_gives_what_is_due_in_order(
    first: list[Instant], later: list[tuple[Instant, Instant]]
) -> None:
    expected = sorted((at, number) for number, at in enumerate(first))
    agenda = Agenda((at, number) for number, at in enumerate(first))
    for number, (to, at) in enumerate(later, len(first)):
        assert agenda.first() == (expected[0] if expected else None)
        assert len(agenda) == len(expected)
        while expected and expected[0][0] <= to:
            assert agenda.take_due(to) == expected.pop(0)
        assert agenda.take_due(to) is None
        agenda.add((at, number))
        insort(expected, (at, number))
    assert [agenda.take_due(5 * HOUR) for _ in expected] == expected
    assert agenda.first() is agenda.take_due(5 * HOUR) is None
    assert len(agenda) == 0


@attrs.frozen
class Row:
    at: int
    key: str
    group: str | None


def rows(count: int, group: str = "g") -> Table[Row]:
    table: Table[Row] = Table(attrgetter("at", "key"))
    table.count(group=group)
    for number in range(count):
        table.put(f"{number:04}", Row(number // 2, f"{number:04}", group))
    return table


@pytest.mark.parametrize("count", [3, 500, 501, 2_000])
def test_groups_long_and_short_grow_move_and_shrink_alike(count: int) -> None:
    table = rows(count)
    assert table.oldest(group="g") == table["0000"]
    assert table.latest(group="g") == table[f"{count - 1:04}"]
    for key in [*table][1::2]:
        table.put(key, attrs.evolve(table[key], group="h"))
    odd, even = [*table][1::2], [*table][::2]
    assert [row.key for row in table.matching(group="g")] == even
    assert [row.key for row in table.matching(group="h")] == odd
    newest = table.page({"group": "g"}, Window(2, newest_first=True)).rows
    assert [row.key for row in newest] == even[:-3:-1]
    for key in even:
        table.put(key, None)
    assert (table.count(group="g"), table.oldest(group="g")) == (0, None)
    assert list(table.index("group").groups((), None)) == [("h",)]


def test_groups_that_were_walked_once_come_and_go_with_their_rows() -> None:
    table = rows(4)
    single, pair = table.index("group"), table.index("group", "at")
    assert list(single.groups((), None)) == [("g",)]
    assert list(pair.groups(("g",), None)) == [("g", 0), ("g", 1)]
    table.put("0009", Row(0, "0009", "h"))
    table.put("0008", Row(0, "0008", "a"))
    assert list(single.groups((), None)) == [("a",), ("g",), ("h",)]
    assert list(single.groups((), ("a",))) == [("g",), ("h",)]
    assert list(pair.groups(("g",), ("g", 0))) == [("g", 1)], "no group behind the prefix"
    for key in ("0000", "0001", "0009"):
        table.put(key, None)
    assert list(single.groups((), None)) == [("a",), ("g",)]
    assert list(pair.groups((), None)) == [("a", 0), ("g", 1)]


def test_a_row_that_is_put_in_another_order_moves_inside_its_group() -> None:
    table = rows(4)
    table.put("0000", Row(9, "0000", "g"))
    assert table.latest(group="g").key == "0000"
    table.put("0000", Row(9, "0000", None))
    assert table.latest(group="g").key == "0003"


# --- an engine whose entities owe several things at once


@attrs.frozen
class Begun:
    name: str
    rings_at: tuple[Instant, ...]


@attrs.frozen
class Rung:
    name: str
    at: Instant


@attrs.frozen
class Begin:
    name: str
    rings_at: tuple[Instant, ...]


@attrs.frozen
class Ring:
    name: str
    at: Instant


def evolve(chime: Begun | None, at: Instant, fact: Any) -> Begun:
    if isinstance(fact, Begun):
        return fact
    assert chime is not None
    place = chime.rings_at.index(fact.at)
    return attrs.evolve(chime, rings_at=(*chime.rings_at[:place], *chime.rings_at[place + 1 :]))


def deadlines(chime: Begun) -> Iterator[Deadline]:
    return ((at, Ring(chime.name, at)) for at in chime.rings_at)


def begin(command: Begin, world: Any, context: Context) -> list[Begun]:
    return [Begun(command.name, command.rings_at)]


def ring(command: Ring, world: Any, context: Context) -> list[Rung]:
    return [Rung(command.name, command.at)]


@attrs.frozen(eq=False)
class World:
    scope: Scope
    others: Mapping[Scope, "World"]
    chimes: Table[Begun] = attrs.field(init=False, factory=lambda: Table(attrgetter("name")))


CHIMES = Feature(
    slot="chimes",
    key=attrgetter("name"),
    facts=(Begun, Rung),
    evolve=evolve,
    decide=deciders(begin, ring),
    deadlines=deadlines,
)


def engine() -> Engine[World]:
    return Engine(World, (CHIMES,), MemoryLog(Origin()))


RINGS = st.lists(st.integers(1, 9), max_size=6).map(tuple)


@given(st.dictionaries(st.sampled_from("abc"), RINGS), RINGS)
def test_whatever_is_owed_at_once_happens_in_order_and_once(
    chimes: dict[str, tuple[Instant, ...]], again: tuple[Instant, ...]
) -> None:
    live = engine()
    for name, rings in {**chimes, "a": ()}.items():
        live.handle(Begin(name, rings), HERE)
    live.handle(Begin("a", again), HERE)  # what the first value owed is owed no more
    live.advance(10)
    rung = [f for b in live.log.read() for f in b.facts if isinstance(f, Rung)]
    owed = {**chimes, "a": again}
    assert [(each.at, each.name) for each in rung] == sorted(
        (at, name) for name, rings in owed.items() for at in rings
    )
    assert live.next_due() is None


def test_replaying_a_long_log_leaves_nothing_of_the_past_on_the_agenda() -> None:
    live = engine()
    for number in range(100):
        live.handle(Begin(f"c{number}", (number + 1, number + 1_000)), HERE)
    live.advance(500)
    replica = replay(live.log, engine())
    assert replica.next_due() == live.next_due() == 1_000
    assert len(replica._agenda) == len(live._agenda) == 100
