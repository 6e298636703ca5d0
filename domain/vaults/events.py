"""What has happened to vaults. These names and fields are the storage format: see ADR 0006."""

from vaultclock.domain.kernel.facts import fact


@fact("vault-created")
class VaultCreated:
    """An empty vault exists, under a key that never changes."""

    name: str
    encryption_key_arn: str
    creator_request_id: str | None = None


@fact("vault-deleted")
class VaultDeleted:
    """An empty vault is gone."""

    name: str


VaultFact = VaultCreated | VaultDeleted
