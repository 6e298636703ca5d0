"""Operations on approval teams and restore access vaults, on the wire."""

from collections.abc import Sequence
from typing import Any

from vaultclock.adapters.http.operation import (
    Ask,
    Change,
    Operation,
    Reply,
    Wire,
    of_vault,
    paging,
    reads,
)
from vaultclock.domain.approvals import queries
from vaultclock.domain.approvals.commands import (
    AssociateApprovalTeam,
    CreateRestoreAccessVault,
    DisassociateApprovalTeam,
    RevokeRestoreAccessVault,
)
from vaultclock.domain.approvals.state import ApprovalSession, Status
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.vaults.events import VaultCreated
from vaultclock.domain.vaults.state import Vault
from vaultclock.domain.world import World


def session_members(session: ApprovalSession | None) -> dict[str, Any] | None:
    """Write how a session stands, as vaults and their restore access vaults tell it."""
    if session is None:
        return None
    return {
        "MpaSessionArn": session.session_arn,
        "Status": session.status,
        "StatusMessage": session.message,
        "InitiationDate": session.opened_at,
        "ExpiryDate": session.born.expires_at,
    }


def approval_members(world: World, vault: Vault) -> dict[str, Any]:
    """Write what a vault tells of its team, or of what it is a view on."""
    return {
        "SourceBackupVaultArn": vault.source_vault_arn,
        "MpaApprovalTeamArn": queries.team_over(world, vault.name),
        "MpaSessionArn": vault.mpa_session_arn,
        "LatestMpaApprovalTeamUpdate": session_members(queries.latest_team_update(world, vault)),
    }


def _created(world: World, command: CreateRestoreAccessVault, facts: Sequence[Any]) -> Reply:
    vault = queries.made_for(world, command.source_vault_arn, command.creator_request_id)
    for fact in facts:
        if isinstance(fact, VaultCreated):
            vault = world.vault(fact.name)
    assert vault is not None, command
    return {
        "RestoreAccessBackupVaultArn": world.vault_arn(vault.name),
        "RestoreAccessBackupVaultName": vault.name,
        "VaultState": vault.state,
        "CreationDate": vault.created_at,
    }


def _row(world: World, session: ApprovalSession) -> dict[str, Any]:
    vault = queries.given_by(world, session)
    assert vault is not None, session
    revoke = queries.latest_revoke(world, vault)
    return {
        "RestoreAccessBackupVaultArn": session.restore_access_vault_arn,
        "CreationDate": vault.created_at,
        "ApprovalDate": session.decided_at if session.status is Status.APPROVED else None,
        "VaultState": vault.state,
        "LatestRevokeRequest": session_members(revoke),
    }


def _list(world: World, _now: Instant, wire: Wire) -> Reply:
    vault_name = wire["BackupVaultName"]
    page = queries.list_restore_access_vaults(world, vault_name, **paging(wire))
    return {
        "RestoreAccessBackupVaults": [_row(world, session) for session in page.rows],
        "NextToken": write_token(queries.listing(vault_name), page.next_after),
    }


OPERATIONS: tuple[Operation, ...] = (
    Change(
        "AssociateBackupVaultMpaApprovalTeam",
        reads(
            AssociateApprovalTeam,
            vault_name="BackupVaultName",
            team_arn="MpaApprovalTeamArn",
            requester_comment="RequesterComment",
        ),
    ),
    Change(
        "DisassociateBackupVaultMpaApprovalTeam",
        reads(
            DisassociateApprovalTeam,
            vault_name="BackupVaultName",
            requester_comment="RequesterComment",
        ),
    ),
    Change(
        "CreateRestoreAccessBackupVault",
        reads(
            CreateRestoreAccessVault,
            source_vault_arn="SourceBackupVaultArn",
            name="BackupVaultName",
            creator_request_id="CreatorRequestId",
            requester_comment="RequesterComment",
            tags="BackupVaultTags",
        ),
        _created,
    ),
    Ask("ListRestoreAccessBackupVaults", _list, of_vault),
    Change(
        "RevokeRestoreAccessBackupVault",
        reads(
            RevokeRestoreAccessVault,
            vault_name="BackupVaultName",
            restore_access_vault_arn="RestoreAccessBackupVaultArn",
            requester_comment="RequesterComment",
        ),
    ),
)
