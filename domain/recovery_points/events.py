"""What has happened to recovery points.

These names and fields are the storage format: see ADR 0006.
"""

from vaultclock.domain.kernel.facts import fact
from vaultclock.domain.kernel.instants import Instant, Milliseconds
from vaultclock.domain.values import Captured, CreatedBy, Lifecycle


@fact("recovery-point-created")
class RecoveryPointCreated:
    """A job began to make a point; ``created_at`` is the job's creation, from which it ages.

    ``deletion_lag_ms`` is how long after the end of its retention the point is really deleted,
    ``captured`` what was known of the resource when the backup began.
    ``source_vault_arn`` is where a copy from another account or Region came from. A continuous
    point is one that the runs of a rule bring up to date in place. ``is_parent`` marks a composite
    point, which only groups others; those name it in ``parent_arn``, and ``member_identifier`` is
    the name of what they are of inside it. A temporary point is on its way to an air-gapped vault,
    ``moves_to_vault_arn``, and goes once a copy of it is there.
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
    captured: Captured | None = None
    source_vault_arn: str | None = None
    is_continuous: bool = False
    is_parent: bool = False
    parent_arn: str | None = None
    member_identifier: str | None = None
    moves_to_vault_arn: str | None = None


@fact("recovery-point-completed")
class RecoveryPointCompleted:
    """The point can be restored; ``size_bytes`` is None for types that never tell."""

    arn: str
    size_bytes: int | None = None


@fact("recovery-point-became-partial")
class RecoveryPointBecamePartial:
    """A composite point lacks something: it was not backed up, is deleted or left it."""

    arn: str


@fact("recovery-point-update-started")
class RecoveryPointUpdateStarted:
    """A job began to bring a continuous point up to date: until it ends, the point is busy."""

    arn: str


@fact("recovery-point-update-ended")
class RecoveryPointUpdateEnded:
    """The job ended and left the continuous point as it was."""

    arn: str


@fact("recovery-point-synced")
class RecoveryPointSynced:
    """A job brought a continuous point up to date; it ages from ``synced_at``, the job's creation.

    It has the lifecycle of the rule that asked for the job, and belongs to that rule.
    ``captured`` is what was known of the resource then.
    """

    arn: str
    synced_at: Instant
    size_bytes: int | None = None
    lifecycle: Lifecycle | None = None
    created_by: CreatedBy | None = None
    captured: Captured | None = None


@fact("recovery-point-indexing-started")
class RecoveryPointIndexingStarted:
    """What the point holds is being indexed, for search; that is done at ``ends_at``."""

    arn: str
    ends_at: Instant


@fact("recovery-point-indexed")
class RecoveryPointIndexed:
    """What the point holds can be searched."""

    arn: str


@fact("recovery-point-stopped")
class RecoveryPointStopped:
    """A continuous point is brought up to date no more; it stays until its retention is over."""

    arn: str


@fact("recovery-point-disassociated")
class RecoveryPointDisassociated:
    """A continuous point left AWS Backup; the service that it is of keeps the data."""

    arn: str


@fact("recovery-point-left-parent")
class RecoveryPointLeftParent:
    """A nested point is one of its own from now on."""

    arn: str


@fact("recovery-point-lifecycle-changed")
class RecoveryPointLifecycleChanged:
    """A user replaced the point's lifecycle, or that of the longest kept of its nested points."""

    arn: str
    lifecycle: Lifecycle


@fact("recovery-point-moved-to-cold-storage")
class RecoveryPointMovedToColdStorage:
    """The point's warm time is over; there is no way back."""

    arn: str


@fact("recovery-point-held")
class RecoveryPointHeld:
    """Something keeps the point from being deleted: the legal hold or access point ``by``."""

    arn: str
    by: str


@fact("recovery-point-released")
class RecoveryPointReleased:
    """What kept the point, ``by`` its ARN, keeps it no more."""

    arn: str
    by: str


@fact("recovery-point-fell-due")
class RecoveryPointFellDue:
    """What the point was made for is done; it goes as soon as nothing holds it any more."""

    arn: str


@fact("recovery-point-deletion-postponed")
class RecoveryPointDeletionPostponed:
    """The point fell due while copy jobs read it, or were yet to: it stays until they have ended.

    ``job_ids`` are those of the jobs.
    """

    arn: str
    job_ids: tuple[str, ...]


@fact("recovery-point-copy-ended")
class RecoveryPointCopyEnded:
    """A copy job that the deletion of the point waits for has ended, well or not."""

    arn: str
    job_id: str


@fact("recovery-point-restore-started")
class RecoveryPointRestoreStarted:
    """A restore of the point was asked for: until it ends, the point is busy."""

    arn: str


@fact("recovery-point-restore-ended")
class RecoveryPointRestoreEnded:
    """One restore of the point ended, well or not."""

    arn: str
    succeeded: bool


@fact("recovery-point-deletion-started")
class RecoveryPointDeletionStarted:
    """A delete was accepted; the point is gone at ``ends_at``."""

    arn: str
    ends_at: Instant


@fact("recovery-point-expired")
class RecoveryPointExpired:
    """The point should have been deleted and could not be; ``message`` says why.

    It stays until a delete that a user asks for succeeds.
    """

    arn: str
    message: str


@fact("recovery-point-deleted")
class RecoveryPointDeleted:
    """The point is gone: deleted, at the end of its retention, or never finished."""

    arn: str


RecoveryPointFact = (
    RecoveryPointCreated
    | RecoveryPointCompleted
    | RecoveryPointBecamePartial
    | RecoveryPointUpdateStarted
    | RecoveryPointUpdateEnded
    | RecoveryPointSynced
    | RecoveryPointIndexingStarted
    | RecoveryPointIndexed
    | RecoveryPointStopped
    | RecoveryPointDisassociated
    | RecoveryPointLeftParent
    | RecoveryPointLifecycleChanged
    | RecoveryPointMovedToColdStorage
    | RecoveryPointHeld
    | RecoveryPointReleased
    | RecoveryPointFellDue
    | RecoveryPointDeletionPostponed
    | RecoveryPointCopyEnded
    | RecoveryPointRestoreStarted
    | RecoveryPointRestoreEnded
    | RecoveryPointDeletionStarted
    | RecoveryPointExpired
    | RecoveryPointDeleted
)
