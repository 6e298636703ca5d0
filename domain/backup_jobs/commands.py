"""What may be asked of backup jobs."""

import attrs

from vaultclock.domain.values import Lifecycle, Tags


@attrs.frozen
class StartBackupJob:
    """Back up one resource now; windows are in minutes from the request.

    With ``air_gapped_vault_arn`` the backup is for that logically air-gapped vault, and the vault
    named beside it is where the backup begins, or stays, if its type has to.
    """

    vault_name: str
    resource_arn: str
    iam_role_arn: str
    idempotency_token: str | None = None
    start_window_minutes: int | None = None
    complete_window_minutes: int | None = None
    lifecycle: Lifecycle | None = None
    recovery_point_tags: Tags = attrs.field(factory=dict)
    backup_options: Tags = attrs.field(factory=dict)
    air_gapped_vault_arn: str | None = None


@attrs.frozen
class StopBackupJob:
    """Stop a job that has not ended, where its resource type allows."""

    job_id: str


@attrs.frozen
class StartDueBackupJob:  # sent by the clock, never over the wire
    """Start a job whose turn has come, unless its resource is busy."""

    job_id: str


@attrs.frozen
class FinishBackupJob:  # sent by the clock, never over the wire
    """End a job that has done its work."""

    job_id: str


@attrs.frozen
class ExpireBackupJob:  # sent by the clock, never over the wire
    """End a job that ran out of its start or completion window."""

    job_id: str


@attrs.frozen
class FinishStoppingBackupJob:  # sent by the clock, never over the wire
    """End a job that was told to stop."""

    job_id: str
