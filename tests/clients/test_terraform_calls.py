"""The calls of Terraform's AWS provider 5.100, as they were seen on the wire, one by one.

What it sends differs from boto3: no last slash in a path, no tokens, empty lists and structures
written out. Expected is what it compares with its state and matches on (its vault.go, plan.go,
selection.go and find.go).
"""

from typing import Any
from urllib.parse import quote

import pytest

from tests.clients.server import ACCOUNT, REGION, Response, Server
from tests.clients.things import FILES, ROLE, VOLUME, backed_up

VAULT_ARN = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:vault"
DAILY = {
    "CompletionWindowMinutes": 180,
    "CopyActions": [
        {
            "DestinationBackupVaultArn": VAULT_ARN,
            "Lifecycle": {"DeleteAfterDays": 120, "MoveToColdStorageAfterDays": 30},
        }
    ],
    "EnableContinuousBackup": False,
    "Lifecycle": {"DeleteAfterDays": 35},
    "RecoveryPointTags": {"team": "data"},
    "RuleName": "daily",
    "ScheduleExpression": "cron(0 12 * * ? *)",
    "ScheduleExpressionTimezone": "Etc/UTC",
    "StartWindowMinutes": 60,
    "TargetBackupVaultName": "vault",
}
CONTINUOUS = {
    "CompletionWindowMinutes": 180,
    "EnableContinuousBackup": True,
    "Lifecycle": {"DeleteAfterDays": 7},
    "RuleName": "continuous",
    "ScheduleExpression": "cron(0 5 ? * * *)",
    "ScheduleExpressionTimezone": "Etc/UTC",
    "StartWindowMinutes": 60,
    "TargetBackupVaultName": "vault",
}
VSS = [{"BackupOptions": {"WindowsVSS": "enabled"}, "ResourceType": "EC2"}]
BY_ARN: dict[str, Any] = {
    "Conditions": {},
    "IamRoleArn": ROLE,
    "ListOfTags": [],
    "NotResources": [],
    "Resources": [VOLUME],
    "SelectionName": "by-arn",
}
BY_TAG: dict[str, Any] = {
    "Conditions": {
        "StringLike": [{"ConditionKey": "aws:ResourceTag/team", "ConditionValue": "d*"}]
    },
    "IamRoleArn": ROLE,
    "ListOfTags": [
        {"ConditionKey": "team", "ConditionType": "STRINGEQUALS", "ConditionValue": "data"}
    ],
    "NotResources": ["arn:aws:s3:::*"],
    "Resources": ["*"],
    "SelectionName": "by-tag",
}


def document(*rules: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"BackupPlanName": "plan", "Rules": [*rules], **members}


def succeeded(response: Response) -> Any:
    assert response.status == 200, response
    return response.members if response.body else None


def error_of(response: Response) -> tuple[str, str]:
    """Read class and message as the Go SDK does: the header counts, up to its colon."""
    assert response.status >= 400
    return response.headers["x-amzn-errortype"].partition(":")[0], response.members["Message"]


def tags(server: Server, arn: str) -> Any:
    return succeeded(server.call("GET", f"/tags/{quote(arn, safe='')}"))["Tags"]


@pytest.fixture
def plan_id(server: Server) -> str:
    body = {
        "BackupPlan": document(CONTINUOUS, DAILY, AdvancedBackupSettings=VSS),
        "BackupPlanTags": {"team": "data"},
    }
    made: str = succeeded(server.call("PUT", "/backup/plans", body))["BackupPlanId"]
    return made


def select(server: Server, plan_id: str, selection: dict[str, Any]) -> str:
    body = {"BackupSelection": selection}
    made = succeeded(server.call("PUT", f"/backup/plans/{plan_id}/selections", body))
    selection_id: str = made["SelectionId"]
    return selection_id


def test_a_vault_is_created_read_tagged_and_deleted(server: Server) -> None:
    made = server.call("PUT", "/backup-vaults/vault", {"BackupVaultTags": {"team": "data"}})
    assert succeeded(made)["BackupVaultArn"] == VAULT_ARN
    read = succeeded(server.call("GET", "/backup-vaults/vault"))
    assert read["BackupVaultArn"] == VAULT_ARN
    assert read["BackupVaultName"] == "vault"
    assert read["NumberOfRecoveryPoints"] == 0
    assert read["EncryptionKeyArn"].startswith("arn:aws:kms:")  # computed where none was given
    assert tags(server, VAULT_ARN) == {"team": "data"}

    path = quote(VAULT_ARN, safe="")
    untagged = server.call("POST", f"/untag/{path}", {"TagKeyList": ["team"]})
    assert succeeded(untagged) is None
    assert succeeded(server.call("POST", f"/tags/{path}", {"Tags": {"owner": "me"}})) is None
    assert tags(server, VAULT_ARN) == {"owner": "me"}
    assert succeeded(server.call("GET", "/backup-vaults/vault")) == read

    assert succeeded(server.call("DELETE", "/backup-vaults/vault")) is None
    gone = ("ResourceNotFoundException", "AccessDeniedException")
    assert error_of(server.call("GET", "/backup-vaults/vault"))[0] in gone


def test_a_vault_that_force_destroy_empties_can_be_deleted(server: Server) -> None:
    succeeded(server.call("PUT", "/backup-vaults/vault", {}))
    backed_up(server, VOLUME, FILES)
    rows = succeeded(server.call("GET", "/backup-vaults/vault/recovery-points"))
    assert len(rows["RecoveryPoints"]) == 2
    for row in rows["RecoveryPoints"]:
        path = f"/backup-vaults/vault/recovery-points/{quote(row['RecoveryPointArn'], safe='')}"
        assert succeeded(server.call("DELETE", path)) is None
        assert succeeded(server.call("GET", path))["Status"] == "DELETING"
        server.advance(by="5s")
        assert error_of(server.call("GET", path))[0] == "ResourceNotFoundException"
    assert succeeded(server.call("DELETE", "/backup-vaults/vault")) is None


def test_a_plan_reads_as_the_state_that_terraform_keeps(server: Server, plan_id: str) -> None:
    read = succeeded(server.call("GET", f"/backup/plans/{plan_id}"))
    assert read["BackupPlan"]["BackupPlanName"] == "plan"
    assert read["BackupPlan"]["AdvancedBackupSettings"] is None
    assert read["AdvancedBackupSettings"] == VSS
    for sent, row in zip((CONTINUOUS, DAILY), read["BackupPlan"]["Rules"], strict=True):
        assert {name: compact(row[name]) for name in sent} == sent
    assert read["BackupPlan"]["Rules"][0]["CopyActions"] is None
    assert tags(server, read["BackupPlanArn"]) == {"team": "data"}


def compact(value: Any) -> Any:
    """Leave out what is null, as the Go SDK does."""
    if isinstance(value, dict):
        return {name: compact(each) for name, each in value.items() if each is not None}
    return [compact(each) for each in value] if isinstance(value, list) else value


def test_a_plan_is_updated_under_its_id(server: Server, plan_id: str) -> None:
    before = succeeded(server.call("GET", f"/backup/plans/{plan_id}"))
    changed = {**DAILY, "Lifecycle": {"DeleteAfterDays": 90}}
    body = {"BackupPlan": document(changed)}
    updated = succeeded(server.call("POST", f"/backup/plans/{plan_id}", body))
    after = succeeded(server.call("GET", f"/backup/plans/{plan_id}"))
    assert after["BackupPlanArn"] == before["BackupPlanArn"]
    assert after["VersionId"] == updated["VersionId"] != before["VersionId"]
    assert after["AdvancedBackupSettings"] is None
    (rule,) = after["BackupPlan"]["Rules"]
    assert compact(rule["Lifecycle"]) == {"DeleteAfterDays": 90}


def test_a_plans_deletion_waits_for_its_selections(server: Server, plan_id: str) -> None:
    selection_id = select(server, plan_id, BY_ARN)
    code, message = error_of(server.call("DELETE", f"/backup/plans/{plan_id}"))
    assert code == "InvalidRequestException"
    assert "Related backup plan selections must be deleted prior to backup" in message
    path = f"/backup/plans/{plan_id}/selections/{selection_id}"
    assert succeeded(server.call("DELETE", path)) is None
    assert succeeded(server.call("DELETE", f"/backup/plans/{plan_id}"))["BackupPlanId"] == plan_id
    for method in ("GET", "DELETE"):
        code, _ = error_of(server.call(method, f"/backup/plans/{plan_id}"))
        assert code == "ResourceNotFoundException"


@pytest.mark.parametrize("sent", [BY_ARN, BY_TAG], ids=["by ARN", "by tag"])
def test_a_selection_reads_as_the_state_that_terraform_keeps(
    server: Server, plan_id: str, sent: dict[str, Any]
) -> None:
    selection_id = select(server, plan_id, sent)
    path = f"/backup/plans/{plan_id}/selections/{selection_id}"
    read = succeeded(server.call("GET", path))["BackupSelection"]
    conditions = read.pop("Conditions")
    assert read == {name: value for name, value in sent.items() if name != "Conditions"}
    assert {name: rows for name, rows in conditions.items() if rows} == sent["Conditions"]


def test_a_selection_that_is_gone_is_gone_in_the_words_terraform_knows(
    server: Server, plan_id: str
) -> None:
    path = f"/backup/plans/{plan_id}/selections/{select(server, plan_id, BY_ARN)}"
    assert succeeded(server.call("DELETE", path)) is None
    assert error_of(server.call("GET", path))[0] == "ResourceNotFoundException"
    assert error_of(server.call("DELETE", path))[0] == "InvalidParameterValueException"
    succeeded(server.call("DELETE", f"/backup/plans/{plan_id}"))
    code, message = error_of(server.call("GET", path))
    assert code == "InvalidParameterValueException"
    assert "Cannot find Backup plan" in message
    assert error_of(server.call("DELETE", path))[0] == "InvalidParameterValueException"


def test_two_selections_of_one_plan_are_replaced_in_any_order(server: Server, plan_id: str) -> None:
    old = [select(server, plan_id, BY_ARN), select(server, plan_id, BY_TAG)]
    new = select(server, plan_id, {**BY_TAG, "Resources": [VOLUME]})  # create_before_destroy
    for selection_id in old:
        succeeded(server.call("DELETE", f"/backup/plans/{plan_id}/selections/{selection_id}"))
    rows = succeeded(server.call("GET", f"/backup/plans/{plan_id}/selections"))
    assert [row["SelectionId"] for row in rows["BackupSelectionsList"]] == [new]


def test_two_vaults_and_plans_do_not_meet_without_tokens(server: Server, plan_id: str) -> None:
    succeeded(server.call("PUT", "/backup-vaults/vault", {}))
    code, message = error_of(server.call("PUT", "/backup-vaults/vault", {}))
    assert (code, message) == (
        "AlreadyExistsException",
        "Backup vault with the same name already exists",
    )
    other = {"BackupPlan": document(DAILY)}
    assert succeeded(server.call("PUT", "/backup/plans", other))["BackupPlanId"] != plan_id
    code, message = error_of(server.call("PUT", "/backup/plans", other))
    assert (code, message) == (
        "AlreadyExistsException",
        "Backup plan with the same plan document already exists",
    )
