"""Recovery points: created by jobs, changed by users, ended by time."""

from typing import Any

import attrs
import pytest

from tests.spec import Story, given
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.kernel.instants import DAY, HOUR, SECOND
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    InvalidParameterValue,
    InvalidRequest,
    InvalidResourceState,
    ResourceNotFound,
)
from vaultclock.domain.recovery_points import queries
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointCreated,
    RecoveryPointDeleted,
    RecoveryPointDeletionStarted,
    RecoveryPointLifecycleChanged,
    RecoveryPointMovedToColdStorage,
)
from vaultclock.domain.recovery_points.state import StorageClass
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.values import CreatedBy, Lifecycle
from vaultclock.domain.vaults.events import VaultCreated

EFS = "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-1"
EBS = "arn:aws:ec2:us-east-1:123456789012:volume/vol-1"
ROLE = "arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole"
VAULT = VaultCreated("v", "arn:aws:kms:us-east-1:123456789012:key/k")


def born(arn: str = "arn:p", **changes: Any) -> RecoveryPointCreated:
    fields: dict[str, Any] = {
        "arn": arn,
        "vault_name": "v",
        "resource_arn": EFS,
        "resource_type": "EFS",
        "iam_role_arn": ROLE,
        "created_at": 0,
        "deletion_lag_ms": 0,
    }
    return RecoveryPointCreated(**{**fields, **changes})


def completed(arn: str = "arn:p", **changes: Any) -> Story:
    return given(VAULT, born(arn, **changes), RecoveryPointCompleted(arn, 5))


def test_a_point_is_deleted_a_moment_after_a_delete_was_accepted() -> None:
    story = completed().at(10).when(DeleteRecoveryPoint("v", "arn:p"))
    story.then(RecoveryPointDeletionStarted("arn:p", ends_at=10 + SECOND))
    assert story.world.recovery_points["arn:p"].status == "DELETING"

    story.at(10 + SECOND).then(RecoveryPointDeleted("arn:p"))
    assert not len(story.world.recovery_points)


def test_a_busy_point_cannot_be_deleted() -> None:
    given(VAULT, born()).when(DeleteRecoveryPoint("v", "arn:p")).then_rejected(InvalidResourceState)
    story = completed().when(DeleteRecoveryPoint("v", "arn:p"))
    story.when(DeleteRecoveryPoint("v", "arn:p")).then_rejected(InvalidResourceState)


def test_a_missing_vault_and_a_missing_point_answer_differently() -> None:
    completed().when(DeleteRecoveryPoint("w", "arn:p")).then_rejected(
        AccessDenied, "Insufficient privileges to perform this action."
    )
    story = completed().when(DeleteRecoveryPoint("v", "arn:q"))
    story.then_rejected(ResourceNotFound, "Cannot find recovery point.")
    assert story.rejection is not None
    assert story.rejection.code == "ERROR_2603"


def test_a_point_of_another_vault_is_not_found() -> None:
    story = given(VAULT, VaultCreated("w", "k"), born(vault_name="w"))
    story.when(DeleteRecoveryPoint("v", "arn:p")).then_rejected(ResourceNotFound)


def test_retention_deletes_the_point_and_its_tags() -> None:
    story = given(
        VAULT,
        born(lifecycle=Lifecycle(delete_after_days=35), deletion_lag_ms=2 * HOUR),
        RecoveryPointCompleted("arn:p", 5),
        TagsSet("arn:p", {"a": "b"}),
    )
    story.at(35 * DAY + 2 * HOUR - 1).then_nothing_happened()
    story.at(35 * DAY + 2 * HOUR).then(RecoveryPointDeleted("arn:p"), TagsDropped("arn:p"))


def test_a_point_without_retention_is_kept_for_ever() -> None:
    for lifecycle in (None, Lifecycle(), Lifecycle(-1, -1)):
        completed(lifecycle=lifecycle).at(40_000 * DAY).then_nothing_happened()


def test_a_point_goes_cold_when_its_type_can() -> None:
    lifecycle = Lifecycle(move_to_cold_after_days=30, delete_after_days=120)
    story = completed(lifecycle=lifecycle).at(30 * DAY)
    story.then(RecoveryPointMovedToColdStorage("arn:p"))
    assert story.world.recovery_points["arn:p"].storage_class is StorageClass.COLD
    story.at(120 * DAY).then(RecoveryPointDeleted("arn:p"))


@pytest.mark.parametrize(
    ("resource_type", "opts_in", "goes_cold"),
    [("EBS", None, False), ("EBS", True, True), ("EC2", True, False), ("EFS", None, True)],
)
def test_only_some_types_go_cold(resource_type: str, opts_in: bool | None, goes_cold: bool) -> None:
    lifecycle = Lifecycle(1, None, opts_in)
    story = completed(lifecycle=lifecycle, resource_type=resource_type).at(2 * DAY)
    story.then_kinds(*[RecoveryPointMovedToColdStorage] * goes_cold)


@pytest.mark.parametrize(
    ("arn", "goes_cold"),
    [
        ("arn:aws:backup:us-east-1:123456789012:recovery-point:p", True),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/t/backup/01-p", False),
    ],
)
def test_a_dynamodb_backup_goes_cold_where_it_is_fully_managed(arn: str, goes_cold: bool) -> None:
    story = completed(arn, lifecycle=Lifecycle(1), resource_type="DynamoDB").at(2 * DAY)
    story.then_kinds(*[RecoveryPointMovedToColdStorage] * goes_cold)


def test_a_lifecycle_is_replaced_whole() -> None:
    story = completed(lifecycle=Lifecycle(delete_after_days=35))
    story.when(UpdateRecoveryPointLifecycle("v", "arn:p", Lifecycle(delete_after_days=70)))
    story.then(RecoveryPointLifecycleChanged("arn:p", Lifecycle(delete_after_days=70)))
    story.when(UpdateRecoveryPointLifecycle("v", "arn:p", Lifecycle(delete_after_days=70)))
    story.then_nothing_happened()
    story.when(UpdateRecoveryPointLifecycle("v", "arn:p"))
    story.then(RecoveryPointLifecycleChanged("arn:p", Lifecycle()))
    story.at(100 * DAY).then_nothing_happened()


def test_a_point_may_only_be_told_to_go_cold_in_its_future() -> None:
    story = completed().at(10 * DAY)
    story.when(UpdateRecoveryPointLifecycle("v", "arn:p", Lifecycle(10))).then_rejected(
        InvalidParameterValue
    )
    story.when(UpdateRecoveryPointLifecycle("v", "arn:p", Lifecycle(-1, 20)))
    story.then(RecoveryPointLifecycleChanged("arn:p", Lifecycle(-1, 20)))
    story.when(UpdateRecoveryPointLifecycle("v", "arn:p", Lifecycle(11)))
    story.then(RecoveryPointLifecycleChanged("arn:p", Lifecycle(11)))


def test_what_is_cold_stays_cold() -> None:
    story = completed(lifecycle=Lifecycle(1)).at(DAY)
    story.then_kinds(RecoveryPointMovedToColdStorage)
    for changed in (Lifecycle(2), Lifecycle(None)):
        story.when(UpdateRecoveryPointLifecycle("v", "arn:p", changed))
        story.then_rejected(InvalidParameterValue)
    story.when(UpdateRecoveryPointLifecycle("v", "arn:p", Lifecycle(1, 91)))
    story.then(RecoveryPointLifecycleChanged("arn:p", Lifecycle(1, 91)))


def test_opting_in_to_the_archive_late_is_no_way_into_the_past() -> None:
    archived = attrs.evolve(Lifecycle(1, 91), opt_in_to_archive=True)
    story = completed(resource_type="EBS", lifecycle=Lifecycle(1, 91)).at(89 * DAY)
    story.when(UpdateRecoveryPointLifecycle("v", "arn:p", archived))
    story.then_rejected(InvalidParameterValue)
    later = attrs.evolve(archived, move_to_cold_after_days=90, delete_after_days=180)
    story.when(UpdateRecoveryPointLifecycle("v", "arn:p", later))
    story.then(RecoveryPointLifecycleChanged("arn:p", later))
    story.at(90 * DAY).then_kinds(RecoveryPointMovedToColdStorage)
    story.when(
        UpdateRecoveryPointLifecycle("v", "arn:p", attrs.evolve(later, opt_in_to_archive=False))
    )
    story.then_rejected(InvalidParameterValue)


def test_an_unfinished_point_keeps_its_lifecycle() -> None:
    command = UpdateRecoveryPointLifecycle("v", "arn:p", Lifecycle(None, 1))
    given(VAULT, born()).when(command).then_rejected(InvalidRequest)


def test_cold_and_delete_are_ninety_days_apart() -> None:
    command = UpdateRecoveryPointLifecycle("v", "arn:p", Lifecycle(30, 119))
    completed().when(command).then_rejected(
        InvalidParameterValue,
        "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from"
        " MoveToColdStorageAfterDays",
    )


PLAN = CreatedBy("plan", "arn:plan", "n", "v1", "r", "rule", "cron(0 5 ? * * *)", "Etc/UTC")
MANY = given(
    VAULT,
    VaultCreated("w", "k"),
    born("arn:1", created_at=1, created_by=PLAN),
    born("arn:2", created_at=2, resource_arn=EBS, resource_type="EBS"),
    born("arn:3", created_at=3, vault_name="w"),
    born("arn:4", created_at=4),
)


def arns(**filters: Any) -> list[str]:
    return [p.arn for p in queries.list_by_vault(MANY.world, "v", limit=9, **filters).rows]


def test_points_of_a_vault_are_listed_newest_first_by_any_mix_of_filters() -> None:
    assert arns() == ["arn:4", "arn:2", "arn:1"]
    assert arns(resource_arn=EFS) == ["arn:4", "arn:1"]
    assert arns(resource_type="EBS") == ["arn:2"]
    assert arns(plan_id="plan") == ["arn:1"]
    assert arns(created_after=1, created_before=4) == ["arn:2"]
    assert arns(resource_arn=EFS, plan_id="plan", created_before=1) == []
    assert arns(parent_arn="arn:1") == []


def test_a_snapshot_is_not_a_source() -> None:
    snapshot = "arn:aws:ec2:us-east-1::snapshot/snap-1"
    with pytest.raises(InvalidParameterValue, match=f"^Unsupported resource type: {snapshot}$"):
        arns(resource_arn=snapshot)


def test_points_of_a_resource_are_listed_across_vaults_in_pages() -> None:
    first = queries.list_by_resource(MANY.world, EFS, limit=2)
    assert [p.arn for p in first.rows] == ["arn:4", "arn:3"]
    token = write_token(queries.BY_RESOURCE, first.next_after)
    second = queries.list_by_resource(MANY.world, EFS, limit=2, token=token)
    assert [p.arn for p in second.rows] == ["arn:1"]
    assert second.next_after is None
    with pytest.raises(InvalidParameterValue):
        queries.list_by_vault(MANY.world, "v", limit=2, token=token)


def test_a_resource_is_protected_while_it_has_points() -> None:
    assert queries.describe_protected_resource(MANY.world, EFS).latest.arn == "arn:4"
    with pytest.raises(ResourceNotFound):
        queries.describe_protected_resource(MANY.world, "arn:aws:s3:::b")

    rows, after = queries.list_protected_resources(MANY.world, limit=1)
    assert [(row.arn, row.latest.arn) for row in rows] == [(EBS, "arn:2")]
    token = write_token(queries.PROTECTED, after)
    rows, after = queries.list_protected_resources(MANY.world, limit=1, token=token)
    assert [(row.arn, row.latest.arn) for row in rows] == [(EFS, "arn:4")]
    assert after is None


def test_a_vault_lists_the_resources_it_protects() -> None:
    rows, after = queries.list_protected_resources_by_vault(MANY.world, "w", limit=9)
    assert [(row.arn, row.latest.arn) for row in rows] == [(EFS, "arn:3")]
    assert after is None
    with pytest.raises(AccessDenied):
        queries.list_protected_resources_by_vault(MANY.world, "x", limit=9)


def test_the_list_of_protected_resources_follows_what_happens_after_it_was_read() -> None:
    story = given(VAULT, born("arn:1"), RecoveryPointCompleted("arn:1", 5))

    def protected() -> list[str]:
        return [row.arn for row in queries.list_protected_resources(story.world, limit=9)[0]]

    assert protected() == [EFS]
    story.when(StartBackupJob("v", EBS, ROLE)).at(2 * SECOND)
    assert protected() == [EBS, EFS]
    story.when(DeleteRecoveryPoint("v", "arn:1")).at(4 * SECOND)
    assert protected() == [EBS]
