"""Which facts came to be in an advance: stretches of positions, kept in order and joined."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.http.desk import ORIGIN, Desk, Seconds
from vaultclock.adapters.clock.advances import Advances, Stretch
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.domain.kernel.instants import DAY
from vaultclock.domain.kernel.logs import MemoryLog

_position = st.integers(0, 30)
_stretches = st.lists(st.tuples(_position, _position), max_size=8)


def noted(*stretches: Stretch) -> Advances:
    advances = Advances()
    for stretch in stretches:
        advances.add(stretch)
    return advances


@given(_stretches)
def test_a_position_was_brought_when_some_stretch_holds_it(stretches: list[Stretch]) -> None:
    advances = noted(*stretches)
    for seq in range(32):
        assert advances.brought(seq) == any(start <= seq < end for start, end in stretches)


@given(_stretches, _position)
def test_the_stretches_behind_a_position_say_the_same(stretches: list[Stretch], at: int) -> None:
    advances = noted(*stretches)
    kept = noted(*advances.from_on(at))
    assert all(kept.brought(seq) == advances.brought(seq) for seq in range(at, 32))
    assert all(one[1] < other[0] for one, other in pairwise(kept.from_on(0))), "joined"


def test_an_advance_that_is_under_way_has_no_end_yet() -> None:
    advances = noted((0, 2))
    advances.begin(5)
    assert [advances.brought(seq) for seq in (1, 2, 4, 5, 500)] == [True, False, False, True, True]
    advances.end(7)
    assert [advances.brought(seq) for seq in (5, 6, 7, 500)] == [True, True, False, False]
    with pytest.raises(AssertionError):
        advances.end(8)


def test_a_simulation_notes_what_its_advances_bring_and_nothing_else() -> None:
    desk = Desk()
    desk.vault("vault")
    desk.job("vault")
    assert desk.simulation.advances.from_on(0) == []
    desk.advance(by="10s")
    brought = desk.simulation.advances.from_on(0)
    assert brought == [(2, desk.simulation.engine.seq)]
    desk.advance(by="1d")
    assert desk.simulation.advances.from_on(0) == brought, "nothing happened"
    desk.simulation.reset()
    assert desk.simulation.advances.from_on(0) == []


def test_a_clock_that_runs_by_itself_is_not_advanced() -> None:
    seconds = Seconds()
    desk = Desk(rate=1000, seconds=seconds)
    desk.vault("vault")
    desk.job("vault")
    seconds.passed = 3600
    desk.simulation.settle()
    assert desk.simulation.engine.seq > 3
    assert desk.simulation.advances.from_on(0) == []


def test_whoever_watches_is_told_once_something_is_kept_and_of_the_end() -> None:
    simulation = Simulation(MemoryLog(ORIGIN), 0, Seconds())
    seen: list[tuple[int, bool]] = []
    simulation.watchers.append(lambda: seen.append((simulation.engine.seq, simulation.is_ending)))
    for _ in simulation.strides(ORIGIN.start_at + DAY):
        pass
    assert {seq for seq, _ in seen} == {0}
    simulation.say_end()
    assert seen[-1] == (0, True)
