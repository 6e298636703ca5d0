"""Cron expressions, and a slow, plain reading of them to compare with. No test stands here.

Nothing is shared with the evaluator: fields are matched by definition, one value at a time, and
the daylight rule needs no arithmetic. Walking the minutes of UTC, a local minute that does not
exist never comes up, and one that comes up a second time has been seen.
"""

from array import array
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
# zone, first UTC day, days: around changes of offset of every kind
WINDOWS = [
    ("Etc/UTC", "2028-02-20", 20),
    ("America/New_York", "2026-02-26", 20),  # a gap of an hour
    ("America/New_York", "2026-10-24", 20),  # an overlap of an hour
    ("Europe/London", "2026-03-24", 20),
    ("Australia/Lord_Howe", "2026-09-25", 20),  # a gap of half an hour
    ("Australia/Lord_Howe", "2026-03-28", 20),
    ("Pacific/Apia", "2011-12-24", 20),  # 30 December did not exist
    ("Pacific/Kwajalein", "1993-08-15", 20),  # nor did 21 August
    ("Africa/Cairo", "2026-04-17", 20),  # a gap at midnight
    ("Africa/Cairo", "2026-10-24", 20),  # an overlap that ends at midnight
    ("America/St_Johns", "2010-03-08", 20),  # a gap from one minute past midnight
    ("America/St_Johns", "2010-11-01", 20),  # an overlap across midnight, of two days
    ("America/Sao_Paulo", "2018-02-10", 20),
    ("Asia/Kathmandu", "1985-12-24", 20),  # a quarter of an hour
    ("Asia/Pyongyang", "2018-04-26", 20),  # at half past eleven at night
    ("Africa/Casablanca", "2026-02-10", 45),  # an overlap and a gap around Ramadan
    ("Antarctica/Troll", "2026-03-20", 20),  # two hours
]
ONE_DAY = timedelta(days=1)
FRIDAY = 6


def fires(expression: str, zone: str, first_day: str, days: int) -> list[int]:
    """Answer every instant (ms) of a window of whole UTC days at which an expression fires."""
    minutes, hours, *calendar = expression.removeprefix("cron(").removesuffix(")").split()
    wanted = {
        60 * hour + minute
        for hour in range(24)
        for minute in range(60)
        if says(minutes, minute, 0) and says(hours, hour, 0)
    }
    found = [
        instant
        for day, (minutes_of_day, instants) in walk(zone, first_day, days).items()
        if falls_on(calendar, day)
        for minute, instant in zip(minutes_of_day, instants, strict=True)
        if minute in wanted
    ]
    return sorted(found)


@cache
def walk(zone: str, first_day: str, days: int) -> dict[date, tuple["array[int]", "array[int]"]]:
    """Sort a window's minutes by local day: which minute of it, and when it was seen first."""
    start = int(datetime.fromisoformat(first_day).replace(tzinfo=UTC).timestamp())
    seen: set[datetime] = set()
    rows: dict[date, tuple[array[int], array[int]]] = defaultdict(lambda: (array("q"), array("q")))
    for second in range(start - 2 * 86_400, start + days * 86_400, 60):
        local = datetime.fromtimestamp(second, ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        if local not in seen and second >= start:
            minutes_of_day, instants = rows[local.date()]
            minutes_of_day.append(60 * local.hour + local.minute)
            instants.append(second * 1000)
        seen.add(local)
    return dict(rows)


def falls_on(calendar: list[str], day: date) -> bool:
    """Answer whether day-of-month, month, day-of-week and year all say yes to a date."""
    dates, months, weekdays, years = calendar
    return (
        says(months, day.month, 1, MONTHS)
        and says(years, day.year, 1970)
        and (date_says(dates.upper(), day) if weekdays == "?" else weekday_says(weekdays, day))
    )


def says(field: str, value: int, low: int, names: list[str] | None = None) -> bool:
    """Answer whether a field of values, ranges and steps holds a value."""
    return any(_part_says(part, value, low, names or []) for part in field.upper().split(","))


def _part_says(part: str, value: int, low: int, names: list[str]) -> bool:
    span, _, step = part.partition("/")
    if span == "*":
        start, inside = low, True
    elif "-" in span:
        start, end = (_number(text, names) for text in span.split("-"))
        inside = start <= value <= end
    else:
        start = _number(span, names)
        inside = value >= start if step else value == start
    return inside and (value - start) % int(step or 1) == 0


def _number(text: str, names: list[str]) -> int:
    return names.index(text) + 1 if text in names else int(text)


def weekday_of(day: date) -> int:
    """Answer AWS's number of a date's weekday: 1 is Sunday."""
    return day.isoweekday() % 7 + 1


def date_says(field: str, day: date) -> bool:
    """Answer whether a day-of-month field holds a date."""
    month = _days_of_month(day)
    if field == "L":
        return day == month[-1]
    if field.startswith("L-"):
        return day == month[-1] - int(field[2:]) * ONE_DAY
    if field.endswith("W"):
        named = [each for each in month if str(each.day) == field[:-1] or field == "LW"][-1:]
        workdays = [each for each in month if 1 < weekday_of(each) <= FRIDAY]
        return bool(named) and day == min(workdays, key=lambda each: abs(each - named[0]))
    return says(field, day.day, 1)


def weekday_says(field: str, day: date) -> bool:
    """Answer whether a day-of-week field holds a date."""
    weekday, _, nth = field.upper().partition("#")
    if nth:
        same_so_far = [each for each in _same_weekdays(day) if each <= day]
        return says(weekday, weekday_of(day), 1, WEEKDAYS) and len(same_so_far) == int(nth)
    if weekday == "L":
        return weekday_of(day) == WEEKDAYS.index("SAT") + 1
    if weekday.endswith("L"):
        is_last = day == _same_weekdays(day)[-1]
        return says(weekday[:-1], weekday_of(day), 1, WEEKDAYS) and is_last
    return says(weekday, weekday_of(day), 1, WEEKDAYS)


@cache
def _days_of_month(day: date) -> list[date]:
    first = day.replace(day=1)
    days = [first + count * ONE_DAY for count in range(31)]
    return [each for each in days if each.month == day.month]


@cache
def _same_weekdays(day: date) -> list[date]:
    return [each for each in _days_of_month(day) if each.weekday() == day.weekday()]


@st.composite
def numbers(
    draw: st.DrawFn, low: int, high: int, names: Sequence[str] = (), steps: bool = True
) -> str:
    """Write one list of values, ranges and steps."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        first, last = sorted((draw(st.integers(low, high)), draw(st.integers(low, high))))
        start = draw(st.sampled_from([str(first), *names[first - low :][:1]]))
        end = draw(st.sampled_from([str(last), *names[last - low :][:1]]))
        part = draw(st.sampled_from(["*", start, f"{start}-{end}"]))
        if steps and draw(st.booleans()):
            part += f"/{draw(st.integers(1, high - low))}"
        parts.append(part)
    text = ",".join(parts)
    return draw(st.sampled_from([text, text.lower(), text.title()]))


DATE_FIELDS = st.one_of(
    numbers(1, 31),
    st.sampled_from(["*", "L", "LW", "l", "lw"]),
    st.integers(1, 31).map("L-{}".format),
    st.integers(1, 31).map("{}W".format),
)
ONE_WEEKDAY = st.sampled_from([*"1234567", *WEEKDAYS, "fri", "Mon"])
WEEKDAY_FIELDS = st.one_of(
    numbers(1, 7, WEEKDAYS, steps=False),
    st.sampled_from(["*", "L"]),
    ONE_WEEKDAY.map("{}L".format),
    st.tuples(ONE_WEEKDAY, st.integers(1, 5)).map("{0[0]}#{0[1]}".format),
)
DAY_FIELDS = st.one_of(
    st.tuples(DATE_FIELDS, st.just("?")), st.tuples(st.just("?"), WEEKDAY_FIELDS)
)
MONTH_FIELDS = numbers(1, 12, MONTHS)


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """Write one expression that is in the dialect."""
    minutes = draw(st.one_of(st.just("0"), numbers(0, 59)))
    hours = draw(st.one_of(st.just("*"), numbers(0, 23)))
    dates, days = draw(DAY_FIELDS)
    month = draw(st.one_of(st.just("*"), st.just("*"), MONTH_FIELDS))
    year = draw(st.one_of(st.just("*"), st.just("*"), numbers(1970, 2199)))
    return f"cron({minutes} {hours} {dates} {month} {days} {year})"
