"""Which stretches of a log came to be while somebody advanced its clock. Moves no clock itself."""

from bisect import bisect_right
from collections.abc import Callable
from operator import itemgetter

Stretch = tuple[int, int]  # the position of its first fact, and that behind its last
_start: Callable[[Stretch], int] = itemgetter(0)


class Advances:
    """The stretches of one world's log that advances brought, oldest first.

    A clock that runs by itself is not advanced, however fast it runs.
    """

    def __init__(self) -> None:
        self._stretches: list[Stretch] = []
        self._begun: int | None = None

    def begin(self, seq: int) -> None:
        """Note that an advance begins at a position; what is stated from now on is its."""
        self._begun = seq

    def end(self, seq: int) -> None:
        """Note that the advance is over at a position."""
        assert self._begun is not None, "an advance ends that never began"
        self.add((self._begun, seq))
        self._begun = None

    def add(self, stretch: Stretch) -> None:
        """Note a stretch, wherever it lies; one without facts is none."""
        start, end = stretch
        if start >= end:
            return
        last = self._stretches[-1] if self._stretches else (-1, -1)
        if start > last[1]:
            self._stretches.append(stretch)
        elif start >= last[0]:
            self._stretches[-1] = (last[0], max(end, last[1]))
        else:
            rest, self._stretches = [*self._stretches, stretch], []
            for one in sorted(rest):
                self.add(one)

    def brought(self, seq: int) -> bool:
        """Tell whether the fact at a position came to be in an advance."""
        if self._begun is not None and seq >= self._begun:
            return True
        place = bisect_right(self._stretches, seq, key=_start)
        return place > 0 and seq < self._stretches[place - 1][1]

    def from_on(self, seq: int) -> list[Stretch]:
        """Answer the stretches that end behind a position."""
        return [stretch for stretch in self._stretches if stretch[1] > seq]
