"""Plan documents: what a plan may say, what is filled in, and how a refusal reads."""

import attrs
import pytest

from tests.domain.plan_examples import (
    AIR_GAPPED,
    APART_TEXT,
    DAYS_TEXT,
    ROLE,
    SCAN_SETTINGS,
    SCANS,
    START,
    VAULT_ARN,
    asked,
    create,
    refuse_rule,
    stored,
)
from tests.spec import given
from vaultclock.domain.kernel.refusals import InvalidParameterValue, LimitExceeded
from vaultclock.domain.plans.commands import CreatePlan, PlanInput
from vaultclock.domain.plans.events import PlanCreated
from vaultclock.domain.values import (
    AdvancedBackupSetting,
    CopyAction,
    IndexAction,
    Lifecycle,
    ScanAction,
    ScanSetting,
)


def test_what_was_not_sent_stays_absent_and_what_was_sent_empty_stays_empty() -> None:
    sparse = stored(create()).rules[0]
    empty = stored(
        create(
            asked(
                lifecycle=Lifecycle(),
                recovery_point_tags={},
                copy_actions=(),
                index_actions=(),
                scan_actions=(),
            )
        )
    ).rules[0]

    optional = (
        "lifecycle",
        "recovery_point_tags",
        "copy_actions",
        "index_actions",
        "scan_actions",
        "air_gapped_vault_arn",
    )
    assert [getattr(sparse, field) for field in optional] == [None] * 6
    assert [getattr(empty, field) for field in optional] == [Lifecycle(), {}, (), (), (), None]


def test_everything_a_rule_may_say_is_kept_as_it_was_sent() -> None:
    rule = asked(
        schedule_expression="cron(30 1 ? * MON-FRI *)",
        schedule_timezone="America/New_York",
        start_window_minutes=60,
        completion_window_minutes=120,
        continuous=False,
        lifecycle=Lifecycle(move_to_cold_after_days=1, delete_after_days=91),
        recovery_point_tags={"kept": "yes"},
        air_gapped_vault_arn=AIR_GAPPED,
        copy_actions=(
            CopyAction(VAULT_ARN),
            CopyAction(VAULT_ARN, Lifecycle(move_to_cold_after_days=90)),
            CopyAction(VAULT_ARN, Lifecycle(90, 300)),
            CopyAction(VAULT_ARN, Lifecycle(delete_after_days=-1)),
        ),
        index_actions=(IndexAction(("EBS",)),),
        scan_actions=SCANS,
    )
    settings = (
        AdvancedBackupSetting("EC2", {"WindowsVSS": "enabled"}),
        AdvancedBackupSetting("S3", {"BackupACLs": "disabled", "BackupObjectTags": "enabled"}),
    )

    kept_document = stored(create(rule, advanced_settings=settings, scan_settings=SCAN_SETTINGS))

    (kept_rule,) = kept_document.rules
    sent = attrs.asdict(rule, recurse=False)
    assert {field: getattr(kept_rule, field) for field in sent} == sent
    assert kept_document.advanced_settings == settings
    assert kept_document.scan_settings == SCAN_SETTINGS


def test_a_plan_has_one_to_ten_rules() -> None:
    given(at=START).when(CreatePlan(PlanInput("plan", ()))).then_rejected(InvalidParameterValue)
    create(*(asked(f"rule-{n}") for n in range(10))).then_kinds(PlanCreated)
    create(*(asked(f"rule-{n}") for n in range(11))).then_rejected(LimitExceeded)


@pytest.mark.parametrize("name", ["", "two words", "x" * 51])
def test_a_rule_name_has_1_to_50_plain_characters(name: str) -> None:
    refuse_rule(create(asked(name)), rule=name)


def test_two_rules_of_a_plan_have_two_names() -> None:
    refuse_rule(create(asked(), asked()))
    create(asked("Daily"), asked("daily")).then_kinds(PlanCreated)


@pytest.mark.parametrize("name", ["Random Backups", "x", "x" * 51, "", "a/b"])
def test_a_rule_with_a_bad_vault_name_is_refused_in_the_words_of_aws(name: str) -> None:
    refuse_rule(create(asked(vault=name)), f"Backup vault name {name} is not valid")


def test_a_rule_may_name_a_vault_of_the_service_or_one_that_does_not_exist() -> None:
    create(asked(vault="aws/efs/automatic-backup-vault")).then_kinds(PlanCreated)
    create(asked(vault="not-there-yet")).then_kinds(PlanCreated)


@pytest.mark.parametrize(
    "arn",
    [
        "gapped",
        "arn:aws:s3:::gapped",
        AIR_GAPPED.replace("us-east-1", "us-east-2"),
        AIR_GAPPED.replace("123456789012", "210987654321"),
        AIR_GAPPED.replace("aws", "aws-cn", 1),
    ],
)
def test_an_air_gapped_target_is_a_vault_of_the_same_account_and_region(arn: str) -> None:
    refuse_rule(create(asked(air_gapped_vault_arn=arn)))


@pytest.mark.parametrize(
    ("expression", "timezone"),
    [
        ("rate(1 day)", None),
        ("cron(0 5 * * * *)", None),
        ("cron(0,30 5 ? * * *)", None),
        (None, "Mars/Olympus"),
        ("", None),
        (None, ""),
    ],
)
def test_a_schedule_is_a_cron_of_at_most_hourly_runs_in_a_zone_that_exists(
    expression: str | None, timezone: str | None
) -> None:
    refuse_rule(create(asked(schedule_expression=expression, schedule_timezone=timezone)))


@pytest.mark.parametrize("minutes", [0, 30, 59, 52_560_001])
def test_a_start_window_has_at_least_an_hour_and_at_most_a_hundred_years(minutes: int) -> None:
    refuse_rule(create(asked(start_window_minutes=minutes)))


def test_a_completion_window_is_no_shorter_than_the_start_window() -> None:
    refuse_rule(create(asked(start_window_minutes=61, completion_window_minutes=60)))
    for start, completion in ((60, 60), (60, 120), (120, 6_000)):
        windows = asked(start_window_minutes=start, completion_window_minutes=completion)
        create(windows).then_kinds(PlanCreated)


@pytest.mark.parametrize(
    ("lifecycle", "reason"),
    [
        (Lifecycle(30, 119), APART_TEXT),
        (Lifecycle(0, 7), APART_TEXT),
        (Lifecycle(delete_after_days=0), DAYS_TEXT),
        (Lifecycle(delete_after_days=36_501), DAYS_TEXT),
        (Lifecycle(delete_after_event="DELETE_AFTER_COPY"), None),
    ],
)
def test_a_bad_lifecycle_is_refused_in_the_words_of_aws(
    lifecycle: Lifecycle, reason: str | None
) -> None:
    refuse_rule(create(asked("Yearly", lifecycle=lifecycle)), reason, "Yearly")
    copy = CopyAction(VAULT_ARN, lifecycle)
    refuse_rule(create(asked("Yearly", copy_actions=(copy,))), reason, "Yearly")


@pytest.mark.parametrize(
    "lifecycle",
    [
        Lifecycle(1, 91),
        Lifecycle(move_to_cold_after_days=1),
        Lifecycle(delete_after_days=36_500),
        Lifecycle(-1, -1),
        Lifecycle(opt_in_to_archive=True),
    ],
)
def test_a_good_lifecycle_is_kept(lifecycle: Lifecycle) -> None:
    assert stored(create(asked(lifecycle=lifecycle))).rules[0].lifecycle == lifecycle


@pytest.mark.parametrize(
    ("lifecycle", "reason"),
    [
        (None, "Lifecycle must be specified for backup rule enabled continuous backup"),
        (Lifecycle(), "Lifecycle must be specified for backup rule enabled continuous backup"),
        (Lifecycle(30, 400), "Invalid lifecycle. MoveToColdStorageAfterDays is unavailable"),
        (Lifecycle(delete_after_days=84), DAYS_TEXT),
        (Lifecycle(delete_after_days=0), DAYS_TEXT),
        (Lifecycle(delete_after_days=-1), DAYS_TEXT),
        (Lifecycle(delete_after_days=7, delete_after_event="DELETE_AFTER_COPY"), None),
    ],
)
def test_continuous_backups_are_kept_1_to_35_days_and_never_go_cold(
    lifecycle: Lifecycle | None, reason: str | None
) -> None:
    refuse_rule(create(asked(continuous=True, lifecycle=lifecycle)), reason)


@pytest.mark.parametrize("days", [1, 35])
def test_a_continuous_rule_is_kept(days: int) -> None:
    rule = asked(continuous=True, lifecycle=Lifecycle(delete_after_days=days))
    assert stored(create(rule)).rules[0].continuous


def test_a_rule_sets_at_most_ten_tags_on_its_recovery_points() -> None:
    create(asked(recovery_point_tags={f"k{n}": "v" for n in range(10)})).then_kinds(PlanCreated)
    create(asked(recovery_point_tags={f"k{n}": "v" for n in range(11)})).then_rejected(
        LimitExceeded
    )
    refuse_rule(create(asked(recovery_point_tags={"aws:x": "v"})))


def test_a_rule_has_at_most_five_copy_actions_to_vaults() -> None:
    create(asked(copy_actions=(CopyAction(VAULT_ARN),) * 5)).then_kinds(PlanCreated)
    create(asked(copy_actions=(CopyAction(VAULT_ARN),) * 6)).then_rejected(LimitExceeded)
    refuse_rule(create(asked(copy_actions=(CopyAction("copies"),))))
    refuse_rule(create(asked(copy_actions=(CopyAction(VAULT_ARN.replace("-vault", "")),))))


@pytest.mark.parametrize(
    "actions",
    [
        (IndexAction(("EFS",)),),
        (IndexAction(()),),
        (IndexAction(("EBS", "S3")),),
        (IndexAction(("EBS",)), IndexAction(("S3",))),
    ],
)
def test_a_rule_indexes_one_type_ebs_or_s3(actions: tuple[IndexAction, ...]) -> None:
    refuse_rule(create(asked(index_actions=actions)))


def test_scan_actions_need_scan_settings_and_a_known_scanner_and_mode() -> None:
    refuse_rule(create(asked(scan_actions=SCANS)))
    refuse_rule(create(asked(scan_actions=SCANS), scan_settings=()))
    for action in (ScanAction("CLAMAV", "FULL_SCAN"), ScanAction("GUARDDUTY", "HALF_SCAN")):
        refuse_rule(create(asked(scan_actions=(action,)), scan_settings=SCAN_SETTINGS))


@pytest.mark.parametrize(
    "setting",
    [
        ScanSetting("CLAMAV", ("EBS",), ROLE),
        ScanSetting("GUARDDUTY", (), ROLE),
        ScanSetting("GUARDDUTY", ("RDS",), ROLE),
        ScanSetting("GUARDDUTY", ("EBS",), "scanner"),
    ],
)
def test_a_bad_scan_setting_is_refused(setting: ScanSetting) -> None:
    create(scan_settings=(setting,)).then_rejected(InvalidParameterValue)


@pytest.mark.parametrize(
    ("resource_type", "options"),
    [
        ("EC2", {"WindowsVSS": "Enabled"}),
        ("EC2", {"BackupACLs": "disabled"}),
        ("S3", {"WindowsVSS": "enabled"}),
        ("RDS", {}),
    ],
)
def test_a_bad_backup_option_is_laid_to_its_type_as_on_aws(
    resource_type: str, options: dict[str, str]
) -> None:
    setting = AdvancedBackupSetting(resource_type, options)
    create(advanced_settings=(setting,)).then_rejected(
        InvalidParameterValue, f"Invalid Resource Type : {resource_type}"
    )
