"""What backup jobs and copy jobs share: whose turn a resource is, and how they are listed.

AWS Backup runs one backup or copy job on a resource at a time (Backup Developer Guide, quotas);
the others wait. No rules of one kind of job live here.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

from vaultclock.domain.backup_jobs.events import BackupJobChildEnded, BackupJobReleased
from vaultclock.domain.copy_jobs.events import CopyJobChildEnded, CopyJobReleased
from vaultclock.domain.kernel.instants import HOUR, SECOND, Instant, Milliseconds
from vaultclock.domain.world import BackupJob, CopyJob, World

START_DELAY: Milliseconds = SECOND  # how long a job is seen CREATED; AWS: within an hour
TOKEN_LIFE: Milliseconds = HOUR  # documented in the first edition of StartBackupJob


def is_busy(world: World, resource_arn: str) -> bool:
    """Tell whether a backup or copy job runs on a resource."""
    backed_up, copied = world.backup_jobs.by("occupies"), world.copy_jobs.by("occupies")
    return resource_arn in backed_up or resource_arn in copied


def next_turn(
    world: World, resource_arn: str, now: Instant
) -> list[BackupJobReleased | CopyJobReleased]:
    """Let the job that has waited longest for a resource try again; to be stated when it is free.

    Between a backup and a copy of one instant, the backup goes first.
    """
    waiting = world.backup_jobs.by("waits_for"), world.copy_jobs.by("waits_for")
    if resource_arn not in waiting[0] and resource_arn not in waiting[1]:
        return []
    backup = world.backup_jobs.oldest(waits_for=resource_arn)
    copy = world.copy_jobs.oldest(waits_for=resource_arn)
    if backup and not (copy and copy.created_at < backup.created_at):
        return [BackupJobReleased(backup.job_id, now)]
    return [CopyJobReleased(copy.job_id, now)] if copy else []


def states_of_children(
    listed: Iterable[BackupJob | CopyJob], ended: Iterable[BackupJobChildEnded | CopyJobChildEnded]
) -> dict[str, int]:
    """Count the children of a parent job by the state they are in.

    That they are listed for thirty days after their end does not take them from the count (chosen).
    """
    going_on = [str(child.state) for child in listed if child.completed_at is None]
    return Counter([*going_on, *(child.state for child in ended)])


class Ending(Protocol):
    """A job, as far as its end goes."""

    @property
    def completed_at(self) -> Instant | None:
        """When the job ended; None while it has not."""


def ended_between(since: Instant | None, until: Instant | None) -> Callable[[Ending], bool] | None:
    """Keep jobs that ended between two instants, both exclusive; running ones never match."""
    if since is None and until is None:
        return None

    def matches(job: Ending) -> bool:
        at = job.completed_at
        return at is not None and (since is None or at > since) and (until is None or at < until)

    return matches
