"""What the facts about a vault's policy add up to. No rules and no refusals live here."""

from typing import assert_never

import attrs

from vaultclock.domain.access_policies.events import (
    AccessPolicyFact,
    AccessPolicyRemoved,
    AccessPolicySet,
)
from vaultclock.domain.kernel.instants import Instant


@attrs.frozen
class AccessPolicy:
    """The policy of one vault, as it was sent; a vault without has no row."""

    vault_name: str
    policy: str


def order(access_policy: AccessPolicy) -> tuple[str]:
    """Order policies by their vaults."""
    return (access_policy.vault_name,)


def evolve(
    access_policy: AccessPolicy | None, at: Instant, fact: AccessPolicyFact
) -> AccessPolicy | None:
    """Fold one fact into a vault's policy."""
    match fact:
        case AccessPolicySet():
            return AccessPolicy(fact.vault_name, fact.policy)
        case AccessPolicyRemoved():
            return None
        case _:
            assert_never(fact)
