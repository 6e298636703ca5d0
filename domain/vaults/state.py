"""What the facts about a vault add up to. No rules and no refusals live here."""

from typing import assert_never

import attrs

from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.vaults.events import VaultCreated, VaultDeleted, VaultFact


@attrs.frozen
class Vault:
    """One backup vault."""

    name: str
    created_at: Instant
    encryption_key_arn: str
    creator_request_id: str | None


def order(vault: Vault) -> tuple[Instant, str]:
    """Order vaults by creation, then name (inferred: AWS documents no order)."""
    return vault.created_at, vault.name


def evolve(vault: Vault | None, at: Instant, fact: VaultFact) -> Vault | None:
    """Fold one fact into a vault."""
    match fact:
        case VaultCreated():
            return Vault(fact.name, at, fact.encryption_key_arn, fact.creator_request_id)
        case VaultDeleted():
            assert vault is not None, f"{fact} has no vault to happen to"
            return None
        case _:
            assert_never(fact)
