"""What has happened to backup jobs. These names and fields are the storage format: see ADR 0006."""

from collections.abc import Mapping

from vaultclock.domain.kernel.facts import fact
from vaultclock.domain.kernel.instants import Instant, Milliseconds
from vaultclock.domain.values import CreatedBy, Lifecycle


@fact("backup-job-created")
class BackupJobCreated:
    """A job was asked for; it tries to start at ``start_at`` and gives up at ``start_deadline_at``.

    ``completion_deadline_at`` is the end of its completion window. That of a plan's job begins with
    its start and is ``completion_window_ms`` long, so that it mostly ends earlier.
    ``is_continuous`` means that its rule asks for a continuous backup, which its type can have.
    A parent backs up a composite; its children name it in ``parent_job_id``, and all but the one
    for the composite itself say in ``member_identifier`` what they are of inside it.
    ``air_gapped_vault_arn`` is the logically air-gapped vault that the backup is for, whether it
    is made there (then ``vault_name`` names it, too), copied there, or cannot be kept there.
    """

    job_id: str
    vault_name: str
    resource_arn: str
    resource_type: str
    iam_role_arn: str
    recovery_point_arn: str
    start_at: Instant
    start_deadline_at: Instant
    completion_deadline_at: Instant
    resource_name: str | None = None
    lifecycle: Lifecycle | None = None
    recovery_point_tags: Mapping[str, str] = {}
    backup_options: Mapping[str, str] = {}
    idempotency_token: str | None = None
    created_by: CreatedBy | None = None
    completion_window_ms: Milliseconds | None = None
    is_continuous: bool = False
    is_parent: bool = False
    parent_job_id: str | None = None
    member_identifier: str | None = None
    air_gapped_vault_arn: str | None = None


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
    """The job runs, and will have done its work at ``ends_at``.

    ``continuous_point_arn`` is the continuous point that it makes or brings up to date; without
    one it takes a snapshot. ``issue`` is the message that it will complete with nevertheless.
    """

    job_id: str
    ends_at: Instant
    encryption_key_arn: str | None = None
    continuous_point_arn: str | None = None
    issue: str | None = None


@fact("composite-backup-job-started")
class CompositeBackupJobStarted:
    """The parent runs until its children have ended; ``left_out`` members cannot be backed up."""

    job_id: str
    encryption_key_arn: str | None = None
    left_out: int = 0


@fact("backup-job-child-ended")
class BackupJobChildEnded:
    """A child of the parent ended in ``state``; the parent may outlive the record of that job.

    ``recovery_point_arn`` is the point that it made, None if it made none.
    """

    job_id: str
    child_job_id: str
    state: str
    size_bytes: int | None = None
    recovery_point_arn: str | None = None


@fact("backup-job-completed")
class BackupJobCompleted:
    """The job did its work; ``size_bytes`` is None for types that never tell.

    ``message`` and its ``category`` say what went otherwise than asked for, if something did.
    """

    job_id: str
    size_bytes: int | None = None
    backup_type: str | None = None
    message: str | None = None
    category: str | None = None


@fact("backup-job-partly-completed")
class BackupJobPartlyCompleted:
    """The parent has some of what it was asked for; ``message`` says how much it lacks."""

    job_id: str
    message: str
    category: str
    size_bytes: int | None = None


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
    | CompositeBackupJobStarted
    | BackupJobChildEnded
    | BackupJobCompleted
    | BackupJobPartlyCompleted
    | BackupJobFailed
    | BackupJobExpired
    | BackupJobStopping
    | BackupJobAborted
)
