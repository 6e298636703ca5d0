"""What schedules fire on: AWS's dialect, zones and the daylight rule. Backup plans are not here."""

import contextlib
import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain import cron_oracle
from tests.domain.cron_oracle import DAY_FIELDS, MONTH_FIELDS, WINDOWS, expressions
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, from_iso, to_iso
from vaultclock.domain.kernel.schedules import (
    BadExpression,
    BadTimezone,
    Schedule,
    describe,
    parse_schedule,
)

NEW_YORK = "America/New_York"
# what AWS's pages say, or what a calendar shows; times in UTC, after 2026-02-27T00:00Z
IN_UTC = [
    ("0 5 ? * * *", "2026-02-27T05:00 2026-02-28T05:00 2026-03-01T05:00"),
    ("0 12 * * ? *", "2026-02-27T12:00 2026-02-28T12:00 2026-03-01T12:00"),
    ("15 * ? * * *", "2026-02-27T00:15 2026-02-27T01:15 2026-02-27T02:15"),
    ("0/15 * ? * MON-FRI *", "2026-02-27T00:15 2026-02-27T00:30 2026-02-27T00:45"),
    ("*/10 8-17 ? * 2-6 *", "2026-02-27T08:00 2026-02-27T08:10 2026-02-27T08:20"),
    ("0 0 L * ? *", "2026-02-28T00:00 2026-03-31T00:00 2026-04-30T00:00"),
    ("0 0 ? * 6L *", "2026-03-27T00:00 2026-04-24T00:00 2026-05-29T00:00"),
    ("0 0 ? * FRIL *", "2026-03-27T00:00 2026-04-24T00:00 2026-05-29T00:00"),
    ("0 0 15W * ? *", "2026-03-16T00:00 2026-04-15T00:00 2026-05-15T00:00"),
    ("0 0 1W * ? *", "2026-03-02T00:00 2026-04-01T00:00 2026-05-01T00:00"),
    ("0 0 31W * ? *", "2026-03-31T00:00 2026-05-29T00:00 2026-07-31T00:00"),
    ("0 0 LW * ? *", "2026-03-31T00:00 2026-04-30T00:00 2026-05-29T00:00"),
    ("0 0 ? * 2#1 *", "2026-03-02T00:00 2026-04-06T00:00 2026-05-04T00:00"),
    ("0 0 ? * 6#5 *", "2026-05-29T00:00 2026-07-31T00:00 2026-10-30T00:00"),
    ("0 0 ? * L *", "2026-02-28T00:00 2026-03-07T00:00 2026-03-14T00:00"),
    ("0 0 29 2 ? *", "2028-02-29T00:00 2032-02-29T00:00"),
    ("0 0 31 * ? *", "2026-03-31T00:00 2026-05-31T00:00 2026-07-31T00:00"),
    ("0 0 1,15 * ? *", "2026-03-01T00:00 2026-03-15T00:00 2026-04-01T00:00"),
    ("0 0 1 1/3 ? *", "2026-04-01T00:00 2026-07-01T00:00 2026-10-01T00:00"),
    ("0 0 1 JAN,JUL ? 2027-2030", "2027-01-01T00:00 2027-07-01T00:00 2028-01-01T00:00"),
    ("0 8 1 1 ? 2028", "2028-01-01T08:00"),
    ("5/20 0/6 ? * SUN *", "2026-03-01T00:05 2026-03-01T00:25 2026-03-01T00:45"),
    ("0 0 ? * 1 *", "2026-03-01T00:00 2026-03-08T00:00"),
    ("0 0 ? * 7 *", "2026-02-28T00:00 2026-03-07T00:00"),
    ("0 0 ? * MON,WED,FRI *", "2026-03-02T00:00 2026-03-04T00:00 2026-03-06T00:00"),
    ("30 23 L FEB ? *", "2026-02-28T23:30 2027-02-28T23:30 2028-02-29T23:30"),
    ("0 0 ? 11 5#4 *", "2026-11-26T00:00 2027-11-25T00:00 2028-11-23T00:00"),
    ("0 10 3-9/3 * ? *", "2026-03-03T10:00 2026-03-06T10:00 2026-03-09T10:00"),
    (
        "0 0 1/10 * ? *",
        "2026-03-01T00:00 2026-03-11T00:00 2026-03-21T00:00 2026-03-31T00:00 2026-04-01T00:00",
    ),
    ("0 0 1 1 ? 2026/2", "2028-01-01T00:00 2030-01-01T00:00 2032-01-01T00:00"),
]
# expression, zone, after, times in UTC
IN_ZONES = [
    (
        *("30 2 ? * * *", NEW_YORK, "2026-03-06T00:00"),
        "2026-03-06T07:30 2026-03-07T07:30 2026-03-09T06:30",
    ),
    (
        *("30 1 ? * * *", NEW_YORK, "2026-10-31T00:00"),
        "2026-10-31T05:30 2026-11-01T05:30 2026-11-02T06:30",
    ),
    (
        *("0 * ? * * *", NEW_YORK, "2026-03-08T05:00"),
        "2026-03-08T06:00 2026-03-08T07:00 2026-03-08T08:00",
    ),
    (
        *("0/30 * ? * * *", NEW_YORK, "2026-11-01T03:30"),
        "2026-11-01T04:00 2026-11-01T04:30 2026-11-01T05:00 2026-11-01T05:30 2026-11-01T07:00",
    ),
    (
        *("0 0 ? * * *", "Africa/Cairo", "2026-04-22T00:00"),
        "2026-04-22T22:00 2026-04-24T21:00",
    ),
    (
        *("15 2 ? * SUN *", "Australia/Lord_Howe", "2026-09-25T00:00"),
        "2026-09-26T15:45 2026-10-10T15:15",
    ),
    (
        *("0 0 L * ? *", "Asia/Kathmandu", "2026-02-27T00:00"),
        "2026-02-27T18:15 2026-03-30T18:15",
    ),
]
# further shapes of the dialect, after 2026-02-27T00:00Z
FURTHER = [
    ("0 13/12 ? * * *", "2026-02-27T13:00 2026-02-28T13:00"),  # never wraps into the next day
    ("0 0 L-3 * ? *", "2026-03-28T00:00 2026-04-27T00:00 2026-05-28T00:00"),
    ("0 0 L-30 * ? *", "2026-03-01T00:00 2026-05-01T00:00 2026-07-01T00:00"),
    ("0 0 lw * ? *", "2026-03-31T00:00 2026-04-30T00:00"),
    ("0 0 ? * fri#1 *", "2026-03-06T00:00 2026-04-03T00:00"),
    ("0 0 1W AUG ? *", "2026-08-03T00:00"),  # the 1st is a Saturday: not July's Friday
    ("0 0 15W aug ? *", "2026-08-14T00:00"),  # the 15th is a Saturday
    ("00 05 1 mar-Apr ? *", "2026-03-01T05:00 2026-04-01T05:00 2027-03-01T05:00"),
    ("0 0 */10 * ? *", "2026-03-01T00:00 2026-03-11T00:00 2026-03-21T00:00"),
    ("0 0 ? * Sun,2-TUE *", "2026-03-01T00:00 2026-03-02T00:00 2026-03-03T00:00"),
    ("0/59 0 ? * * *", "2026-02-27T00:59 2026-02-28T00:00"),
]


def firing(expression: str, zone: str, after: str, count: int) -> str:
    walk = parse_schedule(f"cron({expression})", zone).after(from_iso(f"{after}Z"))
    return " ".join(to_iso(at).removesuffix(":00Z") for at in itertools.islice(walk, count))


@pytest.mark.parametrize(("expression", "times"), [*IN_UTC, *FURTHER])
def test_an_expression_fires_when_the_calendar_says(expression: str, times: str) -> None:
    assert firing(expression, "Etc/UTC", "2026-02-27T00:00", len(times.split())) == times


@pytest.mark.parametrize(("expression", "zone", "after", "times"), IN_ZONES)
def test_a_missing_local_time_is_skipped_and_a_repeated_one_runs_once_at_the_first(
    expression: str, zone: str, after: str, times: str
) -> None:
    assert firing(expression, zone, after, len(times.split())) == times


def test_nothing_fires_once_the_years_are_over() -> None:
    schedule = parse_schedule("cron(0 8 1 1 ? 2028)")
    only = from_iso("2028-01-01T08:00Z")
    assert list(schedule.after(0)) == [only]
    assert schedule.next_after(only - 1) == only
    assert schedule.next_after(only) is None
    assert parse_schedule("cron(0 0 30 2 ? *)").next_after(0) is None


def test_the_years_are_those_of_the_zone() -> None:
    auckland = parse_schedule("cron(0 0 1 1 ? 1970)", "Pacific/Auckland")
    assert list(auckland.after(-2 * DAY)) == [-12 * HOUR]
    last = parse_schedule("cron(0 23 31 12 ? *)", NEW_YORK)
    assert to_iso(list(last.after(from_iso("2199-01-01")))[-1]) == "2200-01-01T04:00:00Z"


def test_the_local_month_may_lag_behind_that_of_utc_or_lead_it() -> None:
    assert firing("0 23 ? * * *", NEW_YORK, "2026-03-01T01:00", 1) == "2026-03-01T04:00"
    assert firing("0 8 1 * ? *", "Asia/Tokyo", "2026-02-28T22:00", 1) == "2026-02-28T23:00"


def test_a_zone_may_be_some_seconds_off() -> None:
    assert firing("0 0 ? * * *", "Africa/Monrovia", "1971-06-01T00:00", 1) == "1971-06-01T00:44:30Z"


def test_an_instant_of_firing_is_not_after_itself() -> None:
    schedule = parse_schedule("cron(0 5 ? * * *)")
    five = from_iso("2026-02-27T05:00Z")
    assert schedule.next_after(five - 1) == five
    assert schedule.next_after(five) == five + DAY
    assert next(schedule.after(five)) == five + DAY


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("", "Invalid schedule expression '': it is not a cron expression; accepted is cron("),
        ("0 5 ? * * *", "it is not a cron expression"),
        ("cron(0 5 ? * * *", "it is not a cron expression"),
        ("CRON(0 5 ? * * *)", "it is not a cron expression"),
        ("cron(0 5 ?\n* * *)", "it is not a cron expression"),
        ("rate(12 hours)", "AWS Backup does not support rate(...); accepted is cron("),
        ("at(2026-01-01T00:00:00)", "AWS Backup does not support at(...); accepted is cron("),
        ("cron()", "it has 0 fields and not six"),
        ("cron(0 5 * * ?)", "it has 5 fields and not six"),
        ("cron(0 0 5 ? * * *)", "it has 7 fields and not six"),
        ("cron(60 5 ? * * *)", "Invalid minutes '60': '60' is no such value; accepted are 0-59"),
        ("cron(-1 5 ? * * *)", "Invalid minutes '-1': '' is no such value"),
        ("cron(0, 5 ? * * *)", "Invalid minutes '': '' is no such value"),
        ("cron(1.5 5 ? * * *)", "Invalid minutes"),
        ("cron(\u0663 5 ? * * *)", "Invalid minutes"),
        (f"cron({'9' * 5000} 5 ? * * *)", "Invalid minutes"),
        ("cron(0/0 5 ? * * *)", "Invalid minutes '0/0': a step is a number from 1 to 59"),
        ("cron(*/60 5 ? * * *)", "Invalid minutes '*/60': a step is a number from 1 to 59"),
        ("cron(0/ 5 ? * * *)", "Invalid minutes '0/': a step is"),
        ("cron(0/5/5 5 ? * * *)", "Invalid minutes '0/5/5': a step is"),
        ("cron(/5 5 ? * * *)", "Invalid minutes '/5'"),
        ("cron(? 5 ? * * *)", "Invalid minutes '?'"),
        ("cron(5-1 5 ? * * *)", "Invalid minutes '5-1': the range ends before it starts"),
        ("cron(1-2-3 5 ? * * *)", "Invalid minutes '1-2-3'"),
        ("cron(0 24 ? * * *)", "Invalid hours '24': '24' is no such value; accepted are 0-23"),
        ("cron(0 */24 ? * * *)", "Invalid hours '*/24': a step is a number from 1 to 23"),
        ("cron(0 5 0 * ? *)", "Invalid day-of-month '0'"),
        ("cron(0 5 32 * ? *)", "Invalid day-of-month '32'"),
        ("cron(0 5 32W * ? *)", "Invalid day-of-month '32W'"),
        ("cron(0 5 W * ? *)", "Invalid day-of-month 'W'"),
        ("cron(0 5 L-0 * ? *)", "Invalid day-of-month 'L-0'"),
        ("cron(0 5 1,L * ? *)", "Invalid day-of-month 'L'"),
        ("cron(0 5 1-5W * ? *)", "Invalid day-of-month '1-5W'"),
        ("cron(0 5 1 0 ? *)", "Invalid month '0'"),
        ("cron(0 5 1 13 ? *)", "Invalid month '13'"),
        ("cron(0 5 1 JANUARY ? *)", "Invalid month 'JANUARY'"),
        ("cron(0 5 1 L ? *)", "Invalid month 'L'"),
        ("cron(0 5 * * * *)", "Invalid day-of-month '*' with day-of-week '*': exactly one"),
        ("cron(0 5 ? * ? *)", "Invalid day-of-month '?' with day-of-week '?': exactly one"),
        ("cron(0 5 1 * MON *)", "Invalid day-of-month '1' with day-of-week 'MON': exactly one"),
        ("cron(0 5 ?,1 * ? *)", "Invalid day-of-month '?'"),
        ("cron(0 5 ? * 0 *)", "Invalid day-of-week '0': '0' is no such value; accepted are 1-7"),
        ("cron(0 5 ? * 8 *)", "Invalid day-of-week '8'"),
        ("cron(0 5 ? * FRI-MON *)", "Invalid day-of-week 'FRI-MON': the range ends before"),
        ("cron(0 5 ? * 2/2 *)", "Invalid day-of-week '2/2': this field takes no steps"),
        ("cron(0 5 ? * 3#6 *)", "Invalid day-of-week '3#6': behind # stands one number"),
        ("cron(0 5 ? * 3#0 *)", "Invalid day-of-week '3#0': behind # stands one number"),
        ("cron(0 5 ? * 3#1,6#3 *)", "Invalid day-of-week '3#1,6#3': behind # stands one number"),
        ("cron(0 5 ? * 1-3#2 *)", "Invalid day-of-week '1-3#2'"),
        ("cron(0 5 ? * 8L *)", "Invalid day-of-week '8L'"),
        ("cron(0 5 ? * MON,FRIL *)", "Invalid day-of-week 'MON,FRIL'"),
        ("cron(0 5 ? * * 1969)", "Invalid year '1969': '1969' is no such value; accepted are 1970"),
        ("cron(0 5 ? * * 2200)", "Invalid year '2200'"),
        ("cron(0 5 ? * * 2030-2029)", "Invalid year '2030-2029': the range ends before it starts"),
    ],
)
def test_an_expression_outside_the_dialect_is_refused_by_the_name_of_its_field(
    expression: str, text: str
) -> None:
    with pytest.raises(BadExpression) as refused:
        parse_schedule(expression)
    assert text in str(refused.value)
    assert isinstance(refused.value, ValueError)


@pytest.mark.parametrize(
    "zone",
    [
        *("", "Mars/Olympus_Mons", "America", "america/new_york", "EST+5", "+01:00", "Zürich"),
        *("/etc/localtime", "../UTC", "./UTC", "UTC/", "America//New_York", "America/../UTC"),
        *("posix/UTC", "right/UTC", "localtime", "posixrules", "Factory", "zone.tab", "tzdata.zi"),
        *("Etc/UTC\n", "a\0b", "\ud800", "x" * 5000, "Etc/UTC/UTC", "leapseconds"),
    ],
)
def test_a_name_that_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(BadTimezone, match=r"^Invalid timezone .*: accepted are IANA names"):
        parse_schedule("cron(0 5 ? * * *)", zone)


@pytest.mark.parametrize(
    "zone",
    [
        *("UTC", "Etc/UTC", "Etc/GMT+5", "US/Eastern", "EST5EDT", "America/Port-au-Prince"),
        *("America/Argentina/Buenos_Aires", "Asia/Tokyo"),
    ],
)
def test_a_zone_is_known_by_its_name(zone: str) -> None:
    schedule = parse_schedule("cron(0 5 ? * * *)", zone)
    assert schedule.timezone == zone
    assert schedule.next_after(0) is not None


def test_a_schedule_is_its_expression_and_its_zone() -> None:
    schedule = parse_schedule("cron(0 5 ? * mon *)", NEW_YORK)
    assert (schedule.expression, schedule.timezone) == ("cron(0 5 ? * mon *)", NEW_YORK)
    assert schedule is parse_schedule("cron(0 5 ? * mon *)", NEW_YORK)
    assert schedule != parse_schedule("cron(0 5 ? * mon *)")


@pytest.mark.parametrize(
    ("minutes", "sub_hourly"),
    [
        *[("0", False), ("59", False), ("7-7", False), ("31/30", False), ("0,0", False)],
        *[("0,30", True), ("*", True), ("0/59", True), ("5-6", True)],
    ],
)
def test_two_minutes_of_an_hour_make_a_schedule_sub_hourly(minutes: str, sub_hourly: bool) -> None:
    assert parse_schedule(f"cron({minutes} * ? * * *)").sub_hourly is sub_hourly


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 5 ? * * *", "At 05:00 every day"),
        ("0 12 * * ? *", "At 12:00 every day"),
        ("15 * ? * * *", "At minute 15 of every hour, every day"),
        (
            "0/15 * ? * MON-FRI *",
            "At minute 0, 15, 30 and 45 of every hour, every Monday to Friday",
        ),
        (
            "*/10 8-17 ? * 2-6 *",
            "At minute 0, 10, 20, 30, 40 and 50 of hour 8 to 17, every Monday to Friday",
        ),
        ("* * * * ? *", "Every minute of every hour, every day"),
        ("*/5 9 * * ? *", "At minute 0 to 55 in steps of 5 of hour 9, every day"),
        ("0 6,18 * * ? *", "At 06:00 and 18:00 every day"),
        ("0 */6 * * ? *", "At 00:00, 06:00, 12:00 and 18:00 every day"),
        ("5/20 0 ? * SUN *", "At 00:05, 00:25 and 00:45 every Sunday"),
        ("0 0 L * ? *", "At 00:00 on the last day of the month"),
        ("0 0 L-1 * ? *", "At 00:00 1 day before the last day of the month"),
        ("0 0 L-3 * ? *", "At 00:00 3 days before the last day of the month"),
        ("0 0 ? * FRIL *", "At 00:00 on the last Friday of the month"),
        ("0 0 15W * ? *", "At 00:00 on the weekday nearest the 15th of the month"),
        ("0 0 LW * ? *", "At 00:00 on the last weekday of the month"),
        ("0 0 ? * 2#1 *", "At 00:00 on the 1st Monday of the month"),
        ("0 0 ? * L *", "At 00:00 every Saturday"),
        ("0 0 29 2 ? *", "At 00:00 on the 29th of February"),
        ("0 0 1,12,22,23 * ? *", "At 00:00 on the 1st, 12th, 22nd and 23rd of the month"),
        ("0 0 1-7 * ? *", "At 00:00 on the 1st to 7th of the month"),
        ("0 0 1 1/3 ? *", "At 00:00 on the 1st of January, April, July and October"),
        (
            "0 0 1 JAN,JUL ? 2027-2030",
            "At 00:00 on the 1st of January and July in 2027 to 2030",
        ),
        ("0 8 1 1 ? 2028", "At 08:00 on the 1st of January in 2028"),
        ("0 0 ? * MON,WED,FRI *", "At 00:00 every Monday, Wednesday and Friday"),
        ("30 23 L FEB ? *", "At 23:30 on the last day of February"),
        ("0 0 ? 11 5#4 *", "At 00:00 on the 4th Thursday of November"),
        ("0 0 ? 6-8 * *", "At 00:00 every day in June to August"),
        ("0 0 ? 6 SUN *", "At 00:00 every Sunday in June"),
        ("0 0 1 1 ? 2026/2", "At 00:00 on the 1st of January in 2026 to 2198 in steps of 2"),
    ],
)
def test_a_description_reads_as_plain_english(expression: str, words: str) -> None:
    described = describe(parse_schedule(f"cron({expression})", "Asia/Tokyo"))
    assert described == f"{words} (Asia/Tokyo)"


def within(schedule: Schedule, first_day: str, days: int) -> list[int]:
    start = from_iso(first_day)
    walk = schedule.after(start - 1)
    return list(itertools.takewhile(lambda at: at < start + days * DAY, walk))


@pytest.mark.parametrize(("zone", "first_day", "days"), WINDOWS)
def test_every_minute_of_the_local_clock_agrees_with_the_minute_walk(
    zone: str, first_day: str, days: int
) -> None:
    every_minute = "cron(* * ? * * *)"
    fires = within(parse_schedule(every_minute, zone), first_day, days)
    assert fires == cron_oracle.fires(every_minute, zone, first_day, days)


def test_the_windows_hold_changes_of_offset_in_eight_zones_and_more() -> None:
    changing = set()
    for zone, first_day, days in WINDOWS:
        midnights = [datetime.fromisoformat(first_day) + timedelta(days=n) for n in range(days)]
        offsets = {ZoneInfo(zone).utcoffset(midnight) for midnight in midnights}
        assert len(offsets) == (1 if zone == "Etc/UTC" else 2), (zone, first_day)
        changing.add(zone)
    assert len(changing) > 8


@settings(deadline=None, max_examples=300)
@given(expressions(), st.sampled_from(WINDOWS))
def test_any_expression_agrees_with_the_minute_walk_across_changes_of_offset(
    expression: str, window: tuple[str, str, int]
) -> None:
    schedule = parse_schedule(expression, window[0])
    assert within(schedule, *window[1:]) == cron_oracle.fires(expression, *window)


@settings(deadline=None, max_examples=200)
@given(DAY_FIELDS, MONTH_FIELDS, st.integers(1970, 2195))
def test_any_rule_for_days_agrees_with_the_definition_on_every_date(
    fields: tuple[str, str], months: str, year: int
) -> None:
    calendar = [fields[0], months, fields[1], f"{year}-{year + 3}"]
    noon = datetime(year, 1, 1, 12, tzinfo=UTC)
    dates = [date(year, 1, 1) + timedelta(days=count) for count in range(4 * 365 + 1)]
    expected = [each for each in dates if cron_oracle.falls_on(calendar, each)]
    fires = parse_schedule(f"cron(0 12 {' '.join(calendar)})").after(0)
    first = int(noon.timestamp()) * 1000
    assert [dates[(at - first) // DAY] for at in fires] == expected


@settings(deadline=None)
@given(
    st.sampled_from(["0 5 ? * * *", "0 * ? * * *", "0/20 2 L * ? *", "0 0 1 1 ? 2026-2027"]),
    st.lists(st.integers(from_iso("2025-12-01"), from_iso("2028-02-01")), max_size=8),
)
def test_the_next_fire_is_the_first_of_those_after_in_whatever_order_they_are_asked_for(
    expression: str, instants: list[int]
) -> None:
    schedule = parse_schedule(f"cron({expression})", NEW_YORK)
    for instant in instants:
        expected = next(schedule.after(instant), None)
        assert schedule.next_after(instant) == expected
        if expected is not None:
            assert schedule.next_after(expected) == next(schedule.after(expected), None)


@given(expressions(), st.sampled_from(["Etc/UTC", NEW_YORK, "Pacific/Apia"]))
@settings(deadline=None)
def test_every_expression_has_a_description_and_fires_in_order(expression: str, zone: str) -> None:
    schedule = parse_schedule(expression, zone)
    assert describe(schedule).endswith(f"({zone})")
    fires = list(itertools.islice(schedule.after(from_iso("2011-12-01")), 2000))
    assert fires == sorted(set(fires))
    assert all(at % MINUTE == 0 for at in fires)


@given(st.lists(st.text("0159*,-/?LW#SUNJAfri", max_size=6), min_size=6, max_size=6))
@settings(deadline=None)
def test_any_text_is_a_schedule_or_is_refused(fields: list[str]) -> None:
    with contextlib.suppress(BadExpression):
        assert describe(parse_schedule(f"cron({' '.join(fields)})")).endswith("(Etc/UTC)")
