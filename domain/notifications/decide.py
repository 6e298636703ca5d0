"""All the rules about vault notifications: one function a command, facts out or a refusal."""

from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.refusals import InvalidParameterValue
from vaultclock.domain.notifications.commands import (
    RemoveVaultNotifications,
    SetVaultNotifications,
)
from vaultclock.domain.notifications.events import (
    VaultNotificationsRemoved,
    VaultNotificationsSet,
)
from vaultclock.domain.notifications.queries import dropped_notifications
from vaultclock.domain.world import World

# What a user is told to choose from: the names and their order are observed (CloudFormation
# roadmap 1188) up to S3_RESTORE_OBJECT_FAILED; those that came later follow in the service model's.
EVENTS = (
    "BACKUP_JOB_STARTED",
    "BACKUP_JOB_COMPLETED",
    "RESTORE_JOB_STARTED",
    "RESTORE_JOB_COMPLETED",
    "COPY_JOB_STARTED",
    "COPY_JOB_SUCCESSFUL",
    "COPY_JOB_FAILED",
    "RECOVERY_POINT_MODIFIED",
    "S3_BACKUP_OBJECT_FAILED",
    "S3_RESTORE_OBJECT_FAILED",
    "CONTINUOUS_BACKUP_INTERRUPTED",
    "RECOVERY_POINT_INDEX_COMPLETED",
    "RECOVERY_POINT_INDEX_DELETED",
    "RECOVERY_POINT_INDEXING_FAILED",
    "EKS_RESTORE_OBJECT_FAILED",
    "EKS_RESTORE_OBJECT_SKIPPED",
    "EKS_BACKUP_OBJECT_FAILED",
    "EKS_RESTORE_MODIFICATION_SUCCESS",
    "EKS_RESTORE_MODIFICATION_FAILED",
    "ACCESS_POINT_AVAILABLE",
    "ACCESS_POINT_CREATION_FAILED",
    "ACCESS_POINT_DELETED",
    "ACCESS_POINT_DELETION_FAILED",
    "ACCESS_POINT_EXPIRED",
    "ACCESS_POINT_DISASSOCIATED",
)
# Backup API reference, PutBackupVaultNotifications: accepted and kept, and nothing is ever sent
DEPRECATED_EVENTS = (
    "BACKUP_JOB_SUCCESSFUL",
    "BACKUP_JOB_FAILED",
    "BACKUP_JOB_EXPIRED",
    "RESTORE_JOB_SUCCESSFUL",
    "RESTORE_JOB_FAILED",
    "BACKUP_PLAN_CREATED",
    "BACKUP_PLAN_MODIFIED",
)
_KNOWN = frozenset(EVENTS + DEPRECATED_EVENTS)


def set_vault_notifications(
    command: SetVaultNotifications, world: World, context: Context
) -> list[VaultNotificationsSet]:
    """Replace what is told of a vault; to ask for what is so already changes nothing.

    Whether AWS looks at the topic is not documented: it need not exist, nor be of the account.
    """
    vault = world.vault(command.vault_name)
    stated = VaultNotificationsSet(
        vault.name, _checked_topic(command.topic_arn), _checked_events(command.events)
    )
    existing = world.notifications.get(vault.name)
    if existing and (existing.topic_arn, existing.events) == (stated.topic_arn, stated.events):
        return []
    return [stated]


def _checked_topic(arn: str) -> str:
    """Answer the ARN of a standard topic (Backup Developer Guide, notifications: not FIFO)."""
    parsed = parse_arn(arn)
    if parsed is None or parsed.service != "sns" or ":" in parsed.resource:
        raise InvalidParameterValue(
            f"Invalid value for SNSTopicArn: {arn} is not the ARN of an SNS topic"
            " (arn:aws:sns:<region>:<account>:<name>)"
        )
    if parsed.resource.endswith(".fifo"):
        raise InvalidParameterValue(
            f"Invalid value for SNSTopicArn: {arn} is a FIFO topic; only standard ones are told"
        )
    return arn


def _checked_events(events: tuple[str, ...]) -> tuple[str, ...]:
    """Answer the events without repetitions, or refuse a name that is none."""
    if not events:
        raise InvalidParameterValue("Invalid value for BackupVaultEvents: it names no event")
    if not _KNOWN.issuperset(events):
        # observed: CloudFormation roadmap 1188; the class is inferred
        raise InvalidParameterValue(
            f"Please select from the following list of notifications {', '.join(EVENTS)}"
        )
    return tuple(dict.fromkeys(events))


def remove_vault_notifications(
    command: RemoveVaultNotifications, world: World, context: Context
) -> list[VaultNotificationsRemoved]:
    """Stop telling of a vault; where nobody is told, that is no refusal (inferred: sweepers)."""
    return dropped_notifications(world, world.vault(command.vault_name).name)


DECIDE = deciders(set_vault_notifications, remove_vault_notifications)
