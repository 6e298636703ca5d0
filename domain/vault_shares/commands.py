"""What may be asked of shares of vaults, by the vault's owner."""

import attrs


@attrs.frozen
class ShareVault:
    """Let another account look into a logically air-gapped vault, and restore from it."""

    vault_name: str
    account: str


@attrs.frozen
class UnshareVault:
    """Take a share back."""

    vault_name: str
    account: str
