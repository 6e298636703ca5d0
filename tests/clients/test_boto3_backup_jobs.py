"""boto3 on backup jobs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clients.server import ACCOUNT, Server, refused
from tests.clients.things import (
    BUCKET,
    CLUSTER,
    DATABASE,
    FILES,
    GIBIBYTE,
    OTHER_VOLUME,
    ROLE,
    TABLE,
    VOLUME,
    polled,
    start,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
VAULT_ARN = f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:vault"
RANGE = "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 36500 days"


@pytest.fixture(autouse=True)
def _vault(client: Any) -> None:
    client.create_backup_vault(BackupVaultName="vault")


def described(client: Any, job: Any) -> Any:
    reply = client.describe_backup_job(BackupJobId=job["BackupJobId"])
    del reply["ResponseMetadata"]
    return reply


def listed(client: Any, **filters: Any) -> list[str]:
    return [job["BackupJobId"] for job in client.list_backup_jobs(**filters)["BackupJobs"]]


def test_a_job_is_created_runs_and_completes_as_time_passes(server: Server, client: Any) -> None:
    server.register({"arn": VOLUME, "size_bytes": 8 * GIBIBYTE, "job_seconds": 10, "name": "data"})
    job = start(client)
    created = described(client, job)
    assert created["State"] == "CREATED"
    assert created["PercentDone"] == "0.0"
    assert created["CreationDate"] == job["CreationDate"] == START
    assert created["StartBy"] == START + timedelta(hours=8)
    assert not {"CompletionDate", "StatusMessage", "MessageCategory", "CreatedBy"} & created.keys()

    running = polled(server, lambda: described(client, job), "RUNNING")
    assert running["InitiationDate"] == START + timedelta(seconds=1)
    assert running["ExpectedCompletionDate"] == START + timedelta(seconds=11)
    server.advance(by="5s")
    assert described(client, job)["PercentDone"] == "50.0"

    done = polled(server, lambda: described(client, job), "COMPLETED")
    assert done["PercentDone"] == "100.0"
    assert done["CompletionDate"] == START + timedelta(seconds=11)
    assert done["MessageCategory"] == "SUCCESS"
    assert done["BackupSizeInBytes"] == done["BytesTransferred"] == 8 * GIBIBYTE
    assert done["ResourceName"] == "data"
    assert not {"ExpectedCompletionDate", "StatusMessage"} & done.keys()
    assert (done["AccountId"], done["ResourceType"]) == (ACCOUNT, "EBS")
    assert (done["BackupVaultName"], done["BackupVaultArn"]) == ("vault", VAULT_ARN)
    assert (done["IamRoleArn"], done["ResourceArn"]) == (ROLE, VOLUME)
    assert (done["VaultType"], done["VaultLockState"]) == ("BACKUP_VAULT", "UNLOCKED")
    assert done["IsParent"] is False


def test_only_a_fully_managed_type_names_its_recovery_point_at_once(client: Any) -> None:
    assert start(client, FILES)["RecoveryPointArn"].startswith("arn:aws:backup:")
    assert start(client, TABLE)["RecoveryPointArn"].startswith("arn:aws:backup:")
    for resource in (VOLUME, DATABASE):
        job = start(client, resource)
        assert "RecoveryPointArn" not in job
        assert job["IsParent"] is False


def test_a_backup_reports_its_size_as_its_type_does(server: Server, client: Any) -> None:
    sizes = {}
    for resource in (VOLUME, DATABASE, CLUSTER, FILES, BUCKET):
        server.register({"arn": resource, "size_bytes": 1000, "daily_change": 0.5})
    for _ in range(2):
        for resource in (VOLUME, DATABASE, CLUSTER, FILES, BUCKET):
            job = start(client, resource)
            server.advance(by="10s")
            sizes[resource] = described(client, job).get("BackupSizeInBytes")
        server.advance(by="24h")
    assert sizes[VOLUME] == 1000
    assert sizes[DATABASE] == 0
    assert sizes[CLUSTER] is None
    assert 0 < sizes[FILES] < 1000  # only what changed since the backup before
    assert 0 < sizes[BUCKET] < 1000


def test_a_start_repeated_with_its_token_is_the_same_job_for_an_hour(
    server: Server, client: Any
) -> None:
    first = start(client, FILES, IdempotencyToken="once")
    server.advance(by="59m")
    again = start(client, FILES, IdempotencyToken="once")
    for name in ("BackupJobId", "CreationDate", "RecoveryPointArn"):
        assert again[name] == first[name]
    server.advance(by="2m")
    assert start(client, FILES, IdempotencyToken="once")["BackupJobId"] != first["BackupJobId"]
    assert start(client)["BackupJobId"] != start(client)["BackupJobId"]  # boto3 invents tokens


def test_a_stopped_job_is_aborting_and_then_aborted(server: Server, client: Any) -> None:
    server.register({"arn": VOLUME, "job_seconds": 600})
    job = start(client)
    polled(server, lambda: described(client, job), "RUNNING")
    client.stop_backup_job(BackupJobId=job["BackupJobId"])
    assert described(client, job)["State"] == "ABORTING"
    over = polled(server, lambda: described(client, job), "ABORTED")
    assert over["StatusMessage"] == "Backup job was stopped by user."
    assert "CompletionDate" in over
    points = client.list_recovery_points_by_backup_vault(BackupVaultName="vault")
    assert points["RecoveryPoints"] == []
    with refused("InvalidRequestException") as refusal:
        client.stop_backup_job(BackupJobId=job["BackupJobId"])
    assert isinstance(refusal.error, client.exceptions.InvalidRequestException)


@pytest.mark.parametrize("resource", [DATABASE, CLUSTER])
def test_a_type_whose_jobs_cannot_be_stopped_refuses(client: Any, resource: str) -> None:
    job = start(client, resource)
    with refused("InvalidRequestException"):
        client.stop_backup_job(BackupJobId=job["BackupJobId"])


def test_a_job_fails_as_its_resource_is_told_to(server: Server, client: Any) -> None:
    server.register({"arn": TABLE, "fails_with": "Table not found."})
    job = start(client, TABLE)
    over = polled(server, lambda: described(client, job), "FAILED")
    assert over["StatusMessage"] == "Table not found."
    assert over["MessageCategory"] == "RESOURCE_NOT_FOUND"
    assert "RecoveryPointArn" not in over


def test_a_job_whose_vault_is_gone_fails_in_aws_words(server: Server, client: Any) -> None:
    job = start(client)
    client.delete_backup_vault(BackupVaultName="vault")
    over = polled(server, lambda: described(client, job), "FAILED")
    assert over["StatusMessage"] == (
        f"Backup job failed because backup vault {VAULT_ARN} does not exist."
    )


def test_a_job_that_does_not_finish_in_time_expires(server: Server, client: Any) -> None:
    server.register({"arn": VOLUME, "job_seconds": 7200})
    job = start(client, StartWindowMinutes=60, CompleteWindowMinutes=60)
    server.advance(by="59m")
    assert described(client, job)["State"] == "RUNNING"
    over = polled(server, lambda: described(client, job), "EXPIRED", by="1m")
    assert over["StatusMessage"] == "Backup job expired before completion."
    assert over["MessageCategory"] == "JOB_EXPIRED"
    assert over["CompletionDate"] == START + timedelta(hours=1)


def test_a_job_that_does_not_start_in_time_expires_because_of_the_other(
    server: Server, client: Any
) -> None:
    server.register({"arn": VOLUME, "job_seconds": 7200})
    start(client)
    waiting = start(client, StartWindowMinutes=60)
    server.advance(by="10m")
    assert described(client, waiting)["State"] == "CREATED"
    over = polled(server, lambda: described(client, waiting), "EXPIRED", by="10m")
    assert over["StatusMessage"] == (
        "Backup job failed because there was a running job for the same resource."
    )
    assert over["MessageCategory"] == "CONCURRENT_JOB"
    assert over["CompletionDate"] == over["StartBy"]


def test_a_missing_vault_is_access_denied(client: Any) -> None:
    with refused("AccessDeniedException", "Insufficient privileges to perform this action."):
        start(client, vault="missing")


def test_an_unsupported_resource_is_refused_in_aws_words(client: Any) -> None:
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"
    with refused("InvalidParameterValueException", f"Unsupported resource type: {arn}"):
        start(client, arn)


def test_a_lifecycle_is_judged_without_the_words_for_rules(client: Any) -> None:
    with refused("InvalidParameterValueException", RANGE):
        start(client, Lifecycle={"DeleteAfterDays": 0})
    with refused(
        "InvalidParameterValueException",
        "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from"
        " MoveToColdStorageAfterDays",
    ):
        start(client, Lifecycle={"MoveToColdStorageAfterDays": 8, "DeleteAfterDays": 97})


@pytest.mark.parametrize(
    "members",
    [
        {"ResourceArn": "no ARN"},
        {"IamRoleArn": "nobody"},
        {"StartWindowMinutes": 59},
        {"StartWindowMinutes": 52_560_001},
        {"StartWindowMinutes": 120, "CompleteWindowMinutes": 119},
        {"BackupOptions": {"WindowsVSS": "enabled"}},
        {"RecoveryPointTags": {"aws:reserved": "x"}},
    ],
    ids=str,
)
def test_a_start_that_aws_does_not_take_is_refused(client: Any, members: dict[str, Any]) -> None:
    asked = {"BackupVaultName": "vault", "ResourceArn": VOLUME, "IamRoleArn": ROLE, **members}
    with refused("InvalidParameterValueException"):
        client.start_backup_job(**asked)
    assert listed(client) == []


def test_a_windows_backup_says_so_when_it_is_done(server: Server, client: Any) -> None:
    instance = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-0a1b2c3d"
    job = start(client, instance, BackupOptions={"WindowsVSS": "enabled"})
    server.advance(by="10s")
    over = described(client, job)
    assert over["BackupOptions"] == {"WindowsVSS": "enabled"}
    assert over["BackupType"] == "WindowsVSS"
    assert over["ResourceType"] == "EC2"


def test_a_job_that_never_was_is_not_found(client: Any) -> None:
    for ask in (client.describe_backup_job, client.stop_backup_job):
        with refused("ResourceNotFoundException") as refusal:
            ask(BackupJobId="missing")
        assert isinstance(refusal.error, client.exceptions.ResourceNotFoundException)


def test_jobs_are_listed_newest_first_by_any_mix_of_filters(server: Server, client: Any) -> None:
    client.create_backup_vault(BackupVaultName="other")
    server.register({"arn": TABLE, "fails_with": "Table not found."})
    volume = start(client)["BackupJobId"]
    server.advance(by="1h")
    table = start(client, TABLE)["BackupJobId"]
    server.advance(by="1h")
    files = start(client, FILES, "other")["BackupJobId"]

    assert listed(client) == [files, table, volume]
    assert listed(client, ByState="CREATED") == [files]
    assert listed(client, ByState="COMPLETED") == [volume]
    assert listed(client, ByState="FAILED", ByResourceType="DynamoDB") == [table]
    assert listed(client, ByState="COMPLETED", ByResourceType="DynamoDB") == []
    assert listed(client, ByResourceArn=VOLUME) == [volume]
    assert listed(client, ByBackupVaultName="other") == [files]
    assert listed(client, ByMessageCategory="RESOURCE_NOT_FOUND") == [table]
    assert listed(client, ByAccountId=ACCOUNT) == listed(client, ByAccountId="*") == listed(client)
    assert listed(client, ByAccountId="210987654321") == []
    assert listed(client, ByCreatedAfter=START + timedelta(minutes=59)) == [files, table]
    assert listed(client, ByCreatedBefore=START + timedelta(minutes=59)) == [volume]
    assert listed(client, ByCompleteBefore=START + timedelta(minutes=59)) == [volume]
    assert listed(client, ByCompleteAfter=START + timedelta(minutes=59)) == [table]
    assert listed(client, ByParentJobId=volume) == []


def test_jobs_are_listed_in_pages(server: Server, client: Any) -> None:
    wanted: list[str] = []
    for _ in range(5):
        wanted.insert(0, start(client, OTHER_VOLUME)["BackupJobId"])
        server.advance(by="1m")
    pages = client.get_paginator("list_backup_jobs").paginate(
        ByState="COMPLETED", PaginationConfig={"PageSize": 2}
    )
    assert [len(page["BackupJobs"]) for page in pages] == [2, 2, 1]
    whole = client.get_paginator("list_backup_jobs").paginate().build_full_result()
    assert [job["BackupJobId"] for job in whole["BackupJobs"]] == wanted


def test_a_job_leaves_the_lists_thirty_days_after_its_end(server: Server, client: Any) -> None:
    job = start(client)
    server.advance(by="30d")
    assert listed(client) == [job["BackupJobId"]]
    server.advance(by="10s")
    assert listed(client) == []
    with refused("ResourceNotFoundException"):
        described(client, job)


@pytest.mark.parametrize(
    "members",
    [
        {"MaxResults": 1001},
        {"NextToken": "invented"},
        {"ByState": "LOST"},
    ],
    ids=str,
)
def test_a_list_refuses_what_it_cannot_read(client: Any, members: dict[str, Any]) -> None:
    with refused("InvalidParameterValueException"):
        client.list_backup_jobs(**members)
