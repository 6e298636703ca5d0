"""How a backup job begins a recovery point: the one place that says what is true of it.

Also what tags it gets, how much of its source is new to its vault, and snapshots that live only
as long as they are copied. How points live on is not here.
"""

from math import inf
from typing import Any

import attrs

from vaultclock.domain.checks import TAGS_MAX
from vaultclock.domain.kernel.engine import Context
from vaultclock.domain.kernel.instants import DAY, Instant
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointCreated,
    RecoveryPointDeleted,
    RecoveryPointExpired,
    RecoveryPointFellDue,
)
from vaultclock.domain.resources.queries import capture, why_points_are_kept
from vaultclock.domain.tags.events import TagsSet
from vaultclock.domain.tags.queries import dropped_tags, tags_of
from vaultclock.domain.values import Captured, Lifecycle, Tags
from vaultclock.domain.world import BackupJob, CopyJob, RecoveryPoint, Resource, World

DELETE_AFTER_COPY = "DELETE_AFTER_COPY"  # the service model's word for it


def new_point(
    job: BackupJob,
    world: World,
    context: Context,
    *,
    arn: str,
    encryption_key_arn: str | None,
    lifecycle: Lifecycle | None,
    is_continuous: bool = False,
    moves_to_vault_arn: str | None = None,
) -> RecoveryPointCreated:
    """State that a job begins a point; it ages from the creation of the job.

    A composite point is not deleted before those that it groups, which begin to age now.
    """
    born, lag_max = job.born, context.origin.deletion_lag_max
    lag = lag_max + context.now - job.created_at if born.is_parent else context.draw(lag_max)
    parent_id = born.parent_job_id
    return RecoveryPointCreated(
        arn=arn,
        vault_name=born.vault_name,
        resource_arn=born.resource_arn,
        resource_type=born.resource_type,
        resource_name=born.resource_name,
        iam_role_arn=born.iam_role_arn,
        created_at=job.created_at,
        deletion_lag_ms=lag,
        lifecycle=lifecycle,
        encryption_key_arn=encryption_key_arn,
        created_by=born.created_by,
        captured=capture(world, born.resource_arn, born.backup_options),
        is_continuous=is_continuous,
        is_parent=born.is_parent,
        parent_arn=parent_id and world.backup_jobs[parent_id].recovery_point_arn,
        member_identifier=born.member_identifier,
        moves_to_vault_arn=moves_to_vault_arn,
    )


def until_copied(lifecycle: Lifecycle | None) -> Lifecycle:
    """Answer the lifecycle of a point that is there to be copied and then goes."""
    return attrs.evolve(lifecycle or Lifecycle(), delete_after_event=DELETE_AFTER_COPY)


def tags_set(world: World, arn: str, assigned: Tags, source: Tags) -> list[TagsSet]:
    """State the tags that a point gets when it is done: its job's, and those of its source.

    Those that the job assigns have priority; each set counts by key, up to fifty together (Backup
    Developer Guide, copying tags onto backups). What a continuous point got before counts first,
    and new values of its keys need no room (inferred). Tags that AWS gave the source stay there
    (inferred: nobody else may set them), and a DynamoDB backup that AWS Backup does not manage
    fully takes none (documented).
    """
    if not (assigned or source) or arn.startswith("arn:aws:dynamodb:"):
        return []
    more = sorted(item for item in source.items() if item[0] not in assigned)
    ours = [item for item in more if not item[0].lower().startswith("aws:")]
    wanted, already = dict([*sorted(assigned.items()), *ours]), tags_of(world, arn)
    added = [key for key in wanted if key not in already][: max(0, TAGS_MAX - len(already))]
    tags = {key: wanted[key] for key in wanted if key in already or key in added}
    return [] if all(already.get(key) == tags[key] for key in tags) else [TagsSet(arn, tags)]


def changed_bytes(source: Resource | Captured, at: Instant, other: RecoveryPoint | None) -> int:
    """Tell how much of a resource, as it was at an instant, is new to a vault.

    That is all of it, or what differs from the ``other`` point there that is nearest in time,
    older or newer (documented: backups and copies that AWS Backup manages fully are incremental
    inside one vault; that newer points count for what is copied after them is inferred).
    """
    if other is None:
        return source.size_bytes
    days = abs(at - other.backed_up_at) / DAY
    return min(source.size_bytes, int(source.size_bytes * source.daily_change * days))


def snapshot_to_copy(
    job: BackupJob, size_bytes: int | None, world: World, context: Context
) -> list[Any]:
    """State a snapshot that is there to be copied, as a continuous point cannot be (documented).

    Should no copy of it ever end, it is kept as long as the rule says (chosen).
    """
    arn = job.born.recovery_point_arn
    point = new_point(
        job,
        world,
        context,
        arn=arn,
        encryption_key_arn=job.encryption_key_arn,
        lifecycle=until_copied(job.born.lifecycle),
    )
    return [point, RecoveryPointCompleted(arn, size_bytes)]


def deleted_after_copy(
    world: World,
    point_arn: str,
    job_id: str,
    *,
    is_copied: bool = False,
) -> list[Any]:
    """State that a snapshot goes with the end of a copy job, if it was made only to be copied.

    It stays while other copies of it are to come. One that is held goes when it is released. One
    that is for an air-gapped vault stays until a copy has got there (documented), that of the job
    itself if ``is_copied``. One that cannot be deleted is EXPIRED (documented: a role without
    ``rds:DeleteDBSnapshot``).
    """
    point = world.recovery_points.get(point_arn)
    if point is None or point.lifecycle is None:
        return []
    if point.lifecycle.delete_after_event != DELETE_AFTER_COPY or point.status != "COMPLETED":
        return []
    jobs = world.copy_jobs.matching(source_point_arn=point_arn)
    if any(job.completed_at is None for job in jobs if job.job_id != job_id):
        return []
    copied = [j for j in jobs if j.state == "COMPLETED" or (is_copied and j.job_id == job_id)]
    if point.born.moves_to_vault_arn and not any(_has_arrived(point, job) for job in copied):
        return []
    if point.held_by:
        return [] if point.fell_due_at is not None else [RecoveryPointFellDue(point_arn)]
    message = why_points_are_kept(world, point.resource_arn)
    if message is not None:
        return [RecoveryPointExpired(point_arn, message)]
    return [RecoveryPointDeleted(point_arn), *dropped_tags(world, point_arn)]


def _has_arrived(point: RecoveryPoint, job: CopyJob) -> bool:
    """Tell whether a copy is all that a temporary point is for: in its vault, and kept as long."""
    is_there = job.destination_vault_arn == point.born.moves_to_vault_arn
    return is_there and _days(job.born.lifecycle) >= _days(point.lifecycle)


def _days(lifecycle: Lifecycle | None) -> float:
    days = None if lifecycle is None else lifecycle.delete_after_days
    return inf if days is None or days < 0 else days
