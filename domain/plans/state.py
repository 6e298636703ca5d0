"""What the facts about a plan add up to. No rules and no refusals live here."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, assert_never

import attrs

from vaultclock.domain.kernel.changes import changer, quicken
from vaultclock.domain.kernel.engine import Deadline
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.plans.commands import RunPlanRule
from vaultclock.domain.plans.events import (
    PlanCreated,
    PlanDeleted,
    PlanDocument,
    PlanFact,
    PlanRuleRan,
    PlanRuleSilenced,
    PlanUpdated,
    Rule,
)


@attrs.frozen
class PlanVersion:
    """What a plan said from one instant on."""

    version_id: str
    created_at: Instant
    document: PlanDocument

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """Its rules by their ids."""
        return {rule.rule_id: rule for rule in self.document.rules}


@quicken
@attrs.frozen(weakref_slot=False)
class Plan:
    """One backup plan and all its versions, oldest first; there is always one.

    ``next_fires`` is when each rule of the current version fires next, ``last_fires`` when it last
    did, in this version or, under the same id, in one before.
    """

    plan_id: str
    versions: tuple[PlanVersion, ...]
    creator_request_id: str | None = None
    deleted_at: Instant | None = None
    last_execution_at: Instant | None = None
    next_fires: Mapping[str, Instant] = {}
    last_fires: Mapping[str, Instant] = {}

    @property
    def current(self) -> PlanVersion:
        """The version in force, or the last that was."""
        return self.versions[-1]

    @property
    def name(self) -> str:
        """The name in the current version; plans may share one."""
        return self.versions[-1].document.name

    @property
    def is_deleted(self) -> bool:
        """Whether the plan is gone but for its versions."""
        return self.deleted_at is not None


_changed = changer(Plan)


def order(plan: Plan) -> tuple[Instant, str]:
    """Order plans by creation, then id (inferred: AWS documents no order)."""
    return plan.versions[0].created_at, plan.plan_id


def evolve(plan: Plan | None, at: Instant, fact: PlanFact) -> Plan:
    """Fold one fact into a plan."""
    if isinstance(fact, PlanCreated):
        first = PlanVersion(fact.version_id, at, fact.document)
        return Plan(fact.plan_id, (first,), fact.creator_request_id, next_fires=fact.first_fires)
    assert plan is not None, f"{fact} has no plan to happen to"
    match fact:
        case PlanUpdated():
            version = PlanVersion(fact.version_id, at, fact.document)
            kept = {rule.rule_id for rule in fact.document.rules}
            return _changed(
                plan,
                versions=(*plan.versions, version),
                next_fires=fact.first_fires,
                last_fires={id_: fire for id_, fire in plan.last_fires.items() if id_ in kept},
            )
        case PlanDeleted():
            return _changed(plan, deleted_at=at)
        case PlanRuleRan():
            return _changed(plan, last_execution_at=at, **_fires(plan, at, fact))
        case PlanRuleSilenced():
            return _changed(plan, **_fires(plan, at, fact))
        case _:
            assert_never(fact)


def _fires(plan: Plan, at: Instant, fact: PlanRuleRan | PlanRuleSilenced) -> dict[str, Any]:
    ahead = dict(plan.next_fires)
    if fact.next_fire_at is None:
        ahead.pop(fact.rule_id, None)
    else:
        ahead[fact.rule_id] = fact.next_fire_at
    return {"next_fires": ahead, "last_fires": {**plan.last_fires, fact.rule_id: at}}


def deadlines(plan: Plan) -> Iterator[Deadline]:
    """Say when each rule of a live plan fires next, in the plan's order of rules."""
    if plan.is_deleted:
        return
    for rule in plan.current.document.rules:
        fire = plan.next_fires.get(rule.rule_id)
        if fire is not None:
            yield (fire, RunPlanRule(plan.plan_id, rule.rule_id))
