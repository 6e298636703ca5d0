"""Logs made by hand, and what they announce. No tests live here."""

from typing import Any

from vaultclock.domain.announcements.messages import Event, Message, Notice
from vaultclock.domain.announcements.projector import announced
from vaultclock.domain.backup_jobs.events import BackupJobCreated
from vaultclock.domain.copy_jobs.events import CopyJobCreated
from vaultclock.domain.kernel.facts import Batch, Scope
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import HOUR, Instant, from_iso
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.notifications.decide import EVENTS
from vaultclock.domain.notifications.events import VaultNotificationsSet
from vaultclock.domain.recovery_points.events import RecoveryPointCreated
from vaultclock.domain.restore_jobs.events import RestoreJobCreated
from vaultclock.domain.values import CreatedBy
from vaultclock.domain.vaults.events import VaultCreated

SCOPE = Scope("111223344556", "us-west-2")  # of most of AWS's samples
ROLE = "arn:aws:iam::111223344556:role/MockRCBackupTestRole"
VOLUME = "arn:aws:ec2:us-west-2:111223344556:volume/vol-0b5ae24f2ee72d926"
SNAPSHOT = "arn:aws:ec2:us-west-2::snapshot/snap-0726fe70935586180"
TOPIC = "arn:aws:sns:us-west-2:111223344556:backup-topic"
PLAN_ARN = "arn:aws:backup:us-west-2:111223344556:backup-plan:p"
BY_PLAN = CreatedBy("p", PLAN_ARN, "nightly", "NjBj", "r", "daily", "cron(0 5 ? * * *)", "Etc/UTC")
BY_PLAN_TOLD = {
    "backupPlanId": "p",
    "backupPlanArn": PLAN_ARN,
    "backupPlanVersion": "NjBj",
    "backupPlanRuleId": "r",
}
CREATED_AT = from_iso("2020-07-15T21:40:31.207Z")
VAULT = VaultCreated("v", "arn:aws:kms:us-west-2:111223344556:key/k")
TELL_ALL = VaultNotificationsSet("v", TOPIC, EVENTS)

Instants = tuple[Instant, tuple[Any, ...]]


def arn_of(vault_name: str) -> str:
    return f"arn:aws:backup:us-west-2:111223344556:backup-vault:{vault_name}"


def log_of(*batches: Instants, seed: int = 0) -> MemoryLog:
    """A log of facts and when they happened, all in one scope; the first begins it."""
    log = MemoryLog(Origin(start_at=batches[0][0], seed=seed))
    for at, facts in batches:
        log.append(Batch(log.head(), at, SCOPE, None, facts))
    return log


def messages(*batches: Instants) -> list[Message]:
    return [*announced(log_of(*batches))]


def events(*batches: Instants) -> list[Event]:
    return [m.content for m in messages(*batches) if isinstance(m.content, Event)]


def notices(*batches: Instants) -> list[Notice]:
    return [m.content for m in messages(*batches) if isinstance(m.content, Notice)]


def job(**changes: Any) -> BackupJobCreated:
    fields: dict[str, Any] = {
        "job_id": "a827233a-d405-4a86-a440-759fa94f34dd",
        "vault_name": "v",
        "resource_arn": VOLUME,
        "resource_type": "EBS",
        "iam_role_arn": ROLE,
        "recovery_point_arn": SNAPSHOT,
        "start_at": CREATED_AT,
        "start_deadline_at": CREATED_AT + 8 * HOUR,
        "completion_deadline_at": CREATED_AT + 168 * HOUR,
    }
    return BackupJobCreated(**{**fields, **changes})


def point(**changes: Any) -> RecoveryPointCreated:
    fields: dict[str, Any] = {
        "arn": SNAPSHOT,
        "vault_name": "v",
        "resource_arn": VOLUME,
        "resource_type": "EBS",
        "iam_role_arn": ROLE,
        "created_at": CREATED_AT,
        "deletion_lag_ms": 0,
    }
    return RecoveryPointCreated(**{**fields, **changes})


def copy(**changes: Any) -> CopyJobCreated:
    fields: dict[str, Any] = {
        "job_id": "0175DE71-5784-589F-D8AC-541ACCB4CAC8",
        "source_vault_name": "v",
        "source_point_arn": SNAPSHOT,
        "destination_vault_arn": arn_of("w"),
        "resource_arn": VOLUME,
        "resource_type": "EBS",
        "iam_role_arn": ROLE,
        "start_at": CREATED_AT,
    }
    return CopyJobCreated(**{**fields, **changes})


def restore(**changes: Any) -> RestoreJobCreated:
    fields: dict[str, Any] = {
        "job_id": "AB123456-78C9-0123-456D-789012E34567",
        "recovery_point_arn": SNAPSHOT,
        "recovery_point_created_at": CREATED_AT,
        "vault_name": "v",
        "source_resource_arn": VOLUME,
        "resource_type": "EBS",
        "metadata": {},
        "start_at": CREATED_AT,
        "iam_role_arn": ROLE,
        "size_bytes": 7,
    }
    return RestoreJobCreated(**{**fields, **changes})
