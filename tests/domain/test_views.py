"""What is done through restore access vaults: reads, restores and copies, and who may deny them.

Source: Backup Developer Guide, multi-party approval.
"""

import json
from typing import Any

import pytest

from tests.domain.test_approvals import (
    EFS,
    HELD,
    LAG,
    POINT,
    RECOVERY,
    T0,
    VIEW,
    allowed,
    at_home,
    from_abroad,
    pending,
)
from tests.spec import HERE, Story
from vaultclock.domain.access_policies.commands import PutAccessPolicy
from vaultclock.domain.access_policies.events import AccessPolicySet
from vaultclock.domain.approvals.commands import ApproveSession, RevokeRestoreAccessVault
from vaultclock.domain.authorisation import DeniedByPolicy, Reading, authorise_reading
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.kernel.facts import Elsewhere
from vaultclock.domain.kernel.instants import MINUTE
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    InvalidParameterValue,
    ResourceNotFound,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointCreated,
    RecoveryPointRestoreStarted,
)
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.restore_jobs.events import RestoreJobCreated
from vaultclock.domain.tags.commands import TagResource
from vaultclock.domain.tags.events import TagsSet
from vaultclock.domain.tags.queries import list_tags
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vault_shares.events import VaultShared
from vaultclock.domain.vaults.events import VaultCreated
from vaultclock.domain.world import CopyJob, RecoveryPoint

ROLE = f"arn:aws:iam::{RECOVERY.account}:role/copies"
OURS = VIEW.replace(":view", ":ours")
KEY = f"arn:aws:kms:us-east-1:{RECOVERY.account}:key/k"
NO_ACCESS = "Access Denied trying to call AWS Backup service"
CLUSTER = f"arn:aws:eks:us-east-1:{HERE.account}:cluster/prod"
COMPOSITE = f"arn:aws:backup:us-east-1:{HERE.account}:recovery-point:composite:eks/prod-1"


def copy(point: str = POINT, vault: str = "view", to: str = OURS, **changes: Any) -> StartCopyJob:
    return StartCopyJob(vault, point, to, ROLE, **changes)


def story(*more: Any) -> Story:
    """A view on a vault with a point in it, and a vault beside the view to copy into."""
    return from_abroad(allowed(*HELD, Elsewhere(RECOVERY, VaultCreated("ours", KEY)), *more))


def done(told: Story) -> tuple[CopyJob, list[RecoveryPoint]]:
    """Let the copy end; answer its job and what lies in the vault it was to go into."""
    told.at(told.engine.now + MINUTE)
    (job,) = (each for each in told.world.copy_jobs.matching() if each.parent_job_id is None)
    return job, told.world.recovery_points.matching(vault_name="ours")


def denied(action: str, *, of_view: bool = False) -> Any:
    deny = {"Effect": "Deny", "Principal": "*", "Action": f"backup:{action}", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": deny})
    if of_view:
        return Elsewhere(RECOVERY, AccessPolicySet("view", document))
    return AccessPolicySet("lag", document)


def read(told: Story, reading: Reading) -> None:
    authorise_reading("DescribeRecoveryPoint", reading, told.world, told.engine.now, None)


@pytest.mark.parametrize("of_view", [True, False])
def test_what_is_read_in_a_view_may_be_denied_by_it_and_by_its_source(of_view: bool) -> None:
    told = story(denied("DescribeRecoveryPoint", of_view=of_view))
    with pytest.raises(DeniedByPolicy) as refusal:
        read(told, Reading("view", POINT, of_contents=True))
    assert refusal.value.vault_arn == (VIEW if of_view else LAG)
    read(story(denied("DescribeRecoveryPoint")), Reading("view"))  # which is not its source's
    read(told, Reading("ours", of_contents=True))
    read(told, Reading("missing", of_contents=True))


@pytest.mark.parametrize("of_view", [True, False])
def test_a_restore_through_a_view_may_be_denied_by_it_and_by_its_source(of_view: bool) -> None:
    told = story(denied("StartRestoreJob", of_view=of_view))
    told.when(StartRestoreJob(POINT, {}, ROLE)).then_rejected(DeniedByPolicy)
    message = f"is not authorized to perform: backup:StartRestoreJob on resource: {POINT} with"
    assert message in str(told.rejection)
    story().when(StartRestoreJob(POINT, {}, ROLE)).then_kinds(
        *(RestoreJobCreated, RecoveryPointRestoreStarted)
    )


def test_the_policy_of_a_view_does_not_matter_to_who_has_a_share() -> None:
    told = story(Elsewhere(RECOVERY, VaultShared(LAG)), denied("StartRestoreJob", of_view=True))
    told.when(StartRestoreJob(POINT, {}, ROLE))
    assert told.rejection is None


def test_tags_of_what_is_seen_are_read() -> None:
    tags = (TagsSet(POINT, {"env": "prod"}), TagsSet(LAG, {"team": "red"}))
    told = story(*tags)
    assert list_tags(told.world, POINT, limit=9, token=None).rows == [("env", "prod")]
    with pytest.raises(ResourceNotFound):
        list_tags(told.world, LAG, limit=9, token=None)
    shared = story(*tags, Elsewhere(RECOVERY, VaultShared(LAG))).world
    assert list_tags(shared, LAG, limit=9, token=None).rows == [("team", "red")]
    assert list_tags(shared, POINT, limit=9, token=None).rows == [("env", "prod")]
    with pytest.raises(ResourceNotFound):
        list_tags(shared, f"{POINT}-none", limit=9, token=None)
    told.when(TagResource(POINT, {"a": "b"})).then_rejected(ResourceNotFound)


def test_what_a_view_shows_is_copied_into_a_vault_of_ones_own() -> None:
    told = story(TagsSet(POINT, {"env": "prod"}))
    job, (point,) = done(told.when(copy(lifecycle=Lifecycle(None, 90))))
    assert (job.state, job.born.source_vault_name) == ("COMPLETED", "view")
    assert (point.status, point.resource_arn, point.lifecycle) == (
        "COMPLETED",
        EFS,
        Lifecycle(None, 90),
    )
    assert point.arn.startswith(f"arn:aws:backup:us-east-1:{RECOVERY.account}:recovery-point:")
    assert (point.born.source_vault_arn, point.created_at) == (LAG, T0)
    assert told.world.tags[point.arn].tags == {"env": "prod"}
    assert len(told.engine.world(HERE).recovery_points) == 1, "its source stays as it is"


def test_a_composite_is_copied_with_what_it_groups() -> None:
    made: list[Any] = []
    for arn, resource, kind, more in (
        (COMPOSITE, CLUSTER, "EKS", {"is_parent": True}),
        (f"{POINT}-state", CLUSTER, "EKS", {"parent_arn": COMPOSITE}),
        (f"{POINT}-files", EFS, "EFS", {"parent_arn": COMPOSITE}),
    ):
        begun = RecoveryPointCreated(arn, "lag", resource, kind, ROLE, T0, 0, **more)
        made += [begun, RecoveryPointCompleted(arn, 5)]
    job, points = done(story(*made).when(copy(COMPOSITE)))
    assert job.state == "COMPLETED"
    assert sorted((point.resource_type, point.born.is_parent) for point in points) == [
        ("EFS", False),
        ("EKS", False),
        ("EKS", True),
    ]


@pytest.mark.parametrize("action", ["StartCopyJob", "CopyFromBackupVault"])
@pytest.mark.parametrize("of_view", [True, False])
def test_the_policies_of_a_view_and_of_its_source_may_deny_a_copy(
    action: str, of_view: bool
) -> None:
    told = story(denied(action, of_view=of_view)).when(copy()).then_rejected(DeniedByPolicy)
    assert f"backup:{action}" in str(told.rejection)


def test_a_source_may_deny_a_copy_until_it_starts() -> None:
    told = story().when(copy())
    policy = denied("CopyFromBackupVault").policy
    at_home(told).when(PutAccessPolicy("lag", policy))
    job, points = done(from_abroad(told))
    assert (job.state, job.message, points) == ("FAILED", NO_ACCESS, [])


def test_a_view_that_goes_before_a_copy_starts_leaves_nothing_to_copy() -> None:
    told = at_home(story().when(copy())).when(RevokeRestoreAccessVault("lag", VIEW))
    told.when(ApproveSession(pending(told)))
    job, points = done(from_abroad(told))
    assert (job.state, points) == ("FAILED", [])
    assert job.message == f"Copy job failed. Cannot find recovery point {POINT}."


def test_only_what_lies_in_its_source_is_copied_out_of_a_view() -> None:
    begun = RecoveryPointCreated(f"{POINT}-plain", "plain", EFS, "EFS", ROLE, T0, 0)
    told = story(begun, RecoveryPointCompleted(begun.arn, 5))
    told.when(copy(begun.arn)).then_rejected(ResourceNotFound)
    told.when(copy(f"{POINT}-none")).then_rejected(ResourceNotFound)


def test_what_a_view_shows_is_not_copied_to_where_it_is() -> None:
    story().when(copy(to=LAG)).then_rejected(InvalidParameterValue)


def test_what_is_shared_is_not_copied() -> None:
    told = story(Elsewhere(RECOVERY, VaultShared(LAG)))
    told.when(copy(vault="lag")).then_rejected(AccessDenied)
