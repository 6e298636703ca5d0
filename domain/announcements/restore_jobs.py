"""What is told of restore jobs: ``Restore Job State Change``, and vaults' RESTORE_JOB events.

Keys and types are those of AWS's samples (Backup Developer Guide, monitoring events with
EventBridge). The texts of notifications are unknown and follow those of backup jobs.
"""

from collections.abc import Iterator

from vaultclock.domain.announcements.happenings import (
    Happening,
    Projections,
    given,
    job_attributes,
    moment,
    size_text,
    told,
)
from vaultclock.domain.announcements.messages import Event, Notice
from vaultclock.domain.restore_jobs.events import (
    RestoreJobCompleted,
    RestoreJobCreated,
    RestoreJobFailed,
    RestoreJobStarted,
)
from vaultclock.domain.restore_jobs.queries import vault_arn
from vaultclock.domain.restore_jobs.state import RestoreJob
from vaultclock.domain.world import World

DETAIL_TYPE = "Restore Job State Change"
_TEXTS = {
    "RUNNING": ("RESTORE_JOB_STARTED", "An AWS Backup restore job was started. {known}"),
    "COMPLETED": (
        "RESTORE_JOB_COMPLETED",
        "An AWS Backup restore job was completed successfully. Resource ARN : {made}. {known}",
    ),
    "FAILED": ("RESTORE_JOB_COMPLETED", "An AWS Backup restore job failed. {known}"),
}
_KNOWN = "Recovery point ARN: {point}. RestoreJob ID : {job}"


def _created(happening: Happening) -> Iterator[Event]:
    """Tell of a new job twice: AWS has a state CREATED before PENDING, that only events show.

    The first calls its state ``state``, all others ``status`` (documented).
    """
    job = happening.after
    detail = {
        "restoreJobId": job.job_id,
        "creationDate": moment(job.created_at),
        "state": "CREATED",
    }
    yield Event(DETAIL_TYPE, (job.born.recovery_point_arn,), detail)
    yield _event(happening)


def _event(happening: Happening) -> Event:
    job = happening.after
    is_completed = job.status == "COMPLETED"
    detail = {
        "restoreJobId": job.job_id,
        "backupVaultArn": vault_arn(happening.world, job) if is_completed else None,
        "recoveryPointArn": job.born.recovery_point_arn if is_completed else None,
        "sourceResourceArn": job.source_resource_arn if is_completed else None,
        "backupSizeInBytes": size_text(job.born.size_bytes),
        "creationDate": moment(job.created_at),
        "iamRoleArn": job.born.iam_role_arn,
        "percentDone": 0,  # documented: also of a job that is done
        "resourceType": job.resource_type,
        "status": str(job.status),
        "statusMessage": job.message,
        "createdResourceArn": job.created_resource_arn,
        "completionDate": moment(job.completed_at) if is_completed else None,
    }
    return Event(DETAIL_TYPE, (job.born.recovery_point_arn,), given(detail))


def _changed(happening: Happening) -> Iterator[Event | Notice]:
    yield _event(happening)
    job, world = happening.after, happening.world
    state = str(job.status)
    event, text = _TEXTS[state]
    known = _KNOWN.format(point=job.born.recovery_point_arn, job=job.job_id)
    text = text.format(known=known, made=job.created_resource_arn)
    attributes = job_attributes(world, "RESTORE_JOB", state, job.job_id, job.created_at)
    for vault_name in _telling(job, world):
        yield from told(world, vault_name, event, text, attributes)


def _telling(job: RestoreJob, world: World) -> list[str]:
    """Name the vaults of the account whose notifications tell of a restore.

    For a point in a vault of another account those are its restore access vaults (chosen).
    """
    if job.born.point_account is None:
        return [job.born.vault_name]
    views = world.vaults.matching(source_vault_arn=vault_arn(world, job))
    return [view.name for view in views]


PROJECTIONS: Projections = {
    RestoreJobCreated: _created,
    RestoreJobStarted: _changed,
    RestoreJobCompleted: _changed,
    RestoreJobFailed: _changed,
}
