"""Schedules: AWS's cron dialect on IANA zones. Which schedules a service accepts is not here.

Theory of operation. An expression is four sets (times of day, months, years and a rule for days)
on a zone's local calendar. Fires are worked out a month at a time: the day rule picks its days,
and a day's local times become instants by one subtraction when the zone's offset is the same at
the midnights on either side (since 1970 no zone has changed twice within three days). On other
days each local time is asked for by itself: one that does not exist is skipped, one that occurs
twice runs at the first (EventBridge Scheduler User Guide, "Schedule types", to which the Backup
Developer Guide points). Taking the first keeps instants in the order of local times, so a
month's fires need no sorting.
"""

import re
from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from itertools import chain, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import attrs

from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, Instant, Milliseconds

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_ONE_MS = timedelta(milliseconds=1)
_ACCEPTED = "accepted is cron(minutes hours day-of-month month day-of-week year)"
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_SUNDAY, _SATURDAY = 1, 7  # AWS counts weekdays from Sunday
# files that zone folders hold besides IANA's zones, and that mean something else on each machine
_NOT_ZONES = ("Factory", "localtime", "posixrules")


class BadExpression(ValueError):
    """A schedule expression is not in AWS's dialect; the text names the field and its values."""


class BadTimezone(ValueError):
    """A schedule's timezone is not the name of an IANA zone."""


@attrs.frozen
class _Field:
    """One field of an expression: its bounds, its names, and what a refusal says of it."""

    name: str
    low: int
    high: int
    accepts: str
    names: Sequence[str] = ()
    takes_steps: bool = True

    @property
    def size(self) -> int:
        return self.high - self.low + 1

    def refusal(self, text: str, why: str) -> BadExpression:
        return BadExpression(f"Invalid {self.name} {text!r}: {why}; accepted are {self.accepts}")

    def values(self, text: str) -> tuple[int, ...]:
        return tuple(sorted({value for part in text.split(",") for value in self._part(part)}))

    def _part(self, text: str) -> range:
        span, slash, step = text.partition("/")
        start, dash, end = span.partition("-")
        low, high = self.low, self.high
        if span != "*":
            low = self.value(start, text)
            high = self.value(end, text) if dash else high if slash else low
        if low > high:  # chosen: a range that wraps is refused
            raise self.refusal(text, "the range ends before it starts")
        return range(low, high + 1, self._step(step, text) if slash else 1)

    def _step(self, step: str, text: str) -> int:
        if not self.takes_steps:
            raise self.refusal(text, "this field takes no steps")
        if re.fullmatch("[0-9]{1,4}", step) and 0 < int(step) < self.size:
            return int(step)
        raise self.refusal(text, f"a step is a number from 1 to {self.size - 1}")

    def value(self, value: str, text: str) -> int:
        if value.upper() in self.names:
            return self.low + self.names.index(value.upper())
        if re.fullmatch("[0-9]{1,4}", value) and self.low <= int(value) <= self.high:
            return int(value)
        raise self.refusal(text, f"{value!r} is no such value")


_MINUTE = _Field("minutes", 0, 59, "0-59 with , - * /")
_HOUR = _Field("hours", 0, 23, "0-23 with , - * /")
_DATE = _Field("day-of-month", 1, 31, "1-31 with , - * /, or one of ? L L-3 LW 15W by itself")
_MONTH = _Field(
    *("month", 1, 12, "1-12 or JAN-DEC with , - * /"),
    names=[name[:3].upper() for name in _MONTHS],
)
_WEEKDAY = _Field(
    *("day-of-week", 1, 7, "1-7 or SUN-SAT with , - *, or one of ? L 6L 2#1 by itself"),
    names=[name[:3].upper() for name in _WEEKDAYS],
    takes_steps=False,
)
_YEAR = _Field("year", 1970, 2199, "1970-2199 with , - * /")


class _DayRule(NamedTuple):
    """What the two day fields say together, to the calendar and in English."""

    days: Callable[[int, int], Sequence[int]]  # of a month: the 1st's weekday, how many days
    words: str  # {of} and {during} stand for the months


class Fields(NamedTuple):
    """What an expression says: ascending numbers, and a rule that picks days."""

    minutes: Sequence[int]
    hours: Sequence[int]
    day_rule: _DayRule
    months: Sequence[int]
    years: Sequence[int]


@attrs.define
class _Known:
    """The fires last worked out: a month's rest, and the instant that has none before them."""

    month: tuple[Instant, list[Instant]] = (0, [0])


@attrs.frozen
class Schedule:
    """When a cron expression fires in a zone. Made by ``parse_schedule``; equal by its text."""

    expression: str
    timezone: str
    fields: Fields = attrs.field(eq=False, repr=False)
    _zone: ZoneInfo = attrs.field(eq=False, repr=False)
    _times: Sequence[Milliseconds] = attrs.field(eq=False, repr=False)
    _known: _Known = attrs.field(eq=False, repr=False, factory=_Known)

    @property
    def sub_hourly(self) -> bool:
        """Whether it names two minutes of an hour, which are less than 60 minutes apart.

        Backups run hourly at most (Backup Developer Guide, "Backup plan options").
        """
        return len(self.fields.minutes) > 1

    def after(self, instant: Instant) -> Iterator[Instant]:
        """Walk the instants it fires at, strictly after one, until its years are over."""
        return chain.from_iterable(self._monthly_after(instant))

    def next_after(self, instant: Instant) -> Instant | None:
        """Answer the first instant it fires at, strictly after one, or None.

        Quick for ever later instants: the month at hand is remembered.
        """
        since, fires = self._known.month
        if since <= instant < fires[-1]:
            return fires[bisect_right(fires, instant)]
        for month in self._monthly_after(instant):
            self._known.month = (instant, month)
            return month[0]
        return None

    def _monthly_after(self, instant: Instant) -> Iterator[list[Instant]]:
        # no zone's calendar is more than a day behind that of UTC
        earliest = date.fromordinal(_EPOCH_DAY + instant // DAY - 1)
        years = self.fields.years
        for year in years[bisect_left(years, earliest.year) :]:
            for month in self.fields.months:
                if (year, month) >= (earliest.year, earliest.month):
                    fires = self._fires_in(year, month)
                    if fires and fires[-1] > instant:
                        yield fires[bisect_right(fires, instant) :]

    def _fires_in(self, year: int, month: int) -> list[Instant]:
        first = date(year, month, 1).toordinal()
        fires: list[Instant] = []
        known = before = 0  # the last day whose midnight was looked up, and its offset
        for of_month in self.fields.day_rule.days(first % 7 + 1, monthrange(year, month)[1]):
            day = first + of_month - 1
            local = datetime.fromordinal(day)
            before = before if known == day else self._offset(local)
            known, after = day + 1, self._offset(datetime.fromordinal(day + 1))
            midnight = (day - _EPOCH_DAY) * DAY
            if before == after:
                fires += [midnight - before + time for time in self._times]
            else:
                fires += self._fires_amid_change(local, midnight)
            before = after
        return fires

    def _fires_amid_change(self, day: datetime, midnight: Milliseconds) -> Iterator[Instant]:
        for time in self._times:
            local = day + timedelta(milliseconds=time)
            offset = self._offset(local)
            # the offset grows across a gap and shrinks across an overlap (PEP 495)
            if offset >= self._offset(local.replace(fold=1)):
                yield midnight + time - offset

    def _offset(self, local: datetime) -> Milliseconds:
        offset = self._zone.utcoffset(local)
        assert offset is not None, f"{self._zone} has no offset at {local}"
        return offset // _ONE_MS


def parse_schedule(expression: str, timezone: str = "Etc/UTC") -> Schedule:
    """Read a schedule: ``cron(minutes hours day-of-month month day-of-week year)`` in a zone.

    Raises BadExpression, naming the field and the values it accepts, and BadTimezone; both are
    ValueErrors. The dialect is EventBridge's (EventBridge Scheduler User Guide, "Schedule
    types"), without ``rate(...)`` and ``at(...)``, which AWS Backup refuses.
    """
    return _parsed(expression, timezone)


@lru_cache(maxsize=1024)
def _parsed(expression: str, timezone: str) -> Schedule:
    minutes, hours, dates, months, weekdays, years = _split(expression)
    fields = Fields(
        _MINUTE.values(minutes),
        _HOUR.values(hours),
        _day_rule(dates, weekdays),
        _MONTH.values(months),
        _YEAR.values(years),
    )
    times = [hour * HOUR + minute * MINUTE for hour in fields.hours for minute in fields.minutes]
    return Schedule(expression, timezone, fields, _zone(timezone), times)


def _split(expression: str) -> list[str]:
    found = re.fullmatch(r"(cron|rate|at)\((.*)\)", expression)
    fields = found[2].split() if found else []
    if found is None:
        why = "it is not a cron expression"
    elif found[1] != "cron":
        why = f"AWS Backup does not support {found[1]}(...)"
    elif len(fields) != 6:  # noqa: PLR2004 - the text says six
        why = f"it has {len(fields)} fields and not six"
    else:
        return fields
    raise BadExpression(f"Invalid schedule expression {expression!r}: {why}; {_ACCEPTED}")


def _zone(name: str) -> ZoneInfo:
    part = "[A-Za-z][A-Za-z0-9_+-]*"
    well_formed = re.fullmatch(rf"(?!posix/|right/){part}(/{part})*", name)
    if well_formed and name not in _NOT_ZONES:
        try:
            return ZoneInfo(name)
        except (LookupError, OSError, ValueError):
            pass
    raise BadTimezone(
        f"Invalid timezone {name!r}: accepted are IANA names such as Etc/UTC or America/New_York"
    )


def _day_rule(dates: str, weekdays: str) -> _DayRule:
    if (dates == "?") == (weekdays == "?"):
        raise BadExpression(
            f"Invalid day-of-month {dates!r} with day-of-week {weekdays!r}: "
            "exactly one of the two is ?"
        )
    return _rule_of_dates(dates) if weekdays == "?" else _rule_of_weekdays(weekdays)


def _rule_of_dates(text: str) -> _DayRule:
    upper = text.upper()
    if upper == "L":
        return _DayRule(partial(_from_the_end, 0), "on the last day {of}")
    if upper.startswith("L-"):
        back = _DATE.value(text[2:], text)
        days = "1 day" if back == 1 else f"{back} days"
        return _DayRule(partial(_from_the_end, back), f"{days} before the last day {{of}}")
    if upper == "LW":
        return _DayRule(partial(_nearest_workday, 0), "on the last weekday {of}")
    if upper.endswith("W"):
        nearest = _DATE.value(text[:-1], text)
        words = f"on the weekday nearest the {_ordinal(nearest)} {{of}}"
        return _DayRule(partial(_nearest_workday, nearest), words)
    dates = _DATE.values(text)
    every_day = len(dates) == _DATE.size
    words = "every day{during}" if every_day else f"on the {_series(dates, _ordinal)} {{of}}"
    return _DayRule(partial(_these_dates, dates), words)


def _rule_of_weekdays(text: str) -> _DayRule:
    weekday, hash_sign, nth = text.partition("#")
    if hash_sign:
        if nth not in ("1", "2", "3", "4", "5"):
            raise _WEEKDAY.refusal(text, "behind # stands one number from 1 to 5")
        which = _WEEKDAY.value(weekday, text)
        words = f"on the {_ordinal(int(nth))} {_weekday_name(which)} {{of}}"
        return _DayRule(partial(_nth_weekday, which, int(nth)), words)
    if len(text) > 1 and text.upper().endswith("L"):
        which = _WEEKDAY.value(text[:-1], text)
        words = f"on the last {_weekday_name(which)} {{of}}"
        return _DayRule(partial(_nth_weekday, which, 0), words)
    weekdays = (_SATURDAY,) if text.upper() == "L" else _WEEKDAY.values(text)
    every_day = len(weekdays) == _WEEKDAY.size
    words = f"every {'day' if every_day else _series(weekdays, _weekday_name)}{{during}}"
    return _DayRule(partial(_these_weekdays, weekdays), words)


def _these_dates(dates: Sequence[int], _weekday: int, length: int) -> Sequence[int]:
    return dates[: bisect_right(dates, length)]


def _these_weekdays(weekdays: Sequence[int], weekday: int, length: int) -> Sequence[int]:
    return [day for day in range(1, length + 1) if (weekday + day - 2) % 7 + 1 in weekdays]


def _from_the_end(back: int, _weekday: int, length: int) -> Sequence[int]:
    return (length - back,) if back < length else ()


def _nth_weekday(which: int, nth: int, weekday: int, length: int) -> Sequence[int]:
    """Pick the first to fifth such weekday, or for 0 the last; a month may have no fifth."""
    return range((which - weekday) % 7 + 1, length + 1, 7)[nth - 1 :][:1]


def _nearest_workday(date_of_month: int, weekday: int, length: int) -> Sequence[int]:
    """Pick the Monday to Friday nearest a date, or for 0 the month's end, in the same month."""
    day = date_of_month or length
    if day > length:  # chosen, as Quartz does: a short month has no 31W
        return ()
    falls_on = (weekday + day - 2) % 7 + 1
    if falls_on == _SATURDAY:
        return (day - 1 if day > 1 else 3,)
    if falls_on == _SUNDAY:
        return (day + 1 if day < length else day - 2,)
    return (day,)


def describe(schedule: Schedule) -> str:
    """Say in plain English when a schedule fires: ``At 05:00 every day (Etc/UTC)``."""
    minutes, hours, day_rule, months, years = schedule.fields
    named = "" if len(months) == _MONTH.size else _series(months, _month_name)
    during = f" in {named}" if named else ""
    days = day_rule.words.format(of=f"of {named or 'the month'}", during=during)
    when = "" if len(years) == _YEAR.size else f" in {_series(years, str)}"
    return f"{_time_words(minutes, hours)} {days}{when} ({schedule.timezone})"


def _time_words(minutes: Sequence[int], hours: Sequence[int]) -> str:
    if len(minutes) * len(hours) <= 4:  # noqa: PLR2004 - more are better said as a series
        return f"At {_listed([f'{hour:02}:{minute:02}' for hour in hours for minute in minutes])}"
    every_minute = len(minutes) == _MINUTE.size
    past = "Every minute" if every_minute else f"At minute {_series(minutes, str)}"
    every_hour = len(hours) == _HOUR.size
    return f"{past} of {'every hour' if every_hour else f'hour {_series(hours, str)}'},"


def _series(values: Sequence[int], word: Callable[[int], str]) -> str:
    """Say ``1 to 5``, ``0 to 55 in steps of 5`` or ``1, 4 and 7``, whichever suits."""
    steps = {later - earlier for earlier, later in pairwise(values)}
    ends = f"{word(values[0])} to {word(values[-1])}"
    if steps == {1} and len(values) > 2:  # noqa: PLR2004 - two are a pair
        return ends
    if len(steps) == 1 and len(values) > 6:  # noqa: PLR2004 - six still read well
        return f"{ends} in steps of {min(steps)}"
    return _listed([word(value) for value in values])


def _listed(words: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _ordinal(number: int) -> str:
    ending = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _weekday_name(weekday: int) -> str:
    return _WEEKDAYS[weekday - 1]


def _month_name(month: int) -> str:
    return _MONTHS[month - 1]
