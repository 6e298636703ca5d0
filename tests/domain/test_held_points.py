"""What legal holds do to recovery points: which are held, what that refuses, what waits."""

from typing import Any

import pytest

from tests.domain.test_composite_points import OF_CLUSTER, nested, parent
from tests.domain.test_legal_holds import ACTIVE, ARN, CANCEL, ID
from tests.domain.test_recovery_points import EBS, EFS, ROLE, VAULT, born
from tests.spec import HERE, Story, given
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.instants import DAY, HOUR, SECOND
from vaultclock.domain.kernel.refusals import InvalidRequest
from vaultclock.domain.legal_holds.commands import CancelLegalHold, CreateLegalHold
from vaultclock.domain.legal_holds.decide import ACTIVATION, CANCELLATION
from vaultclock.domain.legal_holds.events import (
    LegalHoldCanceled,
    LegalHoldCancellationStarted,
    PointSelection,
)
from vaultclock.domain.plans.commands import CreatePlan, PlanInput, RuleInput
from vaultclock.domain.plans.events import PlanCreated
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointBecamePartial,
    RecoveryPointCompleted,
    RecoveryPointDeleted,
    RecoveryPointDeletionStarted,
    RecoveryPointExpired,
    RecoveryPointFellDue,
    RecoveryPointHeld,
    RecoveryPointLeftParent,
    RecoveryPointLifecycleChanged,
    RecoveryPointMovedToColdStorage,
    RecoveryPointReleased,
)
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.selections.commands import CreateSelection
from vaultclock.domain.values import CopyAction, Lifecycle
from vaultclock.domain.vaults.commands import CreateVault
from vaultclock.domain.vaults.events import VaultCreated

ALL = CreateLegalHold("case", "all of it")
HELD = "The recovery point cannot be deleted because it has active legal hold(s)"
WEEK = Lifecycle(delete_after_days=7)
BUCKET = "arn:aws:s3:::bucket"


def done(arn: str, **changes: Any) -> list[Any]:
    return [born(arn, **changes), RecoveryPointCompleted(arn, 5)]


def held_in(story: Story) -> set[str]:
    return {point.arn for point in story.world.recovery_points.matching() if point.held_by}


def holding(story: Story, command: CreateLegalHold = ALL) -> Story:
    """Let a hold be made and become active."""
    story.when(command).at(story.engine.now + ACTIVATION)
    assert story.rejection is None
    return story


def released(story: Story) -> Story:
    """Cancel every hold, and wait until that is done."""
    for hold_id in [*story.world.legal_holds]:
        story.when(CancelLegalHold(hold_id, "over"))
    return story.at(story.engine.now + CANCELLATION)


def held(*facts: Any) -> Story:
    """Begin with points that are done, and an active hold on them."""
    arns = [fact.arn for fact in facts if isinstance(fact, RecoveryPointCompleted)]
    return given(VAULT, *facts, *ACTIVE, *(RecoveryPointHeld(arn, ARN) for arn in arns))


# --- which points are held


def several() -> Story:
    return given(
        VAULT,
        VaultCreated("w", None),
        *done("arn:files", created_at=0),
        *done("arn:disk", created_at=1, resource_arn=EBS, resource_type="EBS"),
        *done("arn:files-w", created_at=2, vault_name="w"),
        *done("arn:disk-w", created_at=3, vault_name="w", resource_arn=EBS, resource_type="EBS"),
        at=9,
    )


EVERY = ["arn:files", "arn:disk", "arn:files-w", "arn:disk-w"]


@pytest.mark.parametrize(
    ("selection", "arns"),
    [
        (None, EVERY),
        ({}, EVERY),
        ({"vault_names": (), "resources": ()}, EVERY),
        ({"vault_names": ("v",)}, ["arn:files", "arn:disk"]),
        ({"vault_names": ("v", "w", "v")}, EVERY),
        ({"resources": ("EBS",)}, ["arn:disk", "arn:disk-w"]),
        ({"resources": (EFS,)}, ["arn:files", "arn:files-w"]),
        ({"resources": (EFS, "EFS", "EBS")}, EVERY),
        ({"resources": ("S3",)}, []),
        ({"vault_names": ("w",), "resources": ("EBS",)}, ["arn:disk-w"]),
        ({"vault_names": ("w",), "resources": (EFS,)}, ["arn:files-w"]),
        ({"created_from": 1, "created_until": 2}, ["arn:disk", "arn:files-w"]),
        ({"created_from": 2}, ["arn:files-w", "arn:disk-w"]),
        ({"created_until": 0}, ["arn:files"]),
        ({"vault_names": ("v",), "created_from": 1, "created_until": 9}, ["arn:disk"]),
    ],
    ids=str,
)
def test_a_hold_is_on_the_points_that_its_selection_names(
    selection: dict[str, Any] | None, arns: list[str]
) -> None:
    chosen = None if selection is None else PointSelection(**selection)
    story = holding(several(), CreateLegalHold("case", "some of it", chosen))
    assert held_in(story) == {*arns}
    stated = [fact.arn for fact in story.news if isinstance(fact, RecoveryPointHeld)]
    assert len(stated) == len({*stated}), "each of them once"


def test_points_that_are_made_after_the_hold_do_not_join_it() -> None:
    engine = Engine()
    engine.handle(CreateVault("v"), HERE)
    engine.handle(RegisterResource(EBS, job_seconds=0), HERE)
    engine.handle(StartBackupJob("v", EFS, ROLE), HERE)
    engine.advance(60 * SECOND)
    engine.handle(ALL, HERE)
    for resource in (EBS, BUCKET):  # one is done before the hold is active, the other is not
        engine.handle(StartBackupJob("v", resource, ROLE), HERE)
    engine.advance(120 * SECOND)
    points = engine.world(HERE).recovery_points.matching()
    assert {point.resource_arn for point in points} == {EFS, EBS, BUCKET}
    assert [point.resource_arn for point in points if point.held_by] == [EFS]


def test_a_point_that_is_begun_before_the_hold_and_done_before_it_is_active_is_held() -> None:
    story = given(VAULT, born("arn:begun")).at(5).when(ALL)
    engine = story.engine
    engine.advance(5 + ACTIVATION - 1)
    assert not held_in(story)
    quick = given(VAULT, *done("arn:p")).when(ALL).at(ACTIVATION)
    assert held_in(quick) == {"arn:p"}


def test_points_that_are_on_their_way_and_continuous_ones_are_not_held() -> None:
    story = given(
        VAULT,
        born("arn:begun"),
        *done("arn:expired"),
        RecoveryPointExpired("arn:expired", "Locked"),
        *done("arn:going"),
        RecoveryPointDeletionStarted("arn:going", 9 * DAY),
        *done("arn:pitr", is_continuous=True, resource_type="S3", resource_arn=BUCKET),
        *done("arn:p"),
    )
    assert held_in(holding(story)) == {"arn:p"}


def test_a_point_may_be_deleted_while_the_hold_is_creating_and_then_the_delete_wins() -> None:
    story = given(VAULT, *done("arn:p"), *done("arn:q"), at=7).when(ALL)
    story.at(7 + ACTIVATION - 1).when(DeleteRecoveryPoint("v", "arn:p"))
    assert story.rejection is None
    story.at(7 + ACTIVATION)
    assert held_in(story) == {"arn:q"}
    story.at(7 + 2 * SECOND)
    assert [*story.world.recovery_points] == ["arn:q"]


def test_a_hold_may_be_put_on_a_point_that_another_keeps_past_its_retention() -> None:
    story = holding(held(*done("arn:p", lifecycle=WEEK)).at(8 * DAY))
    assert len(story.world.recovery_points["arn:p"].held_by) == 2
    story.when(CANCEL).at(9 * DAY)
    assert [*story.world.recovery_points] == ["arn:p"], "the other hold is still there"
    released(story)
    assert not len(story.world.recovery_points)


# --- what a hold refuses, and what goes on


def test_a_held_point_cannot_be_deleted() -> None:
    story = held(*done("arn:p")).when(DeleteRecoveryPoint("v", "arn:p"))
    story.then_rejected(InvalidRequest, HELD)
    story.when(CANCEL).when(DeleteRecoveryPoint("v", "arn:p")).then_rejected(InvalidRequest, HELD)
    story.at(CANCELLATION).when(DeleteRecoveryPoint("v", "arn:p"))
    assert story.news[-1] == RecoveryPointDeletionStarted("arn:p", CANCELLATION + SECOND)


def test_a_held_point_cannot_be_disassociated() -> None:
    pitr = done("arn:p", is_continuous=True, resource_type="S3", resource_arn=BUCKET)
    story = held(*pitr).when(DisassociateRecoveryPoint("v", "arn:p"))
    story.then_rejected(InvalidRequest, HELD)


def test_a_held_point_goes_cold_all_the_same() -> None:
    story = held(*done("arn:p", lifecycle=Lifecycle(8, 98))).at(8 * DAY)
    story.then(RecoveryPointMovedToColdStorage("arn:p"))


def test_the_lifecycle_of_a_held_point_changes_and_has_no_effect_before_the_release() -> None:
    story = held(*done("arn:p")).when(UpdateRecoveryPointLifecycle("v", "arn:p", WEEK))
    story.then(RecoveryPointLifecycleChanged("arn:p", WEEK))
    story.at(400 * DAY).then_nothing_happened()
    story.when(CANCEL).at(400 * DAY + CANCELLATION)
    story.then(
        LegalHoldCancellationStarted(ID, "over", 580 * DAY, 400 * DAY + CANCELLATION),
        LegalHoldCanceled(ID),
        RecoveryPointReleased("arn:p", ARN),
        RecoveryPointDeleted("arn:p"),
    )


def test_retention_goes_on_as_before_when_the_hold_is_released_in_time() -> None:
    story = held(*done("arn:p", lifecycle=WEEK, deletion_lag_ms=HOUR)).when(CANCEL)
    story.at(7 * DAY + HOUR - 1).then_kinds(
        LegalHoldCancellationStarted, LegalHoldCanceled, RecoveryPointReleased
    )
    story.at(7 * DAY + HOUR).then(RecoveryPointDeleted("arn:p"))


def test_a_point_whose_resource_keeps_it_is_expired_only_after_the_release() -> None:
    story = held(*done("arn:p", lifecycle=WEEK)).when(RegisterResource(EFS, keeps_points="Locked"))
    story.at(9 * DAY)
    assert story.world.recovery_points["arn:p"].status == "COMPLETED"
    released(story)
    assert story.news[-1] == RecoveryPointExpired("arn:p", "Locked")


# --- composite points


def composite(*members: list[Any], **changes: Any) -> Story:
    facts = [*parent(7, **changes), *(fact for facts in members for fact in facts)]
    return given(VAULT, VaultCreated("w", None), *facts, at=2)


def of_types(*types: str) -> CreateLegalHold:
    return CreateLegalHold("case", "some of it", PointSelection(resources=types))


def test_a_composite_stays_while_one_that_it_groups_is_held() -> None:
    disk = {"resource_arn": EBS, "resource_type": "EBS"}
    story = composite(nested("arn:files", 7), nested("arn:disk", 7, **disk))
    holding(story, of_types("EBS"))
    assert held_in(story) == {"arn:disk", "arn:parent"}
    story.when(DeleteRecoveryPoint("v", "arn:parent")).then_rejected(InvalidRequest, HELD)
    story.at(9 * DAY)
    assert {*story.world.recovery_points} == {"arn:disk", "arn:parent"}
    assert story.world.recovery_points["arn:parent"].status == "PARTIAL"
    released(story)
    assert story.news[-2:] == [RecoveryPointDeleted("arn:disk"), RecoveryPointDeleted("arn:parent")]


def test_a_hold_on_a_composite_is_one_on_those_that_it_groups() -> None:
    others = [nested("arn:files", 7, vault_name="w"), nested("arn:later", 7)[:1]]
    story = composite(*others)
    chosen = PointSelection(resources=("CloudFormation",), vault_names=("v",))
    holding(story, CreateLegalHold("case", "the stack", chosen))
    assert held_in(story) == {"arn:parent", "arn:files"}, "but for what is not made yet"


def test_a_composite_that_is_being_made_is_held_with_what_it_groups_already() -> None:
    story = given(VAULT, parent(7)[0], *nested("arn:files", 7))
    assert held_in(holding(story, of_types("EFS"))) == {"arn:files", "arn:parent"}


def test_an_expired_composite_is_held_with_what_it_groups() -> None:
    expired = RecoveryPointExpired("arn:parent", "Nested recovery points could not be deleted.")
    story = composite(nested("arn:state", 99, **OF_CLUSTER), [expired], **OF_CLUSTER)
    holding(story, of_types("EKS"))
    assert held_in(story) == {"arn:state", "arn:parent"}
    story.when(DeleteRecoveryPoint("v", "arn:parent")).then_rejected(InvalidRequest, HELD)


def test_what_goes_with_a_composite_that_is_being_deleted_is_not_held() -> None:
    going = RecoveryPointDeletionStarted("arn:parent", 9 * SECOND)
    story = composite(nested("arn:state", 7, **OF_CLUSTER), [going], **OF_CLUSTER)
    assert held_in(holding(story)) == set()
    story.at(9 * SECOND)
    assert not len(story.world.recovery_points)


def test_a_nested_point_without_its_composite_is_held_alone() -> None:
    story = given(VAULT, *nested("arn:files", 7))
    assert held_in(holding(story)) == {"arn:files"}


def test_a_held_composite_stays_when_the_last_that_it_grouped_is_gone() -> None:
    going = RecoveryPointDeletionStarted("arn:files", 5 * SECOND)
    story = composite(nested("arn:files", 7), [going])
    assert held_in(holding(story)) == {"arn:parent"}
    story.at(5 * SECOND)
    assert story.news[-2:] == [
        RecoveryPointDeleted("arn:files"),
        RecoveryPointBecamePartial("arn:parent"),
    ]
    story.at(9 * DAY)
    assert [*story.world.recovery_points] == ["arn:parent"]
    assert released(story).news[-1] == RecoveryPointDeleted("arn:parent")


def test_a_held_point_may_leave_its_composite_and_both_stay_held() -> None:
    story = holding(composite(nested("arn:files", 7)), of_types("EFS"))
    story.when(DisassociateRecoveryPointFromParent("v", "arn:files"))
    assert story.news[-2:] == [
        RecoveryPointLeftParent("arn:files"),
        RecoveryPointBecamePartial("arn:parent"),
    ]
    story.at(9 * DAY)
    assert held_in(story) == {"arn:files", "arn:parent"}
    released(story)
    assert not len(story.world.recovery_points)


def test_a_job_that_outlives_the_record_of_its_child_leaves_what_is_held() -> None:
    stack = f"arn:aws:cloudformation:us-east-1:{HERE.account}:stack/shop/1"
    engine = Engine(deletion_lag_hours=0)
    for command in (
        CreateVault("v"),
        RegisterResource(EFS, job_seconds=50 * 24 * 3600),
        RegisterResource(stack, members=(EFS,)),
        StartBackupJob("v", stack, ROLE, complete_window_minutes=100 * 24 * 60, lifecycle=WEEK),
    ):
        engine.handle(command, HERE)
    engine.advance(HOUR)
    engine.handle(ALL, HERE)
    engine.advance(40 * DAY)  # the child that backed up the template is listed no more
    points = engine.world(HERE).recovery_points
    kinds = [(p.born.is_parent, p.status, bool(p.held_by)) for p in points.matching()]
    assert kinds == [
        (True, "CREATING", True),
        (False, "COMPLETED", True),
        (False, "CREATING", False),
    ]
    engine.handle(
        RegisterResource(EFS, job_seconds=50 * 24 * 3600, fails_with="Table not found."), HERE
    )
    engine.advance(60 * DAY)
    kept = {point.status for point in points.matching()}
    assert (len(points), kept) == (2, {"COMPLETED", "PARTIAL"})


# --- snapshots that are made only to be copied


def copied(*, hold_until: int | None) -> tuple[Engine, list[Any]]:
    """Live through a continuous rule that copies; answer the facts about its snapshot."""
    engine = Engine(deletion_lag_hours=0)
    destination = f"arn:aws:backup:us-east-1:{HERE.account}:backup-vault:far"
    rule = RuleInput(
        "daily",
        "near",
        "cron(0 5 1 1 ? 1970)",
        continuous=True,
        lifecycle=Lifecycle(delete_after_days=35),
        copy_actions=(CopyAction(destination), CopyAction(destination)),
    )
    for name in ("near", "far"):
        engine.handle(CreateVault(name), HERE)
    (plan, *_) = engine.handle(CreatePlan(PlanInput("p", (rule,))), HERE)
    assert isinstance(plan, PlanCreated)
    engine.handle(CreateSelection(plan.plan_id, "all", ROLE, resources=(BUCKET,)), HERE)
    engine.handle(RegisterResource(BUCKET, job_seconds=60), HERE)
    engine.advance(5 * HOUR + 62 * SECOND)  # the snapshot is there, and its first copy begins
    if hold_until is not None:
        engine.handle(ALL, HERE)
        engine.advance(hold_until)
        (hold_id,) = engine.world(HERE).legal_holds
        engine.handle(CancelLegalHold(hold_id, "over"), HERE)
    engine.advance(6 * HOUR if hold_until is None else hold_until + CANCELLATION)
    (arn,) = {
        recorded.fact.arn
        for batch in engine.log.read()
        for recorded in batch.recorded()
        if getattr(getattr(recorded.fact, "lifecycle", None), "delete_after_event", None)
    }
    about = [r.fact for b in engine.log.read() for r in b.recorded()]
    return engine, [fact for fact in about if getattr(fact, "arn", None) == arn][2:]


def test_a_held_snapshot_that_is_copied_goes_when_it_is_released() -> None:
    _, free = copied(hold_until=None)
    assert [type(fact) for fact in free] == [RecoveryPointDeleted]
    _, facts = copied(hold_until=32 * DAY)
    assert [type(fact) for fact in facts] == [
        RecoveryPointHeld,
        RecoveryPointFellDue,
        RecoveryPointReleased,
        RecoveryPointDeleted,
    ]


def test_a_snapshot_that_is_released_before_it_is_copied_goes_with_its_copies() -> None:
    engine, facts = copied(hold_until=5 * HOUR + 64 * SECOND)
    assert [type(fact) for fact in facts] == [RecoveryPointHeld, RecoveryPointReleased]
    engine.advance(6 * HOUR)
    near = engine.world(HERE).recovery_points.matching(vault_name="near")
    assert [point.born.is_continuous for point in near] == [True]
