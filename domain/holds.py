"""What it means that recovery points are held and released, for their composites among others.

Legal holds and access points hold. That a held point cannot be deleted is said elsewhere: see
`protection` and `RecoveryPoint.deletes_at`.
"""

from collections.abc import Iterable

from vaultclock.domain.recovery_points.events import RecoveryPointHeld, RecoveryPointReleased
from vaultclock.domain.world import RecoveryPoint, World


def held(world: World, points: Iterable[RecoveryPoint], by: str) -> list[RecoveryPointHeld]:
    """State that something, ``by`` its ARN, holds points, each of them once.

    The composite that groups a held point has to stay as well, in whatever state it is.
    """
    arns: dict[str, None] = {}
    for point in points:
        arns[point.arn] = None
        if point.parent_arn is not None and point.parent_arn in world.recovery_points:
            arns[point.parent_arn] = None
    return [RecoveryPointHeld(arn, by) for arn in arns]


def released(world: World, by: str) -> list[RecoveryPointReleased]:
    """State that something holds nothing any more; what is due by then goes by itself."""
    points = world.recovery_points.matching_among("held_by", by)
    return [RecoveryPointReleased(point.arn, by) for point in points]
