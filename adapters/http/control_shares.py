"""Control of shares of vaults, as AWS RAM would give them: giving, listing, taking back."""

import asyncio
from typing import Any

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.control_requests import Asked, Refused
from vaultclock.domain.approvals.queries import place_of_vault
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import to_iso
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    InvalidParameterValue,
    InvalidRequest,
    ResourceNotFound,
)
from vaultclock.domain.vault_shares.commands import ShareVault, UnshareVault
from vaultclock.domain.world import HOME

_ACCEPTED = {
    "vault": "the ARN of a logically air-gapped vault",
    "account": "12 digits, of another account than the vault's",
}


class ShareControl:
    """The verbs of shares. Whom a vault is shared with has accepted at once."""

    def __init__(self, simulation: Simulation, turn: asyncio.Lock) -> None:
        self._simulation = simulation
        self._turn = turn

    async def get(self, request: Asked) -> Any:
        """List every share by account and Region of who got it, oldest first."""
        request.read_query(())
        async with self._turn:
            everywhere = self._simulation.engine.world(HOME).others
            return [
                {
                    "vault": share.vault_arn,
                    "account": scope.account,
                    "shared_at": to_iso(share.shared_at),
                }
                for scope in sorted(everywhere)
                for share in everywhere[scope].vault_shares.matching()
            ]

    async def put(self, request: Asked) -> Any:
        """Share a vault with an account; one that has it already keeps it."""
        request.read_query(())
        given = await request.read_object(_ACCEPTED)
        return await self._change(ShareVault, given)

    async def delete(self, request: Asked) -> Any:
        """Take a share back."""
        return await self._change(UnshareVault, request.read_query(tuple(_ACCEPTED)))

    async def _change(self, command: type[ShareVault | UnshareVault], given: Any) -> Any:
        for name, accepted in _ACCEPTED.items():
            if type(given.get(name)) is not str:
                raise Refused(400, f"{name} must be {accepted}", name, accepted)
        scope, vault_name = _read_vault(given["vault"])
        async with self._turn:
            self._simulation.settle()
            try:
                self._simulation.change(command(vault_name, given["account"]), scope)
            except (AccessDenied, ResourceNotFound) as refusal:
                raise Refused(404, refusal.message, "vault", _ACCEPTED["vault"]) from None
            except InvalidParameterValue as refusal:
                raise Refused(400, refusal.message, "account", _ACCEPTED["account"]) from None
            except InvalidRequest as refusal:
                raise Refused(409, refusal.message, "vault", _ACCEPTED["vault"]) from None
        return {name: given[name] for name in _ACCEPTED}


def _read_vault(arn: str) -> tuple[Scope, str]:
    place = place_of_vault(arn)
    if place is None:
        raise Refused(400, f"{arn[:1000]} is not a vault's ARN", "vault", _ACCEPTED["vault"])
    return place
