"""Settings of Regions and accounts on the wire, and the list of what can be backed up."""

from vaultclock.adapters.http.operation import Ask, Change, Operation, Reply, Wire, reads
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.resources.queries import supported_types
from vaultclock.domain.settings import queries
from vaultclock.domain.settings.commands import UpdateGlobalSettings, UpdateRegionSettings
from vaultclock.domain.world import World


def _describe_region(world: World, _now: Instant, _wire: Wire) -> Reply:
    return {
        "ResourceTypeOptInPreference": queries.opt_in_preferences(world),
        "ResourceTypeManagementPreference": queries.management_preferences(world),
    }


def _describe_global(world: World, _now: Instant, _wire: Wire) -> Reply:
    queries.require_organization(world)
    return {
        "GlobalSettings": {
            name: "true" if on else "false" for name, on in queries.global_settings(world).items()
        },
        "LastUpdateTime": queries.global_settings_updated_at(world),
    }


def _supported_types(_world: World, _now: Instant, _wire: Wire) -> Reply:
    return {"ResourceTypes": supported_types()}


OPERATIONS: tuple[Operation, ...] = (
    Ask("DescribeGlobalSettings", _describe_global),
    Ask("DescribeRegionSettings", _describe_region),
    Ask("GetSupportedResourceTypes", _supported_types),
    Change("UpdateGlobalSettings", reads(UpdateGlobalSettings, features="GlobalSettings")),
    Change(
        "UpdateRegionSettings",
        reads(
            UpdateRegionSettings,
            opt_in="ResourceTypeOptInPreference",
            management="ResourceTypeManagementPreference",
        ),
    ),
)
