"""boto3 on recovery points and the resources they protect."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clients.server import ACCOUNT, REGION, Server, refused
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
DAY = timedelta(days=1)
VAULT_ARN = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:vault"
NO_VAULT = "Insufficient privileges to perform this action."
COLD = {"MoveToColdStorageAfterDays": 8, "DeleteAfterDays": 98}


@pytest.fixture(autouse=True)
def _vault(client: Any) -> None:
    client.create_backup_vault(BackupVaultName="vault")


def described(client: Any, arn: str) -> Any:
    reply = client.describe_recovery_point(BackupVaultName="vault", RecoveryPointArn=arn)
    del reply["ResponseMetadata"]
    return reply


def in_vault(client: Any, **filters: Any) -> list[str]:
    reply = client.list_recovery_points_by_backup_vault(BackupVaultName="vault", **filters)
    return [point["RecoveryPointArn"] for point in reply["RecoveryPoints"]]


def update(client: Any, arn: str, **lifecycle: Any) -> Any:
    return client.update_recovery_point_lifecycle(
        BackupVaultName="vault", RecoveryPointArn=arn, Lifecycle=lifecycle
    )


def delete(client: Any, arn: str) -> None:
    client.delete_recovery_point(BackupVaultName="vault", RecoveryPointArn=arn)


def test_a_point_is_described_as_the_job_that_made_it(server: Server, client: Any) -> None:
    server.register({"arn": FILES, "size_bytes": 5 * GIBIBYTE, "name": "home"})
    server.advance(to="2026-01-01T00:00:00.125Z")
    (arn,) = backed_up(server, FILES, Lifecycle=COLD)
    at = START.replace(microsecond=125_000)
    key = client.describe_backup_vault(BackupVaultName="vault")["EncryptionKeyArn"]
    assert described(client, arn) == {
        "RecoveryPointArn": arn,
        "BackupVaultName": "vault",
        "BackupVaultArn": VAULT_ARN,
        "ResourceArn": FILES,
        "ResourceType": "EFS",
        "ResourceName": "home",
        "IamRoleArn": ROLE,
        "Status": "COMPLETED",
        "CreationDate": at,
        "InitiationDate": at + timedelta(seconds=1),
        "CompletionDate": at + timedelta(seconds=4),
        "BackupSizeInBytes": 5 * GIBIBYTE,
        "Lifecycle": COLD,
        "CalculatedLifecycle": {"MoveToColdStorageAt": at + 8 * DAY, "DeleteAt": at + 98 * DAY},
        "EncryptionKeyArn": key,
        "IsEncrypted": True,
        "StorageClass": "WARM",
        "IsParent": False,
        "VaultType": "BACKUP_VAULT",
    }


@pytest.mark.parametrize(
    ("resource", "form"),
    [
        (VOLUME, f"arn:aws:ec2:{REGION}::snapshot/snap-"),
        (DATABASE, f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:awsbackup:job-"),
        (CLUSTER, f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster-snapshot:awsbackup:job-"),
        (BUCKET, f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:bucket-20260101000000-"),
        (TABLE, f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:"),
    ],
)
def test_a_point_has_the_arn_of_its_resource_type(
    server: Server, client: Any, resource: str, form: str
) -> None:
    (arn,) = backed_up(server, resource)
    assert arn.startswith(form)
    assert described(client, arn)["ResourceArn"] == resource  # its slashes and colons arrive


def test_a_missing_point_is_not_found_and_a_missing_vault_is_denied(
    server: Server, client: Any
) -> None:
    (arn,) = backed_up(server, VOLUME)
    client.create_backup_vault(BackupVaultName="empty")
    for ask in (client.describe_recovery_point, client.delete_recovery_point):
        for vault, point in (("vault", arn + "0"), ("empty", arn)):
            with refused("ResourceNotFoundException", "Cannot find recovery point.") as refusal:
                ask(BackupVaultName=vault, RecoveryPointArn=point)
            assert refusal.response["Code"] == "ERROR_2603"
            assert isinstance(refusal.error, client.exceptions.ResourceNotFoundException)
        with refused("AccessDeniedException", NO_VAULT):
            ask(BackupVaultName="missing", RecoveryPointArn=arn)


def test_a_deleted_point_is_deleting_and_then_gone(server: Server, client: Any) -> None:
    (arn,) = backed_up(server, VOLUME)
    delete(client, arn)
    assert described(client, arn)["Status"] == "DELETING"
    with refused("InvalidResourceStateException") as refusal:
        delete(client, arn)
    assert isinstance(refusal.error, client.exceptions.InvalidResourceStateException)
    server.advance(by="10s")
    with refused("ResourceNotFoundException", "Cannot find recovery point."):
        described(client, arn)
    assert in_vault(client) == []


def test_a_point_that_is_still_being_made_cannot_be_deleted(server: Server, client: Any) -> None:
    job = start(client, FILES)
    server.advance(by="2s")
    assert described(client, job["RecoveryPointArn"])["Status"] == "CREATING"
    with refused("InvalidResourceStateException"):
        delete(client, job["RecoveryPointArn"])


def test_a_point_goes_cold_and_is_deleted_when_its_lifecycle_says_so(
    server: Server, client: Any
) -> None:
    (arn,) = backed_up(server, FILES, Lifecycle=COLD)
    server.advance(to="2026-01-08T23:59:59Z")
    assert described(client, arn)["StorageClass"] == "WARM"
    server.advance(by="1s")
    assert described(client, arn)["StorageClass"] == "COLD"
    server.advance(to="2026-04-08T23:59:59Z")
    assert in_vault(client) == [arn]
    server.advance(by="8h")  # documented: deleted within hours of the end of its retention
    assert in_vault(client) == []


def test_a_volume_goes_cold_only_when_it_opts_in(server: Server, client: Any) -> None:
    (plain,) = backed_up(server, VOLUME, Lifecycle=COLD)
    (archived,) = backed_up(
        server, OTHER_VOLUME, Lifecycle={**COLD, "OptInToArchiveForSupportedResources": True}
    )
    assert described(client, plain)["CalculatedLifecycle"] == {"DeleteAt": START + 98 * DAY}
    server.advance(by="9d")
    assert described(client, plain)["StorageClass"] == "WARM"
    assert described(client, archived)["StorageClass"] == "COLD"


def test_a_lifecycle_is_replaced_whole(server: Server, client: Any) -> None:
    (arn,) = backed_up(server, FILES, Lifecycle=COLD)
    reply = update(client, arn, DeleteAfterDays=35)
    del reply["ResponseMetadata"]
    assert reply == {
        "BackupVaultArn": VAULT_ARN,
        "RecoveryPointArn": arn,
        "Lifecycle": {"DeleteAfterDays": 35},
        "CalculatedLifecycle": {"DeleteAt": START + 35 * DAY},
    }
    assert described(client, arn)["Lifecycle"] == {"DeleteAfterDays": 35}
    update(client, arn)  # what is left out becomes unset: the point is kept for ever
    assert "DeleteAt" not in described(client, arn).get("CalculatedLifecycle", {})
    server.advance(by="3650d")
    assert in_vault(client) == [arn]


def test_going_cold_can_be_asked_for_only_a_day_ahead_and_not_once_it_is(
    server: Server, client: Any
) -> None:
    (arn,) = backed_up(server, FILES, Lifecycle={"MoveToColdStorageAfterDays": 50})
    server.advance(by="10d")
    with refused("InvalidParameterValueException"):
        update(client, arn, MoveToColdStorageAfterDays=10, DeleteAfterDays=200)
    update(client, arn, MoveToColdStorageAfterDays=11, DeleteAfterDays=200)
    server.advance(by="2d")
    assert described(client, arn)["StorageClass"] == "COLD"
    with refused("InvalidParameterValueException"):
        update(client, arn, MoveToColdStorageAfterDays=60, DeleteAfterDays=200)
    update(client, arn, MoveToColdStorageAfterDays=11, DeleteAfterDays=300)


def test_a_lifecycle_is_judged_as_a_jobs_is(server: Server, client: Any) -> None:
    (arn,) = backed_up(server, FILES)
    with refused(
        "InvalidParameterValueException",
        "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from"
        " MoveToColdStorageAfterDays",
    ):
        update(client, arn, MoveToColdStorageAfterDays=8, DeleteAfterDays=97)
    with refused(
        "InvalidParameterValueException",
        "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 36500 days",
    ):
        update(client, arn, DeleteAfterDays=36501)
    with refused("AccessDeniedException", NO_VAULT):
        client.update_recovery_point_lifecycle(BackupVaultName="missing", RecoveryPointArn=arn)


def test_the_points_of_a_vault_are_listed_by_any_mix_of_filters(
    server: Server, client: Any
) -> None:
    (volume,) = backed_up(server, VOLUME)
    server.advance(by="1h")
    (files,) = backed_up(server, FILES)
    assert in_vault(client) == [files, volume]
    assert in_vault(client, ByResourceArn=VOLUME) == [volume]
    assert in_vault(client, ByResourceType="EFS") == [files]
    assert in_vault(client, ByResourceArn=VOLUME, ByResourceType="EFS") == []
    assert in_vault(client, ByCreatedAfter=START + timedelta(minutes=30)) == [files]
    assert in_vault(client, ByCreatedBefore=START + timedelta(minutes=30)) == [volume]
    assert in_vault(client, ByBackupPlanId="missing") == []
    assert in_vault(client, ByParentRecoveryPointArn=volume) == []
    with refused("InvalidParameterValueException", f"Unsupported resource type: {volume}"):
        in_vault(client, ByResourceArn=volume)  # a snapshot is no source


def test_a_row_of_a_vaults_list_has_no_storage_class(server: Server, client: Any) -> None:
    (arn,) = backed_up(server, FILES, Lifecycle=COLD)
    (row,) = client.list_recovery_points_by_backup_vault(BackupVaultName="vault")["RecoveryPoints"]
    whole = described(client, arn)
    del whole["StorageClass"]
    assert row == whole


def test_the_points_of_a_vault_are_listed_in_pages(server: Server, client: Any) -> None:
    wanted: list[str] = []
    for _ in range(5):
        wanted[:0] = backed_up(server, VOLUME)
    pages = client.get_paginator("list_recovery_points_by_backup_vault").paginate(
        BackupVaultName="vault", PaginationConfig={"PageSize": 2}
    )
    listed = [[point["RecoveryPointArn"] for point in page["RecoveryPoints"]] for page in pages]
    assert listed == [wanted[:2], wanted[2:4], wanted[4:]]
    assert in_vault(client, MaxResults=2) == wanted[:2]


def test_the_points_of_a_resource_are_listed_across_vaults(server: Server, client: Any) -> None:
    client.create_backup_vault(BackupVaultName="other")
    server.register({"arn": FILES, "size_bytes": 1000})
    (first,) = backed_up(server, FILES)
    (second,) = backed_up(server, FILES, vault="other")
    backed_up(server, VOLUME)
    pages = client.get_paginator("list_recovery_points_by_resource").paginate(
        ResourceArn=FILES, PaginationConfig={"PageSize": 1}
    )
    newest, oldest = [point for page in pages for point in page["RecoveryPoints"]]
    assert (newest["RecoveryPointArn"], newest["BackupVaultName"]) == (second, "other")
    assert (oldest["RecoveryPointArn"], oldest["BackupVaultName"]) == (first, "vault")
    assert oldest["BackupSizeBytes"] == 1000
    assert not {"BackupSizeInBytes", "ResourceArn", "Lifecycle"} & oldest.keys()
    with refused("InvalidParameterValueException"):
        client.list_recovery_points_by_resource(
            ResourceArn=f"arn:aws:ec2:{REGION}::snapshot/snap-1"
        )


def test_a_resource_is_protected_once_it_has_a_recovery_point(server: Server, client: Any) -> None:
    server.register({"arn": VOLUME, "name": "data"})
    assert client.list_protected_resources()["Results"] == []
    with refused("ResourceNotFoundException"):
        client.describe_protected_resource(ResourceArn=VOLUME)
    backed_up(server, VOLUME)
    (arn,) = backed_up(server, VOLUME)
    row = {
        "ResourceArn": VOLUME,
        "ResourceType": "EBS",
        "ResourceName": "data",
        "LastBackupTime": START + timedelta(minutes=1),
        "LastBackupVaultArn": VAULT_ARN,
        "LastRecoveryPointArn": arn,
    }
    assert client.list_protected_resources()["Results"] == [row]
    found = client.describe_protected_resource(ResourceArn=VOLUME)
    del found["ResponseMetadata"]
    assert found == row


def test_protected_resources_are_listed_in_pages_and_by_vault(server: Server, client: Any) -> None:
    client.create_backup_vault(BackupVaultName="other")
    backed_up(server, VOLUME, FILES, TABLE)
    backed_up(server, VOLUME, DATABASE, vault="other")
    protected = {VOLUME, FILES, TABLE, DATABASE}
    pages = client.get_paginator("list_protected_resources").paginate(
        PaginationConfig={"PageSize": 3}
    )
    assert {row["ResourceArn"] for page in pages for row in page["Results"]} == protected
    pages = client.get_paginator("list_protected_resources_by_backup_vault").paginate(
        BackupVaultName="other", PaginationConfig={"PageSize": 1}
    )
    rows = [row for page in pages for row in page["Results"]]
    assert {row["ResourceArn"] for row in rows} == {VOLUME, DATABASE}


@pytest.mark.parametrize("members", [{"MaxResults": 1001}, {"NextToken": "invented"}], ids=str)
def test_a_list_refuses_what_it_cannot_read(client: Any, members: dict[str, Any]) -> None:
    for ask, labels in (
        (client.list_recovery_points_by_backup_vault, {"BackupVaultName": "vault"}),
        (client.list_recovery_points_by_resource, {"ResourceArn": VOLUME}),
        (client.list_protected_resources, {}),
        (client.list_protected_resources_by_backup_vault, {"BackupVaultName": "vault"}),
    ):
        with refused("InvalidParameterValueException"):
            ask(**labels, **members)
