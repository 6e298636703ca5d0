"""Durations as people write them: ``35d``, ``1d12h``, ``P35D``, ``PT12H``. Not instants."""

import re

from vaultclock.domain.kernel.instants import DAY, HOUR, INSTANT_MAX, MINUTE, SECOND, Milliseconds

ACCEPTED = "35d, 12h, 90m, 30s, 1d12h, 2w, or ISO 8601 such as P35D, PT12H, P1DT2H"

_WEEK = 7 * DAY
_PLAIN = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_ISO = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)
_UNITS = (_WEEK, DAY, HOUR, MINUTE, SECOND)
_CHARACTERS_MAX = 64


def parse_duration(text: str) -> Milliseconds:
    """Read a duration in weeks, days, hours, minutes and seconds, largest first.

    Raises ValueError, naming the accepted forms, for anything else: months and years have no
    fixed length, and a clock does not go back.
    """
    if len(text) <= _CHARACTERS_MAX:
        match = _PLAIN.fullmatch(text) or _ISO.fullmatch(text)
        if match is not None and any(match.groups()):
            amounts = (int(digits or 0) for digits in match.groups())
            length = sum(amount * unit for amount, unit in zip(amounts, _UNITS, strict=True))
            return min(length, INSTANT_MAX + 1)  # longer than all of simulated time
    raise ValueError(f"{text[:_CHARACTERS_MAX]!r} is not a duration: write {ACCEPTED}")
