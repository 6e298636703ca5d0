"""Carrying the messages of a simulation to one sink: in order, each until it is taken.

A message is delivered at least once: the cursor moves behind it when it was taken.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.emission.cursors import Cursor, Cursors
from vaultclock.adapters.emission.follower import Follower, Parcel, Since
from vaultclock.adapters.emission.hands import Hands
from vaultclock.adapters.emission.sinks import Sink, TurnedDown, Undelivered
from vaultclock.adapters.emission.spec import Spec
from vaultclock.domain.announcements.messages import Message, Place

_PAUSE_SECONDS = 0.5  # before a message is tried again; then twice as long each time
_PAUSE_SECONDS_MAX = 60.0
_log = logging.getLogger("vaultclock")


class Courier:
    """Carries what a follower reads to a sink, whose work is done in a thread of its own.

    While the sink takes nothing, nothing is kept in memory for it: the log has it all. ``pause``
    waits before another try.
    """

    def __init__(
        self,
        simulation: Simulation,
        spec: Spec,
        sink: Sink,
        cursors: Cursors | None,
        *,
        hears_advances: bool,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._simulation, self._spec, self._sink = simulation, spec, sink
        self._cursors, self._pause = cursors, pause
        engine = simulation.engine
        cursor = cursors and cursors.of(spec, engine.origin, engine.seq)
        begin = cursor or Cursor(engine.seq)
        for stretch in begin.advances:
            simulation.advances.add(stretch)
        since = Since(Place(begin.seq))
        self._follower = Follower(simulation, since, hears_advances=hears_advances)
        self._hands = Hands(f"vaultclock to {spec.kind}")

    async def run(self) -> None:
        """Carry messages until told to end; a bug in the sink ends it too, and is logged."""
        try:
            async for parcel in self._follower.parcels():
                for message in parcel.messages:
                    if isinstance(message.content, self._sink.takes):
                        await self._deliver(message)
                await self._keep(parcel)
        except Exception:  # noqa: BLE001 - the boundary: the server goes on without this sink
            _log.exception("nothing is delivered to %s any more", self._spec.name)
        finally:
            self._hands.let_go()

    def end(self) -> None:
        """End once everything is delivered that is there."""
        self._follower.end()

    async def _deliver(self, message: Message) -> None:
        """Deliver a message, however long that takes, unless it is turned down."""
        for pause_seconds in _pauses():
            try:
                await self._hands.do(partial(self._sink.deliver, message))
            except TurnedDown as error:
                name, place = self._spec.name, message.place
                _log.warning("%s turned message %s down: %s", name, place, error)
                return
            except Undelivered as error:
                if pause_seconds == _PAUSE_SECONDS:
                    _log.warning("%s is tried again until it works: %s", self._spec.name, error)
                await self._pause(pause_seconds)
            else:
                return

    async def _keep(self, parcel: Parcel) -> None:
        if self._cursors is None or not self._follower.follows_world_of(parcel):
            return  # a world that another has replaced has no cursor
        cursor = Cursor(parcel.seq, self._simulation.advances.from_on(parcel.seq))
        origin = self._simulation.engine.origin
        try:
            await self._hands.do(partial(self._cursors.put, self._spec, origin, cursor))
        except OSError as error:
            # what was delivered is delivered again after a restart, no more
            _log.warning("how far %s has come can't be kept: %s", self._spec.name, error)


def _pauses() -> Iterator[float]:
    pause = _PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 2, _PAUSE_SECONDS_MAX)
