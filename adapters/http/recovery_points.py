"""Operations on recovery points and the resources they protect, on the wire."""

from collections.abc import Sequence
from typing import Any

from vaultclock.adapters.http.operation import (
    Ask,
    Change,
    Operation,
    Reply,
    Wire,
    of_contents,
    of_point,
    paging,
    reads,
)
from vaultclock.adapters.http.shapes import lifecycle_members, read_lifecycle, written_by
from vaultclock.domain.indexing import index_message
from vaultclock.domain.kernel.instants import MINUTE, Instant
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.recovery_points import queries
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.queries import ProtectedResource
from vaultclock.domain.recovery_points.state import RecoveryPoint
from vaultclock.domain.restore_jobs.queries import latest_restore
from vaultclock.domain.vault_shares.queries import Seen, seen_vault
from vaultclock.domain.world import World


def _calculated(point: RecoveryPoint) -> dict[str, Any] | None:
    if point.lifecycle is None:
        return None
    return {"MoveToColdStorageAt": point.move_to_cold_at, "DeleteAt": point.delete_at}


def _shared(world: World, point: RecoveryPoint) -> dict[str, Any]:
    """Members that every view of a recovery point has; ``world`` is that of its vault."""
    vault = world.vaults[point.vault_name]
    return {
        "RecoveryPointArn": point.arn,
        "CreationDate": point.created_at,
        "Status": point.status,
        "StatusMessage": point.message,
        "EncryptionKeyArn": point.born.encryption_key_arn,
        "EncryptionKeyType": vault.key_type,
        "BackupVaultName": point.vault_name,
        "IsParent": point.born.is_parent,
        "ParentRecoveryPointArn": point.parent_arn,
        "ResourceName": point.born.resource_name,
        "VaultType": vault.vault_type,
        "IndexStatus": None if point.index is None else point.index.status,
        "IndexStatusMessage": index_message(point),
    }


def _by_resource(world: World, point: RecoveryPoint) -> dict[str, Any]:
    return {**_shared(world, point), "BackupSizeBytes": point.size_bytes}


def _by_vault(world: World, point: RecoveryPoint) -> dict[str, Any]:
    return {
        **_shared(world, point),
        "BackupVaultArn": world.vault_arn(point.vault_name),
        "SourceBackupVaultArn": point.born.source_vault_arn,
        "ResourceArn": point.resource_arn,
        "ResourceType": point.resource_type,
        "CreatedBy": written_by(point.created_by),
        "IamRoleArn": point.born.iam_role_arn,
        "InitiationDate": point.initiated_at,
        "CompletionDate": point.completed_at,
        "BackupSizeInBytes": point.size_bytes,
        "CalculatedLifecycle": _calculated(point),
        "Lifecycle": lifecycle_members(point.lifecycle),
        "IsEncrypted": point.born.encryption_key_arn is not None,
        "CompositeMemberIdentifier": point.born.member_identifier if point.parent_arn else None,
    }


def _seen(world: World, wire: Wire) -> Seen:
    """Find the vault to read from, which may be another account's."""
    return seen_vault(world, wire["BackupVaultName"], wire.get("BackupVaultAccountId"))


def _describe(world: World, _now: Instant, wire: Wire) -> Reply:
    seen = _seen(world, wire)
    point = seen.world.recovery_point(seen.vault.name, wire["RecoveryPointArn"])
    return {
        **_by_vault(seen.world, point),
        "StorageClass": point.storage_class,
        "LastRestoreTime": point.last_restored_at,
    }


def _list_by_vault(world: World, _now: Instant, wire: Wire) -> Reply:
    seen = _seen(world, wire)
    page = queries.list_by_vault(
        seen.world,
        seen.vault.name,
        resource_arn=wire.get("ByResourceArn"),
        resource_type=wire.get("ByResourceType"),
        plan_id=wire.get("ByBackupPlanId"),
        parent_arn=wire.get("ByParentRecoveryPointArn"),
        created_before=wire.get("ByCreatedBefore"),
        created_after=wire.get("ByCreatedAfter"),
        **paging(wire),
    )
    return {
        "RecoveryPoints": [_by_vault(seen.world, point) for point in page.rows],
        "NextToken": write_token(queries.BY_VAULT, page.next_after),
    }


def _list_by_resource(world: World, _now: Instant, wire: Wire) -> Reply:
    page = queries.list_by_resource(world, wire["ResourceArn"], **paging(wire))
    return {
        "RecoveryPoints": [_by_resource(world, point) for point in page.rows],
        "NextToken": write_token(queries.BY_RESOURCE, page.next_after),
    }


def _read_update(wire: Wire) -> UpdateRecoveryPointLifecycle:
    vault_name, arn = wire["BackupVaultName"], wire["RecoveryPointArn"]
    lifecycle = read_lifecycle(wire.get("Lifecycle", {}))
    assert lifecycle is not None
    return UpdateRecoveryPointLifecycle(vault_name, arn, lifecycle)


def _updated(world: World, command: UpdateRecoveryPointLifecycle, _facts: Sequence[Any]) -> Reply:
    point = world.recovery_point(command.vault_name, command.arn)
    return {
        "BackupVaultArn": world.vault_arn(point.vault_name),
        "RecoveryPointArn": point.arn,
        "Lifecycle": lifecycle_members(point.lifecycle),
        "CalculatedLifecycle": _calculated(point),
    }


def _protected(world: World, resource: ProtectedResource) -> dict[str, Any]:
    latest = resource.latest
    return {
        "ResourceArn": resource.arn,
        "ResourceType": latest.resource_type,
        "LastBackupTime": latest.backed_up_at,
        "ResourceName": latest.born.resource_name,
        "LastBackupVaultArn": world.vault_arn(latest.vault_name),
        "LastRecoveryPointArn": latest.arn,
    }


def _describe_protected(world: World, _now: Instant, wire: Wire) -> Reply:
    resource = queries.describe_protected_resource(world, wire["ResourceArn"])
    restore = latest_restore(world, resource.arn)
    if restore is None:
        return _protected(world, resource)
    return {
        **_protected(world, resource),
        "LatestRestoreExecutionTimeMinutes": restore.took_ms // MINUTE,
        "LatestRestoreJobCreationDate": restore.job_created_at,
        "LatestRestoreRecoveryPointCreationDate": restore.recovery_point_created_at,
    }


def _list_protected(world: World, _now: Instant, wire: Wire) -> Reply:
    rows, after = queries.list_protected_resources(world, **paging(wire))
    return {
        "Results": [_protected(world, row) for row in rows],
        "NextToken": write_token(queries.PROTECTED, after),
    }


def _list_protected_by_vault(world: World, _now: Instant, wire: Wire) -> Reply:
    seen = _seen(world, wire)
    rows, after = queries.list_protected_resources_by_vault(
        seen.world, seen.vault.name, **paging(wire)
    )
    return {
        "Results": [_protected(seen.world, row) for row in rows],
        "NextToken": write_token(queries.PROTECTED, after),
    }


OPERATIONS: tuple[Operation, ...] = (
    Ask("DescribeRecoveryPoint", _describe, of_point),
    Ask("ListRecoveryPointsByBackupVault", _list_by_vault, of_contents),
    Ask("ListRecoveryPointsByResource", _list_by_resource),
    Change("UpdateRecoveryPointLifecycle", _read_update, _updated),
    Change(
        "DeleteRecoveryPoint",
        reads(DeleteRecoveryPoint, vault_name="BackupVaultName", arn="RecoveryPointArn"),
    ),
    Change(
        "DisassociateRecoveryPoint",
        reads(DisassociateRecoveryPoint, vault_name="BackupVaultName", arn="RecoveryPointArn"),
    ),
    Change(
        "DisassociateRecoveryPointFromParent",
        reads(
            DisassociateRecoveryPointFromParent,
            vault_name="BackupVaultName",
            arn="RecoveryPointArn",
        ),
    ),
    Ask("DescribeProtectedResource", _describe_protected),
    Ask("ListProtectedResources", _list_protected),
    Ask("ListProtectedResourcesByBackupVault", _list_protected_by_vault, of_contents),
)
