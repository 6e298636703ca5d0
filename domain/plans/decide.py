"""All the rules about plans: one function a command, facts out or a refusal."""

from collections.abc import Mapping, Sequence
from typing import Any

from vaultclock.domain.checks import checked_creator_request_id, checked_tags
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.ids import version_id
from vaultclock.domain.kernel.instants import MINUTE, Instant
from vaultclock.domain.kernel.refusals import AlreadyExists, InvalidRequest, LimitExceeded
from vaultclock.domain.new_jobs import Terms, new_backup_job
from vaultclock.domain.plan_documents import checked_document
from vaultclock.domain.plans.commands import CreatePlan, DeletePlan, RunPlanRule, UpdatePlan
from vaultclock.domain.plans.events import (
    PlanCreated,
    PlanDeleted,
    PlanDocument,
    PlanRuleRan,
    PlanRuleSilenced,
    PlanUpdated,
    Rule,
)
from vaultclock.domain.plans.queries import (
    places_taken,
    plan_of_request,
    plan_with_document,
    rule_of,
    schedule_of,
)
from vaultclock.domain.plans.state import Plan
from vaultclock.domain.resource_types import TYPE_OF_NAME
from vaultclock.domain.selections.queries import selected
from vaultclock.domain.service_made import refuse_service_plan
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.tags.queries import dropped_tags
from vaultclock.domain.values import CreatedBy
from vaultclock.domain.world import World

# Backup Developer Guide, quotas
PLANS_MAX = 300  # in an account and Region
VERSIONS_MAX = 2_000


def create_plan(command: CreatePlan, world: World, context: Context) -> list[PlanCreated | TagsSet]:
    """Create a plan, unless a live one says the same; a repeated token is no new plan.

    Names are not unique (observed: ansible 53655). A token belongs to a live plan; repeated with
    another document it still answers that plan (inferred).
    """
    token = checked_creator_request_id(command.creator_request_id)
    tags = checked_tags(command.tags)
    document = checked_document(command.document, None, context)
    if token and plan_of_request(world, token):
        return []
    if same := plan_with_document(world, document):
        # observed: modernisation-platform 4909, ansible 53655
        raise AlreadyExists(
            "Backup plan with the same plan document already exists",
            arn=world.plan_arn(same.plan_id),
            creator_request_id=same.creator_request_id,
        )
    if world.plans.count(is_deleted=False) >= PLANS_MAX:
        raise LimitExceeded(f"An account may have at most {PLANS_MAX} backup plans in a Region")
    plan_id = context.fresh_id()
    fires = _first_fires(document, context.now)
    created = PlanCreated(plan_id, version_id(context.fresh_id(1)), document, token, fires)
    return [created, TagsSet(world.plan_arn(plan_id), tags)] if tags else [created]


def update_plan(command: UpdatePlan, world: World, context: Context) -> list[PlanUpdated]:
    """Make a new version of a plan, also when it says what the last one said (chosen).

    It takes effect for the next run (documented); nothing that was due under the old one is.
    """
    plan = world.plan(command.plan_id)
    document = checked_document(command.document, plan.current.document, context)
    if len(plan.versions) >= VERSIONS_MAX:
        raise LimitExceeded(f"A backup plan may have at most {VERSIONS_MAX} versions")
    fires = _first_fires(document, context.now)
    return [PlanUpdated(plan.plan_id, version_id(context.fresh_id(1)), document, fires)]


def _first_fires(document: PlanDocument, now: Instant) -> Mapping[str, Instant]:
    fires = {rule.rule_id: schedule_of(rule).next_after(now) for rule in document.rules}
    return {rule_id: fire for rule_id, fire in fires.items() if fire is not None}


def delete_plan(
    command: DeletePlan, world: World, context: Context
) -> list[PlanDeleted | TagsDropped]:
    """Delete a plan that no selection refers to; what it has backed up stays."""
    plan = world.plan(command.plan_id)
    refuse_service_plan(plan.plan_id)
    if world.selections.count(plan_id=plan.plan_id):
        # observed: terraform-provider-aws 10414
        raise InvalidRequest(
            "Related backup plan selections must be deleted prior to backup plan deletion"
        )
    return [PlanDeleted(plan.plan_id), *dropped_tags(world, world.plan_arn(plan.plan_id))]


def run_plan_rule(command: RunPlanRule, world: World, context: Context) -> Sequence[Any]:
    """Back up what a plan selects now, unless another of its rules takes this one's place.

    It may do so for a part of the resource types only. The jobs are created at the very instant
    of the rule (chosen: AWS takes minutes to dispatch them); a run that selects nothing is a run.
    """
    plan = world.plans[command.plan_id]
    rule = rule_of(plan.current, command.rule_id)
    next_fire_at = schedule_of(rule).next_after(context.now)
    now_too = {id_: fire for id_, fire in plan.next_fires.items() if fire <= context.now}
    rules, fired = plan.current.document.rules, {**plan.last_fires, **now_too}
    places = places_taken(rule, context.now, rules, fired)
    if places.by is not None:
        return [PlanRuleSilenced(plan.plan_id, rule.rule_id, places.by.rule_id, next_fire_at)]
    found = selected(world, plan.plan_id)
    if places.by_for_others is not None:
        found = [each for each in found if TYPE_OF_NAME[each[0].resource_type].continuous]
    terms = _terms(plan, rule, world, context.now)
    settings = plan.current.document.advanced_settings or ()
    options = {setting.resource_type: setting.options for setting in settings}
    facts: list[Any] = [PlanRuleRan(plan.plan_id, rule.rule_id, next_fire_at)]
    for place, (resource, selection) in enumerate(found):
        facts.append(
            new_backup_job(
                resource,
                terms,
                world,
                context,
                iam_role_arn=selection.iam_role_arn,
                backup_options=options.get(resource.resource_type, {}),
                place=place,
            )
        )
    return facts


def _terms(plan: Plan, rule: Rule, world: World, now: Instant) -> Terms:
    waits, takes = rule.start_window_minutes * MINUTE, rule.completion_window_minutes * MINUTE
    return Terms(
        vault_name=rule.target_vault_name,
        start_window_ms=waits,
        completion_deadline_at=now + waits + takes,
        completion_window_ms=takes,
        lifecycle=rule.lifecycle,
        recovery_point_tags=rule.recovery_point_tags or {},
        continuous=rule.continuous,
        air_gapped_vault_arn=rule.air_gapped_vault_arn,
        created_by=CreatedBy(
            plan_id=plan.plan_id,
            plan_arn=world.plan_arn(plan.plan_id),
            plan_name=plan.name,
            plan_version=plan.current.version_id,
            rule_id=rule.rule_id,
            rule_name=rule.name,
            rule_cron=rule.schedule_expression,
            rule_timezone=rule.schedule_timezone,
        ),
    )


DECIDE = deciders(create_plan, update_plan, delete_plan, run_plan_rule)
