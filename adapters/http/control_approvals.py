"""Control of what teams decide: listing approval sessions, approving and denying them."""

import asyncio
from typing import Any

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.control_requests import Asked, Refused
from vaultclock.domain.approvals.commands import ApproveSession, DenySession
from vaultclock.domain.approvals.state import ApprovalSession
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import to_iso
from vaultclock.domain.kernel.refusals import InvalidRequest, ResourceNotFound
from vaultclock.domain.world import HOME

_ACCEPTED = {"session": "the ARN of a pending approval session", "answer": "approve or deny"}
_ANSWERS = {"approve": ApproveSession, "deny": DenySession}


class ApprovalControl:
    """The verbs of approval teams, which decide outside of AWS Backup."""

    def __init__(self, simulation: Simulation, turn: asyncio.Lock) -> None:
        self._simulation = simulation
        self._turn = turn

    async def get(self, request: Asked) -> Any:
        """List every session by account and Region, oldest first, decided ones too."""
        request.read_query(())
        async with self._turn:
            self._simulation.settle()
            everywhere = self._simulation.engine.world(HOME).others
            return [
                _view(scope, session)
                for scope in sorted(everywhere)
                for session in everywhere[scope].approvals.matching()
            ]

    async def post(self, request: Asked) -> Any:
        """Decide a pending session, as its team."""
        request.read_query(())
        given = await request.read_object(_ACCEPTED)
        for name, accepted in _ACCEPTED.items():
            if type(given.get(name)) is not str:
                raise Refused(400, f"{name} must be {accepted}", name, accepted)
        if given["answer"] not in _ANSWERS:
            raise Refused(400, "answer must be approve or deny", "answer", list(_ANSWERS))
        arn = given["session"]
        async with self._turn:
            self._simulation.settle()
            scope = self._scope_of(arn)
            try:
                self._simulation.change(_ANSWERS[given["answer"]](arn), scope)
            except ResourceNotFound as refusal:
                raise Refused(404, refusal.message, "session", _ACCEPTED["session"]) from None
            except InvalidRequest as refusal:
                raise Refused(409, refusal.message, "session", _ACCEPTED["session"]) from None
            session = self._simulation.engine.world(scope).approvals[arn]
        return _view(scope, session)

    def _scope_of(self, arn: str) -> Scope:
        """Find where a session is: its ARN names no Region but that of the teams."""
        everywhere = self._simulation.engine.world(HOME).others
        return next(
            (scope for scope in sorted(everywhere) if arn in everywhere[scope].approvals), HOME
        )


def _view(scope: Scope, session: ApprovalSession) -> dict[str, Any]:
    born = session.born
    return {
        "session": session.session_arn,
        "account": scope.account,
        "region": scope.region,
        "vault": session.vault_name,
        "team": born.team_arn,
        "action": session.action,
        "status": session.status,
        "message": session.message,
        "opened_at": to_iso(session.opened_at),
        "expires_at": to_iso(born.expires_at),
        "decided_at": None if session.decided_at is None else to_iso(session.decided_at),
        "new_team": born.new_team_arn,
        "restore_access_vault": session.restore_access_vault_arn,
        "comment": born.requester_comment,
    }
