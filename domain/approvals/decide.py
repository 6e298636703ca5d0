"""All the rules about approval teams and their sessions: one function a command.

Source: Backup Developer Guide, multi-party approval. Classes of refusals are documented for the
operations, their causes inferred; all messages are unknown. A session lives where the vault does
that it is about; what it gives or takes may be in another account.
"""

import re
from typing import Any, assert_never

from vaultclock.domain.access_points.queries import disassociated
from vaultclock.domain.access_policies.queries import dropped_access_policy
from vaultclock.domain.approvals.commands import (
    ApproveSession,
    AssociateApprovalTeam,
    CreateRestoreAccessVault,
    DenySession,
    DisassociateApprovalTeam,
    ExpireSession,
    RevokeRestoreAccessVault,
)
from vaultclock.domain.approvals.events import (
    ApprovalSessionApproved,
    ApprovalSessionFailed,
    ApprovalSessionOpened,
    ApprovalTeamAssociated,
    ApprovalTeamDisassociated,
)
from vaultclock.domain.approvals.queries import (
    latest_revoke,
    latest_team_update,
    made_for,
    place_of_vault,
    restore_access_vault,
    team_over,
)
from vaultclock.domain.approvals.state import Action, ApprovalSession
from vaultclock.domain.checks import checked_creator_request_id, checked_tags, checked_vault_arn
from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import HOUR, Milliseconds
from vaultclock.domain.kernel.refusals import (
    AlreadyExists,
    InvalidParameterValue,
    InvalidRequest,
    ResourceNotFound,
)
from vaultclock.domain.notifications.queries import dropped_notifications
from vaultclock.domain.settings.queries import global_settings
from vaultclock.domain.tags.events import TagsSet
from vaultclock.domain.tags.queries import dropped_tags
from vaultclock.domain.vaults.events import (
    VaultBecameAvailable,
    VaultCreated,
    VaultDeleted,
    VaultFailed,
)
from vaultclock.domain.world import Vault, World

SESSION_LIFE: Milliseconds = 24 * HOUR  # documented
_TEAM = re.compile(r"approval-team/[^/]+", re.ASCII)
_NAME = re.compile(r"[a-zA-Z0-9_-]{2,50}", re.ASCII)
_NAME_CHARACTERS_MAX = 50
_DENIED = "The approval team denied the request."
_EXPIRED = "The approval session expired before the team decided."


def associate_approval_team(
    command: AssociateApprovalTeam, world: World, context: Context
) -> list[ApprovalTeamAssociated | ApprovalSessionOpened]:
    """Put a team over a vault at once when it has none; else the present team is asked."""
    vault = _governable(world, command.vault_name)
    _check_team(command.team_arn)
    present = team_over(world, vault.name)
    if present == command.team_arn:
        return []
    if present is None:
        return [ApprovalTeamAssociated(vault.name, command.team_arn)]
    _refuse_second_update(world, vault)
    return [
        _opened(
            Action.REPLACE_TEAM,
            vault.name,
            present,
            world,
            context,
            new_team_arn=command.team_arn,
            requester_comment=command.requester_comment,
        )
    ]


def disassociate_approval_team(
    command: DisassociateApprovalTeam, world: World, context: Context
) -> list[ApprovalSessionOpened]:
    """Ask the team over a vault to let go of it; until it does, it stays (documented)."""
    vault = _governable(world, command.vault_name)
    present = team_over(world, vault.name)
    if present is None:
        raise InvalidRequest(f"Backup vault {vault.name} has no approval team")
    _refuse_second_update(world, vault)
    comment = command.requester_comment
    return [
        _opened(Action.REMOVE_TEAM, vault.name, present, world, context, requester_comment=comment)
    ]


def _governable(world: World, vault_name: str) -> Vault:
    vault = world.vault(vault_name)
    if not vault.is_air_gapped:
        raise InvalidRequest(
            f"Backup vault {vault.name} is not logically air-gapped: only such a vault can have an"
            " approval team"
        )
    _require_feature(world)
    return vault


def _require_feature(world: World) -> None:
    if not global_settings(world)["isMpaEnabled"]:
        raise InvalidRequest(
            "Multi-party approval is not enabled for the organization: set isMpaEnabled with"
            " UpdateGlobalSettings"
        )


def _check_team(arn: str) -> None:
    parsed = parse_arn(arn)
    if parsed is not None and parsed.service == "mpa" and _TEAM.fullmatch(parsed.resource):
        return
    raise InvalidParameterValue(
        f"Invalid value for MpaApprovalTeamArn: {arn} is not the ARN of an approval team"
        " (arn:aws:mpa:us-east-1:<account>:approval-team/<id>)"
    )


def _refuse_second_update(world: World, vault: Vault) -> None:
    latest = latest_team_update(world, vault)
    if latest is not None and latest.is_pending:
        raise InvalidRequest(
            f"An update of the approval team of backup vault {vault.name} is pending:"
            f" {latest.session_arn}"
        )


def _opened(
    action: Action,
    vault_name: str,
    team_arn: str,
    owner: World,
    context: Context,
    **asked: str | None,
) -> ApprovalSessionOpened:
    """State that a team is asked about a vault of the world ``owner``."""
    team, account = team_arn.rsplit("/", 1)[-1], owner.scope.account
    return ApprovalSessionOpened(
        session_arn=f"arn:aws:mpa:us-east-1:{account}:session/{team}/{context.fresh_id()}",
        action=action.value,
        vault_name=vault_name,
        team_arn=team_arn,
        expires_at=context.now + SESSION_LIFE,
        ordinal=owner.approvals.count(vault_name=vault_name),
        **asked,
    )


def create_restore_access_vault(
    command: CreateRestoreAccessVault, world: World, context: Context
) -> list[Any]:
    """Make a view on an air-gapped vault that is CREATING until the vault's team agrees."""
    creator_request_id = checked_creator_request_id(command.creator_request_id)
    tags = checked_tags(command.tags)
    if command.name is not None and not _NAME.fullmatch(command.name):
        raise InvalidParameterValue(f"Backup vault name {command.name} is not valid")
    if made_for(world, command.source_vault_arn, creator_request_id):
        return []
    there, source, team_arn = _source(command.source_vault_arn, world)
    name = command.name or _derived_name(source.name, world)
    existing = world.vaults.get(name)
    if existing is not None:
        raise AlreadyExists(
            "Backup vault with the same name already exists",
            arn=world.vault_arn(name),
            creator_request_id=existing.creator_request_id,
        )
    arn = world.vault_arn(name)
    opened = _opened(
        Action.GIVE_ACCESS,
        source.name,
        team_arn,
        there,
        context,
        restore_access_vault_arn=arn,
        requester_comment=command.requester_comment,
    )
    created = VaultCreated(
        name,
        None,
        creator_request_id,
        vault_type="RESTORE_ACCESS_BACKUP_VAULT",
        source_vault_arn=command.source_vault_arn,
        mpa_session_arn=opened.session_arn,
    )
    tagged = [TagsSet(arn, tags)] if tags else []
    return [created, *tagged, *_at(there.scope, [opened], context)]


def _source(arn: str, world: World) -> tuple[World, Vault, str]:
    """Find the vault to make a view on: where it is, and the team over it."""
    region = checked_vault_arn(arn, "SourceBackupVaultArn").region
    if region != world.scope.region:
        raise InvalidRequest(
            f"Backup vault {arn} is in another Region than this request ({world.scope.region})"
        )
    place = place_of_vault(arn)
    there = None if place is None else world.others.get(place[0])
    source = None if place is None or there is None else there.vaults.get(place[1])
    if there is None or source is None:
        raise ResourceNotFound(f"Backup vault {arn} does not exist")
    if not source.is_air_gapped:
        raise InvalidRequest(f"Backup vault {arn} is not logically air-gapped")
    _require_feature(there)
    team_arn = team_over(there, source.name)
    if team_arn is None:
        raise InvalidRequest(f"Backup vault {arn} has no approval team")
    return there, source, team_arn


def _derived_name(source_name: str, world: World) -> str:
    """Make a name of the source's (documented; how AWS does it is not)."""
    number = 1
    while True:
        ending = "-restore-access" if number == 1 else f"-restore-access-{number}"
        name = source_name[: _NAME_CHARACTERS_MAX - len(ending)] + ending
        if name not in world.vaults:
            return name
        number += 1


def revoke_restore_access_vault(
    command: RevokeRestoreAccessVault, world: World, context: Context
) -> list[ApprovalSessionOpened]:
    """Ask the team over a vault to take a view on it away; a view nobody gave is not revoked."""
    vault = world.vault(command.vault_name)
    arn = command.restore_access_vault_arn
    checked_vault_arn(arn, "RestoreAccessBackupVaultArn")
    view = _view(world, arn)
    if view is None or view.source_vault_arn != world.vault_arn(vault.name):
        raise ResourceNotFound(
            f"Backup vault {vault.name} has no restore access backup vault {arn}"
        )
    if view.state != "AVAILABLE":
        raise InvalidRequest(f"Restore access backup vault {arn} is in state {view.state}")
    latest = latest_revoke(world, view)
    if latest is not None and latest.is_pending:
        raise InvalidRequest(f"A request to revoke {arn} is pending: {latest.session_arn}")
    team_arn = team_over(world, vault.name)
    if team_arn is None:
        raise InvalidRequest(f"Backup vault {vault.name} has no approval team")
    return [
        _opened(
            Action.REVOKE_ACCESS,
            vault.name,
            team_arn,
            world,
            context,
            restore_access_vault_arn=arn,
            requester_comment=command.requester_comment,
        )
    ]


def _view(world: World, arn: str) -> Vault | None:
    place = place_of_vault(arn)
    there = None if place is None else world.others.get(place[0])
    return None if place is None or there is None else there.vaults.get(place[1])


def approve_session(command: ApproveSession, world: World, context: Context) -> list[Any]:
    """Make what a session asks for come true."""
    session = _pending(world, command.session_arn)
    return [ApprovalSessionApproved(session.session_arn), *_granted(session, world, context)]


def deny_session(command: DenySession, world: World, context: Context) -> list[Any]:
    """End a session without what it asks for."""
    return _failed(_pending(world, command.session_arn), _DENIED, world, context)


def expire_session(command: ExpireSession, world: World, context: Context) -> list[Any]:
    """End a session that nobody decided within a day (documented)."""
    return _failed(world.approvals[command.session_arn], _EXPIRED, world, context)


def _pending(world: World, session_arn: str) -> ApprovalSession:
    session = world.approvals.get(session_arn)
    if session is None:
        raise ResourceNotFound(f"There is no approval session {session_arn}")
    if not session.is_pending:
        raise InvalidRequest(f"Approval session {session_arn} is {session.status} already")
    return session


def _granted(session: ApprovalSession, world: World, context: Context) -> list[Any]:
    match session.action:
        case Action.REPLACE_TEAM:
            assert session.born.new_team_arn is not None, session
            return [ApprovalTeamAssociated(session.vault_name, session.born.new_team_arn)]
        case Action.REMOVE_TEAM:
            return [ApprovalTeamDisassociated(session.vault_name)]
        case Action.GIVE_ACCESS:
            return _about_view(session, world, context, made=True)
        case Action.REVOKE_ACCESS:
            return _about_view(session, world, context, made=False)
        case _:
            assert_never(session.action)


def _failed(session: ApprovalSession, message: str, world: World, context: Context) -> list[Any]:
    facts: list[Any] = [ApprovalSessionFailed(session.session_arn, message)]
    view = restore_access_vault(world, session)
    if session.action is Action.GIVE_ACCESS and view is not None and view.state == "CREATING":
        facts += _at(_place(session)[0], [VaultFailed(view.name, message)], context)
    return facts


def _about_view(
    session: ApprovalSession, world: World, context: Context, *, made: bool
) -> list[Any]:
    """State that a view is there, or is gone; one that was deleted meanwhile stays so."""
    view = restore_access_vault(world, session)
    if view is None:
        return []
    scope, name = _place(session)
    if made:
        return _at(scope, [VaultBecameAvailable(name)], context)
    there = world if scope == world.scope else world.others[scope]
    arn = there.vault_arn(name)
    gone = [
        VaultDeleted(name),
        *dropped_access_policy(there, name),
        *dropped_notifications(there, name),
        *dropped_tags(there, arn),
    ]
    return [*_at(scope, gone, context), *disassociated(there, arn, context.now)]


def _place(session: ApprovalSession) -> tuple[Scope, str]:
    arn = session.restore_access_vault_arn
    place = None if arn is None else place_of_vault(arn)
    assert place is not None, session
    return place


def _at(scope: Scope, facts: list[Any], context: Context) -> list[Any]:
    """State facts about a scope; one's own needs no mention."""
    return facts if scope == context.scope else [Elsewhere(scope, fact) for fact in facts]


DECIDE = deciders(
    associate_approval_team,
    disassociate_approval_team,
    create_restore_access_vault,
    revoke_restore_access_vault,
    approve_session,
    deny_session,
    expire_session,
)
