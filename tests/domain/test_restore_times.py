"""Continuous backups restored to a point in time: how far back, how far on, and how it is asked."""

from typing import Any

import pytest

from tests.domain.restore_examples import (
    POINT,
    T0,
    arn_of,
    backed_up,
    job,
    made_in,
    restore,
)
from tests.spec import Story
from vaultclock.domain.continuous import restorable
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, Instant, to_iso
from vaultclock.domain.kernel.refusals import InvalidRequest
from vaultclock.domain.recovery_points.commands import DisassociateRecoveryPoint
from vaultclock.domain.recovery_points.events import (
    RecoveryPointDeletionStarted,
    RecoveryPointSynced,
)
from vaultclock.domain.restore_jobs.queries import restore_metadata
from vaultclock.domain.values import Captured, Lifecycle

HANA = "SAP HANA on Amazon EC2"
NEW = {
    "S3": {"DestinationBucketName": "copy"},
    "RDS": {"DBInstanceIdentifier": "copy"},
    "Aurora": {"DBClusterIdentifier": "copy", "engine": "aurora-mysql"},
    HANA: {"aws:backup:TargetDatabaseArn": arn_of("ssm-sap", "HANA/app/DB/y")},
}
LATER = T0 + DAY


def continuous(kind: str = "S3", *facts: Any, days: int = 7, until: Instant = LATER) -> Story:
    """A resource whose continuous backup began at T0; it is a day later."""
    lifecycle = Lifecycle(None, days)
    story = backed_up(kind, *facts, is_continuous=True, lifecycle=lifecycle, created_at=T0)
    return story.at(until)


def ended(kind: str, metadata: dict[str, str], *facts: Any) -> Story:
    story = continuous(kind, *facts).when(restore({**NEW[kind], **metadata}))
    assert story.rejection is None, story.rejection
    return story.at(LATER + HOUR)


def reach(story: Story) -> tuple[Instant, Instant]:
    since, until = restorable(story.world.recovery_points[POINT], story.engine.now)
    return since, until


@pytest.mark.parametrize(
    ("kind", "metadata"),
    [
        ("S3", {"RestoreTime": to_iso(T0 + 12 * HOUR)}),
        ("S3", {"restoretime": to_iso(T0)}),
        ("S3", {"RestoreTime": to_iso(LATER - 15 * MINUTE)}),
        ("RDS", {"RestoreTime": to_iso(LATER - 5 * MINUTE)}),
        ("RDS", {"UseLatestRestorableTime": "TRUE"}),
        ("RDS", {"UseLatestRestorableTime": "false", "RestoreTime": to_iso(T0)}),
        ("Aurora", {"restoreToTime": to_iso(T0 + 12 * HOUR)}),
        ("Aurora", {"useLatestRestorableTime": "true"}),
        (HANA, {}),
        (HANA, {"RecoveryType": "MOST_RECENT_TIME_RECOVERY"}),
    ],
)
def test_a_continuous_backup_is_restored_to_a_time_within_its_reach(
    kind: str, metadata: dict[str, str]
) -> None:
    story = ended(kind, metadata)
    assert job(story).message is None
    assert story.world.resources[made_in(story)].size_bytes == 7
    assert story.world.recovery_points[POINT].last_restored_at is not None


@pytest.mark.parametrize(
    ("kind", "metadata", "text"),
    [
        ("S3", {}, "Metadata key RestoreTime is ''; accepted is a time such as "),
        ("S3", {"RestoreTime": "yesterday"}, "RestoreTime is 'yesterday'; accepted is a time"),
        ("S3", {"RestoreTime": to_iso(T0 - 1)}, "can be restored to times between"),
        ("S3", {"RestoreTime": to_iso(LATER - 14 * MINUTE)}, to_iso(LATER - 15 * MINUTE)),
        ("S3", {"UseLatestRestorableTime": "true"}, "RestoreTime is ''"),
        ("RDS", {}, "RestoreTime is ''"),
        ("RDS", {"UseLatestRestorableTime": "false"}, "RestoreTime is ''"),
        ("RDS", {"RestoreTime": to_iso(LATER)}, "can be restored to times between"),
        (
            "RDS",
            {"RestoreTime": to_iso(T0), "UseLatestRestorableTime": "true"},
            "RestoreTime and UseLatestRestorableTime cannot be given together",
        ),
        ("Aurora", {"RestoreTime": to_iso(T0)}, "restoreToTime is ''"),
    ],
)
def test_a_time_that_cannot_be_restored_fails_the_job(
    kind: str, metadata: dict[str, str], text: str
) -> None:
    story = ended(kind, metadata)
    assert job(story).status == "FAILED"
    assert text in str(job(story).message)


def test_a_snapshot_has_but_one_time() -> None:
    for kind, status in (("S3", "FAILED"), ("RDS", "COMPLETED")):
        metadata = {**NEW[kind], "RestoreTime": to_iso(T0)}
        story = backed_up(kind).when(restore(metadata)).at(T0 + HOUR)
        assert job(story).status == status


def test_what_can_be_restored_begins_with_the_first_backup_and_moves_on_with_the_clock() -> None:
    story = continuous(until=T0)
    assert reach(story) == (T0, T0), "so far there is only the first backup"
    assert reach(story.at(T0 + 16 * MINUTE)) == (T0, T0 + MINUTE)
    updated = RecoveryPointSynced(POINT, T0 + 6 * DAY, 9, Lifecycle(None, 7))
    later = continuous("S3", updated, until=T0 + 9 * DAY)
    assert reach(later) == (T0 + 2 * DAY, T0 + 9 * DAY - 15 * MINUTE)


def test_what_was_asked_for_in_time_is_judged_by_that_time() -> None:
    story = continuous("S3", until=T0 + HOUR)
    story.when(restore({**NEW["S3"], "RestoreTime": to_iso(T0 + HOUR)})).at(T0 + 2 * HOUR)
    assert job(story).status == "FAILED", "it lay in the future of the last log then"


def test_a_stopped_backup_is_restored_to_times_before_it_was_stopped() -> None:
    story = continuous(until=T0 + 2 * HOUR).when(DisassociateRecoveryPoint("v", POINT))
    assert reach(story) == (T0, T0 + 105 * MINUTE), "what was not written yet is not lost"
    assert reach(story.at(LATER)) == (T0, T0 + 2 * HOUR)
    story.when(restore({**NEW["S3"], "RestoreTime": to_iso(T0 + HOUR)})).at(LATER + HOUR)
    assert job(story).status == "COMPLETED"


def test_a_continuous_backup_that_is_going_cannot_be_restored() -> None:
    story = continuous("S3", RecoveryPointDeletionStarted(POINT, LATER + DAY))
    story.when(restore(NEW["S3"])).then_rejected(InvalidRequest)


def test_a_restored_database_is_as_its_source_was_at_the_last_update() -> None:
    newest = Captured(11, 0.25, None, {"team": "b"})
    updated = RecoveryPointSynced(POINT, T0, 9, Lifecycle(None, 7), captured=newest)
    story = ended("RDS", {"UseLatestRestorableTime": "true"}, updated)
    made = story.world.resources[made_in(story)]
    assert (made.size_bytes, made.daily_change, made.tags) == (11, 0.25, {"team": "b"})


@pytest.mark.parametrize("kind", NEW)
def test_a_continuous_point_answers_its_restore_metadata(kind: str) -> None:
    story = continuous(kind)
    _, metadata = restore_metadata(story.world, story.engine.now, "v", POINT)
    assert metadata
    assert not any("<" in value for value in metadata.values())
    assert "DBSnapshotIdentifier" not in metadata
    if kind == HANA:
        assert metadata["EarliestRestorablePitrTimestamp"] == str(T0)
        assert metadata["LatestRestorablePitrTimestamp"] == str(LATER - 5 * MINUTE)
        assert metadata["AvailableRestoreBases"] == f"[{T0}]"
