"""All the rules about backup jobs: one function a command, facts out or a refusal."""

from collections.abc import Sequence
from typing import Any, assert_never

from vaultclock.domain.backup_jobs.commands import (
    ExpireBackupJob,
    FinishBackupJob,
    FinishStoppingBackupJob,
    StartBackupJob,
    StartDueBackupJob,
    StopBackupJob,
)
from vaultclock.domain.backup_jobs.events import (
    BackupJobAborted,
    BackupJobCompleted,
    BackupJobCreated,
    BackupJobExpired,
    BackupJobFailed,
    BackupJobHeld,
    BackupJobStarted,
    BackupJobStopping,
)
from vaultclock.domain.backup_jobs.queries import is_fully_managed, repeated
from vaultclock.domain.backup_jobs.state import BackupJob, State
from vaultclock.domain.checks import (
    checked_backup_options,
    checked_completion_window,
    checked_idempotency_token,
    checked_lifecycle,
    checked_role_arn,
    checked_start_window,
    checked_tags,
)
from vaultclock.domain.copy_jobs.queries import copies_after
from vaultclock.domain.jobs import is_busy, next_turn
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.instants import DAY, MINUTE, SECOND, Milliseconds
from vaultclock.domain.kernel.refusals import InvalidRequest
from vaultclock.domain.kernel.tables import Window
from vaultclock.domain.messages import category_of
from vaultclock.domain.new_jobs import Terms, new_backup_job
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointCreated,
    RecoveryPointDeleted,
)
from vaultclock.domain.resource_types import TYPE_OF_NAME, Sizes
from vaultclock.domain.resources.queries import capture, named_resource
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.tags.queries import dropped_tags
from vaultclock.domain.world import World

STOPPING: Milliseconds = 800  # how long a job is seen ABORTING (observed in AWS's sample event)
_STOPPED = "Backup job was stopped by user."
_BUSY = "Backup job failed because there was a running job for the same resource."
_LATE = "Backup job expired before completion."
_NEVER_STARTED = "Backup job expired before it could start."  # message unknown


def start_backup_job(
    command: StartBackupJob, world: World, context: Context
) -> list[BackupJobCreated]:
    """Create a job that starts as soon as its resource is free."""
    token = checked_idempotency_token(command.idempotency_token)
    vault = world.vault(command.vault_name)
    if repeated(world, token, context.now):
        return []
    resource = named_resource(world, command.resource_arn)
    role_arn = checked_role_arn(command.iam_role_arn)
    start_window = checked_start_window(command.start_window_minutes)
    complete_window = checked_completion_window(
        command.complete_window_minutes, start_window, "CompleteWindowMinutes"
    )
    terms = Terms(
        vault_name=vault.name,
        start_window_ms=start_window * MINUTE,
        completion_deadline_at=context.now + complete_window * MINUTE,
        lifecycle=checked_lifecycle(command.lifecycle),
        recovery_point_tags=checked_tags(command.recovery_point_tags),
        idempotency_token=token,
    )
    options = checked_backup_options(resource.resource_type, command.backup_options)
    return [
        new_backup_job(
            resource, terms, world, context, iam_role_arn=role_arn, backup_options=options
        )
    ]


def start_due_backup_job(
    command: StartDueBackupJob, world: World, context: Context
) -> Sequence[Any]:
    """Start a job whose turn has come; hold it back while its resource is busy."""
    job = world.backup_jobs[command.job_id]
    if is_busy(world, job.resource_arn):
        return [BackupJobHeld(job.job_id)]
    vault = world.vaults.get(job.vault_name)
    if vault is None:
        arn = world.vault_arn(job.vault_name)
        message = f"Backup job failed because backup vault {arn} does not exist."
        failed = BackupJobFailed(job.job_id, message, category_of(message))
        return [failed, *next_turn(world, job.resource_arn, context.now)]
    seconds = named_resource(world, job.resource_arn).job_seconds
    duration = context.origin.job_duration if seconds is None else seconds * SECOND
    key = vault.encryption_key_arn if is_fully_managed(job) else None
    created = RecoveryPointCreated(
        arn=job.born.recovery_point_arn,
        vault_name=job.vault_name,
        resource_arn=job.resource_arn,
        resource_type=job.resource_type,
        resource_name=job.born.resource_name,
        iam_role_arn=job.born.iam_role_arn,
        created_at=job.created_at,
        deletion_lag_ms=context.draw(context.origin.deletion_lag_max),
        lifecycle=job.born.lifecycle,
        encryption_key_arn=key,
        created_by=job.born.created_by,
        captured=capture(world, job.resource_arn, job.born.backup_options),
    )
    return [BackupJobStarted(job.job_id, context.now + duration, key), created]


def finish_backup_job(command: FinishBackupJob, world: World, context: Context) -> Sequence[Any]:
    """End a job that has done its work: with a recovery point, or as its resource is told to."""
    job = world.backup_jobs[command.job_id]
    message = named_resource(world, job.resource_arn).fails_with
    if message is not None:
        failed = BackupJobFailed(job.job_id, message, category_of(message))
        return [failed, *_discard(job, world), *next_turn(world, job.resource_arn, context.now)]
    size = _size_bytes(job, world, context)
    vss = job.born.backup_options.get("WindowsVSS") == "enabled"
    facts: list[Any] = [
        BackupJobCompleted(job.job_id, size, "WindowsVSS" if vss else None),
        RecoveryPointCompleted(job.born.recovery_point_arn, size),
    ]
    if job.born.recovery_point_tags:
        facts.append(TagsSet(job.born.recovery_point_arn, job.born.recovery_point_tags))
    facts += copies_after(job.born, world, context)
    return [*facts, *next_turn(world, job.resource_arn, context.now)]


def _size_bytes(job: BackupJob, world: World, context: Context) -> int | None:
    """Tell a backup's size as its type does; a first backup in a vault is full."""
    resource = named_resource(world, job.resource_arn)
    kind = TYPE_OF_NAME[job.resource_type].sizes
    match kind:
        case Sizes.ZERO:
            return 0
        case Sizes.UNKNOWN:
            return None
        case Sizes.FULL:
            return resource.size_bytes
        case Sizes.DELTA:
            return _changed_bytes(job, resource.size_bytes, resource.daily_change, world)
        case _:
            assert_never(kind)


def _changed_bytes(job: BackupJob, size_bytes: int, daily_change: float, world: World) -> int:
    where = {"vault_name": job.vault_name, "resource_arn": job.resource_arn}
    window = Window(1, newest_first=True, until=job.created_at)
    earlier = world.recovery_points.page(where, window).rows
    if not earlier:
        return size_bytes
    days = (job.created_at - earlier[0].created_at) / DAY
    return min(size_bytes, int(size_bytes * daily_change * days))


def _discard(job: BackupJob, world: World) -> list[RecoveryPointDeleted | TagsDropped]:
    """Take back the point that an unfinished job began."""
    arn = job.born.recovery_point_arn
    return [RecoveryPointDeleted(arn), *dropped_tags(world, arn)]


def expire_backup_job(command: ExpireBackupJob, world: World, context: Context) -> Sequence[Any]:
    """End a job that ran out of its start or completion window: EXPIRED means both."""
    job = world.backup_jobs[command.job_id]
    if job.state is State.RUNNING:
        expired = BackupJobExpired(job.job_id, _LATE, category_of(_LATE))
        return [expired, *_discard(job, world), *next_turn(world, job.resource_arn, context.now)]
    message = _BUSY if job.waits_for else _NEVER_STARTED
    expired = BackupJobExpired(job.job_id, message, category_of(message))
    # a job that was let try again at this very instant had its turn, and passes it on
    passed = [] if job.waits_for else next_turn(world, job.resource_arn, context.now)
    return [expired, *passed]


def stop_backup_job(
    command: StopBackupJob, world: World, context: Context
) -> list[BackupJobAborted | BackupJobStopping]:
    """Stop a job that has not ended; some types cannot be stopped (documented)."""
    job = world.backup_job(command.job_id)
    if not TYPE_OF_NAME[job.resource_type].stoppable:
        raise InvalidRequest(f"Backup jobs of {job.resource_type} resources cannot be stopped")
    match job.state:
        case State.CREATED:
            return [BackupJobAborted(job.job_id, _STOPPED)]
        case State.RUNNING:
            return [BackupJobStopping(job.job_id, context.now + STOPPING)]
        case State.ABORTING:
            return []
        case _:
            raise InvalidRequest(f"Backup job {job.job_id} has ended already: it is {job.state}")


def finish_stopping_backup_job(
    command: FinishStoppingBackupJob, world: World, context: Context
) -> Sequence[Any]:
    """End a job that was told to stop; it leaves no recovery point."""
    job = world.backup_jobs[command.job_id]
    aborted = BackupJobAborted(job.job_id, _STOPPED)
    return [aborted, *_discard(job, world), *next_turn(world, job.resource_arn, context.now)]


DECIDE = deciders(
    start_backup_job,
    stop_backup_job,
    start_due_backup_job,
    finish_backup_job,
    expire_backup_job,
    finish_stopping_backup_job,
)
