"""Vault notifications: which events are told to whom, and the names that are none."""

import pytest

from tests.spec import Story, given
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    InvalidParameterValue,
    Rejected,
    ResourceNotFound,
)
from vaultclock.domain.notifications.commands import (
    RemoveVaultNotifications,
    SetVaultNotifications,
)
from vaultclock.domain.notifications.decide import DEPRECATED_EVENTS, EVENTS
from vaultclock.domain.notifications.events import (
    VaultNotificationsRemoved,
    VaultNotificationsSet,
)
from vaultclock.domain.notifications.queries import (
    dropped_notifications,
    topic_of,
    vault_notifications,
)
from vaultclock.domain.notifications.state import VaultNotifications
from vaultclock.domain.vaults.commands import DeleteVault
from vaultclock.domain.vaults.events import VaultCreated, VaultDeleted

TOPIC = "arn:aws:sns:us-east-1:123456789012:backups"
VAULT = VaultCreated("v", "arn:aws:kms:us-east-1:123456789012:key/k")
ENDED = ("BACKUP_JOB_COMPLETED",)
SET = VaultNotificationsSet("v", TOPIC, ENDED)
NO_PRIVILEGES = "Insufficient privileges to perform this action."
# observed: CloudFormation roadmap 1188, in 2022; newer names follow
FIRST_OF_THE_LIST = (
    "Please select from the following list of notifications BACKUP_JOB_STARTED,"
    " BACKUP_JOB_COMPLETED, RESTORE_JOB_STARTED, RESTORE_JOB_COMPLETED, COPY_JOB_STARTED,"
    " COPY_JOB_SUCCESSFUL, COPY_JOB_FAILED, RECOVERY_POINT_MODIFIED, S3_BACKUP_OBJECT_FAILED,"
    " S3_RESTORE_OBJECT_FAILED"
)


def told(*events: str, topic: str = TOPIC) -> SetVaultNotifications:
    return SetVaultNotifications("v", topic, events or ENDED)


def refused(command: SetVaultNotifications) -> Rejected:
    story = given(VAULT).when(command).then_rejected(InvalidParameterValue)
    assert story.rejection is not None
    return story.rejection


def test_a_topic_is_told_of_the_events_of_a_vault() -> None:
    story = given(VAULT).when(told()).then(SET)
    assert vault_notifications(story.world, "v") == VaultNotifications("v", TOPIC, ENDED)
    assert story.world.notifications.count(topic_arn=TOPIC) == 1


def test_another_setting_replaces_the_one_before() -> None:
    other = VaultNotificationsSet("v", f"{TOPIC}-2", ("COPY_JOB_FAILED",))
    story = given(VAULT, SET).when(told(*other.events, topic=other.topic_arn)).then(other)
    assert topic_of(story.world, "v", "BACKUP_JOB_COMPLETED") is None
    assert topic_of(story.world, "v", "COPY_JOB_FAILED") == f"{TOPIC}-2"


def test_what_is_so_already_is_set_without_a_fact() -> None:
    given(VAULT, SET).when(told()).then_nothing_happened()


def test_a_repeated_name_is_kept_once() -> None:
    twice = ("BACKUP_JOB_STARTED", *ENDED, "BACKUP_JOB_STARTED")
    given(VAULT).when(told(*twice)).then(
        VaultNotificationsSet("v", TOPIC, ("BACKUP_JOB_STARTED", *ENDED))
    )


def test_every_name_of_the_service_model_is_accepted_deprecated_ones_too() -> None:
    names = (*EVENTS, *DEPRECATED_EVENTS)
    assert len(set(names)) == 32
    given(VAULT).when(told(*names)).then(VaultNotificationsSet("v", TOPIC, names))


def test_an_unknown_name_is_refused_with_the_names_that_there_are() -> None:
    rejection = refused(told("BACKUP_JOB_COMPLETED", "BACKUP_JOB_ENDED"))
    assert rejection.message.startswith(FIRST_OF_THE_LIST)
    assert rejection.message.endswith(", ACCESS_POINT_DISASSOCIATED")
    assert not any(f" {name}," in rejection.message for name in DEPRECATED_EVENTS)


def test_no_event_at_all_is_refused() -> None:
    refused(SetVaultNotifications("v", TOPIC, ()))


@pytest.mark.parametrize(
    "topic",
    [
        "backups",
        "",
        "arn:aws:sqs:us-east-1:123456789012:queue",
        "arn:aws:sns:us-east-1:123456789012:",
        f"{TOPIC}:subscription",
        f"{TOPIC}.fifo",
    ],
)
def test_only_a_standard_topic_can_be_told(topic: str) -> None:
    refused(told(topic=topic))


def test_a_topic_of_another_account_is_taken() -> None:
    topic = "arn:aws:sns:eu-west-1:000000000000:elsewhere"
    given(VAULT).when(told(topic=topic)).then(VaultNotificationsSet("v", topic, ENDED))


def test_nobody_is_told_any_more_once_that_is_asked() -> None:
    story = given(VAULT, SET).when(RemoveVaultNotifications("v"))
    story.then(VaultNotificationsRemoved("v"))
    assert topic_of(story.world, "v", "BACKUP_JOB_COMPLETED") is None
    story.when(RemoveVaultNotifications("v")).then_nothing_happened()


def test_where_nobody_is_told_the_answer_names_the_vault() -> None:
    # observed: pulumi-aws 2571, aws-sdk-go-v2 1885
    with pytest.raises(ResourceNotFound) as caught:
        vault_notifications(given(VAULT).world, "v")
    assert caught.value.message == ("Failed reading notifications from database for Backup vault v")
    assert caught.value.code == "ERROR_2106"


@pytest.mark.parametrize("command", [told("no-event"), RemoveVaultNotifications("v")])
def test_a_vault_that_is_not_there_is_access_denied(command: object) -> None:
    given().when(command).then_rejected(AccessDenied, NO_PRIVILEGES)
    with pytest.raises(AccessDenied, match=NO_PRIVILEGES):
        vault_notifications(given().world, "v")


def deleted(story: Story) -> Story:
    return story.when(DeleteVault("v"))


def test_a_deleted_vault_leaves_no_notifications() -> None:
    story = deleted(given(VAULT, SET)).then(VaultDeleted("v"), VaultNotificationsRemoved("v"))
    assert dropped_notifications(story.world, "v") == []
    deleted(given(VAULT)).then(VaultDeleted("v"))
