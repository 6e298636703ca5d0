"""Wire structures that more than one feature reads or writes."""

from collections.abc import Mapping
from typing import Any

from vaultclock.domain.values import CreatedBy, Lifecycle


def read_lifecycle(wire: Mapping[str, Any] | None) -> Lifecycle | None:
    """Read a Lifecycle structure; an absent one is None."""
    if wire is None:
        return None
    return Lifecycle(
        move_to_cold_after_days=wire.get("MoveToColdStorageAfterDays"),
        delete_after_days=wire.get("DeleteAfterDays"),
        opt_in_to_archive=wire.get("OptInToArchiveForSupportedResources"),
        delete_after_event=wire.get("DeleteAfterEvent"),
    )


def lifecycle_members(lifecycle: Lifecycle | None) -> dict[str, Any] | None:
    """Write a Lifecycle structure with the members that were set."""
    if lifecycle is None:
        return None
    return {
        "MoveToColdStorageAfterDays": lifecycle.move_to_cold_after_days,
        "DeleteAfterDays": lifecycle.delete_after_days,
        "OptInToArchiveForSupportedResources": lifecycle.opt_in_to_archive,
        "DeleteAfterEvent": lifecycle.delete_after_event,
    }


def written_by(created_by: CreatedBy | None) -> dict[str, Any] | None:
    """Write the plan and rule that asked for a job or point; None when nobody's plan did."""
    if created_by is None:
        return None
    return {
        "BackupPlanId": created_by.plan_id,
        "BackupPlanArn": created_by.plan_arn,
        "BackupPlanName": created_by.plan_name,
        "BackupPlanVersion": created_by.plan_version,
        "BackupRuleId": created_by.rule_id,
        "BackupRuleName": created_by.rule_name,
        "BackupRuleCron": created_by.rule_cron,
        "BackupRuleTimezone": created_by.rule_timezone,
    }
