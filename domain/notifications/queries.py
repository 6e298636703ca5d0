"""What may be asked about vault notifications without changing them."""

from vaultclock.domain.kernel.refusals import ResourceNotFound
from vaultclock.domain.notifications.events import VaultNotificationsRemoved
from vaultclock.domain.notifications.state import VaultNotifications
from vaultclock.domain.world import World


def vault_notifications(world: World, vault_name: str) -> VaultNotifications:
    """Answer what is told of a vault to whom.

    Raises AccessDenied where there is no such vault, and ResourceNotFound where nobody is told
    (observed: pulumi-aws 2571, aws-sdk-go-v2 1885).
    """
    vault = world.vault(vault_name)
    if found := world.notifications.get(vault.name):
        return found
    raise ResourceNotFound(
        f"Failed reading notifications from database for Backup vault {vault.name}",
        code="ERROR_2106",
    )


def dropped_notifications(world: World, vault_name: str) -> list[VaultNotificationsRemoved]:
    """State that nobody is told of a vault any more; to be stated when a vault is gone."""
    return [VaultNotificationsRemoved(vault_name)] if vault_name in world.notifications else []


def topic_of(world: World, vault_name: str, event: str) -> str | None:
    """Name the topic that is told of an event in a vault, or None where nobody is."""
    found = world.notifications.get(vault_name)
    return found.topic_arn if found and event in found.events else None
