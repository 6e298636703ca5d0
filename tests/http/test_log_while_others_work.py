"""A log that is read out while its world goes on: others are served, and a reset ends it."""

import asyncio
from itertools import pairwise

import pytest

from tests.clock.test_counting import WatchedLog
from tests.clock.test_simulation import busy
from tests.http.desk import ORIGIN, Answer, Desk
from vaultclock.adapters.http import control_log

LOG = "/_vaultclock/log"


def watched_desk(monkeypatch: pytest.MonkeyPatch) -> tuple[Desk, WatchedLog]:
    monkeypatch.setattr(control_log, "_PIECE_BATCHES", 2)
    log = WatchedLog(ORIGIN)
    desk = Desk(log)
    busy(desk.simulation)
    desk.advance(by="40d")
    return desk, log


async def begun_reading(desk: Desk, log: WatchedLog) -> asyncio.Task[Answer]:
    """Ask for the log, and go on when some of it is read; others are served meanwhile."""
    log.facts_read = 0
    reading = asyncio.create_task(desk.answer("GET", LOG))
    while not log.facts_read:
        assert (await desk.answer("GET", "/health")).status == 200
        await asyncio.sleep(0)
    return reading


def test_a_log_is_read_out_in_pieces_so_that_others_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk, log = watched_desk(monkeypatch)
    before = desk.ask("GET", f"{LOG}?format=jsonl").body
    log.facts_read = 0

    async def watch() -> tuple[Answer, list[int]]:
        reading = asyncio.create_task(desk.answer("GET", f"{LOG}?format=jsonl"))
        looks = [log.facts_read]
        while not reading.done():
            assert (await desk.answer("GET", "/health")).status == 200
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            looks.append(log.facts_read)
        return await reading, looks

    answer, looks = asyncio.run(watch())
    assert answer.body.splitlines()[1:] == before.splitlines()[1:]
    assert looks[-1] >= log.head()
    assert max(later - earlier for earlier, later in pairwise(looks)) < log.head() / 5


def test_what_happens_while_a_log_is_read_out_is_not_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, log = watched_desk(monkeypatch)
    facts, now = log.head(), desk.clock()["now"]

    async def race() -> Answer:
        reading = await begun_reading(desk, log)
        await desk.answer("PUT", "/backup-vaults/later", {})
        await desk.answer("POST", "/_vaultclock/clock/advance", {"by": "1d"})
        return await reading

    answer = asyncio.run(race())
    assert log.head() > facts
    assert Desk().ask("PUT", LOG, answer.body).json == {"facts": facts, "now": now}


def test_a_reset_ends_the_reading_of_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, log = watched_desk(monkeypatch)

    async def race() -> Answer:
        reading = await begun_reading(desk, log)
        assert (await desk.answer("POST", "/_vaultclock/reset")).status == 200
        return await reading

    answer = asyncio.run(race())
    assert answer.status == 409
    assert answer.json["error"] == "the world has ended while its log was read"
