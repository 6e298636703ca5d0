"""Retention waits for copies: of points, of composites, and of what other accounts can see."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.copy_examples import (
    EFS,
    POINT,
    ROLE,
    T0,
    W,
    copied,
    copy,
    job,
    jobs,
    told,
)
from tests.domain.test_approvals import VIEW, at_home, from_abroad, pending
from tests.domain.test_composite_copies import DR, backed_up, parent
from tests.domain.test_composite_copies import copy as copy_of_composite
from tests.domain.test_composite_jobs import FILES, START, VOLUME, composite, nested
from tests.domain.test_held_points import holding, released
from tests.domain.test_views import copy as copy_from_view
from tests.domain.test_views import story as viewing
from tests.spec import HERE, Story
from tests.steps import Ask, History, Wait, asked, live
from tests.steps.taking import FILES as SOME_FILES
from tests.steps.taking import STACK, THERE
from tests.steps.taking import VOLUME as SOME_VOLUME
from vaultclock.domain.approvals.commands import ApproveSession, RevokeRestoreAccessVault
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.copy_jobs.events import (
    CopyJobCompleted,
    CopyJobCreated,
    CopyJobFailed,
    CopyJobPartlyCompleted,
)
from vaultclock.domain.features import Engine, replay
from vaultclock.domain.kernel.engine import restore
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, SECOND
from vaultclock.domain.legal_holds.commands import CancelLegalHold, CreateLegalHold
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    ExpireRecoveryPoint,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointCopyEnded,
    RecoveryPointCreated,
    RecoveryPointDeleted,
    RecoveryPointDeletionPostponed,
    RecoveryPointExpired,
    RecoveryPointFellDue,
)
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.commands import CreateVault

TEN_HOURS = 10 * HOUR // SECOND
DUE = T0 + HOUR
ENDS = T0 + 10 * HOUR + SECOND  # the copy that is asked for at once
KEPT = Lifecycle(delete_after_days=99)


def slow(resource_arn: str = EFS, **fields: Any) -> RegisterResource:
    return RegisterResource(resource_arn, job_seconds=TEN_HOURS, **fields)


def copying(*facts: Any, **changes: Any) -> Story:
    """A copy takes ten hours, and its source will fall due after one."""
    fields = {"lifecycle": Lifecycle(delete_after_days=1), "deletion_lag_ms": HOUR, **changes}
    story = told(*facts, **fields).when(slow())
    story.when(copy(lifecycle=KEPT)).at(DUE - 1)
    assert job(story).state == "RUNNING"
    _ = story.news
    return story


def about(story: Story, *arns: str) -> list[Any]:
    """What happened to points since the last look."""
    return [fact for fact in story.news if getattr(fact, "arn", None) in arns]


def test_retention_waits_for_the_end_of_a_copy_and_not_longer() -> None:
    story = copying().at(DUE)
    story.then(RecoveryPointDeletionPostponed(POINT, (job(story).job_id,)))
    story.at(ENDS - 1).then_nothing_happened()
    assert story.world.recovery_points[POINT].status == "COMPLETED"
    story.at(ENDS)
    copy_arn, job_id = job(story).copy_arn or "", job(story).job_id
    story.then(
        CopyJobCompleted(job_id),
        RecoveryPointCompleted(copy_arn, 5),
        RecoveryPointCopyEnded(POINT, job_id),
        RecoveryPointDeleted(POINT),
    )


def test_a_restart_changes_nothing_about_a_point_that_waits() -> None:
    story = copying().at(DUE)
    again = restore(Engine(log=story.engine.log))
    assert again.rows() == story.engine.rows()
    assert again.next_due() == story.engine.next_due() == ENDS


def test_retention_waits_for_a_copy_that_fails() -> None:
    story = copying().when(slow(fails_with="No")).at(ENDS)
    assert job(story).state == "FAILED"
    assert story.news[-2:] == [
        RecoveryPointCopyEnded(POINT, job(story).job_id),
        RecoveryPointDeleted(POINT),
    ]


def test_retention_waits_for_copies_that_are_yet_to_start() -> None:
    story = copying().when(copy(W, lifecycle=KEPT)).at(DUE)
    first, second = (each.job_id for each in jobs(story))
    assert about(story, POINT) == [RecoveryPointDeletionPostponed(POINT, (first, second))]
    story.at(ENDS + HOUR)
    assert about(story, POINT) == [RecoveryPointCopyEnded(POINT, first)]
    story.at(ENDS + DAY)
    assert [each.state for each in jobs(story)] == ["COMPLETED"] * 2
    assert about(story, POINT) == [
        RecoveryPointCopyEnded(POINT, second),
        RecoveryPointDeleted(POINT),
    ]


def test_retention_waits_for_a_copy_that_cannot_start() -> None:
    story = told(lifecycle=Lifecycle(delete_after_days=1), deletion_lag_ms=HOUR).when(slow())
    story.when(StartBackupJob("w", EFS, ROLE)).at(T0 + MINUTE)
    story.when(copy(f"{W}-none")).at(DUE)
    assert POINT in story.world.recovery_points
    _ = story.news
    story.at(ENDS)
    assert job(story).state == "FAILED"
    assert about(story, POINT) == [
        RecoveryPointCopyEnded(POINT, job(story).job_id),
        RecoveryPointDeleted(POINT),
    ]


def test_a_point_that_waits_can_be_copied_once_more() -> None:
    story = copying().at(ENDS - HOUR).when(copy(W, lifecycle=KEPT)).at(ENDS + HOUR)
    first, second = (each.job_id for each in jobs(story))
    assert about(story, POINT) == [
        RecoveryPointDeletionPostponed(POINT, (first,)),
        RecoveryPointCopyEnded(POINT, first),
        RecoveryPointDeletionPostponed(POINT, (second,)),
    ]
    story.at(ENDS + DAY)
    assert jobs(story)[-1].state == "COMPLETED"
    assert POINT not in story.world.recovery_points


def test_a_longer_retention_counts_though_it_is_asked_for_while_the_point_waits() -> None:
    story = copying().at(DUE)
    story.when(UpdateRecoveryPointLifecycle("v", POINT, Lifecycle(delete_after_days=3)))
    story.at(T0 + 2 * DAY + HOUR - 1)
    assert POINT in story.world.recovery_points
    story.at(T0 + 2 * DAY + HOUR)
    assert POINT not in story.world.recovery_points


def test_a_hold_that_comes_while_a_point_waits_outlasts_the_copy() -> None:
    story = holding(copying().at(DUE)).at(ENDS + HOUR)
    point = story.world.recovery_points[POINT]
    assert (len(point.held_by), point.awaited_copies) == (1, ())
    assert POINT not in released(story).world.recovery_points


def test_a_point_whose_hold_is_released_waits_for_its_copy_still() -> None:
    story = told(lifecycle=Lifecycle(delete_after_days=1), deletion_lag_ms=HOUR).when(slow())
    story = holding(story.when(copy(lifecycle=KEPT))).at(DUE + HOUR)
    assert not story.world.recovery_points[POINT].awaited_copies, "the hold keeps it as yet"
    assert released(story).world.recovery_points[POINT].awaited_copies == (job(story).job_id,)
    assert POINT not in story.at(ENDS).world.recovery_points


def test_a_temporary_point_that_waits_goes_with_its_last_copy() -> None:
    temporary = Lifecycle(delete_after_days=1, delete_after_event="DELETE_AFTER_COPY")
    story = copying(lifecycle=temporary).at(ENDS)
    kinds = [type(fact) for fact in about(story, POINT)]
    assert kinds == [RecoveryPointDeletionPostponed, RecoveryPointCopyEnded, RecoveryPointDeleted]
    story = holding(copying(lifecycle=temporary).at(DUE))
    _ = story.news
    story.at(ENDS)
    assert [type(fact) for fact in about(story, POINT)] == [
        RecoveryPointCopyEnded,
        RecoveryPointFellDue,
    ]
    assert POINT not in released(story).world.recovery_points


def test_a_point_that_has_to_stay_is_expired_only_after_its_copy() -> None:
    story = copying().when(slow(keeps_points="Locked")).at(ENDS - 1)
    assert story.world.recovery_points[POINT].status == "COMPLETED"
    story.at(ENDS)
    assert story.news[-1] == RecoveryPointExpired(POINT, "Locked")
    assert copied(story).status == "COMPLETED"


# --- composite points

LATE = START + 23 * HOUR  # when copies of composites are asked for that expire an hour later
OVER = START + DAY + MINUTE


def due_soon() -> Story:
    """A stack of two has an hour to live, and one of the two is copied slowly."""
    story = backed_up(VOLUME, FILES, days=1).when(slow(VOLUME)).at(LATE)
    _ = story.news
    return story


def kept(story: Story) -> set[str]:
    """What is left in the vault of the sources, by what it is of."""
    return {point.resource_arn for point in story.world.recovery_points.matching()}


def test_a_composite_and_all_that_it_groups_wait_for_its_copy() -> None:
    story = due_soon()
    whole, members = composite(story), nested(story)
    story.when(copy_of_composite(story, lifecycle=KEPT)).at(OVER)
    assert kept(story) == {whole.resource_arn, *members}
    assert parent(story).state == "RUNNING"
    story.at(LATE + 10 * HOUR + MINUTE)
    assert parent(story).state == "COMPLETED"
    assert kept(story) == set()
    assert not any(isinstance(fact, RecoveryPointExpired) for fact in story.news)


def test_what_a_composite_groups_waits_for_a_copy_that_is_yet_to_start() -> None:
    story = due_soon()
    whole, members = composite(story), nested(story)
    story.when(RegisterResource(whole.resource_arn, members=(VOLUME, FILES), job_seconds=7200))
    story.when(StartBackupJob("near", whole.resource_arn, ROLE)).at(LATE + 2 * SECOND)
    story.when(StartCopyJob("vault", whole.arn, DR, ROLE)).at(OVER)
    assert parent(story).state == "CREATED"
    assert {*members} <= kept(story)
    assert len(story.world.recovery_points.matching(vault_name="vault")) == 4
    story.at(LATE + 2 * DAY)
    assert parent(story).state == "COMPLETED"
    assert not story.world.recovery_points.matching(vault_name="vault")


def test_a_composite_waits_for_a_copy_of_one_that_it_groups() -> None:
    story = due_soon()
    volume = story.world.recovery_points.latest(resource_arn=VOLUME)
    story.when(StartCopyJob("vault", volume.arn, DR, ROLE, lifecycle=KEPT)).at(OVER)
    assert kept(story) == {composite(story).resource_arn, VOLUME}, "the others have gone"
    assert composite(story).status == "PARTIAL"
    story.at(LATE + 11 * HOUR)
    assert kept(story) == set()
    assert not any(isinstance(fact, RecoveryPointExpired) for fact in story.news)


def test_what_leaves_a_composite_that_waits_goes_when_the_copy_has_ended() -> None:
    story = due_soon()
    files = story.world.recovery_points.latest(resource_arn=FILES)
    story.when(copy_of_composite(story, lifecycle=KEPT)).at(OVER)
    story.when(DisassociateRecoveryPointFromParent("vault", files.arn)).at(OVER + HOUR)
    assert files.arn in story.world.recovery_points, "it was asked for while that was nested"
    story.at(LATE + 10 * HOUR + MINUTE)
    assert kept(story) == set()


# --- what other accounts can see


def viewed() -> Story:
    """A point that another account is about to copy falls due in an hour."""
    point = f"{POINT}-view"
    made = RecoveryPointCreated(
        point, "lag", EFS, "EFS", ROLE, START - DAY, HOUR, lifecycle=Lifecycle(None, 1)
    )
    story = viewing(made, RecoveryPointCompleted(point, 5))
    at_home(story).when(slow())
    return from_abroad(story).when(copy_from_view(point, lifecycle=KEPT))


def test_the_owner_of_a_vault_keeps_what_another_account_copies() -> None:
    story = viewed().at(START + 2 * HOUR)
    owner = at_home(story).world
    assert owner.recovery_points[f"{POINT}-view"].awaited_copies
    story.at(START + 11 * HOUR)
    assert f"{POINT}-view" not in owner.recovery_points
    assert from_abroad(story).world.copy_jobs.latest().state == "COMPLETED"


@pytest.mark.parametrize("hours", [0, 2])
def test_a_view_that_is_revoked_keeps_nothing_back(hours: int) -> None:
    """Also when that is done before the copy could find its source."""
    story = at_home(viewed()).at(START + hours * HOUR)
    story.when(RevokeRestoreAccessVault("lag", VIEW)).when(ApproveSession(pending(story)))
    story.at(START + 11 * HOUR)
    ended = {CopyJobFailed, CopyJobCompleted}
    assert ended & {type(fact) for fact in story.news}
    assert f"{POINT}-view" not in story.world.recovery_points


# --- whatever happens

_FALLING_DUE: History = [
    Ask(CreateVault("alpha")),
    Ask(CreateVault("beta"), THERE),
    Ask(RegisterResource(STACK, members=(SOME_VOLUME, SOME_FILES))),
    *(
        Ask(StartBackupJob("alpha", arn, ROLE, lifecycle=Lifecycle(delete_after_days=1)))
        for arn in (STACK, SOME_VOLUME)
    ),
    Wait(MINUTE),
    *(Ask(slow(arn)) for arn in (SOME_VOLUME, SOME_FILES)),
    Wait(22 * HOUR),
]
_copies = st.builds(
    lambda place: Ask(
        StartCopyJob(
            "alpha",
            f"recovery_points#{place}.arn",
            f"arn:aws:backup:{THERE.region}:{THERE.account}:backup-vault:beta",
            ROLE,
            lifecycle=KEPT,
        )
    ),
    st.integers(0, 4),
)
_about_points = asked(
    DeleteRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    UpdateRecoveryPointLifecycle,
    CreateLegalHold,
    CancelLegalHold,
)
_waits = st.builds(Wait, st.sampled_from([MINUTE, HOUR, 4 * HOUR, 9 * HOUR]))
# not one_of, which would make a copy and a wait as rare as any one command
_steps = st.sampled_from([_about_points, _copies, _waits]).flatmap(lambda kind: kind)
_histories = st.lists(_steps, min_size=3, max_size=12).map(lambda later: [*_FALLING_DUE, *later])


@settings(deadline=None, max_examples=100)
@given(_histories)
def test_retention_never_takes_what_a_copy_has_to_read_and_waits_for_nothing_else(
    history: History,
) -> None:
    engine = live(history)
    to_read: dict[str, str] = {}  # by the job that does
    for batch in engine.log.read():
        for fact in batch.facts:
            if isinstance(fact, CopyJobCreated):
                to_read[fact.job_id] = fact.source_point_arn
            elif isinstance(fact, (CopyJobCompleted, CopyJobPartlyCompleted, CopyJobFailed)):
                del to_read[fact.job_id]
            elif isinstance(batch.cause, ExpireRecoveryPoint):
                assert not (isinstance(fact, RecoveryPointDeleted) and fact.arn in to_read.values())
    for point in engine.world(HERE).recovery_points.matching():
        assert {*point.awaited_copies} <= {*to_read}
    assert replay(engine.log).rows() == engine.rows()
    engine.advance(engine.now + 200 * DAY)
    for point in engine.world(HERE).recovery_points.matching():
        assert point.held_by or point.deletes_at is None
        assert not point.awaited_copies
