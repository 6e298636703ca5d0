"""What is told of indexes: ``Recovery Point Index State Change``, and vaults' events of indexing.

Keys and texts are those of AWS's samples (Backup Developer Guide, monitoring events with
EventBridge, and notifications). Only indexes that were made are told of: none here fails, and none
is deleted but with its point.
"""

from collections.abc import Iterator

from vaultclock.domain.announcements.happenings import (
    Happening,
    Projections,
    given,
    moment,
    told,
)
from vaultclock.domain.announcements.messages import Event, Notice
from vaultclock.domain.indexing import index_message
from vaultclock.domain.recovery_points.events import RecoveryPointIndexed
from vaultclock.domain.world import RecoveryPoint, World

DETAIL_TYPE = "Recovery Point Index State Change"
_TEXT = "An AWS Backup backup index job was completed. Indexed recovery point arn: {}"  # (sic)


def _indexed(happening: Happening) -> Iterator[Event | Notice]:
    point, world = happening.after, happening.world
    assert point.index is not None, happening
    detail = {
        "recoveryPointArn": point.arn,
        "accountId": world.scope.account,
        "indexStatus": point.index.status,
        "iamRoleArn": point.born.iam_role_arn,
        "resourceType": point.resource_type,
        "backupVaultArn": world.vault_arn(
            point.vault_name
        ),  # AWS's sample names a pod, not a vault
        "indexCreationTime": moment(point.index.started_at),
        "isIndexingContinuous": False,
        "sourceResourceArn": point.resource_arn,
        "backupCreationTime": moment(point.created_at),
        "indexStatusMessage": index_message(point),
        "indexCompletionTime": moment(point.index.completed_at),
    }
    yield Event(DETAIL_TYPE, (point.arn,), given(detail))
    yield from _notice(point, world)


def _notice(point: RecoveryPoint, world: World) -> list[Notice]:
    """Notify of an index; the event is called otherwise than the one that is asked for."""
    assert point.index is not None, point
    attributes = {
        "EventType": "RECOVERY_POINT_INDEXING_COMPLETED",
        "AccountId": world.scope.account,
        "IndexStatus": point.index.status,
        "IsIndexingContinuous": "false",
        "RecoveryPointArn": point.arn,
    }
    event = "RECOVERY_POINT_INDEX_COMPLETED"
    return told(world, point.vault_name, event, _TEXT.format(point.arn), attributes)


PROJECTIONS: Projections = {RecoveryPointIndexed: _indexed}
