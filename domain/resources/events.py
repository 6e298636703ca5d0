"""What has happened to resources. These names and fields are the storage format: see ADR 0006."""

from collections.abc import Mapping

from vaultclock.domain.kernel.facts import fact


@fact("resource-registered")
class ResourceRegistered:
    """A resource is as stated here, whatever it was before.

    ``keeps_points`` says why its recovery points cannot be deleted, None where they can;
    ``members`` names what it nests, None where it is no composite.
    """

    arn: str
    resource_type: str
    name: str | None
    tags: Mapping[str, str]
    size_bytes: int
    daily_change: float
    job_seconds: int | None
    fails_with: str | None
    keeps_points: str | None = None
    members: tuple[str, ...] | None = None


@fact("resource-deregistered")
class ResourceDeregistered:
    """A resource is no longer in the world; its recovery points are."""

    arn: str


ResourceFact = ResourceRegistered | ResourceDeregistered
