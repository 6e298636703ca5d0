"""``vaultclock schedule``: what a schedule expression means. The arithmetic is the kernel's."""

import argparse
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from vaultclock.adapters.cli.failures import OK, Failure
from vaultclock.adapters.cli.output import print_json, print_table
from vaultclock.adapters.clock.wall import wall_instant
from vaultclock.domain.kernel.instants import Instant, from_iso, to_iso
from vaultclock.domain.kernel.schedules import (
    BadExpression,
    BadTimezone,
    Schedule,
    describe,
    parse_schedule,
)

COUNT_MAX = 10_000


def run(args: argparse.Namespace) -> int:
    """Print when a schedule runs next."""
    count = _read_count(args.count)
    after = _read_after(args.after)
    try:
        schedule = parse_schedule(args.expression, args.tz)
    except (BadExpression, BadTimezone) as error:
        raise Failure(str(error)) from None
    fires = list(islice(schedule.after(after), count))
    if args.output == "json":
        _print_json(schedule, fires)
    else:
        _print_table(schedule, fires)
    return OK


def _print_json(schedule: Schedule, fires: list[Instant]) -> None:
    print_json(
        {
            "expression": schedule.expression,
            "timezone": schedule.timezone,
            "description": describe(schedule),
            "next": [
                {"utc": to_iso(fire), "local": _local(fire, schedule).isoformat()} for fire in fires
            ],
        }
    )


def _print_table(schedule: Schedule, fires: list[Instant]) -> None:
    print(describe(schedule))
    if not fires:
        print("It never runs after that.")
        return
    rows = [
        (_local(fire, schedule).strftime("%a %Y-%m-%d %H:%M %z"), to_iso(fire)) for fire in fires
    ]
    print_table((schedule.timezone, "UTC"), rows)


def _local(instant: Instant, schedule: Schedule) -> datetime:
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)
    return utc.astimezone(ZoneInfo(schedule.timezone))


def _read_count(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= COUNT_MAX:
        return int(text)
    raise Failure(f"-n can't be {text[:20]!r}: accepted is a whole number from 1 to {COUNT_MAX}")


def _read_after(text: str | None) -> Instant:
    if text is None:
        return wall_instant()
    try:
        return from_iso(text)
    except ValueError as error:
        raise Failure(f"--after can't be used: {error}") from None
