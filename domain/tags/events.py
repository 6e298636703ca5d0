"""What has happened to tags. These names and fields are the storage format: see ADR 0006."""

from collections.abc import Mapping

from vaultclock.domain.kernel.facts import fact


@fact("tags-set")
class TagsSet:
    """Tags were added to a thing, or given other values."""

    arn: str
    tags: Mapping[str, str]


@fact("tags-removed")
class TagsRemoved:
    """Tags were taken off a thing."""

    arn: str
    keys: tuple[str, ...]


@fact("tags-dropped")
class TagsDropped:
    """The tagged thing is gone, and its tags with it."""

    arn: str


TagFact = TagsSet | TagsRemoved | TagsDropped
