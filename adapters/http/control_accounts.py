"""Control of what surrounds an account: its console, its organization and its Regions' features."""

import asyncio
from typing import Any

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http import callers
from vaultclock.adapters.http.control_requests import Asked, Refused
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.service_made import DEFAULT_VAULT
from vaultclock.domain.settings.commands import ArrangeOrganization, ArrangeRegion
from vaultclock.domain.settings.state import KEY
from vaultclock.domain.vaults.commands import OpenConsole
from vaultclock.domain.world import ACCOUNT_WIDE, HOME

_ACCOUNT = "12 digits"
_REGION = "such as us-east-1"
_MANAGER = "12 digits, or null for an account in no organization"
_FEATURE = "true or false"


class AccountControl:
    """The verbs of accounts and Regions; where nothing is said, the default ones are meant."""

    def __init__(self, simulation: Simulation, turn: asyncio.Lock) -> None:
        self._simulation = simulation
        self._turn = turn

    async def open_console(self, request: Asked) -> Any:
        """Open the console in a Region, which makes the vault ``Default`` the first time."""
        scope = _scope(request.read_query(("account", "region")))
        made = await self._change(OpenConsole(), scope)
        return {**scope._asdict(), "vault": DEFAULT_VAULT, "made": made}

    async def list_organizations(self, request: Asked) -> Any:
        """List the accounts that an organization was arranged for, by account."""
        request.read_query(())
        async with self._turn:
            return [
                {"account": scope.account, "management_account": found.management_account}
                for scope, settings in self._settings()
                if (found := settings.organization) is not None
            ]

    async def put_organization(self, request: Asked) -> Any:
        """Say which account manages the organization that an account is in, or that none does."""
        request.read_query(())
        given = await request.read_object(("account", "management_account"))
        account = _scope(given).account
        if "management_account" not in given:
            raise Refused(400, "management_account is missing", "management_account", _MANAGER)
        manager = given["management_account"]
        if manager is not None and not _is(callers.is_account, manager):
            raise Refused(400, f"it must be {_MANAGER}", "management_account", _MANAGER)
        await self._change(ArrangeOrganization(manager), Scope(account, ACCOUNT_WIDE))
        return {"account": account, "management_account": manager}

    async def list_regions(self, request: Asked) -> Any:
        """List the Regions that lack a feature, by account and Region."""
        request.read_query(())
        async with self._turn:
            return [
                {**scope._asdict(), "cross_account_backup": False}
                for scope, settings in self._settings()
                if not settings.has_cross_account_backup
            ]

    async def put_region(self, request: Asked) -> Any:
        """Say whether a Region has the feature that backs up across accounts, for an account."""
        request.read_query(())
        given = await request.read_object(("account", "region", "cross_account_backup"))
        scope, has = _scope(given), given.get("cross_account_backup")
        if type(has) is not bool:
            raise Refused(400, f"it must be {_FEATURE}", "cross_account_backup", _FEATURE)
        await self._change(ArrangeRegion(has), scope)
        return {**scope._asdict(), "cross_account_backup": has}

    async def _change(self, command: Any, scope: Scope) -> bool:
        """Let something happen; answer whether it was news."""
        async with self._turn:
            self._simulation.settle()
            return bool(self._simulation.change(command, scope))

    def _settings(self) -> list[tuple[Scope, Any]]:
        everywhere = self._simulation.engine.world(HOME).others
        found = ((scope, everywhere[scope].settings.get(KEY)) for scope in sorted(everywhere))
        return [(scope, settings) for scope, settings in found if settings is not None]


def _scope(given: dict[str, Any]) -> Scope:
    account, region = given.get("account", HOME.account), given.get("region", HOME.region)
    if not _is(callers.is_account, account):
        raise Refused(400, "account must have 12 digits", "account", _ACCOUNT)
    if not _is(callers.is_region, region):
        raise Refused(400, "region must be the name of a Region", "region", _REGION)
    return Scope(account, region)


def _is(fits: Any, value: Any) -> bool:
    return type(value) is str and fits(value)
