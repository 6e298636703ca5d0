"""``vaultclock schedule next``: when, where, and in plain English."""

import pytest

from tests.cli.commands import Commands


def test_a_schedule_is_told_in_english_in_its_zone_and_in_utc(vaultclock: Commands) -> None:
    ran = vaultclock(
        *("schedule", "next", "cron(30 5 ? * * *)", "--tz", "America/New_York"),
        *("--after", "2026-03-07", "-n", "2"),
    )
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "At 05:30 every day (America/New_York)\n"
        "America/New_York            UTC\n"
        "Sat 2026-03-07 05:30 -0500  2026-03-07T10:30:00Z\n"
        "Sun 2026-03-08 05:30 -0400  2026-03-08T09:30:00Z\n"
    )


def test_a_schedule_is_told_to_programs(vaultclock: Commands) -> None:
    ran = vaultclock(
        *("schedule", "next", "cron(0 12 L * ? *)", "--after", "2026-02-01T00:00:00Z"),
        *("-n", "1", "--output", "json"),
    )
    assert ran.json == {
        "expression": "cron(0 12 L * ? *)",
        "timezone": "Etc/UTC",
        "description": "At 12:00 on the last day of the month (Etc/UTC)",
        "next": [{"utc": "2026-02-28T12:00:00Z", "local": "2026-02-28T12:00:00+00:00"}],
    }


def test_without_more_words_ten_runs_from_now_are_told(vaultclock: Commands) -> None:
    assert len(vaultclock("schedule", "next", "cron(0 5 ? * * *)").out.splitlines()) == 12


def test_a_schedule_that_is_over_says_so(vaultclock: Commands) -> None:
    ran = vaultclock("schedule", "next", "cron(0 5 1 1 ? 2026)", "--after", "2027-01-01")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "It never runs after that.")


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["rate(1 day)"], "AWS Backup does not support rate(...)"),
        (["0 5 * * *"], "accepted is cron(minutes hours"),
        (["cron(0 5 * * * *)"], "exactly one of the two"),
        (["cron(61 5 ? * * *)"], "61"),
        (["cron(0 5 ? * * *)", "--tz", "Mars/Olympus"], "Invalid timezone 'Mars/Olympus'"),
        (["cron(0 5 ? * * *)", "--after", "now"], "--after can't be used: 'now' is not an ISO"),
        (["cron(0 5 ? * * *)", "-n", "0"], "-n can't be '0': accepted is a whole number from 1"),
        (["cron(0 5 ? * * *)", "-n", "many"], "-n can't be 'many'"),
    ],
)
def test_what_is_no_schedule_is_refused_in_one_line(
    vaultclock: Commands, argv: list[str], text: str
) -> None:
    assert text in vaultclock.refused(2, "schedule", "next", *argv)
