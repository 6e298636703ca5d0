"""Durations as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultclock.adapters.clock.durations import parse_duration
from vaultclock.domain.kernel.instants import DAY, HOUR, INSTANT_MAX, MINUTE, SECOND


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("35d", 35 * DAY),
        ("12h", 12 * HOUR),
        ("90m", 90 * MINUTE),
        ("30s", 30 * SECOND),
        ("2w", 14 * DAY),
        ("1d12h", DAY + 12 * HOUR),
        ("1w2d3h4m5s", 9 * DAY + 3 * HOUR + 4 * MINUTE + 5 * SECOND),
        ("0s", 0),
        ("P35D", 35 * DAY),
        ("PT12H", 12 * HOUR),
        ("PT90M", 90 * MINUTE),
        ("P1DT2H", DAY + 2 * HOUR),
        ("P2W", 14 * DAY),
        ("P1DT0S", DAY),
    ],
)
def test_a_duration_is_read(text: str, length: int) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "d", "35", "35 d", " 35d", "35D", "-35d", "+35d", "3.5d", "1h1d", "1d1d", "1y"),
        *("P", "PT", "P1DT", "P35", "P1M", "P1Y", "p35d", "PT1D", "P1H", "P-1D", "-P1D", "35d\n"),
        *("٣d", "1e3s", "0x10s", "next", "1" * 100 + "d"),
    ],
)
def test_what_is_no_duration_is_refused_with_the_accepted_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration: write 35d, 12h, .* P35D"):
        parse_duration(text)


def test_a_duration_beyond_all_time_is_read_as_just_that() -> None:
    assert parse_duration("9" * 40 + "d") == INSTANT_MAX + 1


@given(st.text(max_size=80))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        length = parse_duration(text)
    except ValueError:
        length = 0
    assert 0 <= length <= INSTANT_MAX + 1
