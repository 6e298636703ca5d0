"""Composite recovery points: what becomes of them when those they group go, leave or change."""

import json
from typing import Any

import pytest

from tests.domain.test_recovery_points import EFS, VAULT, born
from tests.spec import HERE, Story, given
from vaultclock.domain.access_policies.events import AccessPolicySet
from vaultclock.domain.authorisation import DeniedByPolicy
from vaultclock.domain.composites import longest
from vaultclock.domain.kernel.instants import DAY, HOUR, SECOND
from vaultclock.domain.kernel.refusals import (
    InvalidRequest,
    InvalidResourceState,
    ResourceNotFound,
)
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointBecamePartial,
    RecoveryPointCompleted,
    RecoveryPointDeleted,
    RecoveryPointDeletionStarted,
    RecoveryPointExpired,
    RecoveryPointLeftParent,
    RecoveryPointLifecycleChanged,
    RecoveryPointRestoreStarted,
)
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.resources.events import ResourceRegistered
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.events import VaultCreated

STACK = f"arn:aws:cloudformation:us-east-1:{HERE.account}:stack/shop/1"
CLUSTER = f"arn:aws:eks:us-east-1:{HERE.account}:cluster/prod"
OF_STACK: dict[str, Any] = {"resource_arn": STACK, "resource_type": "CloudFormation"}
OF_CLUSTER: dict[str, Any] = {"resource_arn": CLUSTER, "resource_type": "EKS"}


def nested(arn: str, days: int | None = None, **changes: Any) -> list[Any]:
    lifecycle = None if days is None else Lifecycle(None, days)
    fields: dict[str, Any] = {"parent_arn": "arn:parent", "member_identifier": "m", **changes}
    return [born(arn, lifecycle=lifecycle, **fields), RecoveryPointCompleted(arn, 5)]


def parent(days: int | None = None, **changes: Any) -> list[Any]:
    lifecycle = None if days is None else Lifecycle(None, days)
    point = born("arn:parent", is_parent=True, lifecycle=lifecycle, **{**OF_STACK, **changes})
    return [point, RecoveryPointCompleted("arn:parent", None)]


def stack(*members: list[Any], days: int | None = None, **changes: Any) -> Story:
    return given(VAULT, *parent(days, **changes), *(fact for facts in members for fact in facts))


def delete(arn: str) -> DeleteRecoveryPoint:
    return DeleteRecoveryPoint("v", arn)


def leave(arn: str) -> DisassociateRecoveryPointFromParent:
    return DisassociateRecoveryPointFromParent("v", arn)


def status(story: Story, arn: str = "arn:parent") -> str:
    return story.world.recovery_points[arn].status


def test_a_composite_is_deleted_only_after_what_it_groups() -> None:
    story = stack(nested("arn:a"), nested("arn:b"))
    story.when(delete("arn:parent")).then_rejected(InvalidRequest)
    story.when(delete("arn:a")).at(SECOND)
    story.then_kinds(RecoveryPointDeletionStarted, RecoveryPointDeleted, RecoveryPointBecamePartial)
    assert status(story) == "PARTIAL"
    story.when(delete("arn:parent")).then_rejected(InvalidRequest)


def test_a_composite_goes_with_the_last_that_it_groups() -> None:
    tags = [TagsSet("arn:b", {"k": "b"}), TagsSet("arn:parent", {"k": "p"})]
    story = stack(nested("arn:a"), nested("arn:b"), tags)
    story.when(delete("arn:a")).when(delete("arn:b")).at(SECOND)
    story.then(
        RecoveryPointDeletionStarted("arn:a", SECOND),
        RecoveryPointDeletionStarted("arn:b", SECOND),
        RecoveryPointDeleted("arn:a"),
        RecoveryPointBecamePartial("arn:parent"),
        RecoveryPointDeleted("arn:b"),
        TagsDropped("arn:b"),
        RecoveryPointDeleted("arn:parent"),
        TagsDropped("arn:parent"),
    )
    assert not len(story.world.recovery_points)


def test_a_point_that_leaves_its_composite_lives_on_as_the_composite_does() -> None:
    story = stack(nested("arn:a", 9), nested("arn:b", 9), days=9)
    story.when(leave("arn:a"))
    story.then(RecoveryPointLeftParent("arn:a"), RecoveryPointBecamePartial("arn:parent"))
    assert story.world.recovery_points["arn:a"].parent_arn is None
    story.when(leave("arn:b")).then(RecoveryPointLeftParent("arn:b"))
    story.when(leave("arn:b")).then_rejected(InvalidRequest)

    assert status(story) == "PARTIAL"
    story.when(delete("arn:a")).at(SECOND)
    story.then_kinds(RecoveryPointDeletionStarted, RecoveryPointDeleted)
    story.at(9 * DAY).then(RecoveryPointDeleted("arn:b"), RecoveryPointDeleted("arn:parent"))


def denied(*arns: str) -> list[Any]:
    """A policy that denies deletes of these points alone."""
    deny = {"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint"}
    document = {"Version": "2012-10-17", "Statement": {**deny, "Resource": [*arns]}}
    return [AccessPolicySet("v", json.dumps(document))]


PARENT = f"arn:aws:backup:us-east-1:{HERE.account}:recovery-point:parent"
CHILDREN = [PARENT.replace("parent", name) for name in "ab"]
PARENT_DENIED = (
    f"User: arn:aws:iam::{HERE.account}:root is not authorized to perform:"
    f" backup:DeleteRecoveryPoint on resource: {PARENT} with an explicit deny in a resource-based"
    " policy"
)


def of_two(*more: Any, **changes: Any) -> Story:
    point = born(PARENT, is_parent=True, **{**OF_STACK, **changes})
    made = [point, RecoveryPointCompleted(PARENT, None)]
    for child in CHILDREN:
        made += nested(child, parent_arn=PARENT)
    return given(VAULT, *made, *more)


def test_a_denied_delete_of_a_composite_keeps_the_last_that_it_groups() -> None:
    first, last = CHILDREN
    story = of_two(*denied(PARENT)).when(delete(first))
    story.then_kinds(RecoveryPointDeletionStarted)
    story.when(delete(last)).then_rejected(DeniedByPolicy, PARENT_DENIED)
    story.when(leave(last)).then_rejected(DeniedByPolicy, PARENT_DENIED)
    story.at(SECOND).when(delete(last)).then_rejected(DeniedByPolicy, PARENT_DENIED)
    assert story.news == [RecoveryPointDeleted(first), RecoveryPointBecamePartial(PARENT)]
    story.when(leave(last)).then(RecoveryPointLeftParent(last))
    story.when(delete(last)).at(2 * SECOND)
    story.then_kinds(RecoveryPointDeletionStarted, RecoveryPointDeleted)
    assert status(story, PARENT) == "PARTIAL"
    story.when(delete(PARENT)).then_rejected(DeniedByPolicy, PARENT_DENIED)


def test_a_delete_in_another_vault_asks_nothing_about_what_would_go_along() -> None:
    story = of_two(*denied(PARENT), VaultCreated("w", None))
    story.when(DeleteRecoveryPoint("w", CHILDREN[0])).then_rejected(ResourceNotFound)


def test_a_denied_delete_of_a_clusters_state_keeps_its_composite() -> None:
    first, state = CHILDREN
    made = born(state, parent_arn=PARENT, **OF_CLUSTER)
    story = of_two(*denied(state), made, RecoveryPointCompleted(state, 1), **OF_CLUSTER)
    story.when(leave(first)).then_kinds(RecoveryPointLeftParent, RecoveryPointBecamePartial)
    story.when(delete(PARENT)).then_rejected(DeniedByPolicy)
    assert state in str(story.rejection)


def test_an_empty_composite_can_be_deleted() -> None:
    story = stack(nested("arn:a")).when(leave("arn:a")).when(delete("arn:parent")).at(SECOND)
    assert story.news[-1] == RecoveryPointDeleted("arn:parent")
    assert list(story.world.recovery_points) == ["arn:a"]


def test_a_busy_point_does_not_leave_its_composite() -> None:
    story = given(VAULT, *parent(), nested("arn:a")[0])
    story.when(leave("arn:a")).then_rejected(InvalidRequest)
    going = stack(nested("arn:a"), nested("arn:b")).when(delete("arn:a"))
    going.when(leave("arn:a")).then_rejected(InvalidRequest)


def test_what_leaves_or_goes_while_the_composite_is_made_is_told_by_its_job() -> None:
    made = given(VAULT, parent()[0], *nested("arn:a"), *nested("arn:b"))
    made.when(leave("arn:a")).then(RecoveryPointLeftParent("arn:a"))
    made.when(UpdateRecoveryPointLifecycle("v", "arn:b", Lifecycle(None, 5)))
    made.then_kinds(RecoveryPointLifecycleChanged)
    made.when(delete("arn:b")).at(SECOND)
    made.then_kinds(RecoveryPointDeletionStarted, RecoveryPointDeleted)
    assert status(made) == "CREATING"
    made.when(delete("arn:parent")).then_rejected(InvalidResourceState)


def test_a_composite_is_kept_as_long_as_the_longest_kept_that_it_groups() -> None:
    story = stack(nested("arn:a", 7), nested("arn:b", 9), days=9)
    story.when(UpdateRecoveryPointLifecycle("v", "arn:a", Lifecycle(None, 8)))
    story.then(RecoveryPointLifecycleChanged("arn:a", Lifecycle(None, 8)))
    story.when(UpdateRecoveryPointLifecycle("v", "arn:a", Lifecycle(None, 12)))
    story.then(
        RecoveryPointLifecycleChanged("arn:a", Lifecycle(None, 12)),
        RecoveryPointLifecycleChanged("arn:parent", Lifecycle(None, 12)),
    )
    story.when(leave("arn:a"))
    assert story.world.recovery_points["arn:parent"].lifecycle == Lifecycle(None, 9)
    story.when(UpdateRecoveryPointLifecycle("v", "arn:b", Lifecycle()))
    assert story.world.recovery_points["arn:parent"].lifecycle == Lifecycle()
    story.when(UpdateRecoveryPointLifecycle("v", "arn:parent", Lifecycle(None, 3)))
    story.then_rejected(InvalidRequest)


def test_no_retention_at_all_is_the_longest() -> None:
    week, never = Lifecycle(None, 7), Lifecycle(None, -1)
    assert longest([week, None]) is None
    assert longest([week, never]) == never
    assert longest([week, Lifecycle(1, 7)]) == week


def test_a_composite_kept_for_ever_stays_so_whatever_it_groups() -> None:
    story = stack(nested("arn:a"), nested("arn:b"), nested("arn:c", 1))
    story.when(leave("arn:c")).when(leave("arn:a"))
    story.then_kinds(RecoveryPointLeftParent, RecoveryPointBecamePartial, RecoveryPointLeftParent)


def test_retention_ends_a_composite_with_all_that_it_groups() -> None:
    lags = {"arn:a": HOUR, "arn:b": 8 * HOUR - 1}
    members = [nested(arn, 1, deletion_lag_ms=lag) for arn, lag in lags.items()]
    story = stack(*members, days=1, deletion_lag_ms=8 * HOUR)
    story.at(DAY + HOUR)
    story.then(RecoveryPointDeleted("arn:a"), RecoveryPointBecamePartial("arn:parent"))
    story.at(2 * DAY).then(RecoveryPointDeleted("arn:b"), RecoveryPointDeleted("arn:parent"))


def test_of_one_instant_a_composite_takes_what_it_groups_along() -> None:
    story = stack(nested("arn:z", 1), days=1).at(DAY)
    story.then(RecoveryPointDeleted("arn:z"), RecoveryPointDeleted("arn:parent"))


@pytest.mark.parametrize("why", ["locked", "restoring", "longer"])
def test_a_composite_is_expired_while_it_groups_what_has_to_stay(why: str) -> None:
    story = stack(nested("arn:z", 2 if why == "longer" else 1), days=1)
    if why == "locked":
        story.when(RegisterResource(EFS, keeps_points="Locked")).then_kinds(ResourceRegistered)
    if why == "restoring":
        story = stack(nested("arn:z", 1), [RecoveryPointRestoreStarted("arn:z")], days=1)
    story.at(DAY)
    assert story.news[0] == RecoveryPointExpired(
        "arn:parent", "Nested recovery points could not be deleted."
    )
    assert (status(story), status(story, "arn:z")) == (
        "EXPIRED",
        "EXPIRED" if why == "locked" else "COMPLETED",
    )
    if why == "longer":
        story.at(2 * DAY).then(RecoveryPointDeleted("arn:z"), RecoveryPointDeleted("arn:parent"))


def test_a_locked_stack_keeps_its_composite() -> None:
    locked = RegisterResource(STACK, keeps_points="Locked")
    story = stack(nested("arn:z", 1), days=1).when(locked).at(DAY)
    story.then_kinds(ResourceRegistered, RecoveryPointExpired, RecoveryPointDeleted)
    assert status(story) == "EXPIRED"
    emptied = stack(nested("arn:z")).when(locked).when(delete("arn:z")).at(SECOND)
    assert emptied.news[-1] == RecoveryPointExpired("arn:parent", "Locked")


def test_the_state_of_a_cluster_stays_and_goes_with_its_composite() -> None:
    state = nested("arn:state", **OF_CLUSTER)
    story = stack(state, nested("arn:a"), **OF_CLUSTER)
    story.when(delete("arn:state")).then_rejected(InvalidRequest)
    story.when(leave("arn:state")).then_rejected(InvalidRequest)
    story.when(delete("arn:parent")).then_rejected(InvalidRequest)
    story.when(delete("arn:a")).at(SECOND)
    story.then_kinds(RecoveryPointDeletionStarted, RecoveryPointDeleted, RecoveryPointBecamePartial)
    story.when(delete("arn:parent")).at(2 * SECOND)
    story.then(
        RecoveryPointDeletionStarted("arn:parent", 2 * SECOND),
        RecoveryPointDeleted("arn:state"),
        RecoveryPointDeleted("arn:parent"),
    )


def test_the_state_of_a_cluster_does_not_go_while_it_is_restored() -> None:
    state = nested("arn:aws:backup:us-east-1:1:recovery-point:state", **OF_CLUSTER)
    restoring = [RecoveryPointRestoreStarted(state[0].arn)]
    story = stack(state, restoring, **OF_CLUSTER)
    story.when(delete("arn:parent")).then_rejected(InvalidResourceState)
    story = stack(state, **OF_CLUSTER).when(delete("arn:parent"))
    story.when(StartRestoreJob(state[0].arn, {})).then_rejected(InvalidRequest)


def test_a_composite_of_a_cluster_can_be_restored_and_one_of_a_stack_only_groups() -> None:
    unfinished = given(VAULT, parent(**OF_CLUSTER)[0])
    for story, can_be in ((stack(), False), (stack(**OF_CLUSTER), True), (unfinished, False)):
        assert story.world.recovery_points["arn:parent"].can_be_restored is can_be
