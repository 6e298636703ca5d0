"""How many facts of each kind a log was told, from any position on. Moves no clock, keeps no log.

Facts are counted while they are stated: reading a year of them back takes seconds, and a log on
disk much longer. Cumulative counts at marks answer for any position with a short read.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, takewhile
from operator import itemgetter
from typing import Any

from vaultclock.domain.kernel.facts import Batch, Elsewhere
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.logs import Log

_Mark = tuple[int, Counter[type]]  # a position, and what was counted in front of it

_FACTS_A_MARK = 4096  # how far apart marks are: what a question about the past reads at most
_position: Callable[[_Mark], int] = itemgetter(0)


class CountingLog:
    """A log that counts what is appended to it; everything else is the log's behind it."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._marks: list[_Mark] = [(log.head(), Counter())]
        self._uncounted: list[Any] = []

    @property
    def origin(self) -> Origin:
        """What the world was born with."""
        return self._log.origin

    def append(self, batch: Batch) -> None:
        """Add one batch."""
        self._log.append(batch)
        self._uncounted += batch.facts
        if len(self._uncounted) >= _FACTS_A_MARK:
            seq, counted = self._marks[-1]
            self._marks.append((seq + len(self._uncounted), counted + _kinds(self._uncounted)))
            self._uncounted = []

    def rest(self, at: Instant) -> None:
        """Note where the clock stands."""
        self._log.rest(at)

    def read(self, seq: int = 0) -> Iterator[Batch]:
        """Read the batches whose first fact is at ``seq`` or later."""
        return self._log.read(seq)

    def head(self) -> int:
        """Answer the position the next fact will have."""
        return self._log.head()

    def rested_at(self) -> Instant:
        """Answer where the clock stood last."""
        return self._log.rested_at()

    def facts_since(self, seq: int) -> Counter[type]:
        """Count the facts from a position on, by their class.

        What the log held before this one stood in front of it is read.
        """
        last_seq, counted = self._marks[-1]
        counted = counted + _kinds(self._uncounted)
        place = bisect_right(self._marks, seq, key=_position) - 1
        if place < 0:
            return counted + self._kinds_between(0, seq, self._marks[0][0])
        mark_seq, before = self._marks[place]
        if mark_seq == last_seq:
            return counted - before - _kinds(self._uncounted[: seq - mark_seq])
        return counted - before - self._kinds_between(mark_seq, mark_seq, seq)

    def _kinds_between(self, start: int, seq: int, end: int) -> Counter[type]:
        """Read from ``start``, where a batch begins; count the facts from ``seq`` to ``end``."""
        batches = takewhile(lambda batch: batch.seq < end, self._log.read(start))
        recorded = chain.from_iterable(batch.recorded() for batch in batches)
        return Counter(type(each.fact) for each in recorded if seq <= each.seq < end)


def _kinds(facts: Sequence[Any]) -> Counter[type]:
    kinds = Counter(map(type, facts))
    if kinds.pop(Elsewhere, None):
        kinds.update(type(stated.fact) for stated in facts if type(stated) is Elsewhere)
    return kinds
