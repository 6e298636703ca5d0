"""What a plan's document may say: checks it and fills in its defaults, and states no facts."""

import re

from vaultclock.domain.checks import (
    checked_backup_options,
    checked_completion_window,
    checked_lifecycle,
    checked_start_window,
    checked_tags,
    checked_vault_arn,
    is_role_arn,
)
from vaultclock.domain.kernel.engine import Context
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.refusals import InvalidParameterValue, LimitExceeded
from vaultclock.domain.kernel.schedules import BadExpression, BadTimezone, parse_schedule
from vaultclock.domain.plans.commands import PlanInput, RuleInput
from vaultclock.domain.plans.events import PlanDocument, Rule
from vaultclock.domain.values import (
    AdvancedBackupSetting,
    CopyAction,
    IndexAction,
    Lifecycle,
    ScanAction,
    ScanSetting,
    Tags,
)

# Backup Developer Guide, quotas
RULES_MAX = 10
COPY_ACTIONS_MAX = 5  # in a rule
RECOVERY_POINT_TAGS_MAX = 10  # in a rule
CONTINUOUS_DAYS_MAX = 35
SCHEDULE_DEFAULT = "cron(0 5 ? * * *)"
TIMEZONE_DEFAULT = "Etc/UTC"  # observed: Ansible's and Terraform's tests of real AWS
_PLAN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_RULE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,50}")
# The service's own vaults, such as aws/efs/automatic-backup-vault, have slashes.
_VAULT_NAME = re.compile(r"(aws/[a-z0-9-]+/)?[A-Za-z0-9_-]{2,50}")
_OPTION_TYPES = ("EC2", "S3")
INDEXED_TYPES = ("EBS", "S3")
_SCANNED_TYPES = ("EBS", "EC2", "S3", "ALL")
_SCANNER = "GUARDDUTY"
_SCAN_MODES = ("FULL_SCAN", "INCREMENTAL_SCAN")


def checked_document(
    document: PlanInput, previous: PlanDocument | None, context: Context
) -> PlanDocument:
    """Fill in defaults; a rule keeps its id while its name stays in the plan (inferred).

    What is in the ``previous`` version keeps its name, whatever that is: the service's own plan
    for EFS, which can be edited (documented), has slashes in its names.
    """
    if not _PLAN_NAME.fullmatch(document.name) and not (
        previous is not None and document.name == previous.name
    ):
        raise InvalidParameterValue(
            "Invalid value for BackupPlanName: 1 to 200 letters, digits, hyphens, underscores"
            " or dots"
        )
    _check_rule_count(document.rules)
    kept = {} if previous is None else {rule.name: rule.rule_id for rule in previous.rules}
    return PlanDocument(
        name=document.name,
        rules=tuple(
            _checked_rule(rule, kept.get(rule.name), context.fresh_id(2 + place), document, context)
            for place, rule in enumerate(document.rules)
        ),
        advanced_settings=_checked_advanced_settings(document.advanced_settings),
        scan_settings=_checked_scan_settings(document.scan_settings),
    )


def _check_rule_count(rules: tuple[RuleInput, ...]) -> None:
    if not rules:
        raise InvalidParameterValue(
            f"Invalid value for Rules: a backup plan has 1 to {RULES_MAX} rules"
        )
    if len(rules) > RULES_MAX:
        raise LimitExceeded(f"A backup plan may have at most {RULES_MAX} rules")


def _checked_rule(
    rule: RuleInput, kept_id: str | None, fresh_id: str, document: PlanInput, context: Context
) -> Rule:
    try:
        _check_rule_name(rule.name, document.rules, is_kept=kept_id is not None)
        return _filled_rule(rule, kept_id or fresh_id, document, context.scope)
    except InvalidParameterValue as refusal:
        # text observed: terraform-provider-aws 34994; code and context: lgallard 40
        raise InvalidParameterValue(
            f"Error in some rules due to : {refusal.message}",
            code="ERROR_3015",
            context=(rule.name, refusal.message),
        ) from None


def _filled_rule(rule: RuleInput, rule_id: str, document: PlanInput, scope: Scope) -> Rule:
    _check_vaults(rule, scope)
    expression = SCHEDULE_DEFAULT if rule.schedule_expression is None else rule.schedule_expression
    timezone = TIMEZONE_DEFAULT if rule.schedule_timezone is None else rule.schedule_timezone
    _check_schedule(expression, timezone)
    start_window = checked_start_window(rule.start_window_minutes)
    return Rule(
        rule_id=rule_id,
        name=rule.name,
        target_vault_name=rule.target_vault_name,
        schedule_expression=expression,
        schedule_timezone=timezone,
        start_window_minutes=start_window,
        completion_window_minutes=checked_completion_window(
            rule.completion_window_minutes, start_window, "CompletionWindowMinutes"
        ),
        continuous=bool(rule.continuous),
        lifecycle=_checked_rule_lifecycle(rule.lifecycle, continuous=bool(rule.continuous)),
        recovery_point_tags=_checked_point_tags(rule.recovery_point_tags),
        air_gapped_vault_arn=rule.air_gapped_vault_arn,
        copy_actions=_checked_copy_actions(rule.copy_actions),
        index_actions=_checked_index_actions(rule.index_actions),
        scan_actions=_checked_scan_actions(rule.scan_actions, document.scan_settings),
    )


def _check_rule_name(name: str, rules: tuple[RuleInput, ...], *, is_kept: bool) -> None:
    if not (is_kept or _RULE_NAME.fullmatch(name)):
        raise InvalidParameterValue(
            f"Invalid value for RuleName: {name!r} is not 1 to 50 letters, digits, hyphens,"
            " underscores or dots"
        )
    if sum(rule.name == name for rule in rules) > 1:
        raise InvalidParameterValue(f"Invalid value for RuleName: {name} stands for two rules")


def _check_vaults(rule: RuleInput, scope: Scope) -> None:
    """Check the form of the names. Whether there are such vaults is seen when a job runs."""
    if not _VAULT_NAME.fullmatch(rule.target_vault_name):
        # observed: aws-cdk 8685
        raise InvalidParameterValue(f"Backup vault name {rule.target_vault_name} is not valid")
    arn = rule.air_gapped_vault_arn
    if arn is None:
        return
    parsed = checked_vault_arn(arn, "TargetLogicallyAirGappedBackupVaultArn")
    if (parsed.partition, parsed.account, parsed.region) != ("aws", *scope):
        # documented: it must be in the same account and Region
        raise InvalidParameterValue(
            f"Invalid value for TargetLogicallyAirGappedBackupVaultArn: {arn} is not in account"
            f" {scope.account} and Region {scope.region}"
        )
    if parsed.resource.partition(":")[2] == rule.target_vault_name:
        raise InvalidParameterValue(
            "Invalid value for TargetLogicallyAirGappedBackupVaultArn: the vault beside it has to"
            " be another, standard one"
        )


def _check_schedule(expression: str, timezone: str) -> None:
    try:
        schedule = parse_schedule(expression, timezone)
    except (BadExpression, BadTimezone) as error:
        raise InvalidParameterValue(str(error)) from None
    if schedule.sub_hourly:
        raise InvalidParameterValue(
            f"Invalid schedule expression {expression!r}: it runs more often than once an hour"
        )


def _checked_rule_lifecycle(lifecycle: Lifecycle | None, *, continuous: bool) -> Lifecycle | None:
    if not continuous:
        return checked_lifecycle(lifecycle)
    if lifecycle is not None and lifecycle.move_to_cold_after_days is not None:
        # observed: lgallard 40
        raise InvalidParameterValue("Invalid lifecycle. MoveToColdStorageAfterDays is unavailable")
    if lifecycle is None or lifecycle.delete_after_days is None:
        # observed: aws-cdk 17602
        raise InvalidParameterValue(
            "Lifecycle must be specified for backup rule enabled continuous backup"
        )
    if not 1 <= lifecycle.delete_after_days <= CONTINUOUS_DAYS_MAX:
        # The text names 36500 although the limit is 35 (observed: lgallard 61)
        raise InvalidParameterValue(
            "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 36500 days"
        )
    return checked_lifecycle(lifecycle)


def _checked_point_tags(tags: Tags | None) -> Tags | None:
    if tags is None:
        return None
    if len(tags) > RECOVERY_POINT_TAGS_MAX:
        raise LimitExceeded(f"A rule may have at most {RECOVERY_POINT_TAGS_MAX} RecoveryPointTags")
    return checked_tags(tags)


def _checked_copy_actions(
    actions: tuple[CopyAction, ...] | None,
) -> tuple[CopyAction, ...] | None:
    """Accept copies to any vault, of this account and Region too (observed: Ansible)."""
    if actions is None:
        return None
    if len(actions) > COPY_ACTIONS_MAX:
        raise LimitExceeded(f"A rule may have at most {COPY_ACTIONS_MAX} CopyActions")
    for action in actions:
        checked_vault_arn(action.destination_vault_arn, "DestinationBackupVaultArn")
        checked_lifecycle(action.lifecycle)
    return actions


def _checked_index_actions(
    actions: tuple[IndexAction, ...] | None,
) -> tuple[IndexAction, ...] | None:
    """Accept at most one action, of exactly one type (documented)."""
    if not actions:
        return actions
    types = actions[0].resource_types
    if len(actions) == 1 and len(types) == 1 and types[0] in INDEXED_TYPES:
        return actions
    raise InvalidParameterValue(
        "Invalid value for IndexActions: one action with one resource type, EBS or S3"
    )


def _checked_scan_actions(
    actions: tuple[ScanAction, ...] | None, settings: tuple[ScanSetting, ...] | None
) -> tuple[ScanAction, ...] | None:
    """Accept scan actions where the plan has scan settings (documented)."""
    for action in actions or ():
        if action.malware_scanner != _SCANNER or action.scan_mode not in _SCAN_MODES:
            raise InvalidParameterValue(
                f"Invalid value for ScanActions: MalwareScanner {_SCANNER} with a ScanMode of"
                f" {' or '.join(_SCAN_MODES)}"
            )
    if actions and not settings:
        raise InvalidParameterValue("Invalid value for ScanActions: the plan has no ScanSettings")
    return actions


def _checked_scan_settings(
    settings: tuple[ScanSetting, ...] | None,
) -> tuple[ScanSetting, ...] | None:
    for setting in settings or ():
        if setting.malware_scanner != _SCANNER:
            raise InvalidParameterValue(
                f"Invalid value for ScanSettings: the only MalwareScanner is {_SCANNER}"
            )
        if not setting.resource_types or set(setting.resource_types) - {*_SCANNED_TYPES}:
            raise InvalidParameterValue(
                f"Invalid value for ScanSettings: ResourceTypes are {', '.join(_SCANNED_TYPES)}"
            )
        if not is_role_arn(setting.scanner_role_arn):
            raise InvalidParameterValue(
                "Invalid value for ScanSettings: ScannerRoleArn is the ARN of an IAM role"
            )
    return settings


def _checked_advanced_settings(
    settings: tuple[AdvancedBackupSetting, ...] | None,
) -> tuple[AdvancedBackupSetting, ...] | None:
    """Accept options that their type takes; for the others AWS blames the type."""
    for setting in settings or ():
        # observed: aws-tools-for-powershell 236, for EC2 with WindowsVSS "Enabled"
        refusal = InvalidParameterValue(f"Invalid Resource Type : {setting.resource_type}")
        if setting.resource_type not in _OPTION_TYPES:
            raise refusal
        try:
            checked_backup_options(setting.resource_type, setting.options)
        except InvalidParameterValue:
            raise refusal from None
    return settings
