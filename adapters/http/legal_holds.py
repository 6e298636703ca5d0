"""Legal hold operations on the wire."""

from collections.abc import Mapping, Sequence
from typing import Any

from vaultclock.adapters.http.operation import Ask, Change, Operation, Reply, Wire, paging, reads
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.legal_holds import queries
from vaultclock.domain.legal_holds.commands import CancelLegalHold, CreateLegalHold
from vaultclock.domain.legal_holds.events import LegalHoldCreated, PointSelection
from vaultclock.domain.legal_holds.state import LegalHold
from vaultclock.domain.world import RecoveryPoint, World


def _read_selection(wire: Mapping[str, Any] | None) -> PointSelection | None:
    if wire is None:
        return None
    names, resources = wire.get("VaultNames"), wire.get("ResourceIdentifiers")
    dates = wire.get("DateRange", {})
    return PointSelection(
        vault_names=None if names is None else tuple(names),
        resources=None if resources is None else tuple(resources),
        created_from=dates.get("FromDate"),
        created_until=dates.get("ToDate"),
    )


def _selection_members(selection: PointSelection | None) -> dict[str, Any] | None:
    if selection is None:
        return None
    names, resources = selection.vault_names, selection.resources
    since, until = selection.created_from, selection.created_until
    return {
        "VaultNames": None if names is None else list(names),
        "ResourceIdentifiers": None if resources is None else list(resources),
        "DateRange": None if since is None else {"FromDate": since, "ToDate": until},
    }


def _read_create(wire: Wire) -> CreateLegalHold:
    return CreateLegalHold(
        title=wire["Title"],
        description=wire["Description"],
        selection=_read_selection(wire.get("RecoveryPointSelection")),
        tags=wire.get("Tags", {}),
        idempotency_token=wire.get("IdempotencyToken"),
    )


def _row(world: World, hold: LegalHold) -> dict[str, Any]:
    return {
        "Title": hold.born.title,
        "Status": hold.status,
        "Description": hold.born.description,
        "LegalHoldId": hold.hold_id,
        "LegalHoldArn": queries.legal_hold_arn(world, hold.hold_id),
        "CreationDate": hold.created_at,
    }


def _created(world: World, command: CreateLegalHold, facts: Sequence[Any]) -> Reply:
    born = [fact for fact in facts if isinstance(fact, LegalHoldCreated)]
    hold = queries.with_token(world, command.idempotency_token)
    if born:
        hold = world.legal_holds[born[0].hold_id]
    assert hold is not None, command
    selection = _selection_members(hold.born.selection)
    return {**_row(world, hold), "RecoveryPointSelection": selection}


def _get(world: World, _now: Instant, wire: Wire) -> Reply:
    hold = queries.find_legal_hold(world, wire["LegalHoldId"])
    ending = hold.cancellation
    return {
        **_row(world, hold),
        "CancelDescription": ending and ending.description,
        "CancellationDate": hold.cancelled_at,
        "RetainRecordUntil": ending and ending.record_kept_until,
        "RecoveryPointSelection": _selection_members(hold.born.selection),
    }


def _list(world: World, _now: Instant, wire: Wire) -> Reply:
    page = queries.list_legal_holds(world, **paging(wire))
    return {
        "LegalHolds": [
            {**_row(world, hold), "CancellationDate": hold.cancelled_at} for hold in page.rows
        ],
        "NextToken": write_token(queries.LISTING, page.next_after),
    }


def _point(point: RecoveryPoint) -> dict[str, Any]:
    return {
        "RecoveryPointArn": point.arn,
        "ResourceArn": point.resource_arn,
        "ResourceType": point.resource_type,
        "BackupVaultName": point.vault_name,
    }


def _list_points(world: World, _now: Instant, wire: Wire) -> Reply:
    page = queries.list_points(world, wire["LegalHoldId"], **paging(wire))
    return {
        "RecoveryPoints": [_point(point) for point in page.rows],
        "NextToken": write_token(queries.POINTS, page.next_after),
    }


OPERATIONS: tuple[Operation, ...] = (
    Change("CreateLegalHold", _read_create, _created),
    Change(
        "CancelLegalHold",
        reads(
            CancelLegalHold,
            hold_id="LegalHoldId",
            description="CancelDescription",
            retain_record_in_days="RetainRecordInDays",
        ),
    ),
    Ask("GetLegalHold", _get),
    Ask("ListLegalHolds", _list),
    Ask("ListRecoveryPointsByLegalHold", _list_points),
)
