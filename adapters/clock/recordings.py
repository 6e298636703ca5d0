"""Recorded logs as users handle them: either format, points in them, parts up to a point.

What is in a file is the snapshot adapter's business, what facts mean the domain's.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Self

import attrs

from vaultclock.adapters.clock.collector import collector_paused
from vaultclock.adapters.snapshot.codec import UnreadableLog
from vaultclock.adapters.snapshot.files import read_log, stream_log
from vaultclock.adapters.snapshot.jsonl import read_jsonl, stream_jsonl
from vaultclock.adapters.snapshot.recorded import RecordedLog
from vaultclock.domain.features import Engine, replay
from vaultclock.domain.kernel.facts import Batch
from vaultclock.domain.kernel.instants import Instant, from_iso
from vaultclock.domain.kernel.logs import Recording

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


class Part:
    """The batches of a log that end by a point, and by where the log ends now: it may grow on.

    ``read_piece`` answers some batches from a position on, or none when there are no more; by
    default they are read in one go. ``head`` and ``rested_at`` are true once it was read to its
    end. It can be played by itself.
    """

    def __init__(
        self,
        log: Recording,
        until: Point = END,
        read_piece: Callable[[int], Iterable[Batch]] | None = None,
    ) -> None:
        self.origin = log.origin
        self._until = until
        self._read_piece = log.read if read_piece is None else read_piece
        self._end, self._log_rested_at = log.head(), log.rested_at()
        self._head, self._rested_at = 0, log.origin.start_at

    def read(self, seq: int = 0) -> Iterator[Batch]:
        """Read the batches whose first fact is at ``seq`` or later, oldest first."""
        begun_at = -1
        while begun_at < seq < self._end:
            begun_at = seq
            for batch in self._read_piece(seq):
                if batch.seq >= self._end:
                    break
                if self._until.is_before_end_of(batch):
                    if self._until.at is not None:
                        self._rested_at = self._until.at
                    return
                seq = self._head = batch.seq + len(batch.facts)
                self._rested_at = batch.at
                yield batch
        rest = self._log_rested_at
        self._rested_at = rest if self._until.at is None else min(rest, self._until.at)

    def head(self) -> int:
        """Answer the position behind the last fact that was read."""
        return self._head

    def rested_at(self) -> Instant:
        """Answer where the clock stood when the part ended."""
        return self._rested_at


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


def play_recording(file: BinaryIO, until: Point = END, *, cut_torn_tail: bool = False) -> Engine:
    """Check a whole log of either format, and fold it up to a point.

    Raises UnreadableLog, and Unplayable as `play` does. A log that is folded whole is checked in
    the same pass: what was folded before a fault is dropped.
    """
    if until != END:
        return play(read_recording(file, cut_torn_tail=cut_torn_tail), until)
    stream = stream_jsonl if is_jsonl(file) else stream_log
    return play(stream(file, cut_torn_tail=cut_torn_tail))


def play(recording: Recording, until: Point = END) -> Engine:
    """Fold a log that anyone may have written, up to a point.

    Raises Unplayable when its facts, though each reads well, do not follow from one another.
    """
    try:
        with collector_paused():
            return replay(recording, to_seq=until.seq, to_at=until.at)
    except UnreadableLog:
        raise
    except Exception as error:
        raise Unplayable(f"the facts do not fold: {type(error).__name__}: {error}") from error
