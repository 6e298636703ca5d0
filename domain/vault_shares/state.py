"""What the facts about a share add up to. No rules and no refusals live here."""

from typing import assert_never

import attrs

from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.vault_shares.events import VaultShared, VaultShareFact, VaultUnshared


@attrs.frozen
class VaultShare:
    """A vault of another account that this one may look into."""

    vault_arn: str
    shared_at: Instant


def order(share: VaultShare) -> tuple[Instant, str]:
    """Order shares by when they were given."""
    return share.shared_at, share.vault_arn


def evolve(_share: VaultShare | None, at: Instant, fact: VaultShareFact) -> VaultShare | None:
    """Fold one fact into a share."""
    match fact:
        case VaultShared():
            return VaultShare(fact.vault_arn, at)
        case VaultUnshared():
            return None
        case _:
            assert_never(fact)
