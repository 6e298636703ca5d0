"""What has happened to restore jobs.

These names and fields are the storage format: see ADR 0006.
"""

from collections.abc import Mapping

from vaultclock.domain.kernel.facts import fact
from vaultclock.domain.kernel.instants import Instant


@fact("restore-job-created")
class RestoreJobCreated:
    """A restore was asked for; it starts at ``start_at``.

    ``resource_type`` is what the point is restored as, ``size_bytes`` the point's size, None for
    types that never tell. ``from_cold_storage`` says that the point was cold when asked for.
    A continuous one could then be restored to any time from ``restorable_since`` to
    ``restorable_until``. ``point_account`` is whose vault holds the point, None for one's own.
    """

    job_id: str
    recovery_point_arn: str
    recovery_point_created_at: Instant
    vault_name: str
    source_resource_arn: str
    resource_type: str
    metadata: Mapping[str, str]
    start_at: Instant
    iam_role_arn: str | None = None
    size_bytes: int | None = None
    copies_source_tags: bool = False
    from_cold_storage: bool = False
    idempotency_token: str | None = None
    restorable_since: Instant | None = None
    restorable_until: Instant | None = None
    point_account: str | None = None


@fact("restore-job-started")
class RestoreJobStarted:
    """The job runs, and will have done its work at ``ends_at``."""

    job_id: str
    ends_at: Instant


@fact("restore-job-completed")
class RestoreJobCompleted:
    """The job did its work: a resource is there, made or filled by the restore."""

    job_id: str
    created_resource_arn: str


@fact("restore-job-failed")
class RestoreJobFailed:
    """The job ended without a resource, for the reason in ``message``."""

    job_id: str
    message: str


@fact("resource-restored")
class ResourceRestored:
    """A restore of a backed-up resource succeeded: the latest one, whatever came before.

    It is kept apart from the job, whose record retires, and from the recovery point, which may be
    deleted: a protected resource tells of its latest restore for as long as it is protected.
    """

    resource_arn: str
    job_created_at: Instant
    recovery_point_created_at: Instant


RestoreJobFact = RestoreJobCreated | RestoreJobStarted | RestoreJobCompleted | RestoreJobFailed
