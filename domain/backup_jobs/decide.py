"""All the rules about backup jobs: one function a command, facts out or a refusal."""

from collections.abc import Sequence
from typing import Any

from vaultclock.domain.air_gaps import copied_to, issue_of, vault_name_in, why_not_into
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
    checked_vault_arn,
)
from vaultclock.domain.composite_jobs import (
    STOPPED,
    STOPPING,
    after_children,
    begin_composite,
    stopped_children,
)
from vaultclock.domain.continuous import (
    SNAPSHOT,
    brought_up_to_date,
    continuation,
    interrupted,
)
from vaultclock.domain.copy_jobs.queries import copies_after
from vaultclock.domain.indexing import indexing_started
from vaultclock.domain.jobs import is_busy, next_turn
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.instants import MINUTE, SECOND
from vaultclock.domain.kernel.refusals import InvalidParameterValue, InvalidRequest
from vaultclock.domain.messages import category_of
from vaultclock.domain.new_jobs import Terms, new_backup_job
from vaultclock.domain.new_points import (
    changed_bytes,
    new_point,
    snapshot_to_copy,
    tags_set,
    until_copied,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointDeleted,
    RecoveryPointSynced,
    RecoveryPointUpdateEnded,
    RecoveryPointUpdateStarted,
)
from vaultclock.domain.resource_types import TYPE_OF_NAME, Sizes
from vaultclock.domain.resources.queries import named_resource
from vaultclock.domain.restore_jobs.queries import is_being_overwritten
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.tags.queries import dropped_tags
from vaultclock.domain.world import Resource, World

# bound once: every job asks for these, and Python 3.11 takes ten times as long for a member
_FULL, _DELTA, _COMPLETED = Sizes.FULL, Sizes.DELTA, State.COMPLETED
_DONE = (RecoveryPointCompleted, RecoveryPointSynced)
_BUSY = "Backup job failed because there was a running job for the same resource."
_LATE = "Backup job expired before completion."
_OVERWRITTEN = "Database cannot be backed up while it is stopped."  # documented, of SAP HANA
_HANA = "SAP HANA on Amazon EC2"
_NEVER_STARTED = "Backup job expired before it could start."  # message unknown


def start_backup_job(
    command: StartBackupJob, world: World, context: Context
) -> list[BackupJobCreated]:
    """Create a job that starts as soon as its resource is free."""
    token = checked_idempotency_token(command.idempotency_token)
    vault = world.vault(command.vault_name)
    if repeated(world, token, context.now):
        return []
    air_gapped_vault_arn = _checked_air_gap(command, world)
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
        air_gapped_vault_arn=air_gapped_vault_arn,
    )
    options = checked_backup_options(resource.resource_type, command.backup_options)
    return [
        new_backup_job(
            resource, terms, world, context, iam_role_arn=role_arn, backup_options=options
        )
    ]


def _checked_air_gap(command: StartBackupJob, world: World) -> str | None:
    """Answer the air-gapped vault that a backup is for; the one beside it has to be standard.

    Both in the account and Region of the request (documented); the messages are unknown.
    """
    if not world.vault(command.vault_name).is_standard:
        raise InvalidRequest(
            f"{command.vault_name} is no standard backup vault: name one in BackupVaultName, and a"
            " logically air-gapped vault in LogicallyAirGappedBackupVaultArn"
        )
    arn, member = command.air_gapped_vault_arn, "LogicallyAirGappedBackupVaultArn"
    if arn is None:
        return None
    checked_vault_arn(arn, member)
    if arn != world.vault_arn(vault_name_in(arn)):
        raise InvalidParameterValue(
            f"Invalid value for {member}: {arn} is not in account {world.scope.account} and Region"
            f" {world.scope.region}"
        )
    if not world.vault(vault_name_in(arn)).is_air_gapped:
        raise InvalidParameterValue(f"Invalid value for {member}: {arn} is not air-gapped")
    return arn


def start_due_backup_job(
    command: StartDueBackupJob, world: World, context: Context
) -> Sequence[Any]:
    """Start a job whose turn has come; hold it back while its resource is busy."""
    job = world.backup_jobs[command.job_id]
    born = job.born
    if is_busy(world, born.resource_arn) and not job.is_of_parents_resource:
        return [BackupJobHeld(born.job_id)]
    message = why_not_into(born, world)
    if born.resource_type == _HANA and is_being_overwritten(world, born.resource_arn):
        message = message or _OVERWRITTEN
    if message is not None:
        return _failed(job, message, world, context)
    seconds = named_resource(world, born.resource_arn).job_seconds
    duration = context.origin.job_duration if seconds is None else seconds * SECOND
    key = world.vaults[born.vault_name].encryption_key_arn if is_fully_managed(job) else None
    if born.is_parent:
        return begin_composite(job, key, world, context)
    to_do = continuation(born, world, context) if born.is_continuous else SNAPSHOT
    if to_do.failure is not None:
        return _failed(job, to_do.failure, world, context)
    ends_at, continuous_arn = context.now + duration, to_do.point_arn
    started = BackupJobStarted(born.job_id, ends_at, key, continuous_arn, to_do.issue)
    if continuous_arn is not None and not to_do.is_new:
        return [started, RecoveryPointUpdateStarted(continuous_arn)]
    moves_to = None if to_do.is_new else copied_to(born)
    point = new_point(
        job,
        world,
        context,
        arn=continuous_arn or born.recovery_point_arn,
        encryption_key_arn=key,
        lifecycle=born.lifecycle if moves_to is None else until_copied(born.lifecycle),
        is_continuous=to_do.is_new,
        moves_to_vault_arn=moves_to,
    )
    return [started, point]


def _failed(job: BackupJob, message: str, world: World, context: Context) -> Sequence[Any]:
    """Fail a job that has not ended; a point that it began is no more."""
    failed = BackupJobFailed(job.job_id, message, category_of(message))
    return [failed, *_discard(job, world), *_after(job, State.FAILED, world, context)]


def finish_backup_job(command: FinishBackupJob, world: World, context: Context) -> Sequence[Any]:
    """End a job that has done its work: with a recovery point, or as its resource is told to."""
    job = world.backup_jobs[command.job_id]
    born, started = job.born, job.started
    resource = named_resource(world, born.resource_arn)
    if resource.fails_with is not None:
        failed = _failed(job, resource.fails_with, world, context)
        return [*failed, *interrupted(born, world)]
    assert started is not None, job
    size, issue = _size_bytes(job, resource, world), started.issue or issue_of(born)
    vss = "WindowsVSS" if born.backup_options.get("WindowsVSS") == "enabled" else None
    facts: list[Any] = [
        BackupJobCompleted(born.job_id, size, vss, issue, issue and category_of(issue))
    ]
    copies = copies_after(born, world, context)
    if started.continuous_point_arn is None:
        done = [born.recovery_point_arn]
        facts.append(RecoveryPointCompleted(born.recovery_point_arn, size))
    else:
        facts += brought_up_to_date(job, resource, size, world)
        if copies:
            facts += snapshot_to_copy(job, size, world, context)
        done = [fact.arn for fact in facts if isinstance(fact, _DONE)]
    for arn in done:
        facts += _tags(arn, job, resource, world)
        facts += indexing_started(born, arn, world, context)
    return [*facts, *copies, *_after(job, _COMPLETED, world, context, size)]


def _tags(arn: str, job: BackupJob, resource: Resource, world: World) -> list[TagsSet]:
    """State the tags of a point that is done: those of the moment when it was begun."""
    point = world.recovery_points.get(arn)
    is_begun = point is not None and point.status == "CREATING"
    captured = point.born.captured if point is not None and is_begun else None
    source = resource.tags if captured is None else captured.tags
    return tags_set(world, arn, job.born.recovery_point_tags, source)


def _size_bytes(job: BackupJob, resource: Resource, world: World) -> int | None:
    """Tell a backup's size as its type does; a first backup in a vault is full."""
    born, at = job.born, job.created_at
    kind = TYPE_OF_NAME[born.resource_type].sizes
    if kind is _FULL:
        return resource.size_bytes
    if kind is _DELTA:
        earlier = world.recovery_points.before(
            at, resource_arn=born.resource_arn, vault_name=born.vault_name
        )
        return changed_bytes(resource, at, earlier)
    return 0 if kind is Sizes.ZERO else None


def _discard(
    job: BackupJob, world: World
) -> list[RecoveryPointDeleted | TagsDropped | RecoveryPointUpdateEnded]:
    """Take back the point that an unfinished job began; one that was there before is let go of."""
    point = world.recovery_points.get(job.recovery_point_arn)
    if point is None:
        return []
    if point.status != "CREATING":
        return [RecoveryPointUpdateEnded(point.arn)]
    return [RecoveryPointDeleted(point.arn), *dropped_tags(world, point.arn)]


def expire_backup_job(command: ExpireBackupJob, world: World, context: Context) -> Sequence[Any]:
    """End a job that ran out of its start or completion window: EXPIRED means both."""
    job = world.backup_jobs[command.job_id]
    if job.state is State.RUNNING:
        expired = BackupJobExpired(job.job_id, _LATE, category_of(_LATE))
        return [expired, *_discard(job, world), *_after(job, State.EXPIRED, world, context)]
    # a job that waits has no start, and one whose turn came at this very instant a later one
    message = _NEVER_STARTED if job.start_at == job.born.start_at else _BUSY
    expired = BackupJobExpired(job.job_id, message, category_of(message))
    return [expired, *_after(job, State.EXPIRED, world, context)]


def _after(
    job: BackupJob, state: State, world: World, context: Context, size_bytes: int | None = None
) -> Sequence[Any]:
    """Let those go on that wait for the end of a job: others on its resource, and its parent."""
    # a job that was let try again at this very instant had its turn, and passes it on
    has_turn = job.waits_for is None and not job.is_of_parents_resource
    turn = next_turn(world, job.born.resource_arn, context.now) if has_turn else []
    parent_id = job.born.parent_job_id
    if parent_id is None:
        return turn
    return [*turn, *after_children(world, parent_id, {job.job_id: (state, size_bytes)}, context)]


def stop_backup_job(command: StopBackupJob, world: World, context: Context) -> Sequence[Any]:
    """Stop a job that has not ended; some types cannot be stopped (documented)."""
    job = world.backup_job(command.job_id)
    if not TYPE_OF_NAME[job.resource_type].stoppable:
        raise InvalidRequest(f"Backup jobs of {job.resource_type} resources cannot be stopped")
    match job.state:
        case State.CREATED:
            ended = {job.job_id: (str(State.ABORTED), None)}
            parent_id = job.parent_job_id
            after = after_children(world, parent_id, ended, context) if parent_id else []
            return [BackupJobAborted(job.job_id, STOPPED), *after]
        case State.RUNNING if job.born.is_parent:
            return stopped_children(world, job, context)
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
    aborted = BackupJobAborted(job.job_id, STOPPED)
    return [aborted, *_discard(job, world), *_after(job, State.ABORTED, world, context)]


DECIDE = deciders(
    start_backup_job,
    stop_backup_job,
    start_due_backup_job,
    finish_backup_job,
    expire_backup_job,
    finish_stopping_backup_job,
)
