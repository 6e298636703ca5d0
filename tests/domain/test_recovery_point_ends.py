"""How recovery points end: the random delay, points that have to stay, and disassociation."""

from typing import Any

import pytest

from tests.domain.test_recovery_points import EFS, ROLE, VAULT, born, completed
from tests.spec import HERE, Story, given
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import DAY, HOUR, SECOND
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    InvalidRequest,
    InvalidResourceState,
    ResourceNotFound,
)
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointDeleted,
    RecoveryPointDeletionStarted,
    RecoveryPointDisassociated,
    RecoveryPointExpired,
    RecoveryPointRestoreStarted,
    RecoveryPointStopped,
)
from vaultclock.domain.resources.commands import DeregisterResource, RegisterResource
from vaultclock.domain.resources.events import ResourceDeregistered, ResourceRegistered
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.commands import CreateVault

LOCKED = "The snapshot is locked"
KEPT = RegisterResource(EFS, keeps_points=LOCKED)
DELETE = DeleteRecoveryPoint("v", "arn:p")
DISASSOCIATE = DisassociateRecoveryPoint("v", "arn:p")
CONTINUOUS: dict[str, dict[str, Any]] = {
    "S3": {"resource_type": "S3", "resource_arn": "arn:aws:s3:::bucket"},
    "RDS": {"resource_type": "RDS", "resource_arn": f"arn:aws:rds:us-east-1:{HERE.account}:db:d"},
    "Aurora": {
        "resource_type": "Aurora",
        "resource_arn": f"arn:aws:rds:us-east-1:{HERE.account}:cluster:c",
    },
    "SAP HANA on Amazon EC2": {
        "resource_type": "SAP HANA on Amazon EC2",
        "resource_arn": f"arn:aws:ssm-sap:us-east-1:{HERE.account}:HANA/h",
    },
}


def continuous(kind: str = "S3", **changes: Any) -> Story:
    return completed(is_continuous=True, **{**CONTINUOUS[kind], **changes})


def status(story: Story) -> str:
    return story.world.recovery_points["arn:p"].status


@pytest.mark.parametrize(("hours", "latest"), [(8, 8 * HOUR - 1), (2, 2 * HOUR - 1), (0, 0)])
def test_a_point_outlives_its_retention_by_a_random_time_within_the_hours_of_its_world(
    hours: int, latest: int
) -> None:
    engine = Engine(deletion_lag_hours=hours)
    engine.handle(CreateVault("vault"), HERE)
    for number in range(40):
        arn = f"arn:aws:ec2:us-east-1:{HERE.account}:volume/vol-{number}"
        engine.handle(StartBackupJob("vault", arn, ROLE, lifecycle=Lifecycle(None, 1)), HERE)
    engine.advance(DAY - 1)
    points = engine.world(HERE).recovery_points
    lags = {point.born.deletion_lag_ms for point in points.matching()}
    assert 0 <= min(lags) <= max(lags) <= latest
    assert (len(lags) > 1) == (hours > 0)
    engine.advance(DAY + latest)
    assert not len(points)


def test_a_point_that_cannot_be_deleted_is_expired_at_its_time_and_not_tried_again() -> None:
    story = completed(lifecycle=Lifecycle(None, 1), deletion_lag_ms=HOUR).when(KEPT)
    story.at(DAY + HOUR - 1).then_kinds(ResourceRegistered)
    assert status(story) == "COMPLETED"

    story.at(DAY + HOUR).then(RecoveryPointExpired("arn:p", LOCKED))
    assert status(story) == "EXPIRED"
    assert story.world.recovery_points["arn:p"].message == LOCKED
    story.when(DeregisterResource(EFS)).then_kinds(ResourceDeregistered)
    story.at(400 * DAY).then_nothing_happened()


def test_an_expired_point_stays_until_a_delete_succeeds() -> None:
    story = completed(lifecycle=Lifecycle(None, 1)).when(KEPT).at(DAY)
    story.then_kinds(ResourceRegistered, RecoveryPointExpired)
    story.when(DELETE).then(RecoveryPointDeletionStarted("arn:p", DAY + SECOND))
    assert status(story) == "DELETING"
    story.at(DAY + SECOND).then(RecoveryPointExpired("arn:p", LOCKED))
    assert status(story) == "EXPIRED"

    story.when(DeregisterResource(EFS)).then_kinds(ResourceDeregistered)
    story.when(DELETE).then(RecoveryPointDeletionStarted("arn:p", DAY + 2 * SECOND))
    story.at(DAY + 2 * SECOND).then(RecoveryPointDeleted("arn:p"))


def test_a_delete_that_cannot_succeed_is_accepted_and_expires_the_point_before_its_time() -> None:
    story = completed(lifecycle=Lifecycle(None, 35)).when(KEPT).when(DELETE).at(SECOND)
    story.then_kinds(ResourceRegistered, RecoveryPointDeletionStarted, RecoveryPointExpired)
    story.at(36 * DAY).then_nothing_happened()


def test_copies_in_other_regions_have_to_stay_too() -> None:
    there = Scope(HERE.account, "eu-west-1")
    copy = (VAULT, born(lifecycle=Lifecycle(None, 1)), RecoveryPointCompleted("arn:p", 5))
    story = given(*(Elsewhere(there, fact) for fact in copy))
    story.when(KEPT).at(DAY)
    assert story.engine.world(there).recovery_points["arn:p"].status == "EXPIRED"

    free = given(*(Elsewhere(there, fact) for fact in copy)).at(DAY)
    assert "arn:p" not in free.engine.world(there).recovery_points


def test_an_expired_point_keeps_its_lifecycle_and_is_not_restored() -> None:
    story = completed(lifecycle=Lifecycle(None, 1)).when(KEPT).at(DAY)
    assert not story.world.recovery_points["arn:p"].can_be_restored
    story.when(UpdateRecoveryPointLifecycle("v", "arn:p", Lifecycle(None, 9)))
    story.then_rejected(InvalidRequest)


@pytest.mark.parametrize("kind", CONTINUOUS)
def test_a_continuous_point_is_available_and_can_be_deleted(kind: str) -> None:
    story = continuous(kind)
    assert status(story) == "AVAILABLE"
    assert story.world.recovery_points["arn:p"].can_be_restored
    story.when(DELETE).at(SECOND).then_kinds(RecoveryPointDeletionStarted, RecoveryPointDeleted)


def test_the_lifecycle_of_a_continuous_point_is_changed_in_its_rule_alone() -> None:
    story = continuous(lifecycle=Lifecycle(None, 7))
    story.when(UpdateRecoveryPointLifecycle("v", "arn:p", Lifecycle(None, 9)))
    story.then_rejected(InvalidRequest)


@pytest.mark.parametrize("kind", [kind for kind in CONTINUOUS if kind != "S3"])
def test_a_disassociated_database_leaves_aws_backup(kind: str) -> None:
    tagged = TagsSet("arn:p", {"a": "b"})
    point = born(is_continuous=True, **CONTINUOUS[kind])
    story = given(VAULT, point, RecoveryPointCompleted("arn:p", 0), tagged)
    story.when(DISASSOCIATE).then(RecoveryPointDisassociated("arn:p"), TagsDropped("arn:p"))
    assert not len(story.world.recovery_points)
    story.when(DISASSOCIATE).then_rejected(ResourceNotFound)


def test_a_disassociated_bucket_is_stopped_and_kept_until_its_retention_is_over() -> None:
    story = continuous(lifecycle=Lifecycle(None, 7)).when(DISASSOCIATE)
    story.then(RecoveryPointStopped("arn:p"))
    assert status(story) == "STOPPED"
    story.when(DISASSOCIATE).then_nothing_happened()
    story.at(7 * DAY).then(RecoveryPointDeleted("arn:p"))


def test_disassociating_an_expired_bucket_has_no_effect_and_an_expired_database_leaves() -> None:
    for kind, kinds in (("S3", ()), ("RDS", (RecoveryPointDisassociated,))):
        story = continuous(kind, lifecycle=Lifecycle(None, 1))
        arn = CONTINUOUS[kind]["resource_arn"]
        story.when(RegisterResource(arn, keeps_points=LOCKED)).at(DAY)
        story.then_kinds(ResourceRegistered, RecoveryPointExpired)
        story.when(DISASSOCIATE).then_kinds(*kinds)


def test_only_a_continuous_point_that_is_not_busy_is_disassociated() -> None:
    completed().when(DISASSOCIATE).then_rejected(InvalidRequest)
    given(VAULT, born(is_continuous=True)).when(DISASSOCIATE).then_rejected(InvalidResourceState)
    restoring = given(
        VAULT,
        born(is_continuous=True),
        RecoveryPointCompleted("arn:p", 5),
        RecoveryPointRestoreStarted("arn:p"),
    )
    restoring.when(DISASSOCIATE).then_rejected(InvalidResourceState)
    continuous().when(DisassociateRecoveryPoint("w", "arn:p")).then_rejected(AccessDenied)


def test_a_point_that_is_not_nested_has_no_parent_to_be_taken_from() -> None:
    story = completed().when(DisassociateRecoveryPointFromParent("v", "arn:p"))
    story.then_rejected(InvalidRequest)
