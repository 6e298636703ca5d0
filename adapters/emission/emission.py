"""All that a server delivers while it runs: a courier for each sink, begun and ended together."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.emission.courier import Courier
from vaultclock.adapters.emission.cursors import Cursors
from vaultclock.adapters.emission.sinks import Sink, sink_of
from vaultclock.adapters.emission.spec import Spec

_GRACE_SECONDS = 2.0  # how long what is under way may take to be delivered when the server ends


class Emission:
    """What is delivered of a simulation, and to where.

    With ``cursors_at``, a file keeps how far each sink has come; a sink that is not in there
    begins with what happens from now on. What an advance brings is left out unless
    ``during_advance``. Raises Unusable and BadCursors.
    """

    def __init__(
        self,
        simulation: Simulation,
        specs: Iterable[Spec],
        *,
        cursors_at: Path | None = None,
        during_advance: bool = False,
    ) -> None:
        self._simulation = simulation
        self.during_advance = during_advance
        self._sinks: dict[Spec, Sink] = {spec: sink_of(spec) for spec in specs}
        self._cursors = None if cursors_at is None else Cursors(cursors_at)
        self._couriers: list[Courier] = []
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to deliver, in the loop that runs."""
        self._couriers = [
            Courier(self._simulation, spec, sink, self._cursors, hears_advances=self.during_advance)
            for spec, sink in self._sinks.items()
        ]
        self._running = [asyncio.create_task(courier.run()) for courier in self._couriers]

    async def stop(self) -> None:
        """End: what is there is delivered first, if that does not take long."""
        for courier in self._couriers:
            courier.end()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_GRACE_SECONDS)
            for task in late:
                task.cancel()
        for sink in self._sinks.values():
            sink.close()
