"""What has happened to plans. These names and fields are the storage format: see ADR 0006."""

from collections.abc import Mapping

import attrs

from vaultclock.domain.kernel.facts import fact
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.values import (
    AdvancedBackupSetting,
    CopyAction,
    IndexAction,
    Lifecycle,
    ScanAction,
    ScanSetting,
    Tags,
)


@attrs.frozen
class Rule:
    """One rule of a plan, its defaults filled in; None is what the request left out."""

    rule_id: str
    name: str
    target_vault_name: str
    schedule_expression: str
    schedule_timezone: str
    start_window_minutes: int
    completion_window_minutes: int
    continuous: bool = False
    lifecycle: Lifecycle | None = None
    recovery_point_tags: Tags | None = None
    air_gapped_vault_arn: str | None = None
    copy_actions: tuple[CopyAction, ...] | None = None
    index_actions: tuple[IndexAction, ...] | None = None
    scan_actions: tuple[ScanAction, ...] | None = None


@attrs.frozen
class PlanDocument:
    """All that a plan says. None is what the request left out."""

    name: str
    rules: tuple[Rule, ...]
    advanced_settings: tuple[AdvancedBackupSetting, ...] | None = None
    scan_settings: tuple[ScanSetting, ...] | None = None


@fact("plan-created")
class PlanCreated:
    """There is a new plan, at its first version.

    ``first_fires`` is when each of its rules fires first, by the rule's id; a rule whose years
    are over is left out. Fires are stated so that folding a log asks no time zone anything.
    """

    plan_id: str
    version_id: str
    document: PlanDocument
    creator_request_id: str | None = None
    first_fires: Mapping[str, Instant] = {}


@fact("plan-updated")
class PlanUpdated:
    """The plan has a new version; the older ones stay readable, but none of their rules fires."""

    plan_id: str
    version_id: str
    document: PlanDocument
    first_fires: Mapping[str, Instant] = {}


@fact("plan-deleted")
class PlanDeleted:
    """The plan will not run again; its versions stay readable by their ids."""

    plan_id: str


@fact("plan-rule-ran")
class PlanRuleRan:
    """A rule fired and asked for a backup of all that its plan selects; None: it fires no more."""

    plan_id: str
    rule_id: str
    next_fire_at: Instant | None = None


@fact("plan-rule-silenced")
class PlanRuleSilenced:
    """A rule fired while another rule of the plan had taken its place; nothing was backed up."""

    plan_id: str
    rule_id: str
    by_rule_id: str
    next_fire_at: Instant | None = None


PlanFact = PlanCreated | PlanUpdated | PlanDeleted | PlanRuleRan | PlanRuleSilenced
