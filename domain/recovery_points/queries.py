"""What may be asked about recovery points and the resources they protect, changing nothing."""

import attrs

from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.refusals import InvalidParameterValue, ResourceNotFound
from vaultclock.domain.kernel.tables import Page, Window
from vaultclock.domain.recovery_points.state import RecoveryPoint
from vaultclock.domain.resource_types import supported_type
from vaultclock.domain.world import World

BY_VAULT = "recovery-points-by-vault"
BY_RESOURCE = "recovery-points-by-resource"
PROTECTED = "protected-resources"
_SHAPE = (int, str)


@attrs.frozen
class ProtectedResource:
    """A resource with at least one recovery point, and the newest of them."""

    arn: str
    latest: RecoveryPoint


def list_by_vault(
    world: World,
    vault_name: str,
    *,
    limit: int,
    token: str | None = None,
    resource_arn: str | None = None,
    resource_type: str | None = None,
    plan_id: str | None = None,
    parent_arn: str | None = None,
    created_before: Instant | None = None,
    created_after: Instant | None = None,
) -> Page[RecoveryPoint]:
    """List the points of a vault, newest first (inferred), by any mix of filters."""
    vault = world.vault(vault_name)
    after = read_token(BY_VAULT, token, _SHAPE)
    if resource_arn is not None:
        _source_arn(resource_arn)
    where = {
        "vault_name": vault.name,
        "resource_arn": resource_arn,
        "resource_type": resource_type,
        "plan_id": plan_id,
        "parent_arn": parent_arn,
    }
    window = Window(limit, after, newest_first=True, since=created_after, until=created_before)
    return world.recovery_points.page(where, window)


def list_by_resource(
    world: World, resource_arn: str, *, limit: int, token: str | None = None
) -> Page[RecoveryPoint]:
    """List the points of one resource in every vault of the scope, newest first (inferred)."""
    after = read_token(BY_RESOURCE, token, _SHAPE)
    _source_arn(resource_arn)
    return world.recovery_points.page(
        {"resource_arn": resource_arn}, Window(limit, after, newest_first=True)
    )


def _source_arn(resource_arn: str) -> None:
    """Refuse what is not the ARN of a source, a snapshot's say (observed: steampipe)."""
    if supported_type(resource_arn) is None:
        raise InvalidParameterValue(f"Unsupported resource type: {resource_arn}")


def describe_protected_resource(world: World, resource_arn: str) -> ProtectedResource:
    """Tell about a resource that has recovery points, whatever their status."""
    if not world.recovery_points.count(resource_arn=resource_arn):
        raise ResourceNotFound(f"Resource {resource_arn} has no recovery points")
    latest = world.recovery_points.latest(resource_arn=resource_arn)
    return ProtectedResource(resource_arn, _newest(world, latest))


def _newest(
    world: World, created_last: RecoveryPoint, vault_name: str | None = None
) -> RecoveryPoint:
    """Answer a resource's newest backup: a continuous one is as new as its last update.

    Besides, the composite stands for the part of it that is of the same resource, a template say.
    """
    point = created_last
    for continuous in world.recovery_points.matching(continues=point.resource_arn):
        is_here = vault_name in (None, continuous.vault_name)
        if is_here and continuous.backed_up_at > point.backed_up_at:
            point = continuous
    if point.parent_arn is None or point.born.member_identifier is not None:
        return point
    return world.recovery_points.get(point.parent_arn) or point


def list_protected_resources(
    world: World, *, limit: int, token: str | None = None
) -> tuple[list[ProtectedResource], tuple[str] | None]:
    """List the resources that have recovery points, by ARN."""
    return _protected(world, (), ("resource_arn",), limit, token)


def list_protected_resources_by_vault(
    world: World, vault_name: str, *, limit: int, token: str | None = None
) -> tuple[list[ProtectedResource], tuple[str] | None]:
    """List the resources that have recovery points in one vault, by ARN."""
    vault = world.vault(vault_name)
    return _protected(world, (vault.name,), ("vault_name", "resource_arn"), limit, token)


def _protected(
    world: World, prefix: tuple[str, ...], fields: tuple[str, ...], limit: int, token: str | None
) -> tuple[list[ProtectedResource], tuple[str] | None]:
    after = read_token(PROTECTED, token, (str,))
    points = world.recovery_points
    index = points.index(*fields)
    rows: list[ProtectedResource] = []
    for group in index.groups(prefix, None if after is None else (*prefix, *after)):
        if len(rows) == limit:
            return rows, (rows[-1].arn,)
        latest = points[index.group(group)[-1][-1]]
        vault_name = prefix[0] if prefix else None
        rows.append(ProtectedResource(group[-1], _newest(world, latest, vault_name)))
    return rows, None
