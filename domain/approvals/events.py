"""What has happened to approval teams and their sessions.

These names and fields are the storage format: see ADR 0006.
"""

from vaultclock.domain.kernel.facts import fact
from vaultclock.domain.kernel.instants import Instant


@fact("approval-team-associated")
class ApprovalTeamAssociated:
    """A team decides from now on who gets access to a vault; it replaces the one before."""

    vault_name: str
    team_arn: str


@fact("approval-team-disassociated")
class ApprovalTeamDisassociated:
    """Nobody decides about a vault any more."""

    vault_name: str


@fact("approval-session-opened")
class ApprovalSessionOpened:
    """A team was asked to agree to something about a vault, until ``expires_at``.

    ``action`` is one of `approvals.state.Action`. What is asked for is ``new_team_arn`` for a
    change of teams, ``restore_access_vault_arn`` for a restore access vault that is to be made
    or revoked. ``ordinal`` counts what was asked before about vaults of this name.
    """

    session_arn: str
    action: str
    vault_name: str
    team_arn: str
    expires_at: Instant
    new_team_arn: str | None = None
    restore_access_vault_arn: str | None = None
    requester_comment: str | None = None
    ordinal: int = 0


@fact("approval-session-approved")
class ApprovalSessionApproved:
    """The team agreed, and what it was asked for has happened."""

    session_arn: str


@fact("approval-session-failed")
class ApprovalSessionFailed:
    """The team did not agree, or not in time; ``message`` says which."""

    session_arn: str
    message: str


ApprovalTeamFact = ApprovalTeamAssociated | ApprovalTeamDisassociated
ApprovalSessionFact = ApprovalSessionOpened | ApprovalSessionApproved | ApprovalSessionFailed
