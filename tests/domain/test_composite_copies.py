"""Copies of composite recovery points: a parent job, and a child for each point in it."""

from typing import Any

import pytest

from tests.domain.test_composite_jobs import (
    BUCKET,
    CLUSTER,
    FILES,
    ROLE,
    STACK,
    START,
    TABLE,
    VOLUME,
    arn,
    composite,
    stack,
    start,
    world,
)
from tests.spec import HERE, Story
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.copy_jobs.events import CopyJobChildEnded
from vaultclock.domain.copy_jobs.queries import children_in_state, list_copy_jobs
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, SECOND
from vaultclock.domain.kernel.refusals import InvalidRequest
from vaultclock.domain.plans.commands import CreatePlan, PlanInput, RuleInput
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.events import RecoveryPointExpired
from vaultclock.domain.recovery_points.state import RecoveryPoint
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.selections.commands import CreateSelection
from vaultclock.domain.values import CopyAction, Lifecycle
from vaultclock.domain.vaults.commands import CreateVault
from vaultclock.domain.world import CopyJob, World

THERE = Scope(HERE.account, "eu-west-1")
DR = f"arn:aws:backup:eu-west-1:{HERE.account}:backup-vault:dr"
NEAR = f"arn:aws:backup:us-east-1:{HERE.account}:backup-vault:near"
GATEWAY = arn("redshift", "cluster:rs")  # of a type that is not copied
COPIED = START + HOUR  # when copies are asked for


def backed_up(
    *members: str, resource_arn: str = STACK, days: int | None = None, others: Any = ()
) -> Story:
    """A composite was backed up an hour ago; there are vaults to copy to, here and abroad."""
    lifecycle = None if days is None else Lifecycle(None, days)
    story = world(stack(*members, resource_arn=resource_arn), *others)
    story.engine.handle(CreateVault("dr"), THERE)
    story.engine.handle(CreateVault("near"), HERE)
    story.when(start(resource_arn, lifecycle=lifecycle, recovery_point_tags={"a": "b"}))
    return story.at(COPIED)


def copy(story: Story, to: str = DR, **fields: Any) -> StartCopyJob:
    return StartCopyJob("vault", composite(story).arn, to, ROLE, **fields)


def parent(story: Story) -> CopyJob:
    return next(job for job in story.world.copy_jobs.matching() if job.born.is_parent)


def children(story: Story) -> list[CopyJob]:
    return list_copy_jobs(story.world, limit=99, parent_job_id=parent(story).job_id).rows


def states(story: Story) -> dict[str, str]:
    return {job.resource_arn: str(job.state) for job in children(story)}


def there(story: Story) -> World:
    return story.engine.world(THERE)


def copied(story: Story) -> RecoveryPoint:
    copy_arn = parent(story).copy_arn
    assert copy_arn is not None
    return there(story).recovery_points[copy_arn]


def nested(story: Story) -> dict[str, RecoveryPoint]:
    points = there(story).recovery_points.matching(parent_arn=copied(story).arn)
    return {point.resource_arn: point for point in points}


def test_a_composite_is_copied_by_a_parent_and_a_child_for_each_of_its_points() -> None:
    story = backed_up(VOLUME, FILES, days=35)
    story.when(copy(story)).at(COPIED + SECOND)
    assert (parent(story).state, copied(story).status) == ("RUNNING", "CREATING")
    assert states(story) == {STACK: "CREATED", VOLUME: "CREATED", FILES: "CREATED"}
    story.at(COPIED + 2 * SECOND)
    assert states(story) == {STACK: "RUNNING", VOLUME: "RUNNING", FILES: "RUNNING"}

    story.at(COPIED + 5 * SECOND)
    assert states(story) == {STACK: "COMPLETED", VOLUME: "COMPLETED", FILES: "COMPLETED"}
    job, point = parent(story), copied(story)
    assert (job.state, job.message, job.category) == ("COMPLETED", None, "SUCCESS")
    assert job.size_bytes == sum(child.size_bytes or 0 for child in children(story))
    assert (point.status, point.born.is_parent) == ("COMPLETED", True)
    assert point.lifecycle == Lifecycle(None, 35)
    assert {key: each.status for key, each in nested(story).items()} == dict.fromkeys(
        (STACK, VOLUME, FILES), "COMPLETED"
    )
    identifiers = {key: each.born.member_identifier for key, each in nested(story).items()}
    assert identifiers == {STACK: None, VOLUME: "vol-1", FILES: "fs-1"}
    for each in (point, *nested(story).values()):
        assert there(story).tags[each.arn].tags == {"a": "b"}


def test_a_copied_composite_ends_with_what_it_groups() -> None:
    story = backed_up(VOLUME, days=1)
    story.when(copy(story)).at(START + DAY + MINUTE)
    assert not len(there(story).recovery_points)


@pytest.mark.parametrize("seed", range(5))
def test_a_copied_composite_outlives_what_it_groups_by_whatever_lag(seed: int) -> None:
    story = world()
    story.engine = Engine(start=START, seed=seed)
    story.engine.handle(CreateVault("dr"), THERE)
    for command in (CreateVault("vault"), stack(VOLUME), start(lifecycle=Lifecycle(None, 1))):
        story.engine.handle(command, HERE)
    story.at(COPIED).when(copy(story)).at(START + 3 * DAY)
    assert not len(there(story).recovery_points)
    assert not any(isinstance(fact, RecoveryPointExpired) for fact in story.news)


def test_points_keep_their_own_lifecycles_unless_another_is_asked_for() -> None:
    story = backed_up(VOLUME, FILES, days=7)
    volume = story.world.recovery_points.latest(resource_arn=VOLUME)
    story.when(UpdateRecoveryPointLifecycle("vault", volume.arn, Lifecycle(None, 9)))
    story.when(copy(story)).at(COPIED + MINUTE)
    assert {key: point.lifecycle for key, point in nested(story).items()} == {
        STACK: Lifecycle(None, 7),
        VOLUME: Lifecycle(None, 9),
        FILES: Lifecycle(None, 7),
    }
    assert copied(story).lifecycle == Lifecycle(None, 9)

    asked = backed_up(VOLUME, days=7)
    asked.when(copy(asked, lifecycle=Lifecycle(None, 99))).at(COPIED + MINUTE)
    assert {point.lifecycle for point in nested(asked).values()} == {Lifecycle(None, 99)}


def test_what_cannot_be_copied_is_left_out_and_the_copy_is_partial() -> None:
    story = backed_up(VOLUME, GATEWAY)
    story.when(copy(story)).at(COPIED + MINUTE)
    assert states(story) == {STACK: "COMPLETED", VOLUME: "COMPLETED"}
    job = parent(story)
    assert (job.state, job.category) == ("PARTIAL", "MISCELLANEOUS")
    assert job.message == (
        "Copy job completed partially: 1 of 3 nested recovery points were not copied."
    )
    assert copied(story).status == "PARTIAL"


def test_a_child_that_fails_makes_the_copy_partial() -> None:
    story = backed_up(VOLUME, TABLE)
    story.when(RegisterResource(TABLE, fails_with="No")).when(copy(story)).at(COPIED + MINUTE)
    assert states(story) == {STACK: "COMPLETED", VOLUME: "COMPLETED", TABLE: "FAILED"}
    assert (parent(story).state, copied(story).status) == ("PARTIAL", "PARTIAL")
    assert set(nested(story)) == {STACK, VOLUME}


@pytest.mark.parametrize("failing", [None, VOLUME, FILES])
def test_children_that_are_listed_no_more_count_when_their_parent_ends(failing: str | None) -> None:
    story = backed_up(VOLUME, FILES)
    for member, days in ((VOLUME, 31), (FILES, 0)):
        fails_with = "No" if member == failing else None
        story.when(
            RegisterResource(member, job_seconds=days * DAY // SECOND, fails_with=fails_with)
        )
    sizes = {
        point.resource_arn: point.size_bytes or 0
        for point in story.world.recovery_points.matching(parent_arn=composite(story).arn)
        if point.resource_arn != failing
    }
    story.when(copy(story)).at(COPIED + 31 * DAY)
    assert states(story) == {VOLUME: "RUNNING"}
    story.at(COPIED + 32 * DAY)
    job = parent(story)
    counts = {"COMPLETED": 3} if failing is None else {"COMPLETED": 2, "FAILED": 1}
    assert children_in_state(story.world, job) == counts
    state = "COMPLETED" if failing is None else "PARTIAL"
    assert (job.state, copied(story).status) == (state, state)
    assert job.size_bytes == copied(story).size_bytes == sum(sizes.values())
    assert set(nested(story)) == set(sizes)


def test_a_parent_is_told_how_each_of_its_children_ended() -> None:
    story = backed_up(VOLUME)
    story.when(RegisterResource(VOLUME, fails_with="No", job_seconds=9)).when(copy(story))
    story.when(StartCopyJob("vault", story.world.recovery_points.latest().arn, DR, ROLE))
    story.at(COPIED + MINUTE)
    told = [fact for fact in story.news if isinstance(fact, CopyJobChildEnded)]
    parent_id = parent(story).job_id
    job_of = {job.resource_arn: job for job in children(story)}
    template = job_of[STACK]
    assert told == [
        CopyJobChildEnded(
            parent_id, template.job_id, "COMPLETED", template.size_bytes, template.copy_arn
        ),
        CopyJobChildEnded(parent_id, job_of[VOLUME].job_id, "FAILED"),
    ]


def test_a_copy_none_of_whose_children_completes_fails() -> None:
    story = backed_up(VOLUME)
    story.when(RegisterResource(VOLUME, fails_with="No")).when(stack(VOLUME, fails_with="No"))
    story.when(copy(story)).at(COPIED + MINUTE)
    job = parent(story)
    assert (job.state, job.copy_arn) == ("FAILED", None)
    assert job.message == ("Copy job failed because none of the nested recovery points was copied.")
    assert not len(there(story).recovery_points)


def test_a_composite_that_lacks_something_is_copied_as_what_it_is() -> None:
    story = backed_up(VOLUME, FILES)
    files = story.world.recovery_points.latest(resource_arn=FILES)
    story.when(DisassociateRecoveryPointFromParent("vault", files.arn))
    assert composite(story).status == "PARTIAL"
    story.when(copy(story)).at(COPIED + MINUTE)
    assert (parent(story).state, copied(story).status) == ("COMPLETED", "PARTIAL")
    assert set(nested(story)) == {STACK, VOLUME}


def test_a_composite_that_groups_nothing_is_not_copied() -> None:
    story = backed_up()
    (template,) = (
        point
        for point in story.world.recovery_points.matching(resource_arn=STACK)
        if point.parent_arn is not None
    )
    story.when(DisassociateRecoveryPointFromParent("vault", template.arn))
    story.when(copy(story)).at(COPIED + MINUTE)
    job = parent(story)
    assert (job.state, job.message) == (
        "FAILED",
        "Feature is not supported for provided resource type.",
    )


def test_a_nested_point_that_went_before_its_turn_fails_its_child() -> None:
    story = backed_up(VOLUME, FILES)
    files = story.world.recovery_points.latest(resource_arn=FILES)
    story.when(copy(story)).at(COPIED + SECOND)
    story.when(DeleteRecoveryPoint("vault", files.arn)).at(COPIED + MINUTE)
    assert states(story)[FILES] == "FAILED"
    assert parent(story).state == "PARTIAL"


def test_a_composite_is_copied_inside_a_region_too() -> None:
    story = backed_up(VOLUME)
    story.when(copy(story, NEAR)).at(COPIED + MINUTE)
    assert parent(story).state == "COMPLETED"
    copy_arn = parent(story).copy_arn
    assert copy_arn is not None
    assert story.world.recovery_points[copy_arn].vault_name == "near"
    assert len(story.world.recovery_points.matching(parent_arn=copy_arn)) == 2


def test_a_cluster_is_copied_whole_and_its_state_never_alone() -> None:
    story = backed_up(VOLUME, BUCKET, resource_arn=CLUSTER)
    (state,) = (
        point
        for point in story.world.recovery_points.matching(resource_arn=CLUSTER)
        if point.parent_arn is not None
    )
    story.when(StartCopyJob("vault", state.arn, DR, ROLE)).then_rejected(InvalidRequest)
    story.when(copy(story)).at(COPIED + MINUTE)
    assert parent(story).state == "COMPLETED"
    prefix = f"arn:aws:backup:eu-west-1:{HERE.account}:recovery-point:"
    assert copied(story).arn.startswith(f"{prefix}composite:eks/prod-")
    assert nested(story)[CLUSTER].arn.startswith(f"{prefix}eks/prod-")


def test_a_nested_point_is_copied_alone_as_any_other() -> None:
    story = backed_up(VOLUME)
    volume = story.world.recovery_points.latest(resource_arn=VOLUME)
    story.when(StartCopyJob("vault", volume.arn, DR, ROLE)).at(COPIED + MINUTE)
    (point,) = there(story).recovery_points.matching()
    assert (point.parent_arn, point.born.member_identifier) == (None, None)


def test_a_copy_waits_for_a_backup_of_the_stack_and_its_children_for_their_resources() -> None:
    slow = RegisterResource(VOLUME, job_seconds=600)
    story = backed_up(VOLUME, FILES, others=(slow,))
    story.when(copy(story)).when(StartBackupJob("vault", VOLUME, ROLE)).at(COPIED + 5 * MINUTE)
    assert states(story) == {STACK: "COMPLETED", VOLUME: "CREATED", FILES: "COMPLETED"}
    story.at(COPIED + HOUR)
    assert parent(story).state == "COMPLETED"
    again = backed_up(VOLUME)
    again.when(start()).when(copy(again)).at(COPIED + 2 * SECOND)
    assert parent(again).state == "CREATED"
    again.at(COPIED + MINUTE)
    assert parent(again).state == "COMPLETED"


def test_copies_of_one_composite_wait_for_each_other() -> None:
    story = backed_up(VOLUME, FILES)
    story.when(copy(story)).when(copy(story, NEAR)).when(start()).at(COPIED + 2 * SECOND)
    parents = [job.job_id for job in story.world.copy_jobs.matching() if job.born.is_parent]
    assert len(parents) == 2
    story.at(COPIED + MINUTE)
    assert [story.world.copy_jobs[job_id].state for job_id in parents] == ["COMPLETED"] * 2
    assert {job.state for job in story.world.backup_jobs.matching()} == {"COMPLETED"}


def test_a_rule_copies_a_stack_as_one() -> None:
    story = world(stack(VOLUME, FILES))
    story.engine.handle(CreateVault("dr"), THERE)
    rule = RuleInput("daily", "vault", copy_actions=(CopyAction(DR, Lifecycle(None, 99)),))
    (made,) = story.engine.handle(CreatePlan(PlanInput("p", (rule,))), HERE)
    story.engine.handle(CreateSelection(made.plan_id, "all", ROLE, resources=(STACK,)), HERE)
    story.at(START + 6 * HOUR)
    assert parent(story).state == "COMPLETED"
    assert len(story.world.copy_jobs) == 4
    assert {job.born.created_by for job in children(story)} == {parent(story).born.created_by}
    assert parent(story).born.created_by is not None
    assert {point.lifecycle for point in nested(story).values()} == {Lifecycle(None, 99)}
