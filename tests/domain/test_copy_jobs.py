"""Copy jobs: asked for, run across Regions, failed for what the destination says, and listed."""

from typing import Any

import pytest

from tests.domain.copy_examples import (
    ABROAD,
    ACCOUNT,
    BORN_AT,
    BUNKER,
    DR,
    EBS,
    EFS,
    KEY,
    KEY_THERE,
    OURS,
    POINT,
    ROLE,
    SNAPSHOT,
    T0,
    THEIRS,
    THERE,
    VAULTS,
    V,
    W,
    copied,
    copy,
    copying,
    job,
    jobs,
    source,
    told,
)
from tests.spec import Story, given
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.copy_jobs import queries
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.copy_jobs.events import (
    CopyJobCompleted,
    CopyJobCreated,
    CopyJobFailed,
    CopyJobStarted,
)
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, SECOND
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    InvalidParameterValue,
    InvalidRequest,
    InvalidResourceState,
    ResourceNotFound,
)
from vaultclock.domain.recovery_points.commands import DeleteRecoveryPoint
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointCreated,
    RecoveryPointDeleted,
    RecoveryPointMovedToColdStorage,
)
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.settings.events import GlobalSettingsUpdated
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.values import Captured, Lifecycle
from vaultclock.domain.vaults.commands import DeleteVault
from vaultclock.domain.vaults.events import VaultCreated
from vaultclock.domain.vaults.queries import managed_key_arn
from vaultclock.domain.world import ACCOUNT_WIDE

ENABLED = Elsewhere(
    Scope(ACCOUNT, ACCOUNT_WIDE), GlobalSettingsUpdated({"isCrossAccountBackupEnabled": True})
)


def failed(story: Story) -> tuple[str | None, str | None]:
    assert job(story).state == "FAILED"
    return job(story).message, job(story).category


def test_a_copy_is_created_runs_and_is_real_in_its_own_region() -> None:
    story = told(TagsSet(POINT, {"a": "b"})).when(copy(idempotency_token="t"))
    job_id = job(story).job_id
    story.then(
        CopyJobCreated(
            job_id=job_id,
            source_vault_name="v",
            source_point_arn=POINT,
            destination_vault_arn=DR,
            resource_arn=EFS,
            resource_type="EFS",
            iam_role_arn=ROLE,
            start_at=T0 + SECOND,
            idempotency_token="t",
        )
    )
    assert job_id == job_id.upper()
    assert (job(story).state, job(story).copy_arn) == ("CREATED", None)

    story.at(T0 + SECOND)
    arn = job(story).copy_arn
    assert arn is not None
    assert arn.startswith(f"{THEIRS}:recovery-point:")
    story.then(
        CopyJobStarted(job_id, T0 + 4 * SECOND, arn, 5, KEY_THERE),
        RecoveryPointCreated(
            arn=arn,
            vault_name="dr",
            resource_arn=EFS,
            resource_type="EFS",
            iam_role_arn=ROLE,
            created_at=BORN_AT,
            deletion_lag_ms=copied(story).born.deletion_lag_ms,
            encryption_key_arn=KEY_THERE,
            source_vault_arn=V,
        ),
        TagsSet(arn, {"a": "b"}),
    )
    assert 0 <= copied(story).born.deletion_lag_ms < 8 * HOUR
    assert (job(story).state, copied(story).status) == ("RUNNING", "CREATING")

    story.at(T0 + 4 * SECOND)
    story.then(CopyJobCompleted(job_id), RecoveryPointCompleted(arn, 5))
    assert (job(story).state, job(story).category) == ("COMPLETED", "SUCCESS")
    assert job(story).completed_at == T0 + 4 * SECOND
    assert (copied(story).status, copied(story).size_bytes) == ("COMPLETED", 5)
    assert story.engine.world(THERE).tags[arn].tags == {"a": "b"}
    assert arn not in story.world.recovery_points


def test_a_copy_expires_by_the_age_of_its_source() -> None:
    story = copying(lifecycle=Lifecycle(delete_after_days=35)).at(T0 + MINUTE)
    assert copied(story).created_at == BORN_AT
    assert copied(story).delete_at == BORN_AT + 35 * DAY
    story.at(BORN_AT + 35 * DAY + 8 * HOUR)
    assert not len(story.engine.world(THERE).recovery_points)


def test_a_copy_whose_time_is_over_already_is_deleted_at_once() -> None:
    story = told(created_at=T0 - 10 * DAY)
    story.when(copy(lifecycle=Lifecycle(delete_after_days=5))).at(T0 + 4 * SECOND)
    assert story.news[-1] == RecoveryPointDeleted(job(story).copy_arn or "")
    assert job(story).state == "COMPLETED"


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (None, Lifecycle(8, 100)),
        (Lifecycle(), Lifecycle(8, 100)),
        (Lifecycle(delete_after_days=-1), Lifecycle(None, 100)),
        (Lifecycle(move_to_cold_after_days=5), Lifecycle(5, 100)),
        (Lifecycle(-1, -1), Lifecycle(-1, 100)),
        (Lifecycle(delete_after_days=36500), Lifecycle(None, 36500)),
        (Lifecycle(1, 91), Lifecycle(1, 91)),
    ],
)
def test_a_copy_keeps_what_it_is_not_told_otherwise(
    asked: Lifecycle | None, kept: Lifecycle
) -> None:
    story = told(lifecycle=Lifecycle(8, 100)).when(copy(lifecycle=asked)).at(T0 + MINUTE)
    assert job(story).born.lifecycle == copied(story).lifecycle == kept


@pytest.mark.parametrize("asked", [None, Lifecycle(), Lifecycle(delete_after_days=-1)])
def test_a_copy_of_what_is_kept_for_ever_is_kept_for_ever(asked: Lifecycle | None) -> None:
    story = told().when(copy(lifecycle=asked)).at(T0 + MINUTE)
    assert copied(story).delete_at is None


def test_a_copy_does_not_inherit_an_end_that_is_tied_to_its_source() -> None:
    source_has = Lifecycle(delete_after_days=35, delete_after_event="DELETE_AFTER_COPY")
    kept = queries.lifecycle_of_copy(None, source_has)
    assert kept == Lifecycle(delete_after_days=35)


def test_what_is_asked_may_not_fit_what_is_inherited() -> None:
    story = told(lifecycle=Lifecycle(delete_after_days=35))
    story.when(copy(lifecycle=Lifecycle(move_to_cold_after_days=8))).at(T0 + MINUTE)
    message, _ = failed(story)
    assert message is not None
    assert "less than 90 days apart" in message


@pytest.mark.parametrize(
    ("resource_type", "resource", "arn", "prefix", "key"),
    [
        ("EBS", EBS, SNAPSHOT, "arn:aws:ec2:eu-west-1::snapshot/snap-", KEY_THERE),
        (
            "RDS",
            f"arn:aws:rds:us-east-1:{ACCOUNT}:db:one",
            f"arn:aws:rds:us-east-1:{ACCOUNT}:snapshot:awsbackup:job-1",
            f"arn:aws:rds:eu-west-1:{ACCOUNT}:snapshot:awsbackup:copyjob-",
            KEY_THERE,
        ),
        (
            "Neptune",
            f"arn:aws:rds:us-east-1:{ACCOUNT}:cluster:one",
            f"arn:aws:rds:us-east-1:{ACCOUNT}:cluster-snapshot:awsbackup:job-1",
            f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster-snapshot:awsbackup:copyjob-",
            None,
        ),
        (
            "S3",
            "arn:aws:s3:::data",
            f"{OURS}:recovery-point:data-1",
            f"{THEIRS}:recovery-point:data-1970",
            KEY_THERE,
        ),
    ],
)
def test_copies_are_named_and_encrypted_as_their_type_is(
    resource_type: str, resource: str, arn: str, prefix: str, key: str | None
) -> None:
    story = copying(arn=arn, resource_arn=resource, resource_type=resource_type)
    story.at(T0 + SECOND)
    assert copied(story).arn.startswith(prefix)
    assert copied(story).born.encryption_key_arn == job(story).encryption_key_arn == key


@pytest.mark.parametrize(
    ("resource_type", "resource", "arn", "encrypted"),
    [("EFS", EFS, POINT, True), ("EBS", EBS, SNAPSHOT, False)],
)
def test_the_default_key_encrypts_only_what_is_fully_managed(
    resource_type: str, resource: str, arn: str, encrypted: bool
) -> None:
    story = told(arn=arn, resource_arn=resource, resource_type=resource_type)
    default = managed_key_arn(story.engine.origin, THERE)
    story = told(
        Elsewhere(THERE, VaultCreated("plain", default)),
        arn=arn,
        resource_arn=resource,
        resource_type=resource_type,
    )
    story.when(copy(f"{THEIRS}:backup-vault:plain", arn)).at(T0 + SECOND)
    assert job(story).encryption_key_arn == (default if encrypted else None)


def test_a_copy_inside_one_account_and_region_names_no_source_vault() -> None:
    story = copying(W).at(T0 + MINUTE)
    (point,) = (p for p in story.world.recovery_points.matching() if p.vault_name == "w")
    assert point.arn == job(story).copy_arn != POINT
    assert point.born.source_vault_arn is None
    assert point.born.encryption_key_arn == KEY


def test_a_copy_gives_back_what_its_source_would() -> None:
    captured = Captured(size_bytes=7, daily_change=0.5, tags={"of": "the volume"})
    story = copying(captured=captured).at(T0 + SECOND)
    assert copied(story).born.captured == captured


def test_the_first_copy_in_a_vault_is_full_and_later_ones_hold_what_changed() -> None:
    story = given(*VAULTS, at=T0).when(RegisterResource(EFS, size_bytes=1000, daily_change=0.1))
    story.when(RegisterResource(EBS, size_bytes=50))
    for day in range(3):
        story.when(StartBackupJob("v", EFS, ROLE)).when(StartBackupJob("v", EBS, ROLE))
        story.at(T0 + day * DAY + MINUTE)
        for resource in (EFS, EBS):
            newest = story.world.recovery_points.latest(resource_arn=resource, vault_name="v")
            if day:  # the first backup, the full one, is not copied
                story.when(copy(arn=newest.arn))
        story.at(T0 + (day + 1) * DAY)
    assert sorted(job.size_bytes or 0 for job in jobs(story)) == [50, 50, 100, 1000]
    there = story.engine.world(THERE).recovery_points
    assert sum(p.size_bytes or 0 for p in there.matching(resource_arn=EFS)) == 1100


def test_a_second_copy_of_one_point_holds_nothing_new() -> None:
    captured = Captured(size_bytes=1000, daily_change=0.5)
    story = copying(captured=captured).at(T0 + MINUTE).when(copy()).at(T0 + 2 * MINUTE)
    assert [job.size_bytes for job in jobs(story)] == [1000, 0]
    story.when(copy(W)).at(T0 + 3 * MINUTE)
    assert jobs(story)[-1].size_bytes == 1000, "each vault has a full one of its own"


def taken(*days: int) -> Story:
    """Points of one file system of 1,000 bytes, a tenth of which changes in a day."""
    captured = Captured(size_bytes=1000, daily_change=0.1)
    made = [
        fact
        for day in days
        for fact in source(f"{POINT}-{day}", created_at=T0 - day * DAY, captured=captured)
    ]
    return given(*VAULTS, *made, at=T0)


def test_copies_into_one_vault_are_incremental_whichever_is_copied_first() -> None:
    story = taken(1, 2, 4, 9, 20)
    for minute, day in enumerate((4, 9, 1, 2, 20)):
        story.when(copy(arn=f"{POINT}-{day}")).at(T0 + (minute + 1) * MINUTE)
    sizes = {int(job.source_point_arn.rsplit("-", 1)[-1]): job.size_bytes for job in jobs(story)}
    assert sizes == {4: 1000, 9: 500, 1: 300, 2: 100, 20: 1000}, "at most all of it"


def test_a_copy_is_compared_with_the_nearest_that_is_there_older_or_newer() -> None:
    story = taken(1, 4, 6)
    for minute, day in enumerate((1, 6, 4)):
        story.when(copy(arn=f"{POINT}-{day}")).at(T0 + (minute + 1) * MINUTE)
    assert [job.size_bytes for job in jobs(story)] == [1000, 500, 200]


def test_a_copy_can_be_copied_on() -> None:
    far = Scope(ACCOUNT, "ap-south-1")
    story = told(Elsewhere(far, VaultCreated("far", KEY)))
    story.when(RegisterResource(EFS, job_seconds=7)).when(copy()).at(T0 + MINUTE)
    story.scope = THERE
    first = story.world.recovery_points.matching()[0]
    onward = f"arn:aws:backup:ap-south-1:{ACCOUNT}:backup-vault:far"
    story.when(StartCopyJob("dr", first.arn, onward, ROLE)).at(T0 + 2 * MINUTE)
    second = copied(story, far)
    assert (second.created_at, second.born.source_vault_arn) == (BORN_AT, DR)
    assert second.completed_at == T0 + MINUTE + 8 * SECOND, "as long as its resource says at home"
    assert job(story).source_point_arn == first.arn


def test_a_point_is_busy_while_it_is_copied() -> None:
    story = copying().at(T0 + SECOND)
    story.when(DeleteRecoveryPoint("v", POINT)).then_rejected(InvalidResourceState)
    story.at(T0 + 4 * SECOND).when(DeleteRecoveryPoint("v", POINT))
    assert story.rejection is None


def test_a_source_may_be_gone_when_the_copy_would_start() -> None:
    story = copying().when(DeleteRecoveryPoint("v", POINT)).at(T0 + SECOND)
    message, category = failed(story)
    assert message is not None
    assert "Cannot find recovery point" in message
    assert category == "RESOURCE_NOT_FOUND"


def test_a_source_may_still_be_going_when_the_copy_would_start() -> None:
    story = copying().at(T0 + 500).when(DeleteRecoveryPoint("v", POINT)).at(T0 + SECOND)
    assert failed(story)[1] == "RESOURCE_NOT_FOUND"


def test_what_is_in_cold_storage_cannot_be_copied() -> None:
    story = told(RecoveryPointMovedToColdStorage(POINT))
    story.when(copy()).then_rejected(InvalidRequest)

    soon = Lifecycle(1, 100)  # a day after its creation is now
    story = told(created_at=BORN_AT + 500, lifecycle=soon).when(copy()).at(T0 + SECOND)
    assert story.world.recovery_points[POINT].storage_class == "COLD"
    assert job(story).state == "FAILED"


def test_an_unfinished_point_cannot_be_copied() -> None:
    other, _ = source(f"{POINT}2")
    told(other).when(copy(arn=f"{POINT}2")).then_rejected(InvalidRequest)


def test_the_source_must_be_there_when_a_copy_is_asked_for() -> None:
    told().when(StartCopyJob("x", POINT, DR, ROLE)).then_rejected(
        AccessDenied, "Insufficient privileges to perform this action."
    )
    told().when(StartCopyJob("w", POINT, DR, ROLE)).then_rejected(
        ResourceNotFound, "Cannot find recovery point."
    )


@pytest.mark.parametrize(
    "command",
    [
        copy("dr"),
        copy(POINT),
        copy(V),
        copy(idempotency_token=""),
        copy(idempotency_token="x" * 1025),
        copy(lifecycle=Lifecycle(delete_after_days=0)),
        copy(lifecycle=Lifecycle(8, 97)),
        StartCopyJob("v", POINT, DR, f"arn:aws:iam::{ACCOUNT}:user/u"),
    ],
)
def test_bad_fields_are_refused(command: StartCopyJob) -> None:
    told().when(command).then_rejected(InvalidParameterValue)


def test_a_plan_may_ask_for_a_copy_into_the_same_vault_in_vain() -> None:
    asked = CopyJobCreated("J", "v", POINT, V, EFS, "EFS", ROLE, T0 + SECOND)
    story = told(asked).at(T0 + MINUTE)
    assert failed(story)[0] == "Copy job failed. Source and destination are the same vault."


@pytest.mark.parametrize(
    "destination",
    [
        f"{THEIRS}:backup-vault:x",
        f"arn:aws:backup:sa-east-1:{ACCOUNT}:backup-vault:x",
        DR.replace("arn:aws:", "arn:aws-cn:"),
    ],
)
def test_a_missing_destination_fails_the_job(destination: str) -> None:
    message = f"Copy job failed because backup vault {destination} does not exist."
    story = copying(destination).at(T0 + SECOND)
    story.then(CopyJobFailed(job(story).job_id, message, "RESOURCE_NOT_FOUND"))
    assert job(story).completed_at == T0 + SECOND


def test_a_destination_may_vanish_before_the_job_starts_but_not_while_it_runs() -> None:
    story = copying()
    story.engine.handle(DeleteVault("dr"), THERE)
    assert failed(story.at(T0 + SECOND))[1] == "RESOURCE_NOT_FOUND"

    story = copying().at(T0 + SECOND)
    with pytest.raises(InvalidRequest):
        story.engine.handle(DeleteVault("dr"), THERE)


NOT_SUPPORTED = ("Feature is not supported for provided resource type.", "UNSUPPORTED_OPERATION")
TYPES_NOT_COPIED: list[dict[str, Any]] = [
    {
        "resource_type": "Redshift",
        "resource_arn": f"arn:aws:redshift:us-east-1:{ACCOUNT}:cluster:one",
        "arn": f"arn:aws:redshift:us-east-1:{ACCOUNT}:snapshot:one/awsbackup:job-1",
    },
    {
        "resource_type": "Redshift Serverless",
        "resource_arn": f"arn:aws:redshift-serverless:us-east-1:{ACCOUNT}:namespace/one",
        "arn": f"arn:aws:redshift-serverless:us-east-1:{ACCOUNT}:snapshot:one/awsbackup:job-1",
    },
    {
        "resource_type": "DynamoDB",
        "resource_arn": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t",
        "arn": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t/backup/01547087347000-c8b6",
    },
    {
        "resource_type": "FSx",
        "resource_arn": f"arn:aws:fsx:us-east-1:{ACCOUNT}:volume/fs-1/fsvol-1",
        "arn": f"arn:aws:fsx:us-east-1:{ACCOUNT}:backup/backup-1",
    },
]
STACK = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/shop/1"


@pytest.mark.parametrize("point", TYPES_NOT_COPIED, ids=lambda point: point["resource_type"])
@pytest.mark.parametrize("destination", [DR, W, BUNKER])
def test_what_is_copied_nowhere_fails_everywhere(point: dict[str, Any], destination: str) -> None:
    assert failed(copying(destination, **point).at(T0 + SECOND)) == NOT_SUPPORTED


@pytest.mark.parametrize(("destination", "supported"), [(W, True), (DR, True), (BUNKER, False)])
def test_stacks_are_copied_inside_their_account_only(destination: str, supported: bool) -> None:
    story = copying(destination, resource_type="CloudFormation", resource_arn=STACK)
    story.at(T0 + MINUTE)
    assert (job(story).state == "COMPLETED") is supported
    if not supported:
        assert failed(story) == NOT_SUPPORTED


def test_accounts_copy_into_others_only_where_that_is_switched_on() -> None:
    assert failed(copying(BUNKER).at(T0 + SECOND)) == (
        "Copy job failed. Cross-account copy feature is not enabled for the current organization.",
        "FEATURE_NOT_ENABLED",
    )


NO_ACCESS = ("Access Denied trying to call AWS Backup service", "ACCESS_DENIED")


@pytest.mark.parametrize("name", ["bunker", "missing"])
def test_a_vault_without_a_policy_lets_no_other_account_in(name: str) -> None:
    story = told(ENABLED).when(copy(BUNKER.replace("bunker", name))).at(T0 + SECOND)
    assert failed(story) == NO_ACCESS


@pytest.mark.parametrize("name", ["Default", "plain"])
def test_a_copy_for_another_account_needs_a_key_that_can_be_shared(name: str) -> None:
    default = managed_key_arn(told().engine.origin, ABROAD)
    key = KEY if name == "Default" else default
    story = told(ENABLED, Elsewhere(ABROAD, VaultCreated(name, key)))
    story.when(copy(BUNKER.replace("bunker", name))).at(T0 + SECOND)
    message = (
        "Copy job failed because the destination Backup vault is encrypted with the default Backup"
        " service managed key. The contents of this vault cannot be copied. Only the contents of a"
        " Backup vault encrypted by an AWS KMS key may be copied."
    )
    assert failed(story) == (message, "ACCESS_DENIED")


def test_storage_gateway_copies_need_a_vault_and_key_of_a_users_own() -> None:
    gateway = f"arn:aws:storagegateway:us-east-1:{ACCOUNT}:gateway/sgw-1/volume/vol-1"
    default = managed_key_arn(told().engine.origin, THERE)
    plain = Elsewhere(THERE, VaultCreated("plain", default))
    point = {"arn": SNAPSHOT, "resource_arn": gateway, "resource_type": "Storage Gateway"}
    story = told(plain, **point).when(copy(f"{THEIRS}:backup-vault:plain", SNAPSHOT))
    message = (
        "UnsupportedOperation : Storage Gateway backup copies require a user-created backup vault"
        " and key at destination."
    )
    assert failed(story.at(T0 + SECOND)) == (message, "UNSUPPORTED_OPERATION")
    assert job(copying(**point).at(T0 + MINUTE)).state == "COMPLETED"


@pytest.mark.parametrize("tags", [{}, {"a": "b"}])
def test_a_resource_may_be_told_to_fail_and_leaves_no_copy(tags: dict[str, str]) -> None:
    story = told(*([TagsSet(POINT, tags)] if tags else []))
    story.when(RegisterResource(EFS, fails_with="Access denied by x")).when(copy())
    story.at(T0 + SECOND)
    arn = copied(story).arn
    story.news  # noqa: B018 - looks past what time did
    story.at(T0 + 4 * SECOND).then(
        CopyJobFailed(job(story).job_id, "Access denied by x", "ACCESS_DENIED"),
        RecoveryPointDeleted(arn),
        *([TagsDropped(arn)] if tags else []),
    )
    assert (job(story).copy_arn, job(story).size_bytes) == (None, 5)
    assert not len(story.engine.world(THERE).recovery_points)
    story.when(DeleteRecoveryPoint("v", POINT))
    assert story.rejection is None


def test_a_retry_with_the_same_token_is_one_job_for_an_hour() -> None:
    story = told().when(copy(idempotency_token="t")).then_kinds(CopyJobCreated)
    first = job(story)
    story.at(T0 + HOUR - 1).news  # noqa: B018 - looks past what time did
    story.when(copy(idempotency_token="t")).then_nothing_happened()
    assert queries.latest_with_token(story.world, "t").job_id == first.job_id
    story.at(T0 + HOUR)
    story.when(copy(idempotency_token="t")).then_kinds(CopyJobCreated)


def test_a_request_without_a_token_is_always_a_new_job() -> None:
    copying().when(copy()).then_kinds(CopyJobCreated)


def test_a_job_leaves_the_lists_thirty_days_after_its_end() -> None:
    story = copying().at(T0 + 4 * SECOND + 30 * DAY - 1)
    assert len(jobs(story)) == 1
    with pytest.raises(ResourceNotFound):
        story.world.copy_job("x")
    assert story.world.copy_job(job(story).job_id) == job(story)
    story.at(T0 + 4 * SECOND + 30 * DAY)
    assert jobs(story) == []
    assert len(story.engine.world(THERE).recovery_points) == 1


def listed(story: Story, **filters: Any) -> list[str]:
    page = queries.list_copy_jobs(story.world, limit=9, **filters)
    return [job.resource_type for job in page.rows]


def test_jobs_are_listed_newest_first_by_any_mix_of_filters() -> None:
    ebs = source(SNAPSHOT, resource_arn=EBS, resource_type="EBS")
    story = told(*ebs).when(copy()).at(T0 + SECOND)
    story.when(copy(W, SNAPSHOT)).at(T0 + 4 * SECOND)
    assert listed(story) == ["EBS", "EFS"]
    assert listed(story, state="COMPLETED") == ["EFS"]
    assert listed(story, destination_vault_arn=W, resource_type="EBS") == ["EBS"]
    assert listed(story, resource_arn=EFS, destination_vault_arn=W) == []
    assert listed(story, source_point_arn=SNAPSHOT) == ["EBS"]
    assert listed(story, created_after=T0) == ["EBS"]
    assert listed(story, created_before=T0 + SECOND) == ["EFS"]
    assert listed(story, category="SUCCESS") == ["EFS"]
    assert listed(story, account_id=ACCOUNT) == listed(story, account_id="*") == listed(story)
    assert listed(story, account_id="999999999999") == []
    assert listed(story, parent_job_id="x") == []
    assert listed(story, complete_after=T0 + 3 * SECOND) == ["EFS"]
    assert listed(story, complete_before=T0 + 4 * SECOND) == []
    story.scope = THERE
    assert listed(story) == [], "a job is listed where it was asked for"
