"""What may be asked about copy jobs without changing them, and the copies a backup leads to."""

import attrs

from vaultclock.domain.air_gaps import copied_to, vault_name_in
from vaultclock.domain.backup_jobs.events import BackupJobCreated
from vaultclock.domain.checks import NEVER
from vaultclock.domain.copy_jobs.events import CopyJobCreated
from vaultclock.domain.copy_jobs.state import CopyJob
from vaultclock.domain.jobs import START_DELAY, TOKEN_LIFE, ended_between, states_of_children
from vaultclock.domain.kernel.engine import Context
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.tables import Page, Window
from vaultclock.domain.plans.queries import rule_behind
from vaultclock.domain.values import CopyAction, CreatedBy, Lifecycle
from vaultclock.domain.world import Vault, World

LISTING = "copy-jobs"
_EVERY_ACCOUNT = "*"
_NOTHING_ASKED = Lifecycle()


def repeated(world: World, token: str | None, now: Instant) -> CopyJob | None:
    """Find the job that a retry with this token stands for; tokens live for an hour."""
    if token is None:
        return None
    window = Window(1, newest_first=True, since=now - TOKEN_LIFE)
    rows = world.copy_jobs.page({"idempotency_token": token}, window).rows
    return rows[0] if rows else None


def latest_with_token(world: World, token: str | None) -> CopyJob:
    """Answer the newest job with this token; there must be one."""
    return world.copy_jobs.latest(idempotency_token=token)


def lifecycle_of_copy(asked: Lifecycle | None, source: Lifecycle | None) -> Lifecycle | None:
    """Answer a copy's own lifecycle (Backup Developer Guide, creating a copy).

    Nothing asked is the source's. A retention that is left out, or -1, keeps the source's expiry
    date: copies age from the creation of their source, so equal days are an equal date. What the
    source's lifecycle ties to an event of its own is not inherited (inferred).
    """
    kept = None if source is None else attrs.evolve(source, delete_after_event=None)
    if asked is None or asked == _NOTHING_ASKED:
        return kept
    if asked.delete_after_days in (None, NEVER):
        days = None if kept is None else kept.delete_after_days
        return attrs.evolve(asked, delete_after_days=days)
    return asked


def copies_after(born: BackupJobCreated, world: World, context: Context) -> list[CopyJobCreated]:
    """State the copies that a backup job leads to, to be stated when it completes.

    First that into an air-gapped vault, where the backup gets there so (documented); then, for the
    rule behind the job, one job a copy action, in the rule's order, all of one instant (Backup
    Developer Guide, plan options). The rule is read in the version that ran. A composite is copied
    as one: a child job has no copies of its own.
    """
    if born.parent_job_id is not None:
        return []
    asked = [*_moves(born), *_copy_actions(world, born.created_by)]
    if not asked:
        return []
    return [
        CopyJobCreated(
            job_id=context.fresh_id(ordinal).upper(),
            source_vault_name=born.vault_name,
            source_point_arn=born.recovery_point_arn,
            destination_vault_arn=action.destination_vault_arn,
            resource_arn=born.resource_arn,
            resource_type=born.resource_type,
            iam_role_arn=born.iam_role_arn,
            start_at=context.now + START_DELAY,
            resource_name=born.resource_name,
            lifecycle=lifecycle_of_copy(action.lifecycle, born.lifecycle),
            created_by=born.created_by,
            backup_job_id=born.job_id,
            is_parent=born.is_parent,
            lifecycle_asked=action.lifecycle if born.is_parent else None,
        )
        for ordinal, action in enumerate(asked)
    ]


def _moves(born: BackupJobCreated) -> list[CopyAction]:
    """Answer the copy into the air-gapped vault: it keeps its source's lifecycle."""
    arn = copied_to(born)
    return [] if arn is None else [CopyAction(arn)]


def _copy_actions(world: World, created_by: CreatedBy | None) -> tuple[CopyAction, ...]:
    if created_by is None:
        return ()
    return rule_behind(world, created_by).copy_actions or ()


def children_of(world: World, parent_job_id: str) -> list[CopyJob]:
    """Answer the children of a parent that AWS still lists, oldest first."""
    return world.copy_jobs.matching(parent_job_id=parent_job_id)


def children_in_state(world: World, job: CopyJob) -> dict[str, int]:
    """Count the children of a parent job by the state they are in."""
    return states_of_children(children_of(world, job.job_id), job.children_ended)


def destination_vault(world: World, job: CopyJob) -> Vault | None:
    """Answer the vault that a job copies into, wherever it is; None if it is gone."""
    there = world.others.get(job.destination)
    return None if there is None else there.vaults.get(vault_name_in(job.destination_vault_arn))


def list_copy_jobs(
    world: World,
    *,
    limit: int,
    token: str | None = None,
    resource_arn: str | None = None,
    state: str | None = None,
    created_before: Instant | None = None,
    created_after: Instant | None = None,
    resource_type: str | None = None,
    destination_vault_arn: str | None = None,
    account_id: str | None = None,
    complete_before: Instant | None = None,
    complete_after: Instant | None = None,
    parent_job_id: str | None = None,
    category: str | None = None,
    source_point_arn: str | None = None,
) -> Page[CopyJob]:
    """List the jobs of the last thirty days, newest first; filters add up.

    A job stands where it was asked for: in the account and Region of its source.
    """
    after = read_token(LISTING, token, (int, str))
    foreign = account_id not in (None, _EVERY_ACCOUNT, world.scope.account)
    if foreign:
        return Page([], None)
    where = {
        "resource_arn": resource_arn,
        "state": state,
        "resource_type": resource_type,
        "destination_vault_arn": destination_vault_arn,
        "category": category,
        "source_point_arn": source_point_arn,
        "parent_job_id": parent_job_id,
    }
    window = Window(limit, after, newest_first=True, since=created_after, until=created_before)
    return world.copy_jobs.page(where, window, ended_between(complete_after, complete_before))
