"""Vault operations on the wire."""

from collections.abc import Sequence
from typing import Any

from vaultclock.adapters.http.operation import Ask, Change, Operation, Reply, Wire, paging, reads
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.vaults import queries
from vaultclock.domain.vaults.commands import CreateVault, DeleteVault
from vaultclock.domain.vaults.state import Vault
from vaultclock.domain.world import World


def _created(world: World, command: CreateVault, _facts: Sequence[Any]) -> Reply:
    vault = world.vault(command.name)
    return {
        "BackupVaultName": vault.name,
        "BackupVaultArn": world.vault_arn(vault.name),
        "CreationDate": vault.created_at,
    }


def _row(world: World, vault: Vault) -> dict[str, Any]:
    return {
        "BackupVaultName": vault.name,
        "BackupVaultArn": world.vault_arn(vault.name),
        "VaultType": "BACKUP_VAULT",
        "CreationDate": vault.created_at,
        "EncryptionKeyArn": vault.encryption_key_arn,
        "CreatorRequestId": vault.creator_request_id,
        "NumberOfRecoveryPoints": queries.recovery_point_count(world, vault),
        "Locked": False,
    }


def _describe(world: World, _now: Instant, wire: Wire) -> Reply:
    return _row(world, world.vault(wire["BackupVaultName"]))


def _list(world: World, _now: Instant, wire: Wire) -> Reply:
    page = queries.list_vaults(
        world, vault_type=wire.get("ByVaultType"), shared=wire.get("ByShared"), **paging(wire)
    )
    return {
        "BackupVaultList": [_row(world, vault) for vault in page.rows],
        "NextToken": write_token(queries.LISTING, page.next_after),
    }


OPERATIONS: tuple[Operation, ...] = (
    Change(
        "CreateBackupVault",
        reads(
            CreateVault,
            name="BackupVaultName",
            encryption_key_arn="EncryptionKeyArn",
            creator_request_id="CreatorRequestId",
            tags="BackupVaultTags",
        ),
        _created,
    ),
    Change("DeleteBackupVault", reads(DeleteVault, name="BackupVaultName")),
    Ask("DescribeBackupVault", _describe),
    Ask("ListBackupVaults", _list),
)
