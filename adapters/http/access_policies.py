"""Operations on vaults' access policies, on the wire."""

from vaultclock.adapters.http.operation import (
    Ask,
    Change,
    Operation,
    Reply,
    Wire,
    of_vault,
    reads,
)
from vaultclock.domain.access_policies.commands import DeleteAccessPolicy, PutAccessPolicy
from vaultclock.domain.access_policies.queries import access_policy_of
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.world import World


def _get(world: World, _now: Instant, wire: Wire) -> Reply:
    found = access_policy_of(world, wire["BackupVaultName"])
    return {
        "BackupVaultName": found.vault_name,
        "BackupVaultArn": world.vault_arn(found.vault_name),
        "Policy": found.policy,
    }


OPERATIONS: tuple[Operation, ...] = (
    Change(
        "PutBackupVaultAccessPolicy",
        reads(PutAccessPolicy, vault_name="BackupVaultName", policy="Policy"),
    ),
    Ask("GetBackupVaultAccessPolicy", _get, of_vault),
    Change(
        "DeleteBackupVaultAccessPolicy", reads(DeleteAccessPolicy, vault_name="BackupVaultName")
    ),
)
