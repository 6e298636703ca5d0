"""What has happened to resources. These names and fields are the storage format: see ADR 0006."""

from collections.abc import Mapping

from vaultclock.domain.kernel.facts import fact


@fact("resource-registered")
class ResourceRegistered:
    """A resource is as stated here, whatever it was before."""

    arn: str
    resource_type: str
    name: str | None
    tags: Mapping[str, str]
    size_bytes: int
    daily_change: float
    job_seconds: int | None
    fails_with: str | None


@fact("resource-deregistered")
class ResourceDeregistered:
    """A resource is no longer in the world; its recovery points are."""

    arn: str


ResourceFact = ResourceRegistered | ResourceDeregistered
