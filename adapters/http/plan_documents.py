"""Plan documents on the wire: read, written, and signed for export. Operations are in ``plans``."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from vaultclock.adapters.http.operation import Wire
from vaultclock.adapters.http.shapes import lifecycle_members, read_lifecycle
from vaultclock.domain.kernel.refusals import InvalidParameterValue
from vaultclock.domain.plans.commands import PlanInput, RuleInput
from vaultclock.domain.plans.events import PlanDocument, Rule
from vaultclock.domain.plans.queries import Template
from vaultclock.domain.values import (
    AdvancedBackupSetting,
    CopyAction,
    IndexAction,
    ScanAction,
    ScanSetting,
)

Members = dict[str, Any]
Part = TypeVar("Part")
_SIGNATURE = "Signature"
# It tells a template that was edited by hand, as AWS does; it keeps no secret and needs none.
_SIGNING_KEY = b"vaultclock: plan templates of account "


def read_plan(wire: Wire) -> PlanInput:
    """Read a BackupPlanInput structure."""
    return PlanInput(
        name=wire["BackupPlanName"],
        rules=tuple(_read_rule(rule) for rule in wire["Rules"]),
        advanced_settings=_each(_read_advanced, wire.get("AdvancedBackupSettings")),
        scan_settings=_each(_read_scan_setting, wire.get("ScanSettings")),
    )


def _each(read: Callable[[Wire], Part], elements: Sequence[Wire] | None) -> tuple[Part, ...] | None:
    """Read a list; what was absent stays so, for a reply echoes what was sent."""
    return None if elements is None else tuple(read(element) for element in elements)


def _read_rule(wire: Wire) -> RuleInput:
    return RuleInput(
        name=wire["RuleName"],
        target_vault_name=wire["TargetBackupVaultName"],
        schedule_expression=wire.get("ScheduleExpression"),
        schedule_timezone=wire.get("ScheduleExpressionTimezone"),
        start_window_minutes=wire.get("StartWindowMinutes"),
        completion_window_minutes=wire.get("CompletionWindowMinutes"),
        continuous=wire.get("EnableContinuousBackup"),
        lifecycle=read_lifecycle(wire.get("Lifecycle")),
        recovery_point_tags=wire.get("RecoveryPointTags"),
        air_gapped_vault_arn=wire.get("TargetLogicallyAirGappedBackupVaultArn"),
        copy_actions=_each(_read_copy_action, wire.get("CopyActions")),
        index_actions=_each(_read_index_action, wire.get("IndexActions")),
        scan_actions=_each(_read_scan_action, wire.get("ScanActions")),
    )


def _read_copy_action(wire: Wire) -> CopyAction:
    return CopyAction(wire["DestinationBackupVaultArn"], read_lifecycle(wire.get("Lifecycle")))


def _read_index_action(wire: Wire) -> IndexAction:
    return IndexAction(tuple(wire.get("ResourceTypes", ())))


def _read_scan_action(wire: Wire) -> ScanAction:
    return ScanAction(wire.get("MalwareScanner", ""), wire.get("ScanMode", ""))


def _read_scan_setting(wire: Wire) -> ScanSetting:
    return ScanSetting(
        malware_scanner=wire.get("MalwareScanner", ""),
        resource_types=tuple(wire.get("ResourceTypes", ())),
        scanner_role_arn=wire.get("ScannerRoleArn", ""),
    )


def _read_advanced(wire: Wire) -> AdvancedBackupSetting:
    return AdvancedBackupSetting(wire.get("ResourceType", ""), wire.get("BackupOptions", {}))


def plan_members(document: PlanDocument) -> Members:
    """Write a BackupPlan structure without AdvancedBackupSettings, as GetBackupPlan answers it.

    They stand at the top level of the reply instead (observed: Terraform, plan.go).
    """
    return {
        "BackupPlanName": document.name,
        "Rules": [rule_members(rule) for rule in document.rules],
        "ScanSettings": scan_settings_members(document),
    }


def advanced_settings_members(document: PlanDocument) -> list[Members] | None:
    """Write a document's AdvancedBackupSettings; None when it has none."""
    if document.advanced_settings is None:
        return None
    return [
        {"ResourceType": setting.resource_type, "BackupOptions": setting.options}
        for setting in document.advanced_settings
    ]


def scan_settings_members(document: PlanDocument) -> list[Members] | None:
    """Write a document's ScanSettings; None when it has none."""
    if document.scan_settings is None:
        return None
    return [
        {
            "MalwareScanner": setting.malware_scanner,
            "ResourceTypes": list(setting.resource_types),
            "ScannerRoleArn": setting.scanner_role_arn,
        }
        for setting in document.scan_settings
    ]


def rule_members(rule: Rule) -> Members:
    """Write a BackupRule structure."""
    return {
        "RuleName": rule.name,
        "TargetBackupVaultName": rule.target_vault_name,
        "TargetLogicallyAirGappedBackupVaultArn": rule.air_gapped_vault_arn,
        "ScheduleExpression": rule.schedule_expression,
        "StartWindowMinutes": rule.start_window_minutes,
        "CompletionWindowMinutes": rule.completion_window_minutes,
        "Lifecycle": lifecycle_members(rule.lifecycle),
        "RecoveryPointTags": rule.recovery_point_tags,
        "RuleId": rule.rule_id,
        "CopyActions": _copy_actions_members(rule),
        "EnableContinuousBackup": rule.continuous,
        "ScheduleExpressionTimezone": rule.schedule_timezone,
        "IndexActions": _index_actions_members(rule),
        "ScanActions": _scan_actions_members(rule),
    }


def _copy_actions_members(rule: Rule) -> list[Members] | None:
    if rule.copy_actions is None:
        return None
    return [
        {
            "Lifecycle": lifecycle_members(action.lifecycle),
            "DestinationBackupVaultArn": action.destination_vault_arn,
        }
        for action in rule.copy_actions
    ]


def _index_actions_members(rule: Rule) -> list[Members] | None:
    if rule.index_actions is None:
        return None
    return [{"ResourceTypes": list(action.resource_types)} for action in rule.index_actions]


def _scan_actions_members(rule: Rule) -> list[Members] | None:
    if rule.scan_actions is None:
        return None
    return [
        {"MalwareScanner": action.malware_scanner, "ScanMode": action.scan_mode}
        for action in rule.scan_actions
    ]


def template_members(template: Template) -> Members:
    """Write a template as a BackupPlan structure: it names neither plan nor vaults (documented)."""
    return {
        "Rules": [
            {
                "RuleName": rule.name,
                "ScheduleExpression": rule.schedule_expression,
                "StartWindowMinutes": rule.start_window_minutes,
                "Lifecycle": lifecycle_members(rule.lifecycle),
            }
            for rule in template.rules
        ]
    }


def export_plan(document: PlanDocument, account: str) -> str:
    """Write a plan as the signed JSON of a template; rule ids belong to the plan and stay out."""
    members = _without_absent(
        {
            **plan_members(document),
            "AdvancedBackupSettings": advanced_settings_members(document),
        }
    )
    for rule in members["Rules"]:
        del rule["RuleId"]
    return json.dumps({**members, _SIGNATURE: _signature(members, account)})


def import_plan(text: str, account: str) -> Members:
    """Read a template that this account exported, as a BackupPlan structure.

    Raises InvalidParameterValue when the text was not exported by it, or changed since then.
    """
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        members = None
    if isinstance(members, dict):
        signature = members.pop(_SIGNATURE, None)
        if signature == _signature(members, account):
            return members
    raise InvalidParameterValue(
        "Invalid value for BackupPlanTemplateJson: it is not what ExportBackupPlanTemplate answered"
    )


def _signature(members: Mapping[str, Any], account: str) -> str:
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
    key = _SIGNING_KEY + account.encode()
    return hmac.new(key, canonical.encode(), hashlib.sha256).hexdigest()


def _without_absent(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_absent(member) for key, member in value.items() if member is not None}
    return [_without_absent(element) for element in value] if isinstance(value, list) else value
