"""Vaults: created once, listed oldest first, deleted when empty."""

import pytest

from tests.spec import HERE, Story, given
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    AlreadyExists,
    InvalidParameterValue,
    InvalidRequest,
    LimitExceeded,
)
from vaultclock.domain.recovery_points.events import RecoveryPointCreated, RecoveryPointDeleted
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.vaults import queries
from vaultclock.domain.vaults.commands import CreateVault, DeleteVault
from vaultclock.domain.vaults.decide import VAULTS_MAX
from vaultclock.domain.vaults.events import VaultCreated, VaultDeleted
from vaultclock.domain.vaults.state import Vault

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ARN = "arn:aws:backup:us-east-1:123456789012:backup-vault:v"
POINT = RecoveryPointCreated(
    arn="arn:aws:backup:us-east-1:123456789012:recovery-point:p",
    vault_name="v",
    resource_arn="arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-1",
    resource_type="EFS",
    iam_role_arn="arn:aws:iam::123456789012:role/backup",
    created_at=0,
    deletion_lag_ms=0,
)


def test_a_vault_is_created_with_what_was_asked() -> None:
    story = given().at(5).when(CreateVault("v", KEY, "token-1", {"env": "prod"}))
    story.then(VaultCreated("v", KEY, "token-1"), TagsSet(ARN, {"env": "prod"}))
    assert story.world.vault("v") == Vault("v", 5, KEY, "token-1")
    assert story.world.tags[ARN].tags == {"env": "prod"}


def test_a_vault_without_a_key_takes_the_managed_key_of_its_account_and_region() -> None:
    engine, keys = Engine(), {}
    for scope in (HERE, Scope(HERE.account, "eu-west-1"), Scope("999999999999", HERE.region)):
        for name in ("one", "two"):
            engine.handle(CreateVault(name), scope)
        one, two = (engine.world(scope).vault(name) for name in ("one", "two"))
        assert one.encryption_key_arn == two.encryption_key_arn
        keys[scope] = parse_arn(one.encryption_key_arn)
    assert len(set(keys.values())) == 3
    for scope, key in keys.items():
        assert key is not None
        assert (key.service, key.account, key.region) == ("kms", *scope)
        assert key.resource.startswith("key/")


def test_the_managed_key_is_another_one_in_a_world_of_another_seed() -> None:
    keys = set()
    for seed in (1, 2):
        engine = Engine(seed=seed)
        engine.handle(CreateVault("v"), HERE)
        keys.add(engine.world(HERE).vault("v").encryption_key_arn)
    assert len(keys) == 2


def test_a_retry_with_the_same_token_is_no_new_vault() -> None:
    story = given(VaultCreated("v", KEY, "token-1"))
    story.when(CreateVault("v", creator_request_id="token-1")).then_nothing_happened()


@pytest.mark.parametrize(("first", "second"), [("one", "two"), ("one", None), (None, None)])
def test_a_taken_name_is_refused(first: str | None, second: str | None) -> None:
    story = given(VaultCreated("v", KEY, first)).when(CreateVault("v", creator_request_id=second))
    story.then_rejected(AlreadyExists, "Backup vault with the same name already exists")
    assert isinstance(story.rejection, AlreadyExists)
    assert (story.rejection.arn, story.rejection.creator_request_id) == (ARN, first)


def test_names_differ_by_case() -> None:
    given(VaultCreated("v", KEY)).when(CreateVault("V", KEY)).then(VaultCreated("V", KEY))


@pytest.mark.parametrize(
    "key",
    [
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "alias/aws/backup",
        "arn:aws:kms:us-east-1:123456789012:alias/aws/backup",
        "arn:aws:iam::123456789012:role/key",
    ],
)
def test_a_key_is_named_by_the_arn_of_a_key(key: str) -> None:
    given().when(CreateVault("v", key)).then_rejected(InvalidParameterValue)


@pytest.mark.parametrize("token", ["", "x" * 51, "with space"])
def test_a_token_has_a_form(token: str) -> None:
    story = given().when(CreateVault("v", creator_request_id=token))
    story.then_rejected(InvalidParameterValue)


def test_tags_of_a_new_vault_are_checked() -> None:
    given().when(CreateVault("v", tags={"aws:x": ""})).then_rejected(InvalidParameterValue)
    many = {f"key-{number}": "" for number in range(51)}
    given().when(CreateVault("v", tags=many)).then_rejected(LimitExceeded)


def test_a_region_holds_at_most_three_hundred_vaults() -> None:
    full = given(*(VaultCreated(f"v{number}", KEY) for number in range(VAULTS_MAX)))
    full.when(CreateVault("one-more")).then_rejected(LimitExceeded)
    full.when(DeleteVault("v7")).when(CreateVault("one-more", KEY))
    full.then(VaultDeleted("v7"), VaultCreated("one-more", KEY))


def test_an_empty_vault_is_deleted_and_its_tags_with_it() -> None:
    story = given(VaultCreated("v", KEY), TagsSet(ARN, {"a": "1"})).when(DeleteVault("v"))
    story.then(VaultDeleted("v"), TagsDropped(ARN))
    assert "v" not in story.world.vaults
    assert ARN not in story.world.tags


def test_a_vault_without_tags_drops_none() -> None:
    given(VaultCreated("v", KEY)).when(DeleteVault("v")).then(VaultDeleted("v"))


def test_a_vault_that_holds_recovery_points_is_kept() -> None:
    story = given(VaultCreated("v", KEY), VaultCreated("w", KEY), POINT).when(DeleteVault("v"))
    story.then_rejected(
        InvalidRequest, "Backup vault cannot be deleted because it contains recovery points."
    )
    assert story.rejection is not None
    assert story.rejection.code == "ERROR_9101"
    story.when(DeleteVault("w")).then(VaultDeleted("w"))


def test_a_vault_whose_last_recovery_point_is_gone_can_be_deleted() -> None:
    story = given(VaultCreated("v", KEY), POINT, RecoveryPointDeleted(POINT.arn))
    story.when(DeleteVault("v")).then(VaultDeleted("v"))


def test_a_missing_vault_is_denied_and_not_called_missing() -> None:
    story = given().when(DeleteVault("v"))
    story.then_rejected(AccessDenied, "Insufficient privileges to perform this action.")


def test_a_vault_of_another_region_is_missing_here() -> None:
    story = given(VaultCreated("v", KEY), scope=Scope(HERE.account, "eu-west-1"))
    story.scope = HERE
    story.when(DeleteVault("v")).then_rejected(AccessDenied)


def listed(story: Story, **asked: object) -> list[str]:
    filters = {"limit": 1000, "token": None, "vault_type": None, **asked}
    page = queries.list_vaults(story.world, **filters)  # type: ignore[arg-type]
    return [vault.name for vault in page.rows]


def test_vaults_are_listed_by_creation_and_then_by_name() -> None:
    story = given(VaultCreated("c", KEY), VaultCreated("b", KEY)).at(1).when(CreateVault("a"))
    assert listed(story) == ["b", "c", "a"]


def test_vaults_are_listed_in_pages() -> None:
    story = given(*(VaultCreated(name, KEY) for name in ("a", "b", "c")))
    first = queries.list_vaults(story.world, limit=2, token=None, vault_type=None)
    assert [vault.name for vault in first.rows] == ["a", "b"]
    assert listed(story, token=write_token(queries.LISTING, first.next_after)) == ["c"]


def test_vaults_are_listed_by_type() -> None:
    story = given(VaultCreated("v", KEY))
    assert listed(story, vault_type="BACKUP_VAULT") == ["v"]
    assert listed(story, vault_type="LOGICALLY_AIR_GAPPED_BACKUP_VAULT") == []


@pytest.mark.parametrize("token", ["", "!", write_token("tags", ("a",))])
def test_a_token_of_another_listing_is_refused(token: str) -> None:
    with pytest.raises(InvalidParameterValue):
        listed(given(), token=token)


def test_a_vault_counts_its_recovery_points_whatever_their_status() -> None:
    story = given(VaultCreated("v", KEY), VaultCreated("w", KEY), POINT)
    counts = [queries.recovery_point_count(story.world, story.world.vault(n)) for n in ("v", "w")]
    assert counts == [1, 0]
