"""Recorded logs as users handle them: either format, points in them, parts up to a point.

What is in a file is the snapshot adapter's business, what facts mean the domain's.
"""

from typing import BinaryIO, Self

import attrs

from vaultclock.adapters.clock.collector import collector_paused
from vaultclock.adapters.snapshot.files import read_log
from vaultclock.adapters.snapshot.jsonl import read_jsonl
from vaultclock.adapters.snapshot.recorded import RecordedLog
from vaultclock.domain.features import Engine, replay
from vaultclock.domain.kernel.facts import Batch
from vaultclock.domain.kernel.instants import INSTANT_MAX, Instant, from_iso
from vaultclock.domain.kernel.logs import MemoryLog, Recording

POINT_ACCEPTED = "a position such as 812, or an instant such as 2026-01-31T05:00:00Z"

_POSITION_DIGITS_MAX = 18


class Unplayable(Exception):
    """A log reads well and its facts do not fold: it is not one that this program wrote."""


@attrs.frozen
class Point:
    """A point in a log: in front of the fact at a position, or behind all that an instant saw."""

    seq: int | None = None
    at: Instant | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a position or an instant. Raises ValueError, naming what is accepted."""
        if text.isascii() and text.isdecimal() and len(text) <= _POSITION_DIGITS_MAX:
            return cls(seq=int(text))
        try:
            return cls(at=from_iso(text))
        except ValueError:
            raise ValueError(f"{text[:40]!r} is not {POINT_ACCEPTED}") from None

    def is_before_end_of(self, batch: Batch) -> bool:
        """Tell whether a batch does not end by it."""
        if self.seq is not None and batch.seq + len(batch.facts) > self.seq:
            return True
        return self.at is not None and batch.at > self.at


END = Point()


def part_of(log: Recording, until: Point = END) -> MemoryLog:
    """Copy a log up to a point: whole batches that end by it. The copy can be played by itself."""
    part = MemoryLog(log.origin)
    rested_at = log.rested_at()
    for batch in log.read():
        if until.is_before_end_of(batch):
            if until.at is None:
                return part  # it stands where its last batch left it
            break
        part.append(batch)
    part.rest(min(rested_at, INSTANT_MAX if until.at is None else until.at))
    return part


def is_jsonl(file: BinaryIO) -> bool:
    """Tell whether a log that begins where a file stands is one of JSON lines."""
    start = file.tell()
    first = file.read(1)
    file.seek(start)
    return first == b"{"


def read_recording(file: BinaryIO, *, cut_torn_tail: bool = False) -> RecordedLog:
    """Check a whole log of either format and answer it for reading. Raises UnreadableLog."""
    read = read_jsonl if is_jsonl(file) else read_log
    return read(file, cut_torn_tail=cut_torn_tail)


def play(recording: Recording, until: Point = END) -> Engine:
    """Fold a log that anyone may have written, up to a point.

    Raises Unplayable when its facts, though each reads well, do not follow from one another.
    """
    try:
        with collector_paused():
            return replay(recording, to_seq=until.seq, to_at=until.at)
    except Exception as error:
        raise Unplayable(f"the facts do not fold: {type(error).__name__}: {error}") from error
