"""What may be asked of the pretend world of resources."""

import attrs

from vaultclock.domain.values import Tags


@attrs.frozen
class RegisterResource:
    """Put a resource into the world, or replace what it was; None takes a default.

    ``resource_type`` is read from the ARN; it needs saying only for DocumentDB and Neptune,
    whose ARNs are Aurora's. ``size_bytes`` is what a full backup holds and ``daily_change`` the
    fraction of it, from 0 to 1, that changes in a day. Jobs on it run ``job_seconds``, or as
    long as the world's default; with ``fails_with`` they fail and say so. With ``keeps_points``
    its recovery points cannot be deleted, and say so once it has been tried (a locked snapshot,
    an image in use). ``members`` are the ARNs of what a CloudFormation stack or an EKS cluster
    nests: with them, were there none, its backups are composite.
    """

    arn: str
    resource_type: str | None = None
    name: str | None = None
    tags: Tags = attrs.field(factory=dict)
    size_bytes: int | None = None
    daily_change: float | None = None
    job_seconds: int | None = None
    fails_with: str | None = None
    keeps_points: str | None = None
    members: tuple[str, ...] | None = None


@attrs.frozen
class DeregisterResource:
    """Take a resource out of the world again; its recovery points stay."""

    arn: str
