import io
import json
from typing import Any

import attrs
import pytest
from hypothesis import given

from tests.snapshot.samples import (
    HERE,
    KEY,
    PROVENANCE,
    START,
    VAULT,
    any_log,
    bytes_of,
    small_log,
    written,
)
from vaultclock.adapters.snapshot import jsonl
from vaultclock.adapters.snapshot.codec import UnreadableLog
from vaultclock.adapters.snapshot.files import read_log
from vaultclock.adapters.snapshot.jsonl import lines_of, read_jsonl, verify_jsonl, write_jsonl
from vaultclock.adapters.snapshot.recorded import RecordedLog
from vaultclock.domain.kernel.facts import Batch, RecordedCommand
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.logs import MemoryLog, Recording
from vaultclock.domain.vaults.events import VaultCreated, VaultDeleted


def as_lines(log: Recording) -> bytes:
    file = io.BytesIO()
    write_jsonl(log, file, **PROVENANCE)
    return file.getvalue()


def loaded(content: bytes, **options: bool) -> RecordedLog:
    return read_jsonl(io.BytesIO(content), **options)


def fault_in(content: bytes, **options: bool) -> UnreadableLog:
    with pytest.raises(UnreadableLog) as caught:
        loaded(content, **options)
    return caught.value


SMALL = as_lines(small_log())
LINES = SMALL.splitlines(keepends=True)


def test_lines_can_be_read_and_compared_by_a_person() -> None:
    log = MemoryLog(Origin(START, seed=7))
    facts = (VaultCreated("é", KEY), VaultDeleted("é"))
    log.append(Batch(0, START + 1, HERE, RecordedCommand("x", {"start_at": START}), facts))
    log.rest(START + 1000)
    assert as_lines(log).decode() == (
        '{"format": 1, "program_version": "0.1.0", '
        '"model_hash": "abc", "tzdata_version": "2026a", '
        '"origin": {"start_at": "2026-01-01T00:00:00Z", "seed": 7, "job_seconds": 3, '
        '"deletion_lag_hours": 8}}\n'
        '{"seq": 0, "at": "2026-01-01T00:00:00.001Z", "account": "123456789012", '
        '"region": "us-east-1", "fact": "vault-created", "version": 1, '
        f'"fields": {{"name": "é", "encryption_key_arn": "{KEY}"}}, '
        '"cause": {"command": "x", "fields": {"start_at": "2026-01-01T00:00:00Z"}, "facts": 2}}\n'
        '{"seq": 1, "at": "2026-01-01T00:00:00.001Z", "account": "123456789012", '
        '"region": "us-east-1", "fact": "vault-deleted", "version": 1, "fields": {"name": "é"}}\n'
        '{"rests_at": "2026-01-01T00:00:01Z", "facts": 2}\n'
    )


@given(any_log())
def test_nothing_is_lost_on_the_way_to_lines_and_back(log: MemoryLog) -> None:
    content = written(log)
    lines = as_lines(read_log(io.BytesIO(content)))
    copy = loaded(lines)
    assert written(copy) == content
    assert written(copy, compress=False) == written(log, compress=False)
    assert as_lines(copy) == lines


def test_a_log_read_from_lines_is_a_log_like_any_other() -> None:
    copy = loaded(SMALL)
    assert bytes_of(copy.read()) == bytes_of(read_log(io.BytesIO(written(small_log()))).read())
    assert (copy.head(), copy.rested_at()) == (6, START + 60_000)
    assert [batch.seq for batch in copy.read(3)] == [3, 5]
    assert copy.header.provenance == PROVENANCE


@pytest.mark.parametrize(
    "value", ["2026-01-01T00:00:00Z", "soon", {"plain": 1}, {"a": 1}, -1, 1 << 60, None, [1], 1.5]
)
def test_anything_in_a_field_for_instants_comes_back_as_it_was(value: Any) -> None:
    log = MemoryLog(Origin())
    cause = RecordedCommand("x", {"at": value, "seen_at": value, "tags": {"at": "2026-01-01"}})
    log.append(Batch(0, 0, HERE, cause, (VaultDeleted("one"),)))
    [batch] = loaded(as_lines(log)).read()
    assert batch.cause == cause


def test_a_part_of_a_log_can_be_written_without_its_ends() -> None:
    *_, last = small_log().read()
    [line] = lines_of(last)
    assert line in SMALL.splitlines(keepends=True)


def test_a_person_may_write_instants_shorter_and_drop_the_last_line_end() -> None:
    edited = SMALL.replace(b'"2026-01-01T00:00:00Z"', b'"2026-01-01"').removesuffix(b"\n")
    assert written(loaded(edited)) == written(small_log())


FACT = json.loads(LINES[4])


def fact_line(**changes: Any) -> bytes:
    given = {**FACT, **changes}
    return json.dumps({k: v for k, v in given.items() if v is not ...}).encode() + b"\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"nonsense\n", "not JSON"),
        (b"\xff\n", "not JSON"),
        (b"[" * 100_000 + b"\n", "not JSON"),
        (b"{}\n", "field 'seq' is missing"),
        (b"[]\n", "[] is not a map"),
        (b"\n", "not JSON"),
        (fact_line(at=5), "field 'at': 5 is not str"),
        (fact_line(at="soon"), "'soon' is not an ISO 8601 instant"),
        (fact_line(seq="3"), "field 'seq': '3' is not int"),
        (fact_line(seq=4), "fact 4 stands where fact 3 should"),
        (fact_line(colour="red"), "unknown field 'colour'"),
        (fact_line(fact="vault-painted"), "no reader for vault-painted version 1"),
        (fact_line(version=9), "no reader for vault-created version 9"),
        (fact_line(fields={**FACT["fields"], "name": 1}), "vault-created: field 'name': 1 is not"),
        (
            fact_line(fields={"name": 1 << 64}),
            "field 'fields': 'name': 18446744073709551616 is not",
        ),
        (fact_line(fields={"name": "\ud800"}), "surrogates not allowed"),
        (fact_line(fields={"name": float("nan")}), "field 'fields': 'name': nan is not"),
        (fact_line(cause=...), "here should begin a batch, with its cause"),
        (fact_line(cause={"command": "x"}), "field 'cause': field 'fields' is missing"),
        (fact_line(cause={**FACT["cause"], "region": None}), "the cause of the batch is not"),
        (b'{"rests_at": "2026-01-02", "facts": 2}\n', "the end counts 2 facts, the log has 3"),
        (b'{"rests_at": "2026-01-02"}\n', "field 'facts' is missing"),
        (b'{"rests_at": 5, "facts": 3}\n', "field 'rests_at': 5 is not str"),
    ],
)
def test_a_bad_line_is_named_by_its_number(line: bytes, reason: str) -> None:
    fault = fault_in(b"".join([*LINES[:4], line, *LINES[5:]]))
    assert str(fault).startswith("line 5: ")
    assert reason in fault.reason
    assert str(fault).endswith("; the first 3 facts are intact")
    assert not fault.torn
    assert fault.offset == len(b"".join(LINES[:4]))


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"{}\n", "the header: field 'format' is missing"),
        (b'"text"\n', "the header: 'text' is not a map"),
        (
            LINES[0].replace(b'"seed"', b'"sead"'),
            "the header: field 'origin': unknown field 'sead'",
        ),
        (LINES[0].replace(b"2026-01-01", b"2026-13-01"), "month must be in 1..12"),
        (LINES[0].replace(b'"format": 1', b'"format": 2'), "is newer than format 1"),
    ],
)
def test_a_bad_header_is_named_too(header: bytes, reason: str) -> None:
    fault = fault_in(b"".join([header, *LINES[1:]]))
    assert str(fault).startswith("line 1: ")
    assert reason in fault.reason


def test_an_empty_file_is_no_log() -> None:
    assert "the file is empty" in str(fault_in(b"", cut_torn_tail=True))


def test_lines_torn_at_any_byte_are_told_from_damaged_ones() -> None:
    whole = list(loaded(SMALL).read())
    for size in range(len(SMALL) - 1):  # the last line end is not missed
        fault = fault_in(SMALL[:size])
        assert fault.torn, (size, fault)
        if size < len(LINES[0]) - 1:
            assert fault_in(SMALL[:size], cut_torn_tail=True).torn
            continue
        copy = loaded(SMALL[:size], cut_torn_tail=True)
        assert copy.head() == fault.intact
        assert list(copy.read()) == [batch for batch in whole if batch.seq < fault.intact]


def test_a_line_without_end_is_not_read_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "_LINE_MAX", len(LINES[0]) + 1)
    long = b"[" + b" " * 1000
    assert fault_in(LINES[0] + long).reason == f"this line is longer than {len(LINES[0]) + 1} bytes"


def test_a_missing_line_is_found() -> None:
    for missing in range(len(LINES)):
        assert fault_in(b"".join([*LINES[:missing], *LINES[missing + 1 :]]))


def test_a_check_counts_what_is_in_the_lines() -> None:
    report = verify_jsonl(io.BytesIO(SMALL))
    assert report.fault is None
    assert (report.frames, report.facts, report.batches) == (8, 6, 4)
    assert attrs.asdict(report)["by_name"]["vault-created"] == 2
    assert VAULT in SMALL.decode()
