"""boto3 on plans: creating, reading, updating, deleting. What is refused stands elsewhere."""

import base64
import re
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.clients.server import ACCOUNT, REGION, Server, refused
from tests.clients.things import plan, rule, selection

START = datetime(2026, 1, 1, tzinfo=UTC)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NO_PLAN = "Failed reading Backup plan with provided version"
SAME_DOCUMENT = "Backup plan with the same plan document already exists"
VSS = {"ResourceType": "EC2", "BackupOptions": {"WindowsVSS": "enabled"}}
COPY = {"DestinationBackupVaultArn": f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:far"}


def created(client: Any, document: Any = None, **members: Any) -> Any:
    reply = client.create_backup_plan(BackupPlan=document or plan(), **members)
    del reply["ResponseMetadata"]
    return reply


def got(client: Any, plan_id: str, **members: Any) -> Any:
    reply = client.get_backup_plan(BackupPlanId=plan_id, **members)
    del reply["ResponseMetadata"]
    return reply


def ids(plans: list[dict[str, Any]]) -> list[str]:
    return [row["BackupPlanId"] for row in plans]


def test_a_created_plan_is_named_as_aws_names_it(client: Any) -> None:
    reply = created(client)
    plan_id = reply["BackupPlanId"]
    assert UUID.fullmatch(plan_id)
    assert reply == {
        "BackupPlanId": plan_id,
        "BackupPlanArn": f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-plan:{plan_id}",
        "CreationDate": START,
        "VersionId": reply["VersionId"],
    }
    assert len(reply["VersionId"]) == 48
    assert UUID.fullmatch(base64.b64decode(reply["VersionId"], validate=True).decode())


def test_a_plan_reads_as_it_was_sent_with_its_defaults_filled_in(client: Any) -> None:
    reply = created(client, CreatorRequestId="once")
    read = got(client, reply["BackupPlanId"])
    (rule_read,) = read["BackupPlan"].pop("Rules")
    assert UUID.fullmatch(rule_read.pop("RuleId"))
    assert rule_read == {
        "RuleName": "daily",
        "TargetBackupVaultName": "vault",
        "ScheduleExpression": "cron(0 5 ? * * *)",
        "StartWindowMinutes": 480,
        "CompletionWindowMinutes": 10080,
        "ScheduleExpressionTimezone": "Etc/UTC",
        "EnableContinuousBackup": False,
    }
    assert read == {**reply, "BackupPlan": {"BackupPlanName": "plan"}, "CreatorRequestId": "once"}


def test_what_was_sent_is_echoed_and_nothing_is_added_to_it(client: Any) -> None:
    rules = [
        rule("z-first", Lifecycle={"DeleteAfterDays": 300, "MoveToColdStorageAfterDays": 90}),
        rule("a-second", ScheduleExpression="cron(0 12 * * ? *)", RecoveryPointTags={"env": "a"}),
        rule(
            "third", CopyActions=[COPY, {**COPY, "Lifecycle": {"MoveToColdStorageAfterDays": 90}}]
        ),
        rule("fourth", ScheduleExpressionTimezone="America/New_York", StartWindowMinutes=60),
        rule("fifth", EnableContinuousBackup=True, Lifecycle={"DeleteAfterDays": 35}),
        rule("sixth", IndexActions=[{"ResourceTypes": ["EBS"]}], CompletionWindowMinutes=600),
        rule("seventh", Lifecycle={"OptInToArchiveForSupportedResources": False}),
    ]
    read = got(client, created(client, plan(*rules))["BackupPlanId"])["BackupPlan"]["Rules"]
    assert [row["RuleName"] for row in read] == [row["RuleName"] for row in rules]
    for sent, row in zip(rules, read, strict=True):
        assert {name: row[name] for name in sent} == sent
    assert "Lifecycle" not in read[1]
    assert "RecoveryPointTags" not in read[0]
    assert "CopyActions" not in read[0]


def test_advanced_settings_stand_at_the_top_of_the_reply_alone(client: Any) -> None:
    reply = created(client, plan(AdvancedBackupSettings=[VSS]))
    assert reply["AdvancedBackupSettings"] == [VSS]
    read = got(client, reply["BackupPlanId"])
    assert read["AdvancedBackupSettings"] == [VSS]
    assert "AdvancedBackupSettings" not in read["BackupPlan"]
    assert client.list_backup_plans()["BackupPlansList"][0]["AdvancedBackupSettings"] == [VSS]


def test_scan_settings_stand_in_the_plan_and_in_the_reply_to_an_update(client: Any) -> None:
    settings = {
        "MalwareScanner": "GUARDDUTY",
        "ResourceTypes": ["ALL"],
        "ScannerRoleArn": f"arn:aws:iam::{ACCOUNT}:role/scanner",
    }
    action = {"MalwareScanner": "GUARDDUTY", "ScanMode": "FULL_SCAN"}
    document = plan(rule(ScanActions=[action]), ScanSettings=[settings])
    reply = created(client, document)
    assert "ScanSettings" not in reply
    read = got(client, reply["BackupPlanId"])
    assert read["BackupPlan"]["ScanSettings"] == [settings]
    assert read["BackupPlan"]["Rules"][0]["ScanActions"] == [action]
    updated = client.update_backup_plan(BackupPlanId=reply["BackupPlanId"], BackupPlan=document)
    assert updated["ScanSettings"] == [settings]


def test_names_are_not_unique_and_documents_are(client: Any) -> None:
    first = created(client, CreatorRequestId="first")
    other = created(client, plan(rule(StartWindowMinutes=60)))
    assert other["BackupPlanId"] != first["BackupPlanId"]
    with refused("AlreadyExistsException", SAME_DOCUMENT) as refusal:
        created(client, BackupPlanTags={"env": "tags do not count"})
    assert isinstance(refusal.error, client.exceptions.AlreadyExistsException)
    assert refusal.response["Arn"] == first["BackupPlanArn"]
    assert refusal.response["CreatorRequestId"] == "first"


def test_a_document_with_its_defaults_written_out_is_the_same(client: Any) -> None:
    created(client)
    with refused("AlreadyExistsException", SAME_DOCUMENT):
        created(client, plan(rule(StartWindowMinutes=480, ScheduleExpressionTimezone="Etc/UTC")))


def test_a_create_repeated_with_its_token_answers_the_same_plan(
    server: Server, client: Any
) -> None:
    first = created(client, CreatorRequestId="once")
    server.advance(by="2h")
    assert created(client, CreatorRequestId="once") == first
    assert ids(client.list_backup_plans()["BackupPlansList"]) == [first["BackupPlanId"]]


def test_an_update_is_a_new_version_of_the_whole_document(server: Server, client: Any) -> None:
    first = created(client, plan(rule("daily"), rule("weekly"), AdvancedBackupSettings=[VSS]))
    plan_id = first["BackupPlanId"]
    before = got(client, plan_id)
    server.advance(by="90m")
    updated = client.update_backup_plan(
        BackupPlanId=plan_id, BackupPlan=plan(rule("weekly"), rule("monthly"), name="renamed")
    )
    assert updated["BackupPlanId"] == plan_id
    assert updated["BackupPlanArn"] == first["BackupPlanArn"]
    assert updated["VersionId"] != first["VersionId"]
    assert updated["CreationDate"] == datetime(2026, 1, 1, 1, 30, tzinfo=UTC)
    assert "AdvancedBackupSettings" not in updated

    after = got(client, plan_id)
    assert after["VersionId"] == updated["VersionId"]
    assert after["CreationDate"] == updated["CreationDate"]
    assert after["BackupPlan"]["BackupPlanName"] == "renamed"
    kept, fresh = (row["RuleId"] for row in after["BackupPlan"]["Rules"])
    assert kept == before["BackupPlan"]["Rules"][1]["RuleId"]
    assert fresh not in {row["RuleId"] for row in before["BackupPlan"]["Rules"]}
    assert got(client, plan_id, VersionId=first["VersionId"]) == before


def test_versions_are_listed_in_pages(server: Server, client: Any) -> None:
    reply = created(client)
    versions = [reply["VersionId"]]
    for minutes in (60, 61, 62, 63):
        server.advance(by="1h")
        updated = client.update_backup_plan(
            BackupPlanId=reply["BackupPlanId"], BackupPlan=plan(rule(StartWindowMinutes=minutes))
        )
        versions.append(updated["VersionId"])
    pages = client.get_paginator("list_backup_plan_versions").paginate(
        BackupPlanId=reply["BackupPlanId"], PaginationConfig={"PageSize": 2}
    )
    listed = [row for page in pages for row in page["BackupPlanVersionsList"]]
    assert {row["VersionId"] for row in listed} == {*versions}
    assert len(listed) == 5
    assert {row["BackupPlanName"] for row in listed} == {"plan"}


def test_plans_are_listed_in_pages(server: Server, client: Any) -> None:
    wanted = []
    for number in range(5):
        wanted.append(created(client, plan(name=f"plan-{number}"))["BackupPlanId"])
        server.advance(by="1s")
    pages = client.get_paginator("list_backup_plans").paginate(PaginationConfig={"PageSize": 2})
    assert [ids(page["BackupPlansList"]) for page in pages] == [
        wanted[:2],
        wanted[2:4],
        wanted[4:],
    ]


def test_a_deleted_plan_is_gone_but_for_its_versions(server: Server, client: Any) -> None:
    reply = created(client, BackupPlanTags={"env": "a"})
    plan_id = reply["BackupPlanId"]
    server.advance(by="10m")
    deleted = client.delete_backup_plan(BackupPlanId=plan_id)
    del deleted["ResponseMetadata"]
    at = datetime(2026, 1, 1, 0, 10, tzinfo=UTC)
    assert deleted == {
        "BackupPlanId": plan_id,
        "BackupPlanArn": reply["BackupPlanArn"],
        "DeletionDate": at,
        "VersionId": reply["VersionId"],
    }
    with refused("ResourceNotFoundException", NO_PLAN) as refusal:
        got(client, plan_id)
    assert isinstance(refusal.error, client.exceptions.ResourceNotFoundException)
    assert got(client, plan_id, VersionId=reply["VersionId"])["DeletionDate"] == at
    assert (
        len(client.list_backup_plan_versions(BackupPlanId=plan_id)["BackupPlanVersionsList"]) == 1
    )
    assert client.list_backup_plans()["BackupPlansList"] == []
    (row,) = client.list_backup_plans(IncludeDeleted=True)["BackupPlansList"]
    assert row["DeletionDate"] == at
    with refused("ResourceNotFoundException"):
        client.delete_backup_plan(BackupPlanId=plan_id)
    with refused("ResourceNotFoundException", NO_PLAN):
        client.update_backup_plan(BackupPlanId=plan_id, BackupPlan=plan())
    created(client)  # a deleted plan's document is free again


def test_a_plan_with_selections_cannot_be_deleted(client: Any) -> None:
    plan_id = created(client)["BackupPlanId"]
    chosen = client.create_backup_selection(BackupPlanId=plan_id, BackupSelection=selection())
    with refused(
        "InvalidRequestException",
        "Related backup plan selections must be deleted prior to backup plan deletion",
    ):
        client.delete_backup_plan(BackupPlanId=plan_id)
    client.delete_backup_selection(BackupPlanId=plan_id, SelectionId=chosen["SelectionId"])
    client.delete_backup_plan(BackupPlanId=plan_id)


@pytest.mark.parametrize("plan_id", [str(uuid.UUID(int=7)), "aws/efs/a", "no plan"])
def test_a_plan_that_never_was_is_not_found(client: Any, plan_id: str) -> None:
    with refused("ResourceNotFoundException", NO_PLAN):
        client.get_backup_plan(BackupPlanId=plan_id)
    for ask in (client.list_backup_plan_versions, client.delete_backup_plan):
        with refused("ResourceNotFoundException"):
            ask(BackupPlanId=plan_id)


def test_a_version_that_never_was_is_not_found(client: Any) -> None:
    plan_id = created(client)["BackupPlanId"]
    with refused("ResourceNotFoundException", NO_PLAN):
        client.get_backup_plan(BackupPlanId=plan_id, VersionId="invented")


def test_a_preview_shows_the_next_runs_in_time_order(client: Any) -> None:
    document = plan(rule("daily"), rule("noon", ScheduleExpression="cron(0 12 ? * * *)"))
    plan_id = created(client, document)["BackupPlanId"]
    assert "ScheduledRunsPreview" not in got(client, plan_id)
    read = got(client, plan_id, MaxScheduledRunsPreview=3)
    daily, noon = (row["RuleId"] for row in read["BackupPlan"]["Rules"])
    assert [
        (run["ExecutionTime"], run["RuleId"], run["RuleExecutionType"])
        for run in read["ScheduledRunsPreview"]
    ] == [
        (datetime(2026, 1, 1, 5, tzinfo=UTC), daily, "SNAPSHOTS"),
        (datetime(2026, 1, 1, 12, tzinfo=UTC), noon, "SNAPSHOTS"),
        (datetime(2026, 1, 2, 5, tzinfo=UTC), daily, "SNAPSHOTS"),
    ]
    with refused("InvalidParameterValueException"):
        got(client, plan_id, MaxScheduledRunsPreview=11)


def test_a_preview_shows_the_rule_that_keeps_longer_where_two_fire_together(client: Any) -> None:
    document = plan(
        rule("daily", Lifecycle={"DeleteAfterDays": 35}),
        rule("weekly", ScheduleExpression="cron(0 5 ? * SUN *)", Lifecycle={"DeleteAfterDays": 90}),
    )
    plan_id = created(client, document)["BackupPlanId"]
    read = got(client, plan_id, MaxScheduledRunsPreview=5)
    daily, weekly = (row["RuleId"] for row in read["BackupPlan"]["Rules"])
    runs = [run["RuleId"] for run in read["ScheduledRunsPreview"]]
    assert runs == [daily, daily, daily, weekly, daily]  # the fourth is a Sunday


def test_a_preview_follows_each_rules_own_time_zone(client: Any) -> None:
    document = plan(rule(ScheduleExpressionTimezone="America/New_York"))
    plan_id = created(client, document)["BackupPlanId"]
    (run,) = got(client, plan_id, MaxScheduledRunsPreview=1)["ScheduledRunsPreview"]
    assert run["ExecutionTime"] == datetime(2026, 1, 1, 10, tzinfo=UTC)
