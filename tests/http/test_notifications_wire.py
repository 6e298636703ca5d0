"""Vault notifications on the wire: what the rows read out of members and what they reply."""

from typing import Any

import pytest

from tests.http.desk import Desk

TOPIC = "arn:aws:sns:us-east-1:000000000000:backups"
PATH = "/backup-vaults/vault/notification-configuration"
EVENTS = ["BACKUP_JOB_COMPLETED", "RESTORE_JOB_STARTED"]


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.vault("vault")
    return desk


def put(desk: Desk, **changes: Any) -> Any:
    asked = {"SNSTopicArn": TOPIC, "BackupVaultEvents": EVENTS, **changes}
    given = {name: value for name, value in asked.items() if value is not None}
    return desk.ask("PUT", PATH, given)


def test_what_was_put_is_got(desk: Desk) -> None:
    answer = put(desk)
    assert (answer.status, answer.body) == (200, b"")
    assert desk.ask("GET", PATH).json == {
        "BackupVaultName": "vault",
        "BackupVaultArn": "arn:aws:backup:us-east-1:000000000000:backup-vault:vault",
        "SNSTopicArn": TOPIC,
        "BackupVaultEvents": EVENTS,
    }


def test_what_was_deleted_is_not_found_by_its_vaults_name(desk: Desk) -> None:
    put(desk)
    for _ in range(2):
        answer = desk.ask("DELETE", PATH)
        assert (answer.status, answer.body) == (200, b"")
    answer = desk.ask("GET", PATH)
    assert answer.status == 400
    assert answer.headers["x-amzn-errortype"].startswith("ResourceNotFoundException")
    assert answer.json == {
        "Code": "ERROR_2106",
        "Message": "Failed reading notifications from database for Backup vault vault",
        "Type": None,
        "Context": None,
    }


def test_an_unknown_event_is_refused_in_awss_words_and_not_in_the_models(desk: Desk) -> None:
    before = desk.state
    answer = put(desk, BackupVaultEvents=["BACKUP_JOB_COMPLETED", "NOTHING"])
    assert answer.status == 400
    assert answer.headers["x-amzn-errortype"].startswith("InvalidParameterValueException")
    assert answer.json["Message"].startswith(
        "Please select from the following list of notifications BACKUP_JOB_STARTED, BACKUP_JOB_"
    )
    assert desk.state == before


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"SNSTopicArn": None}, "MissingParameterValueException"),
        ({"BackupVaultEvents": None}, "MissingParameterValueException"),
        ({"BackupVaultEvents": []}, "InvalidParameterValueException"),
        ({"SNSTopicArn": "backups"}, "InvalidParameterValueException"),
        ({"SNSTopicArn": f"{TOPIC}.fifo"}, "InvalidParameterValueException"),
        ({"SNSTopicArn": 5}, "SerializationException"),
        ({"BackupVaultEvents": "BACKUP_JOB_COMPLETED"}, "SerializationException"),
        ({"BackupVaultEvents": [5]}, "SerializationException"),
    ],
)
def test_what_can_not_be_meant_is_refused_and_nothing_changes(
    desk: Desk, changes: dict[str, Any], kind: str
) -> None:
    put(desk)
    before = desk.state
    answer = put(desk, **changes)
    assert (answer.status, answer.headers["x-amzn-errortype"].partition(":")[0]) == (400, kind)
    assert desk.state == before


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_vault_that_is_not_there_is_access_denied(method: str) -> None:
    asked = {"SNSTopicArn": TOPIC, "BackupVaultEvents": EVENTS}
    answer = Desk().ask(method, PATH, asked if method == "PUT" else b"")
    assert answer.status == 403
    assert answer.headers["x-amzn-errortype"].startswith("AccessDeniedException")
    assert answer.json["Message"] == "Insufficient privileges to perform this action."


def test_the_vault_that_aws_makes_for_efs_is_read_by_its_name_with_slashes() -> None:
    answer = Desk().ask(
        "GET", "/backup-vaults/aws%2Fefs%2Fautomatic-backup-vault/notification-configuration"
    )
    assert answer.status == 403, "there is none, and that is the answer"
