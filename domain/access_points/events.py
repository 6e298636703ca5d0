"""What has happened to access points. These names and fields are the storage format: ADR 0006."""

from vaultclock.domain.kernel.facts import fact
from vaultclock.domain.kernel.instants import Instant


@fact("access-point-created")
class AccessPointCreated:
    """An access point to a recovery point is being made, and is ready at ``ready_at``.

    ``owner_account`` is whose the recovery point is, in the same Region; ``vault_arn`` names the
    vault it was reached through, which is not the owner's where the access is restored. It shows
    a continuous point as of ``reads_at``, None for a snapshot. ``policy`` is JSON, as it was
    asked for.
    """

    arn: str
    name: str
    recovery_point_arn: str
    owner_account: str
    vault_name: str
    vault_arn: str
    resource_arn: str
    ready_at: Instant
    reads_at: Instant | None = None
    policy: str | None = None


@fact("access-point-became-available")
class AccessPointBecameAvailable:
    """S3 has an access point through which the recovery point can be read from now on."""

    arn: str
    s3_access_point_arn: str
    s3_alias: str


@fact("access-point-creation-failed")
class AccessPointCreationFailed:
    """S3 has no access point and gets none; ``message`` says why."""

    arn: str
    message: str


@fact("access-point-expired")
class AccessPointExpired:
    """The S3 access point was deleted behind AWS Backup's back; the recovery point is kept."""

    arn: str


@fact("access-point-disassociation-started")
class AccessPointDisassociationStarted:
    """The account may no longer reach the recovery point; from ``ends_at`` on it cannot."""

    arn: str
    ends_at: Instant


@fact("access-point-disassociated")
class AccessPointDisassociated:
    """The access point leads nowhere any more, and keeps nothing from being deleted."""

    arn: str


@fact("access-point-deletion-started")
class AccessPointDeletionStarted:
    """A delete was accepted; the access point is gone at ``ends_at``."""

    arn: str
    ends_at: Instant


@fact("access-point-deletion-failed")
class AccessPointDeletionFailed:
    """The access point could not be deleted; ``message`` says why. It can be tried again."""

    arn: str
    message: str


@fact("access-point-deleted")
class AccessPointDeleted:
    """The access point is gone, and the S3 access point with it; its name is free later."""

    arn: str
    name_free_at: Instant


AccessPointFact = (
    AccessPointCreated
    | AccessPointBecameAvailable
    | AccessPointCreationFailed
    | AccessPointExpired
    | AccessPointDisassociationStarted
    | AccessPointDisassociated
    | AccessPointDeletionStarted
    | AccessPointDeletionFailed
    | AccessPointDeleted
)
