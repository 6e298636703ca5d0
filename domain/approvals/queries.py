"""What may be asked about teams and sessions, and what hangs on a vault because of them."""

from collections.abc import Mapping
from typing import Any

from vaultclock.domain.approvals.events import ApprovalSessionFailed, ApprovalTeamDisassociated
from vaultclock.domain.approvals.state import Action, ApprovalSession
from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.tables import Page, Window
from vaultclock.domain.world import Vault, World

_NOT_DECIDED = "The backup vault was deleted."  # message unknown


def listing(vault_name: str) -> str:
    """Name the listing of a vault's restore access vaults, so that tokens serve no other's."""
    return f"restore-access-vaults {vault_name}"


def team_over(world: World, vault_name: str) -> str | None:
    """Answer the ARN of the team over a vault, or None."""
    team = world.approval_teams.get(vault_name)
    return None if team is None else team.team_arn


def latest_team_update(world: World, vault: Vault) -> ApprovalSession | None:
    """Answer the newest session about who the team over a vault is, or None.

    One about a vault that had the same name, and is gone, is none about this one.
    """
    where = {"vault_name": vault.name, "is_about_team": True}
    latest = _newest(world, where)
    if latest is None or latest.opened_at < vault.created_at or latest.message == _NOT_DECIDED:
        return None
    return latest


def _newest(world: World, where: Mapping[str, Any]) -> ApprovalSession | None:
    rows = world.approvals.page(where, Window(1, newest_first=True)).rows
    return rows[0] if rows else None


def place_of_vault(arn: str) -> tuple[Scope, str] | None:
    """Tell where the vault would be that an ARN names, and its name; None if it names none.

    All vaults here are of the partition ``aws``.
    """
    parsed = parse_arn(arn)
    if parsed is None or (parsed.partition, parsed.service) != ("aws", "backup"):
        return None
    kind, _, name = parsed.resource.partition(":")
    return (Scope(parsed.account, parsed.region), name) if kind == "backup-vault" else None


def restore_access_vault(world: World, session: ApprovalSession) -> Vault | None:
    """Find the restore access vault that a session is about, while it is there."""
    arn = session.restore_access_vault_arn
    place = None if arn is None else place_of_vault(arn)
    there = None if place is None else world.others.get(place[0])
    if place is None or there is None:
        return None
    return there.vaults.get(place[1])


def made_for(world: World, source_vault_arn: str, creator_request_id: str | None) -> Vault | None:
    """Find the restore access vault that a retry with this token stands for."""
    if not creator_request_id:
        return None
    found = world.vaults.matching(
        source_vault_arn=source_vault_arn, creator_request_id=creator_request_id
    )
    return found[0] if found else None


def list_restore_access_vaults(
    world: World, vault_name: str, *, limit: int, token: str | None
) -> Page[ApprovalSession]:
    """List the sessions that gave access to a vault, of what is still there, oldest first.

    Of a vault that could not be made, the row stays until the vault is deleted (inferred).
    """

    def is_there(session: ApprovalSession) -> bool:
        return given_by(world, session) is not None

    where = {"vault_name": world.vault(vault_name).name, "action": Action.GIVE_ACCESS}
    after = read_token(listing(vault_name), token, (int, int, str))
    return world.approvals.page(where, Window(limit, after), is_there)


def given_by(world: World, session: ApprovalSession) -> Vault | None:
    """Find the restore access vault that was asked for with a session, while it is there."""
    view = restore_access_vault(world, session)
    return view if view is not None and view.mpa_session_arn == session.session_arn else None


def latest_revoke(world: World, view: Vault) -> ApprovalSession | None:
    """Answer the newest session about revoking a restore access vault, or None.

    ``world`` is that of the vault's source. What was asked about an earlier vault of the same
    ARN, which was revoked then, is no news of this one.
    """
    assert view.mpa_session_arn is not None, view
    given = world.approvals[view.mpa_session_arn]
    where = {
        "restore_access_vault_arn": given.restore_access_vault_arn,
        "action": Action.REVOKE_ACCESS,
    }
    latest = _newest(world, where)
    return None if latest is None or latest.born.ordinal < given.born.ordinal else latest


def dropped_approvals(world: World, vault_name: str) -> list[Any]:
    """State what the end of a vault means for its team, and for what the team has to decide."""
    sessions = world.approvals.matching(vault_name=vault_name, is_pending=True)
    team = [ApprovalTeamDisassociated(vault_name)] if vault_name in world.approval_teams else []
    return [*(ApprovalSessionFailed(s.session_arn, _NOT_DECIDED) for s in sessions), *team]


def has_restore_access(world: World, vault_name: str) -> bool:
    """Tell whether some restore access vault is, or is about to be, a view on a vault.

    One that could not be made will never be.
    """
    sessions = world.approvals.matching(vault_name=vault_name, action=Action.GIVE_ACCESS)
    views = (given_by(world, session) for session in sessions)
    return any(view is not None and view.state != "FAILED" for view in views)
