"""What the facts about a plan add up to. No rules and no refusals live here."""

from typing import assert_never

import attrs

from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.plans.events import (
    PlanCreated,
    PlanDeleted,
    PlanDocument,
    PlanFact,
    PlanUpdated,
)


@attrs.frozen
class PlanVersion:
    """What a plan said from one instant on."""

    version_id: str
    created_at: Instant
    document: PlanDocument


@attrs.frozen
class Plan:
    """One backup plan and all its versions, oldest first; there is always one."""

    plan_id: str
    versions: tuple[PlanVersion, ...]
    creator_request_id: str | None = None
    deleted_at: Instant | None = None
    last_execution_at: Instant | None = None

    @property
    def created_at(self) -> Instant:
        """When the first version was made; what AWS shows is the time of a version."""
        return self.versions[0].created_at

    @property
    def current(self) -> PlanVersion:
        """The version in force, or the last that was."""
        return self.versions[-1]

    @property
    def name(self) -> str:
        """The name in the current version; plans may share one."""
        return self.current.document.name

    @property
    def is_deleted(self) -> bool:
        """Whether the plan is gone but for its versions."""
        return self.deleted_at is not None


def order(plan: Plan) -> tuple[Instant, str]:
    """Order plans by creation, then id (inferred: AWS documents no order)."""
    return plan.created_at, plan.plan_id


def evolve(plan: Plan | None, at: Instant, fact: PlanFact) -> Plan:
    """Fold one fact into a plan."""
    if isinstance(fact, PlanCreated):
        first = PlanVersion(fact.version_id, at, fact.document)
        return Plan(fact.plan_id, (first,), fact.creator_request_id)
    assert plan is not None, f"{fact} has no plan to happen to"
    match fact:
        case PlanUpdated():
            version = PlanVersion(fact.version_id, at, fact.document)
            return attrs.evolve(plan, versions=(*plan.versions, version))
        case PlanDeleted():
            return attrs.evolve(plan, deleted_at=at)
        case _:
            assert_never(fact)
