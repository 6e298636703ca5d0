"""What the facts about a resource add up to. No rules and no refusals live here."""

from functools import cached_property
from typing import assert_never

import attrs

from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.resources.events import (
    ResourceDeregistered,
    ResourceFact,
    ResourceRegistered,
)
from vaultclock.domain.values import Captured, Tags


@attrs.frozen
class Resource:
    """One thing that can be backed up.

    ``size_bytes`` is what a full backup of it holds, ``daily_change`` the fraction of it that
    changes in a day. ``job_seconds`` is how long a job on it runs, None for the world's default;
    ``fails_with`` is the status message its jobs fail with, None when they succeed,
    ``keeps_points`` that of points which should be deleted and cannot be. ``members`` names what
    a composite nests; None is what every other resource has.
    """

    arn: str
    resource_type: str
    name: str | None
    tags: Tags
    size_bytes: int
    daily_change: float
    job_seconds: int | None
    fails_with: str | None
    keeps_points: str | None = None
    members: tuple[str, ...] | None = None

    @cached_property
    def captured(self) -> Captured:
        """What a backup keeps of the resource besides its data; one value for all its backups."""
        return Captured(self.size_bytes, self.daily_change, self.job_seconds, self.tags)


def order(resource: Resource) -> tuple[str]:
    """Order resources by ARN."""
    return (resource.arn,)


def evolve(resource: Resource | None, at: Instant, fact: ResourceFact) -> Resource | None:
    """Fold one fact into a resource."""
    match fact:
        case ResourceRegistered():
            return Resource(
                fact.arn,
                fact.resource_type,
                fact.name,
                fact.tags,
                fact.size_bytes,
                fact.daily_change,
                fact.job_seconds,
                fact.fails_with,
                fact.keeps_points,
                fact.members,
            )
        case ResourceDeregistered():
            assert resource is not None, f"{fact} has no resource to happen to"
            return None
        case _:
            assert_never(fact)
