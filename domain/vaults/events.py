"""What has happened to vaults. These names and fields are the storage format: see ADR 0006."""

from vaultclock.domain.kernel.facts import fact
from vaultclock.domain.kernel.instants import Instant


@fact("vault-created")
class VaultCreated:
    """An empty vault exists, under a key that never changes; None is a key that AWS owns.

    ``ready_at`` is when a logically air-gapped vault has its key, None for vaults that are ready
    at once. A restore access vault is a view on ``source_vault_arn`` and waits for the approval
    session ``mpa_session_arn``.
    """

    name: str
    encryption_key_arn: str | None
    creator_request_id: str | None = None
    vault_type: str = "BACKUP_VAULT"
    ready_at: Instant | None = None
    source_vault_arn: str | None = None
    mpa_session_arn: str | None = None


@fact("vault-became-available")
class VaultBecameAvailable:
    """A vault that was being made can be used from now on; ``encryption_key_arn`` is its key."""

    name: str
    encryption_key_arn: str | None = None


@fact("vault-failed")
class VaultFailed:
    """A vault that was being made cannot be used, and never will be; ``message`` says why."""

    name: str
    message: str


@fact("vault-locked")
class VaultLocked:
    """A vault has a lock, instead of the one it may have had.

    Retentions outside ``min_retention_days`` and ``max_retention_days`` are kept out; None is no
    bound. The lock can be changed and removed until ``seals_at``, for ever when that is None.
    """

    name: str
    min_retention_days: int | None = None
    max_retention_days: int | None = None
    seals_at: Instant | None = None


@fact("vault-lock-sealed")
class VaultLockSealed:
    """Nobody can change or remove the lock of a vault any more."""

    name: str


@fact("vault-unlocked")
class VaultUnlocked:
    """A lock that was not sealed yet was removed."""

    name: str


@fact("vault-deleted")
class VaultDeleted:
    """An empty vault is gone."""

    name: str


VaultFact = (
    VaultCreated
    | VaultBecameAvailable
    | VaultFailed
    | VaultLocked
    | VaultLockSealed
    | VaultUnlocked
    | VaultDeleted
)
