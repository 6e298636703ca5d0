"""What may be asked about shares of vaults, and whose recovery points an account can reach.

An account sees into vaults of others in two ways: the owner shares a logically air-gapped vault
with it (AWS RAM), or it has a restore access vault, which is a view on one (Backup Developer
Guide, logically air-gapped vaults and multi-party approval). Neither is a copy.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from vaultclock.domain.access_points.queries import disassociated
from vaultclock.domain.approvals.queries import place_of_vault
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.refusals import AccessDenied, ResourceNotFound
from vaultclock.domain.kernel.tables import Page, Window
from vaultclock.domain.vault_shares.events import VaultUnshared
from vaultclock.domain.vault_shares.state import VaultShare
from vaultclock.domain.world import NO_PRIVILEGES, RecoveryPoint, Vault, World

LISTING = "vault-shares"


class Seen(NamedTuple):
    """A vault that can be looked into: where its recovery points are, and what it is there."""

    world: World
    vault: Vault


def owner_of_vault(world: World, vault_name: str, account: str | None) -> World:
    """Find the world that has a vault: this one, or one that shares it with this one.

    ``account`` is the owner's, as the request names it; None is one's own. Raises AccessDenied
    for a vault of another account that is not shared, as for one that is not there (documented).
    """
    if account is None or account == world.scope.account:
        return world
    there = world.others.get(Scope(account, world.scope.region))
    if there is None or there.vault_arn(vault_name) not in world.vault_shares:
        raise AccessDenied(NO_PRIVILEGES)
    return there


def seen_vault(world: World, vault_name: str, account: str | None) -> Seen:
    """Find a vault whose recovery points can be read: for a view, what it is a view on.

    ``account`` and refusals are as of `owner_of_vault`.
    """
    there = owner_of_vault(world, vault_name, account)
    vault = there.vault(vault_name)
    return viewed(there, vault) or Seen(there, vault)


def viewed(world: World, vault: Vault) -> Seen | None:
    """Answer what a restore access vault is a view on; None for other vaults, and before it is."""
    if vault.source_vault_arn is None or vault.state != "AVAILABLE":
        return None
    place = place_of_vault(vault.source_vault_arn)
    assert place is not None, vault
    there = world.others[place[0]]
    return Seen(there, there.vaults[place[1]])


def source_of_copy(world: World, vault_name: str, arn: str) -> tuple[World, RecoveryPoint] | None:
    """Find what is to be copied out of a vault, and where it is; None when it is not there.

    A restore access vault has what its source has (documented: it can be copied from).
    """
    vault = world.vaults.get(vault_name)
    seen = None if vault is None else viewed(world, vault)
    there = world if seen is None else seen.world
    point = there.recovery_points.get(arn)
    if point is None or (seen is not None and point.vault_name != seen.vault.name):
        return None
    return there, point


def reachable_point(world: World, arn: str) -> tuple[World, RecoveryPoint]:
    """Find a recovery point that can be restored here: an own one, or one seen into.

    Raises ResourceNotFound as `World.recovery_point_by_arn` does.
    """
    owner = world if arn in world.recovery_points else _who_shows(world, arn) or world
    return owner, owner.recovery_point_by_arn(arn)


def _who_shows(world: World, point_arn: str) -> World | None:
    for seen in _into_others(world):
        point = seen.world.recovery_points.get(point_arn)
        if point is not None and point.vault_name == seen.vault.name:
            return seen.world
    return None


def who_tells(world: World, arn: str) -> World:
    """Find the world that tells of a thing: the owner's of what can be seen into, or else this."""
    share = world.vault_shares.get(arn)
    if share is not None:
        return shared_vault(world, share).world
    return world if arn in world.recovery_points else _who_shows(world, arn) or world


def _into_others(world: World) -> Iterator[Seen]:
    for share in world.vault_shares.matching():
        yield shared_vault(world, share)
    for vault in world.vaults.matching(vault_type="RESTORE_ACCESS_BACKUP_VAULT"):
        if (seen := viewed(world, vault)) is not None:
            yield seen


def way_to(world: World, owner: World, point: RecoveryPoint) -> tuple[World, Vault]:
    """Find the vault through which a world reaches a point of an owner's, and where that vault is.

    It is the vault that the point is in, an own one or one that is shared, or else a restore
    access vault.
    """
    arn = owner.vault_arn(point.vault_name)
    if owner.scope == world.scope or arn in world.vault_shares:
        return owner, owner.vaults[point.vault_name]
    views = world.vaults.matching(source_vault_arn=arn)
    return world, next(view for view in views if view.state == "AVAILABLE")


def sees(world: World, vault_arn: str) -> bool:
    """Tell whether a world has a vault, or a share of it."""
    place = place_of_vault(vault_arn)
    own = place is not None and place[0] == world.scope and place[1] in world.vaults
    return own or vault_arn in world.vault_shares


def shared_vault(world: World, share: VaultShare) -> Seen:
    """Answer the vault that a share gives a look into."""
    place = place_of_vault(share.vault_arn)
    assert place is not None, share
    there = world.others[place[0]]
    return Seen(there, there.vaults[place[1]])


def list_shared_vaults(
    world: World, *, limit: int, token: str | None, vault_type: str | None
) -> Page[VaultShare]:
    """List the vaults of other accounts that are shared with this one, in the order of shares."""

    def is_asked_for(share: VaultShare) -> bool:
        return vault_type is None or shared_vault(world, share).vault.vault_type == vault_type

    after = read_token(LISTING, token, (int, str))
    return world.vault_shares.page({}, Window(limit, after), is_asked_for)


def receivers(world: World, vault_arn: str) -> list[World]:
    """Answer the worlds that a vault is shared with, by account."""
    region = world.scope.region
    everywhere = sorted(scope for scope in world.others if scope.region == region)
    return [
        world.others[scope] for scope in everywhere if vault_arn in world.others[scope].vault_shares
    ]


def withdrawn(there: World, vault_arn: str, now: Instant) -> list[Any]:
    """State that a vault is shared with a world no more, nor are access points made through it."""
    unshared = Elsewhere(there.scope, VaultUnshared(vault_arn))
    return [unshared, *disassociated(there, vault_arn, now)]


def dropped_shares(world: World, vault_name: str, now: Instant) -> list[Any]:
    """State what the end of a vault means for those it is shared with."""
    arn = world.vault_arn(vault_name)
    return [fact for there in receivers(world, arn) for fact in withdrawn(there, arn, now)]


def share_of(world: World, account: str, vault_arn: str) -> World:
    """Find the world of an account that a vault is shared with. Raises ResourceNotFound."""
    there = world.others.get(Scope(account, world.scope.region))
    if there is None or vault_arn not in there.vault_shares:
        raise ResourceNotFound(f"{vault_arn} is not shared with account {account}")
    return there
