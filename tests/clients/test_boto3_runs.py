"""boto3 on plans that run: what exists once their hour has come."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clients.server import ACCOUNT, Server, refused
from tests.clients.things import (
    BUCKET,
    DATABASE,
    FILES,
    OTHER_VOLUME,
    ROLE,
    TABLE,
    VOLUME,
    plan,
    rule,
    selection,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
FIVE = START + timedelta(hours=5)  # when rules run that say nothing else
BY_TAG = {"ConditionType": "STRINGEQUALS", "ConditionKey": "env", "ConditionValue": "prod"}
STACK = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/shop/1"


@pytest.fixture(autouse=True)
def _vault(client: Any) -> None:
    client.create_backup_vault(BackupVaultName="vault")


def running(client: Any, *rules: dict[str, Any], name: str = "plan", **chosen: Any) -> Any:
    """Create a plan with rules, and assign resources to it."""
    made = client.create_backup_plan(BackupPlan=plan(*rules, name=name))
    client.create_backup_selection(
        BackupPlanId=made["BackupPlanId"],
        BackupSelection=selection(**(chosen or {"Resources": [VOLUME]})),
    )
    return made


def jobs(client: Any, **filters: Any) -> list[Any]:
    """Answer jobs, oldest first."""
    found: list[Any] = client.list_backup_jobs(**filters)["BackupJobs"]
    return found[::-1]


def points(client: Any, **filters: Any) -> list[Any]:
    """Answer the points of the vault, oldest first."""
    reply = client.list_recovery_points_by_backup_vault(BackupVaultName="vault", **filters)
    found: list[Any] = reply["RecoveryPoints"]
    return found[::-1]


def test_a_plan_runs_at_its_hour_and_its_jobs_say_so(server: Server, client: Any) -> None:
    daily = rule(
        Lifecycle={"DeleteAfterDays": 35},
        RecoveryPointTags={"made": "daily"},
        StartWindowMinutes=60,
        CompletionWindowMinutes=120,
    )
    made = running(client, daily)
    server.advance(to="2026-01-01T04:59:59Z")
    assert jobs(client) == []
    read = client.get_backup_plan(BackupPlanId=made["BackupPlanId"])
    assert "LastExecutionDate" not in read
    (rule_id,) = [one["RuleId"] for one in read["BackupPlan"]["Rules"]]

    server.advance(by="1s")
    (created,) = jobs(client)
    assert (created["State"], created["ResourceArn"]) == ("CREATED", VOLUME)
    assert created["CreationDate"] == FIVE
    assert created["StartBy"] == FIVE + timedelta(hours=1)
    assert created["IamRoleArn"] == ROLE
    created_by = {
        "BackupPlanId": made["BackupPlanId"],
        "BackupPlanArn": made["BackupPlanArn"],
        "BackupPlanName": "plan",
        "BackupPlanVersion": made["VersionId"],
        "BackupRuleId": rule_id,
        "BackupRuleName": "daily",
        "BackupRuleCron": "cron(0 5 ? * * *)",
        "BackupRuleTimezone": "Etc/UTC",
    }
    assert created["CreatedBy"] == created_by
    server.advance(by="1m")
    (point,) = points(client, ByBackupPlanId=made["BackupPlanId"])
    assert (point["Status"], point["CreatedBy"]) == ("COMPLETED", created_by)
    assert point["CalculatedLifecycle"] == {"DeleteAt": FIVE + timedelta(days=35)}
    assert client.list_tags(ResourceArn=point["RecoveryPointArn"])["Tags"] == {"made": "daily"}
    read = client.get_backup_plan(BackupPlanId=made["BackupPlanId"])
    (row,) = client.list_backup_plans()["BackupPlansList"]
    assert read["LastExecutionDate"] == row["LastExecutionDate"] == FIVE


def test_five_weeks_leave_what_is_still_retained(server: Server, client: Any) -> None:
    running(client, rule(Lifecycle={"DeleteAfterDays": 35}))
    server.advance(to="2026-03-01T00:00:00Z")
    kept = points(client)
    assert len(kept) == 35
    assert kept[0]["CreationDate"] == datetime(2026, 1, 25, 5, tzinfo=UTC)
    assert kept[-1]["CreationDate"] == datetime(2026, 2, 28, 5, tzinfo=UTC)
    assert len(jobs(client)) == 30, "jobs leave the lists thirty days after their end"


def test_a_rule_runs_by_the_clocks_of_its_zone(server: Server, client: Any) -> None:
    zoned = rule(
        ScheduleExpression="cron(30 2 ? * * *)", ScheduleExpressionTimezone="America/New_York"
    )
    running(client, zoned)
    server.advance(to="2026-03-10T00:00:00Z")
    began = [job["CreationDate"] for job in jobs(client)][-3:]
    assert began == [  # at half past two on 8 March there is no half past two
        datetime(2026, 3, 6, 7, 30, tzinfo=UTC),
        datetime(2026, 3, 7, 7, 30, tzinfo=UTC),
        datetime(2026, 3, 9, 6, 30, tzinfo=UTC),
    ]


def test_tags_select_what_is_registered_when_a_rule_runs(server: Server, client: Any) -> None:
    server.register({"arn": VOLUME, "tags": {"env": "prod"}}, {"arn": TABLE, "tags": {}})
    running(client, rule(), ListOfTags=[BY_TAG])
    server.advance(to="2026-01-01T06:00:00Z")
    assert [job["ResourceArn"] for job in jobs(client)] == [VOLUME]
    server.register({"arn": VOLUME, "tags": {}}, {"arn": FILES, "tags": {"env": "prod"}})
    server.advance(to="2026-01-02T06:00:00Z")
    assert [job["ResourceArn"] for job in jobs(client)] == [VOLUME, FILES]


def test_patterns_conditions_and_exclusions_select_together(server: Server, client: Any) -> None:
    tags = {"env": "prod"}
    server.register(*({"arn": arn, "tags": tags} for arn in (VOLUME, OTHER_VOLUME, TABLE)))
    condition = {"ConditionKey": "aws:ResourceTag/env", "ConditionValue": "pr*"}
    running(
        client,
        rule(),
        Resources=["arn:aws:ec2:*:*:volume/*"],
        NotResources=[OTHER_VOLUME],
        Conditions={"StringLike": [condition]},
    )
    server.advance(to="2026-01-01T06:00:00Z")
    assert [job["ResourceArn"] for job in jobs(client)] == [VOLUME]


def test_the_rule_that_keeps_longer_silences_the_other(server: Server, client: Any) -> None:
    hourly = rule(
        "hourly",
        ScheduleExpression="cron(0 * ? * * *)",
        StartWindowMinutes=60,
        Lifecycle={"DeleteAfterDays": 1},
    )
    half_daily = rule(
        "half-daily",
        ScheduleExpression="cron(0 0/12 ? * * *)",
        StartWindowMinutes=480,
        Lifecycle={"DeleteAfterDays": 7},
    )
    running(client, hourly, half_daily)
    server.advance(to="2026-01-03T00:00:00Z")
    day = [job for job in jobs(client) if job["CreationDate"].day == 2]
    ran = {(job["CreationDate"].hour, job["CreatedBy"]["BackupRuleName"]) for job in day}
    assert ran == {
        *((hour, "half-daily") for hour in (0, 12)),
        *((hour, "hourly") for hour in (8, 9, 10, 11, 20, 21, 22, 23)),
    }


def test_an_update_takes_effect_for_the_next_run(server: Server, client: Any) -> None:
    made = running(client, rule())
    server.advance(to="2026-01-01T04:00:00Z")
    later = rule(ScheduleExpression="cron(0 9 ? * * *)")
    updated = client.update_backup_plan(BackupPlanId=made["BackupPlanId"], BackupPlan=plan(later))
    server.advance(to="2026-01-02T00:00:00Z")
    (job,) = jobs(client)
    assert job["CreationDate"] == START + timedelta(hours=9)
    assert job["CreatedBy"]["BackupPlanVersion"] == updated["VersionId"]
    assert job["CreatedBy"]["BackupRuleCron"] == "cron(0 9 ? * * *)"


def test_a_plan_without_selections_or_deleted_runs_no_more(server: Server, client: Any) -> None:
    made = running(client, rule())
    server.advance(to="2026-01-01T06:00:00Z")
    of_plan = {"BackupPlanId": made["BackupPlanId"]}
    (chosen,) = client.list_backup_selections(**of_plan)["BackupSelectionsList"]
    client.delete_backup_selection(**of_plan, SelectionId=chosen["SelectionId"])
    server.advance(to="2026-01-02T06:00:00Z")
    assert len(jobs(client)) == 1
    client.delete_backup_plan(**of_plan)
    assert server.advance(to="2026-01-20T00:00:00Z")["facts"] == 0
    (point,) = points(client)
    assert point["CreatedBy"]["BackupPlanId"] == made["BackupPlanId"]


def test_plans_take_turns_on_a_resource(server: Server, client: Any) -> None:
    server.register({"arn": VOLUME, "job_seconds": 7200})
    half_past = {"ScheduleExpression": "cron(30 5 ? * * *)"}
    running(client, rule(), name="first")
    running(client, rule(StartWindowMinutes=60, **half_past), name="impatient")
    running(client, rule(StartWindowMinutes=480, **half_past), name="patient")
    server.advance(to="2026-01-01T12:00:00Z")
    ends = {job["CreatedBy"]["BackupPlanName"]: job for job in jobs(client)}
    assert {name: job["State"] for name, job in ends.items()} == {
        "first": "COMPLETED",
        "impatient": "EXPIRED",
        "patient": "COMPLETED",
    }
    assert ends["patient"]["InitiationDate"] == ends["first"]["CompletionDate"]
    expired = ends["impatient"]
    assert expired["StatusMessage"] == (
        "Backup job failed because there was a running job for the same resource."
    )
    assert expired["MessageCategory"] == "CONCURRENT_JOB"
    assert expired["CompletionDate"] == expired["StartBy"] == FIVE + timedelta(minutes=90)


def test_a_vault_that_is_missing_fails_the_job_at_its_hour(server: Server, client: Any) -> None:
    running(client, rule(vault="nowhere"))
    server.advance(to="2026-01-01T06:00:00Z")
    (job,) = jobs(client)
    arn = f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:nowhere"
    message = f"Backup job failed because backup vault {arn} does not exist."
    assert (job["State"], job["StatusMessage"]) == ("FAILED", message)
    assert job["MessageCategory"] == "RESOURCE_NOT_FOUND"


def test_a_job_that_outlasts_its_window_expires(server: Server, client: Any) -> None:
    server.register({"arn": VOLUME, "job_seconds": 3 * 3600})
    running(client, rule(StartWindowMinutes=60, CompletionWindowMinutes=120))
    server.advance(to="2026-01-01T12:00:00Z")
    (job,) = jobs(client)
    assert (job["State"], job["StatusMessage"]) == (
        "EXPIRED",
        "Backup job expired before completion.",
    )
    assert job["MessageCategory"] == "JOB_EXPIRED"
    assert job["CompletionDate"] == job["InitiationDate"] + timedelta(hours=2)
    assert points(client) == []


def continuous(days: int = 7) -> dict[str, Any]:
    return rule("pitr", EnableContinuousBackup=True, Lifecycle={"DeleteAfterDays": days})


def test_a_continuous_point_is_one_that_is_brought_up_to_date(server: Server, client: Any) -> None:
    running(client, continuous(), Resources=[BUCKET, DATABASE, VOLUME])
    server.advance(to="2026-01-03T06:00:00Z")
    rows = {
        arn: client.list_recovery_points_by_resource(ResourceArn=arn)["RecoveryPoints"]
        for arn in (BUCKET, DATABASE, VOLUME)
    }
    assert [len(rows[arn]) for arn in rows] == [1, 1, 3], "a volume has snapshots"
    (point,) = rows[BUCKET]
    assert ":recovery-point:continuous:" in point["RecoveryPointArn"]
    assert (point["Status"], point["CreationDate"]) == ("AVAILABLE", FIVE)
    read = client.describe_recovery_point(
        BackupVaultName="vault", RecoveryPointArn=point["RecoveryPointArn"]
    )
    assert read["CalculatedLifecycle"] == {"DeleteAt": FIVE + timedelta(days=2 + 7)}
    with refused("InvalidRequestException"):
        client.update_recovery_point_lifecycle(
            BackupVaultName="vault",
            RecoveryPointArn=point["RecoveryPointArn"],
            Lifecycle={"DeleteAfterDays": 30},
        )


def test_a_continuous_point_is_stopped_or_leaves_when_it_is_disassociated(
    server: Server, client: Any
) -> None:
    running(client, continuous(), Resources=[BUCKET, DATABASE, VOLUME])
    server.advance(to="2026-01-01T06:00:00Z")
    arns = {point["ResourceArn"]: point["RecoveryPointArn"] for point in points(client)}
    for resource in (BUCKET, DATABASE):
        client.disassociate_recovery_point(BackupVaultName="vault", RecoveryPointArn=arns[resource])
    with refused("InvalidRequestException"):
        client.disassociate_recovery_point(BackupVaultName="vault", RecoveryPointArn=arns[VOLUME])
    left = {point["ResourceArn"]: point["Status"] for point in points(client)}
    assert left == {BUCKET: "STOPPED", VOLUME: "COMPLETED"}
    server.advance(to="2026-01-02T06:00:00Z")
    again = [point["Status"] for point in points(client, ByResourceArn=BUCKET)]
    assert again == ["STOPPED", "AVAILABLE"], "the rule goes on"


def test_a_stack_is_backed_up_as_one_and_its_parts_can_leave_it(
    server: Server, client: Any
) -> None:
    server.register({"arn": STACK, "members": [VOLUME, TABLE]})
    running(client, rule(Lifecycle={"DeleteAfterDays": 35}), Resources=[STACK])
    server.advance(to="2026-01-01T06:00:00Z")
    (parent,) = [job for job in jobs(client) if job["IsParent"]]
    read = client.describe_backup_job(BackupJobId=parent["BackupJobId"])
    assert (read["State"], read["NumberOfChildJobs"]) == ("COMPLETED", 3)
    assert read["ChildJobsInState"] == {"COMPLETED": 3}
    children = jobs(client, ByParentJobId=parent["BackupJobId"])
    assert {job["ResourceArn"] for job in children} == {STACK, VOLUME, TABLE}
    assert {job["CreatedBy"]["BackupRuleName"] for job in children} == {"daily"}

    of_vault = {"BackupVaultName": "vault"}
    composite = parent["RecoveryPointArn"]
    nested = points(client, ByParentRecoveryPointArn=composite)
    assert len(nested) == 3
    with refused("InvalidRequestException"):
        client.delete_recovery_point(**of_vault, RecoveryPointArn=composite)
    (table,) = [point for point in nested if point["ResourceArn"] == TABLE]
    of_table = {**of_vault, "RecoveryPointArn": table["RecoveryPointArn"]}
    reply = client.disassociate_recovery_point_from_parent(**of_table)
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("InvalidRequestException"):
        client.disassociate_recovery_point_from_parent(**of_table)
    assert "ParentRecoveryPointArn" not in client.describe_recovery_point(**of_table)
    read = client.describe_recovery_point(**of_vault, RecoveryPointArn=composite)
    assert (read["Status"], read["IsParent"]) == ("PARTIAL", True)
    server.advance(to="2026-02-06T00:00:00Z")
    assert {point["ResourceArn"] for point in points(client)} <= {STACK, VOLUME, TABLE}
    assert all(point["CreationDate"] != FIVE for point in points(client))


def test_a_point_that_cannot_be_deleted_expires(server: Server, client: Any) -> None:
    server.register({"arn": VOLUME, "keeps_points": "The snapshot is in use by an image"})
    running(client, rule(Lifecycle={"DeleteAfterDays": 1}))
    server.advance(to="2026-01-02T14:00:00Z")
    kept, _ = points(client)
    assert kept["Status"] == "EXPIRED"
    assert kept["StatusMessage"] == "The snapshot is in use by an image"
    server.register({"arn": VOLUME})
    client.delete_recovery_point(BackupVaultName="vault", RecoveryPointArn=kept["RecoveryPointArn"])
    server.advance(by="1m")
    assert kept["RecoveryPointArn"] not in [one["RecoveryPointArn"] for one in points(client)]


def test_the_clock_can_stop_at_each_thing_that_happens(server: Server, client: Any) -> None:
    running(client, rule())
    stops = [server.advance(until="next") for _ in range(3)]
    assert [stop["to"] for stop in stops] == [
        "2026-01-01T05:00:00Z",
        "2026-01-01T05:00:01Z",
        "2026-01-01T05:00:04Z",
    ]
    assert stops[0]["by_name"] == {"backup-job-created": 1, "plan-rule-ran": 1}
    assert server.control("GET", "/clock")["next_due"] == "2026-01-02T05:00:00Z"
    assert len(jobs(client, ByState="COMPLETED")) == 1
