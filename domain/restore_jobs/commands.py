"""What may be asked of restore jobs."""

import attrs

from vaultclock.domain.values import Tags


@attrs.frozen
class StartRestoreJob:
    """Restore a recovery point; ``metadata`` says into what, in the words of its resource type.

    ``resource_type`` is what to restore as, by default what was backed up. With
    ``copies_source_tags`` the restored resource gets the tags that its source had.
    """

    recovery_point_arn: str
    metadata: Tags
    iam_role_arn: str | None = None
    idempotency_token: str | None = None
    resource_type: str | None = None
    copies_source_tags: bool = False


@attrs.frozen
class StartDueRestoreJob:  # sent by the clock, never over the wire
    """Start a job whose turn has come."""

    job_id: str


@attrs.frozen
class FinishRestoreJob:  # sent by the clock, never over the wire
    """End a job that has run its time: with a resource, or with the reason why there is none."""

    job_id: str
