"""Composite backup jobs: a parent for a stack or a cluster, a child for each thing it nests.

Source: Backup Developer Guide, CloudFormation stack backups and Amazon EKS backups. A parent has
no work of its own: it begins its children and ends with the last of them. A child is a job like
any other; when it ends, it says so here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from vaultclock.domain import composites
from vaultclock.domain.air_gaps import Way, issue_of, way_of
from vaultclock.domain.backup_jobs.events import (
    BackupJobAborted,
    BackupJobChildEnded,
    BackupJobCompleted,
    BackupJobCreated,
    BackupJobFailed,
    BackupJobPartlyCompleted,
    BackupJobStopping,
    CompositeBackupJobStarted,
)
from vaultclock.domain.copy_jobs.queries import copies_after
from vaultclock.domain.jobs import next_turn
from vaultclock.domain.kernel.engine import Context
from vaultclock.domain.kernel.instants import Milliseconds
from vaultclock.domain.messages import category_of
from vaultclock.domain.new_jobs import Terms, new_backup_job
from vaultclock.domain.new_points import new_point, tags_set
from vaultclock.domain.resource_types import TYPE_OF_NAME, supported_type
from vaultclock.domain.resources.queries import named_resource
from vaultclock.domain.selections.queries import leaves_out
from vaultclock.domain.world import BackupJob, Resource, World

LAYERS_MAX = 10  # Backup Developer Guide, quotas: nested stack backup layers
_KEEPERS = {"EKS": ("EBS", "EFS", "S3")}  # documented: what a cluster's backup includes
STOPPED = "Backup job was stopped by user."
STOPPING: Milliseconds = 800  # how long a job is seen ABORTING (observed in AWS's sample event)
# messages unknown
_PARTIAL = "Backup job completed partially: {} of {} nested resources were not backed up."
_FAILED = "Backup job failed because none of its nested resources was backed up."
# a job that has just ended, by its id: the state it is in, and the size of its backup
Ended = Mapping[str, tuple[str, int | None]]


def begin_composite(
    job: BackupJob, encryption_key_arn: str | None, world: World, context: Context
) -> list[Any]:
    """Start a parent: its point groups those of its children, which are all asked for now.

    One child backs up the template of the stack, or the state of the cluster (documented).
    """
    resource = named_resource(world, job.resource_arn)
    nested, left_out = _nested(resource, job, world)
    point = new_point(
        job,
        world,
        context,
        arn=job.recovery_point_arn,
        encryption_key_arn=encryption_key_arn,
        lifecycle=job.born.lifecycle,
    )
    started = CompositeBackupJobStarted(job.job_id, encryption_key_arn, left_out)
    return [started, point, *_children(job, resource, nested, world, context)]


def _nested(resource: Resource, job: BackupJob, world: World) -> tuple[list[Resource], int]:
    """Tell what a composite nests, stacks in stacks too, and how much cannot be backed up."""
    found: list[Resource] = []
    left_out = 0
    created_by = job.born.created_by
    for arn in _walk(resource, world):
        named = supported_type(arn)
        if named is None or not _takes(resource.resource_type, named[1].name):
            left_out += 1
            continue
        member = named_resource(world, arn)
        if created_by is None or not leaves_out(world, created_by.plan_id, resource, member):
            found.append(member)
    return found, left_out


def _takes(composite: str, member: str) -> bool:
    return composite not in _KEEPERS or member in _KEEPERS[composite]


def _walk(resource: Resource, world: World) -> Iterator[str]:
    """Yield the ARNs below a composite, layer by layer, each once."""
    seen, layer = {resource.arn}, list(resource.members or ())
    for _ in range(LAYERS_MAX):
        below: list[str] = []
        for arn in layer:
            if arn not in seen:
                seen.add(arn)
                yield arn
                registered = world.resources.get(arn)
                below += () if registered is None else registered.members or ()
        layer = below


def _children(
    job: BackupJob,
    resource: Resource,
    nested: Iterable[Resource],
    world: World,
    context: Context,
) -> Iterator[BackupJobCreated]:
    born = job.born
    left: Milliseconds = born.start_deadline_at - context.now
    terms = Terms(
        vault_name=born.vault_name,
        start_window_ms=left,
        completion_deadline_at=born.completion_deadline_at,
        completion_window_ms=born.completion_window_ms,
        lifecycle=born.lifecycle,
        recovery_point_tags=born.recovery_point_tags,
        created_by=born.created_by,
        air_gapped_vault_arn=born.air_gapped_vault_arn if way_of(born) is Way.DIRECT else None,
    )
    for place, member in enumerate((resource, *nested)):
        yield new_backup_job(
            member,
            terms,
            world,
            context,
            iam_role_arn=born.iam_role_arn,
            backup_options={},
            place=place,
            parent_job_id=born.job_id,
            member_identifier=None if member is resource else _identifier(member),
        )


def _identifier(member: Resource) -> str:
    """Name what is nested inside its composite: AWS takes the logical id in the template."""
    return member.arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def children_of(world: World, parent_job_id: str) -> list[BackupJob]:
    """Answer the children of a parent that AWS still lists, oldest first."""
    return world.backup_jobs.matching(parent_job_id=parent_job_id)


def after_children(world: World, parent_job_id: str, ended: Ended, context: Context) -> list[Any]:
    """State what the end of some children means for their parent: that it ends with the last.

    It is told of each one, because it may run until long after they are listed no more.
    """
    children = children_of(world, parent_job_id)
    just_ended = [child for child in children if child.job_id in ended]
    told = [_child_ended(child, *ended[child.job_id]) for child in just_ended]
    if any(child.completed_at is None and child.job_id not in ended for child in children):
        return told
    parent = world.backup_jobs[parent_job_id]
    return [*told, *_end(parent, [*parent.children_ended, *told], world, context)]


def _child_ended(child: BackupJob, state: str, size_bytes: int | None) -> BackupJobChildEnded:
    assert child.parent_job_id is not None, child
    arn = child.recovery_point_arn if state == "COMPLETED" else None
    return BackupJobChildEnded(child.parent_job_id, child.job_id, str(state), size_bytes, arn)


def _end(
    parent: BackupJob, children: Sequence[BackupJobChildEnded], world: World, context: Context
) -> list[Any]:
    """End a parent, all of whose children have ended.

    It is COMPLETED when all of them are and nothing was left out, PARTIAL when some are, and else
    FAILED, or ABORTED when all were stopped (documented but for the last).
    """
    outcome = _outcome(parent, children)
    turn = next_turn(world, parent.resource_arn, context.now)
    if isinstance(outcome, BackupJobFailed | BackupJobAborted):
        return [outcome, *composites.gone(world, parent.recovery_point_arn), *turn]
    arn = parent.recovery_point_arn
    captured = world.recovery_points[arn].born.captured
    source = {} if captured is None else captured.tags
    tags = tags_set(world, arn, parent.born.recovery_point_tags, source)
    made = [child.recovery_point_arn for child in children if child.recovery_point_arn is not None]
    whole = isinstance(outcome, BackupJobCompleted)
    point = composites.completed(world, arn, outcome.size_bytes, made, whole=whole)
    copies = copies_after(parent.born, world, context)
    return [outcome, *point, *tags, *copies, *turn]


def _outcome(
    parent: BackupJob, children: Sequence[BackupJobChildEnded]
) -> BackupJobCompleted | BackupJobPartlyCompleted | BackupJobFailed | BackupJobAborted:
    assert parent.composite is not None, parent
    states = [child.state for child in children]
    done, asked = states.count("COMPLETED"), len(states) + parent.composite.left_out
    if states.count("ABORTED") == len(states):
        return BackupJobAborted(parent.job_id, STOPPED)
    if not done:
        return BackupJobFailed(parent.job_id, _FAILED, category_of(_FAILED))
    size = sum(child.size_bytes or 0 for child in children)
    if done == asked:
        issue = issue_of(parent.born)
        return BackupJobCompleted(
            parent.job_id, size, message=issue, category=issue and category_of(issue)
        )
    text = _PARTIAL.format(asked - done, asked)
    return BackupJobPartlyCompleted(parent.job_id, text, category_of(text), size)


def stopped_children(world: World, parent: BackupJob, context: Context) -> list[Any]:
    """Stop every child of a running parent that has not ended and can be stopped (chosen).

    The parent ends with the last of its children; it has nothing of its own to stop.
    """
    facts: list[Any] = []
    ended: dict[str, tuple[str, int | None]] = {}
    for child in children_of(world, parent.job_id):
        if not TYPE_OF_NAME[child.resource_type].stoppable:
            continue
        if child.state == "CREATED":
            ended[child.job_id] = ("ABORTED", None)
            facts.append(BackupJobAborted(child.job_id, STOPPED))
        elif child.state == "RUNNING":
            facts.append(BackupJobStopping(child.job_id, context.now + STOPPING))
    return [*facts, *(after_children(world, parent.job_id, ended, context) if ended else [])]
