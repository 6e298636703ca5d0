"""What may be asked about vaults without changing them."""

from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.ids import Origin, namespace_of, uuid5, uuid_text
from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.tables import Page, Window
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.state import Vault
from vaultclock.domain.world import World

LISTING = "vaults"
# Backup Developer Guide, quotas: so many in one vault
RECOVERY_POINTS_MAX = 1_000_000


def list_vaults(
    world: World, *, limit: int, token: str | None, vault_type: str | None
) -> Page[Vault]:
    """List the vaults that an account owns in a Region, oldest first; None asks for every type.

    Those that others share with it are listed by themselves (`vault_shares`).
    """
    after = read_token(LISTING, token, (int, str))
    return world.vaults.page({"vault_type": vault_type}, Window(limit, after))


def recovery_point_count(world: World, vault: Vault) -> int:
    """Count the recovery points a vault holds, whatever their status."""
    return world.recovery_points.count(vault_name=vault.name)


def managed_key_arn(origin: Origin, scope: Scope) -> str:
    """Name the key behind the alias ``aws/backup``: one per account and Region, for ever."""
    account, region = scope
    raw = uuid5(namespace_of(origin.seed), f"aws/backup {account} {region}")
    return f"arn:aws:kms:{region}:{account}:key/{uuid_text(raw)}"


def has_default_key(world: World, vault: Vault, origin: Origin) -> bool:
    """Tell whether AWS Backup's own key encrypts a vault of this world, not a customer's."""
    return vault.encryption_key_arn == managed_key_arn(origin, world.scope)


def why_unusable(world: World, vault: Vault) -> str | None:
    """Tell why nothing can go into a vault of this world, as part of a sentence; None if it can.

    The messages are unknown; AWS files what ``can have at most`` so many under a limit
    (documented).
    """
    if vault.is_usable and not _is_full(world, vault):
        return None
    arn = world.vault_arn(vault.name)
    if vault.is_usable:
        return f"backup vault {arn} can have at most {RECOVERY_POINTS_MAX} recovery points"
    if vault.state != "AVAILABLE":
        return f"backup vault {arn} is in state {vault.state}"
    return f"backup vault {arn} is a restore access backup vault"


def _is_full(world: World, vault: Vault) -> bool:
    points = world.recovery_points
    # counting by vault needs an index, which a world that is nowhere near does without
    if len(points) < RECOVERY_POINTS_MAX:
        return False
    return recovery_point_count(world, vault) >= RECOVERY_POINTS_MAX


def accepts_retention(vault: Vault, lifecycle: Lifecycle | None) -> bool:
    """Tell whether a vault's lock lets in what is kept so long.

    Without a number of days a point is kept for ever: too long where the lock has a maximum
    (observed), never too short (inferred).
    """
    lock = vault.lock
    if lock is None:
        return True
    days = None if lifecycle is None else lifecycle.delete_after_days
    longest = lock.max_retention_days
    if days is None or days < 0:
        return longest is None
    return days >= (lock.min_retention_days or 0) and (longest is None or days <= longest)
