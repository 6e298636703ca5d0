"""What may be asked about backup jobs without changing them."""

from vaultclock.domain.backup_jobs.state import BackupJob, State
from vaultclock.domain.composite_jobs import children_of
from vaultclock.domain.jobs import TOKEN_LIFE, ended_between, states_of_children
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.tables import Page, Window
from vaultclock.domain.resource_types import is_fully_managed as is_fully_managed_point
from vaultclock.domain.world import World

LISTING = "backup-jobs"
_EVERY_ACCOUNT = "*"


def repeated(world: World, token: str | None, now: Instant) -> BackupJob | None:
    """Find the job that a retry with this token stands for; tokens live for an hour."""
    if token is None:
        return None
    window = Window(1, newest_first=True, since=now - TOKEN_LIFE)
    rows = world.backup_jobs.page({"idempotency_token": token}, window).rows
    return rows[0] if rows else None


def latest_with_token(world: World, token: str | None) -> BackupJob:
    """Answer the newest job with this token; there must be one."""
    return world.backup_jobs.latest(idempotency_token=token)


def visible_recovery_point(job: BackupJob) -> str | None:
    """Tell the point's ARN while a job may show it: never of a job that left no point.

    Types that AWS Backup does not fully manage have an ARN only once the job runs.
    """
    if job.state is State.CREATED:
        known = is_fully_managed(job) and not job.born.is_continuous
        return job.born.recovery_point_arn if known else None
    shown = job.state in (State.RUNNING, State.ABORTING, State.COMPLETED, State.PARTIAL)
    return job.recovery_point_arn if shown else None


def is_fully_managed(job: BackupJob) -> bool:
    """Whether AWS Backup itself keeps the point, as its ARN tells (documented).

    Such points are encrypted with the vault's key, and StartBackupJob names them at once.
    """
    return is_fully_managed_point(job.born.recovery_point_arn)


def percent_done(job: BackupJob, now: Instant) -> float:
    """Say how much of its work a job has done, in percent with one decimal.

    A parent has none of its own before its children are done (chosen).
    """
    if job.state in (State.COMPLETED, State.PARTIAL):
        return 100.0
    if job.state is not State.RUNNING or job.born.is_parent:
        return 0.0
    assert job.initiated_at is not None, job
    assert job.ends_at is not None, job
    took, takes = now - job.initiated_at, job.ends_at - job.initiated_at
    return round(min(99.9, 100 * took / takes), 1) if takes else 0.0


def children_in_state(world: World, job: BackupJob) -> dict[str, int]:
    """Count the children of a parent job by the state they are in."""
    return states_of_children(children_of(world, job.job_id), job.children_ended)


def list_backup_jobs(
    world: World,
    *,
    limit: int,
    token: str | None = None,
    resource_arn: str | None = None,
    state: str | None = None,
    vault_name: str | None = None,
    created_before: Instant | None = None,
    created_after: Instant | None = None,
    resource_type: str | None = None,
    account_id: str | None = None,
    complete_after: Instant | None = None,
    complete_before: Instant | None = None,
    parent_job_id: str | None = None,
    category: str | None = None,
) -> Page[BackupJob]:
    """List the jobs of the last thirty days, newest first; filters add up."""
    after = read_token(LISTING, token, (int, str))
    foreign = account_id not in (None, _EVERY_ACCOUNT, world.scope.account)
    if foreign:
        return Page([], None)
    where = {
        "resource_arn": resource_arn,
        "state": state,
        "vault_name": vault_name,
        "resource_type": resource_type,
        "category": category,
        "parent_job_id": parent_job_id,
    }
    window = Window(limit, after, newest_first=True, since=created_after, until=created_before)
    return world.backup_jobs.page(where, window, ended_between(complete_after, complete_before))
