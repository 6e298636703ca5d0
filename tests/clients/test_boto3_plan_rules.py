"""boto3 on what plans may not say: AWS's exact messages where they are known."""

import json
from typing import Any

import pytest

from tests.clients.server import ACCOUNT, Server, refused
from tests.clients.things import plan, rule

IN_RULE = "Error in some rules due to : "
APART = (
    "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from"
    " MoveToColdStorageAfterDays"
)
RANGE = "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 36500 days"
VAULT_ARN = f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:far"
LIFECYCLES = [
    ({"MoveToColdStorageAfterDays": 8, "DeleteAfterDays": 97}, APART),
    ({"MoveToColdStorageAfterDays": 0, "DeleteAfterDays": 7}, APART),
    ({"DeleteAfterDays": 0}, RANGE),
    ({"DeleteAfterDays": 36501}, RANGE),
]


def create(client: Any, document: dict[str, Any], **members: Any) -> Any:
    return client.create_backup_plan(BackupPlan=document, **members)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        *(({"Lifecycle": lifecycle}, reason) for lifecycle, reason in LIFECYCLES),
        (
            {"EnableContinuousBackup": True, "Lifecycle": {"DeleteAfterDays": 84}},
            RANGE,
        ),
        (
            {"EnableContinuousBackup": True},
            "Lifecycle must be specified for backup rule enabled continuous backup",
        ),
        (
            {
                "EnableContinuousBackup": True,
                "Lifecycle": {"DeleteAfterDays": 30, "MoveToColdStorageAfterDays": 7},
            },
            "Invalid lifecycle. MoveToColdStorageAfterDays is unavailable",
        ),
        (
            {"TargetBackupVaultName": "Random Backups"},
            "Backup vault name Random Backups is not valid",
        ),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_rule_is_said_as_aws_says_it(
    client: Any, members: dict[str, Any], reason: str
) -> None:
    with refused("InvalidParameterValueException", IN_RULE + reason) as refusal:
        create(client, plan({**rule("first"), **members}))
    assert refusal.response["Code"] == "ERROR_3015"
    assert json.loads(refusal.response["Context"]) == ["first", reason]
    assert client.list_backup_plans()["BackupPlansList"] == []


@pytest.mark.parametrize(("lifecycle", "reason"), LIFECYCLES, ids=str)
def test_an_update_is_judged_as_a_creation_is(
    client: Any, lifecycle: dict[str, Any], reason: str
) -> None:
    made = create(client, plan())
    with refused("InvalidParameterValueException", IN_RULE + reason):
        client.update_backup_plan(
            BackupPlanId=made["BackupPlanId"], BackupPlan=plan(rule(Lifecycle=lifecycle))
        )
    read = client.get_backup_plan(BackupPlanId=made["BackupPlanId"])
    assert read["VersionId"] == made["VersionId"]


def test_a_rule_without_a_vault_is_refused_in_aws_words(server: Server) -> None:
    body = {"BackupPlan": {"BackupPlanName": "plan", "Rules": [{"RuleName": "daily"}]}}
    response = server.call("PUT", "/backup/plans/", body)
    assert response.status == 400
    assert response.headers["x-amzn-errortype"].startswith("InvalidParameterValueException:http")
    assert response.members["Message"] == "Error in some rules due to: Backup vault name is null"


def test_an_option_that_its_type_does_not_take_is_laid_to_the_type(client: Any) -> None:
    setting = {"ResourceType": "EC2", "BackupOptions": {"WindowsVSS": "Enabled"}}
    with refused("InvalidParameterValueException", "Invalid Resource Type : EC2"):
        create(client, plan(AdvancedBackupSettings=[setting]))


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 day)",
        "cron(0 5 * * * *)",
        "cron(0 5 ? * ? *)",
        "cron(0 5 ? * *)",
        "cron(0/30 * ? * * *)",
        "cron(0 25 ? * * *)",
        "cron(0 5 ? * 3#1,6#3 *)",
        "",
    ],
)
def test_a_schedule_that_aws_backup_does_not_run_is_refused(client: Any, expression: str) -> None:
    with refused("InvalidParameterValueException"):
        create(client, plan(rule(ScheduleExpression=expression)))


@pytest.mark.parametrize(
    "members",
    [
        {"RuleName": "two words"},
        {"RuleName": "r" * 51},
        {"ScheduleExpressionTimezone": "Mars/Olympus"},
        {"StartWindowMinutes": 30},
        {"StartWindowMinutes": 52_560_001},
        {"StartWindowMinutes": 480, "CompletionWindowMinutes": 479},
        {"Lifecycle": {"DeleteAfterDays": 1, "DeleteAfterEvent": "DELETE_AFTER_COPY"}},
        {"CopyActions": [{"DestinationBackupVaultArn": "vault"}]},
        {"CopyActions": [{"DestinationBackupVaultArn": VAULT_ARN, "Lifecycle": LIFECYCLES[0][0]}]},
        {"IndexActions": [{"ResourceTypes": ["RDS"]}]},
        {"ScanActions": [{"MalwareScanner": "GUARDDUTY", "ScanMode": "FULL_SCAN"}]},
        {"TargetLogicallyAirGappedBackupVaultArn": VAULT_ARN.replace("us-east-1", "eu-west-1")},
        {"RecoveryPointTags": {"aws:reserved": "x"}},
    ],
    ids=str,
)
def test_a_rule_that_breaks_a_rule_of_aws_is_refused(client: Any, members: dict[str, Any]) -> None:
    with refused("InvalidParameterValueException"):
        create(client, plan({**rule(), **members}))


@pytest.mark.parametrize(
    "members",
    [
        {"StartWindowMinutes": 60, "CompletionWindowMinutes": 120},
        {"StartWindowMinutes": 52_560_000, "CompletionWindowMinutes": 52_560_000},
        {"Lifecycle": {"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 91}},
        {"Lifecycle": {"MoveToColdStorageAfterDays": -1, "DeleteAfterDays": -1}},
        {"Lifecycle": {"DeleteAfterDays": 36500}},
        {"EnableContinuousBackup": True, "Lifecycle": {"DeleteAfterDays": 35}},
        {"CopyActions": [{"DestinationBackupVaultArn": VAULT_ARN}]},
        {"TargetLogicallyAirGappedBackupVaultArn": VAULT_ARN},
    ],
    ids=str,
)
def test_a_rule_at_the_edge_of_what_aws_takes_is_taken(
    client: Any, members: dict[str, Any]
) -> None:
    assert create(client, plan(rule(**members)))["BackupPlanId"]


@pytest.mark.parametrize(
    "document",
    [
        plan(*(rule(f"rule-{number}") for number in range(11))),
        plan(
            rule(CopyActions=[{"DestinationBackupVaultArn": VAULT_ARN + str(n)} for n in range(6)])
        ),
        plan(rule(RecoveryPointTags={f"key-{number}": "" for number in range(11)})),
    ],
    ids=["rules", "copy actions", "tags"],
)
def test_a_quota_of_a_plan_is_a_limit(client: Any, document: dict[str, Any]) -> None:
    with refused("LimitExceededException") as refusal:
        create(client, document)
    assert isinstance(refusal.error, client.exceptions.LimitExceededException)


@pytest.mark.parametrize(
    "document",
    [
        plan(name="two words"),
        plan(name=""),
        plan(name="p" * 201),
        {"BackupPlanName": "plan", "Rules": []},
        plan(rule("same"), rule("same")),
    ],
    ids=["spaces", "no name", "long name", "no rules", "one name twice"],
)
def test_a_document_that_is_no_plan_is_refused(client: Any, document: dict[str, Any]) -> None:
    with refused("InvalidParameterValueException"):
        create(client, document)


@pytest.mark.parametrize("token", ["two words", "t" * 51])
def test_a_token_that_is_none_is_refused(client: Any, token: str) -> None:
    with refused("InvalidParameterValueException"):
        create(client, plan(), CreatorRequestId=token)


@pytest.mark.parametrize("members", [{"MaxResults": 1001}, {"NextToken": "invented"}], ids=str)
def test_a_list_refuses_what_it_cannot_read(client: Any, members: dict[str, Any]) -> None:
    plan_id = create(client, plan())["BackupPlanId"]
    with refused("InvalidParameterValueException"):
        client.list_backup_plans(**members)
    with refused("InvalidParameterValueException"):
        client.list_backup_plan_versions(BackupPlanId=plan_id, **members)
