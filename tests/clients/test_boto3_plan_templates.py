"""boto3 on plan templates: exporting, reading back, and those that AWS supplies."""

import json
from typing import Any

import pytest

from tests.clients.server import Server, refused
from tests.clients.things import plan, rule

VSS = {"ResourceType": "EC2", "BackupOptions": {"WindowsVSS": "enabled"}}
DAILY_35 = "87c0c1ef-254d-4180-8fef-2e76a2c38aaa"


def exported(client: Any) -> str:
    document = plan(
        rule("weekly", Lifecycle={"DeleteAfterDays": 90}, RecoveryPointTags={"env": "a"}),
        rule("daily", ScheduleExpressionTimezone="Europe/Berlin"),
        AdvancedBackupSettings=[VSS],
    )
    plan_id = client.create_backup_plan(BackupPlan=document)["BackupPlanId"]
    text: str = client.export_backup_plan_template(BackupPlanId=plan_id)["BackupPlanTemplateJson"]
    return text


def test_an_exported_plan_reads_back_as_a_plan_that_can_be_created(client: Any) -> None:
    text = exported(client)
    document = client.get_backup_plan_from_json(BackupPlanTemplateJson=text)["BackupPlan"]
    assert document["BackupPlanName"] == "plan"
    assert [row["RuleName"] for row in document["Rules"]] == ["weekly", "daily"]
    assert document["AdvancedBackupSettings"] == [VSS]
    copy = client.create_backup_plan(BackupPlan={**document, "BackupPlanName": "copy"})
    assert copy["AdvancedBackupSettings"] == [VSS]


def test_a_template_that_was_changed_is_refused(client: Any) -> None:
    members = json.loads(exported(client))
    members["BackupPlanName"] = "changed"
    for text in (json.dumps(members), json.dumps(plan()), "no JSON", "[]"):
        with refused("InvalidParameterValueException"):
            client.get_backup_plan_from_json(BackupPlanTemplateJson=text)


def test_a_template_belongs_to_the_account_that_exported_it(server: Server, client: Any) -> None:
    text = exported(client)
    with refused("InvalidParameterValueException"):
        server.client(account="210987654321").get_backup_plan_from_json(BackupPlanTemplateJson=text)


def test_a_plan_that_is_not_there_cannot_be_exported(client: Any) -> None:
    with refused("ResourceNotFoundException"):
        client.export_backup_plan_template(BackupPlanId="missing")


def test_the_documented_template_reads_as_aws_documents_it(client: Any) -> None:
    reply = client.get_backup_plan_from_template(BackupPlanTemplateId=DAILY_35)
    assert reply["BackupPlanDocument"] == {
        "Rules": [
            {
                "RuleName": "DailyBackups",
                "ScheduleExpression": "cron(0 5 ? * * *)",
                "StartWindowMinutes": 480,
                "Lifecycle": {"DeleteAfterDays": 35},
            }
        ]
    }


def test_every_listed_template_makes_a_plan_once_it_is_named(client: Any) -> None:
    pages = client.get_paginator("list_backup_plan_templates").paginate(
        PaginationConfig={"PageSize": 1}
    )
    listed = [row for page in pages for row in page["BackupPlanTemplatesList"]]
    assert listed[0] == {
        "BackupPlanTemplateId": DAILY_35,
        "BackupPlanTemplateName": "Daily-35day-Retention",
    }
    for row in listed:
        reply = client.get_backup_plan_from_template(
            BackupPlanTemplateId=row["BackupPlanTemplateId"]
        )
        rules = [
            {**each, "TargetBackupVaultName": "vault"}
            for each in reply["BackupPlanDocument"]["Rules"]
        ]
        client.create_backup_plan(
            BackupPlan={"BackupPlanName": row["BackupPlanTemplateName"], "Rules": rules}
        )
    assert len(client.list_backup_plans()["BackupPlansList"]) == len(listed)


@pytest.mark.parametrize("template_id", ["missing", "a/b"])
def test_a_template_that_aws_does_not_supply_is_not_found(client: Any, template_id: str) -> None:
    with refused("ResourceNotFoundException"):
        client.get_backup_plan_from_template(BackupPlanTemplateId=template_id)
