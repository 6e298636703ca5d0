"""Rules that fire by the clock: what a run asks for, and what takes its place."""

from collections import Counter
from typing import Any

import attrs
import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from tests.domain.plan_examples import START, asked, document, kept
from tests.domain.plan_examples import made as plan
from tests.spec import HERE, Story, given
from vaultclock.domain.backup_jobs.events import (
    BackupJobCompleted,
    BackupJobCreated,
    BackupJobExpired,
    BackupJobFailed,
    BackupJobStarted,
)
from vaultclock.domain.backup_jobs.state import BackupJob
from vaultclock.domain.features import replay
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, SECOND, Instant
from vaultclock.domain.plans.commands import CreatePlan, DeletePlan, UpdatePlan
from vaultclock.domain.plans.events import (
    PlanCreated,
    PlanDocument,
    PlanRuleRan,
    PlanRuleSilenced,
    PlanUpdated,
    Rule,
)
from vaultclock.domain.plans.queries import next_runs, rule_behind
from vaultclock.domain.recovery_points.events import RecoveryPointCompleted, RecoveryPointCreated
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.selections.commands import CreateSelection, DeleteSelection
from vaultclock.domain.selections.events import SelectionCreated
from vaultclock.domain.tags.events import TagsSet
from vaultclock.domain.values import AdvancedBackupSetting, CreatedBy, Lifecycle
from vaultclock.domain.vaults.events import VaultCreated

KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
VAULT = VaultCreated("Default", KEY)
ROLE = f"arn:aws:iam::{HERE.account}:role/backup"
FILES = f"arn:aws:elasticfilesystem:us-east-1:{HERE.account}:file-system/fs-1"
VOLUME = f"arn:aws:ec2:us-east-1:{HERE.account}:volume/vol-1"
INSTANCE = f"arn:aws:ec2:us-east-1:{HERE.account}:instance/i-1"
FIVE = START + 5 * HOUR


def selection(*arns: str, plan_id: str = "p-1") -> SelectionCreated:
    return SelectionCreated(f"{plan_id}-s", plan_id, "all", ROLE, arns or (FILES,))


def rule(name: str, cron: str, keep: int | None = None, **fields: Any) -> Rule:
    lifecycle = None if keep is None else Lifecycle(delete_after_days=keep)
    return kept(name, name, schedule_expression=f"cron({cron})", lifecycle=lifecycle, **fields)


def fires(rules: tuple[Rule, ...], at: Instant, plan_id: str = "p-1") -> PlanCreated:
    """A plan whose rules all fire first at an instant."""
    return plan(*rules, plan_id=plan_id, first_fires={r.rule_id: at for r in rules})


def planned(*rules: Rule, at: Instant = FIVE, **fields: Any) -> Story:
    return given(VAULT, fires(rules or (kept(),), at), selection(), at=START, **fields)


def jobs(story: Story) -> list[BackupJob]:
    return story.world.backup_jobs.matching()


def ran(story: Story, until: Instant) -> list[tuple[str, int]]:
    """Names of the rules that ran meanwhile, and how many hours after the start."""
    story.news  # noqa: B018 - looks past what was
    story.at(until)
    batches = [b for b in story.engine.log.read() if b.at > START and b.at <= until]
    return [
        (fact.rule_id, (batch.at - START) // HOUR)
        for batch in batches
        for fact in batch.facts
        if isinstance(fact, PlanRuleRan)
    ]


def test_a_plan_states_when_each_of_its_rules_fires_first() -> None:
    rules = (
        asked("daily"),
        asked("new-york", schedule_timezone="America/New_York"),
        asked("over", schedule_expression="cron(0 5 1 1 ? 2020)"),
    )
    story = given(at=START).when(CreatePlan(document(*rules)))
    (created,) = story.news
    ids = {each.name: each.rule_id for each in created.document.rules}
    assert created.first_fires == {ids["daily"]: FIVE, ids["new-york"]: START + 10 * HOUR}
    story.when(
        UpdatePlan(created.plan_id, document(asked(schedule_expression="cron(0 6 ? * * *)")))
    )
    (updated,) = story.news
    assert updated.first_fires == {ids["daily"]: START + 6 * HOUR}


def test_a_run_states_itself_and_a_job_for_all_that_is_selected_at_its_very_instant() -> None:
    daily = kept(
        start_window_minutes=60,
        completion_window_minutes=120,
        lifecycle=Lifecycle(delete_after_days=35),
        recovery_point_tags={"made": "daily"},
    )
    story = planned(daily).at(FIVE - 1).then_nothing_happened().at(FIVE)
    (job,) = jobs(story)
    born = job.born
    story.then(
        PlanRuleRan("p-1", "r-1", next_fire_at=FIVE + DAY),
        BackupJobCreated(
            job_id=born.job_id,
            vault_name="Default",
            resource_arn=FILES,
            resource_type="EFS",
            iam_role_arn=ROLE,
            recovery_point_arn=born.recovery_point_arn,
            start_at=FIVE + SECOND,
            start_deadline_at=FIVE + HOUR,
            completion_deadline_at=FIVE + 3 * HOUR,
            completion_window_ms=2 * HOUR,
            lifecycle=Lifecycle(delete_after_days=35),
            recovery_point_tags={"made": "daily"},
            created_by=CreatedBy(
                plan_id="p-1",
                plan_arn=f"arn:aws:backup:us-east-1:{HERE.account}:backup-plan:p-1",
                plan_name="plan",
                plan_version="p-1-v1",
                rule_id="r-1",
                rule_name="daily",
                rule_cron="cron(0 5 ? * * *)",
                rule_timezone="Etc/UTC",
            ),
        ),
    )
    assert job.created_at == FIVE
    assert story.world.plans["p-1"].last_execution_at == FIVE


def test_a_plans_job_leaves_a_point_that_names_its_rule() -> None:
    story = planned(kept(recovery_point_tags={"made": "daily"})).at(FIVE + MINUTE)
    news = story.news
    assert [type(fact) for fact in news[2:]] == [
        BackupJobStarted,
        RecoveryPointCreated,
        BackupJobCompleted,
        RecoveryPointCompleted,
        TagsSet,
    ]
    (point,) = story.world.recovery_points.matching(plan_id="p-1")
    assert point.born.created_by == jobs(story)[0].born.created_by
    assert point.created_at == FIVE


def test_a_rule_runs_again_and_again() -> None:
    story = planned()
    assert ran(story, FIVE + 3 * DAY) == [("r-1", 5), ("r-1", 29), ("r-1", 53), ("r-1", 77)]
    assert story.engine.next_due() is not None


def test_a_run_that_selects_nothing_is_a_run() -> None:
    story = given(fires((kept(),), FIVE), at=START).at(FIVE)
    story.then(PlanRuleRan("p-1", "r-1", FIVE + DAY))
    assert story.world.plans["p-1"].last_execution_at == FIVE


def test_a_rule_whose_years_are_over_fires_no_more() -> None:
    story = planned(rule("last", "0 5 1 1 ? 2026")).at(FIVE)
    assert story.news[0] == PlanRuleRan("p-1", "last", next_fire_at=None)
    assert story.world.plans["p-1"].next_fires == {}
    assert [fact for fact in story.at(START + 400 * DAY).news if "plan" in str(type(fact))] == []


def test_resources_are_selected_when_the_rule_runs_and_not_before() -> None:
    everything = SelectionCreated("s", "p-1", "all", ROLE, ("*",))
    story = given(VAULT, fires((kept(),), FIVE), everything, at=START).at(FIVE)
    assert jobs(story) == []
    story.when(RegisterResource(VOLUME)).at(FIVE + DAY)
    assert [job.resource_arn for job in jobs(story)] == [VOLUME]


def test_advanced_settings_are_for_resources_of_their_type() -> None:
    settings = (AdvancedBackupSetting("EC2", {"WindowsVSS": "enabled"}),)
    made = PlanCreated("p-1", "v", PlanDocument("plan", (kept(),), settings), None, {"r-1": FIVE})
    story = given(VAULT, made, selection(INSTANCE, VOLUME), at=START).at(FIVE + MINUTE)
    options = {job.resource_type: job.born.backup_options for job in jobs(story)}
    assert options == {"EC2": {"WindowsVSS": "enabled"}, "EBS": {}}
    assert {job.backup_type for job in jobs(story)} == {"WindowsVSS", None}


def test_a_deleted_plan_runs_no_more_but_its_jobs_go_on() -> None:
    story = planned().at(FIVE).when(DeleteSelection("p-1", "p-1-s")).when(DeletePlan("p-1"))
    story.at(FIVE + 3 * DAY)
    assert [job.state for job in jobs(story)] == ["COMPLETED"]
    assert story.world.plans["p-1"].last_execution_at == FIVE


def test_an_update_takes_effect_for_the_next_run_and_takes_the_old_fires_away() -> None:
    story = given(VAULT, at=START).when(CreatePlan(document(asked(), asked("second"))))
    plan_id = story.news[0].plan_id
    story.when(CreateSelection(plan_id, "all", ROLE, resources=(FILES,))).at(FIVE)
    later = asked(schedule_expression="cron(0 7 ? * * *)", vault="Elsewhere")
    story.when(UpdatePlan(plan_id, document(later)))
    old, new = story.world.plans[plan_id].versions
    assert {rule.name: rule.rule_id for rule in old.document.rules}["daily"] in (
        rule.rule_id for rule in new.document.rules
    )
    story.at(FIVE + DAY)
    assert [(job.created_at, job.vault_name) for job in jobs(story)] == [
        (FIVE, "Default"),
        (START + 7 * HOUR, "Elsewhere"),
    ]


def test_the_rule_behind_a_job_is_that_of_the_version_it_ran_under() -> None:
    story = given(VAULT, at=START).when(CreatePlan(document(asked(vault="one"))))
    plan_id = story.news[0].plan_id
    story.when(CreateSelection(plan_id, "all", ROLE, resources=(FILES,))).at(FIVE)
    story.when(UpdatePlan(plan_id, document(asked(vault="two")))).at(FIVE + DAY)
    selection_id = story.world.selections.matching(plan_id=plan_id)[0].selection_id
    story.when(DeleteSelection(plan_id, selection_id)).when(DeletePlan(plan_id))
    behind = [rule_behind(story.world, job.born.created_by) for job in jobs(story)]  # type: ignore[arg-type]
    assert [each.target_vault_name for each in behind] == ["one", "two"]


def test_a_vault_that_is_missing_fails_the_job_and_not_the_run() -> None:
    story = given(fires((kept(),), FIVE), selection(), at=START).at(FIVE + MINUTE)
    (job,) = jobs(story)
    arn = f"arn:aws:backup:us-east-1:{HERE.account}:backup-vault:Default"
    message = f"Backup job failed because backup vault {arn} does not exist."
    assert BackupJobFailed(job.job_id, message, "RESOURCE_NOT_FOUND") in story.news
    assert (job.state, job.completed_at) == ("FAILED", FIVE + SECOND)


def test_the_completion_window_of_a_plans_job_counts_from_its_start() -> None:
    windows = {"start_window_minutes": 60, "completion_window_minutes": 60}
    busy = RegisterResource(FILES, job_seconds=2 * 3600)
    story = planned(rule("long", "0 5 ? * * *", **windows)).when(busy).at(FIVE + 61 * MINUTE)
    (job,) = jobs(story)
    late = BackupJobExpired(job.job_id, "Backup job expired before completion.", "JOB_EXPIRED")
    assert story.news[-2] == late
    assert job.completed_at == FIVE + SECOND + HOUR

    # one that had to wait has all of its window
    story = given(
        VAULT,
        fires((rule("one", "0 5 ? * * *", **windows),), FIVE),
        fires((rule("two", "0 5 ? * * *", **windows),), FIVE, "p-2"),
        selection(),
        selection(plan_id="p-2"),
        at=START,
    )
    story.when(RegisterResource(FILES, job_seconds=3000)).at(FIVE + 3 * HOUR)
    first, second = sorted(jobs(story), key=lambda job: job.completed_at or 0)
    assert [first.state, second.state] == ["COMPLETED", "COMPLETED"]
    assert second.initiated_at == first.completed_at == FIVE + SECOND + 50 * MINUTE


def test_two_plans_on_one_resource_both_create_jobs_which_take_turns() -> None:
    story = given(
        VAULT,
        fires((rule("one", "0 5 ? * * *"),), FIVE),
        fires((rule("two", "0 5 ? * * *"),), FIVE, "p-2"),
        selection(),
        selection(plan_id="p-2"),
        at=START,
    )
    story.at(FIVE + 2 * SECOND)
    assert sorted(job.state for job in jobs(story)) == ["CREATED", "RUNNING"]
    story.at(FIVE + MINUTE)
    assert [job.state for job in jobs(story)] == ["COMPLETED"] * 2


def test_a_job_that_outlasts_its_rules_next_run_keeps_the_next_one_waiting() -> None:
    hourly = rule("hourly", "0 * ? * * *", 1, start_window_minutes=60)
    story = planned(hourly, at=START + HOUR).when(RegisterResource(FILES, job_seconds=9000))
    story.at(START + 3 * HOUR + 31 * MINUTE)
    busy = "Backup job failed because there was a running job for the same resource."
    assert [(job.state, job.message) for job in jobs(story)] == [
        ("COMPLETED", None),
        ("EXPIRED", busy),
        ("RUNNING", None),
    ]
    first, second, third = jobs(story)
    assert second.completed_at == second.born.start_deadline_at == START + 3 * HOUR
    assert third.initiated_at == first.completed_at


HOURLY = rule("hourly", "0 * ? * * *", 1, start_window_minutes=60)
HALF_DAILY = rule("half-daily", "0 0/12 ? * * *", 7, start_window_minutes=480)


def test_an_hourly_and_a_twelve_hourly_rule_back_up_ten_times_a_day_as_aws_documents() -> None:
    """Backup Developer Guide, plan options: the example of overlapping start windows."""
    first = {"hourly": START + HOUR, "half-daily": START + 12 * HOUR}
    made = plan(HOURLY, HALF_DAILY, first_fires=first)
    story = given(VAULT, made, selection(), at=START)
    story.at(START + DAY - 1)  # the first day has no window from before

    runs = [(name, hour - 24) for name, hour in ran(story, START + 2 * DAY - 1) if hour >= 24]

    assert sorted(runs) == [
        *(("half-daily", hour) for hour in (0, 12)),
        *(("hourly", hour) for hour in (8, 9, 10, 11, 20, 21, 22, 23)),
    ]
    second_day = [job for job in jobs(story) if job.created_at >= START + DAY]
    assert Counter(job.born.lifecycle for job in second_day) == {
        Lifecycle(delete_after_days=7): 2,
        Lifecycle(delete_after_days=1): 8,
    }
    assert sum(isinstance(fact, PlanRuleSilenced) for fact in story.news) == 16


def test_a_rule_whose_place_is_taken_states_by_whom_and_backs_nothing_up() -> None:
    story = planned(HOURLY, HALF_DAILY, at=START + 12 * HOUR).at(START + 12 * HOUR)
    silenced, rule_ran, job = story.news
    assert silenced == PlanRuleSilenced("p-1", "hourly", "half-daily", START + 13 * HOUR)
    assert rule_ran == PlanRuleRan("p-1", "half-daily", START + 24 * HOUR)
    assert isinstance(job, BackupJobCreated)
    assert story.world.plans["p-1"].last_execution_at == START + 12 * HOUR
    story.at(START + 13 * HOUR)
    assert story.news[-1] == PlanRuleSilenced("p-1", "hourly", "half-daily", START + 14 * HOUR)
    assert story.world.plans["p-1"].last_execution_at == START + 12 * HOUR


@pytest.mark.parametrize("order", [1, -1])
def test_of_rules_that_fire_together_the_one_that_keeps_longer_runs_wherever_it_stands(
    order: int,
) -> None:
    rules = (rule("short", "0 5 ? * * *", 7), rule("long", "0 5 ? * * *", None))[::order]
    story = planned(*rules)
    assert ran(story, FIVE) == [("long", 5)]


def test_of_rules_that_keep_equally_long_the_first_in_the_plan_runs() -> None:
    story = planned(rule("one", "0 5 ? * * *", 7), rule("two", "0 5 ? * * *", 7))
    assert ran(story, FIVE) == [("one", 5)]
    equals = {"one": FIVE, "two": FIVE + HOUR}
    rules = (rule("one", "0 5 ? * * *", 7), rule("two", "0 6 ? * * *", 7))
    story = given(plan(*rules, first_fires=equals), at=START)
    assert ran(story, FIVE + HOUR) == [("one", 5), ("two", 6)], "only together"


def test_the_window_of_a_rule_that_was_itself_silenced_silences_too() -> None:
    rules = (
        rule("short", "0 6 ? * * *", 1),
        rule("middle", "0 5 ? * * *", 7),
        rule("long", "0 5 ? * * *", 30, start_window_minutes=60),
    )
    first = {"short": FIVE + HOUR, "middle": FIVE, "long": FIVE}
    story = given(plan(*rules, first_fires=first), at=START)
    assert ran(story, FIVE + HOUR) == [("long", 5)]


def test_a_window_outlives_an_update_of_the_plan_as_long_as_its_rule_does() -> None:
    half, hourly = (
        asked(
            name, schedule_expression=f"cron({cron})", start_window_minutes=window, lifecycle=keep
        )
        for name, cron, window, keep in (
            ("half", "0 0/12 ? * * *", 480, Lifecycle(delete_after_days=7)),
            ("hourly", "0 * ? * * *", 60, Lifecycle(delete_after_days=1)),
        )
    )
    story = given(at=START - HOUR).when(CreatePlan(document(half, hourly)))
    plan_id = story.news[0].plan_id
    story.at(START + 90 * MINUTE).when(UpdatePlan(plan_id, document(hourly, half)))
    story.at(START + 2 * HOUR)
    assert isinstance(story.news[-1], PlanRuleSilenced)
    shorter = attrs.evolve(half, start_window_minutes=60)
    story.when(UpdatePlan(plan_id, document(hourly, shorter))).at(START + 3 * HOUR)
    assert isinstance(story.news[-1], PlanRuleRan), "a window is as long as its rule says now"
    story.when(UpdatePlan(plan_id, document(hourly))).at(START + 4 * HOUR)
    assert isinstance(story.news[-1], PlanRuleRan)
    assert [*story.world.plans[plan_id].last_fires] == [
        each.rule_id for each in story.world.plans[plan_id].current.document.rules
    ]


def test_a_replayed_log_asks_no_time_zone_when_a_rule_fires() -> None:
    nowhere = kept(schedule_timezone="Moved/Away")
    document = PlanDocument("plan", (nowhere,))
    facts = (
        PlanCreated("p-1", "v1", document, None, {"r-1": FIVE}),
        PlanRuleRan("p-1", "r-1", FIVE + DAY),
        PlanUpdated("p-1", "v2", document, {"r-1": FIVE + 2 * DAY}),
    )
    replica = replay(given(*facts, at=FIVE).engine.log)
    assert replica.next_due() == FIVE + 2 * DAY


CRONS = st.one_of(
    st.integers(0, 23).map(lambda hour: f"0 {hour} ? * * *"),
    st.just("0 * ? * * *"),
    st.just("30 0/6 ? * * *"),
    st.integers(1, 7).map(lambda day: f"0 5 ? * {day} *"),
)
RULES = st.lists(
    st.tuples(
        CRONS,
        st.one_of(st.none(), st.integers(1, 3)),
        st.sampled_from([60, 480, 1_440]),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@generated(drawn=RULES, since=st.integers(0, 40))
def test_a_preview_shows_what_will_run(
    drawn: list[tuple[str, int | None, int, bool]], since: int
) -> None:
    rules = [
        asked(
            f"r{place}",
            schedule_expression=f"cron({cron})",
            start_window_minutes=window,
            lifecycle=None if keep is None else Lifecycle(delete_after_days=keep),
            continuous=continuous and keep is not None,
        )
        for place, (cron, keep, window, continuous) in enumerate(drawn)
    ]
    story = given(VAULT, at=START).when(CreatePlan(document(*rules)))
    (each,) = story.world.plans.matching()
    story.when(CreateSelection(each.plan_id, "all", ROLE, resources=(FILES, "arn:aws:s3:::b")))
    story.at(START + since * HOUR)
    (each,) = story.world.plans.matching()
    previewed = next_runs(each, each.current, story.engine.now, 10)
    seq = story.engine.seq
    story.at(previewed[-1].at)
    happened = [
        (batch.at, batch.facts[0].rule_id, len(batch.facts) - 1)
        for batch in story.engine.log.read(seq)
        if isinstance(batch.facts[0], PlanRuleRan)
    ]
    assert happened[:10] == [
        (run.at, run.rule.rule_id, 1 if run.continuous_types_only else 2) for run in previewed
    ], "the file system has no continuous backups, the bucket has"
