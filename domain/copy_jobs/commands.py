"""What may be asked of copy jobs."""

import attrs

from vaultclock.domain.values import Lifecycle


@attrs.frozen
class StartCopyJob:
    """Copy one recovery point into another vault, of any account and Region, now."""

    source_vault_name: str
    source_point_arn: str
    destination_vault_arn: str
    iam_role_arn: str
    idempotency_token: str | None = None
    lifecycle: Lifecycle | None = None


@attrs.frozen
class StartDueCopyJob:  # sent by the clock, never over the wire
    """Start a job whose turn has come, unless its resource or its destination is busy."""

    job_id: str


@attrs.frozen
class FinishCopyJob:  # sent by the clock, never over the wire
    """End a job that has done its work."""

    job_id: str
