"""What may be asked about legal holds without changing them, and which points one is to keep."""

import re
from collections.abc import Iterable

from vaultclock.domain.composites import is_going, nested_in
from vaultclock.domain.kernel.instants import INSTANT_MAX, INSTANT_MIN
from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.refusals import InvalidParameterValue, ResourceNotFound
from vaultclock.domain.kernel.tables import Page, Window
from vaultclock.domain.legal_holds.events import PointSelection
from vaultclock.domain.legal_holds.state import LegalHold
from vaultclock.domain.resource_types import TYPE_OF_NAME
from vaultclock.domain.world import RecoveryPoint, World

LISTING = "legal-holds"
POINTS = "recovery-points-by-legal-hold"
_SHAPE = (int, str)
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_KEPT = ("COMPLETED", "PARTIAL")  # what a hold takes; continuous points have other words for it


def legal_hold_arn(world: World, hold_id: str) -> str:
    """Name a legal hold of this scope (documented: service authorization reference)."""
    account, region = world.scope
    return f"arn:aws:backup:{region}:{account}:legal-hold:{hold_id}"


def find_legal_hold(world: World, hold_id: str) -> LegalHold:
    """Find a hold whose record is still kept.

    What is no id at all is InvalidParameterValue (observed: steampipe takes it for "none").
    """
    if not _ID.fullmatch(hold_id):
        raise InvalidParameterValue(f"Invalid value for LegalHoldId: {hold_id} is not a uuid")
    if hold := world.legal_holds.get(hold_id):
        return hold
    raise ResourceNotFound(f"Legal hold {hold_id} does not exist")


def with_token(world: World, token: str | None) -> LegalHold | None:
    """Find the hold that a retry with this token stands for, while there is a record of it."""
    return None if token is None else world.legal_holds.oldest(idempotency_token=token)


def count_in_account(world: World) -> int:
    """Count the holds of an account, in every Region, that are active or about to be."""
    account = world.scope.account
    theirs = (there for scope, there in world.others.items() if scope.account == account)
    return sum(there.legal_holds.count(counts=True) for there in theirs)


def list_legal_holds(world: World, *, limit: int, token: str | None) -> Page[LegalHold]:
    """List the holds of an account and Region, cancelled ones too, oldest first (chosen)."""
    after = read_token(LISTING, token, _SHAPE)
    return world.legal_holds.page({}, Window(limit, after))


def list_points(
    world: World, hold_id: str, *, limit: int, token: str | None = None
) -> Page[RecoveryPoint]:
    """List the points that a hold keeps, newest first (chosen): none before it is active.

    The operation has no words for a hold that is not there (documented), so that is
    InvalidParameterValue like what is no id.
    """
    after = read_token(POINTS, token, _SHAPE)
    try:
        hold = find_legal_hold(world, hold_id)
    except ResourceNotFound as missing:
        raise InvalidParameterValue(missing.message) from missing
    window = Window(limit, after, newest_first=True)
    return world.recovery_points.page_among("held_by", legal_hold_arn(world, hold.hold_id), window)


def points_to_hold(world: World, hold: LegalHold) -> list[RecoveryPoint]:
    """Answer the points that a hold keeps when it becomes active, of those before its creation.

    Points that are being made, being deleted or EXPIRED, and continuous ones, are left out
    (Backup Developer Guide, legal holds; of those being made it leaves that open). A composite
    is nothing without those that it groups, so they come with it (chosen).
    """
    selection = hold.born.selection or PointSelection()
    since = INSTANT_MIN if selection.created_from is None else selection.created_from
    until = INSTANT_MAX if selection.created_until is None else selection.created_until
    found = {
        point.arn: point
        for point in _candidates(world, selection)
        if since <= point.created_at <= until and _can_be_held(world, point, hold)
    }
    for parent in [point for point in found.values() if point.born.is_parent]:
        nested = nested_in(world, parent.arn)
        found.update({point.arn: point for point in nested if _can_be_held(world, point, hold)})
    return list(found.values())


def _candidates(world: World, selection: PointSelection) -> Iterable[RecoveryPoint]:
    """Walk the points of some vaults, of some resources or, where both are named, of both."""
    points, names, resources = world.recovery_points, selection.vault_names, selection.resources
    if names:
        for name in dict.fromkeys(names):
            for point in points.matching(vault_name=name):
                if not resources or {point.resource_type, point.resource_arn} & {*resources}:
                    yield point
    elif resources:
        for each in dict.fromkeys(resources):
            field = "resource_type" if each in TYPE_OF_NAME else "resource_arn"
            yield from points.matching(**{field: each})
    else:
        yield from points.matching()


def _can_be_held(world: World, point: RecoveryPoint, hold: LegalHold) -> bool:
    if point.born.is_continuous or point.status not in _KEPT:
        return False
    return point.initiated_at <= hold.created_at and not is_going(world, point)
