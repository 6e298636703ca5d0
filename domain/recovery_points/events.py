"""What has happened to recovery points.

These names and fields are the storage format: see ADR 0006.
"""

from vaultclock.domain.kernel.facts import fact
from vaultclock.domain.kernel.instants import Instant, Milliseconds
from vaultclock.domain.values import CreatedBy, Lifecycle


@fact("recovery-point-created")
class RecoveryPointCreated:
    """A job began to make a point; ``created_at`` is the job's creation, from which it ages.

    ``deletion_lag_ms`` is how long after the end of its retention the point is really deleted.
    """

    arn: str
    vault_name: str
    resource_arn: str
    resource_type: str
    iam_role_arn: str
    created_at: Instant
    deletion_lag_ms: Milliseconds
    resource_name: str | None = None
    lifecycle: Lifecycle | None = None
    encryption_key_arn: str | None = None
    created_by: CreatedBy | None = None


@fact("recovery-point-completed")
class RecoveryPointCompleted:
    """The point can be restored; ``size_bytes`` is None for types that never tell."""

    arn: str
    size_bytes: int | None = None


@fact("recovery-point-lifecycle-changed")
class RecoveryPointLifecycleChanged:
    """A user replaced the point's lifecycle."""

    arn: str
    lifecycle: Lifecycle


@fact("recovery-point-moved-to-cold-storage")
class RecoveryPointMovedToColdStorage:
    """The point's warm time is over; there is no way back."""

    arn: str


@fact("recovery-point-deletion-started")
class RecoveryPointDeletionStarted:
    """A delete was accepted; the point is gone at ``ends_at``."""

    arn: str
    ends_at: Instant


@fact("recovery-point-deleted")
class RecoveryPointDeleted:
    """The point is gone: deleted, at the end of its retention, or never finished."""

    arn: str


RecoveryPointFact = (
    RecoveryPointCreated
    | RecoveryPointCompleted
    | RecoveryPointLifecycleChanged
    | RecoveryPointMovedToColdStorage
    | RecoveryPointDeletionStarted
    | RecoveryPointDeleted
)
