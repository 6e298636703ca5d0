"""boto3 on access points to recovery points of buckets."""

from typing import Any

import pytest

from tests.clients.server import ACCOUNT, REGION, Server, refused
from tests.clients.things import BUCKET, FILES, backed_up

ARN = f"arn:aws:backup:{REGION}:{ACCOUNT}:accesspoint/reader"


@pytest.fixture
def point_arn(server: Server, client: Any) -> str:
    client.create_backup_vault(BackupVaultName="vault")
    (arn,) = backed_up(server, BUCKET, Lifecycle={"DeleteAfterDays": 1})
    return arn


def create(client: Any, point_arn: str, name: str = "reader", **members: Any) -> Any:
    return client.create_backup_access_point(Name=name, RecoveryPointArn=point_arn, **members)


def status(client: Any) -> str:
    found: str = client.describe_backup_access_point(AccessPointArn=ARN)["Status"]
    return found


def test_an_access_point_is_made_read_and_deleted(
    server: Server, client: Any, point_arn: str
) -> None:
    made = create(client, point_arn, Tags={"env": "prod"}, AccessPointPolicy='{"Statement": []}')
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (made["AccessPointArn"], made["Status"]) == (ARN, "CREATING")
    server.advance(by="1m")
    one = client.describe_backup_access_point(AccessPointArn=ARN)
    assert (one["Status"], one["ResourceType"], one["ResourceArn"]) == ("AVAILABLE", "S3", BUCKET)
    metadata = one["AccessPointMetadata"]
    assert metadata["S3AccessPointArn"] == f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/reader"
    assert metadata["S3AccessPointAlias"].startswith("reader-")
    assert client.list_tags(ResourceArn=ARN)["Tags"] == {"env": "prod"}
    gone = client.delete_backup_access_point(AccessPointArn=ARN)
    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert status(client) == "DELETING"
    server.advance(by="10s")
    with refused("ResourceNotFoundException") as refusal:
        status(client)
    assert isinstance(refusal.error, client.exceptions.ResourceNotFoundException)
    with refused("ConflictException"):
        create(client, point_arn)
    server.advance(by="1h")
    assert create(client, point_arn)["Status"] == "CREATING"


def test_the_recovery_point_outlives_its_retention_until_the_access_point_is_gone(
    server: Server, client: Any, point_arn: str
) -> None:
    create(client, point_arn)
    server.advance(by="30d")
    found = client.describe_recovery_point(BackupVaultName="vault", RecoveryPointArn=point_arn)
    assert found["Status"] == "COMPLETED"
    with refused("InvalidRequestException"):
        client.delete_recovery_point(BackupVaultName="vault", RecoveryPointArn=point_arn)
    client.update_recovery_point_lifecycle(
        BackupVaultName="vault", RecoveryPointArn=point_arn, Lifecycle={"DeleteAfterDays": 2}
    )
    server.control("POST", "/access-points", {"arn": ARN, "becomes": "EXPIRED"})
    assert status(client) == "EXPIRED"
    with refused("InvalidRequestException"):
        client.delete_recovery_point(BackupVaultName="vault", RecoveryPointArn=point_arn)
    client.delete_backup_access_point(AccessPointArn=ARN)
    server.advance(by="1m")
    with refused("ResourceNotFoundException"):
        client.describe_recovery_point(BackupVaultName="vault", RecoveryPointArn=point_arn)


def test_access_points_are_paged(server: Server, client: Any, point_arn: str) -> None:
    names = [f"reader-{place}" for place in range(5)]
    for name in names:
        create(client, point_arn, name)
    for operation, members in (
        ("list_backup_access_points", {}),
        ("list_backup_access_points_by_recovery_point", {"RecoveryPointArn": point_arn}),
        ("list_backup_access_points_by_resource", {"ResourceArn": BUCKET}),
    ):
        pages = client.get_paginator(operation).paginate(
            **members, PaginationConfig={"PageSize": 2}
        )
        found = [row["Name"] for page in pages for row in page["BackupAccessPoints"]]
        assert found == names
    with refused("LimitExceededException"):
        create(client, point_arn, "one-more")
    with refused("AlreadyExistsException"):
        create(client, point_arn, names[0])


def test_what_is_refused_says_why(server: Server, client: Any, point_arn: str) -> None:
    (files,) = backed_up(server, FILES)
    with refused("InvalidParameterValueException"):
        create(client, files)
    with refused("ResourceNotFoundException", "Cannot find recovery point.") as refusal:
        create(client, point_arn + "x")
    assert refusal.response["Code"] == "ERROR_2603"
    with refused("InvalidParameterValueException"):
        create(client, point_arn, AccessPointMetadata={"AccessPointInTime": "2026-01-01T00:00:00Z"})
    with refused("InvalidParameterValueException"):
        create(client, point_arn, AccessPointPolicy="no JSON")
    for ask in (client.describe_backup_access_point, client.delete_backup_access_point):
        with refused("InvalidParameterValueException"):
            ask(AccessPointArn="no-arn")
        with refused("ResourceNotFoundException"):
            ask(AccessPointArn=ARN)
    assert client.list_backup_access_points()["BackupAccessPoints"] == []
