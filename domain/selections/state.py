"""What the facts about a selection add up to. No rules and no refusals live here."""

from functools import cached_property
from typing import assert_never

import attrs

from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.selections.events import (
    SelectionCreated,
    SelectionDeleted,
    SelectionFact,
)
from vaultclock.domain.values import Conditions, TagCondition


@attrs.frozen
class Selection:
    """One assignment of resources to a plan, whichever version the plan is at."""

    selection_id: str
    plan_id: str
    created_at: Instant
    name: str
    iam_role_arn: str
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    any_tags: tuple[TagCondition, ...]
    conditions: Conditions
    creator_request_id: str | None

    @cached_property
    def named_arns(self) -> tuple[str, ...]:
        """The resources that it names one by one, without wildcards, in order."""
        return tuple(sorted(text for text in self.resources if "*" not in text))

    @property
    def by_tags(self) -> bool:
        """Whether tags select, which a plan may have only few selections do."""
        return bool(self.any_tags)


def order(selection: Selection) -> tuple[Instant, str]:
    """Order selections by creation, then id (inferred: AWS documents no order)."""
    return selection.created_at, selection.selection_id


def evolve(selection: Selection | None, at: Instant, fact: SelectionFact) -> Selection | None:
    """Fold one fact into a selection."""
    match fact:
        case SelectionCreated():
            return Selection(
                selection_id=fact.selection_id,
                plan_id=fact.plan_id,
                created_at=at,
                name=fact.name,
                iam_role_arn=fact.iam_role_arn,
                resources=fact.resources,
                not_resources=fact.not_resources,
                any_tags=fact.any_tags,
                conditions=fact.conditions,
                creator_request_id=fact.creator_request_id,
            )
        case SelectionDeleted():
            assert selection is not None, f"{fact} has no selection to happen to"
            return None
        case _:
            assert_never(fact)
