"""What is told of backup jobs: ``Backup Job State Change``, and vaults' BACKUP_JOB events.

Keys, their order and their types are those of AWS's samples, quirks and all (Backup Developer
Guide, monitoring events with EventBridge).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vaultclock.domain.announcements.happenings import (
    Happening,
    Projections,
    asked_by,
    given,
    job_attributes,
    moment,
    size_text,
    told,
)
from vaultclock.domain.announcements.messages import Event, Notice
from vaultclock.domain.backup_jobs.events import (
    BackupJobAborted,
    BackupJobCompleted,
    BackupJobCreated,
    BackupJobExpired,
    BackupJobFailed,
    BackupJobPartlyCompleted,
    BackupJobStarted,
    BackupJobStopping,
    CompositeBackupJobStarted,
)
from vaultclock.domain.kernel.instants import Instant, to_iso
from vaultclock.domain.world import BackupJob, World

DETAIL_TYPE = "Backup Job State Change"
_POINT = "Recovery point ARN: {point}. Resource ARN : {resource}. BackupJob ID : {job}"
_RESOURCE = "Resource ARN : {resource}. BackupJob ID : {job}"
# documented: COMPLETED, FAILED, EXPIRED (Backup Developer Guide, notifications); observed in public
# code: ABORTED; the others are unknown and follow those
_TEXTS = {
    "RUNNING": f"An AWS Backup job was started. {_RESOURCE}",
    "COMPLETED": f"An AWS Backup job was completed successfully. {_POINT}",
    "PARTIAL": f"An AWS Backup job was completed partially. {_POINT}",
    "FAILED": f"An AWS Backup job failed. {_RESOURCE}",
    "EXPIRED": f"An AWS Backup job failed to complete in time. {_RESOURCE}",
    "ABORTED": f"An AWS Backup job was stopped. {_RESOURCE}",
}


def _created(happening: Happening) -> Iterator[Event]:
    job: BackupJob = happening.after
    detail = {
        "backupJobId": job.job_id,
        "state": "CREATED",
        "creationDate": moment(job.created_at),
    }
    yield Event(DETAIL_TYPE, (), detail)


def _started(happening: Happening) -> Iterator[Event | Notice]:
    job: BackupJob = happening.after
    point = happening.world.recovery_points.get(job.recovery_point_arn)
    captured = None if point is None else point.born.captured
    yield _event(
        happening,
        backupSizeInBytes=size_text(None if captured is None else captured.size_bytes),
        startBy=moment(job.born.start_deadline_at),
        expectedCompletionDate=None if job.ends_at is None else _in_words(job.ends_at),
        percentDone=0,
    )
    yield from _notice(happening.world, job, "BACKUP_JOB_STARTED")


def _stopping(happening: Happening) -> Iterator[Event]:
    """Tell of a job that is being stopped; there is no sample, it follows that of ABORTED."""
    start_by = moment(happening.after.born.start_deadline_at)
    yield _event(happening, startBy=start_by, percentDone=0)


def _completed(happening: Happening) -> Iterator[Event | Notice]:
    """Tell of a job that has something to show; there is no sample of PARTIAL."""
    job: BackupJob = happening.after
    yield _event(
        happening,
        (job.recovery_point_arn,),
        backupSizeInBytes=size_text(job.size_bytes),
        bytesTransferred=size_text(job.size_bytes),
        completionDate=moment(job.completed_at),
        startBy=moment(job.born.start_deadline_at),
        percentDone=100,
        retryCount=0,
    )
    yield from _notice(happening.world, job, "BACKUP_JOB_COMPLETED")


def _failed(happening: Happening) -> Iterator[Event | Notice]:
    """Tell of a job that failed; the sample has no completion date."""
    job: BackupJob = happening.after
    start_by = moment(job.born.start_deadline_at)
    yield _event(happening, startBy=start_by, percentDone=0, retryCount=0)
    yield from _notice(happening.world, job, "BACKUP_JOB_COMPLETED")


def _ended(happening: Happening) -> Iterator[Event | Notice]:
    """Tell of a job that was stopped, or ran out of time."""
    job: BackupJob = happening.after
    yield _event(
        happening,
        completionDate=moment(job.completed_at),
        startBy=moment(job.born.start_deadline_at),
        percentDone=0,
    )
    yield from _notice(happening.world, job, "BACKUP_JOB_COMPLETED")


def _event(happening: Happening, resources: tuple[str, ...] = (), /, **more: Any) -> Event:
    """Make an event of what all states tell and of what one adds, in the order of the samples."""
    job: BackupJob = happening.after
    known: Mapping[str, Any] = {
        "backupJobId": job.job_id,
        "backupVaultArn": happening.world.vault_arn(job.vault_name),
        "backupVaultName": job.vault_name,
        "bytesTransferred": "0",
        "creationDate": moment(job.created_at),
        "iamRoleArn": job.born.iam_role_arn,
        "resourceArn": job.resource_arn,
        "resourceType": job.resource_type,
        "state": str(job.state),
        # documented: inside of quotes, which are part of it
        "statusMessage": None if job.message is None else f'"{job.message}"',
        "createdBy": asked_by(job.born.created_by),
    }
    detail = {**known, **more}
    return Event(DETAIL_TYPE, resources, given({name: detail.get(name) for name in _ORDER}))


_ORDER = (
    "backupJobId",
    "backupSizeInBytes",
    "backupVaultArn",
    "backupVaultName",
    "bytesTransferred",
    "creationDate",
    "iamRoleArn",
    "resourceArn",
    "resourceType",
    "state",
    "statusMessage",
    "completionDate",
    "startBy",
    "expectedCompletionDate",
    "percentDone",
    "retryCount",
    "createdBy",
)


def _in_words(instant: Instant) -> str:
    """Write an instant as this one field has it: ``Jul 15, 2020 9:39:07 PM`` (documented)."""
    date, _, time = to_iso(instant).partition("T")
    year, month, day = date.split("-")
    hour, minutes_and_seconds = int(time[:2]), time[3:8]
    half = "AM" if hour < 12 else "PM"  # noqa: PLR2004 - a clock's number
    clock = f"{hour % 12 or 12}:{minutes_and_seconds} {half}"
    return f"{_MONTHS[int(month) - 1]} {int(day)}, {year} {clock}"


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _notice(world: World, job: BackupJob, event: str) -> list[Notice]:
    """Notify of a job; COMPLETED means that it reached an end, whichever (documented)."""
    state = str(job.state)
    text = _TEXTS[state].format(
        point=job.recovery_point_arn, resource=job.resource_arn, job=job.job_id
    )
    attributes = job_attributes(world, "BACKUP_JOB", state, job.job_id, job.created_at)
    return told(world, job.vault_name, event, text, attributes)


PROJECTIONS: Projections = {
    BackupJobCreated: _created,
    BackupJobStarted: _started,
    CompositeBackupJobStarted: _started,
    BackupJobStopping: _stopping,
    BackupJobCompleted: _completed,
    BackupJobPartlyCompleted: _completed,
    BackupJobFailed: _failed,
    BackupJobExpired: _ended,
    BackupJobAborted: _ended,
}
