"""What the facts about a vault's notifications add up to. No rules and no refusals live here."""

from typing import assert_never

import attrs

from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.notifications.events import (
    NotificationsFact,
    VaultNotificationsRemoved,
    VaultNotificationsSet,
)


@attrs.frozen
class VaultNotifications:
    """Which events in a vault are told to which topic; a vault has one such setting or none."""

    vault_name: str
    topic_arn: str
    events: tuple[str, ...]


def order(notifications: VaultNotifications) -> tuple[str]:
    """Order them by vault; nothing lists them."""
    return (notifications.vault_name,)


def evolve(
    notifications: VaultNotifications | None, at: Instant, fact: NotificationsFact
) -> VaultNotifications | None:
    """Fold one fact into a vault's notifications."""
    match fact:
        case VaultNotificationsSet():
            return VaultNotifications(fact.vault_name, fact.topic_arn, fact.events)
        case VaultNotificationsRemoved():
            return None
        case _:
            assert_never(fact)
