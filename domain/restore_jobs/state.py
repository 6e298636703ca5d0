"""What the facts about a restore job add up to, and the latest restore of each resource.

No rules and no refusals live here.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

import attrs

from vaultclock.domain.kernel.changes import changer, quicken
from vaultclock.domain.kernel.engine import Deadline
from vaultclock.domain.kernel.instants import DAY, Instant, Milliseconds
from vaultclock.domain.restore_jobs.commands import FinishRestoreJob, StartDueRestoreJob
from vaultclock.domain.restore_jobs.events import (
    ResourceRestored,
    RestoreJobCompleted,
    RestoreJobCreated,
    RestoreJobFact,
    RestoreJobFailed,
    RestoreJobStarted,
)

LISTED_FOR: Milliseconds = 30 * DAY  # inferred: as of backup jobs, for which it is documented
_HANA = "SAP HANA on Amazon EC2"


class Status(StrEnum):
    """Where a job is in its life, in AWS's words; nothing here aborts a restore."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@quicken
@attrs.frozen(weakref_slot=False)
class RestoreJob:
    """One restore job: the fact it was born with, and what has changed since."""

    born: RestoreJobCreated
    created_at: Instant
    status: Status = Status.PENDING
    started_at: Instant | None = None
    ends_at: Instant | None = None
    completed_at: Instant | None = None
    created_resource_arn: str | None = None
    message: str | None = None

    @property
    def job_id(self) -> str:
        """The job's id."""
        return self.born.job_id

    @property
    def source_resource_arn(self) -> str:
        """What was backed up."""
        return self.born.source_resource_arn

    @property
    def resource_type(self) -> str:
        """What the point is restored as."""
        return self.born.resource_type

    @property
    def overwrites(self) -> str | None:
        """The database that the job has stopped and overwrites, while it does: SAP HANA's alone."""
        if self.status is not Status.RUNNING or self.resource_type != _HANA:
            return None
        folded = {key.casefold(): value for key, value in self.born.metadata.items()}
        return folded.get("aws:backup:targetdatabasearn")

    @property
    def idempotency_token(self) -> str | None:
        """The token a caller retries with."""
        return self.born.idempotency_token


_changed = changer(RestoreJob)


def order(job: RestoreJob) -> tuple[Instant, str]:
    """Order jobs by creation, then id."""
    return job.created_at, job.born.job_id


def evolve(job: RestoreJob | None, at: Instant, fact: RestoreJobFact) -> RestoreJob:
    """Fold one fact into a restore job."""
    if isinstance(fact, RestoreJobCreated):
        return RestoreJob(fact, created_at=at)
    assert job is not None, f"{fact} has no restore job to happen to"
    match fact:
        case RestoreJobStarted():
            return _changed(job, status=Status.RUNNING, started_at=at, ends_at=fact.ends_at)
        case RestoreJobCompleted():
            return _changed(
                job,
                status=Status.COMPLETED,
                completed_at=at,
                created_resource_arn=fact.created_resource_arn,
            )
        case RestoreJobFailed():
            return _changed(job, status=Status.FAILED, completed_at=at, message=fact.message)
        case _:
            assert_never(fact)


def deadlines(job: RestoreJob) -> Iterator[Deadline]:
    """Say what a job still owes: to start, or to end."""
    if job.status is Status.PENDING:
        yield (job.born.start_at, StartDueRestoreJob(job.job_id))
    elif job.status is Status.RUNNING:
        assert job.ends_at is not None, job
        yield (job.ends_at, FinishRestoreJob(job.job_id))


def retires_at(job: RestoreJob) -> Instant | None:
    """Say when AWS stops listing the job."""
    return None if job.completed_at is None else job.completed_at + LISTED_FOR


@attrs.frozen
class LatestRestore:
    """The latest successful restore of one resource; it outlives the job and the point.

    ``took_ms`` runs from the job's creation to its end, the two instants that the job shows.
    """

    resource_arn: str
    job_created_at: Instant
    recovery_point_created_at: Instant
    took_ms: Milliseconds


def order_latest(latest: LatestRestore) -> tuple[str]:
    """Order latest restores by resource."""
    return (latest.resource_arn,)


def evolve_latest(
    latest: LatestRestore | None, at: Instant, fact: ResourceRestored
) -> LatestRestore:
    """Fold one restore into what is known of a resource's latest: it replaces the one before."""
    return LatestRestore(
        resource_arn=fact.resource_arn,
        job_created_at=fact.job_created_at,
        recovery_point_created_at=fact.recovery_point_created_at,
        took_ms=at - fact.job_created_at,
    )
