"""What has happened to copy jobs. These names and fields are the storage format: see ADR 0006."""

from vaultclock.domain.kernel.facts import fact
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.values import CreatedBy, Lifecycle


@fact("copy-job-created")
class CopyJobCreated:
    """A copy was asked for; it tries to start at ``start_at``.

    ``lifecycle`` is the copy's own, what it inherits filled in. A copy that a plan's rule asks
    for says which one (``created_by``) and which backup job made the source. A parent copies a
    composite point; its children, whose lifecycle is ``lifecycle_asked`` or their source's, name
    it in ``parent_job_id``, and in ``member_identifier`` what their sources are of inside it.
    """

    job_id: str
    source_vault_name: str
    source_point_arn: str
    destination_vault_arn: str
    resource_arn: str
    resource_type: str
    iam_role_arn: str
    start_at: Instant
    resource_name: str | None = None
    lifecycle: Lifecycle | None = None
    idempotency_token: str | None = None
    created_by: CreatedBy | None = None
    backup_job_id: str | None = None
    is_parent: bool = False
    lifecycle_asked: Lifecycle | None = None
    parent_job_id: str | None = None
    member_identifier: str | None = None


@fact("copy-job-held")
class CopyJobHeld:
    """The job could not start: another job was running on the same resource."""

    job_id: str


@fact("copy-job-queued")
class CopyJobQueued:
    """The job could not start: as many copies as may were running into its Region or vault."""

    job_id: str


@fact("copy-job-released")
class CopyJobReleased:
    """What the job waited for is free again; it tries to start at ``start_at``."""

    job_id: str
    start_at: Instant


@fact("copy-job-started")
class CopyJobStarted:
    """The job makes the recovery point ``copy_arn``, and will have done its work at ``ends_at``."""

    job_id: str
    ends_at: Instant
    copy_arn: str
    size_bytes: int | None = None
    encryption_key_arn: str | None = None


@fact("composite-copy-job-started")
class CompositeCopyJobStarted:
    """The parent makes the composite point ``copy_arn``, and runs until its children have ended.

    ``left_out`` nested points cannot be copied.
    """

    job_id: str
    copy_arn: str
    encryption_key_arn: str | None = None
    left_out: int = 0


@fact("copy-job-child-ended")
class CopyJobChildEnded:
    """A child of the parent ended in ``state``; the parent may outlive the record of that job.

    ``copy_arn`` is the point that it made, None if it made none; then it has no size either.
    """

    job_id: str
    child_job_id: str
    state: str
    size_bytes: int | None = None
    copy_arn: str | None = None


@fact("copy-job-completed")
class CopyJobCompleted:
    """The job did its work; only a parent says now how much its children copied."""

    job_id: str
    size_bytes: int | None = None


@fact("copy-job-partly-completed")
class CopyJobPartlyCompleted:
    """The parent copied some of what it was asked for; ``message`` says how much it lacks."""

    job_id: str
    message: str
    category: str
    size_bytes: int | None = None


@fact("copy-job-failed")
class CopyJobFailed:
    """The job ended without a copy, for the reason in ``message``."""

    job_id: str
    message: str
    category: str


CopyJobFact = (
    CopyJobCreated
    | CopyJobHeld
    | CopyJobQueued
    | CopyJobReleased
    | CopyJobStarted
    | CompositeCopyJobStarted
    | CopyJobChildEnded
    | CopyJobCompleted
    | CopyJobPartlyCompleted
    | CopyJobFailed
)
