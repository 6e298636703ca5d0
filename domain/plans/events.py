"""What has happened to plans. These names and fields are the storage format: see ADR 0006."""

import attrs

from vaultclock.domain.kernel.facts import fact
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
    """There is a new plan, at its first version."""

    plan_id: str
    version_id: str
    document: PlanDocument
    creator_request_id: str | None = None


@fact("plan-updated")
class PlanUpdated:
    """The plan has a new version; the older ones stay readable."""

    plan_id: str
    version_id: str
    document: PlanDocument


@fact("plan-deleted")
class PlanDeleted:
    """The plan will not run again; its versions stay readable by their ids."""

    plan_id: str


PlanFact = PlanCreated | PlanUpdated | PlanDeleted
