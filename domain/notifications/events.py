"""What has happened to notifications.

These names and fields are the storage format: see ADR 0006.
"""

from vaultclock.domain.kernel.facts import fact


@fact("vault-notifications-set")
class VaultNotificationsSet:
    """What happens in a vault is told to a topic: these events, and no others as before."""

    vault_name: str
    topic_arn: str
    events: tuple[str, ...]


@fact("vault-notifications-removed")
class VaultNotificationsRemoved:
    """Nobody is told any more what happens in a vault."""

    vault_name: str


NotificationsFact = VaultNotificationsSet | VaultNotificationsRemoved
