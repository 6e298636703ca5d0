"""Copy job operations on the wire."""

from collections.abc import Sequence
from typing import Any

from vaultclock.adapters.http.operation import Ask, Change, Operation, Reply, Wire, paging
from vaultclock.adapters.http.shapes import lifecycle_members, read_lifecycle, written_by
from vaultclock.domain.copy_jobs import queries
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.copy_jobs.state import CopyJob
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.world import World


def _read_start(wire: Wire) -> StartCopyJob:
    return StartCopyJob(
        source_vault_name=wire["SourceBackupVaultName"],
        source_point_arn=wire["RecoveryPointArn"],
        destination_vault_arn=wire["DestinationBackupVaultArn"],
        iam_role_arn=wire["IamRoleArn"],
        idempotency_token=wire.get("IdempotencyToken"),
        lifecycle=read_lifecycle(wire.get("Lifecycle")),
    )


def _started(world: World, command: StartCopyJob, facts: Sequence[Any]) -> Reply:
    job = (
        world.copy_jobs[facts[0].job_id]
        if facts
        else queries.latest_with_token(world, command.idempotency_token)
    )
    return {
        "CopyJobId": job.job_id,
        "CreationDate": job.created_at,
        "IsParent": job.born.is_parent,
    }


def _row(world: World, job: CopyJob) -> dict[str, Any]:
    vault = queries.destination_vault(world, job)
    return {
        "AccountId": world.scope.account,
        "CopyJobId": job.job_id,
        "SourceBackupVaultArn": world.vault_arn(job.born.source_vault_name),
        "SourceRecoveryPointArn": job.source_point_arn,
        "DestinationBackupVaultArn": job.destination_vault_arn,
        "DestinationVaultType": None if vault is None else vault.vault_type,
        "DestinationVaultLockState": None if vault is None else vault.lock_state,
        "DestinationRecoveryPointArn": job.copy_arn,
        "DestinationEncryptionKeyArn": job.encryption_key_arn,
        "DestinationRecoveryPointLifecycle": lifecycle_members(job.born.lifecycle),
        "ResourceArn": job.resource_arn,
        "CreationDate": job.created_at,
        "CompletionDate": job.completed_at,
        "State": job.state,
        "StatusMessage": job.message,
        "BackupSizeInBytes": job.size_bytes,
        "IamRoleArn": job.born.iam_role_arn,
        "CreatedBy": written_by(job.born.created_by),
        "CreatedByBackupJobId": job.born.backup_job_id,
        "ResourceType": job.resource_type,
        "ParentJobId": job.parent_job_id,
        "IsParent": job.born.is_parent,
        "CompositeMemberIdentifier": job.born.member_identifier,
        **_children(world, job),
        "ResourceName": job.born.resource_name,
        "MessageCategory": job.category,
    }


def _children(world: World, job: CopyJob) -> dict[str, Any]:
    if not job.born.is_parent:
        return {}
    children = queries.children_in_state(world, job)
    return {"NumberOfChildJobs": sum(children.values()), "ChildJobsInState": children}


def _describe(world: World, _now: Instant, wire: Wire) -> Reply:
    return {"CopyJob": _row(world, world.copy_job(wire["CopyJobId"]))}


def _list(world: World, _now: Instant, wire: Wire) -> Reply:
    page = queries.list_copy_jobs(
        world,
        resource_arn=wire.get("ByResourceArn"),
        state=wire.get("ByState"),
        created_before=wire.get("ByCreatedBefore"),
        created_after=wire.get("ByCreatedAfter"),
        resource_type=wire.get("ByResourceType"),
        destination_vault_arn=wire.get("ByDestinationVaultArn"),
        account_id=wire.get("ByAccountId"),
        complete_before=wire.get("ByCompleteBefore"),
        complete_after=wire.get("ByCompleteAfter"),
        parent_job_id=wire.get("ByParentJobId"),
        category=wire.get("ByMessageCategory"),
        source_point_arn=wire.get("BySourceRecoveryPointArn"),
        **paging(wire),
    )
    return {
        "CopyJobs": [_row(world, job) for job in page.rows],
        "NextToken": write_token(queries.LISTING, page.next_after),
    }


OPERATIONS: tuple[Operation, ...] = (
    Change("StartCopyJob", _read_start, _started),
    Ask("DescribeCopyJob", _describe),
    Ask("ListCopyJobs", _list),
)
