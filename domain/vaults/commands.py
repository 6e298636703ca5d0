"""What may be asked of vaults."""

import attrs

from vaultclock.domain.values import Tags


@attrs.frozen
class CreateVault:
    """Create an empty backup vault; without a key, the account's ``aws/backup`` key is used."""

    name: str
    encryption_key_arn: str | None = None
    creator_request_id: str | None = None
    tags: Tags = attrs.field(factory=dict)


@attrs.frozen
class DeleteVault:
    """Delete a vault that holds no recovery points."""

    name: str


@attrs.frozen
class FinishMakingVault:
    """Make a logically air-gapped vault available, or let it fail: its key answers by now."""

    name: str


@attrs.frozen
class SealVaultLock:
    """Close the time in which a compliance lock can be changed."""

    name: str
