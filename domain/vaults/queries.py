"""What may be asked about vaults without changing them."""

from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.ids import Origin, namespace_of, uuid5, uuid_text
from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.tables import Page, Window
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.state import Vault
from vaultclock.domain.world import World

LISTING = "vaults"


def list_vaults(
    world: World, *, limit: int, token: str | None, vault_type: str | None, shared: bool | None
) -> Page[Vault]:
    """List the vaults of an account and Region, oldest first.

    Every vault so far is of the standard type and shared by nobody, so the other kinds list
    nothing.
    """
    after = read_token(LISTING, token, (int, str))
    if shared or vault_type not in (None, "BACKUP_VAULT"):
        return Page([], None)
    return world.vaults.page({}, Window(limit, after))


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


def may_copy_into(
    world: World,
    vault: Vault,  # noqa: ARG001 - what it allows others is its policy's to say, once it has one
    from_account: str,
) -> bool:
    """Tell whether an account may copy into a vault of this world.

    The owner may. Others may where the vault's policy allows ``backup:CopyIntoBackupVault``
    (Backup Developer Guide, cross-account backup), and no vault has a policy yet.
    """
    return from_account == world.scope.account


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
