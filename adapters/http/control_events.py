"""Control of listening: what AWS Backup tells others, as server-sent events while it happens.

What is told is the domain's business, how a log is followed that of the emission adapter.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

import attrs
import orjson

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.emission.follower import Follower, Since
from vaultclock.adapters.http.control_requests import Asked, Refused
from vaultclock.domain.announcements.messages import Message, Place
from vaultclock.domain.kernel.instants import from_iso

_PULSE_SECONDS = 15.0  # a sign of life for whatever stands between, and to notice who left
_FROM = "a position such as 812, or an instant such as 2026-01-31T05:00:00Z"
_SWITCH = {"true": True, "false": False}


@attrs.frozen
class EventStream:
    """An answer that goes on until the listener leaves or the server ends."""

    simulation: Simulation
    follower: Follower
    pulse_seconds: float = _PULSE_SECONDS
    media_type = "text/event-stream"

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Write what is told as server-sent events; comments are signs of life."""

        def end_with_server() -> None:
            if self.simulation.is_ending:
                self.follower.end()

        self.simulation.watchers.append(end_with_server)
        try:
            async with aclosing(self.follower.parcels(self.pulse_seconds)) as parcels:
                begun = await anext(parcels)
                yield b": listening from %d\n\n" % begun.seq  # whatever comes now is heard
                async for parcel in parcels:
                    yield _frames(parcel.messages) or b":\n\n"
        finally:
            self.simulation.watchers.remove(end_with_server)


def _frames(messages: Iterable[Message]) -> bytes:
    return b"".join(
        b"id: %b\ndata: %b\n\n" % (str(message.place).encode(), orjson.dumps(message.envelope()))
        for message in messages
    )


class EventControl:
    """The verb of listening."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    async def get(self, asked: Asked) -> EventStream:
        """Listen to what is told from now on, or ``from`` a position or an instant of the log.

        A listener who comes back says with ``Last-Event-ID`` what came last. What an advance
        brings is left out, unless the past is asked for or ``advance=true`` is.
        """
        query = asked.read_query(("from", "advance"))
        self._simulation.settle()
        hears_advances = _read_switch(query.get("advance"), default="from" in query)
        since = self._read_since(query.get("from"), asked.headers.get("last-event-id"))
        follower = Follower(self._simulation, since, hears_advances=hears_advances)
        return EventStream(self._simulation, follower)

    def _read_since(self, text: str | None, last_id: str | None) -> Since:
        seq = self._simulation.engine.seq
        if last_id:
            last = _read_last_id(last_id)
            if last.seq < seq:
                return Since(Place(last.seq, last.ordinal + 1))
            return Since(Place(0))  # of a world before a reset: all of this one is news
        if text is None:
            return Since(Place(seq))
        since = _read_from(text)
        if since.place.seq > seq:
            accepted = f"a position from 0 to {seq}, or an instant"
            raise Refused(400, f"from must be {accepted}", "from", accepted)
        return since


def _read_last_id(text: str) -> Place:
    try:
        return Place.parse(text)
    except ValueError as error:
        accepted = "an id that this server sent, such as 812.0"
        raise Refused(400, f"Last-Event-ID: {error}", "Last-Event-ID", accepted) from None


def _read_from(text: str) -> Since:
    try:
        return Since(Place.parse(text))
    except ValueError:
        pass
    try:
        return Since(at=from_iso(text))
    except ValueError:
        raise Refused(400, f"from: {text[:40]!r} is not {_FROM}", "from", _FROM) from None


def _read_switch(text: str | None, *, default: bool) -> bool:
    if text is None:
        return default
    if text not in _SWITCH:
        raise Refused(400, "advance must be true or false", "advance", [*_SWITCH])
    return _SWITCH[text]
