"""What restore metadata does: what a restore makes of it, fails by it, and what points answer."""

import re
from typing import Any

import pytest

from tests.domain.restore_examples import (
    ACCOUNT,
    BUCKET,
    EBS,
    POINT,
    RDS,
    ROLE,
    SOURCES,
    T0,
    TABLE,
    VAULT,
    arn_of,
    backed_up,
    born,
    job,
    jobs,
    made_in,
    restore,
)
from tests.spec import Story, given
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, SECOND
from vaultclock.domain.kernel.refusals import AccessDenied, ResourceNotFound
from vaultclock.domain.recovery_points.events import RecoveryPointMovedToColdStorage
from vaultclock.domain.resource_types import supported_type
from vaultclock.domain.resources.commands import DeregisterResource, RegisterResource
from vaultclock.domain.resources.events import ResourceRegistered
from vaultclock.domain.restore_jobs import queries
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.restore_jobs.state import RestoreJob
from vaultclock.domain.values import Captured


def ran(source: str, metadata: dict[str, str], /, *facts: Any, **fields: Any) -> Story:
    """Restore a point of a type and wait until that has ended."""
    changes = {"captured": fields.pop("captured")} if "captured" in fields else {}
    story = backed_up(source, *facts, **changes).when(restore(metadata, **fields))
    assert story.rejection is None, story.rejection
    return story.at(T0 + 5 * DAY)


def ended(source: str, metadata: dict[str, str], /, *facts: Any, **fields: Any) -> RestoreJob:
    return job(ran(source, metadata, *facts, **fields))


def outcome(source: str, metadata: dict[str, str], /, *facts: Any, **fields: Any) -> Any:
    """Answer the ARN that a restore made, and the resource."""
    story = ran(source, metadata, *facts, **fields)
    made = made_in(story)
    return made, story.world.resources[made]


def failure(source: str, metadata: dict[str, str], /, *facts: Any, **fields: Any) -> str:
    """Answer the message of a restore that has to fail."""
    failed = ended(source, metadata, *facts, **fields)
    assert (failed.status, failed.created_resource_arn) == ("FAILED", None)
    assert failed.message is not None
    return failed.message


# --- what is made

HEX = r"[0-9a-f]{17}"
CLUSTER = {"DBClusterIdentifier": "New", "engine": "e"}
MADE: list[tuple[str, str | None, dict[str, str], str]] = [
    ("Aurora", None, CLUSTER, "arn:aws:rds:R:cluster:new"),
    ("Aurora", "RDS", {"DBInstanceIdentifier": "New"}, "arn:aws:rds:R:db:new"),
    ("Aurora", "DocumentDB", CLUSTER, "arn:aws:rds:R:cluster:new"),
    (
        "CloudFormation",
        None,
        {"StackName": "s", "ChangeSetName": "c"},
        r"arn:aws:cloudformation:R:stack/s/[0-9a-f-]{36}",
    ),
    ("DocumentDB", None, {**CLUSTER, "DBClusterIdentifier": "a-1"}, "arn:aws:rds:R:cluster:a-1"),
    ("DSQL", None, {}, "arn:aws:dsql:R:cluster/[0-9a-f]{26}"),
    ("DynamoDB", None, {"TARGETTABLENAME": "New"}, "arn:aws:dynamodb:R:table/New"),
    ("EBS", None, {"volumeId": "ignored"}, f"arn:aws:ec2:R:volume/vol-{HEX}"),
    (
        "EBS",
        None,
        {"restoreType": "x", "destinationBucketName": "b", "pathsToRestore": "[]"},
        "arn:aws:s3:::b",
    ),
    (
        "EBS",
        "Storage Gateway",
        {"gatewayArn": arn_of("storagegateway", "gateway/sgw-7")},
        f"arn:aws:storagegateway:R:gateway/sgw-7/volume/vol-{HEX}",
    ),
    ("EC2", None, {"IamInstanceProfileName": ""}, f"arn:aws:ec2:R:instance/i-{HEX}"),
    (
        "EFS",
        None,
        {"newFilesystem": "true", "CreationToken": "c", "file-system-id": "fs-1"},
        f"arn:aws:elasticfilesystem:R:file-system/fs-{HEX}",
    ),
    ("EFS", None, {"file-system-id": "fs-1"}, "arn:aws:elasticfilesystem:R:file-system/fs-1"),
    ("EKS", None, {"newCluster": "true", "clusterName": "c"}, "arn:aws:eks:R:cluster/c"),
    ("EKS", None, {"clusterName": "prod"}, "arn:aws:eks:R:cluster/prod"),
    ("FSx", None, {}, f"arn:aws:fsx:R:file-system/fs-{HEX}"),
    ("Neptune", None, CLUSTER, "arn:aws:rds:R:cluster:new"),
    ("RDS", None, {"DBInstanceIdentifier": "New"}, "arn:aws:rds:R:db:new"),
    ("Redshift", None, {"ClusterIdentifier": "c"}, "arn:aws:redshift:R:cluster:c"),
    (
        "Redshift",
        None,
        {"ClusterIdentifier": "wh", "RestoreType": "TABLE_RESTORE"},
        "arn:aws:redshift:R:cluster:wh",
    ),
    (
        "Redshift",
        None,
        {"NamespaceIdentifier": "n", "RestoreType": "NAMESPACE_RESTORE"},
        "arn:aws:redshift-serverless:R:namespace/n",
    ),
    (
        "Redshift",
        "RedshiftServerless",
        {"NamespaceIdentifier": "n"},
        "arn:aws:redshift-serverless:R:namespace/n",
    ),
    (
        "Redshift Serverless",
        "Redshift",
        {"ClusterIdentifier": "c"},
        "arn:aws:redshift:R:cluster:c",
    ),
    ("S3", None, {"DestinationBucketName": "other"}, "arn:aws:s3:::other"),
    (
        "SAP HANA on Amazon EC2",
        None,
        {"aws:backup:TargetDatabaseArn": arn_of("ssm-sap", "HANA/app/DB/y")},
        "arn:aws:ssm-sap:R:HANA/app/DB/y",
    ),
    ("Storage Gateway", "EBS", {}, f"arn:aws:ec2:R:volume/vol-{HEX}"),
    (
        "Timestream",
        None,
        {"TableName": "tt", "DatabaseName": "d"},
        "arn:aws:timestream:R:database/d/table/tt",
    ),
    (
        "Timestream",
        None,
        {"TableName": "tt", "DestinationDatabase": "e"},
        "arn:aws:timestream:R:database/e/table/tt",
    ),
    ("VirtualMachine", None, {"RestoreTo": "VMware"}, f"arn:aws:backup-gateway:R:vm/vm-{HEX}"),
    (
        "VirtualMachine",
        None,
        {"RestoreTo": "EC2", "InstanceType": "t3.micro"},
        f"arn:aws:ec2:R:instance/i-{HEX}",
    ),
    ("VirtualMachine", None, {"RestoreTo": "EBS"}, f"arn:aws:ec2:R:volume/vol-{HEX}"),
]


@pytest.mark.parametrize(("source", "asked", "metadata", "pattern"), MADE)
def test_a_restore_makes_what_its_type_and_metadata_say(
    source: str, asked: str | None, metadata: dict[str, str], pattern: str
) -> None:
    made, registered = outcome(source, metadata, resource_type=asked)
    assert re.fullmatch(pattern.replace(":R:", f":us-east-1:{ACCOUNT}:"), made)
    assert supported_type(made) is not None
    assert registered.size_bytes == 7


def test_every_type_of_resource_can_be_ended() -> None:
    assert {source for source, *_ in MADE} == SOURCES.keys()


def test_a_volume_of_ontap_is_restored_beside_the_one_that_was_backed_up() -> None:
    volume = arn_of("fsx", "volume/fs-9/fsvol-1")
    metadata = {"Name": "v", "OntapConfiguration": "{}"}
    story = backed_up("FSx", resource_arn=volume).when(restore(metadata)).at(T0 + MINUTE)
    made = made_in(story)
    assert made.startswith(arn_of("fsx", "volume/fs-9/fsvol-"))
    assert "does not name" in failure("FSx", metadata), "a file system has no volume beside it"


# --- failed by its metadata


@pytest.mark.parametrize(
    ("source", "metadata"),
    [
        ("DynamoDB", {}),
        ("DynamoDB", {"targetTableName": " "}),
        ("DynamoDB", {"targetTableName": "t", "encryptionType": "rot13"}),
        ("DynamoDB", {"targetTableName": "a/b"}),
        ("DynamoDB", {"targetTableName": "a*"}),
        ("DynamoDB", {"targetTableName": "a?"}),
        ("DocumentDB", {"DBClusterIdentifier": "a--b", "engine": "docdb"}),
        ("DocumentDB", {"DBClusterIdentifier": "a-", "engine": "docdb"}),
        ("EBS", {"temporaryRestoreDays": "181"}),
        ("EFS", {"newFileSystem": "true", "Encrypted": "false", "PerformanceMode": "maxIO"}),
        ("EFS", {"file-system-id": "fs-1", "KmsKeyId": "k"}),
        ("RDS", {"DBInstanceIdentifier": "new", "DBSnapshotIdentifier": "awsbackup:job-1"}),
        ("S3", {"DestinationBucketName": "b", "RestoreTime": "2021-11-27T03:30:27Z"}),
        ("S3", {"DestinationBucketName": "b", "KMSKey": "k", "EncryptionType": "SSE-S3"}),
        ("SAP HANA on Amazon EC2", {"aws:backup:TargetDatabaseArn": "nonsense"}),
        ("SAP HANA on Amazon EC2", {"aws:backup:TargetDatabaseArn": EBS}),
        (
            "SAP HANA on Amazon EC2",
            {"aws:backup:TargetDatabaseArn": "arn:aws:ssm-sap:eu-west-1:123456789012:HANA/a"},
        ),
        ("Timestream", {"TableName": "t", "DatabaseName": "d"}),
    ],
)
def test_metadata_is_judged_when_the_job_runs(source: str, metadata: dict[str, str]) -> None:
    assert failure(source, metadata)


@pytest.mark.parametrize(
    ("region", "encryption", "status"),
    [
        ("eu-west-1", "original", "FAILED"),
        ("eu-west-1", "SSE-S3", "COMPLETED"),
        ("us-east-1", "original", "COMPLETED"),
    ],
)
def test_a_copy_from_another_region_is_not_restored_with_its_original_keys(
    region: str, encryption: str, status: str
) -> None:
    came_from = f"arn:aws:backup:{region}:999999999999:backup-vault:there"
    metadata = {"DestinationBucketName": "b", "EncryptionType": encryption}
    story = backed_up("S3", source_vault_arn=came_from).when(restore(metadata)).at(T0 + MINUTE)
    assert job(story).status == status


def test_a_database_is_not_backed_up_while_a_restore_overwrites_it() -> None:
    database = SOURCES["SAP HANA on Amazon EC2"]
    story = backed_up("SAP HANA on Amazon EC2")
    story.when(restore({"AWS:backup:TargetDatabaseArn": database})).at(T0 + SECOND)
    story.when(StartBackupJob("v", database, ROLE)).at(T0 + 2 * SECOND)
    (failed,) = story.world.backup_jobs.matching()
    assert (failed.state, failed.message) == (
        "FAILED",
        "Database cannot be backed up while it is stopped.",
    )
    story.at(T0 + MINUTE).when(StartBackupJob("v", database, ROLE)).at(T0 + HOUR)
    assert job(story).status == "COMPLETED"
    assert [each.state for each in story.world.backup_jobs.matching()] == ["FAILED", "COMPLETED"]


def test_another_instance_profile_fails_the_job_in_awss_words() -> None:
    assert failure("EC2", {"IamInstanceProfileName": "admin"}) == (
        "AWS Backup does not permit attaching a new instance profile to an EC2 instance."
        " Please restore using the backed up instance profile."
    )
    assert ended("EC2", {"IamInstanceProfileName": "UseBackedUpValue"}).message is None


def test_a_cold_snapshot_needs_more_and_can_do_less() -> None:
    cold = RecoveryPointMovedToColdStorage(POINT)
    needed = {
        "temporaryRestoreDays": "180",
        "volumeType": "gp3",
        "volumeSize": "8",
        "availabilityZone": "us-east-1a",
    }
    assert ended("EBS", needed, cold).status == "COMPLETED"
    for key in needed:
        fewer = {name: value for name, value in needed.items() if name != key}
        assert key in str(ended("EBS", fewer, cold).message)
    gateway = {"gatewayArn": arn_of("storagegateway", "gateway/sgw-7")}
    as_gateway = ended("EBS", gateway, cold, resource_type="Storage Gateway")
    files = {"restoreType": "x", "destinationBucketName": "b", "pathsToRestore": "[]"}
    for refused in (as_gateway, ended("EBS", files, cold)):
        assert "cold storage" in str(refused.message)


def test_a_restore_does_not_overwrite_what_is_there() -> None:
    there = ResourceRegistered(TABLE, "DynamoDB", None, {}, 1, 0.0, None, None)
    refused = ended("DynamoDB", {"targetTableName": "orders"}, there)
    assert refused.message == f"{TABLE} already exists"
    assert ended("DynamoDB", {"targetTableName": "orders"}).created_resource_arn == TABLE


def test_of_two_restores_to_one_name_the_second_fails() -> None:
    story = backed_up("DynamoDB")
    for _ in range(2):
        story.when(restore({"targetTableName": "copy"}))
    story.at(T0 + MINUTE)
    assert sorted(job.status for job in jobs(story)) == ["COMPLETED", "FAILED"]
    assert story.world.recovery_points[POINT].restores_running == 0


def test_a_bucket_that_is_there_is_filled_and_stays_as_it_is() -> None:
    there = ResourceRegistered(BUCKET, "S3", "logs", {"a": "b"}, 1, 0.0, None, None)
    story = backed_up("S3", there).when(restore({"DestinationBucketName": "bucket"}))
    story.at(T0 + MINUTE)
    assert job(story).created_resource_arn == BUCKET
    assert story.world.resources[BUCKET].name == "logs"


# --- tags


def tags_after(source: str, metadata: dict[str, str], *facts: Any, **fields: Any) -> dict[str, str]:
    return dict(outcome(source, metadata, *facts, **fields)[1].tags)


NEW_FILES = {"newFileSystem": "true", "CreationToken": "c"}


def test_tags_of_the_source_come_along_when_asked_but_for_awss_own() -> None:
    assert tags_after("EBS", {}) == {}
    assert tags_after("EBS", {}, copies_source_tags=True) == {"team": "a"}
    assert tags_after("EFS", NEW_FILES, copies_source_tags=True) == {"team": "a"}


def test_tags_do_not_come_into_what_exists_or_with_some_items_alone() -> None:
    files = {"file-system-id": "fs-1"}
    assert tags_after("EFS", files, copies_source_tags=True) == {}
    items = {**NEW_FILES, "ItemsToRestore": '["/a"]'}
    assert tags_after("EFS", items, copies_source_tags=True) == {}
    table = {"ClusterIdentifier": "wh", "RestoreType": "TABLE_RESTORE"}
    assert tags_after("Redshift", table, copies_source_tags=True) == {}


def test_tags_always_come_with_databases_that_carry_them() -> None:
    assert tags_after("Redshift", {"ClusterIdentifier": "c"}) == {"team": "a"}
    instance = {"DBInstanceIdentifier": "new"}
    assert tags_after("RDS", instance) == {"team": "a"}

    living = ResourceRegistered(RDS, "RDS", None, {"now": "b"}, 1, 0.0, None, None)
    untagged = Captured(1, 0.0)
    assert tags_after("RDS", instance, living, copies_source_tags=True) == {"team": "a"}
    assert tags_after("RDS", instance, living, captured=untagged) == {}
    asked = tags_after("RDS", instance, living, captured=untagged, copies_source_tags=True)
    assert asked == {"now": "b"}
    assert tags_after("RDS", instance, captured=untagged, copies_source_tags=True) == {}
    assert tags_after("EBS", {}, captured=untagged, copies_source_tags=True) == {}


def test_at_most_fifty_tags_come_along() -> None:
    many = Captured(1, 0.0, tags={f"k{number:02}": "" for number in range(60)})
    tags = tags_after("EBS", {}, captured=many, copies_source_tags=True)
    assert list(tags) == [f"k{number:02}" for number in range(50)]


@pytest.mark.parametrize(
    ("source", "metadata"),
    [
        ("DynamoDB", {"targetTableName": "t"}),
        ("S3", {"DestinationBucketName": "b"}),
        ("SAP HANA on Amazon EC2", {"aws:backup:TargetDatabaseArn": arn_of("ssm-sap", "HANA/a")}),
        ("Timestream", {"TableName": "tt", "DatabaseName": "d"}),
        ("VirtualMachine", {"RestoreTo": "VMware"}),
    ],
)
def test_asking_for_tags_fails_the_job_of_a_type_that_cannot_copy_them(
    source: str, metadata: dict[str, str]
) -> None:
    assert "CopySourceTags" in failure(source, metadata, copies_source_tags=True)
    assert ended(source, metadata).status == "COMPLETED"


def test_a_backup_remembers_what_its_source_was_like() -> None:
    story = given(VAULT, at=T0).when(RegisterResource(EBS, tags={"a": "then"}, size_bytes=3))
    story.when(StartBackupJob("v", EBS, ROLE)).at(T0 + MINUTE)
    story.when(RegisterResource(EBS, tags={"a": "now"}, size_bytes=4))
    story.when(DeregisterResource(EBS))
    (point,) = story.world.recovery_points.matching()
    story.when(StartRestoreJob(point.arn, {}, copies_source_tags=True)).at(T0 + HOUR)
    made = made_in(story)
    registered = story.world.resources[made]
    assert (registered.tags, registered.size_bytes) == ({"a": "then"}, 3)


# --- what a point answers


@pytest.mark.parametrize("resource_type", SOURCES)
def test_every_type_answers_its_restore_metadata(resource_type: str) -> None:
    story = backed_up(resource_type)
    named, metadata = queries.restore_metadata(story.world, T0, "v", POINT)
    assert named == resource_type
    assert metadata
    assert not any("<" in value for value in metadata.values())


def test_what_a_point_answers_is_often_not_enough_to_restore_it() -> None:
    for resource_type, accepted in (("EBS", True), ("RDS", False), ("EFS", True)):
        story = backed_up(resource_type)
        _, metadata = queries.restore_metadata(story.world, T0, "v", POINT, ACCOUNT)
        assert (ended(resource_type, dict(metadata)).status == "COMPLETED") is accepted
    story = backed_up("EBS")
    assert queries.restore_metadata(story.world, T0, "v", POINT)[1] == {
        "encrypted": "false",
        "volumeId": "vol-1",
    }


def test_an_unfinished_point_answers_too() -> None:
    story = given(VAULT, born("SAP HANA on Amazon EC2"), at=T0)
    _, metadata = queries.restore_metadata(story.world, T0, "v", POINT)
    assert metadata["HanaBackupEndTime"] == metadata["HanaBackupStartTime"] == str(T0 // SECOND)
    assert metadata["BackupSize"] == "0"


def test_metadata_of_missing_things_is_refused_as_all_reads_of_a_vault_are() -> None:
    story = backed_up()
    with pytest.raises(ResourceNotFound, match=r"^Cannot find recovery point\.$"):
        queries.restore_metadata(story.world, T0, "v", "arn:p")
    for vault_name, account_id in (("w", None), ("v", "999999999999")):
        with pytest.raises(AccessDenied):
            queries.restore_metadata(story.world, T0, vault_name, POINT, account_id)
