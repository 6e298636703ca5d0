"""Tags: on vaults, plans and recovery points, by ARN."""

import pytest

from tests.spec import HERE, Story, given
from vaultclock.domain.access_points.events import AccessPointCreated, AccessPointDeleted
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.refusals import (
    InvalidParameterValue,
    LimitExceeded,
    Rejected,
    ResourceNotFound,
)
from vaultclock.domain.kernel.tables import Window
from vaultclock.domain.legal_holds.events import LegalHoldCreated
from vaultclock.domain.plans.events import PlanCreated, PlanDeleted, PlanDocument
from vaultclock.domain.recovery_points.events import RecoveryPointCreated
from vaultclock.domain.settings.events import RegionSettingsChanged
from vaultclock.domain.tags.commands import TagResource, UntagResource
from vaultclock.domain.tags.events import TagsDropped, TagsRemoved, TagsSet
from vaultclock.domain.tags.queries import LISTING, dropped_tags, list_tags, tags_of
from vaultclock.domain.vaults.events import VaultCreated

BACKUP = f"arn:aws:backup:{HERE.region}:{HERE.account}"
VAULT = f"{BACKUP}:backup-vault:v"
PLAN = f"{BACKUP}:backup-plan:p"
HOLD = f"{BACKUP}:legal-hold:h"
ACCESS_POINT = f"{BACKUP}:accesspoint/reader"
POINT = f"{BACKUP}:recovery-point:3f2b8a52-0000-5000-8000-000000000000"
SNAPSHOT = "arn:aws:ec2:us-east-1::snapshot/snap-05f426fd8kdjb4224"


def point(arn: str, resource_type: str) -> RecoveryPointCreated:
    return RecoveryPointCreated(
        arn=arn,
        vault_name="v",
        resource_arn="arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-1",
        resource_type=resource_type,
        iam_role_arn="arn:aws:iam::123456789012:role/backup",
        created_at=0,
        deletion_lag_ms=0,
    )


def story(*facts: object) -> Story:
    """A vault, a plan, a point of AWS Backup's own and one of EC2's; then what else happened."""
    return given(
        VaultCreated("v", "arn:aws:kms:us-east-1:123456789012:key/k"),
        PlanCreated("p", "version", PlanDocument("daily", ())),
        point(POINT, "EFS"),
        point(SNAPSHOT, "EBS"),
        LegalHoldCreated("h", "a title", "a description", active_at=9),
        AccessPointCreated(ACCESS_POINT, "reader", POINT, HERE.account, "v", VAULT, "bucket", 9),
        *facts,
    )


@pytest.mark.parametrize("arn", [VAULT, PLAN, POINT, HOLD, ACCESS_POINT])
def test_what_aws_backup_manages_takes_tags(arn: str) -> None:
    told = story().when(TagResource(arn, {"env": "prod"})).then(TagsSet(arn, {"env": "prod"}))
    assert tags_of(told.world, arn) == {"env": "prod"}


def test_tagging_adds_and_overwrites_and_never_removes() -> None:
    told = story(TagsSet(VAULT, {"a": "1", "b": "2"})).when(TagResource(VAULT, {"b": "3", "c": ""}))
    assert tags_of(told.world, VAULT) == {"a": "1", "b": "3", "c": ""}


@pytest.mark.parametrize("tags", [{"a": "1"}, {}])
def test_tags_the_thing_has_already_are_no_news(tags: dict[str, str]) -> None:
    told = story(TagsSet(VAULT, {"a": "1", "b": "2"}))
    told.when(TagResource(VAULT, tags)).then_nothing_happened()


def test_a_key_without_its_value_is_news() -> None:
    story().when(TagResource(VAULT, {"a": ""})).then(TagsSet(VAULT, {"a": ""}))


def test_a_thing_has_at_most_fifty_tags() -> None:
    fifty = {f"key-{number}": "" for number in range(50)}
    told = story(TagsSet(VAULT, fifty))
    told.when(TagResource(VAULT, {"one-more": ""})).then_rejected(LimitExceeded)
    told.when(TagResource(VAULT, {"key-7": "new"})).then(TagsSet(VAULT, {"key-7": "new"}))


def test_a_tag_key_is_not_empty() -> None:
    story().when(TagResource(VAULT, {"": "x"})).then_rejected(InvalidParameterValue)


def test_untagging_removes_the_keys_that_are_there_once() -> None:
    told = story(TagsSet(VAULT, {"a": "1", "b": "2"}))
    told.when(UntagResource(VAULT, ["b", "zzz", "b"])).then(TagsRemoved(VAULT, ("b",)))
    assert tags_of(told.world, VAULT) == {"a": "1"}


def test_untagging_the_last_tag_leaves_nothing_behind() -> None:
    told = story(TagsSet(VAULT, {"a": "1"})).when(UntagResource(VAULT, ["a"]))
    assert VAULT not in told.world.tags


@pytest.mark.parametrize("keys", [[], ["zzz"]])
def test_untagging_unknown_keys_is_no_news(keys: list[str]) -> None:
    told = story(TagsSet(VAULT, {"a": "1"}))
    told.when(UntagResource(VAULT, keys)).then_nothing_happened()


REFUSED = [
    ("not-an-arn", InvalidParameterValue),
    ("arn:aws:ec2:us-east-1:123456789012:volume/vol-1", InvalidParameterValue),
    (SNAPSHOT, InvalidParameterValue),
    ("arn:aws:backup:eu-west-1:123456789012:backup-vault:v", InvalidParameterValue),
    ("arn:aws:backup:us-east-1:999999999999:backup-vault:v", ResourceNotFound),
    ("arn:aws-cn:backup:us-east-1:123456789012:backup-vault:v", ResourceNotFound),
    (f"{BACKUP}:backup-vault:gone", ResourceNotFound),
    (f"{BACKUP}:backup-plan:gone", ResourceNotFound),
    (f"{BACKUP}:recovery-point:gone", ResourceNotFound),
    (f"{BACKUP}:framework:f-1", ResourceNotFound),
    (f"{BACKUP}:legal-hold:l-1", ResourceNotFound),
    (f"{BACKUP}:report-plan:r-1", ResourceNotFound),
    (f"{BACKUP}:restore-testing-plan:r-1", ResourceNotFound),
    (f"{BACKUP}:tiering-configuration:t-1", ResourceNotFound),
]


@pytest.mark.parametrize(("arn", "kind"), REFUSED)
def test_what_is_not_there_or_not_ours_takes_no_tags(arn: str, kind: type[Rejected]) -> None:
    story().when(TagResource(arn, {"a": "1"})).then_rejected(kind)
    story().when(UntagResource(arn, ["a"])).then_rejected(kind)


def test_a_deleted_plan_takes_no_tags() -> None:
    told = story(PlanDeleted("p")).when(TagResource(PLAN, {"a": "1"}))
    told.then_rejected(ResourceNotFound)


def test_an_access_point_that_is_gone_takes_no_tags() -> None:
    told = story(AccessPointDeleted(ACCESS_POINT, name_free_at=9))
    told.when(TagResource(ACCESS_POINT, {"a": "1"})).then_rejected(ResourceNotFound)


@pytest.mark.parametrize("kind", ["Aurora", "DocumentDB", "EBS", "FSx", "Neptune", "RDS"])
def test_points_of_types_that_are_not_fully_managed_take_no_tags_whatever_their_arn(
    kind: str,
) -> None:
    arn = f"{BACKUP}:recovery-point:continuous:orders-3f2b8a52"
    told = story(point(arn, kind), TagsSet(arn, {"a": "1"}))
    told.when(TagResource(arn, {"b": "2"})).then_rejected(InvalidParameterValue)
    told.when(UntagResource(arn, ["a"])).then_rejected(InvalidParameterValue)
    assert list_tags(told.world, arn, limit=9, token=None).rows == [("a", "1")]


def test_tags_of_dynamodbs_own_backups_are_not_listed_while_advanced_backup_is_off() -> None:
    arn = f"arn:aws:dynamodb:{HERE.region}:{HERE.account}:table/t/backup/01489602797149-73d8d5bc"
    world = story(point(arn, "DynamoDB")).world
    assert list_tags(world, arn, limit=9, token=None).rows == []
    world = story(point(arn, "DynamoDB"), RegionSettingsChanged({}, {"DynamoDB": False})).world
    with pytest.raises(InvalidParameterValue) as refused:
        list_tags(world, arn, limit=9, token=None)
    assert refused.value.code == "ERROR_3930"


def test_a_missing_recovery_point_has_a_code_and_text_of_its_own() -> None:
    told = story().when(TagResource(f"{BACKUP}:recovery-point:gone", {"a": "1"}))
    told.then_rejected(ResourceNotFound, "Cannot find recovery point.")
    assert told.rejection is not None
    assert told.rejection.code == "ERROR_2603"


def test_tags_are_listed_by_key() -> None:
    world = story(TagsSet(VAULT, {"b": "2", "a": "1"})).world
    page = list_tags(world, VAULT, limit=1000, token=None)
    assert (page.rows, page.next_after) == ([("a", "1"), ("b", "2")], None)


def test_a_thing_without_tags_lists_none() -> None:
    page = list_tags(story().world, POINT, limit=1000, token=None)
    assert (page.rows, page.next_after) == ([], None)


def test_tags_of_points_that_another_service_names_are_listed_too() -> None:
    world = story(TagsSet(SNAPSHOT, {"a": "1"})).world
    assert list_tags(world, SNAPSHOT, limit=1000, token=None).rows == [("a", "1")]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_pages_of_tags_are_cut_at_the_limit(limit: int) -> None:
    tags = {key: key.upper() for key in "abcde"}
    world, rows, token = story(TagsSet(VAULT, tags)).world, [], None
    for _ in range(5):
        page = list_tags(world, VAULT, limit=limit, token=token)
        assert 1 <= len(page.rows) <= limit
        rows += page.rows
        token = write_token(LISTING, page.next_after)
        if token is None:
            break
    assert rows == sorted(tags.items())


@pytest.mark.parametrize(
    "arn", [SNAPSHOT + "x", f"{BACKUP}:recovery-point:gone", f"{BACKUP}:backup-vault:gone"]
)
def test_tags_of_what_is_not_there_cannot_be_listed(arn: str) -> None:
    with pytest.raises(ResourceNotFound):
        list_tags(story().world, arn, limit=1, token=None)


def test_tags_of_what_is_no_arn_cannot_be_listed() -> None:
    with pytest.raises(InvalidParameterValue):
        list_tags(story().world, "v", limit=1, token=None)


def test_a_token_of_another_listing_is_refused() -> None:
    with pytest.raises(InvalidParameterValue):
        list_tags(story().world, VAULT, limit=1, token=write_token("vaults", ("a",)))


def test_tagged_things_are_ordered_by_arn() -> None:
    world = story(TagsSet(VAULT, {"a": "1"}), TagsSet(POINT, {"a": "1"}), TagsSet(PLAN, {})).world
    assert [thing.arn for thing in world.tags.page({}, Window()).rows] == [PLAN, VAULT, POINT]


def test_only_what_has_tags_drops_them() -> None:
    world = story(TagsSet(VAULT, {"a": "1"})).world
    assert dropped_tags(world, VAULT) == [TagsDropped(VAULT)]
    assert dropped_tags(world, POINT) == []
