"""Composite backup jobs: a parent for a stack or a cluster, and a child for each thing in it."""

from itertools import pairwise
from typing import Any

import pytest

from tests.spec import HERE, Story, given
from vaultclock.domain.backup_jobs import queries
from vaultclock.domain.backup_jobs.commands import StartBackupJob, StopBackupJob
from vaultclock.domain.backup_jobs.events import (
    BackupJobChildEnded,
    BackupJobCreated,
    CompositeBackupJobStarted,
)
from vaultclock.domain.backup_jobs.state import BackupJob
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, SECOND, from_iso
from vaultclock.domain.kernel.refusals import InvalidRequest
from vaultclock.domain.plans.commands import CreatePlan, PlanInput, RuleInput
from vaultclock.domain.recovery_points import queries as point_queries
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.events import RecoveryPointExpired
from vaultclock.domain.recovery_points.state import RecoveryPoint
from vaultclock.domain.resources.commands import DeregisterResource, RegisterResource
from vaultclock.domain.selections.commands import CreateSelection
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.commands import CreateVault, DeleteVault

START = from_iso("2026-01-01T00:00:00Z")
ROLE = f"arn:aws:iam::{HERE.account}:role/backup"


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:us-east-1:{HERE.account}:{resource}"


STACK = arn("cloudformation", "stack/shop/1")
INNER = arn("cloudformation", "stack/inner/2")
CLUSTER = arn("eks", "cluster/prod")
VOLUME = arn("ec2", "volume/vol-1")
TABLE = arn("dynamodb", "table/things")
FILES = arn("elasticfilesystem", "file-system/fs-1")
DATABASE = arn("rds", "db:orders")
QUEUE = arn("sqs", "queue")
BUCKET = "arn:aws:s3:::bucket"
OURS = f"arn:aws:backup:us-east-1:{HERE.account}:recovery-point:"


def world(*resources: RegisterResource) -> Story:
    """A vault, points that do not outlive their retention, and resources."""
    story = given(at=START)
    story.engine = Engine(start=START, deletion_lag_hours=0)
    for command in (CreateVault("vault"), *resources):
        story.engine.handle(command, HERE)
    return story


def stack(*members: str, resource_arn: str = STACK, **fields: Any) -> RegisterResource:
    return RegisterResource(resource_arn, members=members, **fields)


def start(resource_arn: str = STACK, **fields: Any) -> StartBackupJob:
    return StartBackupJob("vault", resource_arn, ROLE, **fields)


def parent(story: Story) -> BackupJob:
    return next(job for job in story.world.backup_jobs.matching() if job.born.is_parent)


def children(story: Story) -> list[BackupJob]:
    return story.world.backup_jobs.matching(parent_job_id=parent(story).job_id)


def child(story: Story, resource_arn: str) -> BackupJob:
    (job,) = (job for job in children(story) if job.resource_arn == resource_arn)
    return job


def states(story: Story) -> dict[str, str]:
    return {job.resource_arn: str(job.state) for job in children(story)}


def composite(story: Story) -> RecoveryPoint:
    return story.world.recovery_points[parent(story).recovery_point_arn]


def nested(story: Story) -> dict[str, str]:
    """Statuses of the points that the composite groups, by what they are of."""
    points = story.world.recovery_points.matching(parent_arn=parent(story).recovery_point_arn)
    return {point.resource_arn: str(point.status) for point in points}


def test_a_stack_is_backed_up_by_a_parent_and_a_child_for_its_template_and_each_member() -> None:
    story = world(stack(VOLUME, TABLE)).when(start(lifecycle=Lifecycle(None, 7)))
    assert parent(story).state == "CREATED"
    story.at(START + SECOND)
    assert parent(story).state == "RUNNING"
    assert states(story) == {STACK: "CREATED", VOLUME: "CREATED", TABLE: "CREATED"}
    assert (composite(story).status, composite(story).born.is_parent) == ("CREATING", True)

    story.at(START + 2 * SECOND)
    assert states(story) == {STACK: "RUNNING", VOLUME: "RUNNING", TABLE: "RUNNING"}
    assert nested(story) == {STACK: "CREATING", VOLUME: "CREATING", TABLE: "CREATING"}
    assert queries.percent_done(parent(story), story.engine.now) == 0.0
    assert queries.visible_recovery_point(parent(story)) == composite(story).arn

    story.at(START + 5 * SECOND)
    assert states(story) == {STACK: "COMPLETED", VOLUME: "COMPLETED", TABLE: "COMPLETED"}
    job, point = parent(story), composite(story)
    assert (job.state, job.message, job.category) == ("COMPLETED", None, "SUCCESS")
    assert job.completed_at == START + 5 * SECOND
    assert job.size_bytes == sum(each.size_bytes or 0 for each in children(story))
    assert (point.status, point.size_bytes) == ("COMPLETED", job.size_bytes)
    assert nested(story) == {STACK: "COMPLETED", VOLUME: "COMPLETED", TABLE: "COMPLETED"}
    assert point.lifecycle == Lifecycle(None, 7)


def test_children_say_who_their_parent_is_and_what_they_are_of_in_it() -> None:
    story = world(stack(VOLUME, BUCKET)).when(start(recovery_point_tags={"a": "b"}))
    story.at(START + MINUTE)
    for job in children(story):
        assert job.parent_job_id == parent(story).job_id
        point = story.world.recovery_points[job.recovery_point_arn]
        assert point.parent_arn == composite(story).arn
        assert point.born.member_identifier == job.born.member_identifier
        assert story.world.tags[point.arn].tags == {"a": "b"}
    identifiers = {job.resource_arn: job.born.member_identifier for job in children(story)}
    assert identifiers == {STACK: None, VOLUME: "vol-1", BUCKET: "bucket"}
    assert story.world.tags[composite(story).arn].tags == {"a": "b"}
    assert not any(job.born.is_parent for job in children(story))


def test_children_have_the_windows_of_their_parent() -> None:
    asked = start(start_window_minutes=90, complete_window_minutes=600)
    story = world(stack(VOLUME)).when(asked).at(START + SECOND)
    for job in (parent(story), *children(story)):
        assert job.born.start_deadline_at == START + 90 * MINUTE
        assert job.born.completion_deadline_at == START + 600 * MINUTE


def test_children_are_listed_by_their_parent_and_among_all_jobs() -> None:
    story = world(stack(VOLUME)).when(start()).when(start(FILES)).at(START + MINUTE)
    parent_id = parent(story).job_id
    page = queries.list_backup_jobs(story.world, limit=9, parent_job_id=parent_id)
    assert {job.job_id for job in page.rows} == {job.job_id for job in children(story)}
    assert len(queries.list_backup_jobs(story.world, limit=9).rows) == 4
    assert queries.children_in_state(story.world, parent(story)) == {"COMPLETED": 2}
    listed = point_queries.list_by_vault(
        story.world, "vault", limit=9, parent_arn=composite(story).arn
    )
    assert {point.resource_arn for point in listed.rows} == {STACK, VOLUME}


def test_a_stack_is_protected_by_its_composite_and_a_member_by_its_own_point() -> None:
    story = world(stack(VOLUME)).when(start()).at(START + MINUTE)
    volume = child(story, VOLUME).recovery_point_arn
    latest = point_queries.describe_protected_resource(story.world, STACK).latest
    assert latest == composite(story)
    rows, _ = point_queries.list_protected_resources(story.world, limit=9)
    assert [(row.arn, row.latest.arn) for row in rows] == [
        (STACK, composite(story).arn),
        (VOLUME, volume),
    ]


def test_what_nests_nothing_that_was_told_is_backed_up_as_one_thing() -> None:
    story = world(RegisterResource(STACK)).when(start()).at(START + MINUTE)
    (job,) = story.world.backup_jobs.matching()
    assert (job.state, job.born.is_parent) == ("COMPLETED", False)
    empty = world(stack()).when(start()).at(START + MINUTE)
    assert states(empty) == {STACK: "COMPLETED"}
    assert parent(empty).state == "COMPLETED"


def test_a_cluster_keeps_its_state_and_the_storage_that_aws_documents() -> None:
    members = (VOLUME, FILES, BUCKET, DATABASE)
    story = world(stack(*members, resource_arn=CLUSTER)).when(start(CLUSTER)).at(START + MINUTE)
    assert states(story) == dict.fromkeys((CLUSTER, VOLUME, FILES, BUCKET), "COMPLETED")
    assert parent(story).state == "PARTIAL"
    assert composite(story).arn.startswith(f"{OURS}composite:eks/prod-20260101000000-")
    state = child(story, CLUSTER).recovery_point_arn
    assert state.startswith(f"{OURS}eks/prod-20260101000001-")


def test_what_cannot_be_backed_up_makes_a_composite_partial() -> None:
    story = world(stack(VOLUME, QUEUE)).when(start()).at(START + MINUTE)
    job = parent(story)
    assert states(story) == {STACK: "COMPLETED", VOLUME: "COMPLETED"}
    assert (job.state, job.category) == ("PARTIAL", "MISCELLANEOUS")
    assert job.message == (
        "Backup job completed partially: 1 of 3 nested resources were not backed up."
    )
    assert queries.percent_done(job, story.engine.now) == 100.0
    assert queries.visible_recovery_point(job) == composite(story).arn
    assert composite(story).status == "PARTIAL"


def test_a_child_that_fails_makes_its_composite_partial() -> None:
    failing = RegisterResource(TABLE, fails_with="Table not found.")
    story = world(stack(VOLUME, TABLE), failing).when(start()).at(START + MINUTE)
    assert states(story) == {STACK: "COMPLETED", VOLUME: "COMPLETED", TABLE: "FAILED"}
    assert parent(story).state == "PARTIAL"
    assert composite(story).status == "PARTIAL"
    assert nested(story) == {STACK: "COMPLETED", VOLUME: "COMPLETED"}


def test_a_parent_none_of_whose_children_completes_fails_and_leaves_no_point() -> None:
    failing = [stack(VOLUME, fails_with="No"), RegisterResource(VOLUME, fails_with="No")]
    story = world(*failing).when(start(recovery_point_tags={"a": "b"})).at(START + MINUTE)
    assert states(story) == {STACK: "FAILED", VOLUME: "FAILED"}
    assert parent(story).state == "FAILED"
    assert not len(story.world.recovery_points)
    assert queries.visible_recovery_point(parent(story)) is None


def test_a_parent_waits_for_its_longest_child() -> None:
    slow = RegisterResource(VOLUME, job_seconds=3600)
    story = world(stack(VOLUME, TABLE), slow).when(start()).at(START + HOUR)
    assert states(story) == {STACK: "COMPLETED", VOLUME: "RUNNING", TABLE: "COMPLETED"}
    assert parent(story).state == "RUNNING"
    story.at(START + HOUR + MINUTE)
    assert parent(story).state == "COMPLETED"


def test_a_child_waits_for_its_resource_and_may_run_out_of_time() -> None:
    slow = RegisterResource(VOLUME, job_seconds=2 * 3600)
    story = world(stack(VOLUME), slow).when(start(VOLUME)).at(START + 2 * SECOND)
    story.when(start(start_window_minutes=60)).at(START + HOUR)
    assert states(story) == {STACK: "COMPLETED", VOLUME: "CREATED"}
    story.at(START + HOUR + 2 * SECOND)
    assert states(story)[VOLUME] == "EXPIRED"
    assert parent(story).state == "PARTIAL"


def test_a_child_may_not_finish_in_time() -> None:
    slow = RegisterResource(VOLUME, job_seconds=9 * 3600)
    story = world(stack(VOLUME), slow).when(start(complete_window_minutes=480))
    story.at(START + 8 * HOUR)
    assert states(story) == {STACK: "COMPLETED", VOLUME: "EXPIRED"}
    assert parent(story).state == "PARTIAL"


def test_one_backup_of_a_stack_runs_at_a_time() -> None:
    story = world(stack(VOLUME)).when(start()).when(start()).at(START + 2 * SECOND)
    first, second = (job for job in story.world.backup_jobs.matching() if job.born.is_parent)
    running = {first.job_id: "RUNNING", second.job_id: "CREATED"}
    by_state = {job.job_id: str(job.state) for job in (first, second)}
    assert sorted(by_state.values()) == sorted(running.values())
    story.at(START + MINUTE)
    assert [str(job.state) for job in story.world.backup_jobs.matching()] == ["COMPLETED"] * 6


def test_a_missing_vault_fails_the_parent_before_it_has_children() -> None:
    story = world(stack(VOLUME)).when(start()).when(DeleteVault("vault")).at(START + MINUTE)
    assert parent(story).state == "FAILED"
    assert children(story) == []


def test_a_vault_holds_composites_of_children_that_have_just_begun() -> None:
    story = world(stack(VOLUME)).when(start()).at(START + SECOND)
    story.when(DeleteVault("vault")).then_rejected(InvalidRequest)


def test_members_are_those_of_the_moment_that_the_parent_starts() -> None:
    story = world(stack(VOLUME)).when(start()).when(stack(TABLE, FILES)).at(START + MINUTE)
    assert set(states(story)) == {STACK, TABLE, FILES}
    gone = world(stack(VOLUME)).when(start()).when(DeregisterResource(STACK)).at(START + MINUTE)
    assert states(gone) == {STACK: "COMPLETED"}


def test_stacks_in_stacks_are_backed_up_with_what_they_nest_each_thing_once() -> None:
    inner = stack(TABLE, VOLUME, STACK, resource_arn=INNER)
    story = world(stack(VOLUME, INNER), inner).when(start()).at(START + MINUTE)
    assert list(states(story).values()) == ["COMPLETED"] * 4
    assert set(states(story)) == {STACK, VOLUME, INNER, TABLE}


def test_stacks_in_stacks_end_at_the_tenth_layer() -> None:
    chain = [arn("cloudformation", f"stack/s{depth}/1") for depth in range(13)]
    links = [stack(below, resource_arn=above) for above, below in pairwise(chain)]
    story = world(*links).when(start(chain[0])).at(START + MINUTE)
    assert set(states(story)) == set(chain[:11])


def test_a_running_parent_is_stopped_with_its_children() -> None:
    story = world(stack(VOLUME)).when(start()).at(START + 2 * SECOND)
    story.when(StopBackupJob(parent(story).job_id))
    assert states(story) == {STACK: "ABORTING", VOLUME: "ABORTING"}
    assert story.news
    story.when(StopBackupJob(parent(story).job_id)).then_nothing_happened()
    story.at(START + MINUTE)
    assert states(story) == {STACK: "ABORTED", VOLUME: "ABORTED"}
    job = parent(story)
    assert (job.state, job.message) == ("ABORTED", "Backup job was stopped by user.")
    assert not len(story.world.recovery_points)
    story.when(StopBackupJob(job.job_id)).then_rejected(InvalidRequest)


def test_a_parent_is_stopped_before_its_children_began() -> None:
    story = world(stack(VOLUME)).when(start())
    story.when(StopBackupJob(parent(story).job_id))
    assert parent(story).state == "ABORTED"
    assert children(story) == []
    begun = world(stack(VOLUME)).when(start()).at(START + SECOND)
    begun.when(StopBackupJob(parent(begun).job_id))
    assert states(begun) == {STACK: "ABORTED", VOLUME: "ABORTED"}
    assert parent(begun).state == "ABORTED"


def test_children_that_cannot_be_stopped_end_in_their_own_time() -> None:
    slow = RegisterResource(DATABASE, job_seconds=60)
    story = world(stack(VOLUME, DATABASE), slow).when(start()).at(START + 2 * SECOND)
    story.when(StopBackupJob(parent(story).job_id)).at(START + 5 * SECOND)
    assert states(story) == {STACK: "ABORTED", VOLUME: "ABORTED", DATABASE: "RUNNING"}
    story.when(StopBackupJob(parent(story).job_id)).at(START + HOUR)
    assert states(story)[DATABASE] == "COMPLETED"
    assert parent(story).state == "PARTIAL"


def test_children_that_are_listed_no_more_count_when_their_parent_ends() -> None:
    slow = RegisterResource(VOLUME, job_seconds=31 * DAY // SECOND)
    story = world(stack(VOLUME, TABLE), slow).when(start(complete_window_minutes=60 * 1440))
    story.at(START + MINUTE)
    size = sum(job.size_bytes or 0 for job in children(story))
    story.at(START + 31 * DAY)
    assert states(story) == {VOLUME: "RUNNING"}
    assert queries.children_in_state(story.world, parent(story)) == {"RUNNING": 1, "COMPLETED": 2}

    story.at(START + 32 * DAY)
    job, point = parent(story), composite(story)
    assert queries.children_in_state(story.world, job) == {"COMPLETED": 3}
    assert (job.state, point.status) == ("COMPLETED", "COMPLETED")
    assert job.size_bytes == point.size_bytes == size + (child(story, VOLUME).size_bytes or 0)


@pytest.mark.parametrize("failing", [VOLUME, TABLE])
def test_a_child_that_fails_long_before_or_after_its_siblings_makes_the_composite_partial(
    failing: str,
) -> None:
    seconds = {VOLUME: 31 * DAY // SECOND, TABLE: 3}
    members = [
        RegisterResource(member, job_seconds=seconds[member], fails_with=fails_with)
        for member in (VOLUME, TABLE)
        for fails_with in ("No" if member == failing else None,)
    ]
    story = world(stack(VOLUME, TABLE), *members)
    story.when(start(complete_window_minutes=60 * 1440)).at(START + 32 * DAY)
    job = parent(story)
    assert (job.state, composite(story).status) == ("PARTIAL", "PARTIAL")
    assert job.message == (
        "Backup job completed partially: 1 of 3 nested resources were not backed up."
    )
    assert queries.children_in_state(story.world, job) == {"COMPLETED": 2, "FAILED": 1}
    made = {STACK, VOLUME, TABLE} - {failing}
    assert nested(story) == dict.fromkeys(made, "COMPLETED")


def test_nested_points_that_went_count_when_their_jobs_are_listed_no_more() -> None:
    slow = RegisterResource(VOLUME, job_seconds=31 * DAY // SECOND)
    story = world(stack(VOLUME, TABLE), slow).when(start(complete_window_minutes=60 * 1440))
    table = child(story.at(START + MINUTE), TABLE).recovery_point_arn
    story.at(START + 31 * DAY).when(DeleteRecoveryPoint("vault", table)).at(START + 32 * DAY)
    assert (parent(story).state, composite(story).status) == ("COMPLETED", "PARTIAL")


def test_a_parent_is_told_how_each_of_its_children_ended() -> None:
    failing = RegisterResource(VOLUME, fails_with="No", job_seconds=9)
    story = world(stack(VOLUME), failing).when(start()).when(start(FILES)).at(START + MINUTE)
    told = [fact for fact in story.news if isinstance(fact, BackupJobChildEnded)]
    parent_id, template = parent(story).job_id, child(story, STACK)
    assert told == [
        BackupJobChildEnded(
            parent_id,
            template.job_id,
            "COMPLETED",
            template.size_bytes,
            template.recovery_point_arn,
        ),
        BackupJobChildEnded(parent_id, child(story, VOLUME).job_id, "FAILED"),
    ]


def test_one_child_is_stopped_alone() -> None:
    story = world(stack(VOLUME, TABLE)).when(start()).at(START + SECOND)
    story.when(StopBackupJob(child(story, TABLE).job_id))
    story.at(START + 2 * SECOND).when(StopBackupJob(child(story, VOLUME).job_id))
    story.at(START + MINUTE)
    assert states(story) == {STACK: "COMPLETED", VOLUME: "ABORTED", TABLE: "ABORTED"}
    assert parent(story).state == "PARTIAL"


def test_the_last_child_that_is_stopped_before_it_starts_ends_its_parent() -> None:
    busy = RegisterResource(VOLUME, job_seconds=3600)
    story = world(stack(VOLUME), busy).when(start(VOLUME)).at(START + 2 * SECOND)
    story.when(start()).at(START + MINUTE)
    story.when(StopBackupJob(child(story, VOLUME).job_id))
    assert parent(story).state == "PARTIAL"


def test_nested_points_that_went_or_left_while_the_parent_ran_make_it_partial() -> None:
    slow = RegisterResource(VOLUME, job_seconds=3600)
    for command in (DeleteRecoveryPoint, DisassociateRecoveryPointFromParent):
        story = world(stack(VOLUME, TABLE), slow).when(start()).at(START + MINUTE)
        story.when(command("vault", child(story, TABLE).recovery_point_arn)).at(START + 2 * HOUR)
        assert parent(story).state == "COMPLETED"
        assert composite(story).status == "PARTIAL"


def test_lifecycles_that_changed_while_the_parent_ran_count() -> None:
    slow = RegisterResource(VOLUME, job_seconds=3600)
    story = world(stack(VOLUME, TABLE), slow).when(start(lifecycle=Lifecycle(None, 7)))
    table = child(story.at(START + MINUTE), TABLE).recovery_point_arn
    story.when(UpdateRecoveryPointLifecycle("vault", table, Lifecycle(None, 9)))
    story.at(START + 2 * HOUR)
    assert composite(story).lifecycle == Lifecycle(None, 9)


def test_a_composite_and_what_it_groups_end_together() -> None:
    story = world(stack(VOLUME, TABLE)).when(start(lifecycle=Lifecycle(None, 1)))
    story.at(START + DAY + SECOND - 1)
    assert composite(story).status == "COMPLETED"
    story.at(START + DAY + SECOND)
    assert not len(story.world.recovery_points)


@pytest.mark.parametrize("seed", range(5))
def test_a_composite_outlives_what_it_groups_by_whatever_lag(seed: int) -> None:
    story = world()
    story.engine = Engine(start=START, seed=seed)
    for command in (CreateVault("vault"), stack(VOLUME), start(lifecycle=Lifecycle(None, 1))):
        story.engine.handle(command, HERE)
    story.at(START + 2 * DAY)
    assert not len(story.world.recovery_points)
    assert not any(isinstance(fact, RecoveryPointExpired) for fact in story.news)


def plan(story: Story, **selection: Any) -> Story:
    rule = RuleInput("daily", "vault", continuous=True, lifecycle=Lifecycle(None, 7))
    (made,) = story.engine.handle(CreatePlan(PlanInput("p", (rule,))), HERE)
    asked = CreateSelection(made.plan_id, "all", ROLE, **selection)
    story.engine.handle(asked, HERE)
    return story


def test_a_plan_backs_up_a_stack_and_takes_snapshots_alone_in_it() -> None:
    story = plan(world(stack(BUCKET, DATABASE)), resources=(STACK,)).at(START + 6 * HOUR)
    assert states(story) == dict.fromkeys((STACK, BUCKET, DATABASE), "COMPLETED")
    assert not any(point.born.is_continuous for point in story.world.recovery_points.matching())
    assert {job.born.created_by for job in children(story)} == {parent(story).born.created_by}
    assert composite(story).plan_id is not None


@pytest.mark.parametrize(
    ("others", "excluded"),
    [
        ((), True),
        (({"resources": (FILES,)},), True),
        (({"resources": (VOLUME,)},), False),
        (({"resources": (VOLUME,), "not_resources": (VOLUME,)},), True),
        (({"resources": (STACK,)},), False),
    ],
)
def test_a_plan_leaves_out_of_a_stack_what_all_its_selections_leave_out(
    others: tuple[dict[str, Any], ...], *, excluded: bool
) -> None:
    story = plan(world(stack(VOLUME, TABLE)), resources=(STACK,), not_resources=(VOLUME,))
    (made,) = story.world.plans.matching()
    for selection in others:
        asked = CreateSelection(made.plan_id, "more", ROLE, **selection)
        story.engine.handle(asked, HERE)
    story.at(START + 6 * HOUR)
    expected = {STACK, TABLE} if excluded else {STACK, TABLE, VOLUME}
    assert set(states(story)) == expected
    assert parent(story).state == "COMPLETED"


def test_a_parent_says_how_much_it_leaves_out() -> None:
    story = world(stack(VOLUME, QUEUE)).when(start())
    assert story.news
    story.at(START + SECOND)
    started, *rest = (fact for fact in story.news if not isinstance(fact, BackupJobCreated))
    assert started == CompositeBackupJobStarted(
        parent(story).job_id, story.world.vaults["vault"].encryption_key_arn, left_out=1
    )
    assert len(rest) == 1
