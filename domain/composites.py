"""What composite recovery points owe to those they group: when one goes, leaves or changes.

AWS Backup makes such points of CloudFormation stacks and EKS clusters. Rules that delete or change
points state here what it means for the composite one; how a composite is backed up is not here.
"""

from collections.abc import Collection, Iterable
from math import inf
from typing import Any

from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.recovery_points.events import (
    RecoveryPointBecamePartial,
    RecoveryPointCompleted,
    RecoveryPointDeleted,
    RecoveryPointExpired,
    RecoveryPointLifecycleChanged,
)
from vaultclock.domain.resources.queries import why_points_are_kept
from vaultclock.domain.tags.queries import dropped_tags
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.world import RecoveryPoint, World

_STILL_NESTS = "Nested recovery points could not be deleted."  # message unknown
_SETTLED = ("COMPLETED", "PARTIAL", "EXPIRED")


def nested_in(world: World, parent_arn: str) -> list[RecoveryPoint]:
    """Answer the points that a composite groups, oldest first."""
    return world.recovery_points.matching(parent_arn=parent_arn)


def is_cluster_state(point: RecoveryPoint) -> bool:
    """Tell whether a point is the part of an EKS backup that stays and goes with its composite.

    It can be neither copied nor deleted nor disassociated (Backup Developer Guide, Amazon EKS
    backups).
    """
    return point.parent_arn is not None and point.resource_type == "EKS"


def is_going(world: World, point: RecoveryPoint) -> bool:
    """Tell whether a point is about to go together with its composite."""
    parent = None if point.parent_arn is None else world.recovery_points.get(point.parent_arn)
    return parent is not None and parent.status == "DELETING"


def going_along(world: World, point: RecoveryPoint, *, leaves: bool = False) -> list[RecoveryPoint]:
    """Answer the points that go because a point is deleted, or ``leaves`` its composite.

    That is the cluster state of a composite, and the composite when all else that it groups is
    being deleted.
    """
    if point.born.is_parent:
        return [nested for nested in nested_in(world, point.arn) if is_cluster_state(nested)]
    parent = None if point.parent_arn is None else _settled(world, point.parent_arn)
    if parent is None:
        return []
    others = _others(world, parent, point)
    goes = all(each.status == "DELETING" for each in others) and (others or not leaves)
    return [parent] if goes else []


def longest(lifecycles: Iterable[Lifecycle | None]) -> Lifecycle | None:
    """Answer the lifecycle that keeps longest, of equal ones the first; there must be one."""
    return max(lifecycles, key=_days)


def _days(lifecycle: Lifecycle | None) -> float:
    days = None if lifecycle is None else lifecycle.delete_after_days
    return inf if days is None or days < 0 else days


def gone(world: World, *arns: str) -> list[Any]:
    """State that points are gone, and their tags with them."""
    return [fact for arn in arns for fact in (RecoveryPointDeleted(arn), *dropped_tags(world, arn))]


def deleted(world: World, point: RecoveryPoint) -> list[Any]:
    """State that a point is deleted, and what that means for the composite that groups it.

    A composite goes with the last of its nested points (Backup Developer Guide, CloudFormation
    stack backups, frequently asked questions; the text before them lets it stay). One that is
    held stays as if the last had left it.
    """
    facts = gone(world, point.arn)
    if point.parent_arn is None:
        return facts
    parent = _settled(world, point.parent_arn)
    if parent is None:
        return facts
    rest = _others(world, parent, point)
    stays = rest or parent.held_by
    return [*facts, *(_lacking(parent, rest) if stays else _emptied(world, parent))]


def _emptied(world: World, parent: RecoveryPoint) -> list[Any]:
    message = why_points_are_kept(world, parent.resource_arn)
    if message is None:
        return gone(world, parent.arn)
    return [] if parent.status == "EXPIRED" else [RecoveryPointExpired(parent.arn, message)]


def left(world: World, point: RecoveryPoint) -> list[Any]:
    """State what it means for a composite that a point leaves it; both live on (documented)."""
    assert point.parent_arn is not None, point
    parent = _settled(world, point.parent_arn)
    return [] if parent is None else _lacking(parent, _others(world, parent, point))


def follow(world: World, point: RecoveryPoint, lifecycle: Lifecycle) -> list[Any]:
    """State what a nested point's new lifecycle means for its composite: the longest counts."""
    if point.parent_arn is None:
        return []
    parent = _settled(world, point.parent_arn)
    if parent is None:
        return []
    rest = _others(world, parent, point)
    return _with_lifecycle(parent, [lifecycle, *(other.lifecycle for other in rest)])


def _settled(world: World, parent_arn: str) -> RecoveryPoint | None:
    """Find a composite that its job is done with; what it lacks before that, the job tells."""
    parent = world.recovery_points.get(parent_arn)
    return parent if parent is not None and parent.status in _SETTLED else None


def _others(world: World, parent: RecoveryPoint, without: RecoveryPoint) -> list[RecoveryPoint]:
    return [point for point in nested_in(world, parent.arn) if point.arn != without.arn]


def _lacking(parent: RecoveryPoint, rest: list[RecoveryPoint]) -> list[Any]:
    partial = [RecoveryPointBecamePartial(parent.arn)] if parent.status == "COMPLETED" else []
    return [*partial, *_with_lifecycle(parent, [point.lifecycle for point in rest])]


def _with_lifecycle(
    parent: RecoveryPoint, lifecycles: list[Lifecycle | None]
) -> list[RecoveryPointLifecycleChanged]:
    """Give a composite the longest lifecycle of those it groups; without any it keeps its own."""
    lifecycle = (longest(lifecycles) if lifecycles else parent.lifecycle) or Lifecycle()
    if lifecycle == (parent.lifecycle or Lifecycle()):
        return []
    return [RecoveryPointLifecycleChanged(parent.arn, lifecycle)]


def completed(
    world: World, parent_arn: str, size_bytes: int | None, made: Collection[str], *, whole: bool
) -> list[Any]:
    """State that a composite's job is done: what it made is what the composite groups.

    It is PARTIAL unless the job was ``whole``, and when some of it has left or gone already.
    """
    parent = world.recovery_points[parent_arn]
    nested = [point for point in nested_in(world, parent_arn) if point.arn in made]
    lacks = not whole or len(nested) < len(made)
    return [
        RecoveryPointCompleted(parent_arn, size_bytes),
        *([RecoveryPointBecamePartial(parent_arn)] if lacks else []),
        *_with_lifecycle(parent, [point.lifecycle for point in nested]),
    ]


def expired(world: World, parent: RecoveryPoint, now: Instant) -> list[Any]:
    """End a composite whose retention is over, together with nested points whose own is too.

    While one has to stay, so does the composite, and both are EXPIRED.
    """
    nested = nested_in(world, parent.arn)
    if all(_can_go(world, point, now) for point in nested):
        return gone(world, *(point.arn for point in nested), parent.arn)
    return [RecoveryPointExpired(parent.arn, _STILL_NESTS)]


def _can_go(world: World, point: RecoveryPoint, now: Instant) -> bool:
    return (
        point.deletes_at is not None
        and point.deletes_at <= now
        and why_points_are_kept(world, point.resource_arn) is None
    )
