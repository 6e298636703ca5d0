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

    Batches are taken apart into columns and put together when they are read: the fewer objects
    a long log is made of, the less often Python's collector of garbage walks through it.
    """

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self._facts: list[Any] = []
        self._starts: list[int] = []  # where each batch begins in the facts, and so on
        self._instants: list[Instant] = []
        self._scopes: list[Scope] = []
        self._causes: list[Any] = []
        self._rested_at = origin.start_at

    def append(self, batch: Batch) -> None:
        """Add one batch."""
        seq, at, scope, cause, facts = batch
        assert seq == len(self._facts), (batch, self.head())
        self._starts.append(seq)
        self._instants.append(at)
        self._scopes.append(scope)
        self._causes.append(cause)
        self._facts += facts
        if at > self._rested_at:
            self._rested_at = at

    def rest(self, at: Instant) -> None:
        """Note where the clock stands."""
        self._rested_at = max(self._rested_at, at)

    def read(self, seq: int = 0) -> Iterator[Batch]:
        """Read the batches whose first fact is at ``seq`` or later."""
        for place in range(bisect_left(self._starts, seq), len(self._starts)):
            ends = self._starts[place + 1 : place + 2] or [len(self._facts)]
            yield Batch(
                self._starts[place],
                self._instants[place],
                self._scopes[place],
                self._causes[place],
                tuple(self._facts[self._starts[place] : ends[0]]),
            )

    def head(self) -> int:
        """Answer the position the next fact will have."""
        return len(self._facts)

    def rested_at(self) -> Instant:
        """Answer where the clock stood last."""
        return self._rested_at
