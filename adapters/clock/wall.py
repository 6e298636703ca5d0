"""The one reader of the machine's clock: wall time becomes simulated instants, or stands still.

What happens at those instants is the simulation's business.
"""

import time
from collections.abc import Callable
from typing import Literal

from vaultclock.domain.kernel.instants import INSTANT_MAX, SECOND, Instant

Mode = Literal["frozen", "running"]
RATE_MAX = 1e9  # simulated seconds a second: about 32 years


class WallClock:
    """Where simulated time stands: frozen at an instant, or running at a rate from one.

    A rate is how many simulated seconds one second of wall time is; 0 stands still. ``seconds``
    answers seconds that never go back, since anything; the time a machine sleeps need not count.
    """

    def __init__(
        self, at: Instant, rate: float = 0, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self.run_from(at, rate)

    @property
    def rate(self) -> float:
        """Simulated seconds a second; 0 when frozen."""
        return self._rate

    @property
    def mode(self) -> Mode:
        """Whether it moves by itself."""
        return "running" if self._rate else "frozen"

    def run_from(self, at: Instant, rate: float) -> None:
        """Stand at an instant now, and go on from it at a rate; 0 freezes it there."""
        assert 0 <= rate <= RATE_MAX, rate
        self._rate = rate
        self._anchor = at
        self._anchored_at = self._seconds()

    def put(self, at: Instant) -> None:
        """Stand at an instant now; the rate stays."""
        self.run_from(at, self._rate)

    def instant(self) -> Instant:
        """Answer where simulated time stands now, at most at the end of the year 2999."""
        if not self._rate:
            return self._anchor
        passed = (self._seconds() - self._anchored_at) * self._rate
        return min(self._anchor + int(passed * SECOND), INSTANT_MAX)


def wall_instant() -> Instant:
    """Answer the instant it is outside, in whole seconds: where a new world starts by default."""
    return int(time.time()) * SECOND
