"""What the facts about a recovery point add up to. No rules and no refusals live here."""

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

import attrs

from vaultclock.domain.kernel.changes import changer
from vaultclock.domain.kernel.engine import Deadline
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.recovery_points.commands import (
    ExpireRecoveryPoint,
    FinishRecoveryPointDeletion,
    MoveRecoveryPointToColdStorage,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointCreated,
    RecoveryPointDeleted,
    RecoveryPointDeletionStarted,
    RecoveryPointFact,
    RecoveryPointLifecycleChanged,
    RecoveryPointMovedToColdStorage,
)
from vaultclock.domain.resource_types import TYPE_OF_NAME
from vaultclock.domain.values import Lifecycle


class Status(StrEnum):
    """Where a point is in its life, in AWS's words."""

    CREATING = "CREATING"
    COMPLETED = "COMPLETED"
    DELETING = "DELETING"


class StorageClass(StrEnum):
    """Where a point is kept, in AWS's words."""

    WARM = "WARM"
    COLD = "COLD"


@attrs.frozen
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
    def plan_id(self) -> str | None:
        """The plan that asked for the point, if one did."""
        return None if self.born.created_by is None else self.born.created_by.plan_id

    @property
    def created_at(self) -> Instant:
        """When the job was created: what the lifecycle counts from."""
        return self.born.created_at

    @property
    def delete_at(self) -> Instant | None:
        """When the retention ends."""
        return None if self.lifecycle is None else self.lifecycle.delete_at(self.created_at)

    @property
    def move_to_cold_at(self) -> Instant | None:
        """When the point goes cold; None for types that cannot, and EBS without opting in."""
        if self.lifecycle is None or not TYPE_OF_NAME[self.resource_type].goes_cold:
            return None
        if self.resource_type == "EBS" and not self.lifecycle.opt_in_to_archive:
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
            return _changed(
                point, status=Status.COMPLETED, completed_at=at, size_bytes=fact.size_bytes
            )
        case RecoveryPointLifecycleChanged():
            return _changed(point, lifecycle=fact.lifecycle)
        case RecoveryPointMovedToColdStorage():
            return _changed(point, storage_class=StorageClass.COLD)
        case RecoveryPointDeletionStarted():
            return _changed(point, status=Status.DELETING, deletion_ends_at=fact.ends_at)
        case RecoveryPointDeleted():
            return None
        case _:
            assert_never(fact)


def deadlines(point: RecoveryPoint) -> Iterator[Deadline]:
    """Say what a point still owes: the end of a delete, its retention's end, going cold."""
    if point.deletion_ends_at is not None:
        yield Deadline(point.deletion_ends_at, FinishRecoveryPointDeletion(point.arn))
    if point.status is not Status.COMPLETED:
        return
    if (delete_at := point.delete_at) is not None:
        yield Deadline(delete_at + point.born.deletion_lag_ms, ExpireRecoveryPoint(point.arn))
    cold_at = None if point.storage_class is StorageClass.COLD else point.move_to_cold_at
    if cold_at is not None:
        yield Deadline(cold_at, MoveRecoveryPointToColdStorage(point.arn))
