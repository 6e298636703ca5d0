"""Backup job operations on the wire."""

from collections.abc import Sequence
from typing import Any

from vaultclock.adapters.http.errors import NotSimulated
from vaultclock.adapters.http.operation import Ask, Change, Operation, Reply, Wire, paging, reads
from vaultclock.adapters.http.shapes import lifecycle_members, read_lifecycle, written_by
from vaultclock.domain.backup_jobs import queries
from vaultclock.domain.backup_jobs.commands import StartBackupJob, StopBackupJob
from vaultclock.domain.backup_jobs.state import BackupJob, State
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.world import World


def _read_start(wire: Wire) -> StartBackupJob:
    if wire.get("Index") == "ENABLED":
        raise NotSimulated("StartBackupJob with Index ENABLED")
    return StartBackupJob(
        vault_name=wire["BackupVaultName"],
        resource_arn=wire["ResourceArn"],
        iam_role_arn=wire["IamRoleArn"],
        idempotency_token=wire.get("IdempotencyToken"),
        start_window_minutes=wire.get("StartWindowMinutes"),
        complete_window_minutes=wire.get("CompleteWindowMinutes"),
        lifecycle=read_lifecycle(wire.get("Lifecycle")),
        recovery_point_tags=wire.get("RecoveryPointTags", {}),
        backup_options=wire.get("BackupOptions", {}),
        air_gapped_vault_arn=wire.get("LogicallyAirGappedBackupVaultArn"),
    )


def _started(world: World, command: StartBackupJob, facts: Sequence[Any]) -> Reply:
    job = (
        world.backup_jobs[facts[0].job_id]
        if facts
        else queries.latest_with_token(world, command.idempotency_token)
    )
    return {
        "BackupJobId": job.job_id,
        "RecoveryPointArn": job.born.recovery_point_arn if queries.is_fully_managed(job) else None,
        "CreationDate": job.created_at,
        "IsParent": job.born.is_parent,
    }


def _row(world: World, job: BackupJob, now: Instant) -> dict[str, Any]:
    running = job.state is State.RUNNING
    vault = world.vaults.get(job.vault_name)  # which may be gone, or never have been
    return {
        "AccountId": world.scope.account,
        "BackupJobId": job.job_id,
        "BackupVaultName": job.vault_name,
        "RecoveryPointLifecycle": lifecycle_members(job.born.lifecycle),
        "BackupVaultArn": world.vault_arn(job.vault_name),
        "VaultType": None if vault is None else vault.vault_type,
        "VaultLockState": None if vault is None else vault.lock_state,
        "RecoveryPointArn": queries.visible_recovery_point(job),
        "EncryptionKeyArn": job.encryption_key_arn,
        "IsEncrypted": None if job.initiated_at is None else job.encryption_key_arn is not None,
        "ResourceArn": job.resource_arn,
        "CreationDate": job.created_at,
        "CompletionDate": job.completed_at,
        "State": job.state,
        "StatusMessage": job.message,
        "PercentDone": str(queries.percent_done(job, now)),
        "BackupSizeInBytes": job.size_bytes,
        "IamRoleArn": job.born.iam_role_arn,
        "CreatedBy": written_by(job.born.created_by),
        "ResourceType": job.resource_type,
        "BytesTransferred": job.size_bytes,
        "ExpectedCompletionDate": job.ends_at if running else None,
        "StartBy": job.born.start_deadline_at,
        "BackupOptions": job.born.backup_options or None,
        "BackupType": job.backup_type,
        "IsParent": job.born.is_parent,
        "ParentJobId": job.parent_job_id,
        "ResourceName": job.born.resource_name,
        "InitiationDate": job.initiated_at,
        "MessageCategory": job.category,
    }


def _describe(world: World, now: Instant, wire: Wire) -> Reply:
    job = world.backup_job(wire["BackupJobId"])
    if not job.born.is_parent:
        return _row(world, job, now)
    children = queries.children_in_state(world, job)
    return {
        **_row(world, job, now),
        "NumberOfChildJobs": sum(children.values()),
        "ChildJobsInState": children,
    }


def _list(world: World, now: Instant, wire: Wire) -> Reply:
    page = queries.list_backup_jobs(
        world,
        resource_arn=wire.get("ByResourceArn"),
        state=wire.get("ByState"),
        vault_name=wire.get("ByBackupVaultName"),
        created_before=wire.get("ByCreatedBefore"),
        created_after=wire.get("ByCreatedAfter"),
        resource_type=wire.get("ByResourceType"),
        account_id=wire.get("ByAccountId"),
        complete_after=wire.get("ByCompleteAfter"),
        complete_before=wire.get("ByCompleteBefore"),
        parent_job_id=wire.get("ByParentJobId"),
        category=wire.get("ByMessageCategory"),
        **paging(wire),
    )
    return {
        "BackupJobs": [_row(world, job, now) for job in page.rows],
        "NextToken": write_token(queries.LISTING, page.next_after),
    }


OPERATIONS: tuple[Operation, ...] = (
    Change("StartBackupJob", _read_start, _started),
    Change("StopBackupJob", reads(StopBackupJob, job_id="BackupJobId")),
    Ask("DescribeBackupJob", _describe),
    Ask("ListBackupJobs", _list),
)
