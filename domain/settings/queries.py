"""What may be asked about settings without changing them, defaults included."""

from collections.abc import Mapping

from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.refusals import InvalidRequest
from vaultclock.domain.resource_types import RESOURCE_TYPES
from vaultclock.domain.settings.state import KEY, Organization, Settings
from vaultclock.domain.world import ACCOUNT_WIDE, World

# Backup Developer Guide, getting started: the first use of AWS Backup in a Region opts in to
# every type supported then, and a fresh account's first use is here and now.
_OPT_IN_DEFAULTS = {row.name: True for row in RESOURCE_TYPES}
_OPTED_OUT_AT_FIRST = frozenset(name for name, chosen in _OPT_IN_DEFAULTS.items() if not chosen)
# Backup Developer Guide, advanced DynamoDB backup: on for accounts without a vault before 21
# November 2021. That there are exactly these two keys: observed in Terraform's tests.
_MANAGEMENT_DEFAULTS = {"DynamoDB": True, "EFS": True}
_FEATURE_DEFAULTS = {
    "isCrossAccountBackupEnabled": False,
    "isDelegatedAdministratorEnabled": False,
    "isMpaEnabled": False,
}
NEVER_UPDATED: Instant = 0  # chosen: AWS answers an instant even when nothing was ever switched


def opt_in_preferences(world: World) -> Mapping[str, bool]:
    """Answer for every resource type whether tags and service patterns select it in a Region."""
    settings = world.settings.get(KEY)
    return {**_OPT_IN_DEFAULTS, **(settings.opt_in if settings else {})}


def management_preferences(world: World) -> Mapping[str, bool]:
    """Answer for the types that leave a choice whether AWS Backup manages their backups fully."""
    settings = world.settings.get(KEY)
    return {**_MANAGEMENT_DEFAULTS, **(settings.management if settings else {})}


def opted_out(world: World) -> frozenset[str]:
    """Name the resource types that a Region has not opted in to."""
    settings = world.settings.get(KEY)
    if settings is None:
        return _OPTED_OUT_AT_FIRST
    return frozenset(name for name, chosen in opt_in_preferences(world).items() if not chosen)


def fully_managed_dynamodb(world: World) -> bool:
    """Tell whether a Region makes DynamoDB backups that AWS Backup manages fully."""
    return management_preferences(world)["DynamoDB"]


def management_account(world: World, account: str) -> str | None:
    """Name the account that manages an account's organization; None where it is in none.

    Everyone manages their own until something else is arranged (chosen).
    """
    arranged = _arranged(world, account)
    return account if arranged is None else arranged.management_account


def in_same_organization(world: World, one: str, other: str) -> bool:
    """Tell whether two accounts are members of the same organization.

    Accounts that nothing was arranged for are in that of everyone else (chosen).
    """
    arranged = [found for each in (one, other) if (found := _arranged(world, each)) is not None]
    managers = {organization.management_account for organization in arranged}
    return None not in managers and len(managers) <= 1


def organization_id(world: World, account: str) -> str | None:
    """Name the organization an account is in, None where it is in none.

    It is ``o-`` and the account that manages it, ``o-vaultclock`` when nothing was arranged
    (chosen).
    """
    arranged = _arranged(world, account)
    if arranged is None:
        return "o-vaultclock"
    manager = arranged.management_account
    return None if manager is None else f"o-{manager}"


def _arranged(world: World, account: str) -> Organization | None:
    wide = world.others.get(Scope(account, ACCOUNT_WIDE))
    settings = None if wide is None else wide.settings.get(KEY)
    return None if settings is None else settings.organization


def has_cross_account_backup(world: World) -> bool:
    """Tell whether a Region has the feature that backs up across accounts."""
    settings = world.settings.get(KEY)
    return settings is None or settings.has_cross_account_backup


def global_settings(world: World) -> Mapping[str, bool]:
    """Answer which features are on in the organization of a world's account.

    They are what its management account has switched; an account in none has them all off.
    """
    switched = _switched(world)
    return {**_FEATURE_DEFAULTS, **(switched.features if switched else {})}


def cross_account_backup_enabled(world: World) -> bool:
    """Tell whether the account of a world may copy into other accounts."""
    return global_settings(world)["isCrossAccountBackupEnabled"]


def global_settings_updated_at(world: World) -> Instant:
    """Answer when the features of an account's organization were last switched."""
    switched = _switched(world)
    at = None if switched is None else switched.updated_at
    return NEVER_UPDATED if at is None else at


def _switched(world: World) -> Settings | None:
    manager = management_account(world, world.scope.account)
    wide = None if manager is None else world.others.get(Scope(manager, ACCOUNT_WIDE))
    return None if wide is None else wide.settings.get(KEY)


def require_organization(world: World) -> None:
    """Refuse to tell or change what only an organization has, in a Region that has the feature.

    Raises InvalidRequest (the class is inferred).
    """
    if not has_cross_account_backup(world):
        # observed: cloudquery
        raise InvalidRequest(
            "Feature Cross Account Backup is not available in current region", code="ERROR_2502"
        )
    if management_account(world, world.scope.account) is None:
        # observed: cloudquery 817
        raise InvalidRequest("Your account is not a member of an organization.", code="ERROR_9601")
