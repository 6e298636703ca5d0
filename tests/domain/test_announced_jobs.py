"""What is announced of jobs, against AWS's own samples: keys, their order, types and texts."""

import json
from typing import Any

import attrs
import pytest

from tests.domain.announcement_examples import (
    BY_PLAN,
    BY_PLAN_TOLD,
    CREATED_AT,
    PLAN_ARN,
    ROLE,
    SNAPSHOT,
    TELL_ALL,
    TOPIC,
    VAULT,
    VOLUME,
    arn_of,
    copy,
    events,
    job,
    messages,
    notices,
    point,
    restore,
)
from vaultclock.domain.backup_jobs.events import (
    BackupJobAborted,
    BackupJobCompleted,
    BackupJobExpired,
    BackupJobFailed,
    BackupJobHeld,
    BackupJobPartlyCompleted,
    BackupJobReleased,
    BackupJobStarted,
    BackupJobStopping,
    CompositeBackupJobStarted,
)
from vaultclock.domain.copy_jobs.events import (
    CompositeCopyJobStarted,
    CopyJobCompleted,
    CopyJobFailed,
    CopyJobPartlyCompleted,
    CopyJobStarted,
)
from vaultclock.domain.kernel.instants import MINUTE, SECOND, Instant, from_iso
from vaultclock.domain.notifications.events import VaultNotificationsSet
from vaultclock.domain.recovery_points.events import RecoveryPointCompleted
from vaultclock.domain.restore_jobs.events import (
    RestoreJobCompleted,
    RestoreJobFailed,
    RestoreJobStarted,
)
from vaultclock.domain.values import Captured
from vaultclock.domain.vaults.events import VaultCreated

JOB = job()
ID = JOB.job_id
STARTED = BackupJobStarted(ID, CREATED_AT + MINUTE)
COPY = copy()
COPIED = CopyJobStarted(COPY.job_id, CREATED_AT + MINUTE, f"{SNAPSHOT}-copy", 3_221_225_472)
RESTORE = restore()
# what all states but CREATED tell of a job
COMMON = {
    "backupJobId": ID,
    "backupVaultArn": arn_of("v"),
    "backupVaultName": "v",
    "bytesTransferred": "0",
    "creationDate": "2020-07-15T21:40:31.207Z",
    "iamRoleArn": ROLE,
    "resourceArn": VOLUME,
    "resourceType": "EBS",
}
START_BY = "2020-07-16T05:40:31.207Z"
LATER = CREATED_AT + 2 * SECOND


def in_order(detail: Any) -> str:
    """Write a detail so that the order of its keys counts."""
    return json.dumps(detail)


def last_event(*facts: Any, at: Instant = LATER) -> Any:
    """The detail of what is told last, of facts of one instant after a job was made."""
    return events((CREATED_AT, (VAULT, JOB)), (at, facts))[-1].detail


def test_a_finished_job_is_told_of_as_in_awss_sample() -> None:
    # documented, whole: but for when it was sent, and how often AWS had tried
    sample = (
        '{"version":"0","id":"dafac799-9b88-0134-26b7-fef4d54a134f","detail-type":"Backup Job State'
        ' Change","source":"aws.backup","account":"111223344556","time":"2020-07-15T21:41:17Z",'
        '"region":"us-west-2","resources":["arn:aws:backup:us-west-2:111223344556:recovery-point:'
        'f1d966fe-a3bd-410b-b292-99f442d13b56"],"detail":{"backupJobId":"a827233a-d405-4a86-a440-'
        '759fa94f34dd","backupSizeInBytes":"36048","backupVaultArn":"arn:aws:backup:us-west-2:'
        '111223344556:backup-vault:9732c1b4-1091-472a-9d9f-52e0565ee39a","backupVaultName":'
        '"9732c1b4-1091-472a-9d9f-52e0565ee39a","bytesTransferred":"36048","creationDate":'
        '"2020-07-15T21:40:31.207Z","iamRoleArn":"arn:aws:iam::111223344556:role/'
        'MockRCBackupTestRole","resourceArn":"arn:aws:service:us-west-2:111223344556:resource-type/'
        'resource-id","resourceType":"type","state":"COMPLETED","completionDate":'
        '"2020-07-15T21:41:05.921Z","startBy":"2020-07-16T05:40:31.207Z","percentDone":100,'
        '"retryCount":3}}'
    )
    made = job(
        vault_name="9732c1b4-1091-472a-9d9f-52e0565ee39a",
        resource_arn="arn:aws:service:us-west-2:111223344556:resource-type/resource-id",
        resource_type="type",
        recovery_point_arn="arn:aws:backup:us-west-2:111223344556:recovery-point:"
        "f1d966fe-a3bd-410b-b292-99f442d13b56",
    )
    ended_at = from_iso("2020-07-15T21:41:05.921Z")
    told = messages(
        (CREATED_AT, (made,)),
        (CREATED_AT + SECOND, (STARTED,)),
        (ended_at, (BackupJobCompleted(ID, 36_048),)),
    )[-1].envelope()
    expected = json.loads(sample)
    expected.update(id=told["id"], time="2020-07-15T21:41:05Z")
    expected["detail"]["retryCount"] = 0
    assert in_order(told) == in_order(expected)


def test_a_new_job_is_told_of_with_three_keys() -> None:
    (told,) = events((CREATED_AT, (JOB,)))
    assert (told.detail_type, told.resources) == ("Backup Job State Change", ())
    assert told.detail == {
        "backupJobId": ID,
        "state": "CREATED",
        "creationDate": "2020-07-15T21:40:31.207Z",
    }


def test_a_running_job_is_told_of_with_its_size_and_when_it_should_be_done() -> None:
    made = job(created_by=BY_PLAN)
    begun = point(captured=Captured(3_221_225_472, 0.1))
    ends_at = from_iso("2020-07-15T21:39:07Z") + 60 * MINUTE
    started = BackupJobStarted(ID, ends_at)
    told = events((CREATED_AT, (VAULT, made)), (LATER, (started, begun)))[2]
    assert in_order(told.detail) == in_order(
        {
            "backupJobId": ID,
            "backupSizeInBytes": "3221225472",
            **{key: COMMON[key] for key in [*COMMON][1:]},
            "state": "RUNNING",
            "startBy": START_BY,
            "expectedCompletionDate": "Jul 15, 2020 10:39:07 PM",
            "percentDone": 0,
            "createdBy": BY_PLAN_TOLD,
        }
    )
    assert told.resources == ()


@pytest.mark.parametrize(
    ("iso", "words"),
    [
        ("2020-07-15T21:39:07.123Z", "Jul 15, 2020 9:39:07 PM"),  # documented
        ("2026-01-01T00:00:00Z", "Jan 1, 2026 12:00:00 AM"),
        ("2026-12-31T12:05:09Z", "Dec 31, 2026 12:05:09 PM"),
        ("2026-02-03T11:00:00Z", "Feb 3, 2026 11:00:00 AM"),
    ],
)
def test_one_date_is_in_words(iso: str, words: str) -> None:
    told = events((0, (job(start_deadline_at=1),)), (1, (BackupJobStarted(ID, from_iso(iso)),)))
    assert told[-1].detail["expectedCompletionDate"] == words


def test_a_job_whose_size_nobody_knows_has_the_size_nought() -> None:
    assert last_event(STARTED)["backupSizeInBytes"] == "0"
    done = last_event(STARTED, BackupJobCompleted(ID))
    assert (done["backupSizeInBytes"], done["bytesTransferred"]) == ("0", "0")


def test_a_running_parent_has_no_expected_completion() -> None:
    told = last_event(CompositeBackupJobStarted(ID))
    assert told["state"] == "RUNNING"
    assert "expectedCompletionDate" not in told


def test_a_failed_job_is_told_of_without_completion_and_in_quotes() -> None:
    message = f"Backup job failed because backup vault {arn_of('v')} does not exist."
    told = last_event(BackupJobFailed(ID, message, "RESOURCE_NOT_FOUND"))
    assert in_order(told) == in_order(
        {
            **COMMON,
            "state": "FAILED",
            "statusMessage": f'"{message}"',
            "startBy": START_BY,
            "percentDone": 0,
            "retryCount": 0,
        }
    )


def test_a_stopped_job_is_told_of_twice() -> None:
    message = "Backup job was stopped by user."
    stopping = last_event(STARTED, BackupJobStopping(ID, LATER))
    assert in_order(stopping) == in_order(
        {**COMMON, "state": "ABORTING", "startBy": START_BY, "percentDone": 0}
    )
    assert in_order(last_event(STARTED, BackupJobAborted(ID, message))) == in_order(
        {
            **COMMON,
            "state": "ABORTED",
            "statusMessage": '"Backup job was stopped by user."',
            "completionDate": "2020-07-15T21:40:33.207Z",
            "startBy": START_BY,
            "percentDone": 0,
        }
    )


def test_a_job_of_a_plan_that_expired_is_told_of_as_in_awss_sample() -> None:
    # documented: the detail of an EXPIRED job, its names shortened
    message = "Backup job failed because there was a running job for the same resource."
    made_at = from_iso("2020-07-29T05:10:20.077Z")
    start_by = from_iso("2020-07-29T13:00:00Z")
    made = job(
        job_id="01EE26DC-7107-4D8E-0C54-EAC27C662BA4",
        vault_name="aws/backup/AutomatedBackupVaultDel2",
        start_deadline_at=start_by,
        created_by=attrs.evolve(BY_PLAN, plan_id="aws/efs/414a5bd4"),
    )
    expired = BackupJobExpired(made.job_id, message, "CONCURRENT_JOB")
    ended_at = from_iso("2020-07-29T13:02:15.234Z")
    told = events((made_at, (made,)), (ended_at, (expired,)))[-1]
    assert told.resources == ()
    assert in_order(told.detail) == in_order(
        {
            "backupJobId": "01EE26DC-7107-4D8E-0C54-EAC27C662BA4",
            "backupVaultArn": arn_of("aws/backup/AutomatedBackupVaultDel2"),
            "backupVaultName": "aws/backup/AutomatedBackupVaultDel2",
            "bytesTransferred": "0",
            "creationDate": "2020-07-29T05:10:20.077Z",
            "iamRoleArn": ROLE,
            "resourceArn": VOLUME,
            "resourceType": "EBS",
            "state": "EXPIRED",
            "statusMessage": f'"{message}"',
            "completionDate": "2020-07-29T13:02:15.234Z",
            "startBy": "2020-07-29T13:00:00Z",
            "percentDone": 0,
            "createdBy": {**BY_PLAN_TOLD, "backupPlanId": "aws/efs/414a5bd4"},
        }
    )


def test_a_job_that_is_done_in_part_is_told_of_as_one_that_is_done() -> None:
    partly = BackupJobPartlyCompleted(ID, "One is missing.", "PARTIAL", 5)
    told = last_event(CompositeBackupJobStarted(ID), partly)
    assert told["state"] == "PARTIAL"
    assert told["statusMessage"] == '"One is missing."'
    assert (told["backupSizeInBytes"], told["percentDone"]) == ("5", 100)


def test_a_job_that_waits_for_its_resource_is_not_told_of() -> None:
    held = (BackupJobHeld(ID), BackupJobReleased(ID, LATER))
    assert len(events((CREATED_AT, (JOB,)), (LATER, held))) == 1


def notified(*facts: Any) -> dict[str, str]:
    """What the topic is told of facts after a job was made, by the state."""
    told = notices((CREATED_AT, (VAULT, TELL_ALL, JOB, COPY, RESTORE)), (LATER, facts))
    assert {notice.topic_arn for notice in told} <= {TOPIC}
    return {notice.attributes["State"]: notice.text for notice in told}


NAMED = f"Resource ARN : {VOLUME}. BackupJob ID : {ID}"


def test_a_topic_is_told_of_a_backup_in_awss_own_words() -> None:
    # documented: COMPLETED, FAILED and EXPIRED; observed: ABORTED
    point_named = f"Recovery point ARN: {SNAPSHOT}. {NAMED}"
    assert notified(STARTED, BackupJobCompleted(ID, 1)) == {
        "RUNNING": f"An AWS Backup job was started. {NAMED}",
        "COMPLETED": f"An AWS Backup job was completed successfully. {point_named}",
    }
    assert notified(BackupJobFailed(ID, "m", "c")) == {
        "FAILED": f"An AWS Backup job failed. {NAMED}"
    }
    assert notified(BackupJobExpired(ID, "m", "c")) == {
        "EXPIRED": f"An AWS Backup job failed to complete in time. {NAMED}"
    }
    assert notified(BackupJobAborted(ID, "m")) == {
        "ABORTED": f"An AWS Backup job was stopped. {NAMED}"
    }
    assert notified(BackupJobPartlyCompleted(ID, "m", "c")) == {
        "PARTIAL": f"An AWS Backup job was completed partially. {point_named}"
    }


def test_a_notification_is_in_the_envelope_of_sns() -> None:
    batches = ((CREATED_AT, (VAULT, TELL_ALL, JOB)), (LATER, (STARTED, BackupJobCompleted(ID, 1))))
    message = messages(*batches)[-1]
    assert message.envelope() == {
        "Type": "Notification",
        "MessageId": message.id,
        "TopicArn": TOPIC,
        "Subject": "Notification from AWS Backup",
        "Message": f"An AWS Backup job was completed successfully. Recovery point ARN: {SNAPSHOT}."
        f" {NAMED}",
        "Timestamp": "2020-07-15T21:40:33.207Z",
        "MessageAttributes": {
            "EventType": {"Type": "String", "Value": "BACKUP_JOB"},
            "State": {"Type": "String", "Value": "COMPLETED"},
            "AccountId": {"Type": "String", "Value": "111223344556"},
            "Id": {"Type": "String", "Value": ID},
            "StartTime": {"Type": "String", "Value": "2020-07-15T21:40:31.207Z"},
        },
    }


def test_the_timestamp_of_sns_has_milliseconds_also_when_there_are_none() -> None:
    told = messages((0, (VAULT, TELL_ALL, JOB)), (5 * SECOND, (BackupJobFailed(ID, "m", "c"),)))
    assert told[-1].envelope()["Timestamp"] == "1970-01-01T00:00:05.000Z"


def test_a_new_copy_is_told_of_without_its_id() -> None:
    told = events((CREATED_AT, (COPY,)))[-1]
    assert (told.detail_type, told.resources) == ("Copy Job State Change", (SNAPSHOT,))
    assert in_order(told.detail) == in_order(
        {
            "creationDate": "2020-07-15T21:40:31.207Z",
            "state": "CREATED",
            "sourceBackupVaultArn": arn_of("v"),
            "destinationBackupVaultArn": arn_of("w"),
        }
    )


def test_a_finished_copy_is_told_of_as_in_awss_sample() -> None:
    made = copy(created_by=BY_PLAN)
    done_at = from_iso("2020-07-15T22:07:58.111Z")
    told = events(
        (CREATED_AT, (made,)), (LATER, (COPIED,)), (done_at, (CopyJobCompleted(made.job_id),))
    )[-1]
    assert told.resources == (SNAPSHOT,), "the source"
    assert in_order(told.detail) == in_order(
        {
            "copyJobId": "0175DE71-5784-589F-D8AC-541ACCB4CAC8",
            "backupSizeInBytes": 3_221_225_472,
            "creationDate": "2020-07-15T21:40:31.207Z",
            "iamRoleArn": ROLE,
            "resourceArn": VOLUME,
            "resourceType": "EBS",
            "sourceBackupVaultArn": arn_of("v"),
            "state": "COMPLETED",
            "completionDate": "2020-07-15T22:07:58.111Z",
            "destinationBackupVaultArn": arn_of("w"),
            "destinationRecoveryPointArn": f"{SNAPSHOT}-copy",
            "createdBy": BY_PLAN_TOLD,
        }
    )


def test_a_failed_copy_has_no_destination_and_a_plain_message() -> None:
    told = events((CREATED_AT, (COPY,)), (LATER, (CopyJobFailed(COPY.job_id, "No.", "c"),)))[-1]
    assert told.detail["destinationRecoveryPointArn"] == {}
    assert told.detail["statusMessage"] == "No."
    assert told.detail["backupSizeInBytes"] == 0


def test_a_topic_of_the_sources_vault_is_told_of_copies() -> None:
    named = f"Resource ARN : {VOLUME}. CopyJob ID : {COPY.job_id}"
    done = f"Recovery point ARN: {SNAPSHOT}-copy. {named}"
    assert notified(COPIED, CopyJobCompleted(COPY.job_id)) == {
        "RUNNING": f"An AWS Backup copy job was started. {named}",
        "COMPLETED": f"An AWS Backup copy job was completed successfully. {done}",
    }
    parent = CompositeCopyJobStarted(COPY.job_id, f"{SNAPSHOT}-copy")
    partly = CopyJobPartlyCompleted(COPY.job_id, "m", "c", 5)
    assert notified(parent, partly)["PARTIAL"] == (
        f"An AWS Backup copy job was completed partially. {done}"
    )
    assert notified(CopyJobFailed(COPY.job_id, "m", "c")) == {
        "FAILED": f"An AWS Backup copy job failed. {named}"
    }


def test_a_new_restore_is_told_of_twice_and_only_once_with_a_state() -> None:
    first, second = events((CREATED_AT, (RESTORE,)))
    assert first.detail == {
        "restoreJobId": RESTORE.job_id,
        "creationDate": "2020-07-15T21:40:31.207Z",
        "state": "CREATED",
    }
    assert in_order(second.detail) == in_order(
        {
            "restoreJobId": RESTORE.job_id,
            "backupSizeInBytes": "7",
            "creationDate": "2020-07-15T21:40:31.207Z",
            "iamRoleArn": ROLE,
            "percentDone": 0,
            "resourceType": "EBS",
            "status": "PENDING",
        }
    )
    for told in (first, second):
        assert (told.detail_type, told.resources) == ("Restore Job State Change", (SNAPSHOT,))


def test_a_finished_restore_is_told_of_as_in_awss_sample() -> None:
    # documented: the detail of a COMPLETED restore, its names shortened
    made = restore(size_bytes=None)
    done_at = from_iso("2020-07-15T21:45:22.593Z")
    created = "arn:aws:rds:us-west-2:111223344556:db:testinginstance1a2bcd34"
    told = events(
        (CREATED_AT, (made,)),
        (LATER, (RestoreJobStarted(made.job_id, done_at),)),
        (done_at, (RestoreJobCompleted(made.job_id, created),)),
    )
    assert [event.detail.get("status") for event in told] == [
        None,
        "PENDING",
        "RUNNING",
        "COMPLETED",
    ]
    assert in_order(told[-1].detail) == in_order(
        {
            "restoreJobId": "AB123456-78C9-0123-456D-789012E34567",
            "backupVaultArn": arn_of("v"),
            "recoveryPointArn": SNAPSHOT,
            "sourceResourceArn": VOLUME,
            "backupSizeInBytes": "0",
            "creationDate": "2020-07-15T21:40:31.207Z",
            "iamRoleArn": ROLE,
            "percentDone": 0,
            "resourceType": "EBS",
            "status": "COMPLETED",
            "createdResourceArn": created,
            "completionDate": "2020-07-15T21:45:22.593Z",
        }
    )


def test_a_failed_restore_says_why() -> None:
    failed = RestoreJobFailed(RESTORE.job_id, "No room.")
    told = events((CREATED_AT, (RESTORE,)), (LATER, (failed,)))[-1].detail
    assert (told["status"], told["statusMessage"]) == ("FAILED", "No room.")
    assert not {"completionDate", "createdResourceArn", "backupVaultArn"} & told.keys()


def test_a_topic_is_told_of_restores_and_completed_means_ended() -> None:
    named = f"Recovery point ARN: {SNAPSHOT}. RestoreJob ID : {RESTORE.job_id}"
    started = RestoreJobStarted(RESTORE.job_id, LATER)
    assert notified(started, RestoreJobCompleted(RESTORE.job_id, "arn:made")) == {
        "RUNNING": f"An AWS Backup restore job was started. {named}",
        "COMPLETED": "An AWS Backup restore job was completed successfully."
        f" Resource ARN : arn:made. {named}",
    }
    assert notified(started, RestoreJobFailed(RESTORE.job_id, "m"))["FAILED"] == (
        f"An AWS Backup restore job failed. {named}"
    )


def test_a_restore_of_anothers_point_is_told_of_by_its_view_alone() -> None:
    source = arn_of("v").replace("111223344556", "999999999999")
    kind = "RESTORE_ACCESS_BACKUP_VAULT"
    view = VaultCreated("view", None, vault_type=kind, source_vault_arn=source)
    of_view = VaultNotificationsSet("view", f"{TOPIC}-of-view", ("RESTORE_JOB_COMPLETED",))
    theirs = restore(point_account="999999999999")
    ends = (RestoreJobStarted(theirs.job_id, LATER), RestoreJobCompleted(theirs.job_id, "arn:made"))
    batch = (CREATED_AT, (VAULT, TELL_ALL, theirs, *ends))
    assert notices(batch) == []
    assert events(batch)[-1].detail["backupVaultArn"] == source
    (told,) = notices((CREATED_AT, (VAULT, TELL_ALL, view, of_view, theirs, *ends)))
    assert (told.topic_arn, told.attributes["State"]) == (f"{TOPIC}-of-view", "COMPLETED")


def test_a_vault_that_tells_nobody_tells_nobody() -> None:
    facts = (VAULT, JOB, STARTED, BackupJobCompleted(ID), point(), RecoveryPointCompleted(SNAPSHOT))
    assert notices((CREATED_AT, facts)) == []
    started_only = VaultNotificationsSet("v", TOPIC, ("BACKUP_JOB_STARTED",))
    told = notices((CREATED_AT, (VAULT, started_only, JOB, STARTED, BackupJobCompleted(ID))))
    assert [notice.attributes["State"] for notice in told] == ["RUNNING"]


def test_the_rule_that_asked_is_named_under_a_key_of_events() -> None:
    told = events((CREATED_AT, (copy(created_by=BY_PLAN), COPIED)))[-1].detail
    assert told["createdBy"]["backupPlanRuleId"] == "r"
    assert told["createdBy"]["backupPlanArn"] == PLAN_ARN
