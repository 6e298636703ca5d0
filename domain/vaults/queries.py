"""What may be asked about vaults without changing them."""

from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.tables import Page, Window
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
