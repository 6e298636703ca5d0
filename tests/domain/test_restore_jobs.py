"""Restore jobs: asked for, run, repeated, listed and retired; the points they keep busy."""

from typing import Any

import pytest

from tests.domain.restore_examples import (
    ACCOUNT,
    EBS,
    EFS,
    GIB,
    POINT,
    ROLE,
    T0,
    TABLE,
    VAULT,
    arn_of,
    backed_up,
    born,
    job,
    jobs,
    made_in,
    restore,
)
from tests.spec import Story, given
from vaultclock.domain.features import replay
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, SECOND
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.refusals import (
    InvalidParameterValue,
    InvalidRequest,
    InvalidResourceState,
    ResourceNotFound,
)
from vaultclock.domain.recovery_points.commands import DeleteRecoveryPoint
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointDeletionStarted,
    RecoveryPointMovedToColdStorage,
    RecoveryPointRestoreEnded,
    RecoveryPointRestoreStarted,
)
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.resources.events import ResourceRegistered
from vaultclock.domain.restore_jobs import queries
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.restore_jobs.events import (
    ResourceRestored,
    RestoreJobCompleted,
    RestoreJobCreated,
    RestoreJobFailed,
    RestoreJobStarted,
)
from vaultclock.domain.restore_jobs.state import LatestRestore
from vaultclock.domain.values import Captured, Lifecycle

# --- a job's life


def test_a_restore_is_pending_runs_and_makes_a_resource() -> None:
    story = backed_up().when(restore({"availabilityZone": "us-east-1a"}))
    job_id = job(story).job_id
    story.then(
        RestoreJobCreated(
            job_id=job_id,
            recovery_point_arn=POINT,
            recovery_point_created_at=5,
            vault_name="v",
            source_resource_arn=EBS,
            resource_type="EBS",
            metadata={"availabilityZone": "us-east-1a"},
            start_at=T0 + SECOND,
            iam_role_arn=ROLE,
            size_bytes=9,
        ),
        RecoveryPointRestoreStarted(POINT),
    )
    assert job_id == job_id.upper()
    assert job(story).status == "PENDING"
    assert queries.expected_minutes(job(story)) is None

    story.at(T0 + SECOND).then(RestoreJobStarted(job_id, ends_at=T0 + 4 * SECOND))
    assert job(story).status == "RUNNING"
    assert queries.expected_minutes(job(story)) == 1

    story.at(T0 + 4 * SECOND - 1).then_nothing_happened()
    story.at(T0 + 4 * SECOND)
    made = made_in(story)
    assert made.startswith(arn_of("ec2", "volume/vol-"))
    story.then(
        RestoreJobCompleted(job_id, made),
        RecoveryPointRestoreEnded(POINT, succeeded=True),
        ResourceRestored(EBS, T0, 5),
        ResourceRegistered(made, "EBS", None, {}, 7, 0.5, None, None),
    )
    assert (job(story).status, job(story).completed_at) == ("COMPLETED", T0 + 4 * SECOND)
    assert queries.expected_minutes(job(story)) is None


def test_a_restore_runs_as_long_as_any_job_on_its_source() -> None:
    story = backed_up().when(RegisterResource(EBS, job_seconds=90)).when(restore())
    story.at(T0 + SECOND)
    assert job(story).ends_at == T0 + 91 * SECOND
    assert queries.expected_minutes(job(story)) == 2

    story = backed_up(captured=Captured(1, 0.0, job_seconds=5)).when(restore())
    story.at(T0 + SECOND)
    assert job(story).ends_at == T0 + 6 * SECOND, "a source that is gone took so long"


def test_a_source_that_fails_its_backups_can_be_restored() -> None:
    story = backed_up().when(RegisterResource(EBS, fails_with="Table not found.")).when(restore())
    story.at(T0 + MINUTE)
    made = made_in(story)
    assert story.world.resources[made].fails_with is None


@pytest.mark.parametrize(("resource_type", "hours"), [("EFS", 4), ("EBS", 72)])
def test_cold_storage_adds_hours_to_a_restore(resource_type: str, hours: int) -> None:
    cold = RecoveryPointMovedToColdStorage(POINT)
    story = backed_up(resource_type, cold).when(restore()).at(T0 + SECOND)
    assert job(story).ends_at == T0 + 4 * SECOND + hours * HOUR


def test_a_job_without_a_role_is_accepted() -> None:
    story = backed_up().when(StartRestoreJob(POINT, {}))
    assert story.rejection is None
    assert job(story).born.iam_role_arn is None


def test_a_job_record_is_gone_thirty_days_after_its_end_and_the_latest_restore_is_not() -> None:
    story = backed_up().when(restore()).at(T0 + 4 * SECOND)
    story.at(T0 + 4 * SECOND + 30 * DAY - 1)
    assert len(jobs(story)) == 1
    story.at(T0 + 4 * SECOND + 30 * DAY)
    assert jobs(story) == []
    expected = LatestRestore(EBS, T0, 5, took_ms=4 * SECOND)
    assert queries.latest_restore(story.world, EBS) == expected
    assert story.world.latest_restores.matching() == [expected]
    assert story.world.recovery_points[POINT].last_restored_at == T0 + 4 * SECOND
    replica = replay(story.engine.log)
    assert replica.rows() == story.engine.rows()


def test_the_latest_restore_outlives_the_point_and_is_replaced_by_the_next() -> None:
    story = backed_up().when(restore()).at(T0 + MINUTE).when(DeleteRecoveryPoint("v", POINT))
    story.at(T0 + 2 * MINUTE)
    assert POINT not in story.world.recovery_points
    assert queries.latest_restore(story.world, EBS) is not None

    story = backed_up().when(restore()).at(T0 + MINUTE).when(restore()).at(T0 + HOUR)
    latest = queries.latest_restore(story.world, EBS)
    assert latest is not None
    assert latest.job_created_at == T0 + MINUTE
    assert queries.latest_restore(story.world, EFS) is None


def test_a_failed_restore_is_nobodys_latest() -> None:
    story = backed_up("DynamoDB").when(restore()).at(T0 + MINUTE)
    kinds = [RestoreJobCreated, RecoveryPointRestoreStarted, RestoreJobStarted]
    story.then_kinds(*kinds, RestoreJobFailed, RecoveryPointRestoreEnded)
    assert queries.latest_restore(story.world, TABLE) is None
    assert story.world.recovery_points[POINT].last_restored_at is None


def test_a_restore_does_not_need_its_point_to_the_end() -> None:
    created = RestoreJobCreated("J", POINT, 5, "v", EBS, "EBS", {}, T0)
    story = given(VAULT, created, at=T0).at(T0 + MINUTE)
    made = made_in(story)
    assert story.world.resources[made].size_bytes == 10 * GIB, "nothing is known of the source"


# --- the point meanwhile


def test_a_point_that_is_being_restored_cannot_be_deleted() -> None:
    story = backed_up().when(restore()).when(restore(idempotency_token="b"))
    story.when(DeleteRecoveryPoint("v", POINT)).then_rejected(InvalidResourceState)
    story.at(T0 + MINUTE).when(DeleteRecoveryPoint("v", POINT))
    assert story.rejection is None
    assert story.world.recovery_points[POINT].status == "DELETING"


def test_a_point_whose_retention_ends_meanwhile_is_deleted_once_it_is_restored() -> None:
    ends_at = 5 + 101 * DAY
    story = backed_up(lifecycle=Lifecycle(delete_after_days=101))
    story.at(ends_at - SECOND).when(restore()).at(ends_at + SECOND)
    assert POINT in story.world.recovery_points
    story.at(ends_at + 3 * SECOND - 1)
    assert POINT in story.world.recovery_points
    story.at(ends_at + 3 * SECOND)
    assert job(story).status == "COMPLETED"
    assert POINT not in story.world.recovery_points


# --- refused at once


@pytest.mark.parametrize(
    "command",
    [
        StartRestoreJob("nonsense", {}),
        StartRestoreJob(POINT, {}, "arn:aws:iam::1:user/me"),
        StartRestoreJob(POINT, {}, resource_type="Floppy"),
        StartRestoreJob(POINT, {}, resource_type="EFS"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(command: StartRestoreJob) -> None:
    backed_up().when(command).then_rejected(InvalidParameterValue)


def test_a_missing_point_is_not_found() -> None:
    story = given(VAULT).when(restore())
    story.then_rejected(ResourceNotFound, "Cannot find recovery point.")
    assert story.rejection is not None
    assert story.rejection.code == "ERROR_2603"


def test_a_point_that_is_not_completed_cannot_be_restored() -> None:
    given(VAULT, born()).when(restore()).then_rejected(InvalidRequest)
    deleting = RecoveryPointDeletionStarted(POINT, T0 + HOUR)
    backed_up("EBS", deleting).when(restore()).then_rejected(InvalidRequest)


def test_dsql_refuses_the_key_that_its_own_metadata_has() -> None:
    story = backed_up("DSQL").when(restore({"cluster_id": "abc", "witnessRegion": "us-west-2"}))
    story.then_rejected(InvalidParameterValue)
    story.when(restore({"WitnessRegion": "us-west-2", "aws:backup:request-id": "1"}))
    assert story.rejection is None


def test_s3_acls_that_were_not_backed_up_cannot_be_restored() -> None:
    metadata = {"DestinationBucketName": "b", "RestoreACLs": "TRUE"}
    without = Captured(1, 0.0, backup_options={"BackupACLs": "disabled"})
    backed_up("S3", captured=without).when(restore(metadata)).then_rejected(
        InvalidParameterValue,
        "Unable to restore Access Control Lists (ACLs) for bucket because backup was created with"
        " the 'BackupACLs' option disabled. Please proceed with restoring without ACLs",
    )
    for accepted in (
        backed_up("S3").when(restore(metadata)),
        backed_up("S3", captured=None).when(restore(metadata)),
        backed_up("S3", captured=without).when(restore({**metadata, "RestoreACLs": "false"})),
    ):
        assert accepted.rejection is None


# --- a repeated request


def test_a_repeated_token_is_the_same_job_while_it_runs_and_refused_once_it_has_ended() -> None:
    story = backed_up().when(restore(idempotency_token="t"))
    story.at(T0 + 2 * SECOND).then_kinds(
        RestoreJobCreated, RecoveryPointRestoreStarted, RestoreJobStarted
    )
    story.when(StartRestoreJob("other", {}, idempotency_token="t")).then_nothing_happened()
    assert queries.latest_with_token(story.world, "t") == job(story)

    story.at(T0 + 4 * SECOND)
    story.when(restore(idempotency_token="t"))
    message = f"Restore job {job(story).job_id} already finished"
    story.then_rejected(InvalidParameterValue, message)


def test_a_token_is_forgotten_after_an_hour() -> None:
    cold = RecoveryPointMovedToColdStorage(POINT)
    story = backed_up("EFS", cold).when(restore(idempotency_token="t"))
    story.at(T0 + HOUR - 1).when(restore(idempotency_token="t"))
    assert len(jobs(story)) == 1
    story.at(T0 + HOUR).when(restore(idempotency_token="t"))
    assert len(jobs(story)) == 2


# --- lists

OTHER = f"arn:aws:backup:us-east-1:{ACCOUNT}:recovery-point:other"


def listed() -> Story:
    """Three jobs: one of a volume that ended, one of a table that failed, one of a volume."""
    story = given(
        VAULT,
        born("EBS"),
        RecoveryPointCompleted(POINT, 9),
        born("DynamoDB", arn=OTHER, created_at=6),
        RecoveryPointCompleted(OTHER, None),
        at=T0,
    )
    story.when(restore()).at(T0 + 10).when(StartRestoreJob(OTHER, {}))
    return story.at(T0 + MINUTE).when(restore())


LISTED = listed()
FIRST, SECOND_ONE, THIRD = (job.job_id for job in jobs(LISTED))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [THIRD, SECOND_ONE, FIRST]),
        ({"account_id": ACCOUNT}, [THIRD, SECOND_ONE, FIRST]),
        ({"account_id": "999999999999"}, []),
        ({"account_id": "*"}, []),
        ({"resource_type": "EBS"}, [THIRD, FIRST]),
        ({"status": "COMPLETED"}, [FIRST]),
        ({"status": "FAILED", "resource_type": "EBS"}, []),
        ({"status": "FAILED", "resource_type": "DynamoDB"}, [SECOND_ONE]),
        ({"created_after": T0}, [THIRD, SECOND_ONE]),
        ({"created_before": T0 + 10}, [FIRST]),
        ({"complete_after": T0 + 4 * SECOND}, [SECOND_ONE]),
        ({"complete_before": T0 + 4 * SECOND + 10}, [FIRST]),
        ({"testing_plan_arn": "arn:aws:backup:us-east-1:1:restore-testing-plan:p"}, []),
        ({"parent_job_id": FIRST}, []),
    ],
)
def test_jobs_are_listed_newest_first_by_any_mix_of_filters(
    filters: dict[str, Any], expected: list[str]
) -> None:
    page = queries.list_restore_jobs(LISTED.world, limit=9, **filters)
    assert [job.job_id for job in page.rows] == expected


def test_jobs_are_listed_in_pages() -> None:
    first = queries.list_restore_jobs(LISTED.world, limit=2)
    token = write_token(queries.LISTING, first.next_after)
    second = queries.list_restore_jobs(LISTED.world, limit=2, token=token)
    assert [job.job_id for job in second.rows] == [FIRST]
    assert second.next_after is None
    with pytest.raises(InvalidParameterValue):
        queries.list_by_protected_resource(LISTED.world, EBS, limit=2, token=token)


@pytest.mark.parametrize(
    ("resource_arn", "filters", "expected"),
    [
        (EBS, {}, [THIRD, FIRST]),
        (EBS, {"status": "COMPLETED"}, [FIRST]),
        (EBS, {"point_created_after": 4}, [THIRD, FIRST]),
        (EBS, {"point_created_after": 5}, []),
        (EBS, {"point_created_before": 6}, [THIRD, FIRST]),
        (EBS, {"point_created_before": 5}, []),
        (TABLE, {}, [SECOND_ONE]),
    ],
)
def test_restores_of_one_resource_are_listed(
    resource_arn: str, filters: dict[str, Any], expected: list[str]
) -> None:
    page = queries.list_by_protected_resource(LISTED.world, resource_arn, limit=9, **filters)
    assert [job.job_id for job in page.rows] == expected


def test_restores_of_a_resource_are_listed_while_either_points_or_jobs_are_left() -> None:
    story = backed_up()
    assert queries.list_by_protected_resource(story.world, EBS, limit=9).rows == []
    story.when(restore()).at(T0 + MINUTE).when(DeleteRecoveryPoint("v", POINT)).at(T0 + HOUR)
    assert len(queries.list_by_protected_resource(story.world, EBS, limit=9).rows) == 1
    story.at(T0 + 31 * DAY)
    with pytest.raises(ResourceNotFound):
        queries.list_by_protected_resource(story.world, EBS, limit=9)
    with pytest.raises(InvalidParameterValue):
        queries.list_by_protected_resource(story.world, "nonsense", limit=9)


def test_a_missing_job_is_not_found() -> None:
    assert LISTED.world.restore_job(FIRST).job_id == FIRST
    with pytest.raises(ResourceNotFound):
        LISTED.world.restore_job(FIRST.lower())
