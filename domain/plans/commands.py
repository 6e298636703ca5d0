"""What may be asked of plans."""

import attrs

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
class RuleInput:
    """One rule as asked for. None leaves a member to its default, or out."""

    name: str
    target_vault_name: str
    schedule_expression: str | None = None
    schedule_timezone: str | None = None
    start_window_minutes: int | None = None
    completion_window_minutes: int | None = None
    continuous: bool | None = None
    lifecycle: Lifecycle | None = None
    recovery_point_tags: Tags | None = None
    air_gapped_vault_arn: str | None = None
    copy_actions: tuple[CopyAction, ...] | None = None
    index_actions: tuple[IndexAction, ...] | None = None
    scan_actions: tuple[ScanAction, ...] | None = None


@attrs.frozen
class PlanInput:
    """A plan's document as asked for."""

    name: str
    rules: tuple[RuleInput, ...]
    advanced_settings: tuple[AdvancedBackupSetting, ...] | None = None
    scan_settings: tuple[ScanSetting, ...] | None = None


@attrs.frozen
class CreatePlan:
    """Create a plan; a repeated token answers the plan that it created."""

    document: PlanInput
    tags: Tags = attrs.field(factory=dict)
    creator_request_id: str | None = None


@attrs.frozen
class UpdatePlan:
    """Replace the whole document of a plan by a new version."""

    plan_id: str
    document: PlanInput


@attrs.frozen
class DeletePlan:
    """Delete a plan that has no selections left."""

    plan_id: str


@attrs.frozen
class RunPlanRule:  # sent by the clock, never over the wire
    """Run a rule that fires, unless another rule of its plan takes its place."""

    plan_id: str
    rule_id: str
