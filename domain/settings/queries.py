"""What may be asked about settings without changing them, defaults included."""

from collections.abc import Mapping

from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.resource_types import RESOURCE_TYPES
from vaultclock.domain.settings.state import KEY
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


def global_settings(world: World) -> Mapping[str, bool]:
    """Answer which features an account has on; the world is the account-wide one."""
    settings = world.settings.get(KEY)
    return {**_FEATURE_DEFAULTS, **(settings.features if settings else {})}


def cross_account_backup_enabled(world: World) -> bool:
    """Tell whether the account of any world of its own may copy into other accounts."""
    account_wide = world.others.get(Scope(world.scope.account, ACCOUNT_WIDE))
    return account_wide is not None and global_settings(account_wide)["isCrossAccountBackupEnabled"]


def global_settings_updated_at(world: World) -> Instant:
    """Answer when an account's features were last switched; the world is the account-wide one."""
    settings = world.settings.get(KEY)
    return settings.updated_at if settings else NEVER_UPDATED
