"""How a backup job begins a recovery point: the one place that says what is true of it.

Also snapshots that live only as long as they are copied. How points live on is not here.
"""

from typing import Any

import attrs

from vaultclock.domain.kernel.engine import Context
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointCreated,
    RecoveryPointDeleted,
    RecoveryPointExpired,
)
from vaultclock.domain.resources.queries import capture, why_points_are_kept
from vaultclock.domain.tags.queries import dropped_tags
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.world import BackupJob, World

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
    )


def snapshot_to_copy(
    job: BackupJob, size_bytes: int | None, world: World, context: Context
) -> list[Any]:
    """State a snapshot that is there to be copied, as a continuous point cannot be (documented).

    Should no copy of it ever end, it is kept as long as the rule says (chosen).
    """
    arn, kept = job.born.recovery_point_arn, job.born.lifecycle or Lifecycle()
    point = new_point(
        job,
        world,
        context,
        arn=arn,
        encryption_key_arn=job.encryption_key_arn,
        lifecycle=attrs.evolve(kept, delete_after_event=DELETE_AFTER_COPY),
    )
    return [point, RecoveryPointCompleted(arn, size_bytes)]


def deleted_after_copy(world: World, point_arn: str, job_id: str) -> list[Any]:
    """State that a snapshot goes with the end of a copy job, if it was made only to be copied.

    It stays while other copies of it are to come. One that cannot be deleted is EXPIRED
    (documented: a role without ``rds:DeleteDBSnapshot``).
    """
    point = world.recovery_points.get(point_arn)
    if point is None or point.lifecycle is None:
        return []
    if point.lifecycle.delete_after_event != DELETE_AFTER_COPY or point.status != "COMPLETED":
        return []
    jobs = world.copy_jobs.matching(source_point_arn=point_arn)
    if any(job.completed_at is None for job in jobs if job.job_id != job_id):
        return []
    message = why_points_are_kept(world, point.resource_arn)
    if message is not None:
        return [RecoveryPointExpired(point_arn, message)]
    return [RecoveryPointDeleted(point_arn), *dropped_tags(world, point_arn)]
