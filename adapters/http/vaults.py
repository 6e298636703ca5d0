"""Vault operations on the wire."""

from collections.abc import Sequence
from typing import Any

from vaultclock.adapters.http.approvals import approval_members
from vaultclock.adapters.http.operation import (
    Ask,
    Change,
    Operation,
    Reply,
    Wire,
    of_vault,
    paging,
    reads,
)
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.vault_shares.queries import LISTING as SHARES
from vaultclock.domain.vault_shares.queries import (
    list_shared_vaults,
    owner_of_vault,
    shared_vault,
    viewed,
)
from vaultclock.domain.vault_shares.state import VaultShare
from vaultclock.domain.vaults import queries
from vaultclock.domain.vaults.commands import (
    CreateAirGappedVault,
    CreateVault,
    DeleteVault,
    LockVault,
    UnlockVault,
)
from vaultclock.domain.vaults.state import Lock, Vault
from vaultclock.domain.world import World


def _created(
    world: World, command: CreateVault | CreateAirGappedVault, _facts: Sequence[Any]
) -> dict[str, Any]:
    vault = world.vault(command.name)
    return {
        "BackupVaultName": vault.name,
        "BackupVaultArn": world.vault_arn(vault.name),
        "CreationDate": vault.created_at,
    }


def _air_gapped_created(world: World, command: CreateAirGappedVault, facts: Sequence[Any]) -> Reply:
    state = world.vault(command.name).state
    return {**_created(world, command, facts), "VaultState": state}


def _row(world: World, vault: Vault) -> dict[str, Any]:
    return {
        "BackupVaultName": vault.name,
        "BackupVaultArn": world.vault_arn(vault.name),
        "VaultType": vault.vault_type,
        # not seen of standard vaults (observed)
        "VaultState": None if vault.is_standard else vault.state,
        "CreationDate": vault.created_at,
        "EncryptionKeyArn": vault.encryption_key_arn,
        "EncryptionKeyType": vault.key_type,
        "CreatorRequestId": vault.creator_request_id,
        "NumberOfRecoveryPoints": queries.recovery_point_count(
            *(viewed(world, vault) or (world, vault))
        ),
        **_lock(vault.lock),
    }


def _shared_row(world: World, share: VaultShare) -> dict[str, Any]:
    """Write what the guide's sample shows of a vault of another account."""
    there, vault = shared_vault(world, share)
    untold = ("NumberOfRecoveryPoints", "LockDate", "CreatorRequestId")
    return {name: value for name, value in _row(there, vault).items() if name not in untold}


def _lock(lock: Lock | None) -> dict[str, Any]:
    if lock is None:
        return {"Locked": False}
    return {
        "Locked": True,
        "MinRetentionDays": lock.min_retention_days,
        "MaxRetentionDays": lock.max_retention_days,
        "LockDate": lock.seals_at,
    }


def _describe(world: World, _now: Instant, wire: Wire) -> Reply:
    name, account = wire["BackupVaultName"], wire.get("BackupVaultAccountId")
    there = owner_of_vault(world, name, account)
    vault = there.vault(name)
    return {**_row(there, vault), **approval_members(there, vault)}


def _list(world: World, _now: Instant, wire: Wire) -> Reply:
    vault_type = wire.get("ByVaultType")
    if wire.get("ByShared"):
        shares = list_shared_vaults(world, vault_type=vault_type, **paging(wire))
        return {
            "BackupVaultList": [_shared_row(world, share) for share in shares.rows],
            "NextToken": write_token(SHARES, shares.next_after),
        }
    page = queries.list_vaults(world, vault_type=vault_type, **paging(wire))
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
    Change(
        "CreateLogicallyAirGappedBackupVault",
        reads(
            CreateAirGappedVault,
            name="BackupVaultName",
            min_retention_days="MinRetentionDays",
            max_retention_days="MaxRetentionDays",
            encryption_key_arn="EncryptionKeyArn",
            creator_request_id="CreatorRequestId",
            tags="BackupVaultTags",
        ),
        _air_gapped_created,
    ),
    Change(
        "PutBackupVaultLockConfiguration",
        reads(
            LockVault,
            name="BackupVaultName",
            min_retention_days="MinRetentionDays",
            max_retention_days="MaxRetentionDays",
            changeable_for_days="ChangeableForDays",
        ),
    ),
    Change("DeleteBackupVaultLockConfiguration", reads(UnlockVault, name="BackupVaultName")),
    Change("DeleteBackupVault", reads(DeleteVault, name="BackupVaultName")),
    Ask("DescribeBackupVault", _describe, of_vault),
    Ask("ListBackupVaults", _list),
)
