"""How far each sink has come: a small file beside a world's store. Nothing is delivered here."""

import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from vaultclock.adapters.clock.advances import Stretch
from vaultclock.adapters.emission.spec import Spec
from vaultclock.domain.kernel.ids import Origin

_FORMAT = 1


class BadCursors(Exception):
    """The file can't be read, or is another's; the text says what to do about it."""


@attrs.frozen
class Cursor:
    """Where a sink goes on, and the stretches behind it that advances brought."""

    seq: int
    advances: Sequence[Stretch] = ()


class Cursors:
    """The cursors of one world's sinks, written whenever one of them moves.

    Any thread may use it. Raises BadCursors.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            self._sinks = _read(path)
        except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
            raise BadCursors(
                f"{path} can't be read as cursors ({error}): move it away, or name another file"
            ) from None

    def of(self, spec: Spec, origin: Origin, head: int) -> Cursor | None:
        """Answer where a sink goes on in the log of a world; None where it has not begun.

        It has not, in a log of another origin than when it was noted, or behind this one's end.
        """
        sink = self._sinks.get(key_of(spec))
        if sink is None or sink["origin"] != attrs.asdict(origin) or sink["seq"] > head:
            return None
        return Cursor(sink["seq"], [(start, end) for start, end in sink["advances"]])

    def put(self, spec: Spec, origin: Origin, cursor: Cursor) -> None:
        """Note how far a sink has come. Raises OSError; the file is then what it was."""
        sink = {
            "name": spec.name,
            "origin": attrs.asdict(origin),
            "seq": cursor.seq,
            "advances": cursor.advances,
        }
        with self._lock:
            self._sinks[key_of(spec)] = sink
            whole = {"format": _FORMAT, "sinks": self._sinks}
            beside = self._path.with_name(f"{self._path.name}.new")
            beside.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
            beside.replace(self._path)


def key_of(spec: Spec) -> str:
    """Tell sinks apart in the file, where no secret stands."""
    return hashlib.sha256(f"{spec.kind}:{spec.target}".encode()).hexdigest()[:16]


def _read(path: Path) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    read = json.loads(path.read_text("utf-8"))
    if read["format"] != _FORMAT:
        raise ValueError(f"format {read['format']!r} is not {_FORMAT}")
    sinks: dict[str, dict[str, Any]] = dict(read["sinks"])
    for sink in sinks.values():
        named = isinstance(sink["name"], str) and isinstance(sink["origin"], dict)
        placed = type(sink["seq"]) is int and all(_is_stretch(s) for s in sink["advances"])
        if not named or not placed:
            raise ValueError("a cursor is no position")
    return sinks


def _is_stretch(stretch: Any) -> bool:
    start, end = stretch
    return type(start) is int and type(end) is int
