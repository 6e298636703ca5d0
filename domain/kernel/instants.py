"""Instants: milliseconds since the epoch, UTC. The only place that knows calendars of instants."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

Instant = int  # milliseconds since 1970-01-01T00:00:00Z
Milliseconds = int

SECOND: Milliseconds = 1_000
MINUTE: Milliseconds = 60 * SECOND
HOUR: Milliseconds = 60 * MINUTE
DAY: Milliseconds = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_MS = timedelta(milliseconds=1)
INSTANT_MIN: Instant = 0
INSTANT_MAX: Instant = 32_503_679_999_999  # 2999-12-31T23:59:59.999Z, far past any retention

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(Z|z|[+-]\d\d:?\d\d)?)?"
)


def from_iso(text: str) -> Instant:
    """Read an ISO 8601 instant; a date alone is its midnight, no offset means UTC.

    Raises ValueError when the text is not one, or lies outside the years 1970 to 2999.
    """
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not an ISO 8601 instant such as 2026-01-31T05:00:00Z")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    milliseconds = int((match[7] or "0").ljust(3, "0")[:3])
    moment = datetime(year, month, day, hour, minute, second, milliseconds * 1000, tzinfo=UTC)
    instant = (moment - _EPOCH) // _ONE_MS - _offset(match[8])
    if not INSTANT_MIN <= instant <= INSTANT_MAX:
        raise ValueError(f"{text!r} lies outside the years 1970 to 2999")
    return instant


def _offset(zone: str | None) -> Milliseconds:
    if zone is None or zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:  # noqa: PLR2004 - a clock's numbers
        raise ValueError(f"{zone!r} is not an offset from UTC")
    return (1 if zone[0] == "+" else -1) * (hours * HOUR + minutes * MINUTE)


def to_iso(instant: Instant) -> str:
    """Write an instant as ISO 8601 with ``Z``; milliseconds only when there are any."""
    moment = _moment(instant)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{instant % SECOND:03d}Z" if instant % SECOND else f"{text}Z"


@lru_cache(maxsize=16)
def compact(instant: Instant) -> str:
    """Write an instant as ``yyyymmddHHMMSS``, as recovery point ARNs of S3 and EKS do.

    The last few are kept: all jobs of a rule are of one instant.
    """
    at = _moment(instant)  # strftime costs three times as much
    return f"{at.year}{at.month:02}{at.day:02}{at.hour:02}{at.minute:02}{at.second:02}"


def _moment(instant: Instant) -> datetime:
    return _EPOCH + timedelta(milliseconds=instant)
