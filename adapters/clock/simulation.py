"""A world on its clock: one engine, the log it keeps and the time that moves it. No wire here.

What is due has happened before a world is looked at, and what happened is in its store before
anyone is told.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from vaultclock.adapters.clock.advances import Advances
from vaultclock.adapters.clock.collector import collector_paused
from vaultclock.adapters.clock.counting import CountingLog
from vaultclock.adapters.clock.wall import WallClock
from vaultclock.adapters.store.errors import StoreError
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.engine import restore
from vaultclock.domain.kernel.facts import CLASS_OF, Scope
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import HOUR, SECOND, Instant
from vaultclock.domain.kernel.logs import Log, MemoryLog

Status = Literal["ready", "advancing", "failed"]

_STRIDE_SECONDS = 0.02  # of wall time: how long nobody is served while the clock is advanced
_CATCHING_UP_SECONDS = 0.1  # of wall time: how long a request waits for a clock that runs too fast
_log = logging.getLogger("vaultclock")


class Broken(Exception):
    """The world refuses to change, because what it decided could not be kept; the text says why."""


@runtime_checkable
class StoredLog(Log, Protocol):
    """A log that outlives the process. What was appended is kept, all or none, by ``commit``."""

    def commit(self) -> None:
        """Keep what was appended, and where the clock rests."""

    def clear(self, origin: Origin) -> None:
        """Forget everything and begin again at an origin."""

    def close(self) -> None:
        """Let go of the store."""


class Simulation:
    """One simulated world, its log and its clock.

    ``log`` may hold a past already, which is folded first. The clock goes on from where the log
    rested, at ``rate`` simulated seconds a second, 0 standing still: while nothing ran, no
    simulated time passed. ``seconds`` is the wall's clock, for tests to replace.

    The rate is an upper bound: when there is more to do than wall time allows, the clock falls
    behind rather than those who ask.
    """

    def __init__(
        self, log: Log, rate: float = 0, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._start = log.origin
        self._start_rate = rate
        self._closed = False
        self.is_ending = False
        # told, in this thread, whenever something was kept and when all ends; they only take note
        self.watchers: list[Callable[[], None]] = []
        engine = Engine(log=log)
        with collector_paused() if log.head() else contextlib.nullcontext():
            restore(engine)
        self._adopt(engine, rate)

    def _adopt(self, engine: Engine, rate: float) -> None:
        self.engine = engine
        self.clock = WallClock(engine.now, rate, self._seconds)
        self.failure: str | None = None
        self.advances = Advances()
        self.advancing = False
        self.advancing_to: Instant | None = None  # known unless the advance goes until idle
        self._store = engine.log if isinstance(engine.log, StoredLog) else None
        engine.log = self._counts = CountingLog(engine.log)
        self._kept: tuple[int, Instant] | None = (engine.seq, engine.now)

    @property
    def status(self) -> Status:
        """Whether the world is ready for commands."""
        if self.failure is not None:
            return "failed"
        return "advancing" if self.advancing else "ready"

    def settle(self) -> None:
        """Bring a running clock up to the wall's, and make happen what is due by then.

        A command may have made something due at its own instant, also while the clock is frozen.
        """
        if self.advancing or self.failure is not None:
            return
        now = self.engine.now
        to = max(now, self.clock.instant()) if self.clock.rate else now
        due = self.engine.next_due()
        if due is not None and due <= to:
            with self._writing():
                self._catch_up(to)
        elif to > now:
            try:
                self.engine.advance(to)
            except StoreError as error:
                raise self._break(error) from error

    def _catch_up(self, to: Instant) -> None:
        give_up_at = self._seconds() + _CATCHING_UP_SECONDS
        for _ in self._strides_to(to):
            if self._seconds() > give_up_at:
                self.clock.put(self.engine.now)
                return

    def change(self, command: Any, scope: Scope, caller: str | None = None) -> Sequence[Any]:
        """Decide a command now; answer its facts once they are kept.

        ``caller`` is the ARN of the principal that asks, by default the account's root. Raises
        Rejected when the answer is no, and Broken when the world changes no more.
        """
        with self._writing():
            facts = self.engine.handle(command, scope, caller)
        if facts:
            self.keep()
        return facts

    def change_all(self, asked: Iterable[tuple[Any, Scope]]) -> None:
        """Decide commands that are known to be accepted, and keep their facts together.

        Raises Broken as `change` does.
        """
        with self._writing():
            for command, scope in asked:
                self.engine.handle(command, scope)
        self.keep()

    def keep(self) -> None:
        """Write what happened, and where the clock rests, to the log's store if it has one.

        Whoever watches is told then. Raises Broken when it can't be written; nothing changes from
        then on.
        """
        stands = (self.engine.seq, self.engine.now)
        if self._store is not None and stands != self._kept:
            if self.failure is not None:
                raise Broken(self.failure)
            try:
                self._store.commit()
            except Exception as error:
                raise self._break(error) from error
            self._kept = stands
        for watcher in self.watchers:
            watcher()

    @contextlib.contextmanager
    def _writing(self) -> Generator[None]:
        """Stop the world for good when its log can't follow it, after a full disk or a bug."""
        if self.failure is not None:
            raise Broken(self.failure)
        try:
            yield
        except StoreError as error:
            raise self._break(error) from error
        finally:
            if self.engine.seq != self.engine.log.head():
                self.failure = "the log and the world differ since an internal error"

    def _break(self, error: Exception) -> Broken:
        self.failure = f"the log could not be written: {error}"
        _log.error("nothing changes any more: %s", self.failure)
        return Broken(self.failure)

    def strides(self, to: Instant) -> Generator[None]:
        """Advance to an instant, yielding between strides of the clock so that others are served.

        The end is the same however many strides there were. Whoever stops halfway leaves a world
        that is settled where its clock stands. Raises Broken as `change` does.
        """
        return self._moving(self._strides_to(to), to)

    def strides_until_idle(self, horizon: Instant, facts_max: int) -> Generator[None]:
        """Advance from one thing that happens to the next until nothing is left to happen.

        Stops at a horizon, or when about so many facts were stated. Else as `strides`.
        """
        return self._moving(self._strides_until_idle(horizon, self.engine.seq + facts_max), None)

    def _moving(self, strides: Generator[None], to: Instant | None) -> Generator[None]:
        assert not self.advancing, "one advance at a time"
        with self._writing():
            self.advancing, self.advancing_to = True, to
            self.advances.begin(self.engine.seq)
            try:
                yield from strides
            finally:
                self.advances.end(self.engine.seq)
                self.advancing, self.advancing_to = False, None
                self.clock.put(self.engine.now)

    def _strides_to(self, to: Instant) -> Generator[None]:
        engine, stride = self.engine, HOUR
        while (due := engine.next_due()) is not None and due <= to:
            begun_at = self._seconds()
            engine.advance(min(to, max(due, engine.now + stride)))
            self.keep()
            took = self._seconds() - begun_at
            stride = stride * 2 if took < _STRIDE_SECONDS / 2 else max(stride // 2, SECOND)
            yield
        engine.advance(max(to, engine.now))
        self.keep()

    def _strides_until_idle(self, horizon: Instant, seq_max: int) -> Generator[None]:
        engine = self.engine
        pause_at = self._seconds() + _STRIDE_SECONDS
        while (due := engine.next_due()) is not None and due <= horizon and engine.seq < seq_max:
            engine.advance(due)
            if self._seconds() > pause_at:
                self.keep()
                yield
                pause_at = self._seconds() + _STRIDE_SECONDS
        self.keep()

    def facts_since(self, seq: int) -> dict[str, int]:
        """Count the facts from a position on, by their stored names."""
        counted = self._counts.facts_since(seq)
        return {name: counted[kind] for name, kind in sorted(CLASS_OF.items()) if counted[kind]}

    def run(self, rate: float) -> None:
        """Let the clock run at a rate from where it stands; 0 freezes it there."""
        self.settle()
        self.clock.run_from(self.engine.now, rate)

    def reset(self) -> None:
        """Go back to the empty world, the origin and the clock that this began with.

        Raises Broken when it can't be kept.
        """
        self._replace(Engine(log=MemoryLog(self._start)), self._start_rate)

    def load(self, loaded: Engine) -> None:
        """Replace an empty world by one that was played; its clock is frozen where it stands.

        Raises Broken when it can't be kept.
        """
        assert self.engine.seq == 0, "only an empty world is replaced"
        self._replace(loaded, rate=0)

    def _replace(self, engine: Engine, rate: float) -> None:
        if self._store is not None:
            try:
                self._store.clear(engine.log.origin)
                for batch in engine.log.read():
                    self._store.append(batch)
                self._store.rest(engine.now)
            except StoreError as error:
                raise self._break(error) from error
            engine.log = self._store
        self._adopt(engine, rate)
        self._kept = None
        self.keep()

    def say_end(self) -> None:
        """Tell whoever watches that nobody will be served any more."""
        self.is_ending = True
        for watcher in [*self.watchers]:
            watcher()

    def close(self) -> None:
        """Keep what can be kept and let go of the store; closing twice is closing once."""
        if self._store is None or self._closed:
            return
        self._closed = True
        try:
            if self.failure is None:
                self.settle()
                self.keep()
        finally:
            self._store.close()
