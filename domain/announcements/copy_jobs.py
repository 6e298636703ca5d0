"""What is told of copy jobs: ``Copy Job State Change``, and vaults' COPY_JOB events.

Keys and types are those of AWS's samples (Backup Developer Guide, monitoring events with
EventBridge). The texts of notifications are unknown and follow those of backup jobs.
"""

from collections.abc import Iterator

from vaultclock.domain.announcements.happenings import (
    Happening,
    Projections,
    asked_by,
    given,
    job_attributes,
    moment,
    told,
)
from vaultclock.domain.announcements.messages import Event, Notice
from vaultclock.domain.copy_jobs.events import (
    CompositeCopyJobStarted,
    CopyJobCompleted,
    CopyJobCreated,
    CopyJobFailed,
    CopyJobPartlyCompleted,
    CopyJobStarted,
)
from vaultclock.domain.world import CopyJob

DETAIL_TYPE = "Copy Job State Change"
_POINT = "Recovery point ARN: {point}. Resource ARN : {resource}. CopyJob ID : {job}"
_RESOURCE = "Resource ARN : {resource}. CopyJob ID : {job}"
_TEXTS = {
    "RUNNING": ("COPY_JOB_STARTED", f"An AWS Backup copy job was started. {_RESOURCE}"),
    "COMPLETED": (
        "COPY_JOB_SUCCESSFUL",
        f"An AWS Backup copy job was completed successfully. {_POINT}",
    ),
    "PARTIAL": ("COPY_JOB_SUCCESSFUL", f"An AWS Backup copy job was completed partially. {_POINT}"),
    "FAILED": ("COPY_JOB_FAILED", f"An AWS Backup copy job failed. {_RESOURCE}"),
}


def _created(happening: Happening) -> Iterator[Event]:
    """Tell of a new job; the sample does not name it."""
    job: CopyJob = happening.after
    detail = {
        "creationDate": moment(job.created_at),
        "state": "CREATED",
        "sourceBackupVaultArn": happening.world.vault_arn(job.born.source_vault_name),
        "destinationBackupVaultArn": job.destination_vault_arn,
    }
    yield Event(DETAIL_TYPE, (job.source_point_arn,), detail)


def _changed(happening: Happening) -> Iterator[Event | Notice]:
    job: CopyJob = happening.after
    detail = {
        "copyJobId": job.job_id,
        "backupSizeInBytes": job.size_bytes or 0,  # a number here, and a text elsewhere
        "creationDate": moment(job.created_at),
        "iamRoleArn": job.born.iam_role_arn,
        "resourceArn": job.resource_arn,
        "resourceType": job.resource_type,
        "sourceBackupVaultArn": happening.world.vault_arn(job.born.source_vault_name),
        "state": str(job.state),
        "statusMessage": job.message,
        "completionDate": moment(job.completed_at),
        "destinationBackupVaultArn": job.destination_vault_arn,
        "destinationRecoveryPointArn": job.copy_arn or {},  # documented, while there is none
        "createdBy": asked_by(job.born.created_by),
    }
    yield Event(DETAIL_TYPE, (job.source_point_arn,), given(detail))
    yield from _notice(happening)


def _notice(happening: Happening) -> list[Notice]:
    """Notify of a job; the source's vault is asked, not the destination's (chosen)."""
    job, world = happening.after, happening.world
    state = str(job.state)
    event, text = _TEXTS[state]
    text = text.format(point=job.copy_arn, resource=job.resource_arn, job=job.job_id)
    attributes = job_attributes(world, "COPY_JOB", state, job.job_id, job.created_at)
    return told(world, job.born.source_vault_name, event, text, attributes)


PROJECTIONS: Projections = {
    CopyJobCreated: _created,
    CopyJobStarted: _changed,
    CompositeCopyJobStarted: _changed,
    CopyJobCompleted: _changed,
    CopyJobPartlyCompleted: _changed,
    CopyJobFailed: _changed,
}
