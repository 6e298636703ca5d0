"""Continuous backups: which recovery point a rule's job makes or brings up to date, and how.

Source: Backup Developer Guide, continuous backups and point-in-time recovery. A resource has one
continuous recovery point at most. Jobs are told here what to state about it, and restores what
they can go back to; when they start and end is not here.
"""

from math import inf
from typing import Any, NamedTuple

import attrs

from vaultclock.domain.air_gaps import Way, goes_in_at_once, vault_name_in, way_of
from vaultclock.domain.backup_jobs.events import BackupJobCreated
from vaultclock.domain.kernel.engine import Context
from vaultclock.domain.kernel.instants import DAY, MINUTE, Instant, Milliseconds
from vaultclock.domain.plan_documents import CONTINUOUS_DAYS_MAX
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointStopped,
    RecoveryPointSynced,
    RecoveryPointUpdateEnded,
)
from vaultclock.domain.resource_types import TYPE_OF_NAME, Sizes, continuous_point_arn
from vaultclock.domain.resources.queries import capture, named_resource
from vaultclock.domain.values import CreatedBy, Lifecycle
from vaultclock.domain.world import BackupJob, RecoveryPoint, Resource, World

_TAKEN = (  # documented
    "Enabling continuous backup failed, because of the following error: PITR already configured in"
    " backup plan: {}"
)
_BUCKET_TAKEN = (  # documented
    "Bucket {} already has continuous backup enabled for another vault Backup job failed."
)


@attrs.frozen
class Continuation:
    """What a job under a continuous rule is to do.

    ``point_arn`` is the continuous point it makes, when ``is_new``, or brings up to date; without
    one it takes a snapshot instead, and completes with an ``issue``, or fails with a ``failure``.
    """

    point_arn: str | None = None
    is_new: bool = False
    issue: str | None = None
    failure: str | None = None


SNAPSHOT = Continuation()


def continuation(born: BackupJobCreated, world: World, context: Context) -> Continuation:
    """Decide what a job does, when its turn has come.

    The first rule that was processed has the continuous backup; one that is for another vault
    gets a snapshot, or fails when it is of a bucket and for an air-gapped vault (documented). A
    bucket's point is replaced when its retention changes (documented), others are brought up to
    date whatever it is.
    """
    point = _live(world, born.resource_arn)
    if point is None:
        return Continuation(_new_arn(born, context), is_new=True)
    if point.vault_name != born.vault_name:
        assert point.created_by is not None, point
        if born.resource_type == "S3" and way_of(born) is Way.DIRECT:
            return Continuation(failure=_BUCKET_TAKEN.format(born.resource_arn.rpartition(":")[2]))
        return Continuation(issue=_TAKEN.format(point.created_by.plan_arn))
    if _is_replaced(point, born) and _follows(point, born, world):
        return Continuation(_new_arn(born, context), is_new=True)
    return Continuation(point.arn)


def _live(world: World, resource_arn: str) -> RecoveryPoint | None:
    points = world.recovery_points.matching(continues=resource_arn)
    return points[0] if points else None


def _new_arn(born: BackupJobCreated, context: Context) -> str:
    return continuous_point_arn(born.resource_arn, context.scope, context.fresh_id())


def _follows(point: RecoveryPoint, born: BackupJobCreated, world: World) -> bool:
    """Tell whether a continuous point does as the rule behind a job says.

    Of several rules for one vault it follows the one that keeps longest; the others are ignored
    (documented). When that rule is gone, the next one to back up takes the point over, whatever
    its retention (inferred: only a rule without a successor is remembered until its point goes).
    """
    ours, theirs = point.created_by, born.created_by
    assert ours is not None, point
    assert theirs is not None, born
    if (ours.plan_id, ours.rule_id) == (theirs.plan_id, theirs.rule_id):
        return True
    if not _backs_up_there(ours, born, world):
        return True
    is_longer = _days(born.lifecycle) > _days(point.lifecycle)
    return is_longer and _backs_up_there(theirs, born, world)


def _backs_up_there(of: CreatedBy, born: BackupJobCreated, world: World) -> bool:
    """Tell whether a rule still asks for continuous backups in the vault of a job."""
    plan = world.plans.get(of.plan_id)
    rule = None if plan is None or plan.is_deleted else plan.current.rules.get(of.rule_id)
    if rule is None or not rule.continuous:
        return False
    vault_name, air_gap_arn = rule.target_vault_name, rule.air_gapped_vault_arn
    resource = named_resource(world, born.resource_arn)
    if air_gap_arn is not None and goes_in_at_once(resource, born.recovery_point_arn):
        vault_name = vault_name_in(air_gap_arn)
    return vault_name == born.vault_name


def _is_replaced(point: RecoveryPoint, born: BackupJobCreated) -> bool:
    """Tell whether a rule needs a point of its own: a bucket's, when retention changes."""
    return born.resource_type == "S3" and _days(born.lifecycle) != _days(point.lifecycle)


def _days(lifecycle: Lifecycle | None) -> float:
    days = None if lifecycle is None else lifecycle.delete_after_days
    return inf if days is None else days


def brought_up_to_date(
    job: BackupJob, resource: Resource, size: int | None, world: World
) -> list[Any]:
    """State what the end of a job means for the continuous point that it was about.

    A change of retention takes effect now (documented); a bucket's old point is STOPPED. If its
    rule went while the job ran, so that it has to be replaced, the next run does so. Where ``size``
    is what changed, the point holds the whole resource.
    """
    born, point = job.born, world.recovery_points[job.recovery_point_arn]
    if TYPE_OF_NAME[born.resource_type].sizes is Sizes.DELTA:
        size = resource.size_bytes
    if point.status == "CREATING":
        others = world.recovery_points.matching(continues=born.resource_arn)
        stopped = [RecoveryPointStopped(other.arn) for other in others if other is not point]
        return [*stopped, RecoveryPointCompleted(point.arn, size)]
    if _is_replaced(point, born) or not _follows(point, born, world):
        return [RecoveryPointUpdateEnded(point.arn)]
    at, lifecycle = job.created_at, _retained(point, born.lifecycle, world)
    now = capture(world, resource.arn, born.backup_options)
    return [RecoveryPointSynced(point.arn, at, size, lifecycle, born.created_by, now)]


def interrupted(born: BackupJobCreated, world: World) -> list[RecoveryPointStopped]:
    """State that the continuous backup of a bucket stops as its job fails (chosen).

    AWS stops it when what it needs of the bucket is lost: permissions, versioning, events
    (documented). Here a bucket that is told to fail stands for that. Other types' points stay.
    """
    if born.resource_type != "S3" or not born.is_continuous:
        return []
    points = world.recovery_points.matching(continues=born.resource_arn)
    return [
        RecoveryPointStopped(point.arn)
        for point in points
        if point.status == "AVAILABLE" and point.vault_name == born.vault_name
    ]


def _retained(point: RecoveryPoint, lifecycle: Lifecycle | None, world: World) -> Lifecycle | None:
    """Answer the lifecycle of an updated point: a locked vault keeps the longer one (chosen)."""
    is_shorter = _days(lifecycle) < _days(point.lifecycle)
    is_locked = world.vaults[point.vault_name].lock is not None
    return point.lifecycle if is_locked and is_shorter else lifecycle


class Restorable(NamedTuple):
    """The instants between which a continuous backup can be restored to any, both included."""

    since: Instant
    until: Instant


def restorable(point: RecoveryPoint, now: Instant) -> Restorable:
    """Tell what a continuous point can be restored to.

    It goes back to its first backup, but no further than it retains (documented: 35 days at
    most), and ends some minutes before now, or where it was stopped. At its very beginning only
    the first backup can be restored (inferred).
    """
    days = min(_days(point.lifecycle), CONTINUOUS_DAYS_MAX)
    since = max(point.initiated_at, now - int(days) * DAY)
    ends_at = now if point.stopped_at is None else point.stopped_at
    return Restorable(since, max(since, min(ends_at, now - _behind(point.resource_type))))


def _behind(resource_type: str) -> Milliseconds:
    """Say how far behind now a backup is: S3's 15 minutes, others 5 (documented of databases)."""
    return 15 * MINUTE if resource_type == "S3" else 5 * MINUTE
