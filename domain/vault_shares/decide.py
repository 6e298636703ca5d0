"""All the rules about shares of vaults: one function a command, facts out or a refusal.

A share is what AWS RAM makes; here the other account has accepted it at once (chosen: AWS asks it
within twelve hours, unless both are in one organization).
"""

import re
from typing import Any

from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.refusals import InvalidParameterValue, InvalidRequest
from vaultclock.domain.vault_shares.commands import ShareVault, UnshareVault
from vaultclock.domain.vault_shares.events import VaultShared
from vaultclock.domain.vault_shares.queries import share_of, withdrawn
from vaultclock.domain.world import World

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)


def share_vault(command: ShareVault, world: World, context: Context) -> list[Any]:
    """Share an air-gapped vault with an account; never with an organization (documented)."""
    vault = world.vault(command.vault_name)
    if not _ACCOUNT.fullmatch(command.account) or command.account == context.scope.account:
        raise InvalidParameterValue(
            f"Invalid account {command.account[:64]!r}: 12 digits, of another account"
        )
    if not vault.is_air_gapped:
        raise InvalidRequest(
            f"Backup vault {vault.name} is not logically air-gapped: only such vaults can be shared"
        )
    arn, with_whom = world.vault_arn(vault.name), Scope(command.account, context.scope.region)
    there = world.others.get(with_whom)
    if there is not None and arn in there.vault_shares:
        return []
    return [Elsewhere(with_whom, VaultShared(arn))]


def unshare_vault(command: UnshareVault, world: World, context: Context) -> list[Any]:
    """Take a share back; access points that were made through it are disassociated."""
    arn = world.vault_arn(world.vault(command.vault_name).name)
    return withdrawn(share_of(world, command.account, arn), arn, context.now)


DECIDE = deciders(share_vault, unshare_vault)
