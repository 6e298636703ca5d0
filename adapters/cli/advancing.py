"""An advance as whoever waits for it sees it: how far it is, and its end by Ctrl-C.

Moving the clock is the server's; a caller who leaves stops it.
"""

import shutil
import sys
import time
from typing import Any, TextIO

import attrs

from vaultclock.adapters.cli.asking import ask, not_vaultclock
from vaultclock.adapters.cli.failures import INTERRUPTED, OK, Failure
from vaultclock.domain.kernel.instants import Instant, from_iso, to_iso

_CLOCK = "/_vaultclock/clock"
_SUMMARY = ("from", "to", "facts", "by_name")  # what an answer says of an advance
_STOPPING_SECONDS = 0.05  # between two looks at a clock that is about to stop
_STOPPING_LOOKS_MAX = 100  # after which another's advance must be what moves it


def advance(endpoint: str, how: dict[str, str], *, shows_progress: bool) -> tuple[Any, int]:
    """Advance the server's clock; answer what it answers, and the exit code.

    Ctrl-C stops the clock where it has come to, and the server when it gives up to be idle; what
    happened up to there is answered then. Raises Failure when it is refused or no server answers.
    """
    begun = _look(endpoint)
    line = _ProgressLine(begun, sys.stderr) if shows_progress or sys.stderr.isatty() else None

    def show() -> None:
        assert line is not None
        try:
            line.show(_look(endpoint))
        except Failure:
            return  # the advance itself will say what is wrong

    try:
        path = f"{_CLOCK}/advance"
        return ask(endpoint, "POST", path, how, show if line is not None else None), OK
    except KeyboardInterrupt:
        pass
    except Failure as failure:
        if any(name not in failure.answer for name in _SUMMARY):
            raise
        print(f"vaultclock clock: {failure}", file=sys.stderr)
        return {name: failure.answer[name] for name in _SUMMARY}, failure.code
    finally:
        if line is not None:
            line.clear()
    return _stopped(endpoint, begun), INTERRUPTED


@attrs.frozen
class _Look:
    """Where a clock stood when it was looked at, and where it was going."""

    now: Instant
    seq: int
    is_advancing: bool
    to: Instant | None
    by_name: Any


def _look(endpoint: str, query: str = "") -> _Look:
    clock = ask(endpoint, "GET", _CLOCK + query)
    try:
        to = clock["advancing_to"]
        return _Look(
            now=from_iso(str(clock["now"])),
            seq=int(clock["seq"]),
            is_advancing=clock["status"] == "advancing",
            to=None if to is None else from_iso(str(to)),
            by_name=clock.get("by_name"),
        )
    except (KeyError, TypeError, ValueError):
        raise not_vaultclock(endpoint) from None


def _stopped(endpoint: str, begun: _Look) -> dict[str, Any]:
    """Wait until the server has noticed that its caller left, and sum up what happened."""
    for _ in range(_STOPPING_LOOKS_MAX):
        if not _look(endpoint).is_advancing:
            break
        time.sleep(_STOPPING_SECONDS)
    stopped = _look(endpoint, f"?since={begun.seq}")
    print(f"vaultclock clock: stopped at {to_iso(stopped.now)}", file=sys.stderr)
    return {
        "from": to_iso(begun.now),
        "to": to_iso(stopped.now),
        "facts": stopped.seq - begun.seq,
        "by_name": stopped.by_name,
    }


class _ProgressLine:
    """One line that is written over; nothing but text and carriage returns."""

    def __init__(self, begun: _Look, stream: TextIO) -> None:
        self._begun = begun
        self._stream = stream
        self._begun_at = time.monotonic()
        self._width = 0

    def show(self, look: _Look) -> None:
        """Say where the clock is, and how fast facts are stated."""
        facts = look.seq - self._begun.seq
        passed = time.monotonic() - self._begun_at
        line = f"{to_iso(look.now)}, {facts} facts, {facts / max(passed, 0.001):.0f} a second"
        if look.to is not None:
            line += f", to {to_iso(look.to)}"
        line = line[: shutil.get_terminal_size().columns - 1]  # what wraps can't be written over
        self._write(line.ljust(self._width))
        self._width = len(line)

    def clear(self) -> None:
        """Leave the line as it was found."""
        if self._width:
            self._write(" " * self._width + "\r")

    def _write(self, text: str) -> None:
        self._stream.write("\r" + text)
        self._stream.flush()
