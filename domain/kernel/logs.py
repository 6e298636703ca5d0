"""Where an engine writes what it decided. Stores on disk stand behind the same verbs."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Protocol

from vaultclock.domain.kernel.facts import Batch
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import Instant

_HEAD = 4  # what a batch has besides its facts


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


class MemoryLog:
    """A log that keeps everything in memory.

    Batches are taken apart into one list of facts and one of all else, and put together when they
    are read: of the objects that a long log is made of, that leaves out four in ten.
    """

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self._rested_at = origin.start_at
        self._facts: list[Any] = []
        # of each batch: where it begins in the facts, when and where it happened, and why
        self._heads: list[Any] = []

    def append(self, batch: Batch) -> None:
        """Add one batch."""
        at, facts = batch.at, self._facts
        assert batch.seq == len(facts), (batch, len(facts))
        self._heads += (batch.seq, at, batch.scope, batch.cause)
        facts += batch.facts
        if at > self._rested_at:  # noqa: PLR1730 - no call of max for every batch
            self._rested_at = at

    def rest(self, at: Instant) -> None:
        """Note where the clock stands."""
        self._rested_at = max(self._rested_at, at)

    def read(self, seq: int = 0) -> Iterator[Batch]:
        """Read the batches whose first fact is at ``seq`` or later."""
        facts, heads = self._facts, self._heads
        first = _HEAD * bisect_left(range(len(heads) // _HEAD), seq, key=self._begins_at)
        for place in range(first, len(heads), _HEAD):
            start, at, scope, cause = heads[place : place + _HEAD]
            end = heads[place + _HEAD] if place + _HEAD < len(heads) else len(facts)
            yield Batch(start, at, scope, cause, tuple(facts[start:end]))

    def _begins_at(self, batch: int) -> int:
        seq: int = self._heads[_HEAD * batch]
        return seq

    def head(self) -> int:
        """Answer the position the next fact will have."""
        return len(self._facts)

    def rested_at(self) -> Instant:
        """Answer where the clock stood last."""
        return self._rested_at
