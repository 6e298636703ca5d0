"""What is told of access points: vaults' ACCESS_POINT events. EventBridge hears nothing of them.

Which there are is documented (Backup Developer Guide, backup access points); texts and attributes
are unknown and follow those of recovery points.
"""

from vaultclock.domain.access_points.events import (
    AccessPointBecameAvailable,
    AccessPointCreationFailed,
    AccessPointDeleted,
    AccessPointDeletionFailed,
    AccessPointDisassociated,
    AccessPointExpired,
)
from vaultclock.domain.announcements.happenings import Happening, Projection, Projections, told
from vaultclock.domain.announcements.messages import Notice
from vaultclock.domain.kernel.instants import to_iso

_TEXT = (
    "An AWS Backup access point {what}. Access point ARN: {arn}. Recovery point ARN: {point}."
    " Resource ARN : {resource}"
)


def _telling(event: str, what: str) -> Projection:
    def project(happening: Happening) -> list[Notice]:
        # what is told of a deleted one is what it was
        point, world = happening.after or happening.before, happening.world
        born = point.born
        text = _TEXT.format(
            what=what, arn=born.arn, point=born.recovery_point_arn, resource=born.resource_arn
        )
        attributes = {
            "EventType": event,
            "State": str(point.status),
            "AccountId": world.scope.account,
            "Id": born.arn,
            "StartTime": to_iso(point.created_at),
        }
        if born.vault_arn != world.vault_arn(born.vault_name):
            return []  # the vault is another account's, and shared: its owner is told nothing
        return told(world, born.vault_name, event, text, attributes)

    return project


PROJECTIONS: Projections = {
    AccessPointBecameAvailable: _telling("ACCESS_POINT_AVAILABLE", "is available"),
    AccessPointCreationFailed: _telling("ACCESS_POINT_CREATION_FAILED", "could not be created"),
    AccessPointDeleted: _telling("ACCESS_POINT_DELETED", "was deleted"),
    AccessPointDeletionFailed: _telling("ACCESS_POINT_DELETION_FAILED", "could not be deleted"),
    AccessPointExpired: _telling("ACCESS_POINT_EXPIRED", "expired"),
    AccessPointDisassociated: _telling("ACCESS_POINT_DISASSOCIATED", "was disassociated"),
}
