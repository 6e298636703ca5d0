"""Backup jobs: asked for, held back, run, stopped, failed, expired, and listed."""

from typing import Any

import pytest

from tests.spec import Story, given
from vaultclock.domain.backup_jobs import queries
from vaultclock.domain.backup_jobs.commands import StartBackupJob, StopBackupJob
from vaultclock.domain.backup_jobs.events import (
    BackupJobAborted,
    BackupJobCompleted,
    BackupJobCreated,
    BackupJobExpired,
    BackupJobFailed,
    BackupJobHeld,
    BackupJobReleased,
    BackupJobStarted,
    BackupJobStopping,
)
from vaultclock.domain.backup_jobs.state import BackupJob
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, SECOND, Instant
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    InvalidParameterValue,
    InvalidRequest,
    ResourceNotFound,
)
from vaultclock.domain.messages import category_of
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointCreated,
    RecoveryPointDeleted,
)
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.settings.commands import UpdateRegionSettings
from vaultclock.domain.tags.commands import TagResource
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.commands import DeleteVault
from vaultclock.domain.vaults.events import VaultCreated

ACCOUNT = "123456789012"
EFS = f"arn:aws:elasticfilesystem:us-east-1:{ACCOUNT}:file-system/fs-1"
EBS = f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-1"
EC2 = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1"
RDS = f"arn:aws:rds:us-east-1:{ACCOUNT}:db:one"
AURORA = f"arn:aws:rds:us-east-1:{ACCOUNT}:cluster:one"
FSX = f"arn:aws:fsx:us-east-1:{ACCOUNT}:file-system/fs-9"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/AWSBackupDefaultServiceRole"
KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
VAULT = VaultCreated("v", KEY)
GIB = 1024**3
T0: Instant = 1_000_000


def start(resource: str = EFS, **fields: Any) -> StartBackupJob:
    return StartBackupJob("v", resource, ROLE, **fields)


def begun(resource: str = EFS, **fields: Any) -> Story:
    return given(VAULT, at=T0).when(start(resource, **fields)).then_kinds(BackupJobCreated)


def jobs(story: Story) -> list[BackupJob]:
    return story.world.backup_jobs.matching()


def job(story: Story) -> BackupJob:
    (only,) = jobs(story)
    return only


def test_a_job_is_created_runs_and_leaves_a_recovery_point() -> None:
    story = given(VAULT, at=T0).when(start(recovery_point_tags={"a": "b"}))
    created = story.news
    assert created == [
        BackupJobCreated(
            job_id=job(story).job_id,
            vault_name="v",
            resource_arn=EFS,
            resource_type="EFS",
            iam_role_arn=ROLE,
            recovery_point_arn=job(story).born.recovery_point_arn,
            start_at=T0 + SECOND,
            start_deadline_at=T0 + 8 * HOUR,
            completion_deadline_at=T0 + 7 * DAY,
            recovery_point_tags={"a": "b"},
        )
    ]
    arn = job(story).born.recovery_point_arn
    assert arn.startswith(f"arn:aws:backup:us-east-1:{ACCOUNT}:recovery-point:")
    assert job(story).state == "CREATED"

    story.at(T0 + SECOND)
    began, point = story.news
    assert began == BackupJobStarted(job(story).job_id, T0 + 4 * SECOND, KEY)
    assert isinstance(point, RecoveryPointCreated)
    assert (point.arn, point.created_at, point.encryption_key_arn) == (arn, T0, KEY)
    assert 0 <= point.deletion_lag_ms < 8 * HOUR
    assert story.world.recovery_points[arn].status == "CREATING"
    assert job(story).state == "RUNNING"

    story.at(T0 + 4 * SECOND)
    story.then(
        BackupJobCompleted(job(story).job_id, 10 * GIB),
        RecoveryPointCompleted(arn, 10 * GIB),
        TagsSet(arn, {"a": "b"}),
    )
    assert (job(story).state, job(story).category) == ("COMPLETED", "SUCCESS")
    assert story.world.recovery_points[arn].status == "COMPLETED"


def test_progress_is_a_question_about_now() -> None:
    story = begun()
    assert queries.percent_done(job(story), T0) == 0.0
    story.at(T0 + 2 * SECOND)
    assert queries.percent_done(job(story), T0 + 2 * SECOND) == 33.3
    story.at(T0 + 4 * SECOND)
    assert queries.percent_done(job(story), T0 + 4 * SECOND) == 100.0


def test_a_job_that_takes_no_time_is_at_its_beginning_until_it_ends() -> None:
    story = given(VAULT, at=T0).when(RegisterResource(EFS, job_seconds=0)).when(start())
    story.at(T0 + SECOND)
    assert (job(story).state, job(story).size_bytes) == ("COMPLETED", 10 * GIB)


def test_a_retry_with_the_same_token_is_one_job_for_an_hour() -> None:
    story = begun(idempotency_token="t")
    story.at(T0 + HOUR - 1).news  # noqa: B018 - looks past what time did
    story.when(start(idempotency_token="t")).then_nothing_happened()
    assert queries.latest_with_token(story.world, "t") == job(story)
    story.at(T0 + HOUR)
    story.when(start(idempotency_token="t")).then_kinds(BackupJobCreated)


def test_a_request_without_a_token_is_always_a_new_job() -> None:
    begun().when(start()).then_kinds(BackupJobCreated)


@pytest.mark.parametrize("token", ["", "x" * 1025])
def test_a_token_has_a_length(token: str) -> None:
    given(VAULT).when(start(idempotency_token=token)).then_rejected(InvalidParameterValue)


def test_a_vault_must_exist_when_a_job_is_asked_for() -> None:
    given().when(start()).then_rejected(AccessDenied)


def test_a_vault_may_be_gone_when_the_job_would_start() -> None:
    story = begun().when(DeleteVault("v")).at(T0 + SECOND)
    failed = story.news[-1]
    message = (
        "Backup job failed because backup vault"
        f" arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:v does not exist."
    )
    assert failed == BackupJobFailed(job(story).job_id, message, "RESOURCE_NOT_FOUND")
    assert not len(story.world.recovery_points)


@pytest.mark.parametrize(
    "fields",
    [
        {"start_window_minutes": 59},
        {"start_window_minutes": 52_560_001},
        {"start_window_minutes": 120, "complete_window_minutes": 119},
        {"complete_window_minutes": 52_560_001},
        {"lifecycle": Lifecycle(delete_after_days=0)},
        {"recovery_point_tags": {"aws:x": "y"}},
        {"backup_options": {"WindowsVSS": "enabled"}},
    ],
)
def test_bad_fields_are_refused(fields: dict[str, Any]) -> None:
    given(VAULT).when(start(**fields)).then_rejected(InvalidParameterValue)


@pytest.mark.parametrize("arn", ["fs-1", "arn:aws:lambda:us-east-1:123456789012:function:f"])
def test_what_cannot_be_backed_up_is_refused(arn: str) -> None:
    given(VAULT).when(start(arn)).then_rejected(InvalidParameterValue)


def test_a_role_is_a_role() -> None:
    command = StartBackupJob("v", EFS, f"arn:aws:iam::{ACCOUNT}:user/u")
    given(VAULT).when(command).then_rejected(InvalidParameterValue)


def test_windows_are_kept_to_the_millisecond() -> None:
    born = job(begun(start_window_minutes=60, complete_window_minutes=120)).born
    assert (born.start_deadline_at, born.completion_deadline_at) == (T0 + HOUR, T0 + 2 * HOUR)


@pytest.mark.parametrize(
    ("resource", "prefix", "encrypted"),
    [
        (EBS, "arn:aws:ec2:us-east-1::snapshot/snap-", False),
        (EC2, "arn:aws:ec2:us-east-1::image/ami-", False),
        (RDS, f"arn:aws:rds:us-east-1:{ACCOUNT}:snapshot:awsbackup:job-", False),
        (TABLE, f"arn:aws:backup:us-east-1:{ACCOUNT}:recovery-point:", True),
    ],
)
def test_points_are_named_and_encrypted_as_their_type_is(
    resource: str, prefix: str, encrypted: bool
) -> None:
    story = begun(resource)
    arn = job(story).born.recovery_point_arn
    assert arn.startswith(prefix)
    assert queries.visible_recovery_point(job(story)) == (arn if encrypted else None)
    story.at(T0 + SECOND)
    assert queries.visible_recovery_point(job(story)) == arn
    assert (job(story).encryption_key_arn == KEY) is encrypted


def test_a_table_without_advanced_features_keeps_its_backups_itself() -> None:
    story = given(VAULT, at=T0).when(UpdateRegionSettings(management={"DynamoDB": False}))
    story.when(start(TABLE))
    arn = job(story).born.recovery_point_arn
    assert arn.startswith(f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t/backup/")


def test_sizes_follow_the_resource_type() -> None:
    story = given(VAULT, at=T0)
    story.when(RegisterResource(EBS, size_bytes=100)).when(start(EBS)).when(start(RDS))
    story.when(start(AURORA)).when(start(EFS)).at(T0 + MINUTE)
    sizes = {j.resource_arn: j.size_bytes for j in jobs(story)}
    assert sizes == {EBS: 100, RDS: 0, AURORA: None, EFS: 10 * GIB}


def test_a_later_backup_in_the_same_vault_holds_what_changed() -> None:
    story = given(VAULT, at=T0).when(RegisterResource(EFS, size_bytes=1000, daily_change=0.1))
    story.when(start()).at(T0 + 2 * DAY).when(start()).at(T0 + 22 * DAY).when(start())
    story.at(T0 + 23 * DAY)
    assert [j.size_bytes for j in jobs(story)] == [1000, 200, 1000]


def test_a_resource_may_be_told_to_fail_and_then_recovers() -> None:
    story = given(VAULT, at=T0).when(RegisterResource(EFS, fails_with="Access denied by x"))
    story.when(start()).at(T0 + 4 * SECOND)
    arn = job(story).born.recovery_point_arn
    assert story.news[-2:] == [
        BackupJobFailed(job(story).job_id, "Access denied by x", "ACCESS_DENIED"),
        RecoveryPointDeleted(arn),
    ]
    assert queries.visible_recovery_point(job(story)) is None
    story.when(RegisterResource(EFS)).when(start()).at(T0 + MINUTE)
    assert [j.state for j in jobs(story)] == ["FAILED", "COMPLETED"]


def test_jobs_on_one_resource_wait_for_each_other() -> None:
    story = begun().at(T0 + SECOND).when(start()).when(start()).at(T0 + 2 * SECOND)
    first, second, third = jobs(story)
    assert story.news[-2:] == [BackupJobHeld(second.job_id), BackupJobHeld(third.job_id)]
    story.at(T0 + 4 * SECOND)
    assert story.news[2] == BackupJobReleased(second.job_id, T0 + 4 * SECOND)
    assert [j.state for j in jobs(story)] == ["COMPLETED", "RUNNING", "CREATED"]
    story.at(T0 + 10 * SECOND)
    assert [j.state for j in jobs(story)] == ["COMPLETED"] * 3
    assert first.job_id == jobs(story)[0].job_id


def test_a_held_job_gives_up_at_the_end_of_its_start_window() -> None:
    story = given(VAULT, at=T0).when(RegisterResource(EFS, job_seconds=7200)).when(start())
    story.at(T0 + SECOND).when(start(start_window_minutes=60)).at(T0 + SECOND + HOUR)
    expired = jobs(story)[1]
    message = "Backup job failed because there was a running job for the same resource."
    assert story.news[-1] == BackupJobExpired(expired.job_id, message, "CONCURRENT_JOB")
    assert expired.born.start_deadline_at == T0 + SECOND + HOUR


def test_a_turn_at_the_very_end_of_the_start_window_comes_too_late() -> None:
    story = given(VAULT, at=T0).when(RegisterResource(EFS, job_seconds=3599))
    for _ in range(3):
        story.when(start(start_window_minutes=60))
    story.at(T0 + HOUR)
    message = "Backup job failed because there was a running job for the same resource."
    ended = [(each.state, each.message) for each in jobs(story)]
    assert ended == [("COMPLETED", None), ("EXPIRED", message), ("EXPIRED", message)]


def test_a_job_that_cannot_end_in_time_expires_and_lets_the_next_one_in() -> None:
    story = given(VAULT, at=T0).when(RegisterResource(EFS, job_seconds=90_000))
    story.when(start(start_window_minutes=60, complete_window_minutes=60))
    story.when(start(start_window_minutes=600)).at(T0 + HOUR)
    first, second = jobs(story)
    facts = story.news
    late = "Backup job expired before completion."
    assert BackupJobExpired(first.job_id, late, "JOB_EXPIRED") in facts
    assert BackupJobReleased(second.job_id, T0 + HOUR) in facts
    assert second.state == "RUNNING"


def test_fsx_has_no_completion_window() -> None:
    story = given(VAULT, at=T0).when(RegisterResource(FSX, job_seconds=2 * 3600))
    story.when(start(FSX, start_window_minutes=60, complete_window_minutes=60))
    story.at(T0 + HOUR)
    assert job(story).state == "RUNNING"
    story.at(T0 + 3 * HOUR)
    assert job(story).state == "COMPLETED"


def test_a_window_shorter_than_the_start_delay_expires_unstarted() -> None:
    story = given(
        VAULT,
        BackupJobCreated("j", "v", EFS, "EFS", ROLE, "arn:p", SECOND, SECOND, HOUR),
    )
    story.at(SECOND).then_kinds(BackupJobExpired)
    assert job(story).state == "EXPIRED"


def test_a_running_job_is_stopped_by_its_user() -> None:
    story = begun().at(T0 + 2 * SECOND)
    arn, job_id = job(story).born.recovery_point_arn, job(story).job_id
    story.when(TagResource(arn, {"a": "b"})).news  # noqa: B018 - looks past what time did
    story.when(StopBackupJob(job_id)).then(BackupJobStopping(job_id, T0 + 2800))
    assert job(story).state == "ABORTING"
    story.when(StopBackupJob(job_id)).then_nothing_happened()
    story.at(T0 + 2800).then(
        BackupJobAborted(job_id, "Backup job was stopped by user."),
        RecoveryPointDeleted(arn),
        TagsDropped(arn),
    )
    assert (job(story).state, job(story).message) == ("ABORTED", "Backup job was stopped by user.")


def test_a_waiting_job_is_stopped_at_once() -> None:
    story = begun()
    story.when(StopBackupJob(job(story).job_id)).then_kinds(BackupJobAborted)
    story.at(T0 + DAY).then_nothing_happened()


def test_only_a_live_and_stoppable_job_can_be_stopped() -> None:
    given().when(StopBackupJob("j")).then_rejected(ResourceNotFound)
    story = begun().at(T0 + DAY)
    story.when(StopBackupJob(job(story).job_id)).then_rejected(InvalidRequest)
    story = begun(RDS)
    story.when(StopBackupJob(job(story).job_id)).then_rejected(InvalidRequest)


def test_vss_is_told_by_the_backup_type() -> None:
    story = begun(EC2, backup_options={"WindowsVSS": "enabled"}).at(T0 + DAY)
    assert job(story).backup_type == "WindowsVSS"
    story = begun(EC2, backup_options={"WindowsVSS": "disabled"}).at(T0 + DAY)
    assert job(story).backup_type is None


def test_a_job_leaves_the_lists_thirty_days_after_its_end() -> None:
    story = begun().at(T0 + 4 * SECOND + 30 * DAY - 1)
    assert len(jobs(story)) == 1
    story.at(T0 + 4 * SECOND + 30 * DAY)
    assert jobs(story) == []
    assert len(story.world.recovery_points) == 1


def listed(story: Story, **filters: Any) -> list[str]:
    page = queries.list_backup_jobs(story.world, limit=9, **filters)
    return [job.resource_type for job in page.rows]


def test_jobs_are_listed_newest_first_by_any_mix_of_filters() -> None:
    story = given(VAULT, VaultCreated("w", KEY), at=T0).when(start(EFS)).at(T0 + SECOND)
    story.when(start(EBS)).at(T0 + 2 * SECOND).when(StartBackupJob("w", RDS, ROLE))
    story.at(T0 + 4 * SECOND)
    assert listed(story) == ["RDS", "EBS", "EFS"]
    assert listed(story, state="COMPLETED") == ["EFS"]
    assert listed(story, vault_name="v", resource_type="EBS") == ["EBS"]
    assert listed(story, resource_arn=RDS, vault_name="v") == []
    assert listed(story, created_after=T0, created_before=T0 + 2 * SECOND) == ["EBS"]
    assert listed(story, category="SUCCESS") == ["EFS"]
    assert listed(story, account_id=ACCOUNT) == listed(story, account_id="*") == listed(story)
    assert listed(story, account_id="999999999999") == []
    assert listed(story, parent_job_id="x") == []
    assert listed(story, complete_after=T0 + 3 * SECOND) == ["EFS"]
    assert listed(story, complete_after=T0 + 4 * SECOND) == []
    assert listed(story, complete_before=T0 + 4 * SECOND) == []
    assert listed(story, complete_before=T0 + 5 * SECOND) == ["EFS"]


@pytest.mark.parametrize(
    ("message", "category"),
    [
        ("Backup job expired before completion.", "JOB_EXPIRED"),
        ("The specified volume was not found.", "RESOURCE_NOT_FOUND"),
        ("Given key ID does not exist", "RESOURCE_NOT_FOUND"),
        ("Unsupported resource type: x", "RESOURCE_NOT_SUPPORTED"),
        ("User is not authorized to perform x", "ACCESS_DENIED"),
        ("something else", "MISCELLANEOUS"),
    ],
)
def test_messages_are_filed_as_aws_files_them(message: str, category: str) -> None:
    assert category_of(message) == category
