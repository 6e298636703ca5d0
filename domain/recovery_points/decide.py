"""All the rules about recovery points: one function a command, facts out or a refusal."""

from vaultclock.domain.checks import NEVER, checked_lifecycle
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.instants import DAY, SECOND, Milliseconds
from vaultclock.domain.kernel.refusals import (
    InvalidParameterValue,
    InvalidRequest,
    InvalidResourceState,
)
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    ExpireRecoveryPoint,
    FinishRecoveryPointDeletion,
    MoveRecoveryPointToColdStorage,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointDeleted,
    RecoveryPointDeletionStarted,
    RecoveryPointLifecycleChanged,
    RecoveryPointMovedToColdStorage,
)
from vaultclock.domain.tags.events import TagsDropped
from vaultclock.domain.tags.queries import dropped_tags
from vaultclock.domain.world import World

DELETION: Milliseconds = SECOND  # how long a point is seen DELETING; inferred, AWS says "soon"


def update_recovery_point_lifecycle(
    command: UpdateRecoveryPointLifecycle, world: World, context: Context
) -> list[RecoveryPointLifecycleChanged]:
    """Replace a point's lifecycle (Backup Developer Guide, editing a backup)."""
    point = world.recovery_point(command.vault_name, command.arn)
    if point.status != "COMPLETED":
        raise InvalidRequest(
            f"The lifecycle of a recovery point in state {point.status} cannot be changed"
        )
    lifecycle = checked_lifecycle(command.lifecycle)
    assert lifecycle is not None
    was = None if point.lifecycle is None else point.lifecycle.move_to_cold_after_days
    cold = lifecycle.move_to_cold_after_days
    if cold != was:
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
    return [RecoveryPointLifecycleChanged(point.arn, lifecycle)]


def delete_recovery_point(
    command: DeleteRecoveryPoint, world: World, context: Context
) -> list[RecoveryPointDeletionStarted]:
    """Accept a delete; the point is DELETING until it is gone."""
    point = world.recovery_point(command.vault_name, command.arn)
    if point.status != "COMPLETED":
        raise InvalidResourceState(
            f"The recovery point is in state {point.status}: another action on it has not finished"
        )
    return [RecoveryPointDeletionStarted(point.arn, ends_at=context.now + DELETION)]


def _gone(arn: str, world: World) -> list[RecoveryPointDeleted | TagsDropped]:
    return [RecoveryPointDeleted(arn), *dropped_tags(world, arn)]


def finish_recovery_point_deletion(
    command: FinishRecoveryPointDeletion, world: World, context: Context
) -> list[RecoveryPointDeleted | TagsDropped]:
    """Make an accepted delete come true."""
    return _gone(command.arn, world)


def expire_recovery_point(
    command: ExpireRecoveryPoint, world: World, context: Context
) -> list[RecoveryPointDeleted | TagsDropped]:
    """Delete a point whose retention is over (Backup Developer Guide, deleting backups)."""
    return _gone(command.arn, world)


def move_recovery_point_to_cold_storage(
    command: MoveRecoveryPointToColdStorage, world: World, context: Context
) -> list[RecoveryPointMovedToColdStorage]:
    """Move a point whose warm time is over; there is no way back."""
    return [RecoveryPointMovedToColdStorage(command.arn)]


DECIDE = deciders(
    update_recovery_point_lifecycle,
    delete_recovery_point,
    finish_recovery_point_deletion,
    expire_recovery_point,
    move_recovery_point_to_cold_storage,
)
