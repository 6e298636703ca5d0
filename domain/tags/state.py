"""What the facts about a thing's tags add up to. No rules and no refusals live here."""

from typing import assert_never

import attrs

from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.tags.events import TagFact, TagsDropped, TagsRemoved, TagsSet
from vaultclock.domain.values import Tags


@attrs.frozen
class TaggedThing:
    """One ARN and its tags; a thing without tags has no row."""

    arn: str
    tags: Tags


def order(thing: TaggedThing) -> tuple[str]:
    """Order tagged things by ARN."""
    return (thing.arn,)


def evolve(thing: TaggedThing | None, at: Instant, fact: TagFact) -> TaggedThing | None:
    """Fold one fact into a thing's tags."""
    tags = {} if thing is None else thing.tags
    match fact:
        case TagsSet():
            return TaggedThing(fact.arn, {**tags, **fact.tags})
        case TagsRemoved():
            left = {key: value for key, value in tags.items() if key not in fact.keys}
            return TaggedThing(fact.arn, left) if left else None
        case TagsDropped():
            return None
        case _:
            assert_never(fact)
