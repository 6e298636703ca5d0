"""What has happened to shares of vaults. These names and fields are the storage format: ADR 0006.

They happen in the scope of the account that a vault is shared with.
"""

from vaultclock.domain.kernel.facts import fact


@fact("vault-shared")
class VaultShared:
    """Another account shares a vault with this one."""

    vault_arn: str


@fact("vault-unshared")
class VaultUnshared:
    """A vault of another account is not shared with this one any more."""

    vault_arn: str


VaultShareFact = VaultShared | VaultUnshared
