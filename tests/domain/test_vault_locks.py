"""Vault locks: governance and compliance, their grace time, and what they keep out and keep."""

import json
from typing import Any

import pytest

from tests.spec import HERE, Story, given
from vaultclock.domain.access_policies.commands import DeleteAccessPolicy, PutAccessPolicy
from vaultclock.domain.access_policies.events import AccessPolicyRemoved, AccessPolicySet
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.backup_jobs.state import BackupJob
from vaultclock.domain.composites import nested_in
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, SECOND, Instant, from_iso
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    InvalidParameterValue,
    InvalidRequest,
)
from vaultclock.domain.notifications.commands import SetVaultNotifications
from vaultclock.domain.notifications.events import VaultNotificationsSet
from vaultclock.domain.plans.commands import CreatePlan, PlanInput, RuleInput, UpdatePlan
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointCreated,
    RecoveryPointDeleted,
)
from vaultclock.domain.recovery_points.state import RecoveryPoint
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.selections.commands import CreateSelection
from vaultclock.domain.tags.commands import TagResource
from vaultclock.domain.tags.events import TagsSet
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.commands import CreateVault, DeleteVault, LockVault, UnlockVault
from vaultclock.domain.vaults.events import (
    VaultCreated,
    VaultDeleted,
    VaultLocked,
    VaultLockSealed,
    VaultUnlocked,
)
from vaultclock.domain.vaults.state import Lock

LOCKED = "RecoveryPoint cannot be deleted or updated (Backup vault configured with Lock)"
OUT_OF_RANGE = (
    "Backup job failed because the lifecycle is outside the valid range for backup vault."
)
COPY_OUT_OF_RANGE = (
    "Copy job failed. The retention specified in the job is not within the range specified for"
    " the target Backup Vault."
)
KEY = f"arn:aws:kms:us-east-1:{HERE.account}:key/k"
ROLE = f"arn:aws:iam::{HERE.account}:role/backup"
FILES = f"arn:aws:elasticfilesystem:us-east-1:{HERE.account}:file-system/fs-1"
DATABASE = f"arn:aws:rds:us-east-1:{HERE.account}:db:orders"
BUCKET = "arn:aws:s3:::bucket"
TABLE = f"arn:aws:dynamodb:us-east-1:{HERE.account}:table/things"
STACK = f"arn:aws:cloudformation:us-east-1:{HERE.account}:stack/shop/1"
V = f"arn:aws:backup:us-east-1:{HERE.account}:backup-vault:vault"
POINT = f"arn:aws:backup:us-east-1:{HERE.account}:recovery-point:p"
T0: Instant = from_iso("2026-03-24T17:11:15.160Z")  # observed, as the next
SEALED_AT: Instant = from_iso("2026-03-27T17:11:15.160Z")
VAULT = VaultCreated("vault", KEY)


def vault(*facts: Any) -> Story:
    return given(VAULT, *facts, at=T0)


def holding(lifecycle: Lifecycle | None = None, *facts: Any) -> Story:
    """A vault with one finished point."""
    point = RecoveryPointCreated(
        arn=POINT,
        vault_name="vault",
        resource_arn=FILES,
        resource_type="EFS",
        iam_role_arn=ROLE,
        created_at=T0,
        deletion_lag_ms=0,
        lifecycle=lifecycle,
    )
    return vault(point, RecoveryPointCompleted(POINT, 1), *facts)


def lock(story: Story) -> Lock | None:
    return story.world.vault("vault").lock


def test_a_governance_lock_never_seals() -> None:
    story = vault().when(LockVault("vault", 7, 365)).then(VaultLocked("vault", 7, 365))
    assert lock(story) == Lock(7, 365, None)
    assert story.world.vault("vault").lock_state == "LOCKED"
    story.at(T0 + 40_000 * DAY).then_nothing_happened()
    story.when(UnlockVault("vault")).then(VaultUnlocked("vault"))
    assert story.world.vault("vault").lock_state == "UNLOCKED"


def test_a_compliance_lock_seals_to_the_millisecond_so_many_days_later() -> None:
    story = (
        vault().when(LockVault("vault", 7, 2555, 3)).then(VaultLocked("vault", 7, 2555, SEALED_AT))
    )
    assert lock(story) == Lock(7, 2555, SEALED_AT)
    story.at(SEALED_AT - 1).then_nothing_happened()
    story.at(SEALED_AT).then(VaultLockSealed("vault"))
    assert lock(story) == Lock(7, 2555, SEALED_AT, is_sealed=True)
    story.at(SEALED_AT + 40_000 * DAY).then_nothing_happened()


def test_a_lock_of_thirty_days_is_that_of_the_models_example() -> None:
    story = given(VAULT, at=from_iso("2026-01-01T20:00:00Z")).when(
        LockVault("vault", changeable_for_days=30)
    )
    story.then(VaultLocked("vault", seals_at=from_iso("2026-01-31T20:00:00Z")))


def test_a_lock_may_have_no_bounds_at_all() -> None:
    story = vault().when(LockVault("vault")).then(VaultLocked("vault"))
    story.when(DeleteVault("vault")).then(VaultDeleted("vault"))


@pytest.mark.parametrize(
    ("bounds", "changed"),
    [
        ((1, 36_500, 36_500), True),
        ((5, 5, 3), True),
        ((36_500, None, None), True),
        ((None, 1, None), True),
        ((0, None, None), False),
        ((-1, None, None), False),
        ((36_501, None, None), False),
        ((None, 0, None), False),
        ((None, -7, None), False),
        ((None, 36_501, None), False),
        ((None, None, 2), False),
        ((None, None, 0), False),
        ((None, None, -3), False),
        ((None, None, 36_501), False),
        ((8, 7, None), False),
        ((8, 7, 3), False),
    ],
)
def test_the_numbers_of_a_lock_have_their_ranges(
    bounds: tuple[int | None, int | None, int | None], changed: bool
) -> None:
    story = vault(VaultLocked("vault", 3)).when(LockVault("vault", *bounds))
    if changed:
        story.then_kinds(VaultLocked)
    else:
        story.then_rejected(InvalidParameterValue)
        assert lock(story) == Lock(3, None, None)


@pytest.mark.parametrize("command", [LockVault("vault"), UnlockVault("vault")])
def test_a_missing_vault_is_denied(command: Any) -> None:
    story = given().when(command)
    story.then_rejected(AccessDenied, "Insufficient privileges to perform this action.")


def test_a_lock_is_put_whole_and_its_grace_time_begins_again() -> None:
    story = vault().when(LockVault("vault", 7, 365, 3)).at(T0 + DAY)
    story.when(LockVault("vault", max_retention_days=100, changeable_for_days=3))
    story.then(
        VaultLocked("vault", 7, 365, SEALED_AT),
        VaultLocked("vault", None, 100, seals_at=SEALED_AT + DAY),
    )
    story.at(SEALED_AT).then_nothing_happened()
    story.at(SEALED_AT + DAY).then(VaultLockSealed("vault"))


def test_the_same_lock_put_again_has_a_later_lock_date() -> None:
    story = (
        vault().when(LockVault("vault", 7, 365, 3)).at(T0 + DAY).when(LockVault("vault", 7, 365, 3))
    )
    assert lock(story) == Lock(7, 365, SEALED_AT + DAY)


def test_a_lock_changes_its_mode_while_it_can() -> None:
    story = vault().when(LockVault("vault", 7)).when(LockVault("vault", 7, changeable_for_days=3))
    assert lock(story) == Lock(7, None, SEALED_AT)
    story.at(SEALED_AT - 1).when(LockVault("vault", 7))
    assert lock(story) == Lock(7, None, None)
    story.at(SEALED_AT + DAY)
    story.when(UnlockVault("vault"))
    assert lock(story) is None


def test_a_lock_is_removed_until_the_last_millisecond() -> None:
    story = vault().when(LockVault("vault", 7, None, 3)).at(SEALED_AT - 1)
    story.when(UnlockVault("vault"))
    story.then(VaultLocked("vault", 7, None, SEALED_AT), VaultUnlocked("vault"))
    story.at(SEALED_AT + DAY).then_nothing_happened()


@pytest.mark.parametrize(
    "command", [UnlockVault("vault"), LockVault("vault", 7, 365, 3), LockVault("vault")]
)
@pytest.mark.parametrize("later", [0, 1, 36_500 * DAY])
def test_nobody_touches_a_lock_from_its_date_on(command: Any, later: int) -> None:
    story = vault(VaultLocked("vault", 7, 365, SEALED_AT)).at(SEALED_AT + later)
    story.when(command).then_rejected(InvalidRequest)
    assert lock(story) == Lock(7, 365, SEALED_AT, is_sealed=True)


def test_a_vault_without_a_lock_is_unlocked_already() -> None:
    vault().when(UnlockVault("vault")).then_nothing_happened()


@pytest.mark.parametrize("seals_at", [None, SEALED_AT])
def test_a_lock_does_not_keep_an_empty_vault(seals_at: Instant | None) -> None:
    story = vault(VaultLocked("vault", 7, 365, seals_at)).at(SEALED_AT + DAY)
    story.when(DeleteVault("vault"))
    assert "vault" not in story.world.vaults
    story.when(CreateVault("vault", KEY))
    assert lock(story) is None


LIFECYCLES = {
    None: True,
    Lifecycle(): True,
    Lifecycle(None, -1): True,
    Lifecycle(None, 6): False,
    Lifecycle(None, 7): True,
    Lifecycle(None, 365): True,
    Lifecycle(None, 366): True,
}


@pytest.mark.parametrize(("lifecycle", "fits"), LIFECYCLES.items(), ids=str)
def test_a_minimum_lets_in_what_is_kept_so_long(lifecycle: Lifecycle | None, fits: bool) -> None:
    assert_backed_up(backed_up(VaultLocked("vault", 7), lifecycle=lifecycle), fits=fits)


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=str)
def test_a_maximum_keeps_out_what_is_kept_longer_or_for_ever(lifecycle: Lifecycle | None) -> None:
    days = None if lifecycle is None else lifecycle.delete_after_days
    story = backed_up(VaultLocked("vault", 7, 365), lifecycle=lifecycle)
    assert_backed_up(story, fits=days in (7, 365))


def test_a_lock_without_bounds_lets_everything_in() -> None:
    for lifecycle in LIFECYCLES:
        assert_backed_up(backed_up(VaultLocked("vault"), lifecycle=lifecycle), fits=True)


def backed_up(*facts: Any, **fields: Any) -> Story:
    story = vault(*facts).when(StartBackupJob("vault", FILES, ROLE, **fields))
    assert story.rejection is None, "the call is accepted, the job fails"
    return story.at(T0 + MINUTE)


def job(story: Story) -> BackupJob:
    (only,) = story.world.backup_jobs.matching()
    return only


def assert_backed_up(story: Story, *, fits: bool) -> None:
    points = story.world.recovery_points.matching()
    if fits:
        assert job(story).state == "COMPLETED"
        assert len(points) == 1
    else:
        assert (job(story).state, job(story).message) == ("FAILED", OUT_OF_RANGE)
        assert job(story).category == "MISCELLANEOUS"
        assert points == []


def test_the_lock_of_the_moment_counts_when_a_job_starts() -> None:
    story = vault().when(StartBackupJob("vault", FILES, ROLE, lifecycle=Lifecycle(None, 1)))
    story.when(LockVault("vault", 7)).at(T0 + SECOND)
    assert_backed_up(story, fits=False)

    story = vault().when(StartBackupJob("vault", FILES, ROLE, lifecycle=Lifecycle(None, 1)))
    story.at(T0 + SECOND).when(LockVault("vault", 7)).at(T0 + MINUTE)
    assert_backed_up(story, fits=True)


def test_a_locked_vault_turns_away_copies_of_other_retention() -> None:
    w = f"arn:aws:backup:us-east-1:{HERE.account}:backup-vault:w"
    story = holding(Lifecycle(None, 3), VaultCreated("w", KEY), VaultLocked("w", 7, 30))
    for days in (None, 7, 31):
        story.when(StartCopyJob("vault", POINT, w, ROLE, lifecycle=Lifecycle(None, days)))
    story.at(T0 + MINUTE)
    ended = [(job.state, job.message) for job in story.world.copy_jobs.matching()]
    refused = ("FAILED", COPY_OUT_OF_RANGE)
    assert sorted(ended, key=str) == [("COMPLETED", None), refused, refused]


def point(story: Story) -> RecoveryPoint:
    return story.world.recovery_points[POINT]


@pytest.mark.parametrize("seals_at", [None, SEALED_AT, T0])
@pytest.mark.parametrize(
    "command",
    [
        DeleteRecoveryPoint("vault", POINT),
        UpdateRecoveryPointLifecycle("vault", POINT, Lifecycle(None, 14)),
        UpdateRecoveryPointLifecycle("vault", POINT, Lifecycle(None, 7)),  # nothing would change
        UpdateRecoveryPointLifecycle("vault", POINT),
    ],
)
def test_a_locked_vault_lets_nobody_delete_or_update_a_point(
    command: Any, seals_at: Instant | None
) -> None:
    story = holding(Lifecycle(None, 7), VaultLocked("vault", seals_at=seals_at))
    story.at(T0 + HOUR).when(command).then_rejected(InvalidRequest, LOCKED)


def test_what_a_lock_refused_is_allowed_once_it_is_removed() -> None:
    story = holding(None, VaultLocked("vault", 7, 365)).when(UnlockVault("vault"))
    story.when(UpdateRecoveryPointLifecycle("vault", POINT, Lifecycle(None, 1)))
    story.when(DeleteRecoveryPoint("vault", POINT)).at(T0 + MINUTE)
    assert POINT not in story.world.recovery_points


def test_points_of_before_the_lock_keep_their_lifecycle_and_go_when_it_ends() -> None:
    story = holding(Lifecycle(None, 2)).when(LockVault("vault", 7, 365, 3))
    story.at(T0 + 2 * DAY - 1)
    assert point(story).lifecycle == Lifecycle(None, 2)
    story.at(T0 + 2 * DAY).then(
        VaultLocked("vault", 7, 365, SEALED_AT), RecoveryPointDeleted(POINT)
    )


def test_a_sealed_lock_does_not_stop_the_end_of_a_retention() -> None:
    story = holding(Lifecycle(None, 7), VaultLocked("vault", 7, 365, SEALED_AT))
    story.at(T0 + 7 * DAY).then(VaultLockSealed("vault"), RecoveryPointDeleted(POINT))
    story.when(DeleteVault("vault")).then(VaultDeleted("vault"))


def test_a_locked_vault_is_tagged_and_restored_from_as_any_other() -> None:
    story = holding(None, VaultLocked("vault", 7, 365, SEALED_AT)).at(SEALED_AT)
    story.when(TagResource(V, {"a": "b"})).when(TagResource(POINT, {"a": "b"}))
    story.then(VaultLockSealed("vault"), TagsSet(V, {"a": "b"}), TagsSet(POINT, {"a": "b"}))
    metadata = {"newFileSystem": "false", "file-system-id": "fs-1", "Encrypted": "false"}
    story.when(StartRestoreJob(POINT, metadata, ROLE)).at(SEALED_AT + MINUTE)
    assert story.rejection is None
    (restored,) = story.world.restore_jobs.matching()
    assert restored.status == "COMPLETED", restored.message


def test_a_locked_vault_has_policies_and_notifications_as_any_other() -> None:
    story = vault(VaultLocked("vault", seals_at=T0)).at(T0 + 1)
    statement = {"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteBackupVault"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]})
    topic = f"arn:aws:sns:us-east-1:{HERE.account}:topic"
    story.when(PutAccessPolicy("vault", policy))
    story.when(SetVaultNotifications("vault", topic, ("BACKUP_JOB_COMPLETED",)))
    story.when(DeleteAccessPolicy("vault"))
    story.then_kinds(VaultLockSealed, AccessPolicySet, VaultNotificationsSet, AccessPolicyRemoved)


def world() -> Story:
    """A vault, and points that do not outlive their retention."""
    story = given(at=T0)
    story.engine = Engine(start=T0, deletion_lag_hours=0)
    story.engine.handle(CreateVault("vault"), HERE)
    return story


def rule(days: int, *, continuous: bool = True) -> RuleInput:
    return RuleInput(
        "hourly",
        "vault",
        "cron(0 * ? * * *)",
        continuous=continuous,
        lifecycle=Lifecycle(None, days),
    )


def plan(story: Story, days: int, resource: str = DATABASE, *, continuous: bool = True) -> str:
    document = PlanInput("p", (rule(days, continuous=continuous),))
    (made,) = story.engine.handle(CreatePlan(document), HERE)
    story.engine.handle(CreateSelection(made.plan_id, "all", ROLE, (resource,)), HERE)
    plan_id: str = made.plan_id
    return plan_id


def only(story: Story, resource: str = DATABASE) -> RecoveryPoint:
    (point,) = story.world.recovery_points.matching(resource_arn=resource)
    return point


def test_runs_of_a_rule_fail_while_the_lock_refuses_its_retention() -> None:
    story = world()
    plan(story, 1, FILES, continuous=False)
    story.when(LockVault("vault", 2)).at(T0 + 2 * HOUR).when(UnlockVault("vault")).at(T0 + 3 * HOUR)
    jobs = story.world.backup_jobs.matching()
    assert [job.message for job in jobs] == [OUT_OF_RANGE, OUT_OF_RANGE, None]


@pytest.mark.parametrize("resource", [DATABASE, BUCKET])
def test_a_continuous_point_in_a_locked_vault_cannot_be_disassociated(resource: str) -> None:
    story = world()
    plan(story, 7, resource)
    story.at(T0 + HOUR).when(LockVault("vault"))
    arn = only(story, resource).arn
    story.when(DisassociateRecoveryPoint("vault", arn)).then_rejected(InvalidRequest, LOCKED)
    story.when(UnlockVault("vault")).when(DisassociateRecoveryPoint("vault", arn))
    assert story.rejection is None


@pytest.mark.parametrize(("days", "kept"), [(7, 20), (30, 30)])
def test_a_continuous_point_in_a_locked_vault_is_never_kept_less_long(days: int, kept: int) -> None:
    story = world()
    plan_id = plan(story, 20)
    story.at(T0 + HOUR).when(LockVault("vault", 7))
    story.when(UpdatePlan(plan_id, PlanInput("p", (rule(days),)))).at(T0 + 2 * HOUR)
    assert only(story).lifecycle == Lifecycle(None, kept)
    assert only(story).synced is not None
    story.when(UnlockVault("vault")).at(T0 + 3 * HOUR)
    assert only(story).lifecycle == Lifecycle(None, days)


def test_a_nested_point_in_a_locked_vault_cannot_leave_its_composite() -> None:
    story = world()
    story.engine.handle(RegisterResource(STACK, members=(TABLE,)), HERE)
    story.when(StartBackupJob("vault", STACK, ROLE)).at(T0 + MINUTE).when(LockVault("vault"))
    (parent,) = (p for p in story.world.recovery_points.matching() if p.born.is_parent)
    nested = nested_in(story.world, parent.arn)[0].arn
    story.when(DisassociateRecoveryPointFromParent("vault", nested))
    story.then_rejected(InvalidRequest, LOCKED)
    story.when(UnlockVault("vault")).when(DisassociateRecoveryPointFromParent("vault", nested))
    assert story.rejection is None
