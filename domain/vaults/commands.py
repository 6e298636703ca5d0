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
class CreateAirGappedVault:
    """Create a logically air-gapped vault, which is locked from birth; retentions are in days.

    Without a key, one that AWS owns is used.
    """

    name: str
    min_retention_days: int
    max_retention_days: int
    encryption_key_arn: str | None = None
    creator_request_id: str | None = None
    tags: Tags = attrs.field(factory=dict)


@attrs.frozen
class OpenConsole:
    """Open AWS Backup's console on its page of vaults, which makes a vault of its own."""


@attrs.frozen
class LockVault:
    """Give a vault a lock instead of the one it may have; what is left out is no bound.

    With ``changeable_for_days`` the lock seals after so many days, else it never does.
    """

    name: str
    min_retention_days: int | None = None
    max_retention_days: int | None = None
    changeable_for_days: int | None = None


@attrs.frozen
class UnlockVault:
    """Take the lock off a vault, unless it is sealed."""

    name: str


@attrs.frozen
class DeleteVault:
    """Delete a vault that holds no recovery points."""

    name: str


@attrs.frozen
class FinishMakingVault:  # sent by the clock, never over the wire
    """Make a logically air-gapped vault available, or let it fail: its key answers by now."""

    name: str


@attrs.frozen
class SealVaultLock:  # sent by the clock, never over the wire
    """Close the time in which a compliance lock can be changed."""

    name: str
