"""What comes when, in order of time. What a thing means, and whether it still counts, is not here.

Most of what a long simulation has ahead of it is weeks away. That is kept apart by the hour, so
that what is put in order, again and again, is the hour at hand and nothing else.
"""

import heapq
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from vaultclock.domain.kernel.instants import HOUR, Instant

T = TypeVar("T", bound=tuple[Any, ...])  # its first element is the instant, and no two are equal


class Agenda(Generic[T]):
    """Things to come, each a tuple that begins with its instant; they come out in order."""

    def __init__(self, things: Iterable[T] = ()) -> None:
        self._near: list[T] = []  # a heap
        self._near_until: Instant = 0  # the end of the hour at hand
        self._later: dict[int, list[T]] = {}  # by hours since the epoch, in no order
        self._hours: list[int] = []  # a heap of those
        for thing in things:
            self.add(thing)

    def __len__(self) -> int:
        return len(self._near) + sum(map(len, self._later.values()))

    def add(self, thing: T) -> None:
        """Put a thing where it belongs."""
        at = thing[0]
        if at < self._near_until:
            heapq.heappush(self._near, thing)
            return
        hour = at // HOUR
        if (found := self._later.get(hour)) is not None:
            found.append(thing)
        else:
            self._later[hour] = [thing]
            heapq.heappush(self._hours, hour)

    def first(self) -> T | None:
        """Answer what comes next and leave it there; None when nothing does."""
        if not self._near:
            if not self._hours:
                return None
            hour = heapq.heappop(self._hours)
            self._near = self._later.pop(hour)
            self._near_until = (hour + 1) * HOUR
            heapq.heapify(self._near)
        return self._near[0]

    def take_due(self, to: Instant) -> T | None:
        """Take what comes next, if that is by an instant; else None."""
        near = self._near
        first = near[0] if near else self.first()
        if first is None or first[0] > to:
            return None
        return heapq.heappop(self._near)
