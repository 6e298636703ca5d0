"""What the facts about a copy job add up to. No rules and no refusals live here."""

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

import attrs

from vaultclock.domain.copy_jobs.commands import FinishCopyJob, StartDueCopyJob
from vaultclock.domain.copy_jobs.events import (
    CompositeCopyJobStarted,
    CopyJobChildEnded,
    CopyJobCompleted,
    CopyJobCreated,
    CopyJobFact,
    CopyJobFailed,
    CopyJobHeld,
    CopyJobPartlyCompleted,
    CopyJobQueued,
    CopyJobReleased,
    CopyJobStarted,
)
from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.changes import changer, quicken
from vaultclock.domain.kernel.engine import Deadline
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import DAY, Instant, Milliseconds
from vaultclock.domain.resource_types import QUOTA_OF_AIR_GAPPED_COPIES, is_fully_managed

LISTED_FOR: Milliseconds = 30 * DAY  # documented: job records vanish 30 days after they end
SUCCESS = "SUCCESS"  # the message category of a clean completion


class State(StrEnum):
    """Where a job is in its life, in AWS's words."""

    CREATED = "CREATED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"  # of a parent that lacks something
    FAILED = "FAILED"


@quicken
@attrs.frozen(weakref_slot=False)
class CopyJob:
    """One copy job: the fact it was born with, and what has changed since.

    ``copy_arn`` is the recovery point the job makes, None before it starts and after it failed.
    """

    born: CopyJobCreated
    created_at: Instant
    state: State = State.CREATED
    start_at: Instant | None = None  # None while it waits, and once started
    queued: bool = False  # whether it waits for its destination, and not for its resource
    ends_at: Instant | None = None
    completed_at: Instant | None = None
    copy_arn: str | None = None
    size_bytes: int | None = None
    encryption_key_arn: str | None = None
    message: str | None = None
    category: str | None = None
    left_out: int = 0
    children_ended: tuple[CopyJobChildEnded, ...] = ()  # of a parent, the first to end first

    @property
    def job_id(self) -> str:
        """The job's id."""
        return self.born.job_id

    @property
    def resource_arn(self) -> str:
        """What the source is a backup of."""
        return self.born.resource_arn

    @property
    def resource_type(self) -> str:
        """What kind of thing the source is a backup of."""
        return self.born.resource_type

    @property
    def source_point_arn(self) -> str:
        """The recovery point that is copied."""
        return self.born.source_point_arn

    @property
    def destination_vault_arn(self) -> str:
        """The vault that is copied into."""
        return self.born.destination_vault_arn

    @property
    def destination(self) -> Scope:
        """The account and Region that is copied into."""
        arn = parse_arn(self.born.destination_vault_arn)
        assert arn is not None, self
        return Scope(arn.account, arn.region)

    @property
    def idempotency_token(self) -> str | None:
        """The token a caller retries with."""
        return self.born.idempotency_token

    @property
    def parent_job_id(self) -> str | None:
        """The parent that asked for the job, if one did."""
        return self.born.parent_job_id

    @property
    def is_of_parents_resource(self) -> bool:
        """Whether the job copies what its parent is of: it is the parent that has the turn then."""
        return self.born.parent_job_id is not None and self.born.member_identifier is None

    @property
    def occupies(self) -> str | None:
        """The resource the job keeps busy, while it does."""
        occupies = self.state is State.RUNNING and not self.is_of_parents_resource
        return self.born.resource_arn if occupies else None

    @property
    def reads(self) -> str | None:
        """The recovery point the job reads, while it does."""
        return self.born.source_point_arn if self.state is State.RUNNING else None

    @property
    def needs(self) -> str | None:
        """The recovery point the job reads or is yet to read, until it has ended."""
        return self.born.source_point_arn if self.completed_at is None else None

    @property
    def quota(self) -> str | None:
        """The quota of running copies that the job comes under: its type's, or else a Region's.

        A type has one for each air-gapped vault, and a parent none, as its children have.
        """
        if self.born.is_parent:
            return None
        if (kind := QUOTA_OF_AIR_GAPPED_COPIES.get(self.born.resource_type)) is not None:
            return kind
        return self.destination.region if is_fully_managed(self.born.source_point_arn) else None

    @property
    def counts_in(self) -> str | None:
        """The quota that the job takes from, while it does."""
        return self.quota if self.state is State.RUNNING else None

    @property
    def waits_for(self) -> str | None:
        """The busy resource the job waits for, while it does."""
        waits = self.state is State.CREATED and self.start_at is None and not self.queued
        return self.born.resource_arn if waits else None

    @property
    def queues_for(self) -> str | None:
        """The quota that the job waits for, while it does."""
        return self.quota if self.queued else None


_changed = changer(CopyJob)


def order(job: CopyJob) -> tuple[Instant, str]:
    """Order jobs by creation, then id."""
    return job.created_at, job.born.job_id


def evolve(job: CopyJob | None, at: Instant, fact: CopyJobFact) -> CopyJob:
    """Fold one fact into a copy job."""
    if isinstance(fact, CopyJobCreated):
        return CopyJob(fact, created_at=at, start_at=fact.start_at)
    assert job is not None, f"{fact} has no copy job to happen to"
    match fact:
        case CopyJobHeld():
            return _changed(job, start_at=None)
        case CopyJobQueued():
            return _changed(job, start_at=None, queued=True)
        case CopyJobReleased():
            return _changed(job, start_at=fact.start_at, queued=False)
        case CopyJobStarted():
            return _changed(
                job,
                state=State.RUNNING,
                start_at=None,
                ends_at=fact.ends_at,
                copy_arn=fact.copy_arn,
                size_bytes=fact.size_bytes,
                encryption_key_arn=fact.encryption_key_arn,
            )
        case CompositeCopyJobStarted():
            return _changed(
                job,
                state=State.RUNNING,
                start_at=None,
                copy_arn=fact.copy_arn,
                encryption_key_arn=fact.encryption_key_arn,
                left_out=fact.left_out,
            )
        case CopyJobChildEnded():
            return _changed(job, children_ended=(*job.children_ended, fact))
        case _:
            return _ended(job, at, fact)


def _ended(
    job: CopyJob, at: Instant, fact: CopyJobCompleted | CopyJobPartlyCompleted | CopyJobFailed
) -> CopyJob:
    match fact:
        case CopyJobCompleted():
            size = job.size_bytes if fact.size_bytes is None else fact.size_bytes
            return _changed(
                job,
                state=State.COMPLETED,
                ends_at=None,
                completed_at=at,
                size_bytes=size,
                category=SUCCESS,
            )
        case CopyJobPartlyCompleted():
            return _changed(
                job,
                state=State.PARTIAL,
                completed_at=at,
                size_bytes=fact.size_bytes,
                message=fact.message,
                category=fact.category,
            )
        case CopyJobFailed():
            return _changed(
                job,
                state=State.FAILED,
                start_at=None,
                ends_at=None,
                completed_at=at,
                copy_arn=None,
                message=fact.message,
                category=fact.category,
            )
        case _:
            assert_never(fact)


def deadlines(job: CopyJob) -> Iterator[Deadline]:
    """Say what a job still owes: to start or to end. One that waits may wait for ever."""
    if job.start_at is not None:
        yield (job.start_at, StartDueCopyJob(job.job_id))
    if job.ends_at is not None:
        yield (job.ends_at, FinishCopyJob(job.job_id))


def retires_at(job: CopyJob) -> Instant | None:
    """Say when AWS stops listing the job."""
    return None if job.completed_at is None else job.completed_at + LISTED_FOR
