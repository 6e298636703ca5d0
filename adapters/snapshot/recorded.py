"""Recorded logs as anyone reads them, whatever file they are in: header, walk, report.

How a file is laid out is the business of its own module (files, jsonl), which says it as a
`Source`: entries of plain values, the first of which is the header, then frames of facts as the
codec knows them, and at the end ``["rest", at, facts]``: where the clock rests, and how many
facts there are. A rest is superseded by whatever follows it; a log that does not end in one was
cut short.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, Self, TypedDict, Unpack

import attrs

from vaultclock.adapters.snapshot.codec import Frame, Reader, UnreadableLog, decode, structure
from vaultclock.adapters.snapshot.shapes import check_of
from vaultclock.domain.kernel.facts import FORM_OF, Batch
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import INSTANT_MAX, Instant
from vaultclock.domain.kernel.logs import Recording

FORMAT = 1
REST = "rest"


class Provenance(TypedDict):
    """What a header says of the program that wrote the log."""

    program_version: str
    model_hash: str
    tzdata_version: str


@attrs.frozen
class Header:
    """What stands at the head of a recorded log.

    ``model_hash`` and ``tzdata_version`` name the service model and the time zone rules that the
    writing program worked with. Nothing is of the real world's time: the same world, written
    twice, gives the same bytes. When the world was created is in its ``origin``.
    """

    format: int
    program_version: str
    model_hash: str
    tzdata_version: str
    origin: Origin

    @classmethod
    def of(cls, log: Recording, **provenance: Unpack[Provenance]) -> Self:
        """Make the header of a log that is to be written."""
        return cls(FORMAT, origin=log.origin, **provenance)

    @property
    def provenance(self) -> Provenance:
        """Who wrote the log, as the writing functions take it."""
        return Provenance(
            program_version=self.program_version,
            model_hash=self.model_hash,
            tzdata_version=self.tzdata_version,
        )

    def entry(self) -> dict[str, Any]:
        """Write the header as the first entry of a source."""
        return attrs.asdict(self)

    @classmethod
    def read(cls, entry: Any) -> Self:
        """Read the first entry of a source; raises UnreadableLog."""
        newer = type(entry) is dict and entry.get("format")
        if type(newer) is int and newer > FORMAT:
            by = entry.get("program_version")
            raise UnreadableLog(
                f"log format {newer}, written by vaultclock {by}, is newer than format {FORMAT}, "
                "the newest this program reads: upgrade vaultclock"
            )
        if complaint := check_of(cls)(entry):
            raise UnreadableLog(f"the header: {complaint}")
        return structure(entry, cls)


def rest_entry(at: Instant, facts: int) -> list[Any]:
    """Write where the clock rests as the last entry of a source."""
    return [REST, at, facts]


class Source(Protocol):
    """One pass over the entries of a file; iterating raises UnreadableLog, if only for no header.

    ``frame`` and ``offset`` are where the entry stands that was yielded last, or the end.
    """

    frame: int
    offset: int

    def __iter__(self) -> Iterator[Any]:
        """Yield the entries in order."""

    def place(self) -> str:
        """Say in words where the reading is."""


class Walk:
    """One pass over a source, checking as it goes: where it is and what it has seen.

    ``facts`` and ``batches`` count what was whole; ``rested_at`` is where the clock stood then.
    """

    def __init__(self, source: Source, *, trusted: bool) -> None:
        self.source = source
        self.facts = 0
        self.batches = 0
        self._entries = iter(source)
        self._reader = Reader(trusted=trusted)
        self._pulled = 0
        self._ended = False
        try:
            self.header = Header.read(next(self._entries))
        except UnreadableLog as fault:
            raise self._placed(fault) from None
        self.rested_at = self.header.origin.start_at

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches in order; raises UnreadableLog that says where."""
        try:
            for batch in decode(self._fact_frames(), self._reader):
                self._move_to(batch.at)
                self.facts += len(batch.facts)
                self.batches += 1
                yield batch
            self._check_end()
        except UnreadableLog as fault:
            raise self._placed(fault) from None

    def _check_end(self) -> None:
        if not self._ended:
            raise UnreadableLog("the log stops here, without its end", torn=True)

    def _fact_frames(self) -> Iterator[Frame]:
        for entry in self._entries:
            self._ended = type(entry) is list and len(entry) > 0 and entry[0] == REST
            if self._ended:
                self._rest(entry)
            else:
                self._pulled += 1
                yield entry

    def _rest(self, entry: list[Any]) -> None:
        if [*map(type, entry)] != [str, int, int]:
            raise UnreadableLog("a rest is not [rest, instant, facts]")
        _, at, facts = entry
        if not facts == self.facts == self._pulled:
            raise UnreadableLog(
                f"the end counts {facts} facts, the log has {self._pulled} "
                f"and whole are {self.facts}"
            )
        self._move_to(at)

    def _move_to(self, at: Instant) -> None:
        if not self.rested_at <= at <= INSTANT_MAX:
            raise UnreadableLog(f"instant {at} can't follow instant {self.rested_at}")
        self.rested_at = at

    def _placed(self, fault: UnreadableLog) -> UnreadableLog:
        return UnreadableLog(
            fault.reason,
            torn=fault.torn,
            place=self.source.place(),
            intact=self.facts,
            frame=self.source.frame,
            offset=self.source.offset,
        )


class RecordedLog:
    """A log in a file, to be read as often as wanted; it is never held in memory whole."""

    def __init__(self, walk: Walk, reopened: Callable[[], Source]) -> None:
        self.header = walk.header
        self.origin = walk.header.origin
        self._head = walk.facts
        self._rested_at = walk.rested_at
        self._reopened = reopened

    def read(self, seq: int = 0) -> Iterator[Batch]:
        """Read the batches whose first fact is at ``seq`` or later, oldest first."""
        walk = iter(Walk(self._reopened(), trusted=True))
        position = 0
        while position < self._head:
            batch = next(walk)
            position += len(batch.facts)
            if batch.seq >= seq:
                yield batch

    def head(self) -> int:
        """Answer how many facts there are."""
        return self._head

    def rested_at(self) -> Instant:
        """Answer where the clock stood last."""
        return self._rested_at


def read_source(
    reopened: Callable[[], Source], *, trusted: bool, cut_torn_tail: bool
) -> RecordedLog:
    """Check a whole log once, and answer it for reading; raises UnreadableLog."""
    walk = Walk(reopened(), trusted=trusted)
    try:
        for _ in walk:
            pass
    except UnreadableLog as fault:
        if not (fault.torn and cut_torn_tail):
            raise
    return RecordedLog(walk, reopened)


class OnePass:
    """A log that is checked while it is read, once: for who throws away what a fault left half.

    Where it ends is known when it was read to its end. ``trusted`` and ``cut_torn_tail`` are
    those of `read_source`.
    """

    def __init__(self, source: Source, *, trusted: bool, cut_torn_tail: bool) -> None:
        self._walk = Walk(source, trusted=trusted)
        self._cut_torn_tail = cut_torn_tail
        self.origin = self._walk.header.origin

    def read(self, seq: int = 0) -> Iterator[Batch]:
        """Read the batches, oldest first; raises UnreadableLog that says where."""
        assert seq == self.head() == 0, "one pass, from the beginning"
        try:
            yield from self._walk
        except UnreadableLog as fault:
            if not (fault.torn and self._cut_torn_tail):
                raise

    def head(self) -> int:
        """Answer how many facts were read."""
        return self._walk.facts

    def rested_at(self) -> Instant:
        """Answer where the clock stood last, as far as was read."""
        return self._walk.rested_at


@attrs.frozen
class Report:
    """What a check of a whole log found: all counts stop at the first fault."""

    header: Header | None
    frames: int
    facts: int
    batches: int
    first_at: Instant | None
    last_at: Instant | None
    rested_at: Instant | None
    by_name: Mapping[str, int]
    fault: UnreadableLog | None


def verify_source(source: Source) -> Report:
    """Check a log as one that anybody may have written; a fault is reported, never raised."""
    try:
        walk = Walk(source, trusted=False)
    except UnreadableLog as fault:
        return Report(None, 0, 0, 0, None, None, None, {}, fault)
    by_name: Counter[str] = Counter()
    first_at = last_at = found = None
    try:
        for batch in walk:
            first_at, last_at = batch.at if first_at is None else first_at, batch.at
            by_name.update(FORM_OF[type(stated.fact)][0] for stated in batch.recorded())
    except UnreadableLog as fault:
        found = fault
    return Report(
        walk.header,
        source.frame,
        walk.facts,
        walk.batches,
        first_at,
        last_at,
        walk.rested_at,
        dict(sorted(by_name.items())),
        found,
    )
