"""All the rules about settings: one function a command, facts out or a refusal."""

from collections.abc import Mapping

from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.refusals import InvalidParameterValue, MissingParameterValue
from vaultclock.domain.settings.commands import UpdateGlobalSettings, UpdateRegionSettings
from vaultclock.domain.settings.events import GlobalSettingsUpdated, RegionSettingsChanged
from vaultclock.domain.settings.queries import (
    global_settings,
    management_preferences,
    opt_in_preferences,
)
from vaultclock.domain.world import World

# Terraform's documentation of region settings sets the latter two; they are kept once set
_MANAGED_TYPES = ("DynamoDB", "EFS", "CloudFormation", "DSQL")
_SWITCH = {"true": True, "false": False}


def update_region_settings(
    command: UpdateRegionSettings, world: World, context: Context
) -> list[RegionSettingsChanged]:
    """Change the preferences that are named, and state only those that really change."""
    if command.opt_in is None and command.management is None:
        raise MissingParameterValue(
            "Missing value: one of ResourceTypeOptInPreference and"
            " ResourceTypeManagementPreference is required"
        )
    opt_in = _changes(_checked_opt_in(command.opt_in or {}, world), opt_in_preferences(world))
    management = _changes(
        _checked_management(command.management or {}), management_preferences(world)
    )
    return [RegionSettingsChanged(opt_in, management)] if opt_in or management else []


def _changes(asked: Mapping[str, bool], present: Mapping[str, bool]) -> dict[str, bool]:
    return {name: value for name, value in asked.items() if present.get(name) is not value}


def _checked_opt_in(asked: Mapping[str, bool], world: World) -> Mapping[str, bool]:
    if asked.keys() <= opt_in_preferences(world).keys():
        return asked
    # observed: boto3 3758, terraform-provider-aws 21801
    raise InvalidParameterValue(
        "Element present in resource type opt in preference has invalid values. Please use"
        " describeRegionSettings API to know the supported resource types"
    )


def _checked_management(asked: Mapping[str, bool]) -> Mapping[str, bool]:
    for name in asked:
        if name not in _MANAGED_TYPES:
            raise InvalidParameterValue(
                f"Invalid key {name!r} in ResourceTypeManagementPreference: accepted are"
                f" {', '.join(_MANAGED_TYPES)}"
            )
    # documented: EFS is always fully managed. That asking otherwise is ignored is chosen.
    return {name: value or name == "EFS" for name, value in asked.items()}


def update_global_settings(
    command: UpdateGlobalSettings, world: World, context: Context
) -> list[GlobalSettingsUpdated]:
    """Switch the features that are named; every account is its own management account.

    The instant of the update moves even when no value does, so an update is always stated.
    """
    if not command.features:
        raise MissingParameterValue("Missing value: GlobalSettings is required")
    known = global_settings(world)
    for name, value in command.features.items():
        if name not in known:
            raise InvalidParameterValue(
                f"Invalid key {name!r} in GlobalSettings: accepted are {', '.join(known)}"
            )
        if value not in _SWITCH:
            raise InvalidParameterValue(
                f"Invalid value {value!r} of {name} in GlobalSettings: accepted are true, false"
            )
    return [
        GlobalSettingsUpdated({name: _SWITCH[value] for name, value in command.features.items()})
    ]


DECIDE = deciders(update_region_settings, update_global_settings)
