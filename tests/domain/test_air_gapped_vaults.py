"""Logically air-gapped vaults: made over time, locked from birth, keyed by AWS or a customer."""

from typing import Any

import pytest

from tests.spec import HERE, Story, given
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import DAY, MINUTE, from_iso
from vaultclock.domain.kernel.refusals import (
    AlreadyExists,
    InvalidParameterValue,
    InvalidRequest,
    LimitExceeded,
)
from vaultclock.domain.keys.events import KeyRegistered
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.vaults import queries
from vaultclock.domain.vaults.commands import (
    CreateAirGappedVault,
    CreateVault,
    DeleteVault,
    LockVault,
    UnlockVault,
)
from vaultclock.domain.vaults.decide import MAKING, VAULTS_MAX
from vaultclock.domain.vaults.events import (
    VaultBecameAvailable,
    VaultCreated,
    VaultDeleted,
    VaultFailed,
    VaultLocked,
    VaultLockSealed,
)
from vaultclock.domain.vaults.state import KeyType, Lock, Vault, VaultState, VaultType

T0 = from_iso("2026-01-01T00:00:00Z")
AIR_GAPPED = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
KEY = f"arn:aws:kms:us-east-1:{HERE.account}:key/k"
THEIR_KEY = "arn:aws:kms:us-east-1:999999999999:key/k"
ARN = f"arn:aws:backup:us-east-1:{HERE.account}:backup-vault:lag"
CREATE = CreateAirGappedVault("lag", 7, 30)


def created(name: str = "lag", key: str | None = None, token: str | None = None) -> VaultCreated:
    return VaultCreated(name, key, token, vault_type=AIR_GAPPED, ready_at=T0 + MAKING)


def vault(story: Story) -> Vault:
    return story.world.vault("lag")


def test_an_air_gapped_vault_is_created_locked_for_good_and_not_yet_usable() -> None:
    story = given(at=T0).when(CreateAirGappedVault("lag", 7, 30, KEY, "token", {"a": "b"}))
    story.then(
        created(key=KEY, token="token"),
        VaultLocked("lag", 7, 30, seals_at=T0),
        VaultLockSealed("lag"),
        TagsSet(ARN, {"a": "b"}),
    )
    assert vault(story).vault_type is VaultType.AIR_GAPPED
    assert vault(story).state is VaultState.CREATING
    assert vault(story).created_at == T0, "which is the date of its lock, too"
    assert vault(story).lock == Lock(7, 30, T0, is_sealed=True)
    assert not vault(story).is_usable
    assert queries.why_unusable(story.world, vault(story)) == (
        f"backup vault {ARN} is in state CREATING"
    )


def test_a_vault_of_a_customers_key_becomes_available_with_it() -> None:
    story = given(at=T0).when(CreateAirGappedVault("lag", 7, 30, THEIR_KEY))
    story.then_kinds(VaultCreated, VaultLocked, VaultLockSealed)
    story.at(T0 + 2 * MINUTE - 1).then_nothing_happened()
    story.at(T0 + 2 * MINUTE).then(VaultBecameAvailable("lag"))
    assert vault(story).is_usable
    assert queries.why_unusable(story.world, vault(story)) is None
    assert vault(story).encryption_key_arn == THEIR_KEY
    assert vault(story).key_type is KeyType.CUSTOMER_MANAGED


def test_a_vault_without_a_key_has_one_of_awss_once_it_is_available() -> None:
    story = given(at=T0).when(CREATE)
    assert vault(story).encryption_key_arn is None
    assert vault(story).key_type is KeyType.AWS_OWNED
    story.at(T0 + MAKING)
    key = vault(story).encryption_key_arn
    assert key is not None
    assert key.startswith("arn:aws:kms:us-east-1:")
    assert HERE.account not in key
    assert vault(story).key_type is KeyType.AWS_OWNED
    assert not queries.has_default_key(story.world, vault(story), story.engine.origin)


def test_a_vault_fails_whose_key_refuses_its_grant() -> None:
    refused = Elsewhere(Scope("999999999999", "us-east-1"), KeyRegistered(THEIR_KEY, "no grant"))
    story = given(refused, at=T0).when(CreateAirGappedVault("lag", 7, 30, THEIR_KEY))
    story.then_kinds(VaultCreated, VaultLocked, VaultLockSealed)
    story.at(T0 + MAKING).then(VaultFailed("lag", "no grant"))
    assert vault(story).state is VaultState.FAILED
    assert vault(story).message == "no grant"
    assert not vault(story).is_usable
    story.at(T0 + 36_500 * DAY).then_nothing_happened()
    story.when(DeleteVault("lag")).then(VaultDeleted("lag"))


@pytest.mark.parametrize("days", [(7, 7), (7, 36_500), (36_500, 36_500)])
def test_retentions_of_a_week_and_more_are_accepted(days: tuple[int, int]) -> None:
    story = given(at=T0).when(CreateAirGappedVault("lag", *days))
    assert vault(story).lock == Lock(*days, T0, is_sealed=True)


@pytest.mark.parametrize("days", [(6, 30), (0, 30), (-7, 30), (7, 6), (31, 30), (7, 36_501)])
def test_retentions_below_a_week_or_the_wrong_way_round_are_refused(days: tuple[int, int]) -> None:
    given().when(CreateAirGappedVault("lag", *days)).then_rejected(InvalidParameterValue)


@pytest.mark.parametrize(
    "fields",
    [
        {"encryption_key_arn": "alias/aws/backup"},
        {"encryption_key_arn": f"arn:aws:kms:us-east-1:{HERE.account}:alias/k"},
        {"creator_request_id": "not a token"},
        {"tags": {"aws:x": ""}},
    ],
)
def test_what_a_standard_vault_would_not_take_is_refused(fields: dict[str, Any]) -> None:
    given().when(CreateAirGappedVault("lag", 7, 30, **fields)).then_rejected(InvalidParameterValue)


def test_a_retry_with_the_same_token_is_no_new_vault() -> None:
    command = CreateAirGappedVault("lag", 7, 30, creator_request_id="token")
    story = given(at=T0).when(command)
    story.then_kinds(VaultCreated, VaultLocked, VaultLockSealed)
    story.when(command).then_nothing_happened()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (CREATE, CREATE),
        (CREATE, CreateVault("lag")),
        (CreateVault("lag"), CREATE),
        (
            CreateVault("lag", creator_request_id="token"),
            CreateAirGappedVault("lag", 7, 30, creator_request_id="token"),
        ),
    ],
)
def test_names_of_both_kinds_are_in_one_namespace(first: Any, second: Any) -> None:
    story = given().when(first).when(second)
    story.then_rejected(AlreadyExists, "Backup vault with the same name already exists")
    assert isinstance(story.rejection, AlreadyExists)
    assert story.rejection.arn == ARN


@pytest.mark.parametrize("command", [CreateVault("lag"), CREATE])
def test_both_kinds_share_a_quota_and_views_on_other_vaults_have_none(command: Any) -> None:
    one = VaultCreated("view", None, vault_type="RESTORE_ACCESS_BACKUP_VAULT")
    others = [VaultCreated(f"v{number}", KEY) for number in range(VAULTS_MAX - 2)]
    story = given(one, created("other"), *others, at=T0).when(command)
    assert story.rejection is None
    given(one, created("other"), created("more"), *others).when(command).then_rejected(
        LimitExceeded
    )


@pytest.mark.parametrize(
    "command", [LockVault("lag", 7, 30, 3), LockVault("lag"), UnlockVault("lag")]
)
def test_nobody_touches_the_lock_of_an_air_gapped_vault(command: Any) -> None:
    story = given(at=T0).when(CREATE).when(command)
    story.then_rejected(InvalidRequest)
    assert vault(story).lock == Lock(7, 30, T0, is_sealed=True)


@pytest.mark.parametrize("command", [LockVault("view"), UnlockVault("view")])
def test_a_restore_access_vault_has_no_lock_of_its_own(command: Any) -> None:
    view = VaultCreated("view", None, vault_type="RESTORE_ACCESS_BACKUP_VAULT")
    story = given(view, VaultBecameAvailable("view")).when(command)
    story.then_rejected(InvalidRequest)
    assert queries.why_unusable(story.world, story.world.vault("view")) is not None


def test_an_empty_air_gapped_vault_can_be_deleted_at_any_time() -> None:
    story = given(created(), TagsSet(ARN, {"a": "b"}), at=T0).when(DeleteVault("lag"))
    story.then(VaultDeleted("lag"), TagsDropped(ARN))
    story.at(T0 + DAY).then_nothing_happened()


def test_vaults_are_listed_by_type() -> None:
    story = given(VaultCreated("standard", KEY), created("lag-a"), created("lag-b"), at=T0)

    def listed(**asked: Any) -> list[str]:
        filters = {"limit": 1000, "token": None, "vault_type": None, **asked}
        return [vault.name for vault in queries.list_vaults(story.world, **filters).rows]

    assert listed() == ["lag-a", "lag-b", "standard"]
    assert listed(vault_type=AIR_GAPPED) == ["lag-a", "lag-b"]
    assert listed(vault_type="BACKUP_VAULT") == ["standard"]
    assert listed(vault_type="RESTORE_ACCESS_BACKUP_VAULT") == []
