"""What may be asked of approval teams, by owners of vaults, by those who want in, by the team."""

import attrs

from vaultclock.domain.values import Tags


@attrs.frozen
class AssociateApprovalTeam:
    """Put a team over an air-gapped vault; one that is there already has to agree."""

    vault_name: str
    team_arn: str
    requester_comment: str | None = None


@attrs.frozen
class DisassociateApprovalTeam:
    """Take the team off a vault, if the team agrees."""

    vault_name: str
    requester_comment: str | None = None


@attrs.frozen
class CreateRestoreAccessVault:
    """Make a view on an air-gapped vault, of another account too, if its team agrees.

    Without a ``name`` it gets one that is made of the source's.
    """

    source_vault_arn: str
    name: str | None = None
    creator_request_id: str | None = None
    requester_comment: str | None = None
    tags: Tags = attrs.field(factory=dict)


@attrs.frozen
class RevokeRestoreAccessVault:
    """Take a view on a vault away, if the vault's team agrees."""

    vault_name: str
    restore_access_vault_arn: str
    requester_comment: str | None = None


@attrs.frozen
class ApproveSession:
    """Agree to what a session asks for, as the team."""

    session_arn: str


@attrs.frozen
class DenySession:
    """Refuse what a session asks for, as the team."""

    session_arn: str


@attrs.frozen
class ExpireSession:
    """End a session that nobody decided in time."""

    session_arn: str
