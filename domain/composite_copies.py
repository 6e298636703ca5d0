"""Copies of composite recovery points: a parent job, and a child for each point in it.

Source: Backup Developer Guide, CloudFormation stack backups and Amazon EKS backups, copying. What
cannot be copied is left out, and the copied composite is PARTIAL then. How one point is copied is
not here.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from vaultclock.domain import composites
from vaultclock.domain.copied_points import copy_ended
from vaultclock.domain.copy_jobs.events import (
    CopyJobChildEnded,
    CopyJobCompleted,
    CopyJobCreated,
    CopyJobFailed,
    CopyJobPartlyCompleted,
)
from vaultclock.domain.copy_jobs.queries import children_of, lifecycle_of_copy
from vaultclock.domain.copy_jobs.state import State
from vaultclock.domain.jobs import START_DELAY, next_turn
from vaultclock.domain.kernel.engine import Context
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import Milliseconds
from vaultclock.domain.messages import category_of
from vaultclock.domain.resource_types import can_be_copied
from vaultclock.domain.vault_shares.queries import source_of_copy
from vaultclock.domain.world import CopyJob, RecoveryPoint, World

# messages unknown
_PARTIAL = "Copy job completed partially: {} of {} nested recovery points were not copied."
_FAILED = "Copy job failed because none of the nested recovery points was copied."


class Children(NamedTuple):
    """What a parent asks for: a job for each point, and how many points no job is for."""

    jobs: list[CopyJobCreated]
    left_out: int
    spread: Milliseconds  # how much younger than the composite the youngest point is


def children(job: CopyJob, source: RecoveryPoint, owner: World, context: Context) -> Children:
    """State the jobs that a parent asks for when it starts, one for each point it can copy.

    They have the lifecycle that was asked for, or else each that of its own source. ``owner`` is
    the world of the source.
    """
    nested, here = composites.nested_in(owner, source.arn), context.scope
    born, copied = job.born, [point for point in nested if _can_be_copied(point, job, here)]
    jobs = [
        CopyJobCreated(
            job_id=context.fresh_id(place + 1).upper(),
            source_vault_name=born.source_vault_name,
            source_point_arn=point.arn,
            destination_vault_arn=born.destination_vault_arn,
            resource_arn=point.resource_arn,
            resource_type=point.resource_type,
            iam_role_arn=born.iam_role_arn,
            start_at=context.now + START_DELAY,
            resource_name=point.born.resource_name,
            lifecycle=lifecycle_of_copy(born.lifecycle_asked, point.lifecycle),
            created_by=born.created_by,
            backup_job_id=born.backup_job_id,
            parent_job_id=born.job_id,
            member_identifier=point.born.member_identifier,
        )
        for place, point in enumerate(copied)
    ]
    spread = max((point.created_at for point in copied), default=source.created_at)
    return Children(jobs, len(nested) - len(copied), spread - source.created_at)


def _can_be_copied(point: RecoveryPoint, job: CopyJob, here: Scope) -> bool:
    there = job.destination
    return (
        point.status == "COMPLETED"
        and point.storage_class != "COLD"
        and can_be_copied(
            point.resource_type,
            point.resource_arn,
            point.arn,
            to_region=there.region != here.region,
            to_account=there.account != here.account,
        )
    )


def after_copies(
    job: CopyJob, parent_job_id: str, world: World, context: Context, *, has_copy: bool
) -> list[Any]:
    """State what the end of a child means for its parent: that it ends with the last.

    It is told of each one, because it may run until long after they are listed no more.
    """
    made = (job.size_bytes, job.copy_arn) if has_copy else (None, None)
    state = State.COMPLETED if has_copy else State.FAILED
    told = CopyJobChildEnded(parent_job_id, job.job_id, str(state), *made)
    siblings = [each for each in children_of(world, parent_job_id) if each.job_id != job.job_id]
    if any(each.completed_at is None for each in siblings):
        return [told]
    parent = world.copy_jobs[parent_job_id]
    end = _end(parent, [*parent.children_ended, told], world, context)
    turn = next_turn(world, parent.resource_arn, context.now)
    return [told, *end, *copy_ended(world, parent, context), *turn]


def _end(
    parent: CopyJob, children: Sequence[CopyJobChildEnded], world: World, context: Context
) -> list[Any]:
    """End a parent, all of whose children have ended."""
    assert parent.copy_arn is not None, parent
    there = world.others[parent.destination]
    made = [child.copy_arn for child in children if child.copy_arn is not None]
    if not made:
        failed = CopyJobFailed(parent.job_id, _FAILED, category_of(_FAILED))
        gone = composites.gone(there, parent.copy_arn)
        return [failed, *_at(parent.destination, gone, context)]
    size = sum(child.size_bytes or 0 for child in children)
    asked = len(children) + parent.left_out
    lacking = asked - len(made)
    found = source_of_copy(world, parent.born.source_vault_name, parent.source_point_arn)
    whole = not lacking and found is not None and found[1].status == "COMPLETED"
    point = composites.completed(there, parent.copy_arn, size, made, whole=whole)
    return [
        _outcome(parent.job_id, lacking, asked, size),
        *_at(parent.destination, point, context),
    ]


def _outcome(
    parent_job_id: str, lacking: int, asked: int, size_bytes: int
) -> CopyJobCompleted | CopyJobPartlyCompleted:
    if not lacking:
        return CopyJobCompleted(parent_job_id, size_bytes)
    text = _PARTIAL.format(lacking, asked)
    return CopyJobPartlyCompleted(parent_job_id, text, category_of(text), size_bytes)


def _at(scope: Scope, facts: list[Any], context: Context) -> list[Any]:
    return facts if scope == context.scope else [Elsewhere(scope, fact) for fact in facts]
