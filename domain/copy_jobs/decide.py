"""All the rules about copy jobs: one function a command, facts out or a refusal.

A job lives where its source does, and so do its deadlines; the copy is real in its own account
and Region. Once the copy exists, even unfinished, its vault cannot be deleted, so a destination
can only vanish before the job starts.
"""

from collections.abc import Sequence
from typing import Any

from vaultclock.domain.air_gaps import vault_name_in
from vaultclock.domain.checks import (
    checked_idempotency_token,
    checked_lifecycle,
    checked_role_arn,
    checked_vault_arn,
)
from vaultclock.domain.composite_copies import after_copies, children
from vaultclock.domain.composites import is_cluster_state
from vaultclock.domain.copied_points import copy_ended
from vaultclock.domain.copy_jobs.commands import FinishCopyJob, StartCopyJob, StartDueCopyJob
from vaultclock.domain.copy_jobs.events import (
    CompositeCopyJobStarted,
    CopyJobCompleted,
    CopyJobCreated,
    CopyJobFailed,
    CopyJobHeld,
    CopyJobQueued,
    CopyJobReleased,
    CopyJobStarted,
)
from vaultclock.domain.copy_jobs.queries import destination_vault, lifecycle_of_copy, repeated
from vaultclock.domain.copy_jobs.state import CopyJob
from vaultclock.domain.copy_obstacles import NOT_SUPPORTED, is_ready, why_not_from, why_not_into
from vaultclock.domain.jobs import START_DELAY, is_busy, next_turn
from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import SECOND, Milliseconds
from vaultclock.domain.kernel.refusals import InvalidParameterValue, InvalidRequest
from vaultclock.domain.kernel.tables import Window
from vaultclock.domain.messages import category_of
from vaultclock.domain.new_points import changed_bytes, deleted_after_copy
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointCreated,
    RecoveryPointDeleted,
)
from vaultclock.domain.resource_types import (
    KEEPS_UNENCRYPTED,
    TYPE_OF_NAME,
    ArnForm,
    Sizes,
    is_fully_managed,
    recovery_point_arn,
)
from vaultclock.domain.resources.queries import resource_wherever_it_lives
from vaultclock.domain.tags.events import TagsSet
from vaultclock.domain.tags.queries import dropped_tags, tags_of
from vaultclock.domain.vault_shares.queries import seen_vault, source_of_copy
from vaultclock.domain.vaults.queries import has_default_key
from vaultclock.domain.world import RecoveryPoint, World

# Backup Developer Guide, quotas: so many fully managed copies run from an account into a Region,
# and, where that is reached, so many into each of its vaults
COPIES_TO_REGION_MAX = 100
COPIES_TO_VAULT_MAX = 5
# documented; that they are counted for each logically air-gapped vault is chosen
COPIES_TO_AIR_GAP_MAX = {
    "EBS": 20,
    "Aurora": 20,
    "DocumentDB": 20,
    "Neptune": 20,
    "Storage Gateway": 5,
    "FSx": 5,
}


def start_copy_job(command: StartCopyJob, world: World, context: Context) -> list[CopyJobCreated]:
    """Create a job that copies as soon as its resource is free.

    What only the destination knows is judged when the job starts, and fails it then.
    """
    token = checked_idempotency_token(command.idempotency_token)
    vault = world.vault(command.source_vault_name)
    if repeated(world, token, context.now):
        return []
    seen = seen_vault(world, vault.name, None)
    source = seen.world.recovery_point(seen.vault.name, command.source_point_arn)
    checked_vault_arn(command.destination_vault_arn, "DestinationBackupVaultArn")
    if command.destination_vault_arn == seen.world.vault_arn(seen.vault.name):
        raise InvalidParameterValue(
            "Invalid value for DestinationBackupVaultArn: the recovery point is in this vault"
        )
    role_arn = checked_role_arn(command.iam_role_arn)
    lifecycle = lifecycle_of_copy(checked_lifecycle(command.lifecycle), source.lifecycle)
    if not is_ready(source):
        raise InvalidRequest(f"A recovery point in state {source.status} cannot be copied")
    if is_cluster_state(source):  # documented; the message is unknown
        raise InvalidRequest(
            "The cluster state in an EKS backup cannot be copied: copy its composite recovery point"
        )
    if source.storage_class == "COLD":  # documented; the message is unknown
        raise InvalidRequest("A recovery point in cold storage cannot be copied")
    return [
        CopyJobCreated(
            job_id=context.fresh_id().upper(),
            source_vault_name=vault.name,
            source_point_arn=source.arn,
            destination_vault_arn=command.destination_vault_arn,
            resource_arn=source.resource_arn,
            resource_type=source.resource_type,
            iam_role_arn=role_arn,
            start_at=context.now + START_DELAY,
            resource_name=source.born.resource_name,
            lifecycle=lifecycle,
            idempotency_token=token,
            is_parent=source.born.is_parent,
            lifecycle_asked=command.lifecycle if source.born.is_parent else None,
        )
    ]


def start_due_copy_job(command: StartDueCopyJob, world: World, context: Context) -> Sequence[Any]:
    """Start a job whose turn has come, or let it wait; what stands in its way for good fails it.

    A job that waits for one thing passes on its turn at the other.
    """
    job = world.copy_jobs[command.job_id]
    if is_busy(world, job.resource_arn) and not job.is_of_parents_resource:
        return [CopyJobHeld(job.job_id), *_next_in_queue(job, world, context)]
    if not _has_slot(job, world):
        return [CopyJobQueued(job.job_id), *next_turn(world, job.resource_arn, context.now)]
    message = why_not_from(job, world) or why_not_into(job, world, context)
    if message is not None:
        return _failed(job, message, world, context)
    return (_begin_composite if job.born.is_parent else _begin)(job, world, context)


def _failed(job: CopyJob, message: str, world: World, context: Context) -> list[Any]:
    """Fail a job before it has begun its copy."""
    return [
        CopyJobFailed(job.job_id, message, category_of(message)),
        *copy_ended(world, job, context),
        *deleted_after_copy(world, job.source_point_arn, job.job_id),
        *_pass_on(job, world, context, has_copy=False),
    ]


def _has_slot(job: CopyJob, world: World, *, ending: int = 0) -> bool:
    """Tell whether a quota lets a job run, or lets one follow it that is about to end."""
    quota, jobs = _quota(job, world), world.copy_jobs
    if quota is None:
        return True
    vault_max = COPIES_TO_AIR_GAP_MAX.get(quota)
    if vault_max is None:
        if jobs.count(counts_in=quota) - ending < COPIES_TO_REGION_MAX:
            return True
        vault_max = COPIES_TO_VAULT_MAX
    vault = jobs.count(counts_in=quota, destination_vault_arn=job.destination_vault_arn)
    return vault - ending < vault_max


def _quota(job: CopyJob, world: World) -> str | None:
    """Answer the quota that a job comes under, which a type's is for air-gapped vaults alone."""
    if job.quota not in COPIES_TO_AIR_GAP_MAX:
        return job.quota
    vault = destination_vault(world, job)
    return job.quota if vault is not None and vault.is_air_gapped else None


def _next_in_queue(
    job: CopyJob, world: World, context: Context, *, ending: int = 0
) -> list[CopyJobReleased]:
    """Let the job try again that has waited longest for a quota that has room."""
    quota = _quota(job, world)
    if quota is None or not _has_slot(job, world, ending=ending):
        return []
    where, jobs = {"queues_for": quota}, world.copy_jobs
    is_vaults = quota in COPIES_TO_AIR_GAP_MAX
    if is_vaults or jobs.count(counts_in=quota) - ending >= COPIES_TO_REGION_MAX:
        where["destination_vault_arn"] = job.destination_vault_arn
    waiting = jobs.page(where, Window(1)).rows
    return [CopyJobReleased(next_job.job_id, context.now) for next_job in waiting]


def _pass_on(
    job: CopyJob, world: World, context: Context, *, has_copy: bool, ending: int = 0
) -> list[Any]:
    """Let those go on that waited for the end of a job, its parent among them."""
    queue = _next_in_queue(job, world, context, ending=ending)
    parent_id = job.parent_job_id
    if parent_id is None:
        return [*next_turn(world, job.resource_arn, context.now), *queue]
    turn = []
    if not job.is_of_parents_resource:
        turn = next_turn(world, job.resource_arn, context.now)
    after = after_copies(job, parent_id, world, context, has_copy=has_copy)
    return [*turn, *queue, *after]


def _begin(job: CopyJob, world: World, context: Context) -> list[Any]:
    """Start a copy: its point is real at the destination at once, with its source's tags."""
    owner, source = _source(job, world)
    lag = context.draw(context.origin.deletion_lag_max)
    copy = _copied(job, source, world, context, owner=owner, deletion_lag_ms=lag)
    ends_at = context.now + _duration(job, world, context)
    key, size = copy.encryption_key_arn, _size_bytes(job, source, world)
    started = CopyJobStarted(job.job_id, ends_at, copy.arn, size, key)
    return [started, *_tagged(copy, source, job, owner, context)]


def _source(job: CopyJob, world: World) -> tuple[World, RecoveryPoint]:
    """Find the point that a job is about to copy, which is there, and the world it is in."""
    found = source_of_copy(world, job.born.source_vault_name, job.source_point_arn)
    assert found is not None, job
    return found


def _size_bytes(job: CopyJob, source: RecoveryPoint, world: World) -> int | None:
    """Tell a copy's size: where its type counts changes, the first in a vault is full.

    Backup Developer Guide, cross-Region backup. The others hold what differs from the nearest that
    is there, be it older or newer (inferred): a second copy of one source holds nothing new.
    """
    captured = source.born.captured
    if captured is None or TYPE_OF_NAME[source.resource_type].sizes is not Sizes.DELTA:
        return source.size_bytes
    there, at = world.others[job.destination].recovery_points, source.created_at
    vault_name, resource_arn = vault_name_in(job.destination_vault_arn), source.resource_arn
    older = there.before(at, vault_name=vault_name, resource_arn=resource_arn)
    newer = there.since(at, vault_name=vault_name, resource_arn=resource_arn)
    around = [point for point in (newer, older) if point is not None]
    nearest = min(around, key=lambda point: abs(point.backed_up_at - at), default=None)
    return changed_bytes(captured, at, nearest)


def _begin_composite(job: CopyJob, world: World, context: Context) -> list[Any]:
    """Start the copy of a composite: its children make what its point groups."""
    owner, source = _source(job, world)
    parts = children(job, source, owner, context)
    if not parts.jobs:
        return _failed(job, NOT_SUPPORTED, world, context)
    # not before those that it groups
    lag = context.origin.deletion_lag_max + parts.spread
    copy = _copied(job, source, world, context, owner=owner, deletion_lag_ms=lag)
    key, left_out = copy.encryption_key_arn, parts.left_out
    started = CompositeCopyJobStarted(job.job_id, copy.arn, key, left_out)
    return [started, *_tagged(copy, source, job, owner, context), *parts.jobs]


def _copied(
    job: CopyJob,
    source: RecoveryPoint,
    world: World,
    context: Context,
    *,
    owner: World,
    deletion_lag_ms: Milliseconds,
) -> RecoveryPointCreated:
    """State the copy; ``owner`` is the world of its source, and ``world`` that of the job."""
    there, born = world.others[job.destination], job.born
    resource = parse_arn(source.resource_arn)
    assert resource is not None, source
    form = ArnForm.EKS if is_cluster_state(source) else TYPE_OF_NAME[source.resource_type].form
    copy_arn = recovery_point_arn(
        form,
        resource,
        job.destination,
        context.fresh_id(),
        context.now,
        copied=True,
        air_gapped=there.vaults[vault_name_in(born.destination_vault_arn)].is_air_gapped,
    )
    abroad = context.scope != job.destination or owner is not world
    parent = None if born.parent_job_id is None else world.copy_jobs[born.parent_job_id]
    return RecoveryPointCreated(
        arn=copy_arn,
        vault_name=vault_name_in(job.destination_vault_arn),
        resource_arn=source.resource_arn,
        resource_type=source.resource_type,
        resource_name=source.born.resource_name,
        iam_role_arn=born.iam_role_arn,
        created_at=source.created_at,
        deletion_lag_ms=deletion_lag_ms,
        lifecycle=born.lifecycle,
        encryption_key_arn=_encryption_key(job, copy_arn, there, context.origin),
        created_by=born.created_by,
        captured=source.born.captured,
        source_vault_arn=owner.vault_arn(source.vault_name) if abroad else None,
        is_parent=born.is_parent,
        parent_arn=None if parent is None else parent.copy_arn,
        member_identifier=born.member_identifier,
    )


def _tagged(
    copy: RecoveryPointCreated,
    source: RecoveryPoint,
    job: CopyJob,
    owner: World,
    context: Context,
) -> list[Any]:
    tags = tags_of(owner, source.arn)
    facts = [copy, *([TagsSet(copy.arn, tags)] if tags else [])]
    return [_at(job.destination, fact, context) for fact in facts]


def _encryption_key(job: CopyJob, copy_arn: str, there: World, origin: Origin) -> str | None:
    """Choose a copy's key (Backup Developer Guide, encryption for a backup copy).

    Fully managed copies take the destination vault's key. So do the others when that key is a
    customer's, but for clusters, whose unencrypted snapshots stay so; else the service that owns
    the snapshot would use a key of its own, which is not simulated.
    """
    vault = there.vaults[vault_name_in(job.destination_vault_arn)]
    if is_fully_managed(copy_arn):
        return vault.encryption_key_arn
    if job.resource_type in KEEPS_UNENCRYPTED or has_default_key(there, vault, origin):
        return None
    return vault.encryption_key_arn


def _duration(job: CopyJob, world: World, context: Context) -> Milliseconds:
    seconds = resource_wherever_it_lives(world, job.resource_arn).job_seconds
    return context.origin.job_duration if seconds is None else seconds * SECOND


def _at(scope: Scope, fact: Any, context: Context) -> Any:
    """State a fact about a scope; one's own needs no mention."""
    return fact if scope == context.scope else Elsewhere(scope, fact)


def finish_copy_job(command: FinishCopyJob, world: World, context: Context) -> Sequence[Any]:
    """End a job that has done its work: with a copy, or as its resource is told to."""
    job = world.copy_jobs[command.job_id]
    assert job.copy_arn is not None, job
    message = resource_wherever_it_lives(world, job.resource_arn).fails_with
    if message is None:
        outcome: list[Any] = [CopyJobCompleted(job.job_id)]
        ended: list[Any] = [RecoveryPointCompleted(job.copy_arn, job.size_bytes)]
    else:
        outcome = [CopyJobFailed(job.job_id, message, category_of(message))]
        there = world.others[job.destination]
        ended = [RecoveryPointDeleted(job.copy_arn), *dropped_tags(there, job.copy_arn)]
    told = [_at(job.destination, fact, context) for fact in ended]
    read = copy_ended(world, job, context)
    source = deleted_after_copy(world, job.source_point_arn, job.job_id, is_copied=message is None)
    passed = _pass_on(job, world, context, has_copy=message is None, ending=1)
    return [*outcome, *told, *read, *source, *passed]


DECIDE = deciders(start_copy_job, start_due_copy_job, finish_copy_job)
