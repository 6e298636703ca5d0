"""Where an engine writes what it decided. Stores on disk stand behind the same verbs."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Protocol

from vaultclock.domain.kernel.facts import Batch
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import Instant


class Recording(Protocol):
    """What can be read of a log: all that folding it needs, whether it still grows or not."""

    @property
    def origin(self) -> Origin:
        """What the world was born with."""

    def read(self, seq: int = 0) -> Iterator[Batch]:
        """Read the batches from a position on, oldest first."""

    def head(self) -> int:
        """Answer the position the next fact will have."""

    def rested_at(self) -> Instant:
        """Answer where the clock stood last: the latest of batches, rests and the origin."""


class Log(Recording, Protocol):
    """An append-only log of batches, begun at an origin.

    ``rest`` notes where the clock stands while nothing happens. It is superseded, not
    accumulated: one stride of the clock and many leave the same log.
    """

    def append(self, batch: Batch) -> None:
        """Add one batch; its ``seq`` is ``head()``."""

    def rest(self, at: Instant) -> None:
        """Note where the clock stands; later notes and batches supersede it."""


def _seq(batch: Batch) -> int:
    return batch.seq


class MemoryLog:
    """A log that keeps everything in memory."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self._batches: list[Batch] = []
        self._head = 0
        self._rested_at = origin.start_at

    def append(self, batch: Batch) -> None:
        """Add one batch."""
        assert batch.seq == self._head, (batch, self._head)
        self._batches.append(batch)
        self._head += len(batch.facts)
        self._rested_at = max(self._rested_at, batch.at)

    def rest(self, at: Instant) -> None:
        """Note where the clock stands."""
        self._rested_at = max(self._rested_at, at)

    def read(self, seq: int = 0) -> Iterator[Batch]:
        """Read the batches whose first fact is at ``seq`` or later."""
        return iter(self._batches[bisect_left(self._batches, seq, key=_seq) :])

    def head(self) -> int:
        """Answer the position the next fact will have."""
        return self._head

    def rested_at(self) -> Instant:
        """Answer where the clock stood last."""
        return self._rested_at
