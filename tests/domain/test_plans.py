"""Plans: documents, defaults, versions, identity, previews and templates."""

from typing import Any

import attrs
import pytest
from hypothesis import given as generated
from hypothesis import strategies as st
from vaultclock.domain.kernel.ids import version_id
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, from_iso
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.refusals import (
    AlreadyExists,
    InvalidParameterValue,
    InvalidRequest,
    LimitExceeded,
    ResourceNotFound,
)
from vaultclock.domain.plans import queries
from vaultclock.domain.plans.commands import (
    CreatePlan,
    DeletePlan,
    PlanInput,
    RuleInput,
    UpdatePlan,
)
from vaultclock.domain.plans.events import (
    PlanCreated,
    PlanDeleted,
    PlanDocument,
    PlanUpdated,
    Rule,
)
from vaultclock.domain.plans.state import Plan, PlanVersion
from vaultclock.domain.selections.events import SelectionCreated, SelectionDeleted
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.values import (
    AdvancedBackupSetting,
    CopyAction,
    IndexAction,
    Lifecycle,
    ScanAction,
    ScanSetting,
)

from tests.spec import Story, given

START = from_iso("2026-01-01T00:00:00Z")
ROLE = "arn:aws:iam::123456789012:role/scanner"
VAULT_ARN = "arn:aws:backup:eu-west-1:123456789012:backup-vault:copies"
AIR_GAPPED = "arn:aws:backup:us-east-1:123456789012:backup-vault:gapped"
NO_PLAN = "Failed reading Backup plan with provided version"
DAYS_TEXT = "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 36500 days"
SCANS = (ScanAction("GUARDDUTY", "FULL_SCAN"),)
SCAN_SETTINGS = (ScanSetting("GUARDDUTY", ("EBS", "ALL"), ROLE),)


def asked(name: str = "daily", vault: str = "Default", **fields: Any) -> RuleInput:
    return RuleInput(name, vault, **fields)


def document(*rules: RuleInput, name: str = "plan", **fields: Any) -> PlanInput:
    return PlanInput(name, rules or (asked(),), **fields)


def kept(rule_id: str = "r-1", name: str = "daily", **fields: Any) -> Rule:
    defaults: dict[str, Any] = {
        "target_vault_name": "Default",
        "schedule_expression": "cron(0 5 ? * * *)",
        "schedule_timezone": "Etc/UTC",
        "start_window_minutes": 480,
        "completion_window_minutes": 10_080,
    }
    return Rule(rule_id, name, **{**defaults, **fields})


def made(*rules: Rule, plan_id: str = "p-1", token: str | None = None) -> PlanCreated:
    return PlanCreated(plan_id, f"{plan_id}-v1", PlanDocument("plan", rules or (kept(),)), token)


def create(*rules: RuleInput, **fields: Any) -> Story:
    return given(at=START).when(CreatePlan(document(*rules, **fields)))


def stored(story: Story) -> PlanDocument:
    (fact,) = (fact for fact in story.news if isinstance(fact, PlanCreated))
    return fact.document


def refuse_rule(story: Story, reason: str | None = None, rule: str = "daily") -> None:
    """The reason, wrapped as AWS wraps it, with the code and context it was seen with."""
    story.then_rejected(InvalidParameterValue)
    assert story.rejection is not None
    assert story.rejection.code == "ERROR_3015"
    assert story.rejection.context is not None
    named, text = story.rejection.context
    assert named == rule
    assert story.rejection.message == f"Error in some rules due to : {text}"
    assert reason in (None, text)


def test_a_plan_is_created_with_the_defaults_of_aws_filled_in():
    rule = stored(create()).rules[0]

    assert rule == kept(rule.rule_id)
    assert rule.rule_id


def test_what_was_not_sent_stays_absent_and_what_was_sent_empty_stays_empty():
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


def test_everything_a_rule_may_say_is_kept_as_it_was_sent():
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


def test_a_version_id_is_the_base64_of_a_uuid_and_ids_differ():
    story = create(asked("one"), asked("two"))
    (fact,) = story.news

    ids = {fact.plan_id, fact.version_id, *(rule.rule_id for rule in fact.document.rules)}
    assert len(ids) == 4
    assert len(fact.version_id) == len(version_id(fact.plan_id)) == 48


def test_the_tags_of_a_plan_are_set_with_it_and_dropped_with_it():
    story = given(at=START).when(CreatePlan(document(), {"team": "blue"}))
    created, tags = story.news
    arn = f"arn:aws:backup:us-east-1:123456789012:backup-plan:{created.plan_id}"
    assert tags == TagsSet(arn, {"team": "blue"})

    story.when(DeletePlan(created.plan_id)).then(PlanDeleted(created.plan_id), TagsDropped(arn))


def test_a_plan_with_the_document_of_a_live_one_is_refused_whatever_its_tags():
    story = given(made(token="token-1"), at=START)
    story.when(CreatePlan(document(), {"team": "blue"}, "token-2"))
    story.then_rejected(AlreadyExists, "Backup plan with the same plan document already exists")

    assert isinstance(story.rejection, AlreadyExists)
    assert story.rejection.arn == "arn:aws:backup:us-east-1:123456789012:backup-plan:p-1"
    assert story.rejection.creator_request_id == "token-1"


@pytest.mark.parametrize(
    "other",
    [
        document(name="another"),
        document(asked("hourly")),
        document(asked(lifecycle=Lifecycle(delete_after_days=1))),
        document(asked(), asked("second")),
        document(advanced_settings=()),
        document(scan_settings=()),
    ],
)
def test_names_are_not_unique_and_any_other_document_makes_another_plan(other: PlanInput):
    given(made(), at=START).when(CreatePlan(other)).then_kinds(PlanCreated)


def test_a_document_that_a_plan_no_longer_has_may_be_used_again():
    replaced = PlanUpdated("p-1", "v2", PlanDocument("plan", (kept(name="other"),)))
    given(made(), replaced, at=START).when(CreatePlan(document())).then_kinds(PlanCreated)
    deleted = PlanDeleted("p-1")
    given(made(), deleted, at=START).when(CreatePlan(document())).then_kinds(PlanCreated)


def test_a_repeated_token_makes_no_second_plan_even_with_another_document():
    story = given(at=START).when(CreatePlan(document(), {}, "token")).then_kinds(PlanCreated)
    story.when(CreatePlan(document(), {}, "token")).then_nothing_happened()
    story.when(CreatePlan(document(name="another"), {}, "token")).then_nothing_happened()

    plan = queries.plan_of_request(story.world, "token")
    assert plan is not None
    assert plan.creator_request_id == "token"
    assert queries.plan_of_request(story.world, "other") is None


def test_the_token_of_a_deleted_plan_makes_a_new_one():
    past = (made(token="token"), PlanDeleted("p-1"))
    story = given(*past, at=START).when(CreatePlan(document(), {}, "token"))
    story.then_kinds(PlanCreated)


def test_a_token_of_another_form_is_refused():
    story = given(at=START).when(CreatePlan(document(), {}, "no spaces"))
    story.then_rejected(InvalidParameterValue)


def test_a_region_holds_300_live_plans_and_no_more():
    plans = [made(plan_id=f"p-{n}") for n in range(300)]
    story = given(*plans, at=START).when(CreatePlan(document(name="one-more")))
    story.then_rejected(LimitExceeded)

    given(*plans, PlanDeleted("p-0"), at=START).when(
        CreatePlan(document(name="one-more"))
    ).then_kinds(PlanCreated)


@pytest.mark.parametrize("name", ["", "two words", "a/b", "x" * 201])
def test_a_plan_name_has_1_to_200_plain_characters(name: str):
    create(name=name).then_rejected(InvalidParameterValue)


def test_a_plan_name_may_have_200_characters():
    create(name="x" * 200).then_kinds(PlanCreated)


def test_a_plan_has_one_to_ten_rules():
    given(at=START).when(CreatePlan(PlanInput("plan", ()))).then_rejected(InvalidParameterValue)
    create(*(asked(f"rule-{n}") for n in range(10))).then_kinds(PlanCreated)
    create(*(asked(f"rule-{n}") for n in range(11))).then_rejected(LimitExceeded)


@pytest.mark.parametrize("name", ["", "two words", "x" * 51])
def test_a_rule_name_has_1_to_50_plain_characters(name: str):
    refuse_rule(create(asked(name)), rule=name)


def test_two_rules_of_a_plan_have_two_names():
    refuse_rule(create(asked(), asked()))
    create(asked("Daily"), asked("daily")).then_kinds(PlanCreated)


@pytest.mark.parametrize("name", ["Random Backups", "x", "x" * 51, "", "a/b"])
def test_a_rule_with_a_bad_vault_name_is_refused_in_the_words_of_aws(name: str):
    refuse_rule(create(asked(vault=name)), f"Backup vault name {name} is not valid")


def test_a_rule_may_name_a_vault_of_the_service_or_one_that_does_not_exist():
    create(asked(vault="aws/efs/automatic-backup-vault")).then_kinds(PlanCreated)
    create(asked(vault="not-there-yet")).then_kinds(PlanCreated)


@pytest.mark.parametrize(
    "arn",
    [
        "gapped",
        "arn:aws:s3:::gapped",
        AIR_GAPPED.replace("us-east-1", "us-east-2"),
        AIR_GAPPED.replace("123456789012", "210987654321"),
    ],
)
def test_an_air_gapped_target_is_a_vault_of_the_same_account_and_region(arn: str):
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
):
    refuse_rule(create(asked(schedule_expression=expression, schedule_timezone=timezone)))


@pytest.mark.parametrize("minutes", [0, 30, 59, 52_560_001])
def test_a_start_window_has_at_least_an_hour_and_at_most_a_hundred_years(minutes: int):
    refuse_rule(create(asked(start_window_minutes=minutes)))


def test_a_completion_window_is_no_shorter_than_the_start_window():
    refuse_rule(create(asked(start_window_minutes=61, completion_window_minutes=60)))
    for pair in ((60, 60), (60, 120), (120, 6_000)):
        windows = {"start_window_minutes": pair[0], "completion_window_minutes": pair[1]}
        create(asked(**windows)).then_kinds(PlanCreated)


@pytest.mark.parametrize(
    ("lifecycle", "reason"),
    [
        (
            Lifecycle(30, 119),
            "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from"
            " MoveToColdStorageAfterDays",
        ),
        (
            Lifecycle(0, 7),
            "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from"
            " MoveToColdStorageAfterDays",
        ),
        (Lifecycle(delete_after_days=0), DAYS_TEXT),
        (Lifecycle(delete_after_days=36_501), DAYS_TEXT),
        (Lifecycle(delete_after_event="DELETE_AFTER_COPY"), None),
    ],
)
def test_a_bad_lifecycle_is_refused_in_the_words_of_aws(lifecycle: Lifecycle, reason: str | None):
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
def test_a_good_lifecycle_is_kept(lifecycle: Lifecycle):
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
):
    refuse_rule(create(asked(continuous=True, lifecycle=lifecycle)), reason)


@pytest.mark.parametrize("days", [1, 35])
def test_a_continuous_rule_is_kept(days: int):
    rule = asked(continuous=True, lifecycle=Lifecycle(delete_after_days=days))
    assert stored(create(rule)).rules[0].continuous


def test_a_rule_sets_at_most_ten_tags_on_its_recovery_points():
    create(asked(recovery_point_tags={f"k{n}": "v" for n in range(10)})).then_kinds(PlanCreated)
    create(asked(recovery_point_tags={f"k{n}": "v" for n in range(11)})).then_rejected(
        LimitExceeded
    )
    refuse_rule(create(asked(recovery_point_tags={"aws:x": "v"})))


def test_a_rule_has_at_most_five_copy_actions_to_vaults():
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
def test_a_rule_indexes_one_type_ebs_or_s3(actions: tuple[IndexAction, ...]):
    refuse_rule(create(asked(index_actions=actions)))


def test_scan_actions_need_scan_settings_and_a_known_scanner_and_mode():
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
def test_a_bad_scan_setting_is_refused(setting: ScanSetting):
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
):
    setting = AdvancedBackupSetting(resource_type, options)
    create(advanced_settings=(setting,)).then_rejected(
        InvalidParameterValue, f"Invalid Resource Type : {resource_type}"
    )


def test_an_update_makes_a_version_and_rules_keep_their_ids_by_name():
    story = given(made(kept("r-1", "daily"), kept("r-2", "weekly")), at=START).at(START + DAY)
    story.when(UpdatePlan("p-1", document(asked("monthly"), asked("daily"), name="renamed")))

    (fact,) = story.news
    assert isinstance(fact, PlanUpdated)
    monthly, daily = fact.document.rules
    assert daily.rule_id == "r-1"
    assert monthly.rule_id not in ("r-1", "r-2")
    plan = story.world.plan("p-1")
    assert plan.name == "renamed"
    assert [version.created_at for version in plan.versions] == [START, START + DAY]
    assert plan.current.version_id == fact.version_id != "p-1-v1"


def test_an_update_to_the_same_document_still_makes_a_version():
    given(made(), at=START).when(UpdatePlan("p-1", document())).then_kinds(PlanUpdated)


def test_an_update_is_checked_like_a_new_plan():
    refuse_rule(given(made(), at=START).when(UpdatePlan("p-1", document(asked(vault="?")))))


def test_an_update_leaves_no_room_beyond_2000_versions():
    updates = [PlanUpdated("p-1", f"v{n}", made().document) for n in range(1_999)]
    story = given(made(), *updates, at=START)
    assert len(story.world.plan("p-1").versions) == 2_000
    story.when(UpdatePlan("p-1", document())).then_rejected(LimitExceeded)


@pytest.mark.parametrize(
    "command", [UpdatePlan("p-1", document()), DeletePlan("p-1")], ids=["update", "delete"]
)
def test_a_missing_or_deleted_plan_can_be_neither_updated_nor_deleted(command: Any):
    given(at=START).when(command).then_rejected(ResourceNotFound, NO_PLAN)
    story = given(made(), PlanDeleted("p-1"), at=START)
    story.when(command).then_rejected(ResourceNotFound, NO_PLAN)


def test_a_plan_is_deleted_only_after_its_selections():
    selection = SelectionCreated("s-1", "p-1", "all", ROLE, ("*",))
    story = given(made(), selection, at=START).when(DeletePlan("p-1"))
    story.then_rejected(
        InvalidRequest,
        "Related backup plan selections must be deleted prior to backup plan deletion",
    )

    story = given(made(), selection, SelectionDeleted("s-1"), at=START)
    story.when(DeletePlan("p-1")).then(PlanDeleted("p-1"))


def test_the_versions_of_a_deleted_plan_are_still_read_by_their_ids():
    update = PlanUpdated("p-1", "v2", made().document)
    story = given(made(), update, PlanDeleted("p-1"), at=START)

    for wanted in ("p-1-v1", "v2"):
        plan, version = queries.find_version(story.world, "p-1", wanted)
        assert (plan.deleted_at, version.version_id) == (START, wanted)
    with pytest.raises(ResourceNotFound, match=NO_PLAN):
        queries.find_version(story.world, "p-1", None)


def test_a_plan_is_read_at_its_current_version_or_at_one_that_exists():
    story = given(made(), PlanUpdated("p-1", "v2", made().document), at=START)

    assert queries.find_version(story.world, "p-1", None)[1].version_id == "v2"
    for plan_id, wanted in (("p-1", "v3"), ("p-2", "v2"), ("p-2", None)):
        with pytest.raises(ResourceNotFound, match=NO_PLAN):
            queries.find_version(story.world, plan_id, wanted)


def test_plans_are_listed_oldest_first_and_deleted_ones_when_asked_for():
    story = given(*(made(plan_id=f"p-{n}") for n in range(5)), PlanDeleted("p-1"), at=START)

    def pages(*, include_deleted: bool) -> list[list[str]]:
        found, token = [], None
        while True:
            page = queries.list_plans(
                story.world, limit=2, token=token, include_deleted=include_deleted
            )
            found.append([plan.plan_id for plan in page.rows])
            token = write_token(queries.LISTING, page.next_after)
            if token is None:
                return found

    assert pages(include_deleted=False) == [["p-0", "p-2"], ["p-3", "p-4"]]
    assert pages(include_deleted=True) == [["p-0", "p-1"], ["p-2", "p-3"], ["p-4"]]


def test_versions_are_listed_oldest_first_by_pages_that_serve_one_plan():
    updates = [PlanUpdated("p-1", f"v{n}", made().document) for n in (2, 3)]
    story = given(made(), *updates, made(plan_id="p-2"), PlanDeleted("p-1"), at=START)

    first = queries.list_versions(story.world, "p-1", limit=2, token=None)
    token = write_token(queries.versions_listing("p-1"), first.next_after)
    second = queries.list_versions(story.world, "p-1", limit=2, token=token)

    assert [version.version_id for version in first.rows] == ["p-1-v1", "v2"]
    assert [version.version_id for version in second.rows] == ["v3"]
    assert second.next_after is None
    with pytest.raises(InvalidParameterValue):
        queries.list_versions(story.world, "p-2", limit=2, token=token)
    with pytest.raises(ResourceNotFound, match=NO_PLAN):
        queries.list_versions(story.world, "p-3", limit=2, token=None)


def test_four_templates_are_listed_by_pages_and_found_by_id():
    first = queries.list_templates(limit=3, token=None)
    token = write_token(queries.TEMPLATES_LISTING, first.next_after)
    second = queries.list_templates(limit=3, token=token)

    assert [template.name for template in (*first.rows, *second.rows)] == [
        "Daily-35day-Retention",
        "Daily-Monthly-1yr-Retention",
        "Daily-Weekly-Monthly-5yr-Retention",
        "Daily-Weekly-Monthly-7yr-Retention",
    ]
    documented = queries.find_template("87c0c1ef-254d-4180-8fef-2e76a2c38aaa")
    assert documented.rules == (
        queries.TemplateRule(
            "DailyBackups", "cron(0 5 ? * * *)", Lifecycle(delete_after_days=35), 480
        ),
    )
    with pytest.raises(ResourceNotFound):
        queries.find_template("another")


@pytest.mark.parametrize("template", queries.TEMPLATES, ids=lambda template: template.name)
def test_every_template_makes_a_plan_once_it_has_names(template: queries.Template):
    rules = (
        asked(
            rule.name,
            schedule_expression=rule.schedule_expression,
            start_window_minutes=rule.start_window_minutes,
            lifecycle=rule.lifecycle,
        )
        for rule in template.rules
    )
    create(*rules).then_kinds(PlanCreated)


def rule(name: str, cron: str, keep: int | None = None, **fields: Any) -> Rule:
    lifecycle = None if keep is None else Lifecycle(delete_after_days=keep)
    return kept(name, name, schedule_expression=f"cron({cron})", lifecycle=lifecycle, **fields)


def runs(*rules: Rule, count: int = 10, after: int = START) -> list[tuple[str, int]]:
    """Names of the rules that run, and how many hours after the start."""
    version = PlanVersion("v1", START, PlanDocument("plan", rules))
    plan = Plan("p-1", (version,))
    found = queries.next_runs(plan, version, after, count)
    return [(run.rule.name, (run.at - START) // HOUR) for run in found]


def test_a_preview_shows_the_next_runs_in_order_and_in_utc():
    new_york = kept("ny", "ny", schedule_timezone="America/New_York")
    assert runs(new_york, rule("utc", "0 5 ? * * *"), count=4) == [
        ("utc", 5),
        ("ny", 10),
        ("utc", 29),
        ("ny", 34),
    ]


def test_of_rules_that_fire_together_the_preview_shows_the_longer_retention():
    daily = rule("daily", "0 5 ? * * *", 35)
    weekly = rule("weekly", "0 5 ? * SUN *", 90)  # 2026-01-04 is a Sunday

    assert [name for name, _ in runs(daily, weekly, count=5)] == [
        "daily",
        "daily",
        "daily",
        "weekly",
        "daily",
    ]


@pytest.mark.parametrize("forever", [None, -1])
def test_no_delete_after_days_is_the_longest_retention(forever: int | None):
    a_while = rule("a-while", "0 5 ? * * *", 36_500)
    assert runs(a_while, rule("forever", "0 5 ? * * *", forever), count=1) == [("forever", 5)]


def test_of_equal_rules_that_fire_together_the_first_of_the_plan_runs():
    one, two = rule("one", "0 5 ? * * *", 7), rule("two", "0 5 ? * * *", 7)
    assert runs(one, two, count=2) == [("one", 5), ("one", 29)]
    assert runs(two, one, count=2) == [("two", 5), ("two", 29)]
    later = rule("later", "0 6 ? * * *", 7)
    assert runs(one, later, count=2) == [("one", 5), ("later", 6)]


def test_a_longer_kept_rule_silences_others_through_its_start_window_as_aws_documents():
    hourly = rule("hourly", "0 * ? * * *", 1, start_window_minutes=60)
    half_daily = rule("half-daily", "0 0/12 ? * * *", 7, start_window_minutes=480)

    shown = runs(hourly, half_daily, after=START + DAY - MINUTE)

    assert shown == [
        ("half-daily", 24),
        *(("hourly", 24 + hour) for hour in (8, 9, 10, 11)),
        ("half-daily", 36),
        *(("hourly", 24 + hour) for hour in (20, 21, 22, 23)),
    ]


def test_a_window_from_before_the_version_was_made_silences_nothing():
    hourly = rule("hourly", "0 * ? * * *", 1, start_window_minutes=60)
    daily = rule("daily", "30 23 ? * * *", 7, start_window_minutes=480)
    assert runs(hourly, daily, count=2) == [("hourly", 1), ("hourly", 2)]


def test_a_preview_ends_when_schedules_do_and_when_a_rule_is_silenced_for_ever():
    assert runs(rule("once", "0 5 1 1 ? 2027")) == [("once", 365 * 24 + 5)]
    assert runs(rule("never", "0 5 1 1 ? 2020")) == []
    hourly = rule("hourly", "0 * ? * * *", 1)
    century = rule("century", "0 1 1 1 ? 2026", 7, start_window_minutes=52_560_000)
    assert runs(hourly, century) == [("century", 1)]


def test_a_deleted_plan_runs_no_more():
    story = given(made(), PlanDeleted("p-1"), at=START)
    plan, version = queries.find_version(story.world, "p-1", "p-1-v1")
    assert queries.next_runs(plan, version, START, 10) == []


HOURS = st.integers(0, 23).map(lambda hour: f"0 {hour} ? * * *")
RULES = st.lists(
    st.tuples(HOURS, st.one_of(st.none(), st.integers(1, 3)), st.integers(60, 1_440)), min_size=1
).map(lambda drawn: drawn[:10])


@generated(drawn=RULES)
def test_what_runs_is_never_inside_the_window_of_a_longer_kept_rule(
    drawn: list[tuple[str, int | None, int]],
):
    rules = [
        rule(f"r{place}", cron, keep, start_window_minutes=window)
        for place, (cron, keep, window) in enumerate(drawn)
    ]
    version = PlanVersion("v1", START, PlanDocument("plan", tuple(rules)))
    found = queries.next_runs(Plan("p", (version,)), version, START, 10)

    assert found == sorted(found, key=lambda run: run.at)
    assert len({run.at for run in found}) == len(found), "one run an instant"
    fires = [
        (at, other)
        for other in rules
        for at in (START + day * DAY + _hour(other) * HOUR for day in range(12))
        if at > START
    ]
    for run in found:
        for at, other in fires:
            window = other.start_window_minutes * MINUTE
            if queries.retention_days(other) > queries.retention_days(run.rule):
                assert not at <= run.at < at + window
    longest = max(queries.retention_days(each) for each in rules)
    assert any(queries.retention_days(run.rule) == longest for run in found)


def _hour(each: Rule) -> int:
    return int(each.schedule_expression.split()[1])
