"""What may be asked about plans without changing them, and the templates that AWS supplies."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import groupby, islice
from math import inf
from typing import NamedTuple, TypeVar

import attrs

from vaultclock.domain.kernel.instants import MINUTE, Instant
from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.refusals import ResourceNotFound
from vaultclock.domain.kernel.schedules import BadExpression, BadTimezone, Schedule, parse_schedule
from vaultclock.domain.kernel.tables import OrderKey, Page, Window
from vaultclock.domain.plans.events import PlanDocument, Rule
from vaultclock.domain.plans.state import Plan, PlanVersion
from vaultclock.domain.values import CreatedBy, Lifecycle
from vaultclock.domain.world import NO_SUCH_PLAN, World

LISTING = "plans"
TEMPLATES_LISTING = "plan-templates"
FIRES_LOOKED_AT_MAX = 10_000  # by a preview: what an hourly rule fires in 14 months
Row = TypeVar("Row")


def versions_listing(plan_id: str) -> str:
    """Name the listing of a plan's versions, so that its tokens serve no other plan."""
    return f"plan-versions {plan_id}"


def find_version(world: World, plan_id: str, version_id: str | None) -> tuple[Plan, PlanVersion]:
    """Find a plan's version; None is the current one, which a deleted plan no longer has.

    The versions of a deleted plan are still found by their ids (documented: "previous versions
    still exist"). Raises ResourceNotFound.
    """
    if version_id is None:
        plan = world.plan(plan_id)
        return plan, plan.current
    plan = world.plan_even_deleted(plan_id)
    for version in plan.versions:
        if version.version_id == version_id:
            return plan, version
    raise ResourceNotFound(NO_SUCH_PLAN)


def plan_of_request(world: World, creator_request_id: str) -> Plan | None:
    """Find the live plan that a token created."""
    found = world.plans.matching(creator_request_id=creator_request_id, is_deleted=False)
    return found[0] if found else None


def plan_with_document(world: World, document: PlanDocument) -> Plan | None:
    """Find a live plan that says the same now, whatever the ids of its rules.

    Name, rules in their order with defaults filled in, and settings count; tags and earlier
    versions do not (inferred).
    """
    nameless = _without_rule_ids(document)
    for plan in world.plans.matching(is_deleted=False, name=document.name):
        if _without_rule_ids(plan.current.document) == nameless:
            return plan
    return None


def _without_rule_ids(document: PlanDocument) -> PlanDocument:
    rules = tuple(attrs.evolve(rule, rule_id="") for rule in document.rules)
    return attrs.evolve(document, rules=rules)


def list_plans(world: World, *, limit: int, token: str | None, include_deleted: bool) -> Page[Plan]:
    """List plans, oldest first; deleted ones only when asked for."""
    after = read_token(LISTING, token, (int, str))
    deleted = None if include_deleted else False
    return world.plans.page({"is_deleted": deleted}, Window(limit, after))


def list_versions(
    world: World, plan_id: str, *, limit: int, token: str | None
) -> Page[PlanVersion]:
    """List the versions of a plan, of a deleted one too, oldest first (chosen: AWS says neither).

    Raises ResourceNotFound when there never was such a plan.
    """
    plan = world.plan_even_deleted(plan_id)
    return _page(plan.versions, limit, read_token(versions_listing(plan_id), token, (int,)))


def _page(rows: Sequence[Row], limit: int, after: OrderKey | None) -> Page[Row]:
    """Page over rows that are only ever added to, so that a row's place is its key."""
    start = 0 if after is None else max(0, after[0] + 1)
    end = start + limit
    return Page(list(rows[start:end]), (end - 1,) if end < len(rows) else None)


class ScheduledRun(NamedTuple):
    """One run of a rule that is still to come.

    With ``continuous_types_only`` another rule takes its place for all other resource types.
    """

    at: Instant
    rule: Rule
    continuous_types_only: bool = False


def schedule_of(rule: Rule) -> Schedule:
    """Answer when a rule fires."""
    return parse_schedule(rule.schedule_expression, rule.schedule_timezone)


def unknown_schedules(world: World) -> Iterator[str]:
    """Say which rules of live plans can't go on here: a log may know zones that a machine does not.

    Replaying asks no schedule, so such a log is read; but its rules would not fire.
    """
    for plan in world.plans.matching(is_deleted=False):
        for rule in plan.current.document.rules:
            try:
                schedule_of(rule)
            except (BadExpression, BadTimezone) as error:
                yield f"rule {rule.name} of backup plan {plan.plan_id}: {error}"


def retention_days(rule: Rule) -> float:
    """Answer for how many days a rule keeps what it makes; infinite without DeleteAfterDays."""
    days = None if rule.lifecycle is None else rule.lifecycle.delete_after_days
    return inf if days is None or days < 0 else days


def next_runs(plan: Plan, version: PlanVersion, after: Instant, count: int) -> list[ScheduledRun]:
    """Preview up to ``count`` runs after an instant, in time order, without silenced ones.

    A deleted plan has none. Looks at no more than FIRES_LOOKED_AT_MAX fires, so that a rule that
    is always silenced comes to an end too.
    """
    if plan.is_deleted:
        return []
    fires = merge(*(_fires(rule, after) for rule in version.document.rules), key=_instant)
    runs = _runs(islice(fires, FIRES_LOOKED_AT_MAX), version.document, plan.last_fires)
    return list(islice(runs, count))


def _fires(rule: Rule, after: Instant) -> Iterator[ScheduledRun]:
    return (ScheduledRun(at, rule) for at in schedule_of(rule).after(after))


def _instant(run: ScheduledRun) -> Instant:
    return run.at


def _runs(
    fires: Iterable[ScheduledRun], document: PlanDocument, before: Mapping[str, Instant]
) -> Iterator[ScheduledRun]:
    fired = dict(before)
    for at, together in groupby(fires, key=_instant):
        runs = list(together)
        fired.update({run.rule.rule_id: at for run in runs})
        for run in runs:
            places = places_taken(run.rule, at, document.rules, fired)
            if places.by is None:
                yield run._replace(continuous_types_only=places.by_for_others is not None)


class PlacesTaken(NamedTuple):
    """Which rules take the place of one that fires: None where it runs.

    ``by`` is for types that can have continuous backups, ``by_for_others`` for all others.
    """

    by: Rule | None = None
    by_for_others: Rule | None = None


_NOWHERE = PlacesTaken()


def places_taken(
    rule: Rule, at: Instant, rules: Iterable[Rule], fired: Mapping[str, Instant]
) -> PlacesTaken:
    """Answer which rules take the place of one that fires at an instant.

    A continuous backup and a snapshot of one resource are no substitute for each other, so there
    continuous rules meet only their like, and so do the others (Backup Developer Guide, plan
    summary: PITR is for the resources that support it, snapshots are for all). What takes no
    continuous backup gets a snapshot from either kind of rule, of which one is enough.
    """
    for_others = silencer(rule, at, rules, fired)
    if for_others is None:
        return _NOWHERE
    alike = (other for other in rules if other.continuous is rule.continuous)
    return PlacesTaken(silencer(rule, at, alike, fired), for_others)


def silencer(
    rule: Rule, at: Instant, rules: Iterable[Rule], fired: Mapping[str, Instant]
) -> Rule | None:
    """Answer the rule that takes the place of one that fires at an instant, or None.

    A rule that keeps longer silences the others through its start window, [fire, fire +
    StartWindowMinutes) (documented: "Backup plan options"; an hourly rule is silent all through
    the 8 hours of a 12-hourly one that keeps longer). The window counts even where its own fire
    was silenced (inferred). Of rules that keep equally long and fire together the first in the
    plan runs (AWS picks one, it does not say which). ``fired`` is when each rule last fired, this
    instant included.
    """
    retention, comes_first = retention_days(rule), True
    for other in rules:
        if other is rule:
            comes_first = False
            continue
        opened_at, others = fired.get(other.rule_id), retention_days(other)
        if opened_at is None or others < retention:
            continue
        if others > retention and at < opened_at + other.start_window_minutes * MINUTE:
            return other
        if others == retention and comes_first and at == opened_at:
            return other
    return None


def rule_of(version: PlanVersion, rule_id: str) -> Rule:
    """Answer a rule of a plan's version; there must be one with this id."""
    return version.rules[rule_id]


def rule_behind(world: World, created_by: CreatedBy) -> Rule:
    """Find the rule, as it was then, that asked for a job or recovery point.

    So what comes after a job (its copies, its index, its scan) is read from the version of the
    plan that the job ran under, also when the plan has changed or gone since.
    """
    plan = world.plans[created_by.plan_id]
    version = plan.current
    if version.version_id != created_by.plan_version:
        version = next(v for v in plan.versions if v.version_id == created_by.plan_version)
    return rule_of(version, created_by.rule_id)


@attrs.frozen
class TemplateRule:
    """One rule of a template; its vault is for the user to choose."""

    name: str
    schedule_expression: str
    lifecycle: Lifecycle
    start_window_minutes: int = 480


@attrs.frozen
class Template:
    """A plan that AWS supplies to begin with; it has no name of its own."""

    template_id: str
    name: str
    rules: tuple[TemplateRule, ...]


def _kept(delete_after_days: int, cold_after_days: int | None = None) -> Lifecycle:
    return Lifecycle(cold_after_days, delete_after_days)


_DAILY = TemplateRule("DailyBackups", "cron(0 5 ? * * *)", _kept(35))
_WEEKLY = TemplateRule("WeeklyBackups", "cron(0 5 ? * 7 *)", _kept(90))


def _monthly(delete_after_days: int, cold_after_days: int) -> TemplateRule:
    lifecycle = _kept(delete_after_days, cold_after_days)
    return TemplateRule("MonthlyBackups", "cron(0 5 1 * ? *)", lifecycle)


# The first is documented (aws-cli, get-backup-plan-from-template), the second's id and name are
# observed (community.aws, aws_backup_info); its rules, and all of the others, are from memory.
_TEMPLATE_ID = "87c0c1ef-254d-4180-8fef-2e76a2c38aa"
TEMPLATES = (
    Template(f"{_TEMPLATE_ID}a", "Daily-35day-Retention", (_DAILY,)),
    Template(f"{_TEMPLATE_ID}b", "Daily-Monthly-1yr-Retention", (_DAILY, _monthly(365, 30))),
    Template(
        f"{_TEMPLATE_ID}c",
        "Daily-Weekly-Monthly-5yr-Retention",
        (_DAILY, _WEEKLY, _monthly(1825, 90)),
    ),
    Template(
        f"{_TEMPLATE_ID}d",
        "Daily-Weekly-Monthly-7yr-Retention",
        (_DAILY, _WEEKLY, _monthly(2555, 90)),
    ),
)


def list_templates(*, limit: int, token: str | None) -> Page[Template]:
    """List the templates that AWS supplies; every account and Region has the same."""
    return _page(TEMPLATES, limit, read_token(TEMPLATES_LISTING, token, (int,)))


def find_template(template_id: str) -> Template:
    """Find a template. Raises ResourceNotFound."""
    for template in TEMPLATES:
        if template.template_id == template_id:
            return template
    raise ResourceNotFound(f"Backup plan template {template_id} does not exist")
