"""Rules that slices share, and the values they share."""

import pytest

from vaultclock.domain import checks
from vaultclock.domain.kernel.instants import DAY
from vaultclock.domain.kernel.refusals import InvalidParameterValue, LimitExceeded
from vaultclock.domain.values import Lifecycle, Tags


@pytest.mark.parametrize("token", [None, "x", "a-B_3.z", "x" * 50])
def test_a_creator_request_id_is_kept_as_it_is(token: str | None) -> None:
    assert checks.checked_creator_request_id(token) == token


@pytest.mark.parametrize("token", ["", "x" * 51, "with space", "new\nline", "tail\n", "é"])
def test_a_creator_request_id_has_a_form(token: str) -> None:
    with pytest.raises(InvalidParameterValue):
        checks.checked_creator_request_id(token)


@pytest.mark.parametrize(
    "tags", [{}, {"k": ""}, {"k" * 128: "v" * 256}, {"awsome": "", "x aws:": ""}]
)
def test_tags_within_the_limits_are_accepted(tags: Tags) -> None:
    assert checks.checked_tags(tags) == tags


@pytest.mark.parametrize(
    "tags", [{"": ""}, {"k" * 129: ""}, {"k": "v" * 257}, {"aws:k": ""}, {"AWS:k": ""}]
)
def test_tags_beyond_the_limits_are_refused(tags: Tags) -> None:
    with pytest.raises(InvalidParameterValue):
        checks.checked_tags(tags)


def test_a_thing_has_fifty_tags_and_not_one_more() -> None:
    fifty = {str(number): "" for number in range(50)}
    assert checks.checked_tags(fifty) == fifty
    assert checks.checked_tags(fifty, fifty) == fifty
    assert checks.checked_tags({"7": "new"}, fifty) == {"7": "new"}
    with pytest.raises(LimitExceeded):
        checks.checked_tags({**fifty, "one-more": ""})
    with pytest.raises(LimitExceeded):
        checks.checked_tags({"one-more": ""}, fifty)


GOOD_LIFECYCLES = [
    None,
    Lifecycle(),
    Lifecycle(delete_after_days=1),
    Lifecycle(delete_after_days=36_500),
    Lifecycle(delete_after_days=-1),
    Lifecycle(move_to_cold_after_days=0),
    Lifecycle(move_to_cold_after_days=-1),
    Lifecycle(move_to_cold_after_days=30, delete_after_days=-1),
    Lifecycle(move_to_cold_after_days=-1, delete_after_days=1),
    Lifecycle(move_to_cold_after_days=0, delete_after_days=90),
    Lifecycle(move_to_cold_after_days=30, delete_after_days=120, opt_in_to_archive=True),
]


@pytest.mark.parametrize("lifecycle", GOOD_LIFECYCLES)
def test_a_good_lifecycle_is_kept_as_it_is(lifecycle: Lifecycle | None) -> None:
    assert checks.checked_lifecycle(lifecycle) == lifecycle


COLD_OUT_OF_RANGE = (
    "Invalid lifecycle. MoveToColdStorageAfterDays cannot be less than 0 or more than 36500 days"
)
OUT_OF_RANGE = "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 36500 days"
TOO_CLOSE = (
    "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from"
    " MoveToColdStorageAfterDays"
)
BAD_LIFECYCLES = [
    (Lifecycle(delete_after_days=0), OUT_OF_RANGE),
    (Lifecycle(delete_after_days=-2), OUT_OF_RANGE),
    (Lifecycle(delete_after_days=36_501), OUT_OF_RANGE),
    (Lifecycle(move_to_cold_after_days=0, delete_after_days=89), TOO_CLOSE),
    (Lifecycle(move_to_cold_after_days=30, delete_after_days=119), TOO_CLOSE),
    (Lifecycle(move_to_cold_after_days=-2), COLD_OUT_OF_RANGE),
    (Lifecycle(move_to_cold_after_days=36_501), COLD_OUT_OF_RANGE),
    (Lifecycle(delete_after_event="DELETE_AFTER_COPY"), None),
]


@pytest.mark.parametrize(("lifecycle", "message"), BAD_LIFECYCLES)
def test_a_bad_lifecycle_is_refused(lifecycle: Lifecycle, message: str | None) -> None:
    with pytest.raises(InvalidParameterValue) as refused:
        checks.checked_lifecycle(lifecycle)
    assert message is None or refused.value.message == message


def test_a_lifecycle_counts_whole_days_to_the_millisecond() -> None:
    lifecycle = Lifecycle(move_to_cold_after_days=10, delete_after_days=100)
    assert lifecycle.move_to_cold_at(1_152) == 10 * DAY + 1_152
    assert lifecycle.delete_at(1_152) == 100 * DAY + 1_152


@pytest.mark.parametrize("lifecycle", [Lifecycle(), Lifecycle(-1, -1)])
def test_a_lifecycle_without_days_never_ends(lifecycle: Lifecycle) -> None:
    assert lifecycle.move_to_cold_at(0) is None
    assert lifecycle.delete_at(0) is None


def test_a_job_may_wait_eight_hours_to_start_unless_told_otherwise() -> None:
    assert checks.checked_start_window(None) == 480
    assert checks.checked_start_window(60) == 60
    assert checks.checked_start_window(52_560_000) == 52_560_000


@pytest.mark.parametrize("minutes", [59, 0, -1, 52_560_001])
def test_a_start_window_has_bounds(minutes: int) -> None:
    with pytest.raises(InvalidParameterValue):
        checks.checked_start_window(minutes)


def test_a_job_may_take_a_week_unless_told_otherwise() -> None:
    assert checks.checked_completion_window(None, 480, "CompleteWindowMinutes") == 10_080
    assert checks.checked_completion_window(None, 20_000, "CompleteWindowMinutes") == 20_000
    assert checks.checked_completion_window(480, 480, "CompleteWindowMinutes") == 480


@pytest.mark.parametrize("minutes", [479, -1, 52_560_001])
def test_a_completion_window_is_no_shorter_than_the_start_window(minutes: int) -> None:
    with pytest.raises(InvalidParameterValue, match="CompletionWindowMinutes"):
        checks.checked_completion_window(minutes, 480, "CompletionWindowMinutes")


@pytest.mark.parametrize(
    ("resource_type", "options"),
    [
        ("EBS", {}),
        ("EC2", {"WindowsVSS": "enabled"}),
        ("EC2", {"WindowsVSS": "disabled"}),
        ("S3", {"BackupACLs": "enabled", "BackupObjectTags": "disabled"}),
    ],
)
def test_backup_options_of_the_type_are_kept_as_they_are(resource_type: str, options: Tags) -> None:
    assert checks.checked_backup_options(resource_type, options) == options


@pytest.mark.parametrize(
    ("resource_type", "options"),
    [
        ("EBS", {"WindowsVSS": "enabled"}),
        ("EC2", {"WindowsVss": "enabled"}),
        ("EC2", {"BackupACLs": "enabled"}),
        ("EC2", {"WindowsVSS": "Enabled"}),
        ("S3", {"BackupACLs": "true"}),
    ],
)
def test_other_backup_options_are_refused(resource_type: str, options: Tags) -> None:
    with pytest.raises(InvalidParameterValue):
        checks.checked_backup_options(resource_type, options)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("arn:aws:iam::123456789012:role/backup", True),
        ("arn:aws-cn:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole", True),
        ("arn:aws:iam::123456789012:user/backup", False),
        ("arn:aws:iam::12345678901:role/backup", False),
        ("arn:aws:iam::123456789012:role/", False),
        ("arn:aws:iam::123456789012:role/with space", False),
        ("backup", False),
    ],
)
def test_the_arn_of_a_role_is_known_by_its_form(text: str, answer: bool) -> None:
    assert checks.is_role_arn(text) is answer
