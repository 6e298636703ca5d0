"""Counting facts while they are stated answers what reading them all back would."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock.test_simulation import busy, exhaust
from tests.http.desk import ORIGIN, START, Desk, Seconds, schedule
from vaultclock.adapters.clock import counting
from vaultclock.adapters.clock.counting import CountingLog
from vaultclock.adapters.clock.recordings import play
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.store.sqlite import SqliteLog
from vaultclock.domain.kernel.facts import FORM_OF, Batch, Elsewhere, Scope
from vaultclock.domain.kernel.instants import DAY
from vaultclock.domain.kernel.logs import MemoryLog, Recording
from vaultclock.domain.notifications.events import VaultNotificationsRemoved
from vaultclock.domain.vaults.events import VaultDeleted

_HERE, _THERE = Scope("000000000000", "us-east-1"), Scope("000000000000", "eu-west-1")
_kinds = st.sampled_from([VaultDeleted("vault"), VaultNotificationsRemoved("vault")])
_facts = st.one_of(_kinds, st.builds(Elsewhere, st.just(_THERE), _kinds))
_batches = st.lists(st.lists(_facts, min_size=1, max_size=4), max_size=12)


class WatchedLog(MemoryLog):
    """A log that knows how much of it was read."""

    facts_read = 0

    def read(self, seq: int = 0) -> Iterator[Batch]:
        for batch in super().read(seq):
            self.facts_read += len(batch.facts)
            yield batch


def append(log: MemoryLog | CountingLog, facts: list[Any]) -> None:
    log.append(Batch(log.head(), START, _HERE, None, facts))


def read_back(log: Recording, seq: int) -> Counter[type]:
    recorded = (each for batch in log.read() for each in batch.recorded())
    return Counter(type(each.fact) for each in recorded if each.seq >= seq)


@given(_batches, _batches)
def test_every_position_is_answered_as_if_the_log_were_read(
    held: list[list[Any]], stated: list[list[Any]]
) -> None:
    log = MemoryLog(ORIGIN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "_FACTS_A_MARK", 5)
        for facts in held:
            append(log, facts)
        counted = CountingLog(log)
        for facts in stated:
            append(counted, facts)
    for seq in range(log.head() + 1):
        assert counted.facts_since(seq) == read_back(log, seq), seq


def test_an_advance_is_summed_up_without_reading_its_facts_back() -> None:
    log = WatchedLog(ORIGIN)
    desk = Desk(log)
    schedule(desk)
    before = log.head()
    moved = desk.advance(by="100d")
    assert moved["facts"] > 2 * counting._FACTS_A_MARK
    assert log.facts_read <= counting._FACTS_A_MARK
    names = {FORM_OF[kind][0]: count for kind, count in read_back(log, before).items()}
    assert moved["by_name"] == dict(sorted(names.items()))


def test_facts_of_before_a_restart_are_counted_too(tmp_path: Path) -> None:
    simulation = busy(Simulation(SqliteLog.open(tmp_path / "world.db", ORIGIN), 0, Seconds()))
    middle = simulation.engine.seq
    exhaust(simulation.strides(START + 3 * DAY))
    simulation.close()
    again = Simulation(SqliteLog.open(tmp_path / "world.db", ORIGIN), 0, Seconds())
    exhaust(again.strides(START + 30 * DAY))
    for seq in (0, middle, again.engine.seq):
        assert sum(again.facts_since(seq).values()) == again.engine.seq - seq
    again.close()


def test_facts_of_a_loaded_world_are_counted_too() -> None:
    source = busy(Simulation(MemoryLog(ORIGIN), 0, Seconds()))
    simulation = Simulation(MemoryLog(ORIGIN), 0, Seconds())
    simulation.load(play(source.engine.log))
    assert simulation.facts_since(0) == source.facts_since(0)
    exhaust(simulation.strides(START + 30 * DAY))
    assert sum(simulation.facts_since(1).values()) == simulation.engine.seq - 1
