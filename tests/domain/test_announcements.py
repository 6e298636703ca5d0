"""What is announced of points, vaults, plans, settings and access points; and of any history."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings

from tests.domain.announcement_examples import (
    BY_PLAN,
    BY_PLAN_TOLD,
    CREATED_AT,
    PLAN_ARN,
    ROLE,
    SCOPE,
    SNAPSHOT,
    TELL_ALL,
    TOPIC,
    VAULT,
    VOLUME,
    Instants,
    arn_of,
    events,
    log_of,
    messages,
    notices,
    point,
)
from tests.steps import History, Wait, histories, live
from vaultclock.domain.access_points.events import (
    AccessPointBecameAvailable,
    AccessPointCreated,
    AccessPointCreationFailed,
    AccessPointDeleted,
    AccessPointDeletionFailed,
    AccessPointDisassociated,
    AccessPointExpired,
)
from vaultclock.domain.announcements.messages import Event, Notice, Place
from vaultclock.domain.announcements.projector import Projector, announced
from vaultclock.domain.kernel.facts import Batch, Elsewhere, Scope
from vaultclock.domain.kernel.instants import DAY, SECOND, from_iso
from vaultclock.domain.notifications.decide import EVENTS
from vaultclock.domain.notifications.events import VaultNotificationsSet
from vaultclock.domain.plans.events import PlanCreated, PlanDeleted, PlanDocument, PlanUpdated
from vaultclock.domain.recovery_points.events import (
    RecoveryPointBecamePartial,
    RecoveryPointCompleted,
    RecoveryPointDeleted,
    RecoveryPointDeletionStarted,
    RecoveryPointExpired,
    RecoveryPointIndexed,
    RecoveryPointIndexingStarted,
    RecoveryPointLifecycleChanged,
    RecoveryPointMovedToColdStorage,
    RecoveryPointStopped,
)
from vaultclock.domain.settings.events import GlobalSettingsUpdated, RegionSettingsChanged
from vaultclock.domain.tags.events import TagsSet
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.events import (
    VaultCreated,
    VaultDeleted,
    VaultLocked,
    VaultLockSealed,
    VaultUnlocked,
)

DONE = RecoveryPointCompleted(SNAPSHOT, 5)
LATER = CREATED_AT + 2 * SECOND


def statuses(*facts: Any, **changes: Any) -> list[str]:
    """What is told of a point after it was begun, by its status."""
    told = events((CREATED_AT, (VAULT, point(**changes))), (LATER, facts))
    assert told[1].detail["status"] == "CREATING"
    return [event.detail["status"] for event in told[2:]]


def test_a_finished_point_is_told_of_as_in_awss_sample() -> None:
    # documented: the whole detail of a COMPLETED point, its names shortened
    made_at = from_iso("2020-07-15T21:38:31.152Z")
    made = point(created_at=made_at, created_by=BY_PLAN, lifecycle=Lifecycle(None, 100))
    done_at = from_iso("2020-07-15T21:39:05.689Z")
    told = events((made_at, (VAULT, made)), (done_at, (DONE,)))[-1]
    assert (told.detail_type, told.resources) == ("Recovery Point State Change", (SNAPSHOT,))
    expected = {
        "backupVaultName": "v",
        "backupVaultArn": arn_of("v"),
        "creationDate": "2020-07-15T21:38:31.152Z",
        "iamRoleArn": ROLE,
        "resourceType": "EBS",
        "resourceArn": VOLUME,
        "status": "COMPLETED",
        "isEncrypted": "false",
        "storageClass": "WARM",
        "completionDate": "2020-07-15T21:39:05.689Z",
        "createdBy": BY_PLAN_TOLD,
        "lifecycle": {"deleteAfterDays": 100},
        "calculatedLifeCycle": {"deleteAt": "2020-10-23T21:38:31.152Z"},
    }
    assert json.dumps(told.detail) == json.dumps(expected), "the order of the keys too"


def test_a_point_under_a_key_that_goes_cold_says_so() -> None:
    made = point(lifecycle=Lifecycle(1, 91, opt_in_to_archive=True), encryption_key_arn="arn:k")
    told = events((CREATED_AT, (VAULT, made)), (LATER, (DONE,)))[-1].detail
    assert told["isEncrypted"] == "true"
    assert told["lifecycle"] == {"moveToColdStorageAfterDays": 1, "deleteAfterDays": 91}
    assert told["calculatedLifeCycle"]["moveToColdStorageAt"] == "2020-07-16T21:40:31.207Z"


def test_an_empty_lifecycle_is_left_out() -> None:
    told = events((CREATED_AT, (VAULT, point(lifecycle=Lifecycle()))))[-1].detail
    assert not {"lifecycle", "calculatedLifeCycle"} & told.keys()


def test_every_status_of_a_point_is_told_of_once() -> None:
    assert statuses(DONE) == ["COMPLETED"]
    assert statuses(DONE, is_continuous=True) == ["AVAILABLE"]
    assert statuses(DONE, RecoveryPointStopped(SNAPSHOT), is_continuous=True)[1:] == ["STOPPED"]
    assert statuses(RecoveryPointBecamePartial(SNAPSHOT), is_parent=True) == ["PARTIAL"]
    expired = RecoveryPointExpired(SNAPSHOT, "It is kept.")
    assert statuses(DONE, expired)[1:] == ["EXPIRED"]


def test_a_point_that_goes_is_told_of_once_as_deleting() -> None:
    deleting, gone = RecoveryPointDeletionStarted(SNAPSHOT, LATER), RecoveryPointDeleted(SNAPSHOT)
    assert statuses(DONE, deleting, gone) == ["COMPLETED", "DELETING"]
    assert statuses(DONE, gone) == ["COMPLETED", "DELETING"], "its retention was over"
    assert statuses(gone) == [], "its job failed, and is told of"


def test_what_is_no_change_of_status_is_no_event_of_a_point() -> None:
    changed = RecoveryPointLifecycleChanged(SNAPSHOT, Lifecycle(None, 9))
    assert statuses(DONE, changed, RecoveryPointMovedToColdStorage(SNAPSHOT)) == ["COMPLETED"]


def test_a_topic_is_told_of_a_changed_lifecycle_and_of_an_interruption() -> None:
    changed = RecoveryPointLifecycleChanged(SNAPSHOT, Lifecycle(None, 9))
    facts = (DONE, changed, RecoveryPointStopped(SNAPSHOT))
    told = notices((CREATED_AT, (VAULT, TELL_ALL, point(is_continuous=True))), (LATER, facts))
    modified, interrupted = told
    assert (modified.topic_arn, interrupted.topic_arn) == (TOPIC, TOPIC)
    assert modified.text == (
        f"An AWS Backup recovery point was modified. Recovery point ARN: {SNAPSHOT}"
    )
    assert interrupted.text == (
        "An AWS Backup continuous backup was interrupted."
        f" Recovery point ARN: {SNAPSHOT}. Resource ARN : {VOLUME}"
    )
    assert modified.attributes == {
        "EventType": "RECOVERY_POINT_MODIFIED",
        "State": "AVAILABLE",
        "AccountId": "111223344556",
        "Id": SNAPSHOT,
        "StartTime": "2020-07-15T21:40:31.207Z",
    }
    assert interrupted.attributes == {
        **modified.attributes,
        "EventType": "CONTINUOUS_BACKUP_INTERRUPTED",
        "State": "STOPPED",
    }


def test_an_index_is_told_of_as_in_awss_samples() -> None:
    started = RecoveryPointIndexingStarted(SNAPSHOT, LATER)
    facts = (VAULT, TELL_ALL, point(), DONE, started)
    batches: list[Instants] = [(CREATED_AT, facts), (LATER, (RecoveryPointIndexed(SNAPSHOT),))]
    told = events(*batches)[-1]
    assert (told.detail_type, told.resources) == (
        "Recovery Point Index State Change",
        (SNAPSHOT,),
    )
    expected = {
        "recoveryPointArn": SNAPSHOT,
        "accountId": "111223344556",
        "indexStatus": "ACTIVE",
        "iamRoleArn": ROLE,
        "resourceType": "EBS",
        "backupVaultArn": arn_of("v"),
        "indexCreationTime": "2020-07-15T21:40:31.207Z",
        "isIndexingContinuous": False,
        "sourceResourceArn": VOLUME,
        "backupCreationTime": "2020-07-15T21:40:31.207Z",
        "indexStatusMessage": "An AWS Backup recovery point index was successfully completed."
        f" Indexed recovery point arn : {SNAPSHOT}",
        "indexCompletionTime": "2020-07-15T21:40:33.207Z",
    }
    assert json.dumps(told.detail) == json.dumps(expected)
    (notice,) = notices(*batches)
    assert notice.text == (
        f"An AWS Backup backup index job was completed. Indexed recovery point arn: {SNAPSHOT}"
    )
    assert notice.attributes == {
        "EventType": "RECOVERY_POINT_INDEXING_COMPLETED",
        "AccountId": "111223344556",
        "IndexStatus": "ACTIVE",
        "IsIndexingContinuous": "false",
        "RecoveryPointArn": SNAPSHOT,
    }


def test_vaults_are_told_of_as_in_awss_samples() -> None:
    facts = (VAULT, VaultLocked("v", 1), VaultLockSealed("v"), VaultUnlocked("v"))
    told = events((CREATED_AT, (*facts, VaultDeleted("v"))))
    assert [event.detail for event in told] == [
        {"backupVaultName": "v", "state": "CREATED"},
        {"backupVaultName": "v", "state": "MODIFIED", "isLocked": "true"},
        {"backupVaultName": "v", "state": "MODIFIED", "isLocked": "false"},
        {"backupVaultName": "v", "state": "DELETED"},
    ]
    for event in told:
        assert (event.detail_type, event.resources) == ("Backup Vault State Change", (arn_of("v"),))


def test_the_lock_that_an_air_gapped_vault_is_made_with_is_no_change() -> None:
    made = VaultCreated("v", None, vault_type="LOGICALLY_AIR_GAPPED_BACKUP_VAULT")
    assert len(events((CREATED_AT, (made, VaultLocked("v", 7, 9))))) == 1


def test_plans_are_told_of_as_in_awss_samples() -> None:
    document = PlanDocument("nightly", ())
    told = events(
        (from_iso("2020-06-24T23:18:00Z"), (PlanCreated("p", "v1", document),)),
        (from_iso("2020-06-24T23:18:19.168Z"), (PlanUpdated("p", "v2", document),)),
        (from_iso("2020-06-24T23:18:19.411Z"), (PlanDeleted("p"),)),
    )
    assert [json.dumps(event.detail) for event in told] == [
        (
            '{"backupPlanId": "p", "versionId": "v1", "creationDate": "2020-06-24T23:18:00Z",'
            ' "state": "CREATED"}'
        ),
        (
            '{"backupPlanId": "p", "versionId": "v2", "modifiedAt": "2020-06-24T23:18:19.168Z",'
            ' "state": "MODIFIED"}'
        ),
        (
            '{"backupPlanId": "p", "versionId": "v2", "deletionDate": "2020-06-24T23:18:19.411Z",'
            ' "state": "DELETED"}'
        ),
    ]
    for event in told:
        assert (event.detail_type, event.resources) == ("Backup Plan State Change", (PLAN_ARN,))


def test_a_regions_settings_are_told_of_with_what_changed_alone() -> None:
    # documented, but for the management preferences, which are inferred
    at = from_iso("2020-06-24T22:54:57.161Z")
    facts = (RegionSettingsChanged({"Aurora": True}, {}), RegionSettingsChanged({}, {"EFS": False}))
    told = events((at, facts))
    assert [json.dumps(event.detail) for event in told] == [
        (
            '{"modifiedAt": "2020-06-24T22:54:57.161Z", "ResourceTypeOptInPreference":'
            ' {"Aurora": true}, "state": "MODIFIED"}'
        ),
        (
            '{"modifiedAt": "2020-06-24T22:54:57.161Z", "ResourceTypeManagementPreference":'
            ' {"EFS": false}, "state": "MODIFIED"}'
        ),
    ]
    assert [(event.detail_type, event.resources) for event in told] == [
        ("Region Setting State Change", ())
    ] * 2


def test_tags_and_an_accounts_features_are_not_told_of() -> None:
    assert not messages(
        (
            CREATED_AT,
            (TagsSet(arn_of("v"), {"a": "b"}), GlobalSettingsUpdated({"isMpaEnabled": True})),
        )
    )


def access_point(**changes: Any) -> AccessPointCreated:
    fields: dict[str, Any] = {
        "arn": "arn:aws:backup:us-west-2:111223344556:accesspoint/look",
        "name": "look",
        "recovery_point_arn": SNAPSHOT,
        "owner_account": "111223344556",
        "vault_name": "v",
        "vault_arn": arn_of("v"),
        "resource_arn": "arn:aws:s3:::bucket",
        "ready_at": LATER,
    }
    return AccessPointCreated(**{**fields, **changes})


ACCESS_POINT = access_point()


@pytest.mark.parametrize(
    ("fact", "event"),
    [
        (AccessPointBecameAvailable(ACCESS_POINT.arn, "arn:s3", "a"), "ACCESS_POINT_AVAILABLE"),
        (AccessPointCreationFailed(ACCESS_POINT.arn, "no"), "ACCESS_POINT_CREATION_FAILED"),
        (AccessPointExpired(ACCESS_POINT.arn), "ACCESS_POINT_EXPIRED"),
        (AccessPointDisassociated(ACCESS_POINT.arn), "ACCESS_POINT_DISASSOCIATED"),
        (AccessPointDeletionFailed(ACCESS_POINT.arn, "no"), "ACCESS_POINT_DELETION_FAILED"),
        (AccessPointDeleted(ACCESS_POINT.arn, LATER + DAY), "ACCESS_POINT_DELETED"),
    ],
)
def test_a_topic_alone_is_told_of_access_points(fact: Any, event: str) -> None:
    begun: Instants = (CREATED_AT, (VAULT, TELL_ALL, ACCESS_POINT))
    (told,) = notices(begun, (LATER, (fact,)))
    assert told.topic_arn == TOPIC
    assert told.attributes["EventType"] == event
    assert told.attributes["Id"] == ACCESS_POINT.arn
    assert SNAPSHOT in told.text
    assert ACCESS_POINT.arn in told.text
    assert [e.detail_type for e in events(begun, (LATER, (fact,)))] == ["Backup Vault State Change"]


def test_an_access_point_through_a_shared_vault_is_not_told_of_by_one_of_the_same_name() -> None:
    shared = arn_of("v").replace("111223344556", "999999999999")
    through = access_point(owner_account="999999999999", vault_arn=shared)
    ready = AccessPointBecameAvailable(ACCESS_POINT.arn, "arn:s3", "a")
    assert notices((CREATED_AT, (VAULT, TELL_ALL, through)), (LATER, (ready,))) == []


def test_what_happens_elsewhere_is_told_of_there() -> None:
    there = Scope("999999999999", "eu-west-1")
    facts = (VAULT, Elsewhere(there, VaultCreated("far", None)))
    here, far = messages((CREATED_AT, facts))
    assert (here.scope, far.scope) == (SCOPE, there)
    envelope = far.envelope()
    assert (envelope["account"], envelope["region"]) == there
    assert envelope["resources"] == ["arn:aws:backup:eu-west-1:999999999999:backup-vault:far"]


def test_an_event_is_sent_in_the_envelope_of_eventbridge() -> None:
    (message,) = messages((CREATED_AT, (VAULT,)))
    assert json.dumps(message.envelope()) == json.dumps(
        {
            "version": "0",
            "id": message.id,
            "detail-type": "Backup Vault State Change",
            "source": "aws.backup",
            "account": "111223344556",
            "time": "2020-07-15T21:40:31Z",
            "region": "us-west-2",
            "resources": [arn_of("v")],
            "detail": {"backupVaultName": "v", "state": "CREATED"},
        }
    )


def test_ids_are_of_the_position_and_the_seed() -> None:
    batches: list[Instants] = [(CREATED_AT, (VAULT, VaultDeleted("v"))), (LATER, (VAULT,))]
    one, two = ([*announced(log_of(*batches, seed=seed))] for seed in (1, 2))
    assert [str(message.place) for message in one] == ["0.0", "1.0", "2.0"]
    assert one == [*announced(log_of(*batches, seed=1))]
    assert len({message.id for message in [*one, *two]}) == 6


def test_a_place_is_written_and_read() -> None:
    assert str(Place(812, 1)) == "812.1"
    assert (Place.parse("812"), Place.parse("812.1")) == (Place(812, 0), Place(812, 1))
    for text in ("", "x", "-1", "1.", "1.2.3", "٣", "9" * 19):
        with pytest.raises(ValueError, match="not a position such as"):
            Place.parse(text)


def test_a_log_can_be_followed_silently_up_to_where_messages_are_wanted() -> None:
    log = log_of(
        (CREATED_AT, (VAULT, TELL_ALL, point())), (LATER, (DONE, RecoveryPointDeleted(SNAPSHOT)))
    )
    projector = Projector(log.origin)
    first, second = log.read()
    projector.follow(first)
    assert projector.seq == 3
    assert projector.project(second) == [*announced(log)][2:]


@settings(deadline=None, max_examples=60)
@given(histories)
def test_any_history_is_announced_and_its_beginning_alike(history: History) -> None:
    engine = live([*history, Wait(0)])
    batches = [*engine.log.read()]
    told = [*announced(engine.log)]
    assert len({message.id for message in told}) == len(told)
    assert all(one.place < other.place and one.at <= other.at for one, other in pairwise(told))
    assert all(json.dumps(message.envelope()) for message in told)
    for message in told:
        match message.content:
            case Event() as event:
                assert not [name for name, value in event.detail.items() if value is None]
            case Notice() as notice:
                assert all(notice.attributes.values())
    half = batches[: len(batches) // 2]
    projector = Projector(engine.log.origin)
    begun = [message for batch in half for message in projector.project(batch)]
    assert begun == told[: len(begun)]


def test_the_replica_of_a_projector_owes_and_keeps_nothing() -> None:
    log = log_of((CREATED_AT, (VAULT, VaultNotificationsSet("v", TOPIC, EVENTS), point())))
    projector = Projector(log.origin)
    for batch in log.read():
        projector.project(batch)
    assert projector._replica.next_due() is None
    assert projector._replica.log.head() == 0
    with pytest.raises(AssertionError):
        projector.follow(Batch(0, CREATED_AT, SCOPE, None, (VAULT,)))
