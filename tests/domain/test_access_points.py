"""Access points: S3 access points to recovery points, which are kept as long as there is one."""

from typing import Any

import pytest

from tests.spec import HERE, Story, given
from vaultclock.domain.access_points import queries
from vaultclock.domain.access_points.commands import (
    CreateAccessPoint,
    DeleteAccessPoint,
    ExpireAccessPoint,
    FailAccessPoint,
)
from vaultclock.domain.access_points.decide import CREATION, DELETION, NAME_KEPT
from vaultclock.domain.access_points.events import (
    AccessPointBecameAvailable,
    AccessPointCreated,
    AccessPointCreationFailed,
    AccessPointDeleted,
    AccessPointDeletionFailed,
    AccessPointDeletionStarted,
    AccessPointDisassociated,
    AccessPointDisassociationStarted,
    AccessPointExpired,
)
from vaultclock.domain.access_points.state import AccessPoint, Status
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import DAY, MINUTE, SECOND, from_iso, to_iso
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.refusals import (
    AlreadyExists,
    Conflict,
    InvalidParameterValue,
    InvalidRequest,
    LimitExceeded,
    MissingParameterValue,
    ResourceNotFound,
)
from vaultclock.domain.protection import ACCESSED
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointCreated,
    RecoveryPointDeleted,
    RecoveryPointDeletionStarted,
    RecoveryPointExpired,
    RecoveryPointHeld,
    RecoveryPointLifecycleChanged,
    RecoveryPointReleased,
    RecoveryPointStopped,
)
from vaultclock.domain.tags.commands import TagResource, UntagResource
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vault_shares.commands import ShareVault, UnshareVault
from vaultclock.domain.vault_shares.events import VaultUnshared
from vaultclock.domain.vaults.events import VaultBecameAvailable, VaultCreated

START = from_iso("2026-01-01T00:00:00Z")
BUCKET = "arn:aws:s3:::bucket"
BACKUP = f"arn:aws:backup:{HERE.region}:{HERE.account}"
SNAPSHOT = f"{BACKUP}:recovery-point:bucket-20260101000000-aaaaaaaa"
OTHER = f"{BACKUP}:recovery-point:bucket-20260101000001-bbbbbbbb"
CONTINUOUS = f"{BACKUP}:recovery-point:continuous:bucket-cccccccc"
ARN = f"{BACKUP}:accesspoint/reader"
VAULT = f"{BACKUP}:backup-vault:vault"
THERE = Scope("999999999999", HERE.region)
POLICY = '{"Version": "2012-10-17", "Statement": []}'
IN_TIME = "AccessPointInTime"


def created(arn: str = SNAPSHOT, **fields: Any) -> RecoveryPointCreated:
    return RecoveryPointCreated(
        **{
            "arn": arn,
            "vault_name": "vault",
            "resource_arn": BUCKET,
            "resource_type": "S3",
            "iam_role_arn": "arn:aws:iam::123456789012:role/backup",
            "created_at": START,
            "deletion_lag_ms": 0,
            **fields,
        }
    )


def story(*facts: Any, keeps_days: int | None = None) -> Story:
    """A vault, a snapshot of a bucket, and another; then what else happened."""
    lifecycle = None if keeps_days is None else Lifecycle(None, keeps_days)
    return given(
        VaultCreated("vault", "arn:aws:kms:us-east-1:123456789012:key/k"),
        created(lifecycle=lifecycle),
        RecoveryPointCompleted(SNAPSHOT, 1),
        created(OTHER, created_at=START + 1),
        RecoveryPointCompleted(OTHER, 1),
        *facts,
        at=START,
    )


def continuous(days: int = 7, *facts: Any) -> Story:
    return story(
        created(CONTINUOUS, is_continuous=True, lifecycle=Lifecycle(None, days)),
        RecoveryPointCompleted(CONTINUOUS, 1),
        *facts,
    )


def made(name: str = "reader", point_arn: str = SNAPSHOT, **fields: Any) -> AccessPointCreated:
    return AccessPointCreated(
        **{
            "arn": f"{BACKUP}:accesspoint/{name}",
            "name": name,
            "recovery_point_arn": point_arn,
            "owner_account": HERE.account,
            "vault_name": "vault",
            "vault_arn": VAULT,
            "resource_arn": BUCKET,
            "ready_at": START + CREATION,
            **fields,
        }
    )


def held(name: str = "reader", point_arn: str = SNAPSHOT) -> RecoveryPointHeld:
    return RecoveryPointHeld(point_arn, f"{BACKUP}:accesspoint/{name}")


def with_one(**options: Any) -> Story:
    """An access point that is being made."""
    return story(made(), held(), **options)


def available(**options: Any) -> Story:
    """An access point that can be read through."""
    told = with_one(**options).at(START + CREATION)
    told.then_kinds(AccessPointBecameAvailable)
    return told


def only(told: Story) -> AccessPoint:
    return told.world.access_points[ARN]


# making them -------------------------------------------------------------------------------------


def test_an_access_point_is_made_and_keeps_its_recovery_point_from_then_on() -> None:
    told = story().when(CreateAccessPoint("reader", SNAPSHOT, policy=POLICY, tags={"a": "b"}))
    told.then(made(policy=POLICY), held(), TagsSet(ARN, {"a": "b"}))
    assert only(told).status == "CREATING"
    assert told.world.recovery_points[SNAPSHOT].held_by == (ARN,)


def test_it_becomes_available_under_the_names_that_s3_gives_it() -> None:
    told = available()
    one = only(told)
    assert one.status == "AVAILABLE"
    assert one.s3_access_point_arn == "arn:aws:s3:us-east-1:123456789012:accesspoint/reader"
    assert one.s3_alias is not None
    assert one.s3_alias.startswith("reader-")
    assert one.s3_alias.endswith("-ext-s3alias")
    told.at(START + 40 * DAY).then_nothing_happened()


def test_an_alias_is_no_longer_than_a_buckets_name_may_be() -> None:
    told = story().when(CreateAccessPoint("a" * 50, SNAPSHOT)).at(START + CREATION)
    alias = told.world.access_points[f"{BACKUP}:accesspoint/{'a' * 50}"].s3_alias
    assert alias is not None
    assert len(alias) == 63


@pytest.mark.parametrize(
    "name",
    ["ab", "a" * 51, "Reader", "-reader", "reader-", "rea_der", "my-s3alias", "my-ext-s3alias", ""],
)
def test_a_name_is_one_that_s3_takes(name: str) -> None:
    story().when(CreateAccessPoint(name, SNAPSHOT)).then_rejected(InvalidParameterValue)


@pytest.mark.parametrize("name", ["abc", "a" * 50, "0-9", "s3alias-of-mine"])
def test_names_that_s3_takes_are_taken(name: str) -> None:
    told = story().when(CreateAccessPoint(name, SNAPSHOT)).then(made(name), held(name))
    assert queries.find_access_point(told.world, f"{BACKUP}:accesspoint/{name}")


@pytest.mark.parametrize(
    "policy", ["", "{", "[]", '"Allow"', "null", "[" * 100_000, '{"a": "' + "x" * 200_000 + '"}']
)
def test_a_policy_is_a_json_object(policy: str) -> None:
    told = story().when(CreateAccessPoint("reader", SNAPSHOT, policy=policy))
    told.then_rejected(InvalidParameterValue)


def test_tags_are_within_the_usual_limits() -> None:
    told = story().when(CreateAccessPoint("reader", SNAPSHOT, tags={"aws:mine": "x"}))
    told.then_rejected(InvalidParameterValue)
    many = {f"key-{number}": "" for number in range(200)}
    told.when(CreateAccessPoint("other", SNAPSHOT, tags={**many, "one-more": ""}))
    told.then_rejected(LimitExceeded)
    told.when(CreateAccessPoint("reader", SNAPSHOT, tags=many))
    assert told.rejection is None
    told.when(TagResource(ARN, {"one-more": ""})).then_rejected(LimitExceeded)
    told.when(UntagResource(ARN, ["key-0"])).when(TagResource(ARN, {"one-more": ""}))
    assert told.rejection is None


def test_the_recovery_point_must_be_there() -> None:
    told = story().when(CreateAccessPoint("reader", SNAPSHOT + "x"))
    told.then_rejected(ResourceNotFound, "Cannot find recovery point.")
    assert told.rejection is not None
    assert told.rejection.code == "ERROR_2603"


def test_the_recovery_point_must_be_of_a_bucket() -> None:
    files = "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-1"
    arn = f"{BACKUP}:recovery-point:d"
    point = created(arn, resource_arn=files, resource_type="EFS")
    told = story(point, RecoveryPointCompleted(arn, 1)).when(CreateAccessPoint("reader", arn))
    told.then_rejected(InvalidParameterValue)


@pytest.mark.parametrize(
    "fact",
    [
        None,
        RecoveryPointDeletionStarted(OTHER, ends_at=START + DAY),
        RecoveryPointExpired(OTHER, "kept"),
    ],
)
def test_the_recovery_point_must_be_readable(fact: Any) -> None:
    told = given(VaultCreated("vault", None), created(OTHER), at=START)
    if fact is not None:
        told = story(fact)
    told.when(CreateAccessPoint("reader", OTHER)).then_rejected(InvalidParameterValue)


def test_a_recovery_point_has_at_most_five_access_points_whatever_their_status() -> None:
    told = story()
    for number in range(5):
        told.when(CreateAccessPoint(f"reader-{number}", SNAPSHOT))
    told.at(START + CREATION)
    told.when(ExpireAccessPoint(f"{BACKUP}:accesspoint/reader-0"))
    told.when(DeleteAccessPoint(f"{BACKUP}:accesspoint/reader-1"))
    told.when(CreateAccessPoint("reader-5", SNAPSHOT)).then_rejected(LimitExceeded)
    told.when(CreateAccessPoint("reader-5", OTHER))
    assert told.rejection is None
    told.at(START + CREATION + DELETION).when(CreateAccessPoint("reader-6", SNAPSHOT))
    assert told.rejection is None


def test_a_name_in_use_is_taken_also_for_another_recovery_point() -> None:
    told = with_one().when(CreateAccessPoint("reader", OTHER)).then_rejected(AlreadyExists)
    assert isinstance(told.rejection, AlreadyExists)
    assert told.rejection.arn == ARN


def test_the_name_of_one_that_was_deleted_is_taken_for_a_while() -> None:
    told = available().when(DeleteAccessPoint(ARN))
    told.when(CreateAccessPoint("reader", OTHER)).then_rejected(Conflict)
    gone_at = START + CREATION + DELETION
    told.at(gone_at).when(CreateAccessPoint("reader", OTHER)).then_rejected(Conflict)
    told.at(gone_at + NAME_KEPT - 1)
    told.when(CreateAccessPoint("reader", OTHER)).then_rejected(Conflict)
    told.at(gone_at + NAME_KEPT)
    assert ARN not in told.world.access_points
    told.when(CreateAccessPoint("reader", OTHER))
    assert only(told).recovery_point_arn == OTHER


# the instant of a continuous point ---------------------------------------------------------------


def test_a_continuous_point_is_read_as_of_an_instant() -> None:
    told = continuous().at(START + DAY)
    told.when(CreateAccessPoint("reader", CONTINUOUS, {IN_TIME: "2026-01-01T12:00:00Z"}))
    told.then(
        made(
            point_arn=CONTINUOUS,
            ready_at=START + DAY + CREATION,
            reads_at=from_iso("2026-01-01T12:00:00Z"),
        ),
        held(point_arn=CONTINUOUS),
    )


def test_a_continuous_point_is_not_read_without_an_instant() -> None:
    told = continuous().when(CreateAccessPoint("reader", CONTINUOUS))
    told.then_rejected(MissingParameterValue)


def test_a_snapshot_has_no_instants() -> None:
    told = story().when(CreateAccessPoint("reader", SNAPSHOT, {IN_TIME: to_iso(START)}))
    told.then_rejected(InvalidParameterValue)


@pytest.mark.parametrize("point_arn", [SNAPSHOT, CONTINUOUS])
def test_there_is_no_other_metadata(point_arn: str) -> None:
    metadata = {"S3AccessPointArn": "arn:aws:s3:us-east-1:123456789012:accesspoint/mine"}
    told = continuous().when(CreateAccessPoint("reader", point_arn, metadata))
    told.then_rejected(InvalidParameterValue)


@pytest.mark.parametrize(
    "text",
    ["", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", "2026-13-01T00:00:00Z"],
)
def test_an_instant_is_written_as_aws_writes_it(text: str) -> None:
    told = continuous().when(CreateAccessPoint("reader", CONTINUOUS, {IN_TIME: text}))
    told.then_rejected(InvalidParameterValue)


@pytest.mark.parametrize(
    ("days", "passed", "readable", "unreadable"),
    [
        (7, 0, [0], [-SECOND, SECOND]),  # the first backup is what there is
        (7, DAY, [0, DAY - 15 * MINUTE], [-SECOND, DAY - 15 * MINUTE + SECOND, DAY]),
        (2, 5 * DAY, [3 * DAY, 5 * DAY - 15 * MINUTE], [3 * DAY - SECOND, 5 * DAY]),
    ],
)
def test_an_instant_lies_within_the_retention_and_can_be_restored(
    days: int, passed: int, readable: list[int], unreadable: list[int]
) -> None:
    # no run of a rule renews this point, so something else must keep it
    told = continuous(days, RecoveryPointHeld(CONTINUOUS, "hold")).at(START + passed)
    for place, since in enumerate(readable):
        metadata = {IN_TIME: to_iso(START + since)}
        told.when(CreateAccessPoint(f"reader-{place}", CONTINUOUS, metadata))
        told.then_kinds(AccessPointCreated, RecoveryPointHeld)
    for since in unreadable:
        metadata = {IN_TIME: to_iso(START + since)}
        told.when(CreateAccessPoint("reader", CONTINUOUS, metadata))
        told.then_rejected(InvalidParameterValue)


def test_a_stopped_point_is_read_up_to_its_last_update() -> None:
    told = continuous(7, RecoveryPointStopped(CONTINUOUS)).at(START + DAY)
    late = to_iso(START + SECOND)
    told.when(CreateAccessPoint("reader", CONTINUOUS, {IN_TIME: late}))
    told.then_rejected(InvalidParameterValue)
    told.when(CreateAccessPoint("reader", CONTINUOUS, {IN_TIME: to_iso(START)}))
    told.then_kinds(AccessPointCreated, RecoveryPointHeld)


# what they keep ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["CREATING", "AVAILABLE", "EXPIRED", "FAILED"])
def test_a_recovery_point_with_an_access_point_cannot_be_deleted(status: str) -> None:
    told = with_one() if status in ("CREATING", "FAILED") else available()
    if status == "EXPIRED":
        told.when(ExpireAccessPoint(ARN)).then(AccessPointExpired(ARN))
    if status == "FAILED":
        told.when(FailAccessPoint(ARN, "S3 says no")).then_kinds(AccessPointCreationFailed)
    assert only(told).status == status
    told.when(DeleteRecoveryPoint("vault", SNAPSHOT)).then_rejected(InvalidRequest, ACCESSED)


def test_a_continuous_point_with_an_access_point_cannot_be_disassociated() -> None:
    told = continuous(7, made(point_arn=CONTINUOUS, reads_at=START), held(point_arn=CONTINUOUS))
    told.when(DisassociateRecoveryPoint("vault", CONTINUOUS)).then_rejected(InvalidRequest)


def test_the_end_of_a_retention_waits_for_the_last_access_point() -> None:
    told = story(made(), held(), made("other"), held("other"), keeps_days=1)
    told.at(START + 2 * DAY).then_kinds(AccessPointBecameAvailable, AccessPointBecameAvailable)
    told.when(DeleteAccessPoint(ARN)).at(START + 3 * DAY)
    told.then(
        AccessPointDeletionStarted(ARN, START + 2 * DAY + DELETION),
        AccessPointDeleted(ARN, START + 2 * DAY + DELETION + NAME_KEPT),
        RecoveryPointReleased(SNAPSHOT, ARN),
    )
    other = f"{BACKUP}:accesspoint/other"
    told.when(DeleteAccessPoint(other)).at(START + 4 * DAY)
    told.then(
        AccessPointDeletionStarted(other, START + 3 * DAY + DELETION),
        AccessPointDeleted(other, START + 3 * DAY + DELETION + NAME_KEPT),
        RecoveryPointReleased(SNAPSHOT, other),
        RecoveryPointDeleted(SNAPSHOT),
    )


def test_a_lifecycle_can_be_changed_and_waits() -> None:
    told = available()
    told.when(UpdateRecoveryPointLifecycle("vault", SNAPSHOT, Lifecycle(None, 1)))
    told.then(RecoveryPointLifecycleChanged(SNAPSHOT, Lifecycle(None, 1)))
    told.at(START + 9 * DAY).then_nothing_happened()
    told.when(DeleteAccessPoint(ARN)).at(START + 10 * DAY)
    told.then_kinds(
        AccessPointDeletionStarted, AccessPointDeleted, RecoveryPointReleased, RecoveryPointDeleted
    )


def test_the_composite_that_groups_a_bucket_is_kept_with_it() -> None:
    stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1"
    parent, child = f"{BACKUP}:recovery-point:composite", f"{BACKUP}:recovery-point:bucket-nested"
    day = Lifecycle(None, 1)
    told = story(
        created(
            parent,
            resource_arn=stack,
            resource_type="CloudFormation",
            is_parent=True,
            lifecycle=day,
        ),
        created(child, parent_arn=parent, lifecycle=day),
        RecoveryPointCompleted(child, 1),
        RecoveryPointCompleted(parent, 1),
    )
    told.when(CreateAccessPoint("reader", child))
    told.then(made(point_arn=child), held(point_arn=child), held(point_arn=parent))
    told.at(START + 9 * DAY).then_kinds(AccessPointBecameAvailable)
    told.when(DeleteAccessPoint(ARN)).at(START + 10 * DAY)
    news = told.news
    assert RecoveryPointDeleted(child) in news
    assert RecoveryPointDeleted(parent) in news


# how they end ------------------------------------------------------------------------------------


def test_a_deleted_access_point_is_gone_a_moment_later_with_its_tags() -> None:
    told = story(made(), held(), TagsSet(ARN, {"a": "b"})).at(START + CREATION)
    told.then_kinds(AccessPointBecameAvailable)
    told.when(DeleteAccessPoint(ARN))
    ends_at = START + CREATION + DELETION
    told.then(AccessPointDeletionStarted(ARN, ends_at))
    assert only(told).status == "DELETING"
    told.when(DeleteAccessPoint(ARN)).then_nothing_happened()
    told.at(ends_at).then(
        AccessPointDeleted(ARN, ends_at + NAME_KEPT),
        RecoveryPointReleased(SNAPSHOT, ARN),
        TagsDropped(ARN),
    )
    told.when(DeleteAccessPoint(ARN)).then_rejected(ResourceNotFound)
    with pytest.raises(ResourceNotFound):
        queries.find_access_point(told.world, ARN)


def test_what_is_not_there_is_neither_deleted_nor_broken() -> None:
    for command in (DeleteAccessPoint(ARN), ExpireAccessPoint(ARN), FailAccessPoint(ARN, "no")):
        story().when(command).then_rejected(ResourceNotFound)


def test_one_that_is_being_made_is_deleted_before_it_is_there() -> None:
    told = with_one().when(DeleteAccessPoint(ARN)).at(START + DAY)
    told.then_kinds(AccessPointDeletionStarted, AccessPointDeleted, RecoveryPointReleased)


def test_a_creation_that_failed_can_only_be_deleted() -> None:
    told = with_one().when(FailAccessPoint(ARN, "S3 says no"))
    told.then(AccessPointCreationFailed(ARN, "S3 says no"))
    assert (only(told).status, only(told).message) == (Status.FAILED, "S3 says no")
    told.at(START + DAY).then_nothing_happened()
    told.when(DeleteAccessPoint(ARN)).at(START + 2 * DAY)
    told.then_kinds(AccessPointDeletionStarted, AccessPointDeleted, RecoveryPointReleased)


def test_a_deletion_that_failed_keeps_the_recovery_point_until_one_succeeds() -> None:
    told = available().when(DeleteAccessPoint(ARN)).when(FailAccessPoint(ARN, "not now"))
    told.then_kinds(AccessPointDeletionStarted, AccessPointDeletionFailed)
    assert only(told).status == "FAILED"
    told.at(START + DAY).then_nothing_happened()
    told.when(DeleteRecoveryPoint("vault", SNAPSHOT)).then_rejected(InvalidRequest, ACCESSED)
    told.when(DeleteAccessPoint(ARN)).at(START + 2 * DAY)
    told.then_kinds(AccessPointDeletionStarted, AccessPointDeleted, RecoveryPointReleased)


@pytest.mark.parametrize("message", ["", " ", "x" * 1025])
def test_a_failure_says_why(message: str) -> None:
    with_one().when(FailAccessPoint(ARN, message)).then_rejected(InvalidParameterValue)


def test_only_what_is_under_way_fails_and_only_what_is_there_expires() -> None:
    available().when(FailAccessPoint(ARN, "no")).then_rejected(InvalidRequest)
    with_one().when(ExpireAccessPoint(ARN)).then_rejected(InvalidRequest)


# access that is withdrawn ------------------------------------------------------------------------


BUNKER = f"{BACKUP}:backup-vault:bunker"
VIEW = f"arn:aws:backup:us-east-1:{THERE.account}:backup-vault:view"
THEIRS = f"arn:aws:backup:us-east-1:{THERE.account}:accesspoint/reader"
UNSHARE = UnshareVault("bunker", THERE.account)


def air_gapped(*facts: Any) -> Story:
    """An air-gapped vault with the snapshot of a bucket in it; then what else happened."""
    return given(
        VaultCreated("bunker", None, vault_type="LOGICALLY_AIR_GAPPED_BACKUP_VAULT"),
        VaultBecameAvailable("bunker"),
        created(vault_name="bunker"),
        RecoveryPointCompleted(SNAPSHOT, 1),
        *facts,
        at=START,
    )


def shared() -> Story:
    """A vault that is shared with another account, which has an access point to what is in it."""
    told = air_gapped().when(ShareVault("bunker", THERE.account))
    told.scope = THERE
    told.when(CreateAccessPoint("reader", SNAPSHOT))
    return settled(told)


def settled(told: Story) -> Story:
    """Let what is under way end, and look, so that what follows is all that is new."""
    told.at(told.engine.now + CREATION)
    assert told.rejection is None
    assert told.news
    return told


def theirs(told: Story) -> AccessPoint:
    return told.engine.world(THERE).access_points[THEIRS]


def held_by(told: Story) -> tuple[str, ...]:
    return told.engine.world(HERE).recovery_points[SNAPSHOT].held_by


def test_who_a_vault_is_shared_with_makes_access_points_that_keep_the_owners_points() -> None:
    told = shared()
    born = theirs(told).born
    assert (born.owner_account, born.recovery_point_arn) == (HERE.account, SNAPSHOT)
    assert (born.vault_name, born.vault_arn) == ("bunker", BUNKER)
    assert theirs(told).status == "AVAILABLE"
    assert held_by(told) == (THEIRS,)
    told.scope = HERE
    told.when(DeleteRecoveryPoint("bunker", SNAPSHOT)).then_rejected(InvalidRequest, ACCESSED)
    told.scope = THERE
    told.when(DeleteAccessPoint(THEIRS)).at(START + DAY)
    assert held_by(told) == ()


def test_nobody_makes_access_points_to_what_is_not_shared_with_them() -> None:
    told = air_gapped()
    told.scope = THERE
    told.when(CreateAccessPoint("reader", SNAPSHOT)).then_rejected(ResourceNotFound)


def test_five_access_points_of_one_account_leave_room_for_those_of_another() -> None:
    told = shared()
    told.scope = HERE
    for number in range(5):
        told.when(CreateAccessPoint(f"reader-{number}", SNAPSHOT))
    told.when(CreateAccessPoint("reader", SNAPSHOT)).then_rejected(LimitExceeded)
    told.scope = THERE
    told.when(CreateAccessPoint("reader-two", SNAPSHOT))
    assert told.rejection is None


def test_a_share_that_is_withdrawn_cuts_access_points_off_and_they_keep_nothing() -> None:
    told = shared()
    told.scope = HERE
    ends_at = told.engine.now + queries.DISASSOCIATION
    told.when(UNSHARE)
    told.then(VaultUnshared(BUNKER), AccessPointDisassociationStarted(THEIRS, ends_at))
    assert (theirs(told).status, held_by(told)) == ("DISASSOCIATING", (THEIRS,))
    told.at(ends_at)
    told.then(AccessPointDisassociated(THEIRS), RecoveryPointReleased(SNAPSHOT, THEIRS))
    assert (theirs(told).status, held_by(told)) == ("DISASSOCIATED", ())
    assert queries.disassociated(told.engine.world(THERE), BUNKER, told.engine.now) == []


def test_an_access_point_that_is_cut_off_can_still_be_deleted() -> None:
    told = shared()
    told.scope = HERE
    settled(told.when(UNSHARE))
    told.scope = THERE
    told.when(DeleteAccessPoint(THEIRS)).at(told.engine.now + DAY)
    told.then_kinds(AccessPointDeletionStarted, AccessPointDeleted)


def test_one_that_is_deleted_while_it_is_cut_off_lets_go_once() -> None:
    told = shared()
    told.scope = HERE
    told.when(UNSHARE)
    told.scope = THERE
    told.when(DeleteAccessPoint(THEIRS)).at(told.engine.now + DAY)
    told.then_kinds(
        VaultUnshared,
        AccessPointDisassociationStarted,
        AccessPointDeletionStarted,
        AccessPointDeleted,
        RecoveryPointReleased,
    )


def test_what_is_being_deleted_is_not_cut_off() -> None:
    told = shared().when(DeleteAccessPoint(THEIRS))
    told.scope = HERE
    told.when(UNSHARE).then_kinds(AccessPointDeletionStarted, VaultUnshared)
    told.at(told.engine.now + DAY).then_kinds(AccessPointDeleted, RecoveryPointReleased)
    assert held_by(told) == ()


def test_what_could_not_be_deleted_is_cut_off_when_its_share_was_withdrawn_meanwhile() -> None:
    told = shared().when(DeleteAccessPoint(THEIRS))
    told.scope = HERE
    told.when(UNSHARE).then_kinds(AccessPointDeletionStarted, VaultUnshared)
    told.scope = THERE
    told.when(FailAccessPoint(THEIRS, "S3 says no")).at(told.engine.now + DAY)
    told.then_kinds(
        AccessPointDeletionFailed,
        AccessPointDisassociationStarted,
        AccessPointDisassociated,
        RecoveryPointReleased,
    )
    told = shared().when(DeleteAccessPoint(THEIRS)).when(FailAccessPoint(THEIRS, "S3 says no"))
    told.then_kinds(AccessPointDeletionStarted, AccessPointDeletionFailed)
    assert held_by(told) == (THEIRS,)


def test_access_points_are_made_through_a_restore_access_vault_once_it_is_there() -> None:
    kind = "RESTORE_ACCESS_BACKUP_VAULT"
    view, other = (
        Elsewhere(THERE, VaultCreated(name, None, vault_type=kind, source_vault_arn=BUNKER))
        for name in ("view", "another")
    )
    told = air_gapped(view)
    told.scope = THERE
    told.when(CreateAccessPoint("reader", SNAPSHOT)).then_rejected(ResourceNotFound)
    told = air_gapped(view, Elsewhere(THERE, VaultBecameAvailable("view")), other)
    told.scope = THERE
    told.when(CreateAccessPoint("reader", SNAPSHOT))
    born = theirs(told).born
    assert (born.vault_name, born.vault_arn) == ("view", VIEW)
    assert (born.owner_account, held_by(told)) == (HERE.account, (THEIRS,))
    world, now = told.engine.world(THERE), told.engine.now
    assert queries.disassociated(world, BUNKER, now) == []
    started = AccessPointDisassociationStarted(THEIRS, now + queries.DISASSOCIATION)
    assert queries.disassociated(world, VIEW, now) == [Elsewhere(THERE, started)]


def test_nobodys_own_access_is_withdrawn() -> None:
    told = available()
    assert queries.disassociated(told.world, VAULT, told.engine.now) == []


# lists -------------------------------------------------------------------------------------------


def names(page: Any) -> list[str]:
    return [one.born.name for one in page.rows]


def several() -> Story:
    told = story()
    for place, point_arn in enumerate((SNAPSHOT, OTHER, SNAPSHOT)):
        told.when(CreateAccessPoint(f"reader-{place}", point_arn)).at(told.engine.now + 1)
    return told


def test_access_points_are_listed_oldest_first_by_page() -> None:
    told = several()
    page = queries.list_access_points(told.world, limit=2, token=None)
    assert names(page) == ["reader-0", "reader-1"]
    token = write_token(queries.ALL, page.next_after)
    rest = queries.list_access_points(told.world, limit=2, token=token)
    assert (names(rest), rest.next_after) == (["reader-2"], None)
    told.when(DeleteAccessPoint(f"{BACKUP}:accesspoint/reader-0"))
    assert len(names(queries.list_access_points(told.world, limit=9, token=None))) == 3
    told.at(told.engine.now + DELETION)
    assert len(names(queries.list_access_points(told.world, limit=9, token=None))) == 2


def test_access_points_are_listed_by_resource_and_by_recovery_point() -> None:
    world = several().world
    found = queries.list_by_resource(world, BUCKET, limit=9, token=None)
    assert names(found) == ["reader-0", "reader-1", "reader-2"]
    assert names(queries.list_by_resource(world, BUCKET + "x", limit=9, token=None)) == []
    assert names(queries.list_by_point(world, OTHER, limit=9, token=None)) == ["reader-1"]
    assert names(queries.list_by_point(world, OTHER + "x", limit=9, token=None)) == []
    page = queries.list_by_point(world, SNAPSHOT, limit=1, token=None)
    assert names(page) == ["reader-0"]
    token = write_token(queries.BY_POINT, page.next_after)
    rest = queries.list_by_point(world, SNAPSHOT, limit=1, token=token)
    assert (names(rest), rest.next_after) == (["reader-2"], None)


def test_the_owner_sees_who_else_reads_a_point_and_others_see_their_own() -> None:
    told = shared()
    told.scope = HERE
    told.when(CreateAccessPoint("reader", SNAPSHOT))
    ours = queries.list_by_point(told.world, SNAPSHOT, limit=9, token=None)
    assert [one.arn for one in ours.rows] == [THEIRS, ARN]
    others = queries.list_by_point(told.engine.world(THERE), SNAPSHOT, limit=9, token=None)
    assert [one.arn for one in others.rows] == [THEIRS]
    everywhere_else = told.engine.world(Scope(THERE.account, "eu-west-1"))
    assert queries.list_by_point(everywhere_else, SNAPSHOT, limit=9, token=None).rows == []


@pytest.mark.parametrize("listing", [queries.list_by_point, queries.list_by_resource])
def test_a_token_of_another_listing_is_refused(listing: Any) -> None:
    token = write_token(queries.ALL, (START, ARN))
    with pytest.raises(InvalidParameterValue):
        listing(several().world, SNAPSHOT, limit=9, token=token)
