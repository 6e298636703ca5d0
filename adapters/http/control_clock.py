"""Control of the clock: where it stands, whether it runs, and advancing it."""

import asyncio
import contextlib
from collections.abc import Callable, Generator
from typing import Any

from vaultclock.adapters.clock import durations
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.clock.wall import RATE_MAX
from vaultclock.adapters.http.control_requests import Asked, Gone, Refused
from vaultclock.domain.kernel.instants import DAY, INSTANT_MAX, Instant, from_iso, to_iso

IDLE_DAYS_MAX = 36_525  # a hundred years: with a schedule there is always more to come
IDLE_FACTS_MAX = 100_000
_SEQ_DIGITS_MAX = 18

_ADVANCES = {
    "by": durations.ACCEPTED,
    "to": "an instant such as 2026-01-31T05:00:00Z, up to the year 2999",
    "until": ["next", "idle"],
}
_MODES = ("frozen", "running")


class ClockControl:
    """The clock's verbs. ``turn`` is held while time moves in strides."""

    def __init__(self, simulation: Simulation, turn: asyncio.Lock) -> None:
        self._simulation = simulation
        self._turn = turn

    async def get(self, asked: Asked) -> Any:
        """Say where the clock stands, also while it is being advanced.

        ``since`` a position of the log counts what has happened from there on, by name.
        """
        query = asked.read_query(("since",))
        self._simulation.settle()
        if "since" not in query:
            return self.view()
        since = _read_since(query["since"], self._simulation.engine.seq)
        return {**self.view(), "by_name": self._simulation.facts_since(since)}

    def view(self) -> dict[str, Any]:
        """Render the clock."""
        engine, clock = self._simulation.engine, self._simulation.clock
        due, to = engine.next_due(), self._simulation.advancing_to
        return {
            "now": to_iso(engine.now),
            "mode": clock.mode,
            "rate": clock.rate,
            "status": self._simulation.status,
            "next_due": None if due is None else to_iso(due),
            "seq": engine.seq,
            "advancing_to": None if to is None else to_iso(to),
        }

    async def put(self, asked: Asked) -> Any:
        """Freeze the clock where it stands, or let it run from there."""
        rate = _read_rate(await asked.read_object(("mode", "rate")))
        async with self._turn:
            self._simulation.run(rate)
            self._simulation.keep()
            return self.view()

    async def advance(self, asked: Asked) -> Any:
        """Make everything happen that is due by an instant; answer when it has.

        A caller who leaves stops the clock: it rests, settled, where it had come to.
        """
        how = await asked.read_object(_ADVANCES)
        if len(how) != 1:
            raise Refused(400, "give exactly one of by, to, until", accepted=_ADVANCES)
        async with asked.watched() as has_left, self._turn:
            self._simulation.settle()
            if "until" in how:
                return await self._advance_until(how["until"], has_left)
            start = self._simulation.engine.now
            to = _read_by(how["by"], start) if "by" in how else _read_to(how["to"], start)
            return await self._move(self._simulation.strides(to), has_left)

    async def _advance_until(self, until: Any, has_left: Callable[[], bool]) -> Any:
        engine = self._simulation.engine
        if until == "next":
            due = engine.next_due()
            to = engine.now if due is None or due > INSTANT_MAX else due  # no log goes beyond
            return await self._move(self._simulation.strides(to), has_left)
        if until != "idle":
            raise Refused(400, "until must be next or idle", "until", _ADVANCES["until"])
        horizon = min(engine.now + IDLE_DAYS_MAX * DAY, INSTANT_MAX)
        strides = self._simulation.strides_until_idle(horizon, IDLE_FACTS_MAX)
        moved = await self._move(strides, has_left)
        if engine.next_due() is None:
            return moved
        bound = f"{IDLE_FACTS_MAX} facts or {IDLE_DAYS_MAX} days"
        raise Refused(
            409,
            f"still not idle after {moved['facts']} facts, at {moved['to']}; the clock stays there."
            f" The bound is {bound}, for a plan's schedule never ends: advance by or to instead",
            "until",
            f"idle within {bound}",
            **moved,
        )

    async def _move(self, strides: Generator[None], has_left: Callable[[], bool]) -> dict[str, Any]:
        engine = self._simulation.engine
        start, seq = engine.now, engine.seq
        self._check_waiting(has_left)  # the turn may have been another's
        with contextlib.closing(strides):
            for _ in strides:
                await asyncio.sleep(0)  # others look at the clock, or ask the server to end
                self._check_waiting(has_left)
        return {
            "from": to_iso(start),
            "to": to_iso(engine.now),
            "facts": engine.seq - seq,
            "by_name": self._simulation.facts_since(seq),
        }

    def _check_waiting(self, has_left: Callable[[], bool]) -> None:
        """Stop an advance that nobody waits for, or nobody will go on to serve."""
        if has_left():
            raise Gone
        if self._simulation.is_ending:
            now = to_iso(self._simulation.engine.now)
            raise Refused(503, f"the server has ended, and the clock stopped at {now}")


def _read_since(text: str, seq: int) -> int:
    if text.isascii() and text.isdigit() and len(text) <= _SEQ_DIGITS_MAX and int(text) <= seq:
        return int(text)
    accepted = f"a position of the log, from 0 to {seq}"
    raise Refused(400, f"since must be {accepted}", "since", accepted)


def _read_rate(asked: dict[str, Any]) -> float:
    mode, rate = asked.get("mode"), asked.get("rate")
    if mode not in _MODES:
        raise Refused(400, "mode must be frozen or running", "mode", list(_MODES))
    if mode == "frozen":
        if rate is not None:
            raise Refused(400, "a frozen clock has no rate", "rate", "no rate")
        return 0
    if rate is None:
        return 1
    if type(rate) not in {int, float} or not 0 < rate <= RATE_MAX:
        accepted = f"a number above 0, up to {RATE_MAX:.0e}: simulated seconds a second"
        raise Refused(400, f"rate must be {accepted}", "rate", accepted)
    return float(rate)


def _read_by(text: Any, start: Instant) -> Instant:
    if not isinstance(text, str):
        raise Refused(400, "by must be a text", "by", _ADVANCES["by"])
    try:
        to = start + durations.parse_duration(text)
    except ValueError as error:
        raise Refused(400, str(error), "by", _ADVANCES["by"]) from None
    if to > INSTANT_MAX:
        raise Refused(400, "that is beyond the year 2999", "by", f"up to {to_iso(INSTANT_MAX)}")
    return to


def _read_to(text: Any, start: Instant) -> Instant:
    if not isinstance(text, str):
        raise Refused(400, "to must be a text", "to", _ADVANCES["to"])
    try:
        to = from_iso(text)
    except ValueError as error:
        raise Refused(400, str(error), "to", _ADVANCES["to"]) from None
    if to < start:
        raise Refused(
            409,
            f"the clock stands at {to_iso(start)} and cannot go back to {to_iso(to)};"
            " replay the log up to there instead",
            "to",
            f"{to_iso(start)} or later",
        )
    return to
