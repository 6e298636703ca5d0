"""What may be asked about access points without changing them, and what others state of them."""

from typing import Any

from vaultclock.domain.access_points.events import AccessPointDisassociationStarted
from vaultclock.domain.access_points.state import AccessPoint, Status
from vaultclock.domain.kernel.facts import Elsewhere
from vaultclock.domain.kernel.instants import SECOND, Instant, Milliseconds
from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.refusals import ResourceNotFound
from vaultclock.domain.kernel.tables import Page, Window
from vaultclock.domain.world import World

ALL = "access-points"
BY_POINT = "access-points-by-recovery-point"
BY_RESOURCE = "access-points-by-resource"
IN_TIME = "AccessPointInTime"  # the key of the metadata that may be asked for
PAGE_ROWS_MAX = 100  # the service model's
DISASSOCIATION: Milliseconds = SECOND  # how long one is seen DISASSOCIATING; chosen
_SHAPE = (int, str)


def arn_of(world: World, name: str) -> str:
    """Name an access point of this scope, whether it exists or not (documented: a slash)."""
    account, region = world.scope
    return f"arn:aws:backup:{region}:{account}:accesspoint/{name}"


def find_access_point(world: World, arn: str) -> AccessPoint:
    """Find an access point of this scope. Raises ResourceNotFound."""
    found = world.access_points.get(arn)
    if found is None or found.is_gone:
        raise ResourceNotFound(f"Backup access point {arn} does not exist")
    return found


def list_access_points(world: World, *, limit: int, token: str | None) -> Page[AccessPoint]:
    """List the access points of an account and Region, oldest first."""
    after = read_token(ALL, token, _SHAPE)
    return world.access_points.page({"is_gone": False}, Window(limit, after))


def list_by_resource(
    world: World, resource_arn: str, *, limit: int, token: str | None
) -> Page[AccessPoint]:
    """List an account's access points to the recovery points of a bucket, oldest first."""
    after = read_token(BY_RESOURCE, token, _SHAPE)
    where = {"is_gone": False, "resource_arn": resource_arn}
    return world.access_points.page(where, Window(limit, after))


def list_by_point(
    world: World, point_arn: str, *, limit: int, token: str | None
) -> Page[AccessPoint]:
    """List the access points to a recovery point, oldest first.

    Its owner also sees those that other accounts made (documented).
    """
    after = read_token(BY_POINT, token, _SHAPE)
    where = {"is_gone": False, "recovery_point_arn": point_arn}
    if point_arn not in world.recovery_points:
        return world.access_points.page(where, Window(limit, after))
    region = world.scope.region
    here = [other for scope, other in world.others.items() if scope.region == region]
    found = [one for other in here for one in other.access_points.matching(**where)]
    rest = sorted((one.created_at, one.arn, one) for one in found)
    rows = [one for at, arn, one in rest if after is None or (at, arn) > after]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], None if last is None else (last.created_at, last.arn))


def disassociated(world: World, vault_arn: str, now: Instant) -> list[Any]:
    """State that the account of a world may no longer reach recovery points through a vault.

    To be stated, in whatever scope, when a share of the vault is withdrawn or the restore access
    to it revoked; ``vault_arn`` is the vault's that the account saw. The owner's own access
    points are none of it. What was being made, is there or has failed goes; what is being deleted
    already is left alone.
    """
    return [
        Elsewhere(world.scope, AccessPointDisassociationStarted(one.arn, now + DISASSOCIATION))
        for one in world.access_points.matching(vault_arn=vault_arn, is_gone=False)
        if one.born.owner_account != world.scope.account and one.status not in _LEAVING
    ]


_LEAVING = (Status.DELETING, Status.DISASSOCIATING, Status.DISASSOCIATED)
