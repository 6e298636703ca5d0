"""What has happened to backup jobs. These names and fields are the storage format: see ADR 0006."""

from collections.abc import Mapping

from vaultclock.domain.kernel.facts import fact
from vaultclock.domain.kernel.instants import Instant, Milliseconds
from vaultclock.domain.values import CreatedBy, Lifecycle


@fact("backup-job-created")
class BackupJobCreated:
    """A job was asked for; it tries to start at ``start_at`` and gives up at ``start_deadline_at``.

    The completion window of a job that a user asked for counts from its creation and ends at
    ``completion_deadline_at``; that of a plan's job is ``completion_window_ms`` from its start.
    """

    job_id: str
    vault_name: str
    resource_arn: str
    resource_type: str
    iam_role_arn: str
    recovery_point_arn: str
    start_at: Instant
    start_deadline_at: Instant
    completion_deadline_at: Instant | None
    resource_name: str | None = None
    lifecycle: Lifecycle | None = None
    recovery_point_tags: Mapping[str, str] = {}
    backup_options: Mapping[str, str] = {}
    idempotency_token: str | None = None
    created_by: CreatedBy | None = None
    completion_window_ms: Milliseconds | None = None


@fact("backup-job-held")
class BackupJobHeld:
    """The job could not start: another job was running on the same resource."""

    job_id: str


@fact("backup-job-released")
class BackupJobReleased:
    """The resource is free again; the job tries to start at ``start_at``."""

    job_id: str
    start_at: Instant


@fact("backup-job-started")
class BackupJobStarted:
    """The job runs, and will have done its work at ``ends_at``."""

    job_id: str
    ends_at: Instant
    encryption_key_arn: str | None = None


@fact("backup-job-completed")
class BackupJobCompleted:
    """The job did its work; ``size_bytes`` is None for types that never tell."""

    job_id: str
    size_bytes: int | None = None
    backup_type: str | None = None


@fact("backup-job-failed")
class BackupJobFailed:
    """The job ended without a recovery point, for the reason in ``message``."""

    job_id: str
    message: str
    category: str


@fact("backup-job-expired")
class BackupJobExpired:
    """The job did not start, or did not finish, in time."""

    job_id: str
    message: str
    category: str


@fact("backup-job-stopping")
class BackupJobStopping:
    """A running job was told to stop; it has stopped at ``ends_at``."""

    job_id: str
    ends_at: Instant


@fact("backup-job-aborted")
class BackupJobAborted:
    """The job was stopped by its user and left no recovery point."""

    job_id: str
    message: str


BackupJobFact = (
    BackupJobCreated
    | BackupJobHeld
    | BackupJobReleased
    | BackupJobStarted
    | BackupJobCompleted
    | BackupJobFailed
    | BackupJobExpired
    | BackupJobStopping
    | BackupJobAborted
)
