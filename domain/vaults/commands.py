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
