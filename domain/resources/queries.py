"""What may be asked about resources without changing them, whether registered or only named."""

from collections.abc import Mapping
from functools import lru_cache

import attrs

from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.refusals import InvalidParameterValue
from vaultclock.domain.kernel.tables import Page, Window
from vaultclock.domain.resource_types import RESOURCE_TYPES, ResourceType, supported_type
from vaultclock.domain.resources.state import Resource
from vaultclock.domain.values import Captured
from vaultclock.domain.world import World

LISTING = "resources"
SIZE_BYTES_DEFAULT = 10 * 1024**3  # 10 GiB: chosen
DAILY_CHANGE_DEFAULT = 0.02  # chosen


def supported_types() -> list[str]:
    """Name every resource type that can be backed up."""
    return [row.name for row in RESOURCE_TYPES]


def type_named_by(arn: str) -> ResourceType:
    """Tell the type of the one resource that an ARN names.

    Raises InvalidParameterValue for what is no ARN, names many, or cannot be backed up.
    """
    if parse_arn(arn) is None:
        raise InvalidParameterValue(
            f"Invalid ARN: {arn}. Accepted is"
            " arn:<partition>:<service>:<region>:<account>:<resource>"
        )
    if "*" in arn or "?" in arn:
        raise InvalidParameterValue(f"Invalid ARN: {arn}. Wildcards are not accepted here")
    if found := supported_type(arn):
        return found[1]
    raise InvalidParameterValue(f"Unsupported resource type: {arn}")  # observed: steampipe


def named_resource(world: World, arn: str) -> Resource:
    """Find a resource that a request names by ARN; it exists even when nobody registered it.

    Raises InvalidParameterValue as `type_named_by` does.
    """
    return world.resources.get(arn) or _unregistered(arn)


@lru_cache(maxsize=4096)
def _unregistered(arn: str) -> Resource:
    return Resource(
        arn=arn,
        resource_type=type_named_by(arn).name,
        name=None,
        tags={},
        size_bytes=SIZE_BYTES_DEFAULT,
        daily_change=DAILY_CHANGE_DEFAULT,
        job_seconds=None,
        fails_with=None,
    )


def resource_wherever_it_lives(world: World, arn: str) -> Resource:
    """Find a resource as its own account and Region have it, be its copies where they may."""
    return named_resource(world.others.get(scope_of(arn, world.scope), world), arn)


def why_points_are_kept(world: World, arn: str) -> str | None:
    """Tell why the recovery points of a resource cannot be deleted; None where they can.

    It holds for all of them, copies in other accounts and Regions too (chosen).
    """
    resource = world.resources.get(arn)
    if resource is None and (named := supported_type(arn)) is not None:
        account, region = world.scope
        lives_in = Scope(named[0].account or account, named[0].region or region)
        there = None if lives_in == world.scope else world.others.get(lives_in)
        resource = None if there is None else there.resources.get(arn)
    return None if resource is None else resource.keeps_points


def capture(world: World, arn: str, backup_options: Mapping[str, str] | None = None) -> Captured:
    """Take down what a backup of a resource keeps besides its data, as things are now."""
    captured = named_resource(world, arn).captured
    return attrs.evolve(captured, backup_options=backup_options) if backup_options else captured


def scope_of(arn: str, default: Scope) -> Scope:
    """Tell where a resource lives: what its ARN leaves empty, as a bucket's does, is ``default``'s.

    A text that is no ARN lives in ``default`` too; registering it is refused there.
    """
    parsed = parse_arn(arn)
    if parsed is None:
        return default
    return Scope(parsed.account or default.account, parsed.region or default.region)


def list_resources(world: World, *, limit: int, token: str | None) -> Page[Resource]:
    """List the registered resources of an account and Region by ARN."""
    return world.resources.page({}, Window(limit, read_token(LISTING, token, (str,))))
