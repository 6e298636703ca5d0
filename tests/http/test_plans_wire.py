"""Plans on the wire: what the rows read out of members and what they reply."""

import json
from typing import Any

import pytest

from tests.http.plan_calls import ROLE, RULE, START, call, created, plan
from tests.spec import HERE
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.instants import DAY, HOUR
from vaultclock.domain.kernel.refusals import InvalidParameterValue, ResourceNotFound

VAULT_ARN = "arn:aws:backup:eu-west-1:123456789012:backup-vault:copies"
DEFAULTS = {
    "ScheduleExpression": "cron(0 5 ? * * *)",
    "StartWindowMinutes": 480,
    "CompletionWindowMinutes": 10_080,
    "ScheduleExpressionTimezone": "Etc/UTC",
    "EnableContinuousBackup": False,
}
FULL_RULE = {
    "RuleName": "everything",
    "TargetBackupVaultName": "Default",
    "TargetLogicallyAirGappedBackupVaultArn": (
        "arn:aws:backup:us-east-1:123456789012:backup-vault:gapped"
    ),
    "ScheduleExpression": "cron(15 1 ? * MON *)",
    "ScheduleExpressionTimezone": "Europe/Berlin",
    "StartWindowMinutes": 60,
    "CompletionWindowMinutes": 120,
    "Lifecycle": {"DeleteAfterDays": 7},
    "RecoveryPointTags": {"kept": "yes"},
    "CopyActions": [
        {"DestinationBackupVaultArn": VAULT_ARN, "Lifecycle": {"MoveToColdStorageAfterDays": 90}},
        {"DestinationBackupVaultArn": VAULT_ARN},
    ],
    "EnableContinuousBackup": True,
    "IndexActions": [{"ResourceTypes": ["EBS"]}],
    "ScanActions": [{"MalwareScanner": "GUARDDUTY", "ScanMode": "FULL_SCAN"}],
}
ADVANCED = [{"ResourceType": "EC2", "BackupOptions": {"WindowsVSS": "enabled"}}]
SCAN_SETTINGS = [{"MalwareScanner": "GUARDDUTY", "ResourceTypes": ["ALL"], "ScannerRoleArn": ROLE}]


@pytest.fixture
def engine() -> Engine:
    return Engine(start=START)


def got(engine: Engine, plan_id: str, **wire: Any) -> Any:
    return call(engine, "GetBackupPlan", BackupPlanId=plan_id, **wire)


def test_a_plan_is_created_and_got_with_what_was_sent_and_the_defaults_and_nothing_else(
    engine: Engine,
) -> None:
    reply = call(engine, "CreateBackupPlan", BackupPlan=plan())
    arn = f"arn:aws:backup:us-east-1:123456789012:backup-plan:{reply['BackupPlanId']}"
    assert reply["BackupPlanArn"] == arn
    assert set(reply) == {"BackupPlanId", "BackupPlanArn", "CreationDate", "VersionId"}

    found = got(engine, reply["BackupPlanId"])
    (rule,) = found.pop("BackupPlan")["Rules"]
    assert rule == {**RULE, **DEFAULTS, "RuleId": rule["RuleId"]}
    assert found == reply


def test_a_full_plan_is_echoed_and_its_advanced_settings_stand_at_the_top_only(
    engine: Engine,
) -> None:
    document = plan(FULL_RULE, AdvancedBackupSettings=ADVANCED, ScanSettings=SCAN_SETTINGS)
    reply = call(
        engine,
        "CreateBackupPlan",
        BackupPlan=document,
        BackupPlanTags={"team": "blue"},
        CreatorRequestId="token",
    )
    assert reply["AdvancedBackupSettings"] == ADVANCED
    assert "ScanSettings" not in reply

    found = got(engine, reply["BackupPlanId"])
    assert found["AdvancedBackupSettings"] == ADVANCED
    assert found["CreatorRequestId"] == "token"
    (rule,) = found["BackupPlan"]["Rules"]
    assert rule == {**FULL_RULE, "RuleId": rule["RuleId"]}
    assert set(found["BackupPlan"]) == {"BackupPlanName", "Rules", "ScanSettings"}
    assert found["BackupPlan"]["ScanSettings"] == SCAN_SETTINGS
    assert engine.world(HERE).tags[reply["BackupPlanArn"]].tags == {"team": "blue"}


def test_members_sent_empty_are_echoed_empty(engine: Engine) -> None:
    empty: dict[str, Any] = {"Lifecycle": {}, "RecoveryPointTags": {}, "CopyActions": []}
    lists: dict[str, Any] = {"IndexActions": [], "ScanActions": []}
    plan_id = created(engine, {**RULE, **empty, **lists}, AdvancedBackupSettings=[])

    found = got(engine, plan_id)
    (rule,) = found["BackupPlan"]["Rules"]
    assert rule == {**RULE, **DEFAULTS, **empty, **lists, "RuleId": rule["RuleId"]}
    assert found["AdvancedBackupSettings"] == []


@pytest.mark.parametrize(
    "members",
    [
        {"AdvancedBackupSettings": [{}]},
        {"ScanSettings": [{}]},
        {"Rules": [{**RULE, "ScanActions": [{}]}], "ScanSettings": SCAN_SETTINGS},
        {"Rules": [{**RULE, "IndexActions": [{}]}]},
    ],
)
def test_elements_without_their_members_are_refused(
    engine: Engine, members: dict[str, Any]
) -> None:
    with pytest.raises(InvalidParameterValue):
        call(engine, "CreateBackupPlan", BackupPlan={**plan(), **members})


def test_a_repeated_token_is_answered_with_the_plan_it_created(engine: Engine) -> None:
    request = {"BackupPlan": plan(), "CreatorRequestId": "token"}
    first = call(engine, "CreateBackupPlan", **request)
    assert call(engine, "CreateBackupPlan", **request) == first


def test_an_update_changes_version_and_creation_date_and_keeps_the_rest(engine: Engine) -> None:
    plan_id = created(engine)
    before = got(engine, plan_id)
    engine.advance(START + DAY)

    changed = plan({**RULE, "StartWindowMinutes": 60}, ScanSettings=SCAN_SETTINGS)
    reply = call(engine, "UpdateBackupPlan", BackupPlanId=plan_id, BackupPlan=changed)

    assert reply["ScanSettings"] == SCAN_SETTINGS
    assert reply["CreationDate"] == START + DAY
    assert reply["VersionId"] != before["VersionId"]
    assert reply["BackupPlanArn"] == before["BackupPlanArn"]
    after = got(engine, plan_id)
    assert after["CreationDate"] == START + DAY
    assert after["BackupPlan"]["Rules"][0]["RuleId"] == before["BackupPlan"]["Rules"][0]["RuleId"]
    old = got(engine, plan_id, VersionId=before["VersionId"])
    assert old.pop("LastExecutionDate") == after["LastExecutionDate"]
    assert old == before


def test_a_deleted_plan_answers_by_version_and_says_when_it_went(engine: Engine) -> None:
    plan_id = created(engine)
    before = got(engine, plan_id)
    engine.advance(START + HOUR)
    reply = call(engine, "DeleteBackupPlan", BackupPlanId=plan_id)

    assert reply == {
        "BackupPlanId": plan_id,
        "BackupPlanArn": before["BackupPlanArn"],
        "DeletionDate": START + HOUR,
        "VersionId": before["VersionId"],
    }
    with pytest.raises(ResourceNotFound):
        got(engine, plan_id)
    found = got(engine, plan_id, VersionId=before["VersionId"], MaxScheduledRunsPreview=10)
    assert found == {**before, "DeletionDate": START + HOUR, "ScheduledRunsPreview": []}


def test_a_preview_is_given_only_when_asked_for(engine: Engine) -> None:
    continuous = {
        "RuleName": "continuous",
        "TargetBackupVaultName": "Default",
        "EnableContinuousBackup": True,
        "ScheduleExpression": "cron(0 6 ? * * *)",
        "StartWindowMinutes": 60,
        "Lifecycle": {"DeleteAfterDays": 35},
    }
    daily = {**RULE, "StartWindowMinutes": 60}
    plan_id = created(engine, daily, continuous)

    found = got(engine, plan_id, MaxScheduledRunsPreview=3)
    ids = {rule["RuleName"]: rule["RuleId"] for rule in found["BackupPlan"]["Rules"]}
    assert found["ScheduledRunsPreview"] == [
        {
            "ExecutionTime": START + 5 * HOUR,
            "RuleId": ids["daily"],
            "RuleExecutionType": "SNAPSHOTS",
        },
        {
            "ExecutionTime": START + 6 * HOUR,
            "RuleId": ids["continuous"],
            "RuleExecutionType": "CONTINUOUS_AND_SNAPSHOTS",
        },
        {
            "ExecutionTime": START + 29 * HOUR,
            "RuleId": ids["daily"],
            "RuleExecutionType": "SNAPSHOTS",
        },
    ]
    assert "ScheduledRunsPreview" not in got(engine, plan_id, MaxScheduledRunsPreview=0)


def test_a_preview_tells_what_of_a_continuous_rule_another_one_takes_over(engine: Engine) -> None:
    continuous = {
        **RULE,
        "RuleName": "continuous",
        "EnableContinuousBackup": True,
        "Lifecycle": {"DeleteAfterDays": 35},
    }
    longer = {**RULE, "RuleName": "longer", "Lifecycle": {"DeleteAfterDays": 90}}
    plan_id = created(engine, continuous, longer)
    found = got(engine, plan_id, MaxScheduledRunsPreview=2)
    assert [run["RuleExecutionType"] for run in found["ScheduledRunsPreview"]] == [
        "CONTINUOUS",
        "SNAPSHOTS",
    ]


def test_plans_are_listed_by_pages_with_deleted_ones_when_asked_for(engine: Engine) -> None:
    ids = [
        created(engine, name=f"plan-{n}", **({"AdvancedBackupSettings": ADVANCED} if n else {}))
        for n in range(2)
    ]
    call(engine, "DeleteBackupPlan", BackupPlanId=ids[0])

    (row,) = call(engine, "ListBackupPlans")["BackupPlansList"]
    found = got(engine, ids[1])
    del found["BackupPlan"]
    assert row == {**found, "BackupPlanName": "plan-1"}
    assert row["AdvancedBackupSettings"] == ADVANCED
    first = call(engine, "ListBackupPlans", IncludeDeleted=True, MaxResults=1)
    token = first["NextToken"]
    second = call(engine, "ListBackupPlans", IncludeDeleted=True, MaxResults=1, NextToken=token)
    rows = first["BackupPlansList"] + second["BackupPlansList"]
    assert {row["BackupPlanId"] for row in rows} == set(ids)
    assert {row.get("DeletionDate") for row in rows} == {START, None}
    assert "NextToken" not in second


def test_versions_are_listed_with_what_each_one_said(engine: Engine) -> None:
    plan_id = created(engine)
    engine.advance(START + DAY)
    call(engine, "UpdateBackupPlan", BackupPlanId=plan_id, BackupPlan=plan(name="renamed"))

    reply = call(engine, "ListBackupPlanVersions", BackupPlanId=plan_id)
    rows = reply["BackupPlanVersionsList"]
    assert [(row["BackupPlanName"], row["CreationDate"]) for row in rows] == [
        ("plan", START),
        ("renamed", START + DAY),
    ]
    assert {row["BackupPlanId"] for row in rows} == {plan_id}
    assert len({row["VersionId"] for row in rows}) == 2


def test_an_exported_plan_is_read_back_and_makes_a_plan(engine: Engine) -> None:
    document = plan(FULL_RULE, AdvancedBackupSettings=ADVANCED, ScanSettings=SCAN_SETTINGS)
    plan_id = call(engine, "CreateBackupPlan", BackupPlan=document)["BackupPlanId"]
    text = call(engine, "ExportBackupPlanTemplate", BackupPlanId=plan_id)["BackupPlanTemplateJson"]

    read = call(engine, "GetBackupPlanFromJSON", BackupPlanTemplateJson=text)["BackupPlan"]

    assert read == document
    renamed = {**read, "BackupPlanName": "copy"}
    call(engine, "CreateBackupPlan", BackupPlan=renamed)
    indented = json.dumps(json.loads(text), indent=2)
    again = call(engine, "GetBackupPlanFromJSON", BackupPlanTemplateJson=indented)
    assert again["BackupPlan"] == document


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("Default", "Another"),
        lambda text: json.dumps({k: v for k, v in json.loads(text).items() if k != "Signature"}),
        lambda text: json.dumps({**json.loads(text), "Signature": 5}),
        lambda text: json.dumps({**json.loads(text), "More": "\ud800"}),
        lambda text: text[:-1],
        lambda text: json.dumps([text]),
        lambda _text: "[" * 100_000,
        lambda _text: "{}",
        lambda _text: "",
    ],
)
def test_a_template_that_was_not_exported_so_is_refused(engine: Engine, spoil: Any) -> None:
    text = call(engine, "ExportBackupPlanTemplate", BackupPlanId=created(engine))
    with pytest.raises(InvalidParameterValue):
        call(
            engine,
            "GetBackupPlanFromJSON",
            BackupPlanTemplateJson=spoil(text["BackupPlanTemplateJson"]),
        )


def test_only_a_live_plan_is_exported(engine: Engine) -> None:
    plan_id = created(engine)
    call(engine, "DeleteBackupPlan", BackupPlanId=plan_id)
    with pytest.raises(ResourceNotFound):
        call(engine, "ExportBackupPlanTemplate", BackupPlanId=plan_id)


def test_the_documented_template_is_answered_to_the_letter(engine: Engine) -> None:
    reply = call(
        engine,
        "GetBackupPlanFromTemplate",
        BackupPlanTemplateId="87c0c1ef-254d-4180-8fef-2e76a2c38aaa",
    )
    assert reply == {
        "BackupPlanDocument": {
            "Rules": [
                {
                    "RuleName": "DailyBackups",
                    "ScheduleExpression": "cron(0 5 ? * * *)",
                    "StartWindowMinutes": 480,
                    "Lifecycle": {"DeleteAfterDays": 35},
                }
            ]
        }
    }


def test_templates_are_listed_by_pages(engine: Engine) -> None:
    first = call(engine, "ListBackupPlanTemplates", MaxResults=3)
    second = call(engine, "ListBackupPlanTemplates", NextToken=first["NextToken"])
    rows = first["BackupPlanTemplatesList"] + second["BackupPlanTemplatesList"]
    assert rows[0] == {
        "BackupPlanTemplateId": "87c0c1ef-254d-4180-8fef-2e76a2c38aaa",
        "BackupPlanTemplateName": "Daily-35day-Retention",
    }
    assert len(rows) == 4
    assert "NextToken" not in second
