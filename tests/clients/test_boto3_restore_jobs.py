"""boto3 on restore jobs: what each resource type is restored into, and what is told afterwards."""

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
    backed_up,
    start,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
INSTANCE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-0a1b2c3d"
VAULT_ARN = f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:vault"
INTO_TABLE = {"targetTableName": "copy"}
COPIED_TABLE = TABLE.replace("things", "copy")


@pytest.fixture(autouse=True)
def _vault(client: Any) -> None:
    client.create_backup_vault(BackupVaultName="vault")


def restore(client: Any, point: str, metadata: dict[str, str], **members: Any) -> str:
    reply = client.start_restore_job(
        RecoveryPointArn=point, Metadata=metadata, **{"IamRoleArn": ROLE, **members}
    )
    reply.pop("ResponseMetadata")
    assert reply.keys() == {"RestoreJobId"}
    job_id: str = reply["RestoreJobId"]
    return job_id


def described(client: Any, job_id: str) -> Any:
    reply = client.describe_restore_job(RestoreJobId=job_id)
    del reply["ResponseMetadata"]
    return reply


def over(server: Server, job_id: str, by: str = "1m") -> Any:
    """Let time pass, and answer what has become of a job."""
    server.advance(by=by)
    return described(server.client(), job_id)


def listed(client: Any, **filters: Any) -> list[str]:
    return [job["RestoreJobId"] for job in client.list_restore_jobs(**filters)["RestoreJobs"]]


def registered(server: Server) -> dict[str, Any]:
    return {row["arn"]: row for row in server.control("GET", "/resources")}


def test_a_restore_is_pending_runs_and_makes_a_resource(server: Server, client: Any) -> None:
    server.register({"arn": TABLE, "size_bytes": 3 * GIBIBYTE, "job_seconds": 90})
    (point,) = backed_up(server, TABLE)
    server.advance(by="1h")
    job_id = restore(client, point, INTO_TABLE)
    assert job_id == job_id.upper()
    pending = described(client, job_id)
    assert pending == {
        "AccountId": ACCOUNT,
        "RestoreJobId": job_id,
        "RecoveryPointArn": point,
        "SourceResourceArn": TABLE,
        "BackupVaultArn": VAULT_ARN,
        "CreationDate": START + timedelta(hours=1, minutes=1),
        "Status": "PENDING",
        "PercentDone": "0.00%",
        "BackupSizeInBytes": 3 * GIBIBYTE,
        "IamRoleArn": ROLE,
        "ResourceType": "DynamoDB",
        "RecoveryPointCreationDate": START,
        "IsParent": False,
    }
    running = over(server, job_id, "1s")
    assert running == {**pending, "Status": "RUNNING", "ExpectedCompletionTimeMinutes": 2}
    done = over(server, job_id, "90s")
    assert done == {
        **pending,
        "Status": "COMPLETED",
        "CompletionDate": pending["CreationDate"] + timedelta(seconds=91),
        "CreatedResourceArn": COPIED_TABLE,
    }
    assert registered(server)[COPIED_TABLE]["size_bytes"] == 3 * GIBIBYTE
    job = start(client, COPIED_TABLE)  # what was restored can be backed up like any other
    server.advance(by="2m")
    read = client.describe_backup_job(BackupJobId=job["BackupJobId"])
    assert (read["State"], read["BackupSizeInBytes"]) == ("COMPLETED", 3 * GIBIBYTE)


@pytest.mark.parametrize(
    ("resource", "metadata", "created"),
    [
        (
            VOLUME,
            {"availabilityZone": "us-east-1a"},
            f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-",
        ),
        (INSTANCE, {"InstanceType": "t3.micro"}, f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-"),
        (
            FILES,
            {"newFileSystem": "true", "CreationToken": "new"},
            f"arn:aws:elasticfilesystem:us-east-1:{ACCOUNT}:file-system/fs-",
        ),
        (FILES, {"file-system-id": "fs-0a1b2c3d", "newFileSystem": "false"}, FILES),
        (TABLE, INTO_TABLE, COPIED_TABLE),
        (DATABASE, {"DBInstanceIdentifier": "Copy"}, DATABASE.replace("orders", "copy")),
        (
            CLUSTER,
            {"dbClusterIdentifier": "copy", "engine": "aurora-mysql"},
            CLUSTER.replace("ledger", "copy"),
        ),
        (BUCKET, {"DestinationBucketName": "copy"}, "arn:aws:s3:::copy"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_type_is_restored_into_what_its_metadata_names(
    server: Server, client: Any, resource: str, metadata: dict[str, str], created: str
) -> None:
    (point,) = backed_up(server, resource)
    done = over(server, restore(client, point, metadata))
    assert (done["Status"], done.get("StatusMessage")) == ("COMPLETED", None)
    assert done["CreatedResourceArn"].startswith(created)
    assert done["SourceResourceArn"] == resource
    told = client.get_restore_job_metadata(RestoreJobId=done["RestoreJobId"])
    assert told["Metadata"] == metadata
    if created != resource:
        assert done["CreatedResourceArn"] in registered(server)


def test_a_point_can_become_another_type_than_it_was(server: Server, client: Any) -> None:
    (point,) = backed_up(server, CLUSTER)
    metadata = {"DBInstanceIdentifier": "single"}
    done = over(server, restore(client, point, metadata, ResourceType="RDS"))
    assert (done["Status"], done["ResourceType"]) == ("COMPLETED", "RDS")
    assert done["CreatedResourceArn"] == DATABASE.replace("orders", "single")
    with refused("InvalidParameterValueException"):
        restore(client, point, metadata, ResourceType="DynamoDB")


@pytest.mark.parametrize(
    ("resource", "metadata"),
    [
        (TABLE, {"encryptionType": "Default"}),  # no name
        (TABLE, {**INTO_TABLE, "encryptionType": "none"}),
        (FILES, {"newFileSystem": "true"}),  # no CreationToken
        (DATABASE, {"DBInstanceIdentifier": "x", "DBSnapshotIdentifier": "awsbackup:job-1"}),
        (DATABASE, {"DBInstanceIdentifier": "orders"}),  # it is there: nothing is overwritten
    ],
    ids=str,
)
def test_a_restore_that_lacks_something_is_accepted_and_fails(
    server: Server, client: Any, resource: str, metadata: dict[str, str]
) -> None:
    server.register({"arn": resource})
    (point,) = backed_up(server, resource)
    job_id = restore(client, point, metadata)
    assert described(client, job_id)["Status"] == "PENDING"
    done = over(server, job_id)
    assert done["Status"] == "FAILED"
    assert done["StatusMessage"]
    assert "CompletionDate" in done
    assert "CreatedResourceArn" not in done
    assert registered(server).keys() == {resource}
    read = client.describe_protected_resource(ResourceArn=resource)
    assert not {name for name in read if name.startswith("LatestRestore")}


def test_an_instance_keeps_the_profile_it_was_backed_up_with(server: Server, client: Any) -> None:
    (point,) = backed_up(server, INSTANCE)
    done = over(server, restore(client, point, {"IamInstanceProfileName": "mine"}))
    assert done["StatusMessage"] == (
        "AWS Backup does not permit attaching a new instance profile to an EC2 instance."
        " Please restore using the backed up instance profile."
    )
    kept = {"IamInstanceProfileName": "UseBackedUpValue"}
    assert over(server, restore(client, point, kept))["Status"] == "COMPLETED"


def test_what_cannot_be_asked_is_refused_at_once(server: Server, client: Any) -> None:
    (point,) = backed_up(server, TABLE)
    with refused("ResourceNotFoundException", "Cannot find recovery point."):
        restore(client, point + "0", INTO_TABLE)
    with refused("InvalidParameterValueException"):
        restore(client, "point", INTO_TABLE)
    with refused("InvalidParameterValueException"):
        restore(client, point, INTO_TABLE, IamRoleArn="role")
    with refused("InvalidParameterValueException"):
        restore(client, point, INTO_TABLE, ResourceType="Table")
    for ask in (client.describe_restore_job, client.get_restore_job_metadata):
        with refused("ResourceNotFoundException"):
            ask(RestoreJobId="nothing")
    start(client, TABLE)
    server.advance(by="2s")
    (running,) = client.list_backup_jobs(ByState="RUNNING")["BackupJobs"]
    with refused("InvalidRequestException"):
        restore(client, running["RecoveryPointArn"], INTO_TABLE)
    assert listed(client) == []


def test_acls_that_were_not_backed_up_are_not_restored(server: Server, client: Any) -> None:
    (point,) = backed_up(server, BUCKET, BackupOptions={"BackupACLs": "disabled"})
    metadata = {"DestinationBucketName": "copy", "RestoreACLs": "true"}
    with refused(
        "InvalidParameterValueException",
        "Unable to restore Access Control Lists (ACLs) for bucket because backup was created with"
        " the 'BackupACLs' option disabled. Please proceed with restoring without ACLs",
    ):
        restore(client, point, metadata)


def test_a_token_is_the_same_job_while_it_runs_and_is_refused_after_that(
    server: Server, client: Any
) -> None:
    (point,) = backed_up(server, TABLE)
    job_id = restore(client, point, INTO_TABLE, IdempotencyToken="once")
    server.advance(by="2s")
    assert restore(client, point, INTO_TABLE, IdempotencyToken="once") == job_id
    server.advance(by="1m")
    with refused("InvalidParameterValueException", f"Restore job {job_id} already finished"):
        restore(client, point, INTO_TABLE, IdempotencyToken="once")
    server.advance(by="1h")
    other = {"targetTableName": "other"}
    assert restore(client, point, other, IdempotencyToken="once") != job_id


@pytest.mark.parametrize(
    ("resource", "hours"),
    [(VOLUME, 72), (FILES, 4)],
    ids=["an archived snapshot", "a file system"],
)
def test_a_restore_from_cold_storage_takes_longer(
    server: Server, client: Any, resource: str, hours: int
) -> None:
    cold = {
        "MoveToColdStorageAfterDays": 1,
        "DeleteAfterDays": 91,
        "OptInToArchiveForSupportedResources": True,
    }
    (point,) = backed_up(server, resource, Lifecycle=cold)
    server.advance(by="2d")
    metadata = {"newFileSystem": "true", "CreationToken": "new"}
    if resource == VOLUME:
        metadata = {
            "temporaryRestoreDays": "1",
            "volumeType": "gp3",
            "volumeSize": "10",
            "availabilityZone": "us-east-1a",
        }
    job_id = restore(client, point, metadata)
    assert over(server, job_id, f"{hours}h")["Status"] == "RUNNING"
    assert over(server, job_id)["Status"] == "COMPLETED"


def test_tags_come_along_when_asked_for(server: Server, client: Any) -> None:
    tags = {"env": "prod", "team": "a"}
    server.register({"arn": VOLUME, "tags": {**tags, "aws:cloudformation:stack-id": "1"}})
    (point,) = backed_up(server, VOLUME)
    plain = over(server, restore(client, point, {}))
    tagged = over(server, restore(client, point, {}, CopySourceTagsToRestoredResource=True))
    found = registered(server)
    assert found[plain["CreatedResourceArn"]]["tags"] == {}
    assert found[tagged["CreatedResourceArn"]]["tags"] == tags
    (table,) = backed_up(server, TABLE)
    unsupported = restore(client, table, INTO_TABLE, CopySourceTagsToRestoredResource=True)
    assert over(server, unsupported)["Status"] == "FAILED"


def test_a_point_is_busy_while_it_is_restored(server: Server, client: Any) -> None:
    (point,) = backed_up(server, TABLE, Lifecycle={"DeleteAfterDays": 1})
    restore(client, point, INTO_TABLE)
    with refused("InvalidResourceStateException"):
        client.delete_recovery_point(BackupVaultName="vault", RecoveryPointArn=point)
    server.advance(by="1m")
    client.delete_recovery_point(BackupVaultName="vault", RecoveryPointArn=point)


def test_jobs_are_listed_newest_first_by_any_mix_of_filters(server: Server, client: Any) -> None:
    table, volume = backed_up(server, TABLE, VOLUME)
    jobs = []
    for point, metadata in ((table, INTO_TABLE), (volume, {}), (table, {})):
        jobs.append(restore(client, point, metadata))
        server.advance(by="1h")
    one, two, three = jobs
    began = START + timedelta(minutes=1)
    for filters, expected in (
        ({}, [three, two, one]),
        ({"ByStatus": "COMPLETED"}, [two, one]),
        ({"ByStatus": "FAILED"}, [three]),
        ({"ByResourceType": "DynamoDB"}, [three, one]),
        ({"ByResourceType": "DynamoDB", "ByStatus": "COMPLETED"}, [one]),
        ({"ByCreatedAfter": began}, [three, two]),
        ({"ByCreatedBefore": began + timedelta(hours=1)}, [one]),
        ({"ByCompleteAfter": began + timedelta(hours=2)}, [three]),
        ({"ByCompleteBefore": began + timedelta(hours=2)}, [two, one]),
        ({"ByAccountId": ACCOUNT}, [three, two, one]),
        ({"ByAccountId": "999999999999"}, []),
        ({"ByParentJobId": one}, []),
    ):
        assert listed(client, **filters) == expected, filters
    with refused("InvalidParameterValueException"):
        client.list_restore_jobs(ByStatus="DONE")


def test_jobs_are_listed_in_pages_and_for_thirty_days(server: Server, client: Any) -> None:
    (point,) = backed_up(server, VOLUME)
    jobs = []
    for _ in range(5):
        jobs.append(restore(client, point, {}))
        server.advance(by="1m")
    for name, asked in (
        ("list_restore_jobs", {}),
        ("list_restore_jobs_by_protected_resource", {"ResourceArn": VOLUME}),
    ):
        pages = client.get_paginator(name).paginate(**asked, PaginationConfig={"PageSize": 2})
        found = [[job["RestoreJobId"] for job in page["RestoreJobs"]] for page in pages]
        assert found == [jobs[4:2:-1], jobs[2:0:-1], jobs[:1]]
    token = client.list_restore_jobs(MaxResults=1)["NextToken"]
    with refused("InvalidParameterValueException"):  # a token of another list
        client.list_restore_jobs_by_protected_resource(ResourceArn=VOLUME, NextToken=token)
    server.advance(by="31d")
    assert listed(client) == []


def test_the_restores_of_a_resource_are_listed_by_its_points(server: Server, client: Any) -> None:
    (old,) = backed_up(server, VOLUME)
    server.advance(by="1d")
    new, other = backed_up(server, VOLUME, OTHER_VOLUME)
    of_old, of_new = restore(client, old, {}), restore(client, new, {})
    restore(client, other, {})
    ask = client.list_restore_jobs_by_protected_resource

    def found(**filters: Any) -> list[str]:
        rows = ask(ResourceArn=VOLUME, **filters)["RestoreJobs"]
        return sorted(row["RestoreJobId"] for row in rows)

    assert found() == sorted((of_old, of_new))
    assert found(ByRecoveryPointCreationDateBefore=START + timedelta(hours=1)) == [of_old]
    assert found(ByRecoveryPointCreationDateAfter=START) == [of_new]
    assert found(ByStatus="PENDING") == sorted((of_old, of_new))
    server.advance(by="1m")
    assert found(ByStatus="PENDING") == []
    with refused("ResourceNotFoundException"):
        ask(ResourceArn=TABLE)
    with refused("InvalidParameterValueException"):
        ask(ResourceArn="table")


def test_a_resource_tells_of_its_latest_restore_and_a_point_of_its_last(
    server: Server, client: Any
) -> None:
    server.register({"arn": VOLUME, "job_seconds": 119})
    (point,) = backed_up(server, VOLUME)
    server.advance(by="1h")

    def told() -> tuple[Any, ...]:
        read = client.describe_protected_resource(ResourceArn=VOLUME)
        kept = client.describe_recovery_point(BackupVaultName="vault", RecoveryPointArn=point)
        names = ("ExecutionTimeMinutes", "JobCreationDate", "RecoveryPointCreationDate")
        latest = [read.get(f"LatestRestore{name}") for name in names]
        return (*latest, kept.get("LastRestoreTime"))

    assert told() == (None, None, None, None)
    began = START + timedelta(hours=1, minutes=1)
    restore(client, point, {})
    server.advance(by="3m")
    assert told() == (2, began, START, began + timedelta(seconds=120))
    server.advance(by="40d")  # the job has left the lists
    assert told() == (2, began, START, began + timedelta(seconds=120))


def test_what_a_point_was_like_is_told_in_the_words_of_its_type(
    server: Server, client: Any
) -> None:
    volume, instance, database = backed_up(server, VOLUME, INSTANCE, DATABASE)
    ask = client.get_recovery_point_restore_metadata
    reply = ask(BackupVaultName="vault", RecoveryPointArn=volume)
    assert (reply["BackupVaultArn"], reply["RecoveryPointArn"]) == (VAULT_ARN, volume)
    assert reply["ResourceType"] == "EBS"
    assert reply["RestoreMetadata"] == {
        "encrypted": "false",
        "volumeId": VOLUME.rpartition("/")[2],
    }
    answer = ask(BackupVaultName="vault", RecoveryPointArn=instance)["RestoreMetadata"]
    assert answer["InstanceType"] == "t3.micro"
    answer = ask(BackupVaultName="vault", RecoveryPointArn=database)["RestoreMetadata"]
    assert answer["InformationalOnly:DBInstanceIdentifier"] == "orders"
    done = over(server, restore(client, database, {**answer, "DBInstanceIdentifier": "copy"}))
    assert done["Status"] == "FAILED", "AWS fails what it answered itself"
    with refused("ResourceNotFoundException", "Cannot find recovery point."):
        ask(BackupVaultName="vault", RecoveryPointArn=volume + "0")
    with refused("AccessDeniedException", "Insufficient privileges to perform this action."):
        ask(BackupVaultName="nowhere", RecoveryPointArn=volume)
