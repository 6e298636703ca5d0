import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.snapshot.samples import (
    HERE,
    KEY,
    PROVENANCE,
    START,
    any_log,
    bytes_of,
    small_log,
    written,
)
from vaultclock.adapters.snapshot.codec import UnreadableLog, frames_of, pack, unpack
from vaultclock.adapters.snapshot.files import MAGIC, read_log, save, verify
from vaultclock.adapters.snapshot.recorded import Header, RecordedLog
from vaultclock.domain.features import Engine, replay
from vaultclock.domain.kernel.facts import Batch
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.resources.commands import DeregisterResource, RegisterResource
from vaultclock.domain.vaults.events import VaultCreated, VaultDeleted

layouts = pytest.mark.parametrize("compress", [True, False], ids=["blocks", "facts"])


def loaded(content: bytes, **options: bool) -> RecordedLog:
    return read_log(io.BytesIO(content), **options)


def fault_in(content: bytes, **options: bool) -> UnreadableLog:
    with pytest.raises(UnreadableLog) as caught:
        loaded(content, **options)
    return caught.value


def framed(*entries: Any, magic: bytes = MAGIC) -> bytes:
    packed = [pack(entry) for entry in entries]
    return magic + b"".join(struct.pack(">II", len(p), zlib.crc32(p)) + p for p in packed)


def entries_in(content: bytes) -> list[Any]:
    entries, offset = [], len(MAGIC)
    while offset < len(content):
        length, _ = struct.unpack_from(">II", content, offset)
        entries.append(unpack(content[offset + 8 : offset + 8 + length]))
        offset += 8 + length
    return entries


SMALL = entries_in(written(small_log(), compress=False))
HEADER, *FACTS, REST = SMALL
BLOCK = entries_in(written(small_log()))[1]


@layouts
def test_a_log_comes_back_as_it_was(compress: bool) -> None:
    log = small_log()
    copy = loaded(written(log, compress=compress))
    assert copy.origin == log.origin
    assert bytes_of(copy.read()) == bytes_of(replayed_causes(log))
    assert (copy.head(), copy.rested_at()) == (log.head(), log.rested_at())
    assert copy.header == Header(1, origin=log.origin, **PROVENANCE)


def replayed_causes(log: MemoryLog) -> Iterator[Batch]:
    copy = loaded(written(log))
    for batch, other in zip(log.read(), copy.read(), strict=True):
        yield attrs.evolve(batch, cause=other.cause)


@layouts
@given(any_log(), st.booleans())
def test_what_was_loaded_is_written_as_the_same_bytes(
    compress: bool, log: MemoryLog, trusted: bool
) -> None:
    content = written(log, compress=compress)
    copy = loaded(content, trusted=trusted)
    assert bytes_of(copy.read()) == bytes_of(log.read())
    assert (copy.origin, copy.rested_at()) == (log.origin, log.rested_at())
    assert written(copy, compress=compress) == content


@layouts
def test_an_empty_log_comes_back_empty(compress: bool) -> None:
    copy = loaded(written(MemoryLog(Origin(START)), compress=compress))
    assert (list(copy.read()), copy.head(), copy.rested_at()) == ([], 0, START)


def test_a_log_is_read_from_a_position_on() -> None:
    copy = loaded(written(small_log()))
    assert [batch.seq for batch in copy.read(2)] == [2, 3, 5]
    assert [batch.seq for batch in copy.read(4)] == [5], "a batch that began before is left out"
    assert list(copy.read(6)) == []


def test_a_log_is_read_by_many_at_once() -> None:
    copy = loaded(written(small_log(), compress=False))
    pairs = list(zip(copy.read(), copy.read(), strict=True))
    assert len(pairs) == 4
    assert all(one == other for one, other in pairs)


def test_a_log_may_stand_behind_something_else_in_its_file() -> None:
    file = io.BytesIO(b"before" + written(small_log()))
    file.seek(6)
    assert read_log(file).head() == 6


@layouts
def test_a_log_of_many_blocks_replays_into_the_same_world(compress: bool) -> None:
    engine = Engine(start=START)
    volumes = [f"arn:aws:ec2:us-east-1:123456789012:volume/vol-{n}" for n in range(1000)]
    for volume in volumes:
        engine.handle(RegisterResource(volume, tags={"a": "b"}), HERE)
    for volume in volumes[::2]:
        engine.handle(DeregisterResource(volume), HERE)
    engine.advance(START + 1)
    content = written(engine.log, compress=compress)
    assert len(entries_in(content)) == (2 + 2 if compress else engine.seq + 2)
    replica = replay(loaded(content))
    assert replica.rows() == engine.rows()
    assert replica.now == engine.now


def test_a_batch_may_reach_from_one_block_into_the_next() -> None:
    log = MemoryLog(Origin())
    facts = tuple(VaultDeleted(str(number)) for number in range(2500))
    log.append(Batch(0, 0, HERE, None, facts))
    content = written(log)
    assert [entry[1] for entry in entries_in(content)[1:-1]] == [1024, 1024, 452]
    assert list(loaded(content).read()) == list(log.read())


def test_large_facts_are_put_into_smaller_blocks() -> None:
    log = MemoryLog(Origin())
    facts = tuple(VaultDeleted("x" * 3_000_000) for _ in range(4))
    log.append(Batch(0, 0, HERE, None, facts))
    assert [entry[1] for entry in entries_in(written(log))[1:-1]] == [3, 1]


def test_blocks_and_single_facts_follow_each_other_in_any_order() -> None:
    first = framed(HEADER, BLOCK, *FACTS)
    assert "fact 0 stands where fact 6 should" in str(fault_in(first))
    later = Batch(6, START + 60_000, HERE, None, (VaultDeleted("one"),))
    extended = framed(HEADER, BLOCK, REST, *frames_of(later), ["rest", START + 60_001, 7])
    copy = loaded(extended)
    assert (copy.head(), copy.rested_at()) == (7, START + 60_001)
    assert written(copy, compress=False) == framed(
        HEADER, *FACTS, *frames_of(later), ["rest", START + 60_001, 7]
    )


@layouts
def test_a_log_torn_at_any_byte_is_told_from_a_damaged_one(compress: bool) -> None:
    content = written(small_log(), compress=compress)
    whole = list(loaded(content).read())
    ends = {0: 0, **{batch.seq + len(batch.facts): batch.at for batch in whole}}
    header_end = len(framed(HEADER))
    for size in range(len(content)):
        fault = fault_in(content[:size])
        assert fault.torn, (size, fault)
        assert fault.intact in ends
        assert fault.offset <= size
        if size < header_end:
            assert fault_in(content[:size], cut_torn_tail=True).torn
            continue
        copy = loaded(content[:size], cut_torn_tail=True)
        assert copy.head() == fault.intact
        assert list(copy.read()) == [batch for batch in whole if batch.seq < fault.intact]
        assert copy.rested_at() >= ends[fault.intact]


def test_a_torn_log_says_where_and_what_is_left() -> None:
    content = framed(HEADER, *FACTS[:4])
    offset = len(framed(HEADER, *FACTS[:3]))
    assert str(fault_in(content[:-1])) == (
        f"frame 4 at byte {offset}: the file stops inside this frame; the first 3 facts are intact"
    )
    end = len(content)
    assert str(fault_in(content)) == (
        f"frame 5 at byte {end}: the last batch has 1 of its 2 facts; the first 3 facts are intact"
    )
    assert "the log stops here, without its end" in str(fault_in(framed(HEADER, *FACTS)))


@layouts
def test_a_flipped_bit_anywhere_is_damage_that_no_option_accepts(compress: bool) -> None:
    content = written(small_log(), compress=compress)
    starts = [0, *_frame_starts(content)]
    for place in range(len(content)):
        for bit in range(8):
            damaged = bytearray(content)
            damaged[place] ^= 1 << bit
            fault = fault_in(bytes(damaged), cut_torn_tail=True, trusted=bool(bit % 2))
            assert not fault.torn, (place, bit, fault)
            assert fault.offset == max(start for start in starts if start <= place)
            assert fault.frame == max(starts.index(fault.offset) - 1, 0)


def _frame_starts(content: bytes) -> list[int]:
    starts, offset = [], len(MAGIC)
    while offset < len(content):
        starts.append(offset)
        offset += 8 + struct.unpack_from(">I", content, offset)[0]
    return starts


@given(st.data())
@settings(deadline=None)
def test_damage_of_many_bytes_is_never_taken_for_another_log(data: st.DataObject) -> None:
    content = written(small_log(), compress=data.draw(st.booleans()))
    start = data.draw(st.integers(0, len(content) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=12))
    damaged = content[:start] + noise + content[start + len(noise) :]
    if damaged != content:
        fault_in(damaged)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"hello, world", "this is not a log file (.vclog): it begins with b'hello, w'"),
        (b"hi", "this is not a log file (.vclog): it begins with b'hi'"),
        (b"SQLite format 3\0", "this is a store, which a server opens with --data"),
        (b'{"format": 1}', "this is a log as JSON lines, not a log file (.vclog)"),
        (b"\x89VCLOG\n\0", "this is a log whose line ends a copy has changed"),
        (MAGIC, "the log stops before its header"),
        (MAGIC[:4], "the log stops before its header"),
        (framed("header"), "the header: 'header' is not a map"),
        (framed({}), "the header: field 'format' is missing"),
        (framed({**HEADER, "model_hash": 1}), "the header: field 'model_hash': 1 is not str"),
        (
            framed({**HEADER, "origin": {"seed": "1"}}),
            "the header: field 'origin': field 'seed': '1' is not int",
        ),
        (
            framed({**HEADER, "format": 2, "program_version": "9.1", "new": 1}),
            "log format 2, written by vaultclock 9.1, is newer than format 1",
        ),
    ],
)
def test_what_is_no_log_of_ours_is_refused_in_clear_words(content: bytes, reason: str) -> None:
    assert reason in str(fault_in(content))


def block(**changes: Any) -> list[Any]:
    given = dict(zip(("codec", "facts", "size", "packed"), BLOCK, strict=True))
    return [*{**given, **changes}.values()]


BOMB = zlib.compress(bytes(10_000_000))


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([block(codec="zstd")], "no reader for a block compressed with 'zstd'"),
        ([block(facts="6")], "a block is not [zlib, facts, size, bytes]"),
        ([block(size=1 << 40)], "a block is not [zlib, facts, size, bytes]"),
        ([block(packed="text")], "a block is not [zlib, facts, size, bytes]"),
        ([block(packed=b"no zlib")], "the block can't be expanded"),
        ([block(size=5)], "the block does not expand to the 5 bytes that it says"),
        ([block(packed=BOMB)], f"the block does not expand to the {BLOCK[2]} bytes"),
        ([block(packed=BLOCK[3][:-1])], f"the block does not expand to the {BLOCK[2]} bytes"),
        ([block(facts=5)], "the block holds more than the 5 facts it says"),
        ([block(facts=7)], "the block holds fewer facts than the 7 it says"),
        (
            [["zlib", 1, 2, zlib.compress(b"\x00\xa5")]],
            "here should begin a batch, with its cause",
        ),
        (
            [["zlib", 0, 1, zlib.compress(b"\xa5")]],
            "the block holds more than the 0 facts it says",
        ),
        ([["zlib", 1, 1, zlib.compress(b"\xc1")]], "the block holds what is not msgpack"),
        ([FACTS[1]], "here should begin a batch, with its cause"),
        ([FACTS[0], FACTS[2]], "here should be fact 2 of the 2 in this batch"),
        ([FACTS[0], ["rest", START, 1]], "the end counts 1 facts, the log has 1 and whole are 0"),
        ([*FACTS, ["rest", START, 5]], "the end counts 5 facts, the log has 6 and whole are 6"),
        ([*FACTS, ["rest", START, 6]], f"instant {START} can't follow instant {START + 5000}"),
        ([*FACTS, ["rest", 1 << 60, 6]], "can't follow instant"),
        ([*FACTS, ["rest", "now", 6]], "a rest is not [rest, instant, facts]"),
        ([*FACTS, ["rest"]], "a rest is not [rest, instant, facts]"),
        ([[0, START - 1, *FACTS[0][2:]], FACTS[1]], "here should be fact 2 of the 2"),
        ([["rest", START + 9, 0], *FACTS], f"instant {START} can't follow instant {START + 9}"),
    ],
)
@pytest.mark.parametrize("trusted", [True, False])
def test_frames_that_say_what_can_not_be_are_refused(
    entries: list[Any], reason: str, trusted: bool
) -> None:
    fault = fault_in(framed(HEADER, *entries), trusted=trusted)
    assert fault.reason.startswith(reason) or reason in fault.reason
    assert not fault.torn


def test_a_batch_before_the_origin_is_refused() -> None:
    early = [0, START - 1, *FACTS[2][2:]]
    assert fault_in(framed(HEADER, early)).reason == (
        f"instant {START - 1} can't follow instant {START}"
    )


def test_a_fault_inside_a_block_names_the_fact() -> None:
    odd = [*FACTS[:2], [*FACTS[2][:4], 9, *FACTS[2][5:]]]
    raw = b"".join(map(pack, odd))
    content = framed(HEADER, ["zlib", 3, len(raw), zlib.compress(raw)])
    offset = len(framed(HEADER))
    assert str(fault_in(content)) == (
        f"frame 1 at byte {offset}, fact 3 in its block: no reader for tags-removed version 9; "
        "the first 2 facts are intact"
    )


def test_values_of_wrong_types_are_refused_unless_the_log_is_trusted() -> None:
    odd = [*FACTS[2]]
    odd[5] = {"arn": "a", "keys": [1]}
    content = framed(HEADER, [0, *odd[1:]], ["rest", START + 1, 1])
    assert fault_in(content).reason == "tags-removed: field 'keys': [0]: 1 is not str"
    assert loaded(content, trusted=True).head() == 1


@layouts
def test_a_check_of_a_good_log_counts_what_is_in_it(compress: bool) -> None:
    report = verify(io.BytesIO(written(small_log(), compress=compress)))
    assert report.fault is None
    assert report.header == Header(1, origin=small_log().origin, **PROVENANCE)
    assert report.frames == (3 if compress else 8)
    assert (report.facts, report.batches) == (6, 4)
    assert (report.first_at, report.last_at) == (START, START + 5000)
    assert report.rested_at == START + 60_000
    assert report.by_name == {
        "tags-removed": 1,
        "tags-set": 1,
        "vault-created": 2,
        "vault-deleted": 2,
    }


def test_a_check_of_a_bad_log_says_what_was_good_until_then() -> None:
    content = bytearray(written(small_log(), compress=False))
    offset = len(framed(HEADER, *FACTS[:3]))
    content[offset + 20] ^= 1
    report = verify(io.BytesIO(bytes(content)))
    assert report.fault is not None
    assert (report.fault.frame, report.fault.offset) == (4, offset)
    assert report.fault.reason == "the checksum does not fit: the frame is damaged"
    assert (report.frames, report.facts, report.batches) == (4, 3, 2)
    assert (report.first_at, report.last_at) == (START, START + 1)


def test_a_check_of_what_is_no_log_says_so() -> None:
    report = verify(io.BytesIO(b"no log"))
    assert report.header is None
    assert report.fault is not None


def test_a_log_is_saved_whole_under_its_name_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "world.vclog"
    save(small_log(), path, **PROVENANCE)
    assert path.read_bytes() == written(small_log())
    save(MemoryLog(Origin()), path, compress=False, **PROVENANCE)
    with path.open("rb") as file:
        assert read_log(file).head() == 0
    assert [*tmp_path.iterdir()] == [path]


class Failing(MemoryLog):
    def read(self, seq: int = 0) -> Iterator[Batch]:
        yield from super().read(seq)
        raise ZeroDivisionError


def test_a_save_that_fails_leaves_the_good_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "world.vclog"
    save(small_log(), path, **PROVENANCE)
    failing = Failing(Origin())
    failing.append(Batch(0, 0, HERE, None, (VaultCreated("one", KEY),)))
    with pytest.raises(ZeroDivisionError):
        save(failing, path, **PROVENANCE)
    assert path.read_bytes() == written(small_log())
    assert [*tmp_path.iterdir()] == [path]


def test_a_log_is_saved_through_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.vclog", tmp_path / "link.vclog"
    link.symlink_to(real)
    save(small_log(), link, **PROVENANCE)
    assert link.is_symlink()
    assert real.read_bytes() == written(small_log())


class Dribbling(io.BytesIO):
    """A file that gives less than it was asked for, as pipes and sockets do."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size, 3) if size else size)


def test_a_file_that_reads_in_small_pieces_reads_the_same() -> None:
    assert read_log(Dribbling(written(small_log()))).head() == 6
