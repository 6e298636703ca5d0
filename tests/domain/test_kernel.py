"""The kernel without its engine: instants, ids, arns, facts, logs, pages and tables."""

import json
import uuid
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultclock.domain.kernel.arns import Arn, parse_arn
from vaultclock.domain.kernel.changes import changer
from vaultclock.domain.kernel.facts import (
    CLASS_OF,
    FORM_OF,
    Batch,
    Elsewhere,
    Recorded,
    RecordedCommand,
    Scope,
    command_name,
    fact,
)
from vaultclock.domain.kernel.ids import Origin, namespace_of, uuid5, uuid_text, version_id
from vaultclock.domain.kernel.instants import (
    DAY,
    INSTANT_MAX,
    INSTANT_MIN,
    SECOND,
    compact,
    from_iso,
    to_iso,
)
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.kernel.pages import read_token, write_token
from vaultclock.domain.kernel.refusals import AlreadyExists, InvalidParameterValue, Rejected
from vaultclock.domain.kernel.tables import OrderKey, Table, Window

# --- instants


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01", 0),
        ("1970-01-02", DAY),
        ("1970-01-01T00:00Z", 0),
        ("1970-01-01T00:00:01", SECOND),
        ("1970-01-01t00:00:01z", SECOND),
        (" 1970-01-01 00:00:01 Z ", SECOND),
        ("1970-01-01T00:00:00.5Z", 500),
        ("1970-01-01T00:00:00.0429999Z", 42),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:00-0130", 90 * 60_000),
        ("2020-07-15T21:38:31.152Z", 1_594_849_111_152),
        ("2999-12-31T23:59:59.999Z", INSTANT_MAX),
    ],
)
def test_an_instant_is_read_from_iso_8601(text: str, instant: int) -> None:
    assert from_iso(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "1970",
        "1970-01-01T00",
        "1970-13-01",
        "1970-02-30",
        "1970-01-01T24:00:00Z",
        "1970-01-01T00:00:60Z",
        "1970-01-01T00:00:00+24:00",
        "1970-01-01T00:00:00+00:60",
        "1970-01-01T00:00:00 CET",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "3000-01-01",
        "0000-01-01",
    ],
)
def test_a_text_that_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_iso(text)


@given(st.integers(INSTANT_MIN, INSTANT_MAX))
def test_an_instant_survives_being_written_and_read(instant: int) -> None:
    assert from_iso(to_iso(instant)) == instant


def test_milliseconds_are_written_only_when_there_are_any() -> None:
    assert to_iso(0) == "1970-01-01T00:00:00Z"
    assert to_iso(1_007) == "1970-01-01T00:00:01.007Z"


def test_a_compact_instant_ends_with_its_second() -> None:
    assert compact(from_iso("2021-12-31T09:05:07.999Z")) == "20211231090507"


# --- ids


@given(st.binary(min_size=16, max_size=16), st.text())
def test_ids_are_the_version_5_uuids_of_rfc_9562(namespace: bytes, name: str) -> None:
    expected = uuid.uuid5(uuid.UUID(bytes=namespace), name)
    assert uuid5(namespace, name) == expected.bytes
    assert uuid_text(uuid5(namespace, name)) == str(expected)


def test_seeds_have_namespaces_of_their_own() -> None:
    assert len({namespace_of(seed) for seed in range(-50, 50)}) == 100


def test_a_version_id_is_the_base64_of_a_uuid() -> None:
    text = "53e63d8c-3c85-45c0-97b3-79573a24c16c"
    assert len(version_id(text)) == 48
    assert b64decode(version_id(text)).decode() == text


def test_a_world_says_how_long_its_jobs_run() -> None:
    assert Origin().job_duration == 3 * SECOND
    assert Origin(job_seconds=0).job_duration == 0


# --- arns


@pytest.mark.parametrize(
    ("text", "arn"),
    [
        ("arn:aws:s3:::b", Arn("aws", "s3", "", "", "b")),
        (
            "arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup:job-1",
            Arn("aws", "rds", "us-east-1", "123456789012", "snapshot:awsbackup:job-1"),
        ),
        ("arn:aws:ec2:us-east-1::image/ami", Arn("aws", "ec2", "us-east-1", "", "image/ami")),
    ],
)
def test_an_arn_is_taken_apart_and_put_together_again(text: str, arn: Arn) -> None:
    assert parse_arn(text) == arn
    assert str(arn) == text


@pytest.mark.parametrize(
    "text",
    ["", "arn", "arn:aws:s3::b", "urn:aws:s3:::b", "arn::s3:::b", "arn:aws::::b", "arn:aws:s3:::"],
)
def test_a_text_that_is_no_arn_is_none(text: str) -> None:
    assert parse_arn(text) is None


@given(st.text(alphabet="arn:/b*", max_size=20))
def test_what_reads_as_an_arn_is_written_as_it_was(text: str) -> None:
    arn = parse_arn(text)
    assert arn is None or str(arn) == text


# --- facts and refusals


def test_a_fact_is_frozen_and_stored_under_its_name_and_version() -> None:
    @fact("kernel-test-happened", version=2)
    class Happened:
        what: str

    try:
        assert CLASS_OF["kernel-test-happened"] is Happened
        assert FORM_OF[Happened] == ("kernel-test-happened", 2)
        happened = Happened("x")
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            happened.what = "y"  # type: ignore[misc]
        with pytest.raises(AssertionError, match="kernel-test-happened"):
            fact("kernel-test-happened")(Happened)
    finally:
        del CLASS_OF["kernel-test-happened"], FORM_OF[Happened]


def test_each_fact_of_a_batch_has_a_position_and_a_scope() -> None:
    here, there = Scope("1", "a"), Scope("1", "b")
    batch = Batch(7, 5, here, None, ("one", Elsewhere(there, "two"), "three"))
    assert list(batch.recorded()) == [
        Recorded(7, 5, here, "one"),
        Recorded(8, 5, there, "two"),
        Recorded(9, 5, here, "three"),
    ]


def test_what_caused_a_batch_takes_no_part_in_equality() -> None:
    scope = Scope("1", "a")
    assert Batch(0, 0, scope, "one", ()) == Batch(0, 0, scope, "another", ())
    assert Batch(0, 0, scope, None, ("x",)) != Batch(0, 0, scope, None, ("y",))


def test_a_command_is_named_as_a_log_names_it() -> None:
    class StartDueBackupJob:
        pass

    class MoveToS3Now:
        pass

    assert command_name(StartDueBackupJob()) == "start-due-backup-job"
    assert command_name(MoveToS3Now()) == "move-to-s3-now"
    assert command_name(RecordedCommand("start-backup-job", {})) == "start-backup-job"


def test_a_refusal_carries_what_its_reader_needs() -> None:
    refusal = Rejected("No.", code="ERROR_1", context=("a",))
    assert (str(refusal), refusal.message) == ("No.", "No.")
    assert (refusal.code, refusal.context) == ("ERROR_1", ("a",))
    exists = AlreadyExists("Yes.", arn="arn:x", creator_request_id="r")
    assert (exists.arn, exists.creator_request_id, exists.code) == ("arn:x", "r", None)


# --- logs


def test_a_log_remembers_its_batches_and_where_the_clock_rested() -> None:
    log, scope = MemoryLog(Origin(start_at=10)), Scope("1", "a")
    assert (log.head(), log.rested_at(), list(log.read())) == (0, 10, [])
    first, second = Batch(0, 20, scope, None, ("a", "b")), Batch(2, 30, scope, None, ("c",))
    log.append(first)
    log.rest(25)
    log.append(second)
    log.rest(5)
    assert (log.head(), log.rested_at()) == (3, 30)
    assert list(log.read()) == [first, second]
    assert list(log.read(1)) == [second]
    log.rest(40)
    assert log.rested_at() == 40


def test_a_batch_out_of_its_place_is_a_bug() -> None:
    log = MemoryLog(Origin())
    with pytest.raises(AssertionError):
        log.append(Batch(1, 0, Scope("1", "a"), None, ("a",)))


# --- page tokens

PARTS = st.one_of(st.integers(), st.text(st.characters(exclude_categories=())))


@given(st.lists(PARTS, min_size=1, max_size=3))
def test_an_order_key_survives_its_token(parts: list[int | str]) -> None:
    key = tuple(parts)
    token = write_token("things", key)
    assert token is not None
    assert read_token("things", token, tuple(type(part) for part in key)) == key


def test_the_last_page_has_no_token_and_the_first_needs_none() -> None:
    assert write_token("things", None) is None
    assert read_token("things", None, (int, str)) is None


def forged(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "token",
    [
        "",
        "!",
        "é",
        "AAA",
        urlsafe_b64encode(b"\xff\xfe").decode(),
        urlsafe_b64encode(b"[" * 100_000).decode(),
        urlsafe_b64encode(b'["things",' + b"1" * 5_000 + b',"a"]').decode(),
        forged("things"),
        forged({"things": 1}),
        forged([]),
        forged(["things"]),
        forged(["things", 1]),
        forged(["things", 1, "a", "b"]),
        forged(["things", "1", "a"]),
        forged(["things", True, "a"]),
        forged(["things", 1.0, "a"]),
        forged(["things", None, "a"]),
        forged(["others", 1, "a"]),
        forged([["things"], 1, "a"]),
    ],
)
def test_a_token_of_another_making_is_refused(token: str) -> None:
    with pytest.raises(InvalidParameterValue):
        read_token("things", token, (int, str))


@given(st.text())
def test_no_text_breaks_the_reading_of_a_token(text: str) -> None:
    with pytest.raises(InvalidParameterValue):
        read_token("things", text, (int, str))


# --- tables


@attrs.frozen(weakref_slot=False)
class Thing:
    key: str
    at: int
    colour: str
    size: int | None


def order(thing: Thing) -> tuple[int, str]:
    return thing.at, thing.key


INSTANTS = st.integers(0, 6)
KEYS = st.text("ab\x00\uffff", max_size=3)
THINGS = st.builds(
    Thing, KEYS, INSTANTS, st.sampled_from(["", "red", "blue"]), st.sampled_from([None, 0, 1])
)


@attrs.frozen
class Put:
    """What a test does to a table: a thing is written, or what has its key is removed."""

    thing: Thing
    removed: bool


@given(
    THINGS,
    st.fixed_dictionaries({}, optional={"at": INSTANTS, "colour": KEYS, "size": st.none()}),
)
def test_a_changer_changes_what_evolve_does(thing: Thing, changes: dict[str, Any]) -> None:
    before = attrs.astuple(thing)
    assert changer(Thing)(thing, **changes) == attrs.evolve(thing, **changes)
    assert attrs.astuple(thing) == before


PUTS = st.lists(st.builds(Put, THINGS, st.booleans()), max_size=40)
WHERES = st.fixed_dictionaries(
    {
        "colour": st.sampled_from([None, "", "red", "blue", "green"]),
        "size": st.sampled_from([None, 0, 1, 2]),
    }
)
ALSOS: st.SearchStrategy[Callable[[Thing], bool] | None] = st.sampled_from(
    [None, lambda thing: "a" in thing.key, lambda _thing: False]
)
WINDOWS = st.builds(
    Window,
    limit=st.integers(1, 7),
    newest_first=st.booleans(),
    since=st.none() | INSTANTS,
    until=st.none() | INSTANTS,
)


def filled(puts: list[Put], table: Table[Thing] | None = None) -> Table[Thing]:
    table = table or Table(order)
    for put in puts:
        table.put(put.thing.key, None if put.removed else put.thing)
    return table


def expected(
    table: Table[Thing],
    where: dict[str, Any],
    window: Window,
    also: Callable[[Thing], bool] | None,
) -> list[Thing]:
    """Answer what all pages together hold, the plain way: filter everything, then sort."""
    rows = [
        thing
        for thing in table.rows().values()
        if all(value is None or getattr(thing, field) == value for field, value in where.items())
        and (also is None or also(thing))
        and (window.since is None or thing.at > window.since)
        and (window.until is None or thing.at < window.until)
    ]
    return sorted(rows, key=order, reverse=window.newest_first)


def paged(
    table: Table[Thing],
    where: dict[str, Any],
    window: Window,
    also: Callable[[Thing], bool] | None,
) -> list[Thing]:
    rows: list[Thing] = []
    after: OrderKey | None = None
    while True:
        page = table.page(where, attrs.evolve(window, after=after), also)
        assert len(page.rows) <= window.limit
        rows += page.rows
        if page.next_after is None:
            return rows
        assert len(page.rows) == window.limit, "only the last page may be short"
        assert page.next_after == order(page.rows[-1])
        after = page.next_after


@given(PUTS, WHERES, WINDOWS, ALSOS, PUTS)
def test_paging_equals_filtering_and_sorting_a_list(
    puts: list[Put],
    where: dict[str, Any],
    window: Window,
    also: Callable[[Thing], bool] | None,
    more: list[Put],
) -> None:
    table = filled(puts)
    assert paged(table, where, window, also) == expected(table, where, window, also)
    filled(more, table)  # the index is there by now, and has to follow
    assert paged(table, where, window, also) == expected(table, where, window, also)


@given(PUTS, WHERES, WINDOWS, st.tuples(INSTANTS, KEYS))
def test_a_page_begins_after_any_key_whether_or_not_its_row_is_still_there(
    puts: list[Put], where: dict[str, Any], window: Window, after: OrderKey
) -> None:
    table = filled(puts)
    rows = [
        thing
        for thing in expected(table, where, window, None)
        if (order(thing) < after if window.newest_first else order(thing) > after)
    ]
    page = table.page(where, attrs.evolve(window, after=after))
    assert page.rows == rows[: window.limit]
    assert (page.next_after is None) == (len(rows) <= window.limit)


@given(PUTS, WHERES)
def test_matching_counting_and_the_latest_agree_with_a_list(
    puts: list[Put], where: dict[str, Any]
) -> None:
    table = filled(puts)
    given_fields = {field: value for field, value in where.items() if value is not None}
    rows = expected(table, where, Window(), None)
    assert table.matching(**given_fields) == rows
    assert table.count(**given_fields) == len(rows)
    if rows:
        assert table.latest(**given_fields) == rows[-1]


@given(PUTS, WHERES, INSTANTS)
def test_the_rows_on_both_sides_of_an_instant_agree_with_a_list(
    puts: list[Put], where: dict[str, Any], instant: int
) -> None:
    table = filled(puts)
    given_fields = {field: value for field, value in where.items() if value is not None}
    rows = expected(table, where, Window(), None)
    older = [row for row in rows if row.at < instant]
    assert table.before(instant, **given_fields) == (older[-1] if older else None)
    others = rows[len(older) :]
    assert table.since(instant, **given_fields) == (others[0] if others else None)


@given(PUTS, PUTS, st.none() | st.sampled_from(["", "red", "blue"]), INSTANTS)
def test_groups_are_walked_in_order_behind_any_of_them(
    puts: list[Put], more: list[Put], colour: str | None, after: int
) -> None:
    table = filled(puts)
    index = table.index("colour", "at")
    filled(more, table)  # groups come, and go with their last row
    prefix = () if colour is None else (colour,)
    groups = sorted(
        {
            (thing.colour, thing.at)
            for thing in table.rows().values()
            if colour is None or thing.colour == colour
        }
    )
    assert list(index.groups(prefix, None)) == groups
    behind = (colour or "", after)
    assert list(index.groups(prefix, behind)) == [group for group in groups if group > behind]
    for group in groups:
        where = {"colour": group[0]}
        same = [thing for thing in table.matching(**where) if thing.at == group[1]]
        assert list(index.group(group)) == [order(thing) for thing in same]


def test_long_lists_are_windowed_as_short_ones_are() -> None:
    things = [Thing(f"{number:05}", number // 3, "red", None) for number in range(5_000)]
    table = filled([Put(thing, removed=False) for thing in things])
    for newest_first in (False, True):
        for since, until in [(None, None), (100, 1_500), (1_500, 100), (5, 5), (None, 0)]:
            window = Window(999, newest_first=newest_first, since=since, until=until)
            assert paged(table, {}, window, None) == expected(table, {}, window, None)


def test_a_row_without_a_value_matches_no_filter_on_it() -> None:
    table = filled([Put(Thing("a", 0, "red", None), removed=False)])
    assert table.count(size=0) == 0
    assert table.page({"size": 0}, Window()).rows == []
    assert len(table.page({"size": None}, Window()).rows) == 1


def test_a_table_reads_like_a_mapping() -> None:
    red, blue = Thing("a", 1, "red", 1), Thing("b", 0, "blue", 1)
    table = filled([Put(red, removed=False), Put(blue, removed=False)])
    assert (len(table), list(table), "a" in table, "c" in table) == (2, ["a", "b"], True, False)
    assert (table["a"], table.get("b"), table.get("c")) == (red, blue, None)
    assert table.rows() == {"a": red, "b": blue}


def test_tables_are_equal_by_their_rows_whatever_was_asked_of_them() -> None:
    thing = Thing("a", 1, "red", 1)
    one, other = filled([Put(thing, removed=False)]), filled([Put(thing, removed=False)])
    one.count(colour="red")
    assert one == other
    other.put("a", None)
    assert one != other
    assert one != {"a": thing}


def test_removing_what_is_not_there_changes_nothing() -> None:
    table = filled([])
    table.count(colour="red")
    table.put("a", None)
    assert len(table) == 0


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_holds_at_least_one_row(limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        Window(limit)
