r"""Log files (``.vclog``): frames with checksums, compressed or not; their content is the codec's.

A file is eight bytes of magic, then frames: ``length``, ``crc32`` (both 32 bits, big-endian),
then as many bytes of msgpack. What a frame is can be seen from its msgpack:

- the first frame is a map: the header;
- ``[seq, at, scope, name, version, payload(, cause)]`` is one fact;
- ``["zlib", facts, size, bytes]`` is a block: the named number of such facts one behind the
  other, ``size`` bytes of them when expanded. Blocks and single facts may follow each other in
  any order, so appending facts one by one and exporting in blocks write the same format, and a
  batch may reach from one frame into the next;
- ``["rest", at, facts]`` says where the clock rests. Whatever follows supersedes it, and a file
  that does not end in one was cut short, even where the cut fell between two frames.

The magic holds a byte that is no text, and the two line ends that careless copying changes. The
checksum is of the bytes alone: where a length is damaged so that the frame seems to reach past
the end of the file, a checksum that fits some shorter frame tells the damage from a torn tail.
"""

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Unpack

import msgpack

from vaultclock.adapters.snapshot.codec import (
    UNPACK_OPTIONS,
    UnreadableLog,
    encode_batch,
    pack,
    unpack,
)
from vaultclock.adapters.snapshot.recorded import (
    Header,
    Provenance,
    RecordedLog,
    Report,
    read_source,
    rest_entry,
    verify_source,
)
from vaultclock.domain.kernel.logs import Recording

MAGIC = b"\x89VCLOG\r\n"
_PREFIX = struct.Struct(">II")
_FRAME_MAX = 64 * 1024 * 1024  # bytes, before and after compression; a block has about 100 kB
_BLOCK_FACTS = 1024
_BLOCK_BYTES = 8 * 1024 * 1024
_CODEC = "zlib"
_SCAN_BYTES = 1024 * 1024  # how far to look for the true end of a frame whose length is damaged


def write_log(
    log: Recording, file: BinaryIO, *, compress: bool = True, **provenance: Unpack[Provenance]
) -> None:
    """Write a whole log; the same log and provenance give the same bytes."""
    file.write(MAGIC)
    _write_frame(file, pack(Header.of(log, **provenance).entry()))
    facts = (fact for batch in log.read() for fact in encode_batch(batch))
    for frame in _blocks(facts) if compress else facts:
        _write_frame(file, frame)
    _write_frame(file, pack(rest_entry(log.rested_at(), log.head())))


def _write_frame(file: BinaryIO, packed: bytes) -> None:
    file.write(_PREFIX.pack(len(packed), zlib.crc32(packed)))
    file.write(packed)


def _blocks(facts: Iterable[bytes]) -> Iterator[bytes]:
    gathered: list[bytes] = []
    size = 0
    for fact in facts:
        gathered.append(fact)
        size += len(fact)
        if len(gathered) == _BLOCK_FACTS or size >= _BLOCK_BYTES:
            yield _block(gathered, size)
            gathered, size = [], 0
    if gathered:
        yield _block(gathered, size)


def _block(facts: list[bytes], size: int) -> bytes:
    return pack([_CODEC, len(facts), size, zlib.compress(b"".join(facts))])


def save(
    log: Recording, path: Path, *, compress: bool = True, **provenance: Unpack[Provenance]
) -> None:
    """Write a log to a path: whole, or not at all, so that a good file is never spoilt.

    Raises OSError when the folder can't be written to.
    """
    path = path.resolve()
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            write_log(log, file, compress=compress, **provenance)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_log(file: BinaryIO, *, trusted: bool = False, cut_torn_tail: bool = False) -> RecordedLog:
    """Check the log that begins where a file stands, and answer it for reading.

    The file must be seekable and stay open as long as the log is read. Raises UnreadableLog that
    names frame and byte. A log that merely stops too early says so too, unless ``cut_torn_tail``
    drops what is not a whole batch. ``trusted`` skips the check of every value's type.
    """
    start = file.tell()
    return read_source(lambda: _Frames(file, start), trusted=trusted, cut_torn_tail=cut_torn_tail)


def verify(file: BinaryIO) -> Report:
    """Check the log that begins where a file stands, and report what is in it."""
    return verify_source(_Frames(file, file.tell()))


class _Frames:
    """One pass over a file's frames, blocks expanded; knows which frame it is in and where."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._start = start
        self._next = start
        self._fact: int | None = None
        self.frame = 0
        self.offset = 0

    def place(self) -> str:
        """Say which frame, and for a fact in a block, which."""
        fact = "" if self._fact is None else f", fact {self._fact} in its block"
        return f"frame {self.frame} at byte {self.offset}{fact}"

    def __iter__(self) -> Iterator[Any]:
        """Yield header, facts and rests as plain values."""
        self._read_magic()
        while (packed := self._read_frame()) is not None:
            entry = unpack(packed)
            if type(entry) is list and len(entry) == 4:  # noqa: PLR2004 - the shape of a block
                yield from self._expanded(*entry)
            else:
                yield entry
            self.frame += 1
        if self.frame == 0:
            raise UnreadableLog("the log stops before its header", torn=True)

    def _read_magic(self) -> None:
        found = self._read(len(MAGIC))
        if found == MAGIC:
            return
        if not found:
            raise UnreadableLog("the file is empty", torn=True)
        if MAGIC.startswith(found):
            raise UnreadableLog("the log stops before its header", torn=True)
        for beginning, what in _OTHER_FILES.items():
            if found.startswith(beginning):
                raise UnreadableLog(f"this is {what}, not a log file (.vclog)")
        raise UnreadableLog(f"this is not a log file (.vclog): it begins with {found!r}")

    def _read(self, size: int) -> bytes:
        """Read up to so many bytes behind the last ones; others may have moved the file."""
        self._file.seek(self._next)
        found = self._file.read(size)
        while 0 < len(found) < size and (more := self._file.read(size - len(found))):
            found += more
        self._next += len(found)
        return found

    def _read_frame(self) -> bytes | None:
        self.offset = self._next - self._start
        prefix = self._read(_PREFIX.size)
        if not prefix:
            return None
        if len(prefix) < _PREFIX.size:
            raise UnreadableLog("the file stops inside this frame", torn=True)
        length, crc = _PREFIX.unpack(prefix)
        if length > _FRAME_MAX:
            raise UnreadableLog(f"the frame's length, {length} bytes, is damaged")
        packed = self._read(length)
        if len(packed) < length:
            if _some_prefix_has(crc, packed):
                raise UnreadableLog(f"the frame's length, {length} bytes, is damaged")
            raise UnreadableLog("the file stops inside this frame", torn=True)
        if zlib.crc32(packed) != crc:
            raise UnreadableLog("the checksum does not fit: the frame is damaged")
        return packed

    def _expanded(self, codec: Any, facts: Any, size: Any, packed: Any) -> Iterator[Any]:
        expanded = _expand(codec, facts, size, packed)
        unpacker = msgpack.Unpacker(max_buffer_size=size, **UNPACK_OPTIONS)
        unpacker.feed(expanded)
        try:
            for self._fact in range(1, facts + 1):
                yield unpacker.unpack()
        except msgpack.OutOfData:
            raise UnreadableLog(f"the block holds fewer facts than the {facts} it says") from None
        except (ValueError, msgpack.UnpackException) as error:
            raise UnreadableLog(f"the block holds what is not msgpack ({error})") from None
        # asked here, because afterwards the unpacker counts half a value as read
        if unpacker.tell() != size:
            raise UnreadableLog(f"the block holds more than the {facts} facts it says")
        self._fact = None


# the beginnings of files that people may take for logs
_OTHER_FILES = {
    b"SQLite f": "a store, which a server opens with --data",
    b'{"format': "a log as JSON lines",
    MAGIC.replace(b"\r\n", b"\n"): "a log whose line ends a copy has changed",
}


def _some_prefix_has(crc: int, tail: bytes) -> bool:
    running = 0
    for position in range(min(len(tail), _SCAN_BYTES)):
        running = zlib.crc32(tail[position : position + 1], running)
        if running == crc:
            return True
    return False


def _expand(codec: Any, facts: Any, size: Any, packed: Any) -> bytes:
    if codec != _CODEC:
        raise UnreadableLog(f"no reader for a block compressed with {codec!r}")
    if (type(facts), type(size), type(packed)) != (int, int, bytes) or not 0 < size <= _FRAME_MAX:
        raise UnreadableLog("a block is not [zlib, facts, size, bytes]")
    expander = zlib.decompressobj()
    try:
        expanded = expander.decompress(packed, size)
    except zlib.error as error:
        raise UnreadableLog(f"the block can't be expanded ({error})") from None
    if (
        len(expanded) != size
        or expander.decompress(expander.unconsumed_tail, 1)
        or not expander.eof
    ):
        raise UnreadableLog(f"the block does not expand to the {size} bytes that it says")
    return expanded
