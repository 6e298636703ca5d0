import itertools
from collections.abc import Mapping
from typing import Any, get_args, get_origin, get_type_hints

import attrs
import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.snapshot.samples import HERE, KEY, START, THERE, any_fact, any_log, bytes_of, small_log
from vaultclock.adapters.snapshot.codec import (
    Frame,
    Reader,
    UnreadableLog,
    decode,
    encode_batch,
    frames_of,
    unpack,
)
from vaultclock.adapters.snapshot.shapes import check_of
from vaultclock.adapters.snapshot.upcasts import UPCASTS, Upcasts
from vaultclock.domain.features import FEATURES, Engine
from vaultclock.domain.kernel.facts import (
    CLASS_OF,
    FORM_OF,
    Batch,
    Elsewhere,
    RecordedCommand,
)
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.vaults.commands import CreateVault, DeleteVault
from vaultclock.domain.vaults.events import VaultCreated, VaultDeleted


def decoded(log: MemoryLog, *, trusted: bool = False) -> list[Batch]:
    frames = [unpack(frame) for batch in log.read() for frame in encode_batch(batch)]
    return list(decode(frames, Reader(trusted=trusted)))


def frame(*facts: Any, **changes: Any) -> Frame:
    batch = Batch(0, START, HERE, DeleteVault("one"), facts or (VaultCreated("one", KEY),))
    first = frames_of(batch)[0]
    names = ["seq", "at", "scope", "name", "version", "payload", "cause"]
    return [changes.get(name, value) for name, value in zip(names, first, strict=True)]


def fault_in(*frames: Any, trusted: bool = False) -> str:
    with pytest.raises(UnreadableLog) as caught:
        list(decode(frames, Reader(trusted=trusted)))
    return caught.value.reason


@given(any_fact, st.booleans())
def test_every_fact_comes_back_as_it_was(fact: Any, trusted: bool) -> None:
    [frame] = [unpack(f) for f in encode_batch(Batch(0, START, HERE, None, (fact,)))]
    [batch] = decode([frame], Reader(trusted=trusted))
    assert batch.facts == (fact,)
    assert frames_of(batch) == frames_of(Batch(0, START, HERE, None, (fact,)))


@given(any_log(), st.booleans())
def test_what_was_loaded_is_written_as_the_same_bytes(log: MemoryLog, trusted: bool) -> None:
    loaded = decoded(log, trusted=trusted)
    assert bytes_of(loaded) == bytes_of(log.read())
    assert [*map(encode_batch, loaded)] == [*map(encode_batch, log.read())]


def test_a_frame_is_laid_out_as_it_has_been_since_the_first_release() -> None:
    batch = Batch(
        4,
        START,
        HERE,
        CreateVault("one", tags={"a": "b"}),
        (VaultCreated("one", KEY), VaultDeleted("one")),
    )
    scope = ["123456789012", "us-east-1"]
    cause = ["create-vault", {"name": "one", "tags": {"a": "b"}}, 2]
    fields = {"name": "one", "encryption_key_arn": KEY}
    assert [unpack(frame) for frame in encode_batch(batch)] == [
        [4, START, scope, "vault-created", 1, fields, cause],
        [5, START, scope, "vault-deleted", 1, {"name": "one"}],
    ]


def test_fields_that_have_their_default_are_left_out() -> None:
    assert frame(VaultCreated("one", KEY, None))[5] == {"name": "one", "encryption_key_arn": KEY}
    assert "creator_request_id" in frame(VaultCreated("one", KEY, "token"))[5]


def test_a_loaded_cause_is_a_recorded_command() -> None:
    [first, *_, last] = decoded(small_log())
    tags = {"é": "1", "b": ""}
    assert first.cause == RecordedCommand("create-vault", {"name": "one", "tags": tags})
    assert last.cause is None


def test_a_batch_that_begins_elsewhere_keeps_the_scope_it_was_asked_in() -> None:
    batch = Batch(0, START, HERE, None, (Elsewhere(THERE, VaultDeleted("a")), VaultDeleted("b")))
    assert frames_of(batch)[0][6] == [None, {}, 2, [*HERE]]
    [loaded] = decode(frames_of(batch), Reader(trusted=False))
    assert loaded == batch


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(("name", "version"), [("vault-created", 9), ("vault-painted", 1)])
def test_a_fact_of_a_newer_program_is_refused_by_name(
    name: str, version: int, trusted: bool
) -> None:
    newer = frame(name=name, version=version)
    assert fault_in(newer, trusted=trusted) == f"no reader for {name} version {version}"


@pytest.mark.parametrize("trusted", [True, False])
def test_an_unknown_field_of_a_known_fact_is_refused_by_name(trusted: bool) -> None:
    payload = {"name": "one", "encryption_key_arn": KEY, "colour": "red"}
    fault = fault_in(frame(payload=payload), trusted=trusted)
    assert fault.startswith("vault-created: unknown field 'colour'")


@pytest.mark.parametrize("trusted", [True, False])
def test_an_unknown_field_inside_a_value_is_refused_by_name(trusted: bool) -> None:
    payload = {"arn": "a", "lifecycle": {"delete_after_years": 1}}
    odd = frame(name="recovery-point-lifecycle-changed", payload=payload)
    assert "field 'lifecycle': unknown field 'delete_after_years'" in fault_in(odd, trusted=trusted)


@pytest.mark.parametrize("trusted", [True, False])
def test_a_missing_field_is_refused_by_name(trusted: bool) -> None:
    fault = fault_in(frame(payload={"name": "one"}), trusted=trusted)
    assert fault == "vault-created: field 'encryption_key_arn' is missing"


JOB = {"job_id": "j", "start_at": START}


@pytest.mark.parametrize(
    ("name", "payload", "fault"),
    [
        ("backup-job-released", {**JOB, "start_at": "5"}, "field 'start_at': '5' is not int"),
        ("backup-job-released", {**JOB, "start_at": True}, "field 'start_at': True is not int"),
        ("backup-job-released", {**JOB, "start_at": 1.0}, "field 'start_at': 1.0 is not int"),
        ("backup-job-released", {**JOB, "job_id": None}, "field 'job_id': None is not str"),
        ("tags-set", {"arn": "a", "tags": ["a"]}, "field 'tags': ['a'] is not a map"),
        ("tags-set", {"arn": "a", "tags": {"a": 1}}, "field 'tags': 'a': 1 is not str"),
        ("tags-set", {"arn": "a", "tags": {b"a": "1"}}, "field 'tags': b'a' is not a key"),
        ("tags-removed", {"arn": "a", "keys": "ab"}, "field 'keys': 'ab' is not a list"),
        ("tags-removed", {"arn": "a", "keys": ["a", 1]}, "field 'keys': [1]: 1 is not str"),
        (
            "recovery-point-lifecycle-changed",
            {"arn": "a", "lifecycle": {"delete_after_days": "7"}},
            "field 'lifecycle': field 'delete_after_days': '7' is not int | None",
        ),
        (
            "global-settings-updated",
            {"features": {"a": "no"}},
            "field 'features': 'a': 'no' is not bool",
        ),
    ],
)
def test_a_value_of_a_wrong_type_is_refused_not_coerced(
    name: str, payload: dict[str, Any], fault: str
) -> None:
    assert fault_in(frame(name=name, payload=payload)) == f"{name}: {fault}"


def test_a_number_may_be_written_as_an_integer_and_stays_one() -> None:
    check = check_of(float)
    assert check(1) == check(1.5) == ""
    assert check(True) == "True is not float"
    assert check(float("inf")) == "inf is not float"
    assert check("1") == "'1' is not float"


def test_an_integer_that_msgpack_can_not_write_is_refused() -> None:
    assert check_of(int)(1 << 64)
    assert check_of(int)((1 << 64) - 1) == ""


@pytest.mark.parametrize(
    "annotation", [set[str], frozenset[str], list[str], dict[str, str], bytes, tuple[int, str]]
)
def test_a_type_that_does_not_survive_storage_can_not_be_checked(annotation: Any) -> None:
    with pytest.raises(TypeError, match="a stored value can't be of type"):
        check_of(annotation)


SECOND_FRAME = frame(VaultDeleted("one"), seq=1)


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(
    ("frames", "fault"),
    [
        ([frame(seq=1)], "fact 1 stands where fact 0 should"),
        ([frame(), frame(seq=2)], "fact 2 stands where fact 1 should"),
        ([frame()[:6]], "here should begin a batch, with its cause"),
        ([{}], "here should begin a batch, with its cause"),
        ([frame(at="now")], "here should begin a batch, with its cause"),
        ([frame(scope=["1", 2])], "here should begin a batch, with its cause"),
        ([frame(scope=["1"])], "here should begin a batch, with its cause"),
        ([frame(name=[])], "here should begin a batch, with its cause"),
        (
            [frame(cause=["x", {}, 2]), frame(seq=1)],
            "here should be fact 2 of the 2 in this batch",
        ),
        (
            [frame(cause=["x", {}, 2]), [*frame(seq=1, at=START + 1)[:6]]],
            "here should be fact 2 of the 2 in this batch",
        ),
        (
            [frame(cause=["x", {}, 2]), [*frame(seq=1, scope=["1", 2])[:6]]],
            "a fact's scope is not [account, region]",
        ),
        ([frame(cause=["x", {}, 2])], "the last batch has 1 of its 2 facts"),
    ],
)
def test_what_is_not_a_sequence_of_whole_batches_is_refused(
    frames: list[Any], fault: str, trusted: bool
) -> None:
    assert fault_in(*frames, trusted=trusted) == fault


@pytest.mark.parametrize(
    "cause",
    [
        ["x", {}],
        ["x", {}, 0],
        ["x", {}, True],
        ["x", [], 1],
        [7, {}, 1],
        ["x", {}, 1, ["1", 2]],
        ["x", {}, 1, ["1", "2"], 4],
    ],
)
def test_a_cause_of_another_shape_is_refused(cause: list[Any]) -> None:
    fault = "the cause of the batch is not [command, fields, facts in the batch]"
    assert fault_in(frame(cause=cause)) == fault


@pytest.mark.parametrize("fields", [{"a": b"raw"}, {b"a": 1}, {"a": [{b"a": 1}]}])
def test_a_cause_holds_only_what_json_can_say(fields: dict[Any, Any]) -> None:
    assert fault_in(frame(cause=["x", fields, 1])).startswith("the cause of the batch: ")


def test_a_cause_nested_without_end_is_refused() -> None:
    deep: Any = None
    for _ in range(400):
        deep = [deep]
    assert "nested too deep" in fault_in(frame(cause=["x", {"a": deep}, 1]))


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\xc1",
        msgpack.packb([1]) + b"\x00",
        msgpack.packb(msgpack.ExtType(5, b"x")),
        msgpack.packb(msgpack.ExtType(5, b"")),
        msgpack.packb(msgpack.Timestamp(1)),
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\x91" * 5000 + b"\x00",
        msgpack.packb({1: 2}),
        b"\xa1\xff",
    ],
)
def test_bytes_that_are_not_plain_msgpack_are_refused(packed: bytes) -> None:
    with pytest.raises(UnreadableLog, match="not msgpack"):
        unpack(packed)


@attrs.frozen
class LockSet:
    name: str
    seals_at: Instant
    reason: str = ""


LOCK_FORMS: dict[type, tuple[str, int]] = {LockSet: ("lock-set", 3)}
LOCK_UPCASTS: Upcasts = {
    # the name changed, then the seal was stored in days from the epoch
    ("lock-put", 1): (("lock-set", 1), lambda old: {**old}),
    ("lock-set", 1): (
        ("lock-set", 3),
        lambda old: {"name": old["name"], "seals_at": old["seals_on_day"] * 86_400_000},
    ),
}


def lock_frame(name: str, version: int, payload: dict[str, Any]) -> Frame:
    return frame(name=name, version=version, payload=payload)


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("form", [("lock-put", 1), ("lock-set", 1)])
def test_an_older_form_is_read_step_by_step(form: tuple[str, int], trusted: bool) -> None:
    reader = Reader(trusted=trusted, forms=LOCK_FORMS, upcasts=LOCK_UPCASTS)
    old = lock_frame(*form, {"name": "one", "seals_on_day": 3})
    [batch] = decode([old], reader)
    assert batch.facts == (LockSet("one", 3 * 86_400_000),)


@pytest.mark.parametrize(
    ("name", "version", "payload", "fault"),
    [
        ("lock-set", 2, {"name": "one"}, "no reader for lock-set version 2"),
        (
            "lock-set",
            1,
            {"name": "one"},
            "lock-set version 1 lacks what it had: KeyError('seals_on_day')",
        ),
        (
            "lock-put",
            1,
            {"name": 1, "seals_on_day": 3},
            "lock-put version 1, read as lock-set version 3: field 'name': 1 is not str",
        ),
    ],
)
def test_what_no_step_can_read_is_refused(
    name: str, version: int, payload: dict[str, Any], fault: str
) -> None:
    reader = Reader(trusted=False, forms=LOCK_FORMS, upcasts=LOCK_UPCASTS)
    with pytest.raises(UnreadableLog) as caught:
        list(decode([lock_frame(name, version, payload)], reader))
    assert caught.value.reason == fault


@attrs.frozen
class Even:
    number: int = attrs.field()

    @number.validator
    def _is_even(self, _attribute: Any, number: int) -> None:
        if number % 2:
            raise ValueError(f"{number} is odd")


def test_what_a_fact_itself_refuses_is_refused() -> None:
    reader = Reader(trusted=False, forms={Even: ("even", 1)}, upcasts={})
    assert list(decode([frame(name="even", payload={"number": 2})], reader))
    with pytest.raises(UnreadableLog, match=r"even: ValueError.*1 is odd"):
        list(decode([frame(name="even", payload={"number": 1})], reader))


@pytest.mark.parametrize(
    ("upcasts", "forms"), [(UPCASTS, FORM_OF), (LOCK_UPCASTS, LOCK_FORMS)], ids=["ours", "example"]
)
def test_every_chain_of_steps_ends_at_a_living_form(
    upcasts: Upcasts, forms: Mapping[type, tuple[str, int]]
) -> None:
    for written in upcasts:
        assert written not in forms.values(), "a living form is not stepped away from"
        form = written
        for _ in upcasts:
            form = upcasts[form][0] if form in upcasts else form
        assert form in forms.values()


def test_every_fact_belongs_to_one_slice_and_can_be_stored() -> None:
    owned = [fact for feature in FEATURES for fact in feature.facts]
    assert sorted(owned, key=str) == sorted(FORM_OF, key=str)
    assert {CLASS_OF[name] for name, _ in FORM_OF.values()} == set(owned)
    assert all(check_of(fact)({}) for fact in owned), "no fact is without fields"


def _types_within(annotation: Any) -> set[Any]:
    is_class = attrs.has(annotation)
    inner = [*get_type_hints(annotation).values()] if is_class else [*get_args(annotation)]
    found = {get_origin(annotation) or annotation}
    return found.union(*map(_types_within, inner))


def test_no_command_holds_what_has_no_order_or_is_not_text() -> None:
    for command in Engine().commands():
        assert not _types_within(command) & {set, frozenset, bytes, bytearray}, command


def test_fields_whose_names_end_in_at_are_instants() -> None:
    for cls in itertools.chain(FORM_OF, Engine().commands()):
        for name, hint in get_type_hints(cls).items():
            if name.endswith("_at"):
                assert hint in (int, int | None), (cls, name)
