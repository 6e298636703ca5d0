"""All the rules about recovery points: one function a command, facts out or a refusal."""

from typing import Any

import attrs

from vaultclock.domain import composites
from vaultclock.domain.checks import NEVER, checked_lifecycle
from vaultclock.domain.copied_points import copies_to_come
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.instants import DAY, SECOND, Milliseconds
from vaultclock.domain.kernel.refusals import (
    InvalidParameterValue,
    InvalidRequest,
    InvalidResourceState,
)
from vaultclock.domain.protection import refuse_locked, refuse_protected
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    ExpireRecoveryPoint,
    FinishRecoveryPointDeletion,
    FinishRecoveryPointIndex,
    MoveRecoveryPointToColdStorage,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointDeletionPostponed,
    RecoveryPointDeletionStarted,
    RecoveryPointDisassociated,
    RecoveryPointExpired,
    RecoveryPointIndexed,
    RecoveryPointLeftParent,
    RecoveryPointLifecycleChanged,
    RecoveryPointMovedToColdStorage,
    RecoveryPointStopped,
)
from vaultclock.domain.recovery_points.state import RecoveryPoint, Status
from vaultclock.domain.resources.queries import why_points_are_kept
from vaultclock.domain.tags.queries import dropped_tags
from vaultclock.domain.world import World

DELETION: Milliseconds = SECOND  # how long a point is seen DELETING; inferred, AWS says "soon"


def update_recovery_point_lifecycle(
    command: UpdateRecoveryPointLifecycle, world: World, context: Context
) -> list[RecoveryPointLifecycleChanged]:
    """Replace a point's lifecycle (Backup Developer Guide, editing a backup)."""
    point = world.recovery_point(command.vault_name, command.arn)
    refuse_locked(world, point)
    _refuse_fixed_lifecycle(point)
    lifecycle = checked_lifecycle(command.lifecycle)
    assert lifecycle is not None
    was = None if point.lifecycle is None else point.lifecycle.move_to_cold_after_days
    cold, then = lifecycle.move_to_cold_after_days, attrs.evolve(point, lifecycle=lifecycle)
    # EBS may be opted in, or out, while the number stays
    if cold != was or then.move_to_cold_at != point.move_to_cold_at:
        if point.storage_class == "COLD":
            raise InvalidParameterValue(
                "Invalid lifecycle. MoveToColdStorageAfterDays cannot change once a recovery"
                " point is in cold storage"
            )
        age_days = (context.now - point.created_at) // DAY
        if cold not in (None, NEVER) and cold < age_days + 1:
            raise InvalidParameterValue(
                "Invalid lifecycle. MoveToColdStorageAfterDays must be at least the age of the"
                f" backup in days plus one ({age_days + 1})"
            )
    if lifecycle == point.lifecycle:
        return []
    return [
        RecoveryPointLifecycleChanged(point.arn, lifecycle),
        *composites.follow(world, point, lifecycle),
    ]


def _refuse_fixed_lifecycle(point: RecoveryPoint) -> None:
    if point.born.is_continuous:  # documented; the message is unknown
        raise InvalidRequest(
            "The lifecycle of a continuous recovery point cannot be changed: change the retention"
            " in the rule of its backup plan"
        )
    if point.born.is_parent:  # inferred: it is that of the longest kept nested one
        raise InvalidRequest(
            "The lifecycle of a composite recovery point cannot be changed: change those of its"
            " nested recovery points"
        )
    if point.status is not Status.COMPLETED:
        raise InvalidRequest(
            f"The lifecycle of a recovery point in state {point.status} cannot be changed"
        )


def delete_recovery_point(
    command: DeleteRecoveryPoint, world: World, context: Context
) -> list[RecoveryPointDeletionStarted]:
    """Accept a delete; the point is DELETING until it is gone, or until it turns out to stay."""
    point = world.recovery_point(command.vault_name, command.arn)
    refuse_protected(world, point)
    _refuse_busy(point, world)
    if composites.is_cluster_state(point):  # documented; the message is unknown
        raise InvalidRequest(
            "The cluster state in an EKS backup cannot be deleted: delete its composite recovery"
            " point"
        )
    nested = composites.nested_in(world, point.arn) if point.born.is_parent else []
    if not all(map(composites.is_cluster_state, nested)):  # documented; the message is unknown
        raise InvalidRequest(
            "A composite recovery point cannot be deleted while it contains nested recovery points"
        )
    for each in nested:
        _refuse_busy(each, world)
    return [RecoveryPointDeletionStarted(point.arn, ends_at=context.now + DELETION)]


def _refuse_busy(point: RecoveryPoint, world: World) -> None:
    if point.status in (Status.CREATING, Status.DELETING):
        raise InvalidResourceState(
            f"The recovery point is in state {point.status}: another action on it has not finished"
        )
    if world.copy_jobs.count(reads=point.arn):
        raise InvalidResourceState("The recovery point is being copied")
    if point.restores_running:
        raise InvalidResourceState("The recovery point is being restored: wait for that to end")
    if point.is_being_updated:
        raise InvalidResourceState(
            "A backup job is bringing the recovery point up to date: wait for that to end"
        )


def disassociate_recovery_point(
    command: DisassociateRecoveryPoint, world: World, context: Context
) -> list[Any]:
    """Give a continuous point back to its service (Backup Developer Guide, deleting backups).

    That of a bucket stays in its vault, STOPPED; the call has no effect on one that is EXPIRED
    (documented), nor on one that is STOPPED already.
    """
    point = world.recovery_point(command.vault_name, command.arn)
    if not point.born.is_continuous:  # documented; the message is unknown
        raise InvalidRequest(
            "The recovery point is a snapshot: only continuous recovery points can be disassociated"
        )
    refuse_protected(world, point)
    stays = point.resource_type == "S3"
    if stays and point.status in (Status.EXPIRED, Status.STOPPED):
        return []
    _refuse_busy(point, world)
    if stays:
        return [RecoveryPointStopped(point.arn)]
    return [RecoveryPointDisassociated(point.arn), *dropped_tags(world, point.arn)]


def disassociate_recovery_point_from_parent(
    command: DisassociateRecoveryPointFromParent, world: World, context: Context
) -> list[Any]:
    """Take a nested point out of its composite, which is PARTIAL from then on (documented).

    A locked vault refuses it, as any other change of what it holds (inferred): the composite might
    be kept less long without the point.
    """
    point = world.recovery_point(command.vault_name, command.arn)
    if point.parent_arn is None:  # documented; the message is unknown
        raise InvalidRequest("The recovery point is not nested in a composite recovery point")
    refuse_locked(world, point)
    if composites.is_cluster_state(point):  # documented; the message is unknown
        raise InvalidRequest("The cluster state in an EKS backup cannot be disassociated")
    if point.status in (Status.CREATING, Status.DELETING):
        raise InvalidRequest(
            f"A recovery point in state {point.status} cannot be disassociated from its parent"
        )
    return [RecoveryPointLeftParent(point.arn), *composites.left(world, point)]


def finish_recovery_point_deletion(
    command: FinishRecoveryPointDeletion, world: World, context: Context
) -> list[Any]:
    """Make an accepted delete come true, unless the point has to stay (documented: EXPIRED)."""
    point = world.recovery_points[command.arn]
    message = why_points_are_kept(world, point.resource_arn)
    if message is not None:
        return [RecoveryPointExpired(point.arn, message)]
    if point.born.is_parent:
        nested = composites.nested_in(world, point.arn)
        return composites.gone(world, *(child.arn for child in nested), point.arn)
    return composites.deleted(world, point)


def expire_recovery_point(
    command: ExpireRecoveryPoint, world: World, context: Context
) -> list[Any]:
    """Delete a point whose retention is over (Backup Developer Guide, deleting backups).

    One that is being copied goes after that. One that cannot be deleted is EXPIRED, and is not
    tried again by itself (documented).
    """
    point = world.recovery_points[command.arn]
    copies = copies_to_come(world, point)
    if copies:
        return [RecoveryPointDeletionPostponed(point.arn, copies)]
    message = why_points_are_kept(world, point.resource_arn)
    if message is not None:
        return [RecoveryPointExpired(point.arn, message)]
    if point.born.is_parent:
        return composites.expired(world, point, context.now)
    return composites.deleted(world, point)


def move_recovery_point_to_cold_storage(
    command: MoveRecoveryPointToColdStorage, world: World, context: Context
) -> list[RecoveryPointMovedToColdStorage]:
    """Move a point whose warm time is over; there is no way back."""
    return [RecoveryPointMovedToColdStorage(command.arn)]


def finish_recovery_point_index(
    command: FinishRecoveryPointIndex, world: World, context: Context
) -> list[RecoveryPointIndexed]:
    """Make what a point holds searchable."""
    return [RecoveryPointIndexed(command.arn)]


DECIDE = deciders(
    update_recovery_point_lifecycle,
    delete_recovery_point,
    disassociate_recovery_point,
    disassociate_recovery_point_from_parent,
    finish_recovery_point_deletion,
    expire_recovery_point,
    move_recovery_point_to_cold_storage,
    finish_recovery_point_index,
)
