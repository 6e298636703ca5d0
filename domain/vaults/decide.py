"""All the rules about vaults: one function a command, facts out or a refusal."""

from typing import Any

from vaultclock.domain.access_policies.queries import dropped_access_policy
from vaultclock.domain.approvals.queries import dropped_approvals, has_restore_access
from vaultclock.domain.checks import RETENTION_DAYS_MAX, checked_creator_request_id, checked_tags
from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.instants import DAY, MINUTE, Milliseconds
from vaultclock.domain.kernel.refusals import (
    AlreadyExists,
    InvalidParameterValue,
    InvalidRequest,
    LimitExceeded,
)
from vaultclock.domain.keys.queries import owned_key_arn, why_key_fails
from vaultclock.domain.notifications.queries import dropped_notifications
from vaultclock.domain.service_made import DEFAULT_VAULT, service_vault
from vaultclock.domain.tags.events import TagsSet
from vaultclock.domain.tags.queries import dropped_tags
from vaultclock.domain.values import Tags
from vaultclock.domain.vault_shares.queries import dropped_shares
from vaultclock.domain.vaults.commands import (
    CreateAirGappedVault,
    CreateVault,
    DeleteVault,
    FinishMakingVault,
    LockVault,
    OpenConsole,
    SealVaultLock,
    UnlockVault,
)
from vaultclock.domain.vaults.events import (
    VaultBecameAvailable,
    VaultCreated,
    VaultDeleted,
    VaultFailed,
    VaultLocked,
    VaultLockSealed,
    VaultUnlocked,
)
from vaultclock.domain.vaults.queries import managed_key_arn
from vaultclock.domain.vaults.state import Vault, VaultType
from vaultclock.domain.world import World

VAULTS_MAX = 300  # Backup Developer Guide, quotas: standard and air-gapped together, per Region
# Backup Developer Guide, vault lock: 72 hours at least
CHANGEABLE_DAYS_MIN, CHANGEABLE_DAYS_MAX = 3, 36_500
AIR_GAPPED_DAYS_MIN = 7  # Backup Developer Guide, logically air-gapped vaults
# chosen: it takes AWS one to three minutes to attach a key
MAKING: Milliseconds = 2 * MINUTE


def create_vault(
    command: CreateVault, world: World, context: Context
) -> list[VaultCreated | TagsSet]:
    """Create a vault, unless the name is taken; a retry with the same token is no new vault."""
    creator_request_id = checked_creator_request_id(command.creator_request_id)
    key_arn = _checked_key(command.encryption_key_arn)
    tags = checked_tags(command.tags)
    if _is_repeated(world, command.name, creator_request_id, VaultType.STANDARD):
        return []
    created = VaultCreated(
        command.name, key_arn or managed_key_arn(context.origin, context.scope), creator_request_id
    )
    return [created, *_tagged(world, command.name, tags)]


def create_air_gapped_vault(
    command: CreateAirGappedVault, world: World, context: Context
) -> list[VaultCreated | VaultLocked | VaultLockSealed | TagsSet]:
    """Create a logically air-gapped vault: locked for good at once, usable once it has its key.

    A key that refuses its grant does not fail the call, but the vault, later (documented).
    """
    creator_request_id = checked_creator_request_id(command.creator_request_id)
    key_arn = _checked_key(command.encryption_key_arn)
    tags = checked_tags(command.tags)
    shortest, longest = command.min_retention_days, command.max_retention_days
    _check_days("MinRetentionDays", shortest, AIR_GAPPED_DAYS_MIN, RETENTION_DAYS_MAX)
    _check_days("MaxRetentionDays", longest, AIR_GAPPED_DAYS_MIN, RETENTION_DAYS_MAX)
    _check_order(shortest, longest)
    if _is_repeated(world, command.name, creator_request_id, VaultType.AIR_GAPPED):
        return []
    created = VaultCreated(
        command.name,
        key_arn,
        creator_request_id,
        vault_type=VaultType.AIR_GAPPED.value,
        ready_at=context.now + MAKING,
    )
    return [
        created,
        VaultLocked(command.name, shortest, longest, seals_at=context.now),
        VaultLockSealed(command.name),
        *_tagged(world, command.name, tags),
    ]


def _is_repeated(
    world: World, name: str, creator_request_id: str | None, vault_type: VaultType
) -> bool:
    """Tell whether a create is a retry; refuse one of a name that is taken, or of one too many."""
    existing = world.vaults.get(name)
    if existing is None:
        views = world.vaults.count(vault_type=VaultType.RESTORE_ACCESS)
        if len(world.vaults) - views >= VAULTS_MAX:
            raise LimitExceeded(
                f"An account may have at most {VAULTS_MAX} backup vaults in a Region"
            )
        return False
    is_same = existing.vault_type is vault_type
    if is_same and creator_request_id and existing.creator_request_id == creator_request_id:
        return True
    # observed: Terraform's and CloudFormation's output
    raise AlreadyExists(
        "Backup vault with the same name already exists",
        arn=world.vault_arn(name),
        creator_request_id=existing.creator_request_id,
    )


def _tagged(world: World, name: str, tags: Tags) -> list[TagsSet]:
    return [TagsSet(world.vault_arn(name), tags)] if tags else []


def _checked_key(arn: str | None) -> str | None:
    """Answer a key's ARN; an alias is refused (Backup Developer Guide, creating a vault)."""
    if arn is None:
        return None
    parsed = parse_arn(arn)
    if parsed is None or parsed.service != "kms" or not parsed.resource.startswith("key/"):
        raise InvalidParameterValue(
            f"Invalid value for EncryptionKeyArn: {arn} is not the ARN of a KMS key"
            " (arn:aws:kms:<region>:<account>:key/<id>; an alias is not accepted)"
        )
    return arn


def open_console(command: OpenConsole, world: World, context: Context) -> list[VaultCreated]:
    """Make the vault that the console makes, if there is none of its name yet (documented)."""
    if DEFAULT_VAULT in world.vaults:
        return []
    return [service_vault(DEFAULT_VAULT, DEFAULT_VAULT, context)]


def lock_vault(command: LockVault, world: World, context: Context) -> list[VaultLocked]:
    """Lock a vault, for good from the end of the grace time on, or until it is unlocked.

    Every request is a whole one: what it leaves out is gone, and its grace time begins now
    (inferred). The lock keeps points from being deleted or changed from this instant on, grace
    time or not (Backup Developer Guide, vault lock).
    """
    vault = world.vault(command.name)
    shortest, longest = command.min_retention_days, command.max_retention_days
    changeable = command.changeable_for_days
    _check_days("MinRetentionDays", shortest, 1, RETENTION_DAYS_MAX)
    _check_days("MaxRetentionDays", longest, 1, RETENTION_DAYS_MAX)
    _check_days("ChangeableForDays", changeable, CHANGEABLE_DAYS_MIN, CHANGEABLE_DAYS_MAX)
    _check_order(shortest, longest)
    _refuse_lasting(vault)
    seals_at = None if changeable is None else context.now + changeable * DAY
    return [VaultLocked(vault.name, shortest, longest, seals_at)]


def unlock_vault(command: UnlockVault, world: World, context: Context) -> list[VaultUnlocked]:
    """Take a lock off that is not sealed; a vault without one is unlocked already."""
    vault = world.vault(command.name)
    _refuse_lasting(vault)
    return [] if vault.lock is None else [VaultUnlocked(vault.name)]


def _check_days(member: str, days: int | None, least: int, most: int) -> None:
    if days is not None and not least <= days <= most:
        raise InvalidParameterValue(
            f"Invalid value for {member}: {days} is not between {least} and {most}"
        )


def _check_order(shortest: int | None, longest: int | None) -> None:
    if shortest is not None and longest is not None and shortest > longest:
        raise InvalidParameterValue(
            f"Invalid value for MaxRetentionDays: {longest} is less than MinRetentionDays"
            f" ({shortest})"
        )


def _refuse_lasting(vault: Vault) -> None:
    """Refuse to touch the lock of a vault that has it for good, or that has none of its own.

    The class is documented for deletes after the lock date, inferred for the rest; the messages
    are unknown.
    """
    if vault.vault_type is VaultType.RESTORE_ACCESS:
        raise InvalidRequest("A restore access backup vault has no lock of its own")
    if vault.is_air_gapped:
        raise InvalidRequest("The lock of a logically air-gapped vault cannot be changed")
    if vault.lock is not None and vault.lock.is_sealed:
        raise InvalidRequest("The lock of this vault is past its lock date and cannot be changed")


def delete_vault(command: DeleteVault, world: World, context: Context) -> list[Any]:
    """Delete an empty vault; a lock does not keep an empty one (documented)."""
    vault = world.vault(command.name)
    _refuse_view(world, vault)
    if world.recovery_points.count(vault_name=vault.name):
        # observed: cloud-nuke 730
        raise InvalidRequest(
            "Backup vault cannot be deleted because it contains recovery points.",
            code="ERROR_9101",
        )
    return [
        VaultDeleted(vault.name),
        *dropped_access_policy(world, vault.name),
        *dropped_approvals(world, vault.name),
        *dropped_shares(world, vault.name, context.now),
        *dropped_notifications(world, vault.name),
        *dropped_tags(world, world.vault_arn(vault.name)),
    ]


def _refuse_view(world: World, vault: Vault) -> None:
    """Refuse to delete a view on a vault, or a vault with views on it (chosen).

    Views go when they are revoked (documented); one that could not be made has nothing to revoke.
    """
    if vault.vault_type is VaultType.RESTORE_ACCESS and vault.state != "FAILED":
        raise InvalidRequest(
            "A restore access backup vault is not deleted: the owner of its source revokes it"
        )
    if has_restore_access(world, vault.name):
        raise InvalidRequest(
            f"Backup vault {vault.name} has restore access backup vaults: revoke them first"
        )


def finish_making_vault(
    command: FinishMakingVault, world: World, context: Context
) -> list[VaultBecameAvailable | VaultFailed]:
    """Make a vault available that has its key by now, or let it fail when the key refuses.

    The key of a vault that was created without one is AWS's own (documented).
    """
    key_arn = world.vaults[command.name].encryption_key_arn
    if key_arn is None:
        own_arn = owned_key_arn(context.scope, context.fresh_id())
        return [VaultBecameAvailable(command.name, own_arn)]
    message = why_key_fails(world, key_arn)
    if message is not None:
        return [VaultFailed(command.name, message)]
    return [VaultBecameAvailable(command.name)]


def seal_vault_lock(
    command: SealVaultLock, world: World, context: Context
) -> list[VaultLockSealed]:
    """Close the time in which a compliance lock can be changed: nobody can from now on."""
    return [VaultLockSealed(command.name)]


DECIDE = deciders(
    create_vault,
    create_air_gapped_vault,
    open_console,
    lock_vault,
    unlock_vault,
    delete_vault,
    finish_making_vault,
    seal_vault_lock,
)
