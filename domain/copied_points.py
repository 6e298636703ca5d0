"""What it means for recovery points that they are being copied: their deletion waits.

A point that is being copied is busy (Backup Developer Guide, deleting backups); that retention
waits until then, also for copies that are yet to start, is chosen, as restores have it. A point
says so itself, but only when it falls due: most are copied long before, and need no fact more.
That users cannot delete it meanwhile is said elsewhere.
"""

from typing import Any

from vaultclock.domain import composites
from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.engine import Context
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.recovery_points.events import RecoveryPointCopyEnded
from vaultclock.domain.resource_types import is_fully_managed
from vaultclock.domain.world import CopyJob, RecoveryPoint, World


def copies_to_come(world: World, point: RecoveryPoint) -> tuple[str, ...]:
    """Answer the ids of the copy jobs that a point must not go before.

    A nested point is copied with its composite, and a composite goes with those that it groups.
    """
    readers = _readers(world, point)
    if not readers:
        return ()
    arns = [point.arn]
    if point.parent_arn is not None:
        arns.append(point.parent_arn)
    if point.born.is_parent:
        arns += [nested.arn for nested in composites.nested_in(world, point.arn)]
    return tuple(
        key[-1]
        for reader in readers
        for arn in arns
        for key in reader.copy_jobs.by("needs").get(arn, ())
    )


def _readers(world: World, point: RecoveryPoint) -> list[World]:
    """Answer the worlds whose copy jobs may read a point: others see air-gapped vaults alone."""
    vault = world.vaults.get(point.vault_name)
    if vault is None or not vault.is_air_gapped:
        return [world] if len(world.copy_jobs) else []
    return [world.others[scope] for scope in sorted(world.others)]


def copy_ended(world: World, job: CopyJob, context: Context) -> list[Any]:
    """State that a copy job has ended, of the points whose deletion waits for it."""
    owner = _owner(world, job.source_point_arn)
    waiting = owner.recovery_points.matching_among("awaited_copies", job.job_id)
    facts = [RecoveryPointCopyEnded(point.arn, job.job_id) for point in waiting]
    here = owner.scope == context.scope
    return facts if here else [Elsewhere(owner.scope, fact) for fact in facts]


def _owner(world: World, point_arn: str) -> World:
    """Find the world that a source is in: its ARN tells of what others can see into.

    What is in an air-gapped vault is always AWS Backup's own (documented), and so has an account.
    """
    arn = parse_arn(point_arn) if is_fully_managed(point_arn) else None
    return world if arn is None else world.others.get(Scope(arn.account, arn.region), world)
