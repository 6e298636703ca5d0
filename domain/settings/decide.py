"""All the rules about settings: one function a command, facts out or a refusal."""

import re
from collections.abc import Mapping

from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.refusals import (
    InvalidParameterValue,
    InvalidRequest,
    MissingParameterValue,
)
from vaultclock.domain.settings.commands import (
    ArrangeOrganization,
    ArrangeRegion,
    UpdateGlobalSettings,
    UpdateRegionSettings,
)
from vaultclock.domain.settings.events import (
    GlobalSettingsUpdated,
    OrganizationArranged,
    RegionArranged,
    RegionSettingsChanged,
)
from vaultclock.domain.settings.queries import (
    global_settings,
    has_cross_account_backup,
    management_account,
    management_preferences,
    opt_in_preferences,
    require_organization,
)
from vaultclock.domain.settings.state import KEY
from vaultclock.domain.world import ACCOUNT_WIDE, World

# Terraform's documentation of region settings sets the latter two; they are kept once set
_MANAGED_TYPES = ("DynamoDB", "EFS", "CloudFormation", "DSQL")
_SWITCH = {"true": True, "false": False}
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


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
) -> list[GlobalSettingsUpdated | Elsewhere]:
    """Switch the features that are named, in whatever Region it is asked.

    The instant of the update moves even when no value does, so an update is always stated.
    """
    features = _checked_features(command.features, global_settings(world))
    require_organization(world)
    if management_account(world, context.scope.account) != context.scope.account:
        # documented; the message is unknown
        raise InvalidRequest(
            "Only the management account of an organization can update its global settings"
        )
    updated = GlobalSettingsUpdated(features)
    if context.scope.region == ACCOUNT_WIDE:
        return [updated]
    return [Elsewhere(Scope(context.scope.account, ACCOUNT_WIDE), updated)]


def _checked_features(asked: Mapping[str, str], known: Mapping[str, bool]) -> Mapping[str, bool]:
    if not asked:
        raise MissingParameterValue("Missing value: GlobalSettings is required")
    for name, value in asked.items():
        if name not in known:
            raise InvalidParameterValue(
                f"Invalid key {name!r} in GlobalSettings: accepted are {', '.join(known)}"
            )
        if value not in _SWITCH:
            raise InvalidParameterValue(
                f"Invalid value {value!r} of {name} in GlobalSettings: accepted are true, false"
            )
    return {name: _SWITCH[value] for name, value in asked.items()}


def arrange_organization(
    command: ArrangeOrganization, world: World, context: Context
) -> list[OrganizationArranged]:
    """Put an account into an organization, or into none; saying the same again is no news."""
    manager = command.management_account
    if manager is not None and not _ACCOUNT.fullmatch(manager):
        raise InvalidParameterValue(
            f"Invalid management_account {manager[:32]!r}: 12 digits, or none at all"
        )
    settings = world.settings.get(KEY)
    arranged = None if settings is None else settings.organization
    if arranged is not None and arranged.management_account == manager:
        return []
    return [OrganizationArranged(manager)]


def arrange_region(command: ArrangeRegion, world: World, context: Context) -> list[RegionArranged]:
    """Give a Region a feature, or take it away; saying the same again is no news."""
    if command.has_cross_account_backup is has_cross_account_backup(world):
        return []
    return [RegionArranged(command.has_cross_account_backup)]


DECIDE = deciders(
    update_region_settings, update_global_settings, arrange_organization, arrange_region
)
