"""Logs as lines of JSON that a person can read, search and compare; nothing is lost either way.

The first line is the header, then comes one line a fact, and the last line says where the clock
rests. Instants are written as ISO 8601 wherever a field's name ends in ``_at`` (and ``at``
itself), the cause stands on the first fact of its batch. Everything else is as the codec has it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, TypeVar, Unpack

import attrs

from vaultclock.adapters.snapshot.codec import (
    Frame,
    UnreadableLog,
    frames_of,
    pack,
    structure,
    unpack,
)
from vaultclock.adapters.snapshot.recorded import (
    Header,
    OnePass,
    Provenance,
    RecordedLog,
    Report,
    read_source,
    rest_entry,
    verify_source,
)
from vaultclock.adapters.snapshot.shapes import check_of
from vaultclock.domain.kernel.facts import Batch
from vaultclock.domain.kernel.instants import INSTANT_MAX, INSTANT_MIN, from_iso, to_iso
from vaultclock.domain.kernel.logs import Recording

T = TypeVar("T")
_LINE_MAX = 64 * 1024 * 1024


def write_jsonl(log: Recording, file: BinaryIO, **provenance: Unpack[Provenance]) -> None:
    """Write a whole log as JSON lines; the same log and provenance give the same bytes."""
    header = Header.of(log, **provenance).entry()
    file.write(_line({**_with_iso(header), "origin": _with_iso(header["origin"])}))
    for batch in log.read():
        file.writelines(lines_of(batch))
    _, at, facts = rest_entry(log.rested_at(), log.head())
    file.write(_line({"rests_at": to_iso(at), "facts": facts}))


def lines_of(batch: Batch) -> Iterator[bytes]:
    """Write a batch as lines of its own, as for a part of a log that is only to be looked at."""
    return (_line(_fact_object(frame)) for frame in frames_of(batch))


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def _with_iso(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _iso(value) if _is_instant(name) else value for name, value in fields.items()}


def _is_instant(name: str) -> bool:
    return name == "at" or name.endswith("_at")


def _iso(value: Any) -> Any:
    if type(value) is int and INSTANT_MIN <= value <= INSTANT_MAX:
        return to_iso(value)
    # a cause may be what anybody wrote: text of its own must not come back as an instant
    return {"plain": value} if type(value) in (str, dict) else value


def _fact_object(frame: Frame) -> dict[str, Any]:
    seq, at, (account, region), name, version, payload, *cause = frame
    stated = {"seq": seq, "at": to_iso(at), "account": account, "region": region}
    fact = {"fact": name, "version": version, "fields": _with_iso(payload)}
    return {**stated, **fact, **_cause_object(*cause)}


def _cause_object(cause: list[Any] | None = None) -> dict[str, Any]:
    if cause is None:
        return {}
    command, fields, facts, *asked = cause
    scope = [dict(zip(("account", "region"), scope, strict=True)) for scope in asked]
    named = {"command": command, "fields": _with_iso(fields), "facts": facts}
    return {"cause": {**named, **(scope[0] if scope else {})}}


def read_jsonl(
    file: BinaryIO, *, trusted: bool = False, cut_torn_tail: bool = False
) -> RecordedLog:
    """Check the JSON lines that begin where a file stands, and answer them as a log for reading.

    The file must be seekable and stay open as long as the log is read. Raises UnreadableLog that
    names the line. ``trusted`` and ``cut_torn_tail`` are those of `files.read_log`.
    """
    start = file.tell()
    return read_source(lambda: _Lines(file, start), trusted=trusted, cut_torn_tail=cut_torn_tail)


def stream_jsonl(file: BinaryIO, *, cut_torn_tail: bool = False) -> OnePass:
    """Answer the JSON lines that begin where a file stands for one reading that checks."""
    return OnePass(_Lines(file, file.tell()), trusted=False, cut_torn_tail=cut_torn_tail)


def verify_jsonl(file: BinaryIO) -> Report:
    """Check the JSON lines that begin where a file stands, and report what is in them."""
    return verify_source(_Lines(file, file.tell()))


class _Lines:
    """One pass over a file's lines as entries; ``frame`` counts lines from 0, as frames are."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._start = start
        self._next = start
        self.frame = 0
        self.offset = 0

    def place(self) -> str:
        """Say which line, as editors count."""
        return f"line {self.frame + 1}"

    def __iter__(self) -> Iterator[Any]:
        """Yield header, facts and rests as plain values."""
        while line := self._read_line():
            yield _entry(_json(line), is_header=self.frame == 0)
            self.frame += 1
        if self.frame == 0:
            raise UnreadableLog("the file is empty", torn=True)

    def _read_line(self) -> bytes:
        self._file.seek(self._next)
        self.offset = self._next - self._start
        line = self._file.readline(_LINE_MAX)
        self._next += len(line)
        if len(line) == _LINE_MAX:
            raise UnreadableLog(f"this line is longer than {_LINE_MAX} bytes")
        return line


def _json(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        # a whole object needs no line end behind it; half of one is a torn tail
        raise UnreadableLog(f"not JSON ({error})", torn=not line.endswith(b"\n")) from None


@attrs.frozen
class _RestLine:
    rests_at: str
    facts: int


@attrs.frozen
class _CauseLine:
    command: str | None
    fields: Mapping[str, Any]
    facts: int
    account: str | None = None
    region: str | None = None

    def values(self) -> list[Any]:
        scope = [] if self.account is None else [[self.account, self.region]]
        return [self.command, _from_iso(self.fields), self.facts, *scope]


@attrs.frozen
class _FactLine:
    seq: int
    at: str
    account: str
    region: str
    fact: str
    version: int
    fields: Mapping[str, Any]
    cause: _CauseLine | None = None

    def values(self) -> Frame:
        scope = [self.account, self.region]
        fact = [self.fact, self.version, _from_iso(self.fields)]
        cause = [] if self.cause is None else [self.cause.values()]
        return [self.seq, from_iso(self.at), scope, *fact, *cause]


def _entry(value: Any, *, is_header: bool) -> Any:
    try:
        if is_header:
            return _header(value)
        if type(value) is dict and "rests_at" in value:
            rest = _checked(_RestLine, value)
            return rest_entry(from_iso(rest.rests_at), rest.facts)
        fact = _checked(_FactLine, value)
        return unpack(pack(fact.values()))  # JSON has text that msgpack refuses
    except ValueError as error:
        raise UnreadableLog(str(error)) from None


def _header(value: Any) -> Any:
    if type(value) is dict and type(value.get("origin")) is dict:
        return {**_from_iso(value), "origin": _from_iso(value["origin"])}
    return value


def _checked(cls: type[T], value: Any) -> T:
    if complaint := check_of(cls)(value):
        raise UnreadableLog(complaint)
    return structure(value, cls)


def _from_iso(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _instant(value) if _is_instant(name) else value for name, value in fields.items()}


def _instant(value: Any) -> Any:
    if type(value) is dict:
        return value["plain"] if value.keys() == {"plain"} else value
    return from_iso(value) if type(value) is str else value
