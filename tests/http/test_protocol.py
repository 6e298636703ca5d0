"""restJson1, requests: what is read, and what breaks the protocol's types."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http.requests import OPERATIONS, PLAN, VAULT, plan, read
from vaultclock.adapters.http import model
from vaultclock.adapters.http.errors import SerializationError, TooLarge, WireError
from vaultclock.adapters.http.protocol import (
    BODY_BYTES_MAX,
    NESTING_MAX,
    query_names,
    read_request,
)
from vaultclock.domain.kernel.refusals import Rejected


def test_members_go_by_the_models_names_and_absent_and_null_ones_are_left_out() -> None:
    assert read(
        "CreateBackupVault", VAULT, body={"EncryptionKeyArn": None, "CreatorRequestId": "c"}
    ) == {"BackupVaultName": "vault", "CreatorRequestId": "c"}
    assert read("ListBackupVaults", query="vaultType=BACKUP_VAULT&shared=false&maxResults=5") == {
        "ByVaultType": "BACKUP_VAULT",
        "ByShared": False,
        "MaxResults": 5,
    }


def test_unknown_names_are_ignored_at_every_depth() -> None:
    body = plan(Odd=1, Lifecycle={"DeleteAfterDays": 7, "Odd": {"a": [1]}}) | {"Odd": [{}]}
    members = read("CreateBackupPlan", query="odd=1&maxResults=no", body=body)
    assert list(members) == ["BackupPlan"]
    assert members["BackupPlan"]["Rules"][2] == {
        "RuleName": "r",
        "TargetBackupVaultName": "v",
        "Lifecycle": {"DeleteAfterDays": 7},
    }


def test_the_body_of_an_operation_without_body_members_is_not_read() -> None:
    assert read("DescribeBackupVault", VAULT, body=b"\xff{") == {"BackupVaultName": "vault"}
    assert read("GetSupportedResourceTypes", body=b"[1") == {}


def test_an_empty_body_has_no_members() -> None:
    assert read("CreateBackupVault", VAULT) == {"BackupVaultName": "vault"}


def test_of_a_query_name_given_twice_the_first_value_counts() -> None:
    assert read("ListBackupVaults", query="maxResults=1&maxResults=x")["MaxResults"] == 1


def test_query_names_differ_in_case_between_operations() -> None:
    assert read("GetBackupPlan", PLAN, "versionId=a&MaxScheduledRunsPreview=10") == {
        "BackupPlanId": "p",
        "VersionId": "a",
        "MaxScheduledRunsPreview": 10,
    }
    assert read("ListBackupVaults", query="MaxResults=5&NextToken=a") == {}


def test_query_text_is_unescaped_and_a_plus_is_a_blank() -> None:
    assert read("ListBackupVaults", query="nextToken=a%2Bb+c%C3%A9%26&nextToken")["NextToken"] == (
        "a+b cé&"
    )


def test_a_query_name_without_a_value_is_an_empty_text() -> None:
    assert read("ListBackupVaults", query="&&nextToken&")["NextToken"] == ""


def test_the_names_of_a_query_include_those_without_a_value() -> None:
    assert query_names("delete") == {"delete"}
    assert query_names("a=1&delete=&a=2") >= {"a", "delete"}


def legal_hold(written: bytes) -> bytes:
    dates = b'{"FromDate":%b,"ToDate":%b}' % (written, written)
    return b'{"Title":"t","Description":"d","RecoveryPointSelection":{"DateRange":%b}}' % dates


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        (b"1704164645", 1_704_164_645_000),
        (b"1704164645.0", 1_704_164_645_000),
        (b"1568928754.747", 1_568_928_754_747),
        (b"1.574163740907E9", 1_574_163_740_907),
        (b"1568928754.7469", 1_568_928_754_747),
        (b"0", 0),
        (b"-0.0", 0),
        (b"32503679999.999", 32_503_679_999_999),
    ],
)
def test_instants_in_a_body_are_any_json_number_of_seconds(written: Any, instant: int) -> None:
    dates = b'{"FromDate":%b,"ToDate":%b}' % (written, written)
    body = b'{"Title":"t","Description":"d","RecoveryPointSelection":{"DateRange":%b}}' % dates
    members = read("CreateLegalHold", body=body)
    assert members["RecoveryPointSelection"]["DateRange"] == {
        "FromDate": instant,
        "ToDate": instant,
    }


@pytest.mark.parametrize(
    "written",
    [b"-1", b"32503680000", b"1e300", b"1e999", b"NaN", b"true", b'"2026-01-01T00:00:00Z"', b"[]"],
)
def test_what_is_no_number_of_seconds_is_no_instant(written: Any) -> None:
    with pytest.raises(SerializationError):
        read("CreateLegalHold", body=legal_hold(written))


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2020-01-01T00%3A00%3A00Z", 1_577_836_800_000),
        ("2020-01-01T00:00:00.5Z", 1_577_836_800_500),
        ("2020-01-01T01:00:00%2B01:00", 1_577_836_800_000),
        ("2020-01-01", 1_577_836_800_000),
        ("1577836800", 1_577_836_800_000),
        ("1577836800.25", 1_577_836_800_250),
        ("1.5778368E9", 1_577_836_800_000),
    ],
)
def test_instants_in_a_query_are_iso_8601_or_seconds(written: Any, instant: int) -> None:
    assert read("ListBackupJobs", query=f"createdAfter={written}") == {"ByCreatedAfter": instant}


@pytest.mark.parametrize(
    "written",
    ["", "now", "-1", "1e999", "nan", "inf", "1969-12-31", "3000-01-01", "2020-13-01", "9" * 5000],
)
def test_what_is_neither_iso_8601_nor_seconds_is_no_instant(written: Any) -> None:
    with pytest.raises(SerializationError, match="ByCreatedAfter must be"):
        read("ListBackupJobs", query=f"createdAfter={written}")


def test_whole_numbers_may_be_written_as_doubles() -> None:
    body = {"MinRetentionDays": 7.0, "MaxRetentionDays": -3e2}
    assert read("PutBackupVaultLockConfiguration", VAULT, body=body) == {
        "BackupVaultName": "vault",
        "MinRetentionDays": 7,
        "MaxRetentionDays": -300,
    }


def test_the_documented_spelling_of_a_condition_type_is_read_as_the_models() -> None:
    condition = {"ConditionType": "StringEquals", "ConditionKey": "k", "ConditionValue": "v"}
    body = {"BackupSelection": {"SelectionName": "s", "IamRoleArn": "r", "ListOfTags": [condition]}}
    selection = read("CreateBackupSelection", PLAN, body=body)["BackupSelection"]
    assert selection["ListOfTags"] == [condition | {"ConditionType": "STRINGEQUALS"}]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "The body is not JSON"),
        (b"{}{}", "The body is not JSON"),
        (b"\xef\xbb\xbf{}", "The body is not JSON"),
        (b'{"a":"\xff"}', "The body is not JSON"),
        (b'{"a":"\\ud800"}', "The body is not JSON"),
        (b"[" * 5000, "The body is not JSON"),
        (b"[]", "The body must be a JSON object"),
        (b"null", "The body must be a JSON object"),
        (b'"{}"', "The body must be a JSON object"),
        ({"BackupPlan": []}, "BackupPlan must be an object"),
        ({"BackupPlan": {"Rules": {}}}, "BackupPlan.Rules must be an array"),
        ({"BackupPlan": {"Rules": [{}, None]}}, "BackupPlan.Rules[1] must be an object"),
        (plan(RuleName=1), "BackupPlan.Rules[2].RuleName must be a string"),
        (plan(StartWindowMinutes=True), "BackupPlan.Rules[2].StartWindowMinutes must be a whole"),
        (plan(StartWindowMinutes=60.5), "BackupPlan.Rules[2].StartWindowMinutes must be a whole"),
        (plan(StartWindowMinutes="60"), "BackupPlan.Rules[2].StartWindowMinutes must be a whole"),
        (plan(StartWindowMinutes=2**63), "BackupPlan.Rules[2].StartWindowMinutes must be a whole"),
        (
            plan(StartWindowMinutes=2.0**54),
            "BackupPlan.Rules[2].StartWindowMinutes must be a whole",
        ),
        (plan(StartWindowMinutes=1e30), "BackupPlan.Rules[2].StartWindowMinutes must be a whole"),
        (plan(EnableContinuousBackup=1), "Rules[2].EnableContinuousBackup must be true or false"),
        (plan(RecoveryPointTags={"k": 1}), "BackupPlan.Rules[2].RecoveryPointTags.k must be a str"),
        (plan(RecoveryPointTags={"k": None}), "Rules[2].RecoveryPointTags.k must be a string"),
        (plan(RecoveryPointTags=["k"]), "Rules[2].RecoveryPointTags must be an object"),
    ],
)
def test_a_body_of_the_wrong_type_is_a_serialization_error_naming_the_member(
    body: Any, said: str
) -> None:
    with pytest.raises(SerializationError) as refused:
        read("CreateBackupPlan", body=body)
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("maxResults=five", "MaxResults must be a whole number of 32 bits"),
        ("maxResults=", "MaxResults must be a whole number of 32 bits"),
        ("maxResults=5.0", "MaxResults must be a whole number of 32 bits"),
        ("maxResults=%D9%A1", "MaxResults must be a whole number of 32 bits"),
        ("maxResults=1_0", "MaxResults must be a whole number of 32 bits"),
        ("maxResults=2147483648", "MaxResults must be a whole number of 32 bits"),
        ("maxResults=" + "9" * 5000, "MaxResults must be a whole number of 32 bits"),
        ("shared=yes", "ByShared must be true or false"),
        ("shared=True", "ByShared must be true or false"),
        ("nextToken=%", "not percent-encoded"),
        ("nextToken=%ff", "not UTF-8"),
        ("nextToken=é", "not percent-encoded"),
        ("&" * 5000, "more than 1000 names"),
    ],
)
def test_a_query_of_the_wrong_type_is_a_serialization_error_naming_the_member(
    query: str, said: str
) -> None:
    with pytest.raises(SerializationError) as refused:
        read("ListBackupVaults", query=query)
    assert said in refused.value.message


def nested(levels: int) -> bytes:
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


def test_a_body_may_be_as_deep_as_the_limit_and_no_deeper() -> None:
    assert read("CreateBackupVault", VAULT, body=nested(NESTING_MAX)) == {
        "BackupVaultName": "vault"
    }
    for levels in (NESTING_MAX + 1, 900, 100_000):
        with pytest.raises(SerializationError):
            read("CreateBackupVault", VAULT, body=nested(levels))


def test_a_wide_body_is_not_a_deep_one() -> None:
    body = {"BackupVaultTags": {str(key): "v" for key in range(100)}, "x": [{}] * 1000}
    assert len(read("CreateBackupVault", VAULT, body=body)["BackupVaultTags"]) == 100


def test_a_body_may_be_as_large_as_the_limit_and_no_larger() -> None:
    body = b"{}".ljust(BODY_BYTES_MAX)
    assert read("CreateBackupVault", VAULT, body=body) == {"BackupVaultName": "vault"}
    with pytest.raises(TooLarge):
        read("CreateBackupVault", VAULT, body=body + b" ")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=3)
            | st.sampled_from(
                sorted({m.name for name in model.shape_names() for m in model.shape(name).members})
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
TEXTS = st.text(max_size=20) | st.sampled_from(["1", "true", "2020-01-01", "1e5", "%41", "ANY"])


def query_of(operation: model.Operation) -> st.SearchStrategy[str]:
    names = [member.wire_name for member in model.members_of(operation.input)]
    pairs = st.tuples(st.sampled_from([*names, "x"]), TEXTS).map("=".join)
    return st.text() | st.lists(pairs, max_size=6).map("&".join)


@given(st.data(), st.sampled_from(sorted(OPERATIONS)))
@settings(database=None, deadline=None, max_examples=400)
def test_any_request_is_read_or_refused(data: st.DataObject, name: str) -> None:
    operation = OPERATIONS[name]
    labels = {
        member.wire_name: data.draw(TEXTS)
        for member in model.members_of(operation.input)
        if member.location == "uri"
    }
    fields = {member.name: JSON for member in model.members_of(operation.input)}
    bodies = st.binary() | (JSON | st.fixed_dictionaries(fields)).map(
        lambda value: json.dumps(value).encode()
    )
    query, body = data.draw(query_of(operation)), data.draw(bodies)
    query_names(query)
    with contextlib.suppress(WireError, Rejected):
        members = read_request(operation, labels, query, body)
        assert set(members) <= {member.name for member in model.members_of(operation.input)}
        assert None not in members.values()
