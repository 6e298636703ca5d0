"""What the facts about a backup job add up to. No rules and no refusals live here."""

from enum import StrEnum
from typing import assert_never

import attrs

from vaultclock.domain.backup_jobs.commands import (
    ExpireBackupJob,
    FinishBackupJob,
    FinishStoppingBackupJob,
    StartDueBackupJob,
)
from vaultclock.domain.backup_jobs.events import (
    BackupJobAborted,
    BackupJobChildEnded,
    BackupJobCompleted,
    BackupJobCreated,
    BackupJobExpired,
    BackupJobFact,
    BackupJobFailed,
    BackupJobHeld,
    BackupJobPartlyCompleted,
    BackupJobReleased,
    BackupJobStarted,
    BackupJobStopping,
    CompositeBackupJobStarted,
)
from vaultclock.domain.kernel.changes import changer, quicken
from vaultclock.domain.kernel.engine import Deadline
from vaultclock.domain.kernel.instants import DAY, Instant, Milliseconds

LISTED_FOR: Milliseconds = 30 * DAY  # documented: job records vanish 30 days after they end
SUCCESS = "SUCCESS"  # the message category of a clean completion


class State(StrEnum):
    """Where a job is in its life, in AWS's words."""

    CREATED = "CREATED"
    RUNNING = "RUNNING"
    ABORTING = "ABORTING"
    ABORTED = "ABORTED"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"  # of a parent that lacks something
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"


# bound once: every fact asks for these, and Python 3.11 takes ten times as long for a member
_RUNNING, _COMPLETED, _ABORTING = State.RUNNING, State.COMPLETED, State.ABORTING


@quicken
@attrs.frozen(weakref_slot=False)
class BackupJob:
    """One backup job: the fact it was born with, and what has changed since."""

    born: BackupJobCreated
    created_at: Instant
    state: State = State.CREATED
    start_at: Instant | None = None  # None while held back, or once started
    ends_at: Instant | None = None
    occupies: str | None = None  # the resource it keeps busy, while it does
    waits_for: str | None = None  # the busy resource it waits for, while it does
    initiated_at: Instant | None = None
    completed_at: Instant | None = None
    size_bytes: int | None = None
    message: str | None = None
    category: str | None = None
    backup_type: str | None = None
    started: BackupJobStarted | None = None
    composite: CompositeBackupJobStarted | None = None  # what started is of a parent
    children_ended: tuple[BackupJobChildEnded, ...] = ()  # of a parent, the first to end first

    @property
    def job_id(self) -> str:
        """The job's id."""
        return self.born.job_id

    @property
    def vault_name(self) -> str:
        """The vault that the job backs up into."""
        return self.born.vault_name

    @property
    def resource_arn(self) -> str:
        """What is backed up."""
        return self.born.resource_arn

    @property
    def resource_type(self) -> str:
        """What kind of thing is backed up."""
        return self.born.resource_type

    @property
    def recovery_point_arn(self) -> str:
        """The point that the job makes, or brings up to date; of a continuous one once it runs."""
        if self.started is None or self.started.continuous_point_arn is None:
            return self.born.recovery_point_arn
        return self.started.continuous_point_arn

    @property
    def encryption_key_arn(self) -> str | None:
        """The key that AWS Backup encrypts with, known once the job runs."""
        started = self.started or self.composite
        return None if started is None else started.encryption_key_arn

    @property
    def parent_job_id(self) -> str | None:
        """The parent that asked for the job, if one did."""
        return self.born.parent_job_id

    @property
    def is_of_parents_resource(self) -> bool:
        """Whether the job backs up what its parent does: the template of a stack, say.

        It is then the parent that has the turn on the resource.
        """
        return self.born.parent_job_id is not None and self.born.member_identifier is None

    @property
    def idempotency_token(self) -> str | None:
        """The token a caller retries with."""
        return self.born.idempotency_token

    @property
    def completion_deadline_at(self) -> Instant:
        """Until when the job may run, once it does; a plan's window begins with the start."""
        if self.born.completion_window_ms is None:
            return self.born.completion_deadline_at
        assert self.initiated_at is not None, self
        return self.initiated_at + self.born.completion_window_ms


_changed = changer(BackupJob)


def order(job: BackupJob) -> tuple[Instant, str]:
    """Order jobs by creation, then id."""
    return job.created_at, job.born.job_id


def evolve(job: BackupJob | None, at: Instant, fact: BackupJobFact) -> BackupJob:
    """Fold one fact into a backup job."""
    if isinstance(fact, BackupJobCreated):
        return BackupJob(fact, created_at=at, start_at=fact.start_at)
    assert job is not None, f"{fact} has no backup job to happen to"
    match fact:
        case BackupJobStarted():
            return _changed(
                job,
                state=_RUNNING,
                start_at=None,
                initiated_at=at,
                occupies=None if job.is_of_parents_resource else job.born.resource_arn,
                ends_at=fact.ends_at,
                started=fact,
            )
        case BackupJobCompleted():
            return _changed(
                job,
                state=_COMPLETED,
                completed_at=at,
                ends_at=None,
                occupies=None,
                size_bytes=fact.size_bytes,
                backup_type=fact.backup_type,
                message=fact.message,
                category=fact.category or SUCCESS,
            )
        case CompositeBackupJobStarted():
            return _changed(
                job,
                state=_RUNNING,
                start_at=None,
                initiated_at=at,
                occupies=job.born.resource_arn,
                composite=fact,
            )
        case BackupJobHeld():
            return _changed(job, start_at=None, waits_for=job.born.resource_arn)
        case BackupJobReleased():
            return _changed(job, start_at=fact.start_at, waits_for=None)
        case BackupJobStopping():
            return _changed(job, state=State.ABORTING, ends_at=fact.ends_at)
        case BackupJobChildEnded():
            return _changed(job, children_ended=(*job.children_ended, fact))
        case _:
            return _ended(job, at, fact)


def _ended(
    job: BackupJob,
    at: Instant,
    fact: BackupJobPartlyCompleted | BackupJobFailed | BackupJobExpired | BackupJobAborted,
) -> BackupJob:
    category: str | None
    match fact:
        case BackupJobPartlyCompleted():
            job = _changed(job, size_bytes=fact.size_bytes)
            state, category = State.PARTIAL, fact.category
        case BackupJobFailed():
            state, category = State.FAILED, fact.category
        case BackupJobExpired():
            state, category = State.EXPIRED, fact.category
        case BackupJobAborted():
            state, category = State.ABORTED, None
        case _:
            assert_never(fact)
    return _changed(
        job,
        state=state,
        completed_at=at,
        start_at=None,
        ends_at=None,
        occupies=None,
        waits_for=None,
        message=fact.message,
        category=category,
    )


def deadlines(job: BackupJob) -> tuple[Deadline, ...]:
    """Say what a job still owes: to start, to end, or to run out of time."""
    if job.completed_at is not None:
        return ()
    born, ends_at = job.born, job.ends_at
    if job.initiated_at is None:
        if job.start_at is not None and job.start_at < born.start_deadline_at:
            return ((job.start_at, StartDueBackupJob(born.job_id)),)
        return ((born.start_deadline_at, ExpireBackupJob(born.job_id)),)
    if ends_at is None:
        return ()  # a parent ends with the last of its children
    if job.state is _ABORTING:
        return ((ends_at, FinishStoppingBackupJob(born.job_id)),)
    late_at = job.completion_deadline_at
    # FSx alone has no completion window (Backup Developer Guide, plan options)
    if ends_at <= late_at or born.resource_type == "FSx":
        return ((ends_at, FinishBackupJob(born.job_id)),)
    return ((late_at, ExpireBackupJob(born.job_id)),)


def retires_at(job: BackupJob) -> Instant | None:
    """Say when AWS stops listing the job."""
    return None if job.completed_at is None else job.completed_at + LISTED_FOR
