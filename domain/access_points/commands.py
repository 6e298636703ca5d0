"""What may be asked of access points."""

from collections.abc import Mapping

import attrs

from vaultclock.domain.values import Tags


@attrs.frozen
class CreateAccessPoint:
    """Make an access point to a recovery point of a bucket.

    ``metadata`` holds the instant to read a continuous point at, by AWS's own key for it.
    """

    name: str
    recovery_point_arn: str
    metadata: Mapping[str, str] = attrs.field(factory=dict)
    policy: str | None = None
    tags: Tags = attrs.field(factory=dict)


@attrs.frozen
class DeleteAccessPoint:
    """Delete an access point, and the S3 access point with it; it is gone a moment later."""

    arn: str


@attrs.frozen
class ExpireAccessPoint:
    """Delete the S3 access point behind AWS Backup's back, as a user of S3 may."""

    arn: str


@attrs.frozen
class FailAccessPoint:
    """Let the creation or deletion that is under way fail, as S3 may."""

    arn: str
    message: str


@attrs.frozen
class FinishMakingAccessPoint:  # sent by the clock, never over the wire
    """Make an access point available: S3 has it by now."""

    arn: str


@attrs.frozen
class FinishDisassociatingAccessPoint:  # sent by the clock, never over the wire
    """Cut off an access point from a recovery point that was withdrawn."""

    arn: str


@attrs.frozen
class FinishDeletingAccessPoint:  # sent by the clock, never over the wire
    """Make an accepted delete come true."""

    arn: str
