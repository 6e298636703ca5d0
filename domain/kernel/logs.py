"""Where an engine writes what it decided. Stores on disk stand behind the same verbs."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Protocol

from vaultclock.domain.kernel.facts import Batch, Scope
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


class MemoryLog:
    """A log that keeps everything in memory.

    Batches are taken apart into columns and put together when they are read: of the objects that
    a long log is made of, that leaves out four in ten.
    """

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self._rested_at = origin.start_at
        self._facts: list[Any] = []
        # of each batch: where it begins in the facts, when and where it happened, and why
        self._seqs: list[int] = []
        self._instants: list[Instant] = []
        self._scopes: list[Scope] = []
        self._causes: list[Any] = []

    def append(self, batch: Batch) -> None:
        """Add one batch."""
        assert batch.seq == len(self._facts), (batch, len(self._facts))
        self._seqs.append(batch.seq)
        self._instants.append(batch.at)
        self._scopes.append(batch.scope)
        self._causes.append(batch.cause)
        self._facts += batch.facts
        if batch.at > self._rested_at:  # noqa: PLR1730 - no call of max for every batch
            self._rested_at = batch.at

    def rest(self, at: Instant) -> None:
        """Note where the clock stands."""
        self._rested_at = max(self._rested_at, at)

    def read(self, seq: int = 0) -> Iterator[Batch]:
        """Read the batches whose first fact is at ``seq`` or later."""
        for place in range(bisect_left(self._seqs, seq), len(self._seqs)):
            start, at, scope = self._seqs[place], self._instants[place], self._scopes[place]
            is_last = place + 1 == len(self._seqs)
            end = len(self._facts) if is_last else self._seqs[place + 1]
            yield Batch(start, at, scope, self._causes[place], tuple(self._facts[start:end]))

    def head(self) -> int:
        """Answer the position the next fact will have."""
        return len(self._facts)

    def rested_at(self) -> Instant:
        """Answer where the clock stood last."""
        return self._rested_at
