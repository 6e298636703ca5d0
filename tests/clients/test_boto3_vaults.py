"""boto3 on backup vaults."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clients.server import ACCOUNT, REGION, Server, refused
from tests.clients.things import VOLUME, backed_up

START = datetime(2026, 1, 1, tzinfo=UTC)
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1a2b3c4d-0000-4000-8000-000000000000"
NO_VAULT = "Insufficient privileges to perform this action."
CONTAINS = "Backup vault cannot be deleted because it contains recovery points."


def arn(name: str) -> str:
    return f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:{name}"


def names(vaults: list[dict[str, Any]]) -> list[str]:
    return [vault["BackupVaultName"] for vault in vaults]


def test_a_created_vault_is_described_as_it_was_asked_for(server: Server, client: Any) -> None:
    server.advance(to="2026-01-01T00:00:00.250Z")
    created = client.create_backup_vault(
        BackupVaultName="Vault-1", EncryptionKeyArn=KEY, CreatorRequestId="once"
    )
    del created["ResponseMetadata"]
    at = START.replace(microsecond=250_000)
    identity = {
        "BackupVaultName": "Vault-1",
        "BackupVaultArn": arn("Vault-1"),
        "CreationDate": at,
    }
    assert created == identity
    described = client.describe_backup_vault(BackupVaultName="Vault-1")
    del described["ResponseMetadata"]
    assert described == {
        **identity,
        "VaultType": "BACKUP_VAULT",
        "EncryptionKeyArn": KEY,
        "CreatorRequestId": "once",
        "NumberOfRecoveryPoints": 0,
        "Locked": False,
    }


def test_without_a_key_the_managed_key_of_account_and_region_is_shown(client: Any) -> None:
    for name in ("one", "two"):
        client.create_backup_vault(BackupVaultName=name)
    keys = {vault["EncryptionKeyArn"] for vault in client.list_backup_vaults()["BackupVaultList"]}
    assert len(keys) == 1
    assert keys.pop().startswith(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/")


def test_two_plain_creates_of_one_name_collide(client: Any) -> None:
    client.create_backup_vault(BackupVaultName="vault", CreatorRequestId="first")
    with refused(
        "AlreadyExistsException", "Backup vault with the same name already exists"
    ) as refusal:
        client.create_backup_vault(BackupVaultName="vault")  # boto3 invents another token
    assert isinstance(refusal.error, client.exceptions.AlreadyExistsException)
    assert refusal.response["Arn"] == arn("vault")
    assert refusal.response["CreatorRequestId"] == "first"


def test_a_create_repeated_with_its_token_answers_the_same_vault(
    server: Server, client: Any
) -> None:
    asked = {"BackupVaultName": "vault", "CreatorRequestId": "once"}
    first = client.create_backup_vault(**asked)
    server.advance(by="1d")
    again = client.create_backup_vault(**asked)
    assert again["CreationDate"] == first["CreationDate"]
    assert len(client.list_backup_vaults()["BackupVaultList"]) == 1


@pytest.mark.parametrize("name", ["v", "a.b", "a b", "aws/efs/automatic-backup-vault", "v" * 51])
def test_a_name_that_is_no_vault_name_is_refused(client: Any, name: str) -> None:
    with refused("InvalidParameterValueException") as refusal:
        client.create_backup_vault(BackupVaultName=name)
    assert isinstance(refusal.error, client.exceptions.InvalidParameterValueException)


@pytest.mark.parametrize(
    "members",
    [
        {"EncryptionKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/backup"},
        {"EncryptionKeyArn": "1a2b3c4d"},
        {"CreatorRequestId": "not a token"},
        {"CreatorRequestId": "t" * 51},
        {"BackupVaultTags": {"aws:reserved": "x"}},
        {"BackupVaultTags": {"k" * 129: "x"}},
        {"BackupVaultTags": {"k": "v" * 257}},
    ],
    ids=str,
)
def test_a_value_that_aws_does_not_take_is_refused(client: Any, members: dict[str, Any]) -> None:
    with refused("InvalidParameterValueException"):
        client.create_backup_vault(BackupVaultName="vault", **members)
    assert client.list_backup_vaults()["BackupVaultList"] == []


def test_a_missing_vault_is_access_denied_and_no_modelled_exception(client: Any) -> None:
    for ask in (
        client.describe_backup_vault,
        client.delete_backup_vault,
        client.list_recovery_points_by_backup_vault,
        client.list_protected_resources_by_backup_vault,
    ):
        with refused("AccessDeniedException", NO_VAULT) as refusal:
            ask(BackupVaultName="missing")
        assert type(refusal.error) is ClientError


def test_a_name_with_slashes_reaches_describe_and_delete(client: Any) -> None:
    for ask in (client.describe_backup_vault, client.delete_backup_vault):
        with refused("AccessDeniedException", NO_VAULT):
            ask(BackupVaultName="aws/efs/automatic-backup-vault")


def test_names_are_case_sensitive(client: Any) -> None:
    for name in ("vault", "Vault"):
        client.create_backup_vault(BackupVaultName=name)
    assert len(client.list_backup_vaults()["BackupVaultList"]) == 2


def test_a_vault_with_recovery_points_cannot_be_deleted(server: Server, client: Any) -> None:
    client.create_backup_vault(BackupVaultName="vault")
    (point,) = backed_up(server, VOLUME)
    described = client.describe_backup_vault(BackupVaultName="vault")
    assert described["NumberOfRecoveryPoints"] == 1
    with refused("InvalidRequestException", CONTAINS) as refusal:
        client.delete_backup_vault(BackupVaultName="vault")
    assert isinstance(refusal.error, client.exceptions.InvalidRequestException)
    assert refusal.response["Code"] == "ERROR_9101"

    client.delete_recovery_point(BackupVaultName="vault", RecoveryPointArn=point)
    with refused("InvalidRequestException", CONTAINS):
        client.delete_backup_vault(BackupVaultName="vault")  # a point that is DELETING counts
    server.advance(by="10s")
    client.delete_backup_vault(BackupVaultName="vault")
    with refused("AccessDeniedException", NO_VAULT):
        client.delete_backup_vault(BackupVaultName="vault")


def test_vaults_are_listed_in_pages_by_creation(server: Server, client: Any) -> None:
    wanted = [f"vault-{number}" for number in (3, 1, 4, 2, 5)]
    for name in wanted:
        client.create_backup_vault(BackupVaultName=name)
        server.advance(by="1s")
    pages = client.get_paginator("list_backup_vaults").paginate(PaginationConfig={"PageSize": 2})
    listed = [names(page["BackupVaultList"]) for page in pages]
    assert listed == [wanted[:2], wanted[2:4], wanted[4:]]
    assert names(client.list_backup_vaults()["BackupVaultList"]) == wanted


def test_a_page_of_vaults_goes_on_where_the_last_one_ended(client: Any) -> None:
    for name in ("one", "two", "three"):
        client.create_backup_vault(BackupVaultName=name)
    first = client.list_backup_vaults(MaxResults=2)
    client.delete_backup_vault(BackupVaultName=first["BackupVaultList"][0]["BackupVaultName"])
    rest = client.list_backup_vaults(MaxResults=2, NextToken=first["NextToken"])
    assert len(rest["BackupVaultList"]) == 1
    assert "NextToken" not in rest


def test_vaults_are_filtered_by_type(client: Any) -> None:
    client.create_backup_vault(BackupVaultName="vault")
    by_type = client.list_backup_vaults(ByVaultType="BACKUP_VAULT")
    assert names(by_type["BackupVaultList"]) == ["vault"]
    others = client.list_backup_vaults(ByVaultType="LOGICALLY_AIR_GAPPED_BACKUP_VAULT")
    assert others["BackupVaultList"] == []
    assert client.list_backup_vaults(ByShared=True)["BackupVaultList"] == []


@pytest.mark.parametrize(
    "members",
    [{"MaxResults": 5000}, {"NextToken": "invented"}, {"ByVaultType": "CUPBOARD"}],
    ids=str,
)
def test_a_list_refuses_what_it_cannot_read(client: Any, members: dict[str, Any]) -> None:
    with refused("InvalidParameterValueException"):
        client.list_backup_vaults(**members)
