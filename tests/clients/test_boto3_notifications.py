"""boto3 on vault notifications."""

from typing import Any

import pytest

from tests.clients.server import ACCOUNT, REGION, Server, refused

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:backups"
EVENTS = ["BACKUP_JOB_STARTED", "BACKUP_JOB_COMPLETED", "BACKUP_PLAN_CREATED"]


@pytest.fixture
def vault_arn(client: Any) -> str:
    arn: str = client.create_backup_vault(BackupVaultName="vault")["BackupVaultArn"]
    return arn


def put(client: Any, *events: str, topic: str = TOPIC) -> None:
    client.put_backup_vault_notifications(
        BackupVaultName="vault", SNSTopicArn=topic, BackupVaultEvents=[*events] or EVENTS
    )


def got(client: Any) -> Any:
    reply = client.get_backup_vault_notifications(BackupVaultName="vault")
    del reply["ResponseMetadata"]
    return reply


def test_notifications_are_put_got_replaced_and_deleted(client: Any, vault_arn: str) -> None:
    put(client)
    named = {"BackupVaultName": "vault", "BackupVaultArn": vault_arn}
    assert got(client) == {**named, "SNSTopicArn": TOPIC, "BackupVaultEvents": EVENTS}
    put(client, "COPY_JOB_FAILED", topic=f"{TOPIC}-2")
    assert got(client) == {
        **named,
        "SNSTopicArn": f"{TOPIC}-2",
        "BackupVaultEvents": ["COPY_JOB_FAILED"],
    }
    for _ in range(2):
        client.delete_backup_vault_notifications(BackupVaultName="vault")
    message = "Failed reading notifications from database for Backup vault vault"
    with refused("ResourceNotFoundException", message) as refusal:
        got(client)
    assert refusal.response["Code"] == "ERROR_2106"


def test_an_unknown_event_is_refused(client: Any, vault_arn: str) -> None:
    assert vault_arn
    with refused("InvalidParameterValueException") as refusal:
        put(client, "BACKUP_JOB_COMPLETED", "BACKUP_JOB_ENDED")
    text = refusal.response["Error"]["Message"]
    assert text.startswith("Please select from the following list of notifications BACKUP_JOB_")
    with refused("ResourceNotFoundException"):
        got(client)


def test_a_missing_vault_is_access_denied(client: Any) -> None:
    message = "Insufficient privileges to perform this action."
    with refused("AccessDeniedException", message):
        put(client)
    with refused("AccessDeniedException", message):
        got(client)
    with refused("AccessDeniedException", message):
        client.delete_backup_vault_notifications(BackupVaultName="vault")


def test_a_new_vault_of_an_old_name_tells_nobody(client: Any, vault_arn: str) -> None:
    put(client)
    client.delete_backup_vault(BackupVaultName="vault")
    assert client.create_backup_vault(BackupVaultName="vault")["BackupVaultArn"] == vault_arn
    with refused("ResourceNotFoundException"):
        got(client)


def test_a_locked_vault_may_tell_whom_it_likes(server: Server, client: Any, vault_arn: str) -> None:
    assert vault_arn
    client.put_backup_vault_lock_configuration(BackupVaultName="vault", ChangeableForDays=3)
    server.advance(by="4d")
    put(client)
    client.delete_backup_vault_notifications(BackupVaultName="vault")
