"""Carrying messages to a sink: in order, again until they are taken, on from where it was left."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.emission.test_follower import within_time
from tests.emission.worlds import (
    Kept,
    advance,
    all_messages,
    backup,
    simulation_of,
    turned_down,
    unreachable,
    vault,
)
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.emission.courier import Courier
from vaultclock.adapters.emission.cursors import Cursor, Cursors
from vaultclock.adapters.emission.hands import Hands
from vaultclock.adapters.emission.sinks import Sink
from vaultclock.adapters.emission.spec import Spec
from vaultclock.domain.announcements.messages import Message, Notice

SPEC = Spec("webhook", "http://user:secret@127.0.0.1:1/hook?token=secret")


class Pauses:
    """Waits for nothing, and keeps how long it was to wait."""

    def __init__(self, *, at_most: int = 1000) -> None:
        self.seconds: list[float] = []
        self.over = asyncio.Event()
        self._at_most = at_most

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if len(self.seconds) >= self._at_most:
            self.over.set()
            await asyncio.Event().wait()  # for ever


def carried(
    simulation: Simulation,
    sink: Sink,
    during: Callable[[], None] = lambda: None,
    *,
    cursors: Cursors | None = None,
    hears_advances: bool = False,
    pauses: Pauses | None = None,
) -> None:
    """Carry what happens meanwhile to a sink, and what was left over before that."""

    async def work() -> None:
        courier = Courier(
            simulation,
            SPEC,
            sink,
            cursors,
            hears_advances=hears_advances,
            pause=pauses or Pauses(),
        )
        running = asyncio.create_task(courier.run())
        await asyncio.sleep(0)
        during()
        courier.end()
        await running

    within_time(work())


def test_what_happens_from_now_on_is_carried_in_order() -> None:
    simulation, sink = simulation_of(), Kept()
    vault(simulation, "before")
    already = all_messages(simulation)

    def during() -> None:
        for number in range(100):
            vault(simulation, f"vault-{number}")

    carried(simulation, sink, during)
    assert [*already, *sink.messages] == all_messages(simulation)
    assert len(sink.messages) == 100


def test_a_sink_gets_only_what_it_takes() -> None:
    simulation, sink = simulation_of(), Kept()
    sink.takes = (Notice,)

    def during() -> None:
        backup(simulation)
        advance(simulation)

    carried(simulation, sink, during, hears_advances=True)
    (message,) = sink.messages
    assert isinstance(message.content, Notice)


def test_what_an_advance_brings_is_not_carried_unless_asked_for() -> None:
    simulation = simulation_of()

    def during() -> None:
        backup(simulation)
        advance(simulation)
        vault(simulation, "after")

    sink = Kept()
    carried(simulation, sink, during)
    told = [message.envelope()["detail"].get("backupVaultName") for message in sink.messages]
    assert told == ["v", None, "after"], "a vault, a new job, a vault"


def test_a_message_is_tried_again_until_it_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    simulation, pauses = simulation_of(), Pauses()
    sink = Kept(*(unreachable() for _ in range(10)))
    with caplog.at_level(logging.WARNING, "vaultclock"):
        carried(simulation, sink, lambda: vault(simulation, "v"), pauses=pauses)
    assert sink.messages == all_messages(simulation)
    assert pauses.seconds == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert len(caplog.records) == 1, "said once"
    assert "secret" not in caplog.text


def test_a_message_that_is_turned_down_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    simulation, sink = simulation_of(), Kept(turned_down())

    def during() -> None:
        vault(simulation, "one")
        vault(simulation, "two")

    with caplog.at_level(logging.WARNING, "vaultclock"):
        carried(simulation, sink, during)
    assert sink.messages == all_messages(simulation)[1:]
    assert "turned message 0.0 down: no thanks" in caplog.text
    assert "secret" not in caplog.text


def test_a_bug_in_a_sink_ends_its_courier_alone(caplog: pytest.LogCaptureFixture) -> None:
    simulation, sink = simulation_of(), Kept(ZeroDivisionError("a bug"))
    carried(simulation, sink, lambda: vault(simulation, "v"))
    assert sink.messages == []
    assert "nothing is delivered to webhook:http://127.0.0.1:1/hook any more" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert simulation.watchers == []


def test_the_server_goes_on_while_a_sink_takes_its_time() -> None:
    simulation, release = simulation_of(), threading.Event()

    class Slow(Kept):
        def deliver(self, message: Message) -> None:
            assert release.wait(10)
            super().deliver(message)

    sink = Slow()

    def during() -> None:
        for number in range(3):
            vault(simulation, f"vault-{number}")
        assert sink.messages == []
        release.set()

    carried(simulation, sink, during)
    assert len(sink.messages) == 3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "world.db.cursors.json"


def test_a_restart_goes_on_where_the_courier_was(path: Path) -> None:
    simulation, one, two = simulation_of(), Kept(), Kept()
    carried(simulation, one, lambda: vault(simulation, "a"), cursors=Cursors(path))
    vault(simulation, "b")  # while nobody carries
    carried(simulation, two, lambda: vault(simulation, "c"), cursors=Cursors(path))
    assert [*one.messages, *two.messages] == all_messages(simulation)
    assert len(two.messages) == 2


def test_a_courier_that_had_nothing_to_carry_has_a_cursor_too(path: Path) -> None:
    simulation, sink = simulation_of(), Kept()
    carried(simulation, Kept(), cursors=Cursors(path))
    vault(simulation, "a")
    carried(simulation, sink, cursors=Cursors(path))
    assert sink.messages == all_messages(simulation)


def test_what_was_not_taken_is_carried_after_a_restart(path: Path) -> None:
    simulation = simulation_of()
    sink, pauses = Kept(*(unreachable() for _ in range(3))), Pauses(at_most=2)

    async def killed() -> None:
        courier = Courier(simulation, SPEC, sink, Cursors(path), hears_advances=False, pause=pauses)
        running = asyncio.create_task(courier.run())
        await asyncio.sleep(0)
        vault(simulation, "a")
        advance(simulation)
        vault(simulation, "b")
        await pauses.over.wait()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    within_time(killed())
    assert sink.messages == []
    after = Kept()
    carried(simulation, after, cursors=Cursors(path))
    assert after.messages == all_messages(simulation)


def test_what_an_advance_brought_is_left_out_also_after_a_restart(path: Path) -> None:
    simulation, sink = simulation_of(), Kept()
    spec_cursor = Cursor(0, [(3, 7)])
    Cursors(path).put(SPEC, simulation.engine.origin, spec_cursor)
    backup(simulation)
    simulation.engine.advance(simulation.engine.now + 60_000)  # as before the restart
    vault(simulation, "after")
    carried(simulation, sink, cursors=Cursors(path))
    expected = [m for m in all_messages(simulation) if not 3 <= m.place.seq < 7]
    assert sink.messages == expected
    assert {m.place.seq for m in all_messages(simulation)} & {3, 4, 5, 6}


def test_a_reset_begins_anew_and_keeps_that(path: Path) -> None:
    simulation, sink = simulation_of(), Kept()

    def during() -> None:
        vault(simulation, "a")
        vault(simulation, "b")
        simulation.reset()
        vault(simulation, "c")

    carried(simulation, sink, during, cursors=Cursors(path))
    assert sink.messages[-1:] == all_messages(simulation)
    cursor = Cursors(path).of(SPEC, simulation.engine.origin, 100)
    assert cursor is not None
    assert cursor.seq == simulation.engine.seq


def test_the_cursor_of_a_world_that_was_replaced_meanwhile_is_not_kept(path: Path) -> None:
    simulation, cursors = simulation_of(), Cursors(path)

    class Resetting(Kept):
        def deliver(self, message: Message) -> None:
            super().deliver(message)
            if len(self.messages) == 1:
                loop.call_soon_threadsafe(simulation.reset)

    loop: Any = None
    sink = Resetting()

    async def work() -> None:
        nonlocal loop
        loop = asyncio.get_running_loop()
        courier = Courier(simulation, SPEC, sink, cursors, hears_advances=False)
        running = asyncio.create_task(courier.run())
        await asyncio.sleep(0)
        for number in range(5):
            vault(simulation, f"vault-{number}")
        await asyncio.to_thread(sink.await_messages, 5)
        courier.end()
        await running

    within_time(work())
    assert simulation.engine.seq == 0
    kept = Cursors(path).of(SPEC, simulation.engine.origin, 100)
    assert kept == Cursor(0, [])


def test_a_cursor_that_can_not_be_kept_is_complained_about(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    simulation, sink, cursors = simulation_of(), Kept(), Cursors(path)
    path.mkdir()
    carried(simulation, sink, lambda: vault(simulation, "a"), cursors=cursors)
    assert sink.messages == all_messages(simulation)
    assert "can't be kept" in caplog.text
    assert "secret" not in caplog.text


def test_hands_do_one_thing_at_a_time_and_hand_over_what_is_raised() -> None:
    async def work() -> None:
        hands = Hands("hands")
        names = [await hands.do(threading.current_thread) for _ in range(2)]
        assert {thread.name for thread in names} == {"hands"}
        assert all(thread.daemon for thread in names)
        with pytest.raises(ZeroDivisionError):
            await hands.do(lambda: 1 // 0)
        hands.let_go()
        names[0].join(10)
        assert not names[0].is_alive()

    within_time(work())


def test_hands_survive_those_who_asked() -> None:
    hands, release, done = Hands("hands"), threading.Event(), threading.Event()

    def slowly() -> None:
        assert release.wait(10)

    async def ask() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await hands.do(slowly)

    asyncio.run(ask())  # whose loop is over before the work is
    release.set()

    async def ask_again() -> None:
        await hands.do(done.set)

    within_time(ask_again())
    assert done.is_set()
    hands.let_go()
