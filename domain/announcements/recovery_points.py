"""What is told of recovery points: ``Recovery Point State Change``, and two events of vaults.

Keys and types are those of AWS's samples (Backup Developer Guide, monitoring events with
EventBridge). The texts of notifications are unknown.
"""

from collections.abc import Iterator
from typing import Any

from vaultclock.domain.announcements.happenings import (
    Happening,
    Projections,
    asked_by,
    given,
    moment,
    told,
)
from vaultclock.domain.announcements.messages import Event, Notice
from vaultclock.domain.kernel.instants import to_iso
from vaultclock.domain.recovery_points.events import (
    RecoveryPointBecamePartial,
    RecoveryPointCompleted,
    RecoveryPointCreated,
    RecoveryPointDeleted,
    RecoveryPointDeletionStarted,
    RecoveryPointExpired,
    RecoveryPointLifecycleChanged,
    RecoveryPointStopped,
)
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.world import RecoveryPoint, World

DETAIL_TYPE = "Recovery Point State Change"
_MODIFIED = "An AWS Backup recovery point was modified. Recovery point ARN: {point}"
_INTERRUPTED = (
    "An AWS Backup continuous backup was interrupted."
    " Recovery point ARN: {point}. Resource ARN : {resource}"
)


def _changed(happening: Happening) -> Iterator[Event]:
    point: RecoveryPoint = happening.after
    yield _event(happening.world, point, str(point.status))


def _deleted(happening: Happening) -> Iterator[Event]:
    """Tell of a point that is gone: the last state that AWS tells of is DELETING.

    A point whose retention is over has it only now (inferred); one that a failed job leaves
    unfinished is told of by the job.
    """
    point: RecoveryPoint = happening.before
    if point.status not in ("CREATING", "DELETING"):
        yield _event(happening.world, point, "DELETING")


def _event(world: World, point: RecoveryPoint, status: str) -> Event:
    lifecycle = point.lifecycle
    detail = {
        "backupVaultName": point.vault_name,
        "backupVaultArn": world.vault_arn(point.vault_name),
        "creationDate": moment(point.created_at),
        "iamRoleArn": point.born.iam_role_arn,
        "resourceType": point.resource_type,
        "resourceArn": point.resource_arn,
        "status": status,
        "statusMessage": point.message,
        "isEncrypted": "false" if point.born.encryption_key_arn is None else "true",  # a text
        "storageClass": str(point.storage_class),
        "completionDate": moment(point.completed_at),
        "createdBy": asked_by(point.created_by),
        "lifecycle": None if lifecycle is None else _lifecycle(lifecycle),
        "calculatedLifeCycle": None if lifecycle is None else _calculated(point),
    }
    return Event(DETAIL_TYPE, (point.arn,), given(detail))


def _lifecycle(lifecycle: Lifecycle) -> dict[str, Any] | None:
    days = {
        "moveToColdStorageAfterDays": lifecycle.move_to_cold_after_days,
        "deleteAfterDays": lifecycle.delete_after_days,
    }
    return given(days) or None


def _calculated(point: RecoveryPoint) -> dict[str, Any] | None:
    """Write when the lifecycle does what; its key has a capital C that the API's has not."""
    instants = {
        "moveToColdStorageAt": moment(point.move_to_cold_at),
        "deleteAt": moment(point.delete_at),
    }
    return given(instants) or None


def _lifecycle_changed(happening: Happening) -> list[Notice]:
    """Notify of a user's change (documented); no state has changed, so there is no event."""
    return _notice(happening, "RECOVERY_POINT_MODIFIED", _MODIFIED)


def _stopped(happening: Happening) -> Iterator[Event | Notice]:
    yield from _changed(happening)
    yield from _notice(happening, "CONTINUOUS_BACKUP_INTERRUPTED", _INTERRUPTED)


def _notice(happening: Happening, event: str, text: str) -> list[Notice]:
    point, world = happening.after, happening.world
    attributes = {
        "EventType": event,
        "State": str(point.status),
        "AccountId": world.scope.account,
        "Id": point.arn,
        "StartTime": to_iso(point.created_at),
    }
    filled = text.format(point=point.arn, resource=point.resource_arn)
    return told(world, point.vault_name, event, filled, attributes)


PROJECTIONS: Projections = {
    RecoveryPointCreated: _changed,
    RecoveryPointCompleted: _changed,
    RecoveryPointBecamePartial: _changed,
    RecoveryPointStopped: _stopped,
    RecoveryPointLifecycleChanged: _lifecycle_changed,
    RecoveryPointDeletionStarted: _changed,
    RecoveryPointExpired: _changed,
    RecoveryPointDeleted: _deleted,
}
