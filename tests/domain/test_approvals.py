"""Approval teams and restore access vaults: who is asked, who decides, and what it gives."""

import json
from typing import Any

import pytest

from tests.spec import HERE, Story, given
from vaultclock.domain.access_policies.commands import PutAccessPolicy
from vaultclock.domain.access_policies.events import AccessPolicyRemoved
from vaultclock.domain.approvals import queries
from vaultclock.domain.approvals.commands import (
    ApproveSession,
    AssociateApprovalTeam,
    CreateRestoreAccessVault,
    DenySession,
    DisassociateApprovalTeam,
    RevokeRestoreAccessVault,
)
from vaultclock.domain.approvals.decide import SESSION_LIFE
from vaultclock.domain.approvals.events import (
    ApprovalSessionApproved,
    ApprovalSessionFailed,
    ApprovalSessionOpened,
    ApprovalTeamAssociated,
    ApprovalTeamDisassociated,
)
from vaultclock.domain.approvals.state import ApprovalSession, Status
from vaultclock.domain.kernel.facts import Batch, Elsewhere, Scope
from vaultclock.domain.kernel.instants import HOUR, from_iso
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    AlreadyExists,
    InvalidParameterValue,
    InvalidRequest,
    LimitExceeded,
    Rejected,
    ResourceNotFound,
)
from vaultclock.domain.notifications.commands import SetVaultNotifications
from vaultclock.domain.notifications.events import VaultNotificationsRemoved
from vaultclock.domain.recovery_points.events import RecoveryPointCompleted, RecoveryPointCreated
from vaultclock.domain.settings.events import GlobalSettingsUpdated
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.vault_shares.queries import reachable_point, seen_vault
from vaultclock.domain.vaults.commands import CreateAirGappedVault, DeleteVault
from vaultclock.domain.vaults.events import (
    VaultBecameAvailable,
    VaultCreated,
    VaultDeleted,
    VaultFailed,
    VaultLocked,
    VaultLockSealed,
)
from vaultclock.domain.vaults.state import VaultState, VaultType
from vaultclock.domain.world import ACCOUNT_WIDE

T0 = from_iso("2026-01-01T00:00:00Z")
KEY = f"arn:aws:kms:us-east-1:{HERE.account}:key/k"
RECOVERY = Scope("999999999999", "us-east-1")
LAG = f"arn:aws:backup:us-east-1:{HERE.account}:backup-vault:lag"
VIEW = f"arn:aws:backup:us-east-1:{RECOVERY.account}:backup-vault:view"
TEAM = "arn:aws:mpa:us-east-1:111111111111:approval-team/red"
OTHER_TEAM = "arn:aws:mpa:us-east-1:111111111111:approval-team/blue"
EFS = f"arn:aws:elasticfilesystem:us-east-1:{HERE.account}:file-system/fs-1"
POINT = f"arn:aws:backup:us-east-1:{HERE.account}:recovery-point:p"
ROLE = f"arn:aws:iam::{HERE.account}:role/backup"
ENABLED = Elsewhere(
    Scope(HERE.account, ACCOUNT_WIDE), GlobalSettingsUpdated({"isMpaEnabled": True})
)
VAULTS: tuple[Any, ...] = (
    ENABLED,
    VaultCreated("plain", KEY),
    VaultCreated("lag", KEY, vault_type=VaultType.AIR_GAPPED.value, ready_at=T0),
    VaultBecameAvailable("lag"),
    VaultLocked("lag", 7, 30, T0),
    VaultLockSealed("lag"),
)
TEAMED = (*VAULTS, ApprovalTeamAssociated("lag", TEAM))
HELD = (
    RecoveryPointCreated(POINT, "lag", EFS, "EFS", ROLE, T0, 0),
    RecoveryPointCompleted(POINT, 5),
)


def told(*more: Any) -> Story:
    return given(*TEAMED, *more, at=T0)


def from_abroad(story: Story) -> Story:
    story.scope = RECOVERY
    return story


def at_home(story: Story) -> Story:
    story.scope = HERE
    return story


def asking(**changes: Any) -> CreateRestoreAccessVault:
    return CreateRestoreAccessVault(**{"source_vault_arn": LAG, "name": "view", **changes})


def pending(story: Story) -> str:
    (session,) = story.engine.world(HERE).approvals.matching(is_pending=True)
    return session.session_arn


def opened(story: Story) -> Story:
    """Ask from the recovery account for a view, and come home to decide."""
    return at_home(from_abroad(story).when(asking()))


def latest_update(story: Story) -> ApprovalSession | None:
    return queries.latest_team_update(story.world, story.world.vault("lag"))


def latest_revoke(story: Story) -> ApprovalSession | None:
    view = story.engine.world(RECOVERY).vault("view")
    return queries.latest_revoke(story.world, view)


def allowed(*more: Any) -> Story:
    story = opened(told(*more))
    story.when(ApproveSession(pending(story)))
    assert story.rejection is None
    _ = story.news
    return story


# --- teams


def test_a_vaults_first_team_is_associated_at_once() -> None:
    story = given(*VAULTS, at=T0).when(AssociateApprovalTeam("lag", TEAM, "please"))
    story.then(ApprovalTeamAssociated("lag", TEAM))
    assert queries.team_over(story.world, "lag") == TEAM
    assert [team.team_arn for team in story.world.approval_teams.matching()] == [TEAM]
    assert latest_update(story) is None
    story.when(AssociateApprovalTeam("lag", TEAM)).then_nothing_happened()


def test_a_team_is_replaced_only_when_it_agrees_itself() -> None:
    story = told().when(AssociateApprovalTeam("lag", OTHER_TEAM, "please"))
    arn = pending(story)
    assert arn.startswith(f"arn:aws:mpa:us-east-1:{HERE.account}:session/red/")
    story.then(
        ApprovalSessionOpened(
            arn,
            "replace-team",
            "lag",
            TEAM,
            T0 + 24 * HOUR,
            new_team_arn=OTHER_TEAM,
            requester_comment="please",
        )
    )
    assert queries.team_over(story.world, "lag") == TEAM
    story.at(T0 + HOUR).when(ApproveSession(arn))
    story.then(ApprovalSessionApproved(arn), ApprovalTeamAssociated("lag", OTHER_TEAM))
    latest = latest_update(story)
    assert latest is not None
    assert (latest.status, latest.opened_at, latest.decided_at) == (
        Status.APPROVED,
        T0,
        T0 + HOUR,
    )


def test_a_team_that_denies_stays_and_so_does_one_that_does_not_answer() -> None:
    story = told().when(DisassociateApprovalTeam("lag"))
    arn = pending(story)
    story.when(DenySession(arn))
    story.then_kinds(ApprovalSessionOpened, ApprovalSessionFailed)
    story.when(DisassociateApprovalTeam("lag", "again"))
    arn = pending(story)
    _ = story.news
    story.at(T0 + SESSION_LIFE - 1).then_nothing_happened()
    story.at(T0 + SESSION_LIFE).then_kinds(ApprovalSessionFailed)
    assert queries.team_over(story.world, "lag") == TEAM
    story.when(ApproveSession(arn)).then_rejected(InvalidRequest)
    latest = latest_update(story)
    assert latest is not None
    assert latest.status is Status.FAILED


def test_the_latest_of_many_sessions_of_one_instant_is_the_last_one() -> None:
    story = told()
    for _ in range(5):
        story.when(AssociateApprovalTeam("lag", OTHER_TEAM)).when(DenySession(pending(story)))
        latest = latest_update(story)
        assert latest is not None
        assert latest.status is Status.FAILED
        story.when(DisassociateApprovalTeam("lag"))
        latest = latest_update(story)
        assert latest is not None
        assert latest.session_arn == pending(story)
        story.when(AssociateApprovalTeam("lag", OTHER_TEAM)).then_rejected(InvalidRequest)
        story.when(DenySession(pending(story)))
    ordinals = [session.born.ordinal for session in story.world.approvals.matching()]
    assert ordinals == list(range(10))


@pytest.mark.parametrize("later", [0, HOUR])
def test_a_vault_of_the_same_name_knows_nothing_of_the_one_before(later: int) -> None:
    story = told().when(AssociateApprovalTeam("lag", OTHER_TEAM))
    if later:
        story.when(DenySession(pending(story)))
    story.at(T0 + later).when(DeleteVault("lag")).when(CreateAirGappedVault("lag", 7, 30))
    assert story.rejection is None
    assert latest_update(story) is None
    assert queries.team_over(story.world, "lag") is None


def test_a_team_that_agrees_lets_go_of_its_vault() -> None:
    story = told().when(DisassociateApprovalTeam("lag"))
    arn = pending(story)
    story.when(ApproveSession(arn)).then_kinds(
        ApprovalSessionOpened, ApprovalSessionApproved, ApprovalTeamDisassociated
    )
    assert queries.team_over(story.world, "lag") is None
    story.when(DisassociateApprovalTeam("lag")).then_rejected(InvalidRequest)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (AssociateApprovalTeam("nowhere", TEAM), AccessDenied),
        (AssociateApprovalTeam("plain", TEAM), InvalidRequest),
        (AssociateApprovalTeam("lag", "team"), InvalidParameterValue),
        (AssociateApprovalTeam("lag", "arn:aws:mpa:us-east-1:1:team/x"), InvalidParameterValue),
        (AssociateApprovalTeam("lag", "arn:aws:iam::1:approval-team/x"), InvalidParameterValue),
        (DisassociateApprovalTeam("nowhere"), AccessDenied),
        (DisassociateApprovalTeam("plain"), InvalidRequest),
        (ApproveSession("arn:none"), ResourceNotFound),
        (DenySession("arn:none"), ResourceNotFound),
        (RevokeRestoreAccessVault("nowhere", VIEW), AccessDenied),
        (RevokeRestoreAccessVault("lag", "view"), InvalidParameterValue),
        (RevokeRestoreAccessVault("lag", VIEW), ResourceNotFound),
        (RevokeRestoreAccessVault("lag", LAG), ResourceNotFound),
        (RevokeRestoreAccessVault("lag", LAG.replace("aws", "aws-cn", 1)), ResourceNotFound),
        (RevokeRestoreAccessVault("lag", LAG.replace(HERE.account, "1" * 12)), ResourceNotFound),
    ],
)
def test_what_cannot_be_asked_is_refused(command: Any, refusal: type[Rejected]) -> None:
    told().when(command).then_rejected(refusal)


def test_one_change_of_teams_is_decided_at_a_time() -> None:
    story = told().when(AssociateApprovalTeam("lag", OTHER_TEAM))
    story.when(AssociateApprovalTeam("lag", OTHER_TEAM)).then_rejected(InvalidRequest)
    story.when(DisassociateApprovalTeam("lag")).then_rejected(InvalidRequest)


def test_teams_need_the_feature_to_be_switched_on() -> None:
    story = given(*VAULTS[1:], at=T0)
    story.when(AssociateApprovalTeam("lag", TEAM)).then_rejected(InvalidRequest)


# --- restore access


def test_a_restore_access_vault_is_made_when_the_team_agrees() -> None:
    story = from_abroad(told(*HELD)).when(
        asking(creator_request_id="t", requester_comment="fire", tags={"a": "b"})
    )
    arn = pending(story)
    view = story.world.vault("view")
    story.then(
        VaultCreated(
            "view",
            None,
            "t",
            vault_type="RESTORE_ACCESS_BACKUP_VAULT",
            source_vault_arn=LAG,
            mpa_session_arn=arn,
        ),
        TagsSet(VIEW, {"a": "b"}),
        ApprovalSessionOpened(
            arn,
            "give-access",
            "lag",
            TEAM,
            T0 + SESSION_LIFE,
            restore_access_vault_arn=VIEW,
            requester_comment="fire",
        ),
    )
    assert (view.vault_type, view.state) == (VaultType.RESTORE_ACCESS, VaultState.CREATING)
    assert seen_vault(story.world, "view", None).vault is view, "nothing is seen yet"
    story.when(asking(creator_request_id="t", tags={"a": "b"})).then_nothing_happened()
    story.when(asking()).then_rejected(AlreadyExists)
    with pytest.raises(ResourceNotFound):
        reachable_point(story.world, POINT)

    at_home(story).at(T0 + HOUR).when(ApproveSession(arn))
    story.then(ApprovalSessionApproved(arn), VaultBecameAvailable("view"))
    there = story.engine.world(RECOVERY)
    assert there.vault("view").state is VaultState.AVAILABLE
    assert seen_vault(there, "view", None) == (story.world, story.world.vault("lag"))
    assert reachable_point(there, POINT) == (story.world, story.world.recovery_points[POINT])
    assert story.world.approvals[arn].decided_at == T0 + HOUR


@pytest.mark.parametrize("how", ["deny", "wait"])
def test_a_restore_access_vault_fails_when_the_team_does_not_agree(how: str) -> None:
    story = opened(told())
    arn = pending(story)
    _ = story.news
    if how == "deny":
        story.when(DenySession(arn))
    else:
        story.at(T0 + SESSION_LIFE)
    story.then_kinds(ApprovalSessionFailed, VaultFailed)
    view = story.engine.world(RECOVERY).vault("view")
    assert (view.state, view.message) == (VaultState.FAILED, story.world.approvals[arn].message)
    rows = queries.list_restore_access_vaults(story.world, "lag", limit=9, token=None).rows
    assert [row.session_arn for row in rows] == [arn]
    from_abroad(story).when(DeleteVault("view")).then(VaultDeleted("view"))
    at_home(story)
    assert queries.list_restore_access_vaults(story.world, "lag", limit=9, token=None).rows == []


def test_a_restore_access_vault_gets_a_name_made_of_its_source() -> None:
    story = from_abroad(told())
    for _ in range(2):
        story.when(asking(name=None))
    assert sorted(story.world.vaults) == ["lag-restore-access", "lag-restore-access-2"]
    story.when(asking(name=None, creator_request_id="t"))
    assert story.rejection is None
    assert len(story.world.vaults) == 3
    _ = story.news
    story.when(asking(name=None, creator_request_id="t")).then_nothing_happened()


def test_a_view_may_be_of_ones_own_account() -> None:
    story = told().when(asking())
    arn = pending(story)
    story.then_kinds(VaultCreated, ApprovalSessionOpened)
    story.when(ApproveSession(arn))
    story.then(ApprovalSessionApproved(arn), VaultBecameAvailable("view"))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"source_vault_arn": "lag"}, InvalidParameterValue),
        ({"source_vault_arn": LAG.replace(":lag", ":none")}, ResourceNotFound),
        ({"source_vault_arn": LAG.replace("aws", "aws-cn", 1)}, ResourceNotFound),
        ({"source_vault_arn": LAG.replace(HERE.account, "888888888888")}, ResourceNotFound),
        ({"source_vault_arn": LAG.replace("us-east-1", "eu-west-1")}, InvalidRequest),
        ({"source_vault_arn": LAG.replace(":lag", ":plain")}, InvalidRequest),
        ({"name": "a name"}, InvalidParameterValue),
        ({"creator_request_id": "no blanks"}, InvalidParameterValue),
        ({"tags": {f"k{number}": "" for number in range(51)}}, LimitExceeded),
    ],
)
def test_a_view_that_cannot_be_is_refused(changes: dict[str, Any], refusal: type[Rejected]) -> None:
    from_abroad(told()).when(asking(**changes)).then_rejected(refusal)


def test_a_view_needs_a_team_that_can_be_asked() -> None:
    story = from_abroad(given(*VAULTS, at=T0)).when(asking())
    story.then_rejected(InvalidRequest)


def test_a_view_is_taken_away_when_the_team_agrees() -> None:
    tagged = asking(tags={"a": "b"})
    story = at_home(from_abroad(told()).when(tagged))
    story.when(ApproveSession(pending(story)))
    _ = story.news
    story.when(RevokeRestoreAccessVault("lag", VIEW, "enough"))
    arn = pending(story)
    story.then_kinds(ApprovalSessionOpened)
    story.when(RevokeRestoreAccessVault("lag", VIEW)).then_rejected(InvalidRequest)
    story.when(DenySession(arn)).then_kinds(ApprovalSessionFailed)
    latest = latest_revoke(story)
    assert latest is not None
    assert latest.status is Status.FAILED
    story.when(RevokeRestoreAccessVault("lag", VIEW))
    arn = pending(story)
    _ = story.news
    story.when(ApproveSession(arn)).then(
        ApprovalSessionApproved(arn), VaultDeleted("view"), TagsDropped(VIEW)
    )
    assert "view" not in story.engine.world(RECOVERY).vaults
    story.when(RevokeRestoreAccessVault("lag", VIEW)).then_rejected(ResourceNotFound)


def test_a_view_that_is_taken_away_leaves_nothing_of_what_it_had() -> None:
    topic = f"arn:aws:sns:us-east-1:{RECOVERY.account}:told"
    policy = {"Effect": "Deny", "Principal": "*", "Action": "backup:StartRestoreJob"}
    document = json.dumps({"Version": "2012-10-17", "Statement": {**policy, "Resource": "*"}})
    story = from_abroad(allowed()).when(PutAccessPolicy("view", document))
    story.when(SetVaultNotifications("view", topic, ("RESTORE_JOB_COMPLETED",)))
    at_home(story).when(RevokeRestoreAccessVault("lag", VIEW))
    arn = pending(story)
    _ = story.news
    story.when(ApproveSession(arn)).then(
        ApprovalSessionApproved(arn),
        VaultDeleted("view"),
        AccessPolicyRemoved("view"),
        VaultNotificationsRemoved("view"),
    )


def test_a_new_view_knows_nothing_of_what_was_asked_about_the_one_before() -> None:
    story = allowed()
    for number in range(4):
        story.when(RevokeRestoreAccessVault("lag", VIEW)).when(DenySession(pending(story)))
        story.when(RevokeRestoreAccessVault("lag", VIEW)).when(ApproveSession(pending(story)))
        from_abroad(story).when(asking(creator_request_id=f"t{number}"))
        at_home(story).when(ApproveSession(pending(story)))
        assert story.rejection is None
        assert latest_revoke(story) is None
    story.when(RevokeRestoreAccessVault("lag", VIEW))
    latest = latest_revoke(story)
    assert latest is not None
    assert latest.is_pending


def test_a_view_that_is_not_there_yet_is_not_revoked() -> None:
    story = opened(told())
    story.when(RevokeRestoreAccessVault("lag", VIEW)).then_rejected(InvalidRequest)


def test_a_view_is_not_revoked_when_there_is_nobody_to_ask() -> None:
    story = allowed().when(DisassociateApprovalTeam("lag"))
    story.when(ApproveSession(pending(story)))
    story.when(RevokeRestoreAccessVault("lag", VIEW)).then_rejected(InvalidRequest)


def test_a_view_of_ones_own_is_revoked_as_well() -> None:
    story = told().when(asking())
    story.when(ApproveSession(pending(story)))
    own = VIEW.replace(RECOVERY.account, HERE.account)
    story.when(RevokeRestoreAccessVault("lag", own)).when(ApproveSession(pending(story)))
    assert "view" not in story.world.vaults


def test_a_view_that_went_while_its_team_decided_stays_away() -> None:
    story = allowed().when(RevokeRestoreAccessVault("lag", VIEW))
    arn = pending(story)
    _ = story.news
    batch = Batch(story.engine.seq, T0, RECOVERY, None, (VaultDeleted("view"),))
    story.engine.log.append(batch)
    story.engine.apply(batch)
    _ = story.news
    story.when(ApproveSession(arn)).then(ApprovalSessionApproved(arn))


def test_neither_a_view_nor_what_it_is_a_view_on_is_deleted() -> None:
    story = allowed().when(DeleteVault("lag")).then_rejected(InvalidRequest)
    from_abroad(story).when(DeleteVault("view")).then_rejected(InvalidRequest)


def test_a_vault_is_deleted_in_spite_of_a_view_that_could_not_be_made() -> None:
    story = opened(told())
    story.when(DeleteVault("lag")).then_rejected(InvalidRequest)
    story.when(DenySession(pending(story))).when(DeleteVault("lag"))
    assert story.rejection is None
    there = story.engine.world(RECOVERY)
    assert seen_vault(there, "view", None).vault is there.vault("view")
    from_abroad(story).when(DeleteVault("view"))
    assert story.rejection is None


def test_a_vault_that_goes_takes_its_team_and_what_it_had_to_decide_along() -> None:
    story = told().when(AssociateApprovalTeam("lag", OTHER_TEAM))
    _ = story.news
    story.when(DeleteVault("lag")).then_kinds(
        VaultDeleted, ApprovalSessionFailed, ApprovalTeamDisassociated
    )
    story.at(T0 + SESSION_LIFE).then_nothing_happened()


def test_views_are_listed_in_pages_and_by_vault() -> None:
    story = from_abroad(told())
    for name in ("one", "two", "three"):
        story.when(asking(name=name))
    at_home(story)
    first = queries.list_restore_access_vaults(story.world, "lag", limit=2, token=None)
    token = write_token(queries.listing("lag"), first.next_after)
    second = queries.list_restore_access_vaults(story.world, "lag", limit=2, token=token)
    arns = [row.restore_access_vault_arn for row in (*first.rows, *second.rows)]
    assert sorted(str(arn).rpartition(":")[2] for arn in arns) == ["one", "three", "two"]
    assert (len(first.rows), len(second.rows), second.next_after) == (2, 1, None)
    with pytest.raises(InvalidParameterValue):
        queries.list_restore_access_vaults(story.world, "plain", limit=2, token=token)
    with pytest.raises(AccessDenied):
        queries.list_restore_access_vaults(story.world, "nowhere", limit=2, token=None)


@pytest.mark.parametrize(
    "arn", ["view", "arn:aws:iam::1:backup-vault:v", POINT, LAG.replace("aws", "aws-cn", 1)]
)
def test_only_a_vaults_arn_says_where_a_vault_is(arn: str) -> None:
    assert queries.place_of_vault(arn) is None


def test_a_session_about_no_view_finds_none() -> None:
    story = told().when(DisassociateApprovalTeam("lag"))
    session = story.world.approvals[pending(story)]
    assert queries.restore_access_vault(story.world, session) is None
