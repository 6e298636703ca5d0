"""All the rules about vaults: one function a command, facts out or a refusal."""

from vaultclock.domain.checks import checked_creator_request_id, checked_tags
from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.refusals import (
    AlreadyExists,
    InvalidParameterValue,
    InvalidRequest,
    LimitExceeded,
)
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.tags.queries import dropped_tags
from vaultclock.domain.vaults.commands import (
    CreateVault,
    DeleteVault,
    FinishMakingVault,
    SealVaultLock,
)
from vaultclock.domain.vaults.events import (
    VaultBecameAvailable,
    VaultCreated,
    VaultDeleted,
    VaultLockSealed,
)
from vaultclock.domain.vaults.queries import managed_key_arn
from vaultclock.domain.world import World

VAULTS_MAX = 300  # Backup Developer Guide, quotas: standard and air-gapped together, per Region


def create_vault(
    command: CreateVault, world: World, context: Context
) -> list[VaultCreated | TagsSet]:
    """Create a vault, unless the name is taken; a retry with the same token is no new vault."""
    creator_request_id = checked_creator_request_id(command.creator_request_id)
    key_arn = _checked_key(command.encryption_key_arn)
    tags = checked_tags(command.tags)
    if existing := world.vaults.get(command.name):
        if creator_request_id and existing.creator_request_id == creator_request_id:
            return []
        # observed: Terraform's and CloudFormation's output
        raise AlreadyExists(
            "Backup vault with the same name already exists",
            arn=world.vault_arn(command.name),
            creator_request_id=existing.creator_request_id,
        )
    if len(world.vaults) >= VAULTS_MAX:
        raise LimitExceeded(f"An account may have at most {VAULTS_MAX} backup vaults in a Region")
    created = VaultCreated(
        command.name, key_arn or managed_key_arn(context.origin, context.scope), creator_request_id
    )
    return [created, TagsSet(world.vault_arn(command.name), tags)] if tags else [created]


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


def delete_vault(
    command: DeleteVault, world: World, context: Context
) -> list[VaultDeleted | TagsDropped]:
    """Delete an empty vault; a lock does not keep an empty one (documented)."""
    vault = world.vault(command.name)
    if world.recovery_points.count(vault_name=vault.name):
        # observed: cloud-nuke 730
        raise InvalidRequest(
            "Backup vault cannot be deleted because it contains recovery points.",
            code="ERROR_9101",
        )
    return [VaultDeleted(vault.name), *dropped_tags(world, world.vault_arn(vault.name))]


def finish_making_vault(
    command: FinishMakingVault, world: World, context: Context
) -> list[VaultBecameAvailable]:
    """Make a vault available whose key has answered."""
    return [VaultBecameAvailable(command.name)]


def seal_vault_lock(
    command: SealVaultLock, world: World, context: Context
) -> list[VaultLockSealed]:
    """Close the time in which a compliance lock can be changed: nobody can from now on."""
    return [VaultLockSealed(command.name)]


DECIDE = deciders(create_vault, delete_vault, finish_making_vault, seal_vault_lock)
