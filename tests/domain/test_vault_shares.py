"""Shares of air-gapped vaults: what the other account sees, restores, and loses again."""

from typing import Any

import pytest

from tests.domain.test_approvals import EFS, HELD, LAG, POINT, T0, VAULTS
from tests.spec import HERE, Story, given
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import SECOND
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    InvalidParameterValue,
    InvalidRequest,
    Rejected,
    ResourceNotFound,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointRestoreEnded,
    RecoveryPointRestoreStarted,
)
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.restore_jobs.queries import restore_metadata, vault_arn
from vaultclock.domain.vault_shares import queries
from vaultclock.domain.vault_shares.commands import ShareVault, UnshareVault
from vaultclock.domain.vault_shares.events import VaultShared, VaultUnshared
from vaultclock.domain.vaults.commands import DeleteVault
from vaultclock.domain.vaults.events import VaultCreated, VaultDeleted

THERE = Scope("999999999999", "us-east-1")
FAR = Scope("999999999999", "eu-west-1")
SHARED = Elsewhere(THERE, VaultShared(LAG))
AIR_GAPPED = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
ROLE = f"arn:aws:iam::{THERE.account}:role/restore"


def told(*more: Any) -> Story:
    return given(*VAULTS, *more, at=T0)


def test_an_air_gapped_vault_is_shared_once_and_taken_back() -> None:
    story = told().when(ShareVault("lag", THERE.account)).then(VaultShared(LAG))
    assert LAG in story.engine.world(THERE).vault_shares
    story.when(ShareVault("lag", THERE.account)).then_nothing_happened()
    story.when(UnshareVault("lag", THERE.account)).then(VaultUnshared(LAG))
    assert LAG not in story.engine.world(THERE).vault_shares
    story.when(UnshareVault("lag", THERE.account)).then_rejected(ResourceNotFound)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (ShareVault("nowhere", THERE.account), AccessDenied),
        (ShareVault("plain", THERE.account), InvalidRequest),
        (ShareVault("lag", HERE.account), InvalidParameterValue),
        (ShareVault("lag", "o-organization"), InvalidParameterValue),
        (UnshareVault("lag", THERE.account), ResourceNotFound),
        (UnshareVault("nowhere", THERE.account), AccessDenied),
    ],
)
def test_what_cannot_be_shared_is_refused(command: Any, refusal: type[Rejected]) -> None:
    told().when(command).then_rejected(refusal)


def test_who_a_vault_is_shared_with_sees_into_it_when_it_names_the_owner() -> None:
    story = told(SHARED, *HELD)
    there, here = story.engine.world(THERE), story.world
    assert queries.owner_of_vault(there, "lag", HERE.account) is here
    assert queries.seen_vault(there, "lag", HERE.account) == (here, here.vault("lag"))
    resource_type, _ = restore_metadata(there, T0, "lag", POINT, HERE.account)
    assert resource_type == "EFS"
    for name, account in (
        ("lag", None),
        ("lag", THERE.account),
        ("plain", HERE.account),
        ("lag", "888888888888"),
    ):
        with pytest.raises(AccessDenied, match="Insufficient privileges"):
            queries.seen_vault(there, name, account)


def test_shared_vaults_are_listed_by_type_in_pages() -> None:
    second = VaultCreated("lag-2", None, vault_type=AIR_GAPPED, ready_at=T0)
    story = told(second, SHARED, Elsewhere(THERE, VaultShared(f"{LAG}-2")))
    there = story.engine.world(THERE)
    first = queries.list_shared_vaults(there, limit=1, token=None, vault_type=AIR_GAPPED)
    token = write_token(queries.LISTING, first.next_after)
    rest = queries.list_shared_vaults(there, limit=1, token=token, vault_type=None)
    assert [share.vault_arn for share in (*first.rows, *rest.rows)] == [LAG, f"{LAG}-2"]
    standard = queries.list_shared_vaults(there, limit=9, token=None, vault_type="BACKUP_VAULT")
    assert standard.rows == []
    assert queries.list_shared_vaults(story.world, limit=9, token=None, vault_type=None).rows == []


def test_a_shared_point_is_restored_into_the_account_it_is_shared_with() -> None:
    story = told(SHARED, *HELD)
    story.scope = THERE
    metadata = {"newFileSystem": "true", "CreationToken": "t", "Encrypted": "false"}
    story.when(StartRestoreJob(POINT, metadata, iam_role_arn=ROLE))
    (job,) = story.world.restore_jobs.matching()
    assert story.news[1] == RecoveryPointRestoreStarted(POINT)
    assert story.engine.world(HERE).recovery_points[POINT].restores_running == 1
    assert vault_arn(story.world, job) == LAG
    story.at(T0 + 4 * SECOND)
    assert RecoveryPointRestoreEnded(POINT, True) in story.news
    (job,) = story.world.restore_jobs.matching()
    assert job.status == "COMPLETED"
    made = job.created_resource_arn
    assert made is not None
    assert made.startswith(f"arn:aws:elasticfilesystem:us-east-1:{THERE.account}:file-system/")
    assert made in story.world.resources
    assert story.engine.world(HERE).recovery_points[POINT].restores_running == 0


def test_a_point_that_is_not_shared_is_not_found() -> None:
    story = told(Elsewhere(THERE, VaultShared(LAG)))
    story.scope = THERE
    missing = POINT.replace(":p", ":q")
    story.when(StartRestoreJob(missing, {}, iam_role_arn=ROLE)).then_rejected(ResourceNotFound)
    other = told(Elsewhere(FAR, VaultShared(LAG)), *HELD)
    other.scope = THERE
    other.when(StartRestoreJob(POINT, {}, iam_role_arn=ROLE)).then_rejected(ResourceNotFound)


def test_a_vault_that_goes_is_shared_with_nobody() -> None:
    story = told(SHARED).when(DeleteVault("lag"))
    story.then(VaultDeleted("lag"), VaultUnshared(LAG))
    assert EFS not in story.world.resources
    assert not story.engine.world(THERE).vault_shares
