"""What the facts about teams and sessions add up to. No rules and no refusals live here."""

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

import attrs

from vaultclock.domain.approvals.commands import ExpireSession
from vaultclock.domain.approvals.events import (
    ApprovalSessionApproved,
    ApprovalSessionFact,
    ApprovalSessionFailed,
    ApprovalSessionOpened,
    ApprovalTeamAssociated,
    ApprovalTeamDisassociated,
    ApprovalTeamFact,
)
from vaultclock.domain.kernel.engine import Deadline
from vaultclock.domain.kernel.instants import Instant


class Action(StrEnum):
    """What a team can be asked to agree to. These words are stored."""

    REPLACE_TEAM = "replace-team"
    REMOVE_TEAM = "remove-team"
    GIVE_ACCESS = "give-access"
    REVOKE_ACCESS = "revoke-access"


class Status(StrEnum):
    """How far a session has come, in AWS's words."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    FAILED = "FAILED"


@attrs.frozen
class ApprovalTeam:
    """The team over one vault."""

    vault_name: str
    team_arn: str


@attrs.frozen
class ApprovalSession:
    """One thing that a team is or was asked to agree to."""

    born: ApprovalSessionOpened
    opened_at: Instant
    status: Status = Status.PENDING
    decided_at: Instant | None = None
    message: str | None = None

    @property
    def session_arn(self) -> str:
        """The session's own ARN, of the service that asks the team."""
        return self.born.session_arn

    @property
    def vault_name(self) -> str:
        """The air-gapped vault that it is about."""
        return self.born.vault_name

    @property
    def action(self) -> Action:
        """What is asked for."""
        return Action(self.born.action)

    @property
    def is_pending(self) -> bool:
        """Whether the team can still decide."""
        return self.status is Status.PENDING

    @property
    def is_about_team(self) -> bool:
        """Whether it would change the team itself."""
        return self.action in (Action.REPLACE_TEAM, Action.REMOVE_TEAM)

    @property
    def restore_access_vault_arn(self) -> str | None:
        """The restore access vault that is to be made or revoked."""
        return self.born.restore_access_vault_arn


def order_teams(team: ApprovalTeam) -> tuple[str]:
    """Order teams by their vaults."""
    return (team.vault_name,)


def order_sessions(session: ApprovalSession) -> tuple[Instant, int, str]:
    """Order sessions by when they were opened; of those of one instant, the later ones last."""
    return session.opened_at, session.born.ordinal, session.session_arn


def evolve_team(
    _team: ApprovalTeam | None, _at: Instant, fact: ApprovalTeamFact
) -> ApprovalTeam | None:
    """Fold one fact into the team over a vault."""
    match fact:
        case ApprovalTeamAssociated():
            return ApprovalTeam(fact.vault_name, fact.team_arn)
        case ApprovalTeamDisassociated():
            return None
        case _:
            assert_never(fact)


def evolve_session(
    session: ApprovalSession | None, at: Instant, fact: ApprovalSessionFact
) -> ApprovalSession:
    """Fold one fact into a session."""
    if isinstance(fact, ApprovalSessionOpened):
        return ApprovalSession(fact, at)
    assert session is not None, f"{fact} has no session to happen to"
    match fact:
        case ApprovalSessionApproved():
            return attrs.evolve(session, status=Status.APPROVED, decided_at=at)
        case ApprovalSessionFailed():
            return attrs.evolve(session, status=Status.FAILED, decided_at=at, message=fact.message)
        case _:
            assert_never(fact)


def deadlines(session: ApprovalSession) -> Iterator[Deadline]:
    """Say what a session still owes: an end."""
    if session.is_pending:
        yield (session.born.expires_at, ExpireSession(session.session_arn))
