"""The engine on a feature made for it: alarms that ring, far or near, and are forgotten."""

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any

import attrs
import pytest

from vaultclock.domain.kernel.engine import Context, Deadline, Engine, Feature, deciders, replay
from vaultclock.domain.kernel.engine import restore as restore_engine
from vaultclock.domain.kernel.facts import (
    CLASS_OF,
    FORM_OF,
    Batch,
    Elsewhere,
    RecordedCommand,
    Scope,
    command_name,
    fact,
)
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.kernel.refusals import Rejected
from vaultclock.domain.kernel.tables import Table

HERE, THERE = Scope("1", "here"), Scope("1", "there")


@attrs.frozen
class AlarmSet:
    name: str
    rings_at: Instant
    id: str = ""


@attrs.frozen
class AlarmRang:
    name: str


@attrs.frozen
class SetAlarm:
    name: str
    rings_at: Instant
    elsewhere: Scope | None = None


@attrs.frozen
class RingAlarm:
    name: str


@attrs.frozen
class Alarm:
    name: str
    rings_at: Instant
    id: str
    rang_at: Instant | None = None


def order(alarm: Alarm) -> tuple[str]:
    return (alarm.name,)


@attrs.frozen(eq=False)
class World:
    scope: Scope
    others: Mapping[Scope, "World"]
    alarms: Table[Alarm] = attrs.field(init=False, factory=lambda: Table(order))


def evolve(alarm: Alarm | None, at: Instant, stated: Any) -> Alarm:
    if isinstance(stated, AlarmSet):
        return Alarm(stated.name, stated.rings_at, stated.id)
    assert alarm is not None
    return attrs.evolve(alarm, rang_at=at)


def set_alarm(command: SetAlarm, world: World, context: Context) -> list[Any]:
    if command.rings_at < context.now:
        raise Rejected("too late")
    stated = AlarmSet(command.name, command.rings_at, context.fresh_id())
    return [Elsewhere(command.elsewhere, stated)] if command.elsewhere else [stated]


def ring_alarm(command: RingAlarm, world: World, context: Context) -> list[Any]:
    assert not world.alarms[command.name].rang_at
    return [] if command.name == "stuck" else [AlarmRang(command.name)]


def deadlines(alarm: Alarm) -> Iterator[Deadline]:
    if alarm.rang_at is None:
        yield (alarm.rings_at, RingAlarm(alarm.name))


def retires_at(alarm: Alarm) -> Instant | None:
    return None if alarm.rang_at is None else alarm.rang_at + 100


ALARMS = Feature(
    slot="alarms",
    key=attrgetter("name"),
    facts=(AlarmSet, AlarmRang),
    evolve=evolve,
    decide=deciders(set_alarm, ring_alarm),
    deadlines=deadlines,
    retires_at=retires_at,
)


def engine(seed: int = 0) -> Engine[World]:
    return Engine(World, (ALARMS,), MemoryLog(Origin(seed=seed)))


def told(of: Engine[World]) -> list[tuple[Instant, Scope, str]]:
    return [(r.at, r.scope, r.fact.name) for b in of.log.read() for r in b.recorded()]


def test_what_is_due_happens_in_order_of_time_then_content() -> None:
    live = engine()
    for name, at in (("c", 5), ("b", 9), ("a", 5), ("d", 50)):
        live.handle(SetAlarm(name, at), HERE)
    live.advance(10)
    assert [entry[2] for entry in told(live)[4:]] == ["a", "c", "b"]
    assert live.now == 10
    assert live.next_due() == 50
    live.advance(50)
    assert live.next_due() is None


def test_what_is_due_happens_before_a_command_at_the_same_instant() -> None:
    live = engine()
    live.handle(SetAlarm("a", 0), HERE)
    live.handle(SetAlarm("b", 0), HERE)
    assert [type(r.fact) for b in live.log.read() for r in b.recorded()] == [
        AlarmSet,
        AlarmRang,
        AlarmSet,
    ]


def test_a_changed_deadline_needs_no_cancelling() -> None:
    live = engine()
    live.handle(SetAlarm("a", 5), HERE)
    live.handle(SetAlarm("a", 20), HERE)
    live.advance(10)
    assert len(told(live)) == 2
    assert live.next_due() == 20


def test_a_fact_may_be_stated_about_elsewhere() -> None:
    live = engine()
    live.handle(SetAlarm("a", 5, elsewhere=THERE), HERE)
    live.advance(5)
    assert told(live) == [(0, THERE, "a"), (5, THERE, "a")]
    assert list(live.rows()) == [THERE]
    assert live.world(HERE).others[THERE].alarms["a"].rang_at == 5


def test_a_record_leaves_the_tables_when_its_time_has_passed() -> None:
    live = engine()
    live.handle(SetAlarm("a", 5), HERE)
    live.handle(SetAlarm("b", 6), HERE)
    live.advance(104)
    assert set(live.world(HERE).alarms) == {"a", "b"}
    live.advance(105)
    assert set(live.world(HERE).alarms) == {"b"}


def test_a_record_that_came_back_does_not_leave_with_its_past() -> None:
    live = engine()
    live.handle(SetAlarm("a", 5), HERE)
    live.advance(50)
    live.handle(SetAlarm("a", 200), HERE)
    live.advance(110)
    assert set(live.world(HERE).alarms) == {"a"}


def test_time_cannot_go_backwards() -> None:
    live = engine()
    live.advance(5)
    with pytest.raises(AssertionError, match="backwards"):
        live.advance(4)


def test_a_deadline_that_changes_nothing_is_a_bug() -> None:
    live = engine()
    live.handle(SetAlarm("stuck", 5), HERE)
    for _ in range(2):  # what could not be done is owed until it is
        with pytest.raises(AssertionError, match="due for ever"):
            live.advance(5)
        assert live.next_due() == 5


def test_what_a_log_does_not_take_is_still_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_batch: Batch) -> None:
        raise OverflowError

    live = engine()
    live.handle(SetAlarm("a", 5), HERE)
    with monkeypatch.context() as patch:
        patch.setattr(live.log, "append", refuse)
        with pytest.raises(OverflowError):
            live.advance(9)
    assert (live.now, live.seq, live.next_due()) == (5, 1, 5)
    live.advance(9)
    assert told(live)[1:] == [(5, HERE, "a")]


def test_a_refused_command_leaves_no_trace_and_uses_up_no_id() -> None:
    live, calm = engine(), engine()
    live.advance(5)
    calm.advance(5)
    with pytest.raises(Rejected):
        live.handle(SetAlarm("a", 4), HERE)
    assert live.rows() == calm.rows() == {}
    for each in (live, calm):
        each.handle(SetAlarm("a", 9), HERE)
    assert live.rows() == calm.rows()


def test_another_seed_gives_other_ids() -> None:
    one, other = engine(1), engine(2)
    for each in (one, other):
        each.handle(SetAlarm("a", 9), HERE)
    assert one.world(HERE).alarms["a"].id != other.world(HERE).alarms["a"].id


def storied() -> Engine[World]:
    live = engine()
    live.handle(SetAlarm("a", 5), HERE)
    live.handle(SetAlarm("b", 8), HERE)
    live.advance(200)
    return live


def test_a_log_is_replayed_whole_or_to_a_point() -> None:
    live = storied()
    whole = replay(live.log, engine())
    assert (whole.rows(), whole.now, whole.seq) == (live.rows(), 200, 4)
    assert whole.log.rested_at() == 200

    part = replay(live.log, engine(), to_seq=3)
    assert (part.now, part.seq) == (5, 3)
    assert part.next_due() == 8

    until = replay(live.log, engine(), to_at=7)
    assert (until.now, until.seq) == (7, 3)
    assert replay(live.log, engine(), to_at=900).now == 200


def test_a_restart_lands_where_the_clock_stood_and_owes_nothing() -> None:
    live = storied()
    again = restore_engine(Engine(World, (ALARMS,), live.log))
    assert (again.rows(), again.now, again.seq) == (live.rows(), 200, 4)
    again.advance(300)
    assert again.log.head() == 4


def test_a_batch_must_follow_the_one_before() -> None:
    with pytest.raises(AssertionError, match="cannot follow"):
        engine().apply(Batch(7, 0, HERE, None, (AlarmRang("a"),)))
    with pytest.raises(AssertionError):
        MemoryLog(Origin()).append(Batch(7, 0, HERE, None, (AlarmRang("a"),)))


def test_an_engine_knows_what_it_may_be_asked() -> None:
    assert set(engine().commands()) == {SetAlarm, RingAlarm}


def test_a_draw_is_spread_and_depends_on_the_position() -> None:
    drawn = [Context(0, HERE, seq, Origin(), b"n" * 16).draw(1000) for seq in range(400)]
    assert all(0 <= number < 1000 for number in drawn)
    assert len(set(drawn)) > 250


def test_commands_are_named_as_a_log_names_them() -> None:
    assert command_name(SetAlarm("a", 1)) == "set-alarm"
    assert command_name(RecordedCommand("set-alarm", {})) == "set-alarm"


def test_two_facts_cannot_be_stored_under_one_name() -> None:
    class First:
        name: str

    class Second:
        name: str

    fact("stored-once")(First)
    try:
        with pytest.raises(AssertionError, match="stored-once"):
            fact("stored-once")(Second)
    finally:
        del FORM_OF[CLASS_OF.pop("stored-once")]
