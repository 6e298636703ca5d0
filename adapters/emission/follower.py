"""Reading along: the messages of a simulation's log from a place on, while the log grows.

Everything here happens in the thread of the server's loop, a few batches at a time; whoever takes
the messages decides when it goes on. How messages are delivered is not here.
"""

import asyncio
from collections.abc import AsyncGenerator
from itertools import islice

import attrs

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.domain.announcements.messages import Message, Place
from vaultclock.domain.announcements.projector import Projector
from vaultclock.domain.kernel.facts import Batch
from vaultclock.domain.kernel.instants import INSTANT_MIN, Instant

_BATCHES = 64  # of the log at a time: about a millisecond for which nobody else is served

BEGINNING = Place(0)


@attrs.frozen
class Since:
    """The first messages that are wanted: at or behind a place, and not before an instant."""

    place: Place = BEGINNING
    at: Instant = INSTANT_MIN

    def includes(self, message: Message) -> bool:
        """Tell whether a message is wanted."""
        return message.place >= self.place and message.at >= self.at

    def is_behind(self, batch: Batch) -> bool:
        """Tell whether no message of a batch is wanted."""
        return batch.seq + len(batch.facts) <= self.place.seq or batch.at < self.at


@attrs.frozen
class Parcel:
    """Messages that belong together: all that is told of the log up to ``seq``, since the last.

    ``world`` counts the worlds that were followed: a reset begins another.
    """

    messages: list[Message]
    seq: int
    world: int = 0


class Follower:
    """Follows one simulation through its resets.

    ``hears_advances`` says whether it tells what came to be in an advance. A world that another
    has replaced is forgotten; the new one is told of from where it then stands.
    """

    def __init__(self, simulation: Simulation, since: Since, *, hears_advances: bool) -> None:
        self._simulation = simulation
        self._hears_advances = hears_advances
        self._news = asyncio.Event()
        self._is_ending = False
        self._world = -1
        self._follow(since)

    def _follow(self, since: Since) -> None:
        self._world += 1
        self._engine = self._simulation.engine
        self._since = since
        self._projector = Projector(self._engine.origin)

    @property
    def seq(self) -> int:
        """Up to where the log was read."""
        return self._projector.seq

    def follows_world_of(self, parcel: Parcel) -> bool:
        """Tell whether a parcel is of the world that it follows now."""
        return parcel.world == self._world

    def end(self) -> None:
        """Stop once everything was told that is there."""
        self._is_ending = True
        self._news.set()

    async def parcels(self, pulse_seconds: float | None = None) -> AsyncGenerator[Parcel]:
        """Yield what there is, then what there comes to be, until the follower is to end.

        The first parcel is empty, and only says from where. With a pulse, others are when nothing
        happened for so long. A world whose log can't be kept is told of no more: it may be ahead
        of what is kept.
        """
        watchers = self._simulation.watchers
        watchers.append(self._take_note)
        self._take_note()
        try:
            yield Parcel([], self._since.place.seq, self._world)
            while True:
                self._news.clear()
                parcel = self._next()
                if parcel is not None:
                    if parcel.messages or parcel.seq > self._since.place.seq:
                        yield parcel
                    await asyncio.sleep(0)
                elif self._is_ending:
                    return
                elif not await self._hears_news(pulse_seconds):
                    yield self._parcel([])
        finally:
            watchers.remove(self._take_note)

    def _take_note(self) -> None:
        """Note that something happened; a new world is followed from where it stands just now."""
        if self._simulation.engine is not self._engine:
            self._follow(Since(Place(self._simulation.engine.seq)))
        self._news.set()

    async def _hears_news(self, within_seconds: float | None) -> bool:
        try:
            async with asyncio.timeout(within_seconds):
                return await self._news.wait()
        except TimeoutError:
            return False

    def _next(self) -> Parcel | None:
        """Read a few batches more; None when there are none."""
        if self._simulation.failure is not None:
            return None
        read = [*islice(self._engine.log.read(self.seq), _BATCHES)]
        if not read:
            return None
        return self._parcel([message for batch in read for message in self._told(batch)])

    def _parcel(self, messages: list[Message]) -> Parcel:
        return Parcel(messages, self.seq, self._world)

    def _told(self, batch: Batch) -> list[Message]:
        if self._since.is_behind(batch) or not (
            self._hears_advances or not self._simulation.advances.brought(batch.seq)
        ):
            self._projector.follow(batch)
            return []
        return [m for m in self._projector.project(batch) if self._since.includes(m)]
