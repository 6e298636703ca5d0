"""What the facts about a recovery point add up to. No rules and no refusals live here."""

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

import attrs

from vaultclock.domain.kernel.changes import changer, quicken
from vaultclock.domain.kernel.engine import Deadline
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.recovery_points.commands import (
    ExpireRecoveryPoint,
    FinishRecoveryPointDeletion,
    FinishRecoveryPointIndex,
    MoveRecoveryPointToColdStorage,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointBecamePartial,
    RecoveryPointCompleted,
    RecoveryPointCopyEnded,
    RecoveryPointCreated,
    RecoveryPointDeleted,
    RecoveryPointDeletionPostponed,
    RecoveryPointDeletionStarted,
    RecoveryPointDisassociated,
    RecoveryPointExpired,
    RecoveryPointFact,
    RecoveryPointFellDue,
    RecoveryPointHeld,
    RecoveryPointIndexed,
    RecoveryPointIndexingStarted,
    RecoveryPointLeftParent,
    RecoveryPointLifecycleChanged,
    RecoveryPointMovedToColdStorage,
    RecoveryPointReleased,
    RecoveryPointRestoreEnded,
    RecoveryPointRestoreStarted,
    RecoveryPointStopped,
    RecoveryPointSynced,
    RecoveryPointUpdateEnded,
    RecoveryPointUpdateStarted,
)
from vaultclock.domain.resource_types import TYPE_OF_NAME, is_fully_managed
from vaultclock.domain.values import Captured, CreatedBy, Lifecycle


class Status(StrEnum):
    """Where a point is in its life, in AWS's words."""

    CREATING = "CREATING"
    COMPLETED = "COMPLETED"
    AVAILABLE = "AVAILABLE"  # what COMPLETED is of a continuous point
    STOPPED = "STOPPED"  # of a continuous point that is brought up to date no more
    PARTIAL = "PARTIAL"  # of a composite point that lacks something
    DELETING = "DELETING"
    EXPIRED = "EXPIRED"  # should have been deleted and could not be


# bound once: every fact asks for these, and Python 3.11 takes ten times as long for a member
_COMPLETED, _AVAILABLE = Status.COMPLETED, Status.AVAILABLE
_KEPT = (_COMPLETED, _AVAILABLE, Status.STOPPED, Status.PARTIAL)  # until retention ends


class StorageClass(StrEnum):
    """Where a point is kept, in AWS's words."""

    WARM = "WARM"
    COLD = "COLD"


_COLD = StorageClass.COLD


@attrs.frozen
class PointIndex:
    """What makes a point searchable: it is being made until ``ends_at``, None when it is done."""

    started_at: Instant
    ends_at: Instant | None
    completed_at: Instant | None = None

    @property
    def status(self) -> str:
        """How far the index is, in AWS's words."""
        return "ACTIVE" if self.ends_at is None else "PENDING"


@quicken
@attrs.frozen(weakref_slot=False)
class RecoveryPoint:
    """One recovery point: the fact it was born with, and what has changed since."""

    born: RecoveryPointCreated
    initiated_at: Instant
    lifecycle: Lifecycle | None
    status: Status = Status.CREATING
    storage_class: StorageClass = StorageClass.WARM
    completed_at: Instant | None = None
    size_bytes: int | None = None
    deletion_ends_at: Instant | None = None
    restores_running: int = 0
    last_restored_at: Instant | None = None
    message: str | None = None
    synced: RecoveryPointSynced | None = None  # the last time, but for the job that made it
    is_being_updated: bool = False  # of a continuous point, while a job runs that is about it
    stopped_at: Instant | None = None  # since when a continuous point is not brought up to date
    index: PointIndex | None = None
    has_left_parent: bool = False
    held_by: tuple[str, ...] = ()  # ARNs of the legal holds and access points that keep it
    fell_due_at: Instant | None = None  # when it was done with before its retention was over
    awaited_copies: tuple[str, ...] = ()  # ids of the copy jobs that its deletion waits for

    @property
    def arn(self) -> str:
        """The point's own ARN, in the form of its resource type."""
        return self.born.arn

    @property
    def vault_name(self) -> str:
        """The vault that holds the point."""
        return self.born.vault_name

    @property
    def resource_arn(self) -> str:
        """What was backed up."""
        return self.born.resource_arn

    @property
    def resource_type(self) -> str:
        """What kind of thing was backed up."""
        return self.born.resource_type

    @property
    def created_by(self) -> CreatedBy | None:
        """The plan and rule that asked for the point, or for its last update."""
        return self.born.created_by if self.synced is None else self.synced.created_by

    @property
    def plan_id(self) -> str | None:
        """The plan that asked for the point, if one did."""
        created_by = self.created_by
        return None if created_by is None else created_by.plan_id

    @property
    def parent_arn(self) -> str | None:
        """The composite point that groups this one, while one does."""
        return None if self.has_left_parent else self.born.parent_arn

    @property
    def continues(self) -> str | None:
        """The resource that this point is the continuous backup of, while it is."""
        live = self.born.is_continuous and self.status in (Status.CREATING, Status.AVAILABLE)
        return self.born.resource_arn if live else None

    @property
    def can_be_restored(self) -> bool:
        """Whether a restore may begin with this point.

        A composite one of a stack only groups (documented). A stopped one holds what it had until
        then (inferred).
        """
        if self.born.is_parent and self.resource_type == "CloudFormation":
            return False
        return self.status in _KEPT

    @property
    def captured(self) -> Captured | None:
        """What was known of the resource at the backup, the last one of a continuous point."""
        newest = None if self.synced is None else self.synced.captured
        return newest or self.born.captured

    @property
    def created_at(self) -> Instant:
        """When the job was created that made the point."""
        return self.born.created_at

    @property
    def backed_up_at(self) -> Instant:
        """When the job was created that made the point what it is: what its retention counts from.

        A continuous point ages from its last update (inferred: it is said to go once its rule is
        gone for as long as it retains).
        """
        return self.born.created_at if self.synced is None else self.synced.synced_at

    @property
    def delete_at(self) -> Instant | None:
        """When the retention ends."""
        return None if self.lifecycle is None else self.lifecycle.delete_at(self.backed_up_at)

    @property
    def deletes_at(self) -> Instant | None:
        """When the point is deleted by itself: never while it is held or busy."""
        if self.status not in _KEPT or self.restores_running or self.held_by:
            return None
        if self.is_being_updated or self.awaited_copies:
            return None
        if self.fell_due_at is not None:
            return self.fell_due_at
        delete_at = self.delete_at
        return None if delete_at is None else delete_at + self.born.deletion_lag_ms

    @property
    def move_to_cold_at(self) -> Instant | None:
        """When the point goes cold; None for types that cannot, and EBS without opting in.

        Of DynamoDB's backups only those can that AWS Backup manages fully (documented).
        """
        if self.lifecycle is None or self.lifecycle.move_to_cold_after_days is None:
            return None
        if not TYPE_OF_NAME[self.resource_type].goes_cold:
            return None
        if self.resource_type == "EBS" and not self.lifecycle.opt_in_to_archive:
            return None
        if self.resource_type == "DynamoDB" and not is_fully_managed(self.arn):
            return None
        return self.lifecycle.move_to_cold_at(self.created_at)


_changed = changer(RecoveryPoint)


def order(point: RecoveryPoint) -> tuple[Instant, str]:
    """Order points by creation, then ARN."""
    return point.born.created_at, point.born.arn


def evolve(
    point: RecoveryPoint | None, at: Instant, fact: RecoveryPointFact
) -> RecoveryPoint | None:
    """Fold one fact into a recovery point."""
    if isinstance(fact, RecoveryPointCreated):
        return RecoveryPoint(fact, initiated_at=at, lifecycle=fact.lifecycle)
    assert point is not None, f"{fact} has no recovery point to happen to"
    match fact:
        case RecoveryPointCompleted():
            status = _AVAILABLE if point.born.is_continuous else _COMPLETED
            return _changed(point, status=status, completed_at=at, size_bytes=fact.size_bytes)
        case RecoveryPointDeleted() | RecoveryPointDisassociated():
            return None
        case RecoveryPointLifecycleChanged():
            return _changed(point, lifecycle=fact.lifecycle, fell_due_at=None)
        case RecoveryPointMovedToColdStorage():
            return _changed(point, storage_class=StorageClass.COLD)
        case RecoveryPointRestoreStarted():
            return _changed(point, restores_running=point.restores_running + 1)
        case RecoveryPointRestoreEnded():
            return _changed(
                point,
                restores_running=point.restores_running - 1,
                last_restored_at=at if fact.succeeded else point.last_restored_at,
            )
        case RecoveryPointDeletionStarted():
            return _changed(point, status=Status.DELETING, deletion_ends_at=fact.ends_at)
        case _:
            return _changed_otherwise(point, at, fact)


def _changed_otherwise(
    point: RecoveryPoint,
    at: Instant,
    fact: RecoveryPointBecamePartial
    | RecoveryPointUpdateStarted
    | RecoveryPointUpdateEnded
    | RecoveryPointSynced
    | RecoveryPointIndexingStarted
    | RecoveryPointIndexed
    | RecoveryPointStopped
    | RecoveryPointLeftParent
    | RecoveryPointHeld
    | RecoveryPointReleased
    | RecoveryPointFellDue
    | RecoveryPointDeletionPostponed
    | RecoveryPointCopyEnded
    | RecoveryPointExpired,
) -> RecoveryPoint:
    match fact:
        case RecoveryPointBecamePartial():
            return _changed(point, status=Status.PARTIAL)
        case RecoveryPointSynced():
            return _changed(
                point,
                is_being_updated=False,
                synced=fact,
                lifecycle=fact.lifecycle,
                completed_at=at,
                size_bytes=fact.size_bytes,
            )
        case RecoveryPointIndexingStarted() | RecoveryPointIndexed():
            return _changed(point, index=_indexed(point, at, fact))
        case RecoveryPointStopped():
            return _changed(point, status=Status.STOPPED, stopped_at=at)
        case RecoveryPointLeftParent():
            return _changed(point, has_left_parent=True)
        case RecoveryPointFellDue():
            return _changed(point, fell_due_at=at)
        case RecoveryPointExpired():
            return _changed(
                point, status=Status.EXPIRED, deletion_ends_at=None, message=fact.message
            )
        case _:
            return _kept(point, fact)


def _kept(
    point: RecoveryPoint,
    fact: RecoveryPointUpdateStarted
    | RecoveryPointUpdateEnded
    | RecoveryPointHeld
    | RecoveryPointReleased
    | RecoveryPointDeletionPostponed
    | RecoveryPointCopyEnded,
) -> RecoveryPoint:
    match fact:
        case RecoveryPointUpdateStarted():
            return _changed(point, is_being_updated=True)
        case RecoveryPointUpdateEnded():
            return _changed(point, is_being_updated=False)
        case RecoveryPointHeld():
            return _changed(point, held_by=(*point.held_by, fact.by))
        case RecoveryPointReleased():
            rest = tuple(arn for arn in point.held_by if arn != fact.by)
            return _changed(point, held_by=rest)
        case RecoveryPointDeletionPostponed():
            return _changed(point, awaited_copies=fact.job_ids)
        case RecoveryPointCopyEnded():
            rest = tuple(job_id for job_id in point.awaited_copies if job_id != fact.job_id)
            return _changed(point, awaited_copies=rest)
        case _:
            assert_never(fact)


def _indexed(
    point: RecoveryPoint, at: Instant, fact: RecoveryPointIndexingStarted | RecoveryPointIndexed
) -> PointIndex:
    if isinstance(fact, RecoveryPointIndexingStarted):
        return PointIndex(at, fact.ends_at)
    assert point.index is not None, f"{fact} has no index to happen to"
    return PointIndex(point.index.started_at, None, at)


def deadlines(point: RecoveryPoint) -> Iterator[Deadline]:
    """Say what a point still owes: the ends of a delete, of its retention, of warmth, an index."""
    if point.deletion_ends_at is not None:
        yield (point.deletion_ends_at, FinishRecoveryPointDeletion(point.arn))
    if point.index is not None and point.index.ends_at is not None:
        yield (point.index.ends_at, FinishRecoveryPointIndex(point.arn))
    if point.status not in _KEPT:
        return
    if (deletes_at := point.deletes_at) is not None:
        yield (deletes_at, ExpireRecoveryPoint(point.arn))
    cold_at = point.move_to_cold_at
    if cold_at is not None and point.storage_class is not _COLD:
        yield (cold_at, MoveRecoveryPointToColdStorage(point.arn))
