"""boto3 as several accounts in several Regions: what one does, no other sees."""

from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.clients.server import ACCOUNT, Server, refused
from tests.clients.things import VOLUME, backed_up, plan

OTHER = "210987654321"


def names(client: Any) -> list[str]:
    return [vault["BackupVaultName"] for vault in client.list_backup_vaults()["BackupVaultList"]]


@pytest.mark.parametrize(
    ("account", "region"), [(OTHER, "us-east-1"), (ACCOUNT, "eu-central-1"), (OTHER, "ap-east-1")]
)
def test_accounts_and_regions_do_not_see_each_other(
    server: Server, client: Any, account: str, region: str
) -> None:
    stranger = server.client(account, region)
    made = client.create_backup_vault(BackupVaultName="vault")
    assert made["BackupVaultArn"] == f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:vault"
    plan_id = client.create_backup_plan(BackupPlan=plan())["BackupPlanId"]
    (point,) = backed_up(server, VOLUME)

    assert names(stranger) == []
    assert stranger.list_backup_plans()["BackupPlansList"] == []
    assert stranger.list_backup_jobs()["BackupJobs"] == []
    assert stranger.list_protected_resources()["Results"] == []
    with refused("AccessDeniedException"):
        stranger.describe_backup_vault(BackupVaultName="vault")
    with refused("ResourceNotFoundException"):
        stranger.get_backup_plan(BackupPlanId=plan_id)
    theirs = stranger.create_backup_vault(BackupVaultName="vault")
    assert theirs["BackupVaultArn"] == f"arn:aws:backup:{region}:{account}:backup-vault:vault"
    with refused("ResourceNotFoundException"):
        stranger.describe_recovery_point(BackupVaultName="vault", RecoveryPointArn=point)
    stranger.create_backup_plan(BackupPlan=plan())
    stranger.delete_backup_vault(BackupVaultName="vault")
    assert names(client) == ["vault"]


@pytest.mark.parametrize("key_id", ["test", "AKIAIOSFODNN7EXAMPLE", "1234", "000000000000"])
def test_a_key_that_is_no_account_is_the_default_account(server: Server, key_id: str) -> None:
    made = server.client(account=key_id).create_backup_vault(BackupVaultName="vault")
    assert made["BackupVaultArn"] == "arn:aws:backup:us-east-1:000000000000:backup-vault:vault"


def test_an_unsigned_call_is_one_of_the_default_account(server: Server) -> None:
    client = boto3.client(
        "backup",
        region_name="eu-west-1",
        endpoint_url=server.url,
        config=Config(signature_version=UNSIGNED),
    )
    made = client.create_backup_vault(BackupVaultName="vault")
    assert made["BackupVaultArn"] == "arn:aws:backup:us-east-1:000000000000:backup-vault:vault"


def test_a_reset_leaves_nothing_of_anyone(server: Server, client: Any) -> None:
    for account in (ACCOUNT, OTHER):
        server.client(account).create_backup_vault(BackupVaultName="vault")
    server.advance(by="1d")
    assert server.control("POST", "/reset")["now"] == "2026-01-01T00:00:00Z"
    assert names(client) == names(server.client(OTHER)) == []


def test_the_same_calls_get_the_same_ids_after_a_reset(server: Server, client: Any) -> None:
    def ids() -> tuple[str, str, list[str]]:
        client.create_backup_vault(BackupVaultName="vault", CreatorRequestId="a")
        made = client.create_backup_plan(BackupPlan=plan(), CreatorRequestId="b")
        return made["BackupPlanId"], made["VersionId"], backed_up(server, VOLUME)

    first = ids()
    server.control("POST", "/reset")
    assert ids() == first
