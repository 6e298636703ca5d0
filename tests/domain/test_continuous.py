"""Continuous backups: one recovery point a resource, which the runs of a rule keep up to date."""

from typing import Any

import pytest

from tests.spec import HERE, Story, given
from vaultclock.domain.backup_jobs.commands import StartBackupJob, StopBackupJob
from vaultclock.domain.backup_jobs.queries import visible_recovery_point
from vaultclock.domain.backup_jobs.state import BackupJob
from vaultclock.domain.continuous import restorable
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, SECOND, from_iso
from vaultclock.domain.kernel.refusals import InvalidResourceState
from vaultclock.domain.plans.commands import (
    CreatePlan,
    DeletePlan,
    PlanInput,
    RuleInput,
    UpdatePlan,
)
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointStopped,
    RecoveryPointSynced,
    RecoveryPointUpdateEnded,
)
from vaultclock.domain.recovery_points.queries import (
    describe_protected_resource,
    list_protected_resources_by_vault,
)
from vaultclock.domain.recovery_points.state import RecoveryPoint
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.selections.commands import CreateSelection, DeleteSelection
from vaultclock.domain.tags.queries import tags_of
from vaultclock.domain.values import CopyAction, Lifecycle
from vaultclock.domain.vaults.commands import CreateAirGappedVault, CreateVault, LockVault

START = from_iso("2026-01-01T00:00:00Z")
FIRST = START + 5 * HOUR  # when rules fire that say nothing else
ROLE = f"arn:aws:iam::{HERE.account}:role/backup"
BUCKET = "arn:aws:s3:::bucket"
DATABASE = f"arn:aws:rds:us-east-1:{HERE.account}:db:orders"
CLUSTER = f"arn:aws:rds:us-east-1:{HERE.account}:cluster:shop"
HANA = f"arn:aws:ssm-sap:us-east-1:{HERE.account}:HANA/hdb"
FILES = f"arn:aws:elasticfilesystem:us-east-1:{HERE.account}:file-system/fs-1"
ARN = f"arn:aws:backup:us-east-1:{HERE.account}:recovery-point:continuous:"
NAMES = {BUCKET: "bucket", DATABASE: "db-orders", CLUSTER: "cluster-shop", HANA: "hdb"}
THERE = Scope(HERE.account, "eu-west-1")
DR = f"arn:aws:backup:eu-west-1:{HERE.account}:backup-vault:dr"


def rule(name: str = "pitr", days: int = 7, vault: str = "one", **fields: Any) -> RuleInput:
    fields = {"continuous": True, "lifecycle": Lifecycle(None, days), **fields}
    return RuleInput(name, vault, **fields)


def world() -> Story:
    """Two vaults, and points that do not outlive their retention."""
    story = given(at=START)
    story.engine = Engine(start=START, deletion_lag_hours=0)
    story.engine.handle(CreateVault("one"), HERE)
    story.engine.handle(CreateVault("two"), HERE)
    return story


def plan(story: Story, *rules: RuleInput, name: str = "p", on: tuple[str, ...] = (BUCKET,)) -> str:
    """A plan that selects resources by ARN."""
    (made,) = story.engine.handle(CreatePlan(PlanInput(name, rules)), HERE)
    selection = CreateSelection(made.plan_id, "all", ROLE, resources=on)
    story.engine.handle(selection, HERE)
    plan_id: str = made.plan_id
    return plan_id


def drop(story: Story, plan_id: str) -> None:
    (selection,) = story.world.selections.matching(plan_id=plan_id)
    story.when(DeleteSelection(plan_id, selection.selection_id)).when(DeletePlan(plan_id))
    assert story.rejection is None


def points(story: Story, resource_arn: str = BUCKET) -> list[RecoveryPoint]:
    """The resource's points, continuous ones first, then by age."""
    found = story.world.recovery_points.matching(resource_arn=resource_arn)
    return sorted(found, key=lambda point: not point.born.is_continuous)


def statuses(story: Story, resource_arn: str = BUCKET) -> list[str]:
    return [point.status for point in points(story, resource_arn)]


def only(story: Story, resource_arn: str = BUCKET) -> RecoveryPoint:
    (point,) = points(story, resource_arn)
    return point


def latest_job(story: Story, resource_arn: str = BUCKET) -> BackupJob:
    return story.world.backup_jobs.latest(resource_arn=resource_arn)


@pytest.mark.parametrize("resource_arn", NAMES)
def test_a_rule_keeps_one_point_of_a_resource_up_to_date(resource_arn: str) -> None:
    story = world()
    plan_id = plan(story, rule(), on=(resource_arn,))
    story.at(FIRST + 2 * SECOND)
    assert statuses(story, resource_arn) == ["CREATING"]
    story.at(FIRST + HOUR)
    first = only(story, resource_arn)
    assert first.status == "AVAILABLE"
    assert first.arn.startswith(f"{ARN}{NAMES[resource_arn]}-")
    assert len(first.arn) == len(f"{ARN}{NAMES[resource_arn]}-") + 8
    assert first.created_at == FIRST
    assert first.delete_at == FIRST + 7 * DAY

    story.at(FIRST + DAY + HOUR)
    again = only(story, resource_arn)
    assert again.arn == first.arn
    assert again.status == "AVAILABLE"
    assert again.created_at == FIRST
    assert again.completed_at == FIRST + DAY + 4 * SECOND
    assert again.delete_at == FIRST + 8 * DAY
    assert again.plan_id == plan_id
    story.at(FIRST + 40 * DAY)
    assert only(story, resource_arn).arn == first.arn


def test_its_jobs_show_the_point_once_they_run() -> None:
    story = world()
    plan(story, rule(), on=(BUCKET, DATABASE))
    story.at(FIRST)
    assert visible_recovery_point(latest_job(story)) is None
    story.at(FIRST + 2 * SECOND)
    assert visible_recovery_point(latest_job(story)) == only(story).arn
    story.at(FIRST + DAY + HOUR)
    job = latest_job(story)
    assert visible_recovery_point(job) == only(story).arn
    assert (job.state, job.message, job.category) == ("COMPLETED", None, "SUCCESS")


def test_a_bucket_is_encrypted_with_the_vaults_key_and_a_database_with_its_own() -> None:
    story = world()
    plan(story, rule(), on=(BUCKET, DATABASE))
    story.at(FIRST + HOUR)
    assert only(story).born.encryption_key_arn == story.world.vaults["one"].encryption_key_arn
    assert only(story, DATABASE).born.encryption_key_arn is None


def test_a_point_holds_the_whole_bucket_and_its_jobs_what_changed() -> None:
    story = world()
    story.when(RegisterResource(BUCKET, size_bytes=1000, daily_change=0.1))
    plan(story, rule())
    sizes = []
    for day in (0, 1, 3):
        story.at(FIRST + day * DAY + HOUR)
        sizes.append((only(story).size_bytes, latest_job(story).size_bytes))
    assert sizes == [(1000, 1000), (1000, 100), (1000, 100)]


def test_other_types_get_snapshots_under_a_continuous_rule() -> None:
    story = world()
    plan(story, rule(), on=(FILES,))
    story.at(FIRST + DAY + HOUR)
    assert statuses(story, FILES) == ["COMPLETED", "COMPLETED"]
    assert all(point.born.lifecycle == Lifecycle(None, 7) for point in points(story, FILES))


def test_a_backup_on_demand_is_a_snapshot() -> None:
    story = world()
    plan(story, rule())
    story.at(FIRST + HOUR).when(StartBackupJob("one", BUCKET, ROLE)).at(FIRST + 2 * HOUR)
    assert statuses(story) == ["AVAILABLE", "COMPLETED"]
    assert latest_job(story).message is None


@pytest.mark.parametrize("days", [1, 90])
def test_a_rule_of_snapshots_in_the_same_plan_adds_to_the_continuous_backup(days: int) -> None:
    story = world()
    snapshots = RuleInput("snapshots", "one", lifecycle=Lifecycle(None, days))
    plan(story, rule(), snapshots, on=(BUCKET, FILES))
    story.at(FIRST + HOUR)
    assert statuses(story) == ["AVAILABLE", "COMPLETED"]
    assert [point.born.lifecycle for point in points(story, FILES)] == [
        Lifecycle(None, max(days, 7))
    ], "what has no continuous backups gets one snapshot, the longer kept"


def test_a_point_is_deleted_once_its_rule_is_gone_for_as_long_as_it_retains() -> None:
    story = world()
    plan_id = plan(story, rule())
    story.at(FIRST + DAY + HOUR)
    story.when(UpdatePlan(plan_id, PlanInput("p", (RuleInput("weekly", "two"),))))
    story.at(FIRST + 8 * DAY - 1)
    assert "AVAILABLE" in statuses(story)
    story.at(FIRST + 8 * DAY)
    assert "AVAILABLE" not in statuses(story)


@pytest.mark.parametrize("days", [9, 5])
def test_a_bucket_gets_a_new_point_when_the_retention_changes(days: int) -> None:
    story = world()
    plan_id = plan(story, rule())
    story.at(FIRST + HOUR)
    old = only(story).arn
    story.when(UpdatePlan(plan_id, PlanInput("p", (rule(days=days),))))
    story.at(FIRST + DAY + 2 * SECOND)
    assert statuses(story) == ["AVAILABLE", "CREATING"], "nothing changes before the job completed"
    assert story.news
    story.at(FIRST + DAY + HOUR)
    new = points(story)[1].arn
    assert new != old
    facts = story.news
    assert RecoveryPointStopped(old) in facts
    assert any(isinstance(fact, RecoveryPointCompleted) and fact.arn == new for fact in facts)
    assert statuses(story) == ["STOPPED", "AVAILABLE"]

    story.at(FIRST + 7 * DAY + HOUR)
    assert only(story).arn == new, "the old one ages from its own last update"
    assert only(story).lifecycle == Lifecycle(None, days)


@pytest.mark.parametrize("resource_arn", [DATABASE, CLUSTER, HANA])
def test_other_points_stay_when_the_retention_changes(resource_arn: str) -> None:
    story = world()
    plan_id = plan(story, rule(), on=(resource_arn,))
    story.at(FIRST + HOUR)
    arn = only(story, resource_arn).arn
    story.when(UpdatePlan(plan_id, PlanInput("p", (rule(days=3),))))
    story.at(FIRST + DAY + HOUR)
    point = only(story, resource_arn)
    assert (point.arn, point.lifecycle) == (arn, Lifecycle(None, 3))
    assert point.delete_at == FIRST + 4 * DAY


def test_of_rules_for_one_vault_the_one_that_keeps_longest_is_followed() -> None:
    story = world()
    plan(story, rule(days=7), name="short", on=(DATABASE,))
    later = {"schedule_expression": "cron(0 12 ? * * *)"}
    plan(story, rule(days=35, **later), name="long", on=(DATABASE,))
    story.at(FIRST + HOUR)
    assert only(story, DATABASE).lifecycle == Lifecycle(None, 7)
    story.at(FIRST + 8 * HOUR)
    assert only(story, DATABASE).lifecycle == Lifecycle(None, 35)
    assert story.news

    story.at(FIRST + DAY + HOUR)
    assert not any(isinstance(fact, RecoveryPointSynced) for fact in story.news), "ignored"
    assert latest_job(story, DATABASE).state == "COMPLETED"
    assert only(story, DATABASE).delete_at == START + 12 * HOUR + 35 * DAY


def test_a_bucket_that_a_longer_rule_takes_over_gets_a_new_point() -> None:
    story = world()
    plan(story, rule(days=7), name="short")
    plan(story, rule(days=35, schedule_expression="cron(0 12 ? * * *)"), name="long")
    story.at(FIRST + DAY + HOUR)
    assert statuses(story) == ["STOPPED", "AVAILABLE"]
    assert points(story)[1].lifecycle == Lifecycle(None, 35)


def test_a_plan_that_is_made_again_goes_on_with_the_point_of_the_one_before() -> None:
    story = world()
    old = plan(story, rule(days=35), on=(DATABASE,))
    story.at(FIRST + 4 * DAY + HOUR)
    before = only(story, DATABASE)
    drop(story, old)
    again = plan(story, rule(days=35), on=(DATABASE,))
    for day in range(5, 35):
        now = FIRST + day * DAY + HOUR
        point = only(story.at(now), DATABASE)
        assert (point.arn, point.plan_id) == (before.arn, again)
        assert point.backed_up_at == FIRST + day * DAY
        assert restorable(point, now) == (before.initiated_at, now - 5 * MINUTE)


@pytest.mark.parametrize("days", [9, 7, 5])
@pytest.mark.parametrize("resource_arn", [DATABASE, BUCKET])
def test_a_rule_with_another_name_takes_the_point_over(resource_arn: str, days: int) -> None:
    story = world()
    plan_id = plan(story, rule("old"), on=(resource_arn,))
    story.at(FIRST + HOUR)
    (old,) = points(story, resource_arn)
    story.when(UpdatePlan(plan_id, PlanInput("p", (rule("new", days=days),))))
    story.at(FIRST + DAY + HOUR)
    live = points(story, resource_arn)[-1]
    assert (live.status, live.lifecycle) == ("AVAILABLE", Lifecycle(None, days))
    assert live.backed_up_at == FIRST + DAY
    if resource_arn == BUCKET and days != 7:
        assert statuses(story) == ["STOPPED", "AVAILABLE"], "as when a rule changes its retention"
    else:
        assert live.arn == old.arn


@pytest.mark.parametrize(
    "now",
    [
        (RuleInput("pitr", "one", lifecycle=Lifecycle(None, 7)),),
        (rule(vault="two"),),
        (rule("other", vault="two"),),
    ],
    ids=["takes snapshots", "is for another vault", "is in the plan no more"],
)
def test_a_rule_takes_over_from_one_that_backs_up_there_no_more(now: tuple[RuleInput, ...]) -> None:
    story = world()
    plan_id = plan(story, rule(), name="long", on=(DATABASE,))
    later: dict[str, Any] = {"schedule_expression": "cron(0 12 ? * * *)"}
    short = plan(story, rule(days=3, **later), name="short", on=(DATABASE,))
    story.at(FIRST + DAY)
    assert points(story, DATABASE)[0].plan_id == plan_id
    story.when(UpdatePlan(plan_id, PlanInput("long", now))).at(FIRST + 2 * DAY)
    point = points(story, DATABASE)[0]
    assert (point.plan_id, point.lifecycle) == (short, Lifecycle(None, 3))


def test_a_rule_whose_backups_go_into_an_air_gapped_vault_is_alive_there() -> None:
    story = world()
    story.engine.handle(CreateAirGappedVault("gap", 7, 99), HERE)
    arn = story.world.vault_arn("gap")
    long = plan(story, rule(days=9, air_gapped_vault_arn=arn), name="long")
    later: dict[str, Any] = {"schedule_expression": "cron(0 12 ? * * *)"}
    short = plan(story, rule(air_gapped_vault_arn=arn, **later), name="short")
    story.at(FIRST + DAY)
    assert (only(story).vault_name, only(story).plan_id) == ("gap", long)
    drop(story, long)
    story.at(FIRST + 2 * DAY)
    assert points(story)[-1].plan_id == short


def test_a_rule_that_went_while_its_job_ran_takes_no_point_from_one_that_is_there() -> None:
    story = world().when(RegisterResource(DATABASE, job_seconds=600))
    short = plan(story, rule(), name="short", on=(DATABASE,))
    once: dict[str, Any] = {"schedule_expression": "cron(0 12 1 1 ? 2026)"}
    long = plan(story, rule(days=35, **once), name="long", on=(DATABASE,))
    story.at(START + 12 * HOUR + 2 * SECOND)
    drop(story, long)
    story.at(START + 13 * HOUR)
    assert latest_job(story, DATABASE).state == "COMPLETED"
    assert only(story, DATABASE).plan_id == short


def test_a_bucket_keeps_its_point_until_a_job_has_begun_after_the_rule_was_gone() -> None:
    story = world().when(RegisterResource(BUCKET, job_seconds=600))
    long = plan(story, rule(), name="long")
    short = plan(story, rule(days=5, schedule_expression="cron(0 12 ? * * *)"), name="short")
    story.at(START + 12 * HOUR + 2 * SECOND)
    drop(story, long)
    story.at(START + 13 * HOUR)
    assert (only(story).status, only(story).plan_id) == ("AVAILABLE", long)
    story.at(START + 37 * HOUR)
    assert statuses(story) == ["STOPPED", "AVAILABLE"]
    assert points(story)[1].plan_id == short


def test_a_locked_vault_keeps_a_point_that_is_taken_over_for_the_longer_time() -> None:
    story = world().when(LockVault("one"))
    plan_id = plan(story, rule("old"), on=(DATABASE,))
    story.at(FIRST + HOUR)
    story.when(UpdatePlan(plan_id, PlanInput("p", (rule("new", days=5),))))
    story.at(FIRST + DAY + HOUR)
    point = only(story, DATABASE)
    assert (point.lifecycle, point.backed_up_at) == (Lifecycle(None, 7), FIRST + DAY)


def test_a_rule_for_another_vault_gets_snapshots_that_complete_with_an_issue() -> None:
    story = world()
    first = plan(story, rule(), name="a")
    plan(story, rule(vault="two", schedule_expression="cron(0 6 ? * * *)"), name="b")
    story.at(FIRST + 2 * HOUR)
    jobs = story.world.backup_jobs.matching(resource_arn=BUCKET)
    found = sorted((p.vault_name, p.status, p.born.is_continuous) for p in points(story))
    assert found == [("one", "AVAILABLE", True), ("two", "COMPLETED", False)]
    (job,) = (job for job in jobs if job.vault_name == "two")
    assert job.state == "COMPLETED"
    assert job.category == "MISCELLANEOUS"
    assert job.message == (
        "Enabling continuous backup failed, because of the following error: PITR already"
        f" configured in backup plan: {story.world.plan_arn(first)}"
    )
    story.at(FIRST + DAY + 2 * HOUR)
    assert sum(point.born.is_continuous for point in points(story)) == 1


def test_a_point_that_was_deleted_or_stopped_is_made_anew_at_the_next_run() -> None:
    story = world()
    plan(story, rule())
    story.at(FIRST + HOUR)
    first = only(story).arn
    story.when(DeleteRecoveryPoint("one", first)).at(FIRST + DAY + HOUR)
    second = only(story).arn
    assert second != first
    story.when(DisassociateRecoveryPoint("one", second)).at(FIRST + 2 * DAY + HOUR)
    assert statuses(story) == ["STOPPED", "AVAILABLE"]


@pytest.mark.parametrize("command", [DeleteRecoveryPoint, DisassociateRecoveryPoint])
@pytest.mark.parametrize("resource_arn", [DATABASE, BUCKET])
def test_a_point_is_busy_while_a_job_brings_it_up_to_date(resource_arn: str, command: Any) -> None:
    story = world().when(RegisterResource(resource_arn, job_seconds=60))
    plan(story, rule(), on=(resource_arn,))
    story.at(FIRST + DAY + 2 * SECOND)
    ask = command("one", only(story, resource_arn).arn)
    story.when(ask).then_rejected(InvalidResourceState)
    story.at(FIRST + DAY + HOUR)
    assert latest_job(story, resource_arn).state == "COMPLETED"
    assert only(story, resource_arn).backed_up_at == FIRST + DAY
    story.when(ask)
    assert story.rejection is None


def test_a_point_is_free_again_after_a_job_whose_rule_is_ignored() -> None:
    story = world()
    plan(story, rule(days=35), name="long", on=(DATABASE,))
    plan(story, rule(schedule_expression="cron(0 12 ? * * *)"), name="short", on=(DATABASE,))
    story.at(START + 13 * HOUR)
    arn = only(story, DATABASE).arn
    assert RecoveryPointUpdateEnded(arn) in story.news
    story.when(DeleteRecoveryPoint("one", arn))
    assert story.rejection is None


def overdue(resource_arn: str, hours: int = 9) -> Story:
    """A point whose retention ends while a job brings it up to date that takes eight hours."""
    story = world()
    twice = rule(
        days=1,
        schedule_expression="cron(0 5,23 1 1 ? 2026)",
        start_window_minutes=60,
        completion_window_minutes=hours * 60,
    )
    plan(story, twice, on=(resource_arn,))
    story.at(FIRST + HOUR).when(RegisterResource(resource_arn, job_seconds=8 * 60 * 60))
    story.at(FIRST + DAY + HOUR)
    assert only(story, resource_arn).delete_at == FIRST + DAY
    assert latest_job(story, resource_arn).state == "RUNNING"
    return story


@pytest.mark.parametrize("resource_arn", [DATABASE, BUCKET])
def test_a_point_that_is_brought_up_to_date_outlives_its_retention_until_then(
    resource_arn: str,
) -> None:
    story = overdue(resource_arn).at(FIRST + 42 * HOUR - 1)
    assert latest_job(story, resource_arn).state == "COMPLETED"
    assert only(story, resource_arn).delete_at == FIRST + 42 * HOUR
    assert statuses(story.at(FIRST + 42 * HOUR), resource_arn) == []


@pytest.mark.parametrize("resource_arn", [DATABASE, BUCKET])
def test_an_overdue_point_goes_with_the_job_that_fails_to_update_it(resource_arn: str) -> None:
    story, ended = overdue(resource_arn), FIRST + 26 * HOUR + SECOND
    story.when(RegisterResource(resource_arn, fails_with="Access denied")).at(ended - 1)
    assert len(points(story, resource_arn)) == 1
    assert statuses(story.at(ended), resource_arn) == []
    assert latest_job(story, resource_arn).state == "FAILED"


def test_an_overdue_point_goes_with_the_job_that_is_stopped() -> None:
    story = overdue(BUCKET)
    story.when(StopBackupJob(latest_job(story).job_id))
    assert len(points(story)) == 1, "while the job is ABORTING"
    assert statuses(story.at(FIRST + 25 * HOUR + SECOND)) == []
    assert latest_job(story).state == "ABORTED"


def test_an_overdue_point_goes_with_the_job_that_runs_out_of_time() -> None:
    story, ended = overdue(DATABASE, hours=7), FIRST + 25 * HOUR + SECOND
    assert len(points(story.at(ended - 1), DATABASE)) == 1
    assert statuses(story.at(ended), DATABASE) == []
    assert latest_job(story, DATABASE).state == "EXPIRED"


@pytest.mark.parametrize("resource_arn", [DATABASE, BUCKET])
def test_a_job_that_fails_or_is_stopped_takes_back_only_what_it_began(resource_arn: str) -> None:
    story = world()
    story.when(RegisterResource(resource_arn, fails_with="Access denied"))
    plan(story, rule(), on=(resource_arn,))
    story.at(FIRST + HOUR)
    assert statuses(story, resource_arn) == []
    story.when(RegisterResource(resource_arn)).at(FIRST + DAY + HOUR)
    before = only(story, resource_arn)
    assert before.status == "AVAILABLE"
    if resource_arn == BUCKET:
        story.at(FIRST + 2 * DAY + 2 * SECOND).when(StopBackupJob(latest_job(story).job_id))
        story.at(FIRST + 2 * DAY + HOUR)
        assert latest_job(story).state == "ABORTED"
    else:
        story.when(RegisterResource(resource_arn, fails_with="Access denied"))
        story.at(FIRST + 2 * DAY + HOUR)
        assert latest_job(story, resource_arn).state == "FAILED"
    assert only(story, resource_arn) == before


def test_a_stopped_change_of_retention_leaves_the_old_point_as_it_was() -> None:
    story = world()
    plan_id = plan(story, rule())
    story.at(FIRST + HOUR)
    before = only(story)
    story.when(UpdatePlan(plan_id, PlanInput("p", (rule(days=9),))))
    story.at(FIRST + DAY + 2 * SECOND).when(StopBackupJob(latest_job(story).job_id))
    assert statuses(story) == ["AVAILABLE", "CREATING"]
    story.at(FIRST + DAY + HOUR)
    assert only(story) == before


@pytest.mark.parametrize("days", [7, 9])
def test_a_buckets_point_is_stopped_by_a_job_that_fails(days: int) -> None:
    story = world()
    plan_id = plan(story, rule())
    story.at(FIRST + HOUR)
    old = only(story).arn
    story.when(UpdatePlan(plan_id, PlanInput("p", (rule(days=days),))))
    story.when(RegisterResource(BUCKET, fails_with="Access denied")).at(FIRST + DAY + HOUR)
    failed = latest_job(story)
    assert failed.state == "FAILED"
    assert (only(story).arn, only(story).status) == (old, "STOPPED")
    assert only(story).stopped_at == failed.completed_at
    story.at(FIRST + 2 * DAY + HOUR)
    assert statuses(story) == ["STOPPED"]
    story.when(RegisterResource(BUCKET)).at(FIRST + 3 * DAY + HOUR)
    assert statuses(story) == ["STOPPED", "AVAILABLE"]
    assert points(story)[1].arn != old


def test_failed_snapshots_and_rules_for_other_vaults_do_not_stop_a_buckets_point() -> None:
    story = world()
    plan(story, rule(), name="a")
    plan(story, rule(vault="two", schedule_expression="cron(0 6 ? * * *)"), name="b")
    story.at(FIRST + 30 * MINUTE).when(StartBackupJob("one", BUCKET, ROLE))
    story.when(RegisterResource(BUCKET, fails_with="Access denied")).at(FIRST + 2 * HOUR)
    assert latest_job(story).state == "FAILED"
    assert statuses(story) == ["AVAILABLE"]


def test_a_resource_was_backed_up_last_when_its_continuous_point_was_brought_up_to_date() -> None:
    story = world()
    plan(story, rule())
    story.at(FIRST + HOUR).when(StartBackupJob("one", BUCKET, ROLE))
    story.when(StartBackupJob("two", BUCKET, ROLE)).at(FIRST + 2 * HOUR)

    def last(vault: str) -> bool:
        ((row,), _) = list_protected_resources_by_vault(story.world, vault, limit=9)
        return row.latest.born.is_continuous

    assert not describe_protected_resource(story.world, BUCKET).latest.born.is_continuous
    assert (last("one"), last("two")) == (False, False)
    story.at(FIRST + DAY + HOUR)
    latest = describe_protected_resource(story.world, BUCKET).latest
    assert (latest.arn, latest.backed_up_at) == (points(story)[0].arn, FIRST + DAY)
    assert (last("one"), last("two")) == (True, False)


def test_a_point_has_the_tags_of_the_newest_backup() -> None:
    story = world()
    plan_id = plan(story, rule(recovery_point_tags={"a": "1", "b": "1"}))
    story.at(FIRST + HOUR)
    story.when(UpdatePlan(plan_id, PlanInput("p", (rule(recovery_point_tags={"a": "2"}),))))
    story.at(FIRST + DAY + HOUR)
    assert story.world.tags[only(story).arn].tags["a"] == "2"


def test_a_point_has_fifty_tags_at_most_however_often_they_change() -> None:
    def source(*numbers: int, value: str = "") -> dict[str, str]:
        return {f"k{number:02}": value for number in numbers}

    story = world().when(RegisterResource(BUCKET, tags=source(*range(48))))
    plan_id = plan(story, rule(recovery_point_tags={"a": "1"}))
    story.at(FIRST + HOUR)
    assert len(tags_of(story.world, only(story).arn)) == 49
    story.when(RegisterResource(BUCKET, tags=source(*range(40, 70), value="new")))
    story.when(UpdatePlan(plan_id, PlanInput("p", (rule(recovery_point_tags={"b": "2"}),))))
    story.at(FIRST + DAY + HOUR)
    expected = {**source(*range(48)), **source(*range(40, 48), value="new"), "a": "1", "b": "2"}
    assert tags_of(story.world, only(story).arn) == expected
    story.at(FIRST + 2 * DAY + HOUR)
    assert tags_of(story.world, only(story).arn) == expected


def copied(**resource: Any) -> Story:
    """A day after a continuous rule with a copy ran first; the copy was made."""
    story = world()
    story.engine.handle(CreateVault("dr"), THERE)
    story.when(RegisterResource(BUCKET, **resource))
    plan(story, rule(copy_actions=(CopyAction(DR),), recovery_point_tags={"a": "b"}))
    return story


def test_a_continuous_backup_is_copied_as_a_snapshot_that_goes_with_the_last_copy() -> None:
    story = copied(job_seconds=60)
    story.at(FIRST + 61 * SECOND)
    continuous, snapshot = points(story)
    assert (continuous.status, snapshot.status) == ("AVAILABLE", "COMPLETED")
    assert snapshot.lifecycle == Lifecycle(None, 7, delete_after_event="DELETE_AFTER_COPY")
    assert story.world.tags[snapshot.arn].tags == {"a": "b"}

    story.at(FIRST + 3 * HOUR)
    assert statuses(story) == ["AVAILABLE"]
    assert snapshot.arn not in story.world.tags
    (copy,) = story.engine.world(THERE).recovery_points.matching(resource_arn=BUCKET)
    assert (copy.status, copy.born.is_continuous) == ("COMPLETED", False)
    assert copy.lifecycle == Lifecycle(None, 7)
    story.at(FIRST + DAY + HOUR)
    assert len(story.engine.world(THERE).recovery_points) == 2
    assert statuses(story) == ["AVAILABLE"]


def test_the_snapshot_stays_while_another_copy_of_it_is_to_come() -> None:
    story = copied(job_seconds=60)
    story.engine.handle(CreateVault("dr2"), THERE)
    two = (CopyAction(DR), CopyAction(f"{DR}2"))
    (made,) = story.world.plans.matching()
    story.when(UpdatePlan(made.plan_id, PlanInput("p", (rule(copy_actions=two),))))
    story.at(FIRST + 3 * 60 * SECOND)
    assert statuses(story) == ["AVAILABLE", "COMPLETED"]
    story.at(FIRST + 5 * 60 * SECOND)
    assert statuses(story) == ["AVAILABLE"]


def test_the_snapshot_goes_when_the_copy_fails_and_is_expired_where_it_has_to_stay() -> None:
    gone, locked = copied(), copied(keeps_points="Not authorized")
    (made,) = gone.world.plans.matching()
    nowhere = (CopyAction(DR.replace("dr", "nowhere")),)
    gone.when(UpdatePlan(made.plan_id, PlanInput("p", (rule(copy_actions=nowhere),))))
    assert statuses(gone.at(FIRST + HOUR)) == ["AVAILABLE"]
    assert statuses(locked.at(FIRST + HOUR)) == ["AVAILABLE", "EXPIRED"]


def test_a_copied_snapshot_that_a_rule_made_to_stay_stays() -> None:
    story = world()
    story.engine.handle(CreateVault("dr"), THERE)
    forever = RuleInput("snapshots", "one", copy_actions=(CopyAction(DR),))
    plan(story, forever, rule("weekly", vault="two", schedule_expression="cron(0 1 ? * * *)"))
    story.at(FIRST + HOUR)
    assert sorted(statuses(story)) == ["AVAILABLE", "COMPLETED"]
    assert len(story.engine.world(THERE).recovery_points) == 1
