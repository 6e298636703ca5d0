"""restJson1, replies: what is written, and what a reply may not hold."""

import enum
import json
from collections import ChainMap
from typing import Any

import orjson
import pytest

from vaultclock.adapters.http import model
from vaultclock.adapters.http.protocol import check_reply, write_reply

OPERATIONS = model.operations()


def written(name: str, reply: Any) -> Any:
    return json.loads(write_reply(OPERATIONS[name], reply))


def test_absent_members_are_written_as_null_and_instants_as_seconds() -> None:
    reply = {"BackupVaultName": "v", "BackupVaultArn": "a", "CreationDate": 1_568_928_754_747}
    body = write_reply(OPERATIONS["CreateBackupVault"], reply)
    assert body == (b'{"BackupVaultName":"v","BackupVaultArn":"a","CreationDate":1568928754.747}')
    body = write_reply(OPERATIONS["ListTags"], {"Tags": {"App": "Backups"}})
    assert body == b'{"NextToken":null,"Tags":{"App":"Backups"}}'  # observed, 43 bytes


def test_an_operation_whose_output_has_no_members_has_an_empty_body() -> None:
    for name in ("DeleteBackupVault", "CancelLegalHold", "DeleteTieringConfiguration"):
        assert write_reply(OPERATIONS[name], None) == b""
        assert write_reply(OPERATIONS[name], {}) == b""


def test_a_member_that_the_model_does_not_know_is_a_bug() -> None:
    with pytest.raises(AssertionError, match=r"CreateBackupVaultOutput has no \['Odd'\]"):
        write_reply(OPERATIONS["CreateBackupVault"], {"Odd": 1})
    with pytest.raises(AssertionError, match="DeleteBackupVault has no output"):
        write_reply(OPERATIONS["DeleteBackupVault"], {"Odd": 1})


class State(enum.StrEnum):
    AVAILABLE = "AVAILABLE"


def test_rows_may_hand_tuples_str_enums_and_any_mapping() -> None:
    newer: dict[str, Any] = {"CreationDate": 1, "Status": State.AVAILABLE}
    point = ChainMap({"RecoveryPointArn": "a"}, newer)
    reply = {"RecoveryPoints": (point,), "NextToken": None}
    row = written("ListRecoveryPointsByBackupVault", reply)["RecoveryPoints"][0]
    assert (row["RecoveryPointArn"], row["CreationDate"], row["Status"]) == (
        "a",
        0.001,
        "AVAILABLE",
    )
    assert check_reply(OPERATIONS["ListRecoveryPointsByBackupVault"], reply) == []
    tags = {"Tags": ChainMap({State.AVAILABLE: "x"})}
    assert written("ListTags", tags)["Tags"] == {"AVAILABLE": "x"}


def test_writing_leaves_what_it_was_given_alone() -> None:
    rule = {"RuleName": "r", "TargetBackupVaultName": "v"}
    reply = {"BackupPlan": {"BackupPlanName": "p", "Rules": [rule]}, "CreationDate": 1000}
    before = orjson.dumps(reply)
    write_reply(OPERATIONS["GetBackupPlan"], reply)
    assert orjson.dumps(reply) == before


@pytest.mark.parametrize(
    ("name", "reply", "said"),
    [
        ("CreateBackupVault", {"Odd": 1}, "Odd is unknown to CreateBackupVaultOutput"),
        ("CreateBackupVault", {"BackupVaultName": 1}, "BackupVaultName is not a string: 1"),
        ("CreateBackupVault", {"CreationDate": 1.5}, "CreationDate is not a timestamp: 1.5"),
        ("CreateBackupVault", {"CreationDate": -1}, "CreationDate is not a timestamp: -1"),
        ("DescribeBackupVault", {"Locked": 1}, "Locked is not a boolean: 1"),
        ("DescribeBackupVault", {"NumberOfRecoveryPoints": True}, "is not a long: True"),
        ("ListBackupVaults", {"BackupVaultList": {}}, "BackupVaultList is not a list: {}"),
        (
            "ListBackupVaults",
            {"BackupVaultList": [{}, {"Locked": "no"}]},
            "BackupVaultList[1].Locked is not a boolean: 'no'",
        ),
        ("ListTags", {"Tags": {"k": 1}}, "Tags.k is not a string: 1"),
        ("ListTags", {"Tags": {1: "v"}}, "Tags key 1 is not a string: 1"),
        (
            "GetBackupPlan",
            {"BackupPlan": {"BackupPlanName": "p", "Rules": [{"RuleName": "r"}]}},
            "BackupPlan.Rules[0].TargetBackupVaultName is required by BackupRule and absent",
        ),
        ("ListBackupVaults", [], "ListBackupVaultsOutput is not a structure: []"),
        ("DeleteBackupVault", {"Odd": 1}, "DeleteBackupVault has no output"),
    ],
)
def test_a_reply_that_does_not_fit_the_model_is_told_where(
    name: str, reply: Any, said: str
) -> None:
    complaints = check_reply(OPERATIONS[name], reply)
    assert any(said in complaint for complaint in complaints), complaints
