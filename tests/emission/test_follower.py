"""Following a simulation: from a place on, while it grows, through advances and resets."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from tests.emission.worlds import advance, all_messages, backup, simulation_of, vault
from tests.http.serving import SECONDS_MAX
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.emission.follower import BEGINNING, Follower, Parcel, Since
from vaultclock.domain.announcements.messages import Message, Place
from vaultclock.domain.features import Engine, replay
from vaultclock.domain.vaults.commands import CreateVault


def within_time(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, SECONDS_MAX))


def following(
    simulation: Simulation, since: Since | None = None, *, hears_advances: bool = True
) -> Follower:
    return Follower(simulation, since or Since(), hears_advances=hears_advances)


def told_so_far(
    simulation: Simulation, since: Since | None = None, *, hears_advances: bool = True
) -> list[Message]:
    """All that a follower tells which is to end."""
    told: list[Message] = []

    async def work() -> None:
        follower = following(simulation, since, hears_advances=hears_advances)
        follower.end()
        async for parcel in follower.parcels():
            told.extend(parcel.messages)

    within_time(work())
    assert simulation.watchers == [], "who has gone is told no more"
    return told


def alongside(
    simulation: Simulation,
    act: Callable[[Callable[[], Awaitable[Parcel]]], Awaitable[None]],
    **how: Any,
) -> None:
    """Follow a simulation in the loop in which something is done with it."""

    async def work() -> None:
        parcels = following(simulation, **how).parcels()
        assert (await anext(parcels)).messages == []
        await act(parcels.__anext__)
        await parcels.aclose()

    within_time(work())


def test_all_that_was_told_is_told_from_the_beginning() -> None:
    simulation = simulation_of()
    backup(simulation)
    advance(simulation)
    assert told_so_far(simulation) == all_messages(simulation)


def test_a_long_log_is_told_in_order() -> None:
    simulation = simulation_of()
    for number in range(200):
        vault(simulation, f"vault-{number}")
    told = told_so_far(simulation)
    assert told == all_messages(simulation)
    assert len(told) == 200


@pytest.mark.parametrize("skipped", [0, 1, 3, 6])
def test_from_a_place_on_only_what_stands_there_and_behind_is_told(skipped: int) -> None:
    simulation = simulation_of()
    backup(simulation)
    advance(simulation)
    every = all_messages(simulation)
    assert told_so_far(simulation, Since(every[skipped].place)) == every[skipped:]
    after = Place(every[skipped].place.seq, every[skipped].place.ordinal + 1)
    assert told_so_far(simulation, Since(after)) == every[skipped + 1 :]


def test_from_an_instant_on_only_what_happened_then_and_later_is_told() -> None:
    simulation = simulation_of()
    backup(simulation)
    advance(simulation)
    every = all_messages(simulation)
    then = every[-1].at
    told = told_so_far(simulation, Since(at=then))
    assert told == [message for message in every if message.at >= then]
    assert told_so_far(simulation, Since(at=then + 1)) == []


def test_what_an_advance_brings_is_left_out_unless_asked_for() -> None:
    simulation = simulation_of()
    backup(simulation)
    before = all_messages(simulation)
    advance(simulation)
    seq = simulation.engine.seq
    vault(simulation, "later")
    every = all_messages(simulation)
    assert told_so_far(simulation, hears_advances=False) == [
        *before,
        *(message for message in every if message.place.seq >= seq),
    ]
    assert told_so_far(simulation) == every


def test_news_is_told_when_it_happens() -> None:
    simulation = simulation_of()

    async def act(parcel: Callable[[], Awaitable[Parcel]]) -> None:
        for number in range(3):
            waiting = asyncio.ensure_future(parcel())
            await asyncio.sleep(0)
            assert not waiting.done()
            vault(simulation, f"vault-{number}")
            (message,) = (await waiting).messages
            assert message.place == Place(number)

    alongside(simulation, act)


def test_a_pulse_is_an_empty_parcel() -> None:
    async def work() -> None:
        parcels = following(simulation_of()).parcels(pulse_seconds=0.001)
        for _ in range(3):
            assert await anext(parcels) == Parcel([], 0)
        await parcels.aclose()

    within_time(work())


def test_a_reset_world_is_told_of_from_its_beginning() -> None:
    simulation = simulation_of()
    vault(simulation, "old")

    async def act(parcel: Callable[[], Awaitable[Parcel]]) -> None:
        await parcel()
        simulation.reset()
        vault(simulation, "new")
        (message,) = (await parcel()).messages
        assert message.place == BEGINNING
        assert message.envelope()["detail"]["backupVaultName"] == "new"

    alongside(simulation, act)


def test_a_loaded_world_is_told_of_from_where_it_stands() -> None:
    simulation = simulation_of()
    recorded = Engine()
    recorded.handle(CreateVault("recorded"))

    async def act(parcel: Callable[[], Awaitable[Parcel]]) -> None:
        waiting = asyncio.ensure_future(parcel())
        await asyncio.sleep(0)
        simulation.load(replay(recorded.log))
        vault(simulation, "new")
        (message,) = (await waiting).messages
        assert message.place == Place(1)

    alongside(simulation, act)


def test_a_world_that_can_not_be_kept_is_told_of_no_more() -> None:
    simulation = simulation_of()
    vault(simulation, "kept")
    simulation.failure = "the disk is full"
    assert told_so_far(simulation) == []
