"""boto3 on vault locks and logically air-gapped vaults."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clients.server import ACCOUNT, REGION, Server, refused
from tests.clients.things import BUCKET, DATABASE, FILES, ROLE, VOLUME, backed_up, start

START = datetime(2026, 1, 1, tzinfo=UTC)
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1a2b3c4d-0000-4000-8000-000000000000"
AIR_GAPPED = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
NO_VAULT = "Insufficient privileges to perform this action."
LOCKED = "RecoveryPoint cannot be deleted or updated (Backup vault configured with Lock)"
OUT_OF_RANGE = (
    "Backup job failed because the lifecycle is outside the valid range for backup vault."
)
COPY_OUT_OF_RANGE = (
    "Copy job failed. The retention specified in the job is not within the range specified for"
    " the target Backup Vault."
)
NOT_SUPPORTED = (
    "Backup job completed successfully to the target backup vault. This resource type is not"
    " supported by logically air-gapped backup vault."
)


def arn(name: str) -> str:
    return f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:{name}"


def lock(client: Any, name: str = "vault", **members: Any) -> None:
    client.put_backup_vault_lock_configuration(BackupVaultName=name, **members)


def locked(client: Any, name: str = "vault") -> dict[str, Any]:
    described = client.describe_backup_vault(BackupVaultName=name)
    (row,) = (
        row
        for row in client.list_backup_vaults()["BackupVaultList"]
        if row["BackupVaultName"] == name
    )
    members = ("Locked", "MinRetentionDays", "MaxRetentionDays", "LockDate")
    seen = {member: described[member] for member in members if member in described}
    assert {member: row[member] for member in members if member in row} == seen
    return seen


def air_gapped(server: Server, name: str = "lag", **members: Any) -> None:
    """An air-gapped vault that is available."""
    client = server.client()
    client.create_logically_air_gapped_backup_vault(
        BackupVaultName=name, **{"MinRetentionDays": 7, "MaxRetentionDays": 30, **members}
    )
    server.advance(by="3m")


def test_a_vault_is_locked_in_both_modes_and_unlocked(server: Server, client: Any) -> None:
    client.create_backup_vault(BackupVaultName="vault")
    assert locked(client) == {"Locked": False}
    lock(client, MinRetentionDays=7, MaxRetentionDays=365)
    assert locked(client) == {"Locked": True, "MinRetentionDays": 7, "MaxRetentionDays": 365}
    server.advance(to="2026-01-01T12:00:00.345Z")
    lock(client, MinRetentionDays=7, ChangeableForDays=3)
    lock_date = START + timedelta(days=3, hours=12, milliseconds=345)
    assert locked(client) == {"Locked": True, "MinRetentionDays": 7, "LockDate": lock_date}
    client.delete_backup_vault_lock_configuration(BackupVaultName="vault")
    assert locked(client) == {"Locked": False}
    client.delete_backup_vault_lock_configuration(BackupVaultName="vault")


def test_a_compliance_lock_is_for_good_from_its_date_on(server: Server, client: Any) -> None:
    client.create_backup_vault(BackupVaultName="vault")
    lock(client, MaxRetentionDays=365, ChangeableForDays=3)
    before = locked(client)
    server.advance(to="2026-01-03T23:59:59.999Z")
    lock(client, MaxRetentionDays=365, ChangeableForDays=3)
    server.advance(to="2026-01-07T00:00:00Z")
    changes: list[dict[str, Any]] = [{}, {"MaxRetentionDays": 365}]
    for members in (*changes, {"MaxRetentionDays": 9, "ChangeableForDays": 3}):
        with refused("InvalidRequestException") as refusal:
            lock(client, **members)
        assert isinstance(refusal.error, client.exceptions.InvalidRequestException)
    with refused("InvalidRequestException"):
        client.delete_backup_vault_lock_configuration(BackupVaultName="vault")
    assert {**locked(client), "LockDate": before["LockDate"]} == before
    client.delete_backup_vault(BackupVaultName="vault")


@pytest.mark.parametrize(
    "members",
    [
        {"ChangeableForDays": 2},
        {"ChangeableForDays": 0},
        {"ChangeableForDays": 36_501},
        {"MinRetentionDays": -1},
        {"MinRetentionDays": 0},
        {"MaxRetentionDays": -1},
        {"MaxRetentionDays": 36_501},
        {"MinRetentionDays": 8, "MaxRetentionDays": 7},
    ],
    ids=str,
)
def test_a_lock_that_aws_does_not_take_is_refused(client: Any, members: dict[str, Any]) -> None:
    client.create_backup_vault(BackupVaultName="vault")
    with refused("InvalidParameterValueException"):
        lock(client, **members)
    assert locked(client) == {"Locked": False}


def test_locks_of_a_missing_vault_are_denied(client: Any) -> None:
    for ask in (
        client.put_backup_vault_lock_configuration,
        client.delete_backup_vault_lock_configuration,
    ):
        with refused("AccessDeniedException", NO_VAULT) as refusal:
            ask(BackupVaultName="missing")
        assert type(refusal.error) is ClientError


def test_a_lock_keeps_points_from_being_deleted_and_changed(server: Server, client: Any) -> None:
    client.create_backup_vault(BackupVaultName="vault")
    (point,) = backed_up(server, VOLUME, Lifecycle={"DeleteAfterDays": 9})
    lock(client, MinRetentionDays=30)
    which = {"BackupVaultName": "vault", "RecoveryPointArn": point}
    with refused("InvalidRequestException", LOCKED) as refusal:
        client.delete_recovery_point(**which)
    assert isinstance(refusal.error, client.exceptions.InvalidRequestException)
    for lifecycle in ({"DeleteAfterDays": 14}, {"DeleteAfterDays": 9}, {}):
        with refused("InvalidRequestException", LOCKED):
            client.update_recovery_point_lifecycle(**which, Lifecycle=lifecycle)
    kept = client.describe_recovery_point(**which)
    assert kept["Lifecycle"] == {"DeleteAfterDays": 9}, "it was there before the lock"
    server.advance(by="10d")
    assert (
        client.list_recovery_points_by_backup_vault(BackupVaultName="vault")["RecoveryPoints"] == []
    )


@pytest.mark.parametrize("members", [{}, {"Lifecycle": {"DeleteAfterDays": 6}}], ids=str)
def test_a_job_outside_the_range_is_accepted_and_fails(
    server: Server, client: Any, members: dict[str, Any]
) -> None:
    client.create_backup_vault(BackupVaultName="vault")
    lock(client, MinRetentionDays=7, MaxRetentionDays=9)
    job_id = start(client, **members)["BackupJobId"]
    server.advance(by="1m")
    job = client.describe_backup_job(BackupJobId=job_id)
    assert (job["State"], job["StatusMessage"]) == ("FAILED", OUT_OF_RANGE)
    assert (job["VaultType"], job["VaultLockState"]) == ("BACKUP_VAULT", "LOCKED")
    assert "RecoveryPointArn" not in job


def test_a_copy_outside_the_range_is_accepted_and_fails(server: Server, client: Any) -> None:
    for name in ("vault", "other"):
        client.create_backup_vault(BackupVaultName=name)
    (point,) = backed_up(server, FILES)
    lock(client, "other", MaxRetentionDays=9)
    copy = client.start_copy_job(
        RecoveryPointArn=point,
        SourceBackupVaultName="vault",
        DestinationBackupVaultArn=arn("other"),
        IamRoleArn=ROLE,
    )
    server.advance(by="1m")
    job = client.describe_copy_job(CopyJobId=copy["CopyJobId"])["CopyJob"]
    assert (job["State"], job["StatusMessage"]) == ("FAILED", COPY_OUT_OF_RANGE)
    assert job["MessageCategory"] == "INVALID_LIFECYCLE"
    assert job["DestinationVaultLockState"] == "LOCKED"


def test_an_air_gapped_vault_is_made_over_time(server: Server, client: Any) -> None:
    created = client.create_logically_air_gapped_backup_vault(
        BackupVaultName="lag",
        MinRetentionDays=7,
        MaxRetentionDays=30,
        BackupVaultTags={"a": "b"},
        CreatorRequestId="once",
    )
    del created["ResponseMetadata"]
    assert created == {
        "BackupVaultName": "lag",
        "BackupVaultArn": arn("lag"),
        "CreationDate": START,
        "VaultState": "CREATING",
    }
    described = client.describe_backup_vault(BackupVaultName="lag")
    del described["ResponseMetadata"]
    assert described == {
        "BackupVaultName": "lag",
        "BackupVaultArn": arn("lag"),
        "VaultType": AIR_GAPPED,
        "VaultState": "CREATING",
        "CreationDate": START,
        "CreatorRequestId": "once",
        "NumberOfRecoveryPoints": 0,
        "Locked": True,
        "MinRetentionDays": 7,
        "MaxRetentionDays": 30,
        "LockDate": START,
        "EncryptionKeyType": "AWS_OWNED_KMS_KEY",
    }
    server.advance(by="2m")
    (row,) = client.list_backup_vaults(ByVaultType=AIR_GAPPED)["BackupVaultList"]
    assert row["VaultState"] == "AVAILABLE"
    assert client.list_tags(ResourceArn=arn("lag"))["Tags"] == {"a": "b"}
    for ask in (
        client.put_backup_vault_lock_configuration,
        client.delete_backup_vault_lock_configuration,
    ):
        with refused("InvalidRequestException"):
            ask(BackupVaultName="lag")
    client.delete_backup_vault(BackupVaultName="lag")
    with refused("AccessDeniedException", NO_VAULT):
        client.describe_backup_vault(BackupVaultName="lag")


def test_a_customers_key_is_shown_and_may_refuse(server: Server, client: Any) -> None:
    other = KEY.replace(ACCOUNT, "999999999999")
    refusing = {"arn": other, "fails_with": "AccessDenied: kms:CreateGrant"}
    assert server.control("PUT", "/keys", [refusing]) == {"registered": 1}
    air_gapped(server, "mine", EncryptionKeyArn=KEY)
    air_gapped(server, "theirs", EncryptionKeyArn=other)
    for name, key, state in (("mine", KEY, "AVAILABLE"), ("theirs", other, "FAILED")):
        described = client.describe_backup_vault(BackupVaultName=name)
        assert described["EncryptionKeyArn"] == key
        assert described["EncryptionKeyType"] == "CUSTOMER_MANAGED_KMS_KEY"
        assert described["VaultState"] == state


@pytest.mark.parametrize(
    "members",
    [
        {"MinRetentionDays": 6},
        {"MinRetentionDays": -1},
        {"MinRetentionDays": 31},
        {"MaxRetentionDays": 36_501},
        {"EncryptionKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/key"},
        {"BackupVaultTags": {"aws:reserved": "x"}},
    ],
    ids=str,
)
def test_an_air_gapped_vault_that_aws_does_not_take_is_refused(
    client: Any, members: dict[str, Any]
) -> None:
    asked = {"MinRetentionDays": 7, "MaxRetentionDays": 30, **members}
    with refused("InvalidParameterValueException"):
        client.create_logically_air_gapped_backup_vault(BackupVaultName="lag", **asked)
    assert client.list_backup_vaults()["BackupVaultList"] == []


def test_two_kinds_of_vaults_share_their_names(client: Any) -> None:
    client.create_backup_vault(BackupVaultName="vault")
    with refused(
        "AlreadyExistsException", "Backup vault with the same name already exists"
    ) as refusal:
        client.create_logically_air_gapped_backup_vault(
            BackupVaultName="vault", MinRetentionDays=7, MaxRetentionDays=30
        )
    assert refusal.response["Arn"] == arn("vault")


@pytest.mark.parametrize(
    ("resource", "vault", "message"),
    [(BUCKET, "lag", None), (VOLUME, "vault", None), (DATABASE, "vault", NOT_SUPPORTED)],
)
def test_a_backup_finds_its_way_into_an_air_gapped_vault(
    server: Server, client: Any, resource: str, vault: str, message: str | None
) -> None:
    client.create_backup_vault(BackupVaultName="vault")
    air_gapped(server)
    started = start(
        client,
        resource,
        LogicallyAirGappedBackupVaultArn=arn("lag"),
        Lifecycle={"DeleteAfterDays": 7},
    )
    server.advance(by="1m")
    job = client.describe_backup_job(BackupJobId=started["BackupJobId"])
    assert job["State"] == "COMPLETED"
    assert (job["BackupVaultName"], job.get("StatusMessage")) == (vault, message)
    points = client.list_recovery_points_by_backup_vault(BackupVaultName="lag")["RecoveryPoints"]
    assert len(points) == (0 if message else 1)
    for point in points:
        assert point["RecoveryPointArn"].startswith("arn:aws:backup:")
        assert point["VaultType"] == AIR_GAPPED
        assert point["EncryptionKeyType"] == "AWS_OWNED_KMS_KEY"
        with refused("InvalidRequestException", LOCKED):
            client.delete_recovery_point(
                BackupVaultName="lag", RecoveryPointArn=point["RecoveryPointArn"]
            )


def test_an_air_gapped_vault_is_a_target_of_its_own_member_alone(
    server: Server, client: Any
) -> None:
    client.create_backup_vault(BackupVaultName="vault")
    air_gapped(server)
    with refused("InvalidRequestException"):
        start(client, vault="lag")
    for wrong in (arn("vault"), arn("lag").replace(REGION, "eu-west-1"), "lag"):
        with refused("InvalidParameterValueException"):
            start(client, LogicallyAirGappedBackupVaultArn=wrong)
    with refused("AccessDeniedException", NO_VAULT):
        start(client, LogicallyAirGappedBackupVaultArn=arn("missing"))
    assert client.list_backup_jobs()["BackupJobs"] == []
