"""What the facts about a vault add up to. No rules and no refusals live here."""

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

import attrs

from vaultclock.domain.kernel.engine import Deadline
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.vaults.commands import FinishMakingVault, SealVaultLock
from vaultclock.domain.vaults.events import (
    VaultBecameAvailable,
    VaultCreated,
    VaultDeleted,
    VaultFact,
    VaultFailed,
    VaultLocked,
    VaultLockSealed,
    VaultUnlocked,
)


class VaultType(StrEnum):
    """The kinds of vaults, in AWS's words."""

    STANDARD = "BACKUP_VAULT"
    AIR_GAPPED = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
    RESTORE_ACCESS = "RESTORE_ACCESS_BACKUP_VAULT"


class VaultState(StrEnum):
    """How far the making of a vault has come, in AWS's words."""

    CREATING = "CREATING"
    AVAILABLE = "AVAILABLE"
    FAILED = "FAILED"


class KeyType(StrEnum):
    """Whose key encrypts a logically air-gapped vault, in AWS's words."""

    AWS_OWNED = "AWS_OWNED_KMS_KEY"
    CUSTOMER_MANAGED = "CUSTOMER_MANAGED_KMS_KEY"


@attrs.frozen
class Lock:
    """What a vault keeps out and keeps: None is no bound, and no instant a lock that never seals.

    Days are days of retention. From ``seals_at`` on nobody can change or remove it.
    """

    min_retention_days: int | None
    max_retention_days: int | None
    seals_at: Instant | None
    is_sealed: bool = False


@attrs.frozen
class Vault:
    """One backup vault; ``key_type`` is known of logically air-gapped ones alone (documented)."""

    name: str
    created_at: Instant
    encryption_key_arn: str | None
    creator_request_id: str | None
    vault_type: VaultType = VaultType.STANDARD
    state: VaultState = VaultState.AVAILABLE
    ready_at: Instant | None = None
    lock: Lock | None = None
    source_vault_arn: str | None = None
    mpa_session_arn: str | None = None
    message: str | None = None
    key_type: KeyType | None = None

    @property
    def is_air_gapped(self) -> bool:
        """Whether the vault is logically air-gapped."""
        return self.vault_type is VaultType.AIR_GAPPED

    @property
    def is_standard(self) -> bool:
        """Whether the vault is one that CreateBackupVault makes."""
        return self.vault_type is VaultType.STANDARD

    @property
    def lock_state(self) -> str:
        """Whether the vault has a lock, in the word that jobs use for it (documented)."""
        return "UNLOCKED" if self.lock is None else "LOCKED"

    @property
    def is_usable(self) -> bool:
        """Whether recovery points can go in: it is made, and no mere view on another vault."""
        is_made = self.state is VaultState.AVAILABLE
        return is_made and self.vault_type is not VaultType.RESTORE_ACCESS


def order(vault: Vault) -> tuple[Instant, str]:
    """Order vaults by creation, then name (inferred: AWS documents no order)."""
    return vault.created_at, vault.name


def evolve(vault: Vault | None, at: Instant, fact: VaultFact) -> Vault | None:
    """Fold one fact into a vault."""
    if isinstance(fact, VaultCreated):
        return _created(fact, at)
    assert vault is not None, f"{fact} has no vault to happen to"
    match fact:
        case VaultBecameAvailable():
            key_arn = fact.encryption_key_arn or vault.encryption_key_arn
            return attrs.evolve(vault, state=VaultState.AVAILABLE, encryption_key_arn=key_arn)
        case VaultFailed():
            return attrs.evolve(vault, state=VaultState.FAILED, message=fact.message)
        case VaultLocked():
            lock = Lock(fact.min_retention_days, fact.max_retention_days, fact.seals_at)
            return attrs.evolve(vault, lock=lock)
        case VaultLockSealed():
            assert vault.lock is not None, f"{fact} has no lock to happen to"
            return attrs.evolve(vault, lock=attrs.evolve(vault.lock, is_sealed=True))
        case VaultUnlocked():
            return attrs.evolve(vault, lock=None)
        case VaultDeleted():
            return None
        case _:
            assert_never(fact)


def _created(fact: VaultCreated, at: Instant) -> Vault:
    vault_type = VaultType(fact.vault_type)
    is_ready = vault_type is VaultType.STANDARD
    key_type = None
    if vault_type is VaultType.AIR_GAPPED:
        is_ours = fact.encryption_key_arn is None
        key_type = KeyType.AWS_OWNED if is_ours else KeyType.CUSTOMER_MANAGED
    return Vault(
        name=fact.name,
        created_at=at,
        encryption_key_arn=fact.encryption_key_arn,
        creator_request_id=fact.creator_request_id,
        vault_type=vault_type,
        state=VaultState.AVAILABLE if is_ready else VaultState.CREATING,
        ready_at=fact.ready_at,
        source_vault_arn=fact.source_vault_arn,
        mpa_session_arn=fact.mpa_session_arn,
        key_type=key_type,
    )


def deadlines(vault: Vault) -> Iterator[Deadline]:
    """Say what a vault still owes: that it is made, that its lock seals."""
    if vault.ready_at is not None and vault.state is VaultState.CREATING:
        yield (vault.ready_at, FinishMakingVault(vault.name))
    lock = vault.lock
    if lock is not None and lock.seals_at is not None and not lock.is_sealed:
        yield (lock.seals_at, SealVaultLock(vault.name))
