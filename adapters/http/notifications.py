"""Vault notification operations on the wire."""

from vaultclock.adapters.http.operation import Ask, Change, Operation, Reply, Wire, of_vault, reads
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.notifications import queries
from vaultclock.domain.notifications.commands import (
    RemoveVaultNotifications,
    SetVaultNotifications,
)
from vaultclock.domain.world import World


def _read_put(wire: Wire) -> SetVaultNotifications:
    return SetVaultNotifications(
        wire["BackupVaultName"], wire["SNSTopicArn"], tuple(wire["BackupVaultEvents"])
    )


def _get(world: World, _now: Instant, wire: Wire) -> Reply:
    found = queries.vault_notifications(world, wire["BackupVaultName"])
    return {
        "BackupVaultName": found.vault_name,
        "BackupVaultArn": world.vault_arn(found.vault_name),
        "SNSTopicArn": found.topic_arn,
        "BackupVaultEvents": found.events,
    }


OPERATIONS: tuple[Operation, ...] = (
    Change("PutBackupVaultNotifications", _read_put),
    Ask("GetBackupVaultNotifications", _get, of_vault),
    Change(
        "DeleteBackupVaultNotifications",
        reads(RemoveVaultNotifications, vault_name="BackupVaultName"),
    ),
)
