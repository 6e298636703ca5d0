"""Wall time becomes simulated instants, or stands still."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.http.desk import START, Seconds
from vaultclock.adapters.clock.wall import RATE_MAX, WallClock, wall_instant
from vaultclock.domain.kernel.instants import DAY, INSTANT_MAX, SECOND


def test_a_frozen_clock_stands_however_much_time_passes() -> None:
    seconds = Seconds()
    clock = WallClock(START, 0, seconds)
    seconds.passed = 1e6
    assert (clock.instant(), clock.mode, clock.rate) == (START, "frozen", 0)


def test_a_running_clock_moves_at_its_rate() -> None:
    seconds = Seconds()
    clock = WallClock(START, 3600, seconds)
    seconds.passed = 2.5
    assert (clock.instant(), clock.mode) == (START + 9_000 * SECOND, "running")


def test_a_new_rate_counts_from_where_the_clock_stands() -> None:
    seconds = Seconds()
    clock = WallClock(START, 60, seconds)
    seconds.passed = 10
    clock.run_from(clock.instant(), 1)
    seconds.passed = 15
    assert clock.instant() == START + 605 * SECOND
    clock.run_from(clock.instant(), 0)
    seconds.passed = 1_000
    assert clock.instant() == START + 605 * SECOND


def test_a_clock_that_is_put_ahead_goes_on_from_there() -> None:
    seconds = Seconds()
    clock = WallClock(START, 2, seconds)
    seconds.passed = 10
    clock.put(START + DAY)
    seconds.passed = 11
    assert clock.instant() == START + DAY + 2 * SECOND


def test_time_ends_with_the_year_2999() -> None:
    seconds = Seconds()
    clock = WallClock(START, RATE_MAX, seconds)
    seconds.passed = 1e9
    assert clock.instant() == INSTANT_MAX


@pytest.mark.parametrize("rate", [-1, RATE_MAX * 2])
def test_a_rate_that_nobody_may_ask_for_is_a_bug(rate: float) -> None:
    with pytest.raises(AssertionError):
        WallClock(START, rate)


@given(
    rate=st.floats(0.001, 1e6),
    pauses=st.lists(st.floats(0, 1e5), min_size=1, max_size=20),
)
def test_a_clock_never_goes_back(rate: float, pauses: list[float]) -> None:
    seconds = Seconds()
    clock = WallClock(START, rate, seconds)
    shown = [clock.instant()]
    for pause in pauses:
        seconds.passed += pause
        shown.append(clock.instant())
    assert shown == sorted(shown)


def test_a_new_world_starts_at_the_second_it_is_outside() -> None:
    before = int(time.time())
    now = wall_instant()
    assert now % SECOND == 0
    assert before <= now // SECOND <= time.time()
