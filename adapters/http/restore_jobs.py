"""Restore job operations on the wire."""

from collections.abc import Sequence
from typing import Any

from vaultclock.adapters.http.operation import Ask, Change, Operation, Reply, Wire, of_point, paging
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.restore_jobs import queries
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.restore_jobs.state import RestoreJob
from vaultclock.domain.vault_shares.queries import seen_vault
from vaultclock.domain.world import World


def _read_start(wire: Wire) -> StartRestoreJob:
    return StartRestoreJob(
        recovery_point_arn=wire["RecoveryPointArn"],
        metadata=wire["Metadata"],
        iam_role_arn=wire.get("IamRoleArn"),
        idempotency_token=wire.get("IdempotencyToken"),
        resource_type=wire.get("ResourceType"),
        copies_source_tags=wire.get("CopySourceTagsToRestoredResource", False),
    )


def _started(world: World, command: StartRestoreJob, facts: Sequence[Any]) -> Reply:
    job = (
        world.restore_jobs[facts[0].job_id]
        if facts
        else queries.latest_with_token(world, command.idempotency_token)
    )
    return {"RestoreJobId": job.job_id}


def _row(world: World, job: RestoreJob) -> dict[str, Any]:
    return {
        "AccountId": world.scope.account,
        "RestoreJobId": job.job_id,
        "RecoveryPointArn": job.born.recovery_point_arn,
        "SourceResourceArn": job.source_resource_arn,
        "BackupVaultArn": queries.vault_arn(world, job),
        "CreationDate": job.created_at,
        "CompletionDate": job.completed_at,
        "Status": job.status,
        "StatusMessage": job.message,
        "PercentDone": queries.PERCENT_DONE,
        "BackupSizeInBytes": job.born.size_bytes,
        "IamRoleArn": job.born.iam_role_arn,
        "ExpectedCompletionTimeMinutes": queries.expected_minutes(job),
        "CreatedResourceArn": job.created_resource_arn,
        "ResourceType": job.resource_type,
        "RecoveryPointCreationDate": job.born.recovery_point_created_at,
        "IsParent": False,
    }


def _describe(world: World, _now: Instant, wire: Wire) -> Reply:
    return _row(world, world.restore_job(wire["RestoreJobId"]))


def _list(world: World, _now: Instant, wire: Wire) -> Reply:
    page = queries.list_restore_jobs(
        world,
        account_id=wire.get("ByAccountId"),
        resource_type=wire.get("ByResourceType"),
        created_before=wire.get("ByCreatedBefore"),
        created_after=wire.get("ByCreatedAfter"),
        status=wire.get("ByStatus"),
        complete_before=wire.get("ByCompleteBefore"),
        complete_after=wire.get("ByCompleteAfter"),
        testing_plan_arn=wire.get("ByRestoreTestingPlanArn"),
        parent_job_id=wire.get("ByParentJobId"),
        **paging(wire),
    )
    return {
        "RestoreJobs": [_row(world, job) for job in page.rows],
        "NextToken": write_token(queries.LISTING, page.next_after),
    }


def _list_by_resource(world: World, _now: Instant, wire: Wire) -> Reply:
    page = queries.list_by_protected_resource(
        world,
        wire["ResourceArn"],
        status=wire.get("ByStatus"),
        point_created_after=wire.get("ByRecoveryPointCreationDateAfter"),
        point_created_before=wire.get("ByRecoveryPointCreationDateBefore"),
        **paging(wire),
    )
    return {
        "RestoreJobs": [_row(world, job) for job in page.rows],
        "NextToken": write_token(queries.BY_RESOURCE, page.next_after),
    }


def _point_metadata(world: World, now: Instant, wire: Wire) -> Reply:
    vault_name, arn = wire["BackupVaultName"], wire["RecoveryPointArn"]
    account = wire.get("BackupVaultAccountId")
    resource_type, metadata = queries.restore_metadata(world, now, vault_name, arn, account)
    seen = seen_vault(world, vault_name, account)
    return {
        "BackupVaultArn": seen.world.vault_arn(seen.vault.name),
        "RecoveryPointArn": arn,
        "RestoreMetadata": metadata,
        "ResourceType": resource_type,
    }


def _job_metadata(world: World, _now: Instant, wire: Wire) -> Reply:
    job = world.restore_job(wire["RestoreJobId"])
    return {"RestoreJobId": job.job_id, "Metadata": job.born.metadata}


OPERATIONS: tuple[Operation, ...] = (
    Change("StartRestoreJob", _read_start, _started),
    Ask("DescribeRestoreJob", _describe),
    Ask("ListRestoreJobs", _list),
    Ask("ListRestoreJobsByProtectedResource", _list_by_resource),
    Ask("GetRecoveryPointRestoreMetadata", _point_metadata, of_point),
    Ask("GetRestoreJobMetadata", _job_metadata),
)
