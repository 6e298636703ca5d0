"""AWS calls as the one function answers them: scopes, shapes, faults. No server runs here."""

import json
import logging
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clock.test_simulation import Store
from tests.http.desk import ORIGIN, START, Seconds
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http import model
from vaultclock.adapters.http.callers import is_region
from vaultclock.adapters.http.features import OPERATIONS
from vaultclock.adapters.http.operation import Ask, Operation
from vaultclock.adapters.http.service import Service
from vaultclock.domain.kernel.instants import HOUR, SECOND
from vaultclock.domain.kernel.logs import Log, MemoryLog

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAMESPACE = "http://internal.amazon.com/coral/com.amazonaws.services.cryo/"


def service(
    log: Log | None = None, *rows: Operation, rate: float = 0, seconds: Seconds | None = None
) -> Service:
    simulation = Simulation(log or MemoryLog(ORIGIN), rate, seconds or Seconds())
    return Service(simulation, rows or OPERATIONS)


def ask(
    to: Service, method: str, target: str, body: Any = b"", authorization: str | None = None
) -> tuple[int, dict[str, str], Any]:
    path, _, query = target.partition("?")
    headers = [(b"host", b"localhost"), (b"x-amz-date", b"20260101T000000Z")]
    if authorization is not None:
        headers.append((b"authorization", authorization.encode()))
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    status, replied, reply = to.handle(method, path, query, headers, raw)
    named = {name.decode(): text.decode() for name, text in replied}
    return status, named, json.loads(reply) if reply else None


def signed(key_id: str = "AKIAIOSFODNN7EXAMPLE", region: str = "us-east-1") -> str:
    scope = f"{key_id}/20260101/{region}/backup/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=5d67"


def arn_of(to: Service, authorization: str | None = None, query: str = "") -> str:
    """Make a vault, and say where it is."""
    status, _, reply = ask(to, "PUT", f"/backup-vaults/vault{query}", {}, authorization)
    assert status == 200, reply
    arn: str = reply["BackupVaultArn"]
    return arn


def test_a_reply_has_the_headers_of_aws() -> None:
    status, headers, reply = ask(service(), "PUT", "/backup-vaults/vault", {})
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert UUID.fullmatch(headers["x-amzn-requestid"])
    assert int(headers["content-length"]) > 0
    assert reply["CreationDate"] == START / SECOND


def test_every_request_has_an_id_of_its_own() -> None:
    to = service()
    ids = {ask(to, "GET", "/backup-vaults/")[1]["x-amzn-requestid"] for _ in range(50)}
    assert len(ids) == 50


def test_a_reply_without_members_has_no_body() -> None:
    to = service()
    arn_of(to)
    status, headers, reply = ask(to, "DELETE", "/backup-vaults/vault")
    assert (status, headers["content-length"], reply) == (200, "0", None)


def test_a_request_acts_where_it_is_signed_for() -> None:
    here = "arn:aws:backup:us-east-1:000000000000:backup-vault:vault"
    for authorization, arn in {
        None: here,
        signed(): here,
        signed("123456789012"): here.replace("000000000000", "123456789012"),
        signed(region="eu-west-1"): here.replace("us-east-1", "eu-west-1"),
        signed("123456789012", "eusc-de-east-1"): here.replace(
            "us-east-1", "eusc-de-east-1"
        ).replace("000000000000", "123456789012"),
    }.items():
        assert arn_of(service(), authorization) == arn


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer abc",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=",
        "AWS4-HMAC-SHA256 Credential=///",
        "AWS4-HMAC-SHA256 Credential=////",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f",
        "AWS4-ECDSA-P256-SHA256 Credential=123456789012/20260101/backup/aws4_request, Signature=1",
        signed("12345678901"),
        signed("1234567890123"),
        signed("12345678901٣"),
        signed(region="global"),
        signed(region="US EAST"),
        signed(region="x" * 33),
    ],
)
def test_what_is_signed_otherwise_acts_in_the_default_account_and_region(
    authorization: str,
) -> None:
    assert arn_of(service(), authorization) == (
        "arn:aws:backup:us-east-1:000000000000:backup-vault:vault"
    )


def test_a_presigned_request_acts_where_its_query_says() -> None:
    scope = "123456789012%2F20260101%2Feu-west-1%2Fbackup%2Faws4_request"
    query = f"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}&X-Amz-Signature=5d67"
    assert arn_of(service(), None, query).startswith("arn:aws:backup:eu-west-1:123456789012:")
    for broken in ("?X-Amz-Credential=%zz", "?X-Amz-Credential=%ff", "?X-Amz-Credential="):
        status, _, reply = ask(service(), "GET", f"/backup-vaults/{broken}")
        assert status in {200, 400}, reply


def test_accounts_and_regions_are_worlds_apart() -> None:
    to = service()
    for authorization in (signed(), signed("123456789012"), signed(region="eu-west-1")):
        arn_of(to, authorization)
        vaults = ask(to, "GET", "/backup-vaults/", b"", authorization)[2]["BackupVaultList"]
        assert len(vaults) == 1


def test_what_is_of_the_whole_account_is_seen_from_each_of_its_regions() -> None:
    to = service()
    switch = {"GlobalSettings": {"isCrossAccountBackupEnabled": "true"}}
    assert ask(to, "PUT", "/global-settings", switch, signed())[0] == 200

    def seen(authorization: str) -> str:
        settings = ask(to, "GET", "/global-settings", b"", authorization)[2]["GlobalSettings"]
        value: str = settings["isCrossAccountBackupEnabled"]
        return value

    assert seen(signed(region="eu-west-1")) == "true"
    assert seen(signed("123456789012")) == "false"
    assert not is_region("global")


def test_every_operation_of_the_model_is_built_or_says_that_it_is_not() -> None:
    to = service()
    built = {row.name for row in OPERATIONS}
    assert len(built) == len(OPERATIONS)
    for name, operation in model.operations().items():
        path, _, flag = re.sub(r"\{[^}]*\}", "some-thing", operation.uri).partition("?")
        status, headers, reply = ask(to, operation.method, f"{path}?{flag}", {})
        error = headers.get("x-amzn-errortype", "").partition(":")[0]
        assert status not in {404, 405, 500}, (name, reply)
        assert (error == "NotSimulated") == (status == 501) == (name not in built), (name, reply)


WORDS = ["vault", "Default", "arn%3Aaws%3Aec2%3Aus-east-1%3A%3Asnapshot%2Fsnap-1", "123456789012"]
NAMES = st.sampled_from(
    sorted({m.name for o in model.operations().values() for m in model.members_of(o.input)})
)
LONG = "x" * 100_000


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "error"),
    [
        ("GET", "/", b"", 404, "UnknownOperationException"),
        ("GET", "", b"", 404, "UnknownOperationException"),
        ("GET", "/nothing/here", b"", 404, "UnknownOperationException"),
        ("GET", "/favicon.ico", b"", 404, "UnknownOperationException"),
        ("GET", "/../../etc/passwd", b"", 404, "UnknownOperationException"),
        ("GET", "/" + "a/" * 5_000, b"", 404, "UnknownOperationException"),
        ("POST", "/backup-vaults/vault", b"", 405, "MethodNotAllowedException"),
        ("BREW", "/backup-vaults/vault", b"", 405, "MethodNotAllowedException"),
        ("GET", "/audit/frameworks/f", b"", 501, "NotSimulated"),
        ("GET", "/backup-vaults/%zz", b"", 400, "SerializationException"),
        ("GET", "/backup-vaults/%ff%fe", b"", 400, "SerializationException"),
        ("GET", "/backup-vaults/\udcff", b"", 400, "SerializationException"),
        ("GET", "/backup-vaults/?maxResults=many", b"", 400, "SerializationException"),
        ("GET", "/backup-vaults/?maxResults=0", b"", 400, "InvalidParameterValueException"),
        ("GET", "/backup-vaults/?nextToken=mine", b"", 400, "InvalidParameterValueException"),
        ("GET", "/backup-vaults/?" + "a&" * 2_000, b"", 400, "SerializationException"),
        ("PUT", "/backup-vaults/vault", b"{", 400, "SerializationException"),
        ("PUT", "/backup-vaults/vault", b"[]", 400, "SerializationException"),
        ("PUT", "/backup-vaults/vault", b"null", 400, "SerializationException"),
        ("PUT", "/backup-vaults/vault", b"\xff\xfe", 400, "SerializationException"),
        ("PUT", "/backup-vaults/vault", b"[" * 100_000, 400, "SerializationException"),
        ("PUT", "/backup-vaults/vault", b'{"BackupVaultTags":[]}', 400, "SerializationException"),
        (
            "PUT",
            "/backup-vaults/vault",
            b'{"BackupVaultTags":{"a":1}}',
            400,
            "SerializationException",
        ),
        ("PUT", "/backup-vaults/v", b"{}", 400, "InvalidParameterValueException"),
        ("PUT", f"/backup-vaults/{LONG}", b"{}", 400, "InvalidParameterValueException"),
        ("PUT", "/backup-vaults/vault", b" " * 2_000_000, 413, "RequestEntityTooLargeException"),
        ("PUT", "/backup-jobs", b"{}", 400, "MissingParameterValueException"),
        ("GET", "/backup-vaults/absent", b"", 403, "AccessDeniedException"),
        ("GET", "/backup-jobs/absent", b"", 400, "ResourceNotFoundException"),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused_and_changes_nothing(
    method: str, target: str, body: bytes, status: int, error: str
) -> None:
    to = service()
    arn_of(to)
    before = to.simulation.engine.seq, to.simulation.engine.rows()
    if (method, target) == ("PUT", "/backup-vaults/vault"):
        target = "/backup-vaults/other"
    answered, headers, reply = ask(to, method, target, body)
    assert (answered, headers["x-amzn-errortype"]) == (status, f"{error}:{NAMESPACE}")
    assert set(reply) >= {"Code", "Message", "Type", "Context"}
    assert reply["Message"]
    assert UUID.fullmatch(headers["x-amzn-requestid"])
    assert (to.simulation.engine.seq, to.simulation.engine.rows()) == before
    assert ask(to, "GET", "/backup-vaults/vault")[0] == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**70) | st.floats(-1e3, 1e9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
SEGMENTS = st.sampled_from(WORDS) | st.text("ab-_%2F3A:*/", min_size=1, max_size=12)


@settings(max_examples=300, deadline=None)
@given(
    operation=st.sampled_from(sorted(model.operations())),
    labels=st.lists(SEGMENTS, min_size=4, max_size=4),
    query=st.dictionaries(
        NAMES | st.just("maxResults"), st.text("0aZ%-:.", max_size=8), max_size=3
    ),
    body=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=30),
)
def test_whatever_is_asked_is_answered_and_a_refusal_changes_nothing(
    operation: str, labels: list[str], query: dict[str, str], body: bytes
) -> None:
    to = service()
    arn_of(to)
    before = to.simulation.engine.seq, to.simulation.engine.rows()
    path, _, flag = model.operations()[operation].uri.partition("?")
    for label in labels:
        path = re.sub(r"\{[^}]*\}", lambda _, label=label: label, path, count=1)  # type: ignore[misc]
    asked = "&".join([flag, *(f"{name}={text}" for name, text in query.items())])
    status, headers, reply = ask(to, model.operations()[operation].method, f"{path}?{asked}", body)
    assert UUID.fullmatch(headers["x-amzn-requestid"])
    assert status < 500 or status == 501, reply
    if status >= 400:
        assert set(reply) >= {"Code", "Message", "Type", "Context"}
        assert (to.simulation.engine.seq, to.simulation.engine.rows()) == before


def test_a_wrong_method_says_which_are_right() -> None:
    assert ask(service(), "POST", "/backup-vaults/vault")[1]["allow"] == "DELETE, GET, PUT"


def test_a_bug_is_answered_logged_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    def trip(*_: Any) -> None:
        raise ZeroDivisionError("a bug")

    listing = next(row for row in OPERATIONS if row.name == "ListBackupVaults")
    to = service(None, Ask("DescribeGlobalSettings", trip), listing)
    with caplog.at_level(logging.ERROR, "vaultclock"):
        status, headers, reply = ask(
            to, "GET", "/global-settings", b'{"secret": "in the body"}', signed("AKIASECRET")
        )
    assert (status, headers["x-amzn-errortype"]) == (500, f"InternalFailure:{NAMESPACE}")
    assert reply["Message"] == "ZeroDivisionError: a bug"
    assert "ZeroDivisionError" in caplog.text
    assert "trip" in caplog.text
    assert "secret" not in caplog.text
    assert "AKIASECRET" not in caplog.text
    assert ask(to, "GET", "/backup-vaults/")[0] == 200


def test_a_request_sees_what_is_due_on_a_running_clock() -> None:
    seconds = Seconds()
    to = service(rate=3600, seconds=seconds)
    seconds.passed = 2
    assert (
        ask(to, "PUT", "/backup-vaults/vault", {})[2]["CreationDate"] == (START + 2 * HOUR) / SECOND
    )


def test_a_write_is_answered_after_it_is_kept_and_a_read_writes_nothing() -> None:
    store = Store()
    to = service(store)
    arn_of(to)
    assert store.kept == [(1, START)]
    assert ask(to, "GET", "/backup-vaults/vault")[0] == 200
    assert ask(to, "PUT", "/backup-vaults/vault", {})[0] == 400
    assert store.kept == [(1, START)]


def test_a_write_that_cannot_be_kept_is_a_fault_and_so_is_every_later_one() -> None:
    store = Store()
    to = service(store)
    arn_of(to)
    store.full = True
    for name in ("lost", "later"):
        status, headers, reply = ask(to, "PUT", f"/backup-vaults/{name}", {})
        assert (status, headers["x-amzn-errortype"]) == (500, f"InternalFailure:{NAMESPACE}")
        assert "the log could not be written: the disk is full" in reply["Message"]
        store.full = False
    assert ask(to, "GET", "/backup-vaults/vault")[0] == 200
    assert ask(to, "GET", "/backup-vaults/later")[0] == 403
