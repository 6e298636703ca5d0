"""Backup access point operations on the wire."""

from collections.abc import Sequence
from typing import Any

from vaultclock.adapters.http.operation import Ask, Change, Operation, Reply, Wire, reads
from vaultclock.domain.access_points import queries
from vaultclock.domain.access_points.commands import CreateAccessPoint, DeleteAccessPoint
from vaultclock.domain.access_points.state import AccessPoint
from vaultclock.domain.kernel.instants import Instant, to_iso
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.tables import Page
from vaultclock.domain.world import World


def _created(_world: World, _command: Any, facts: Sequence[Any]) -> Reply:
    return {"AccessPointArn": facts[0].arn, "Status": "CREATING"}


def _metadata(access_point: AccessPoint) -> dict[str, str]:
    """Write what was asked for, and the names in S3 once there are any (documented)."""
    reads_at = access_point.born.reads_at
    named = {
        queries.IN_TIME: None if reads_at is None else to_iso(reads_at),
        "S3AccessPointArn": access_point.s3_access_point_arn,
        "S3AccessPointAlias": access_point.s3_alias,
    }
    return {key: text for key, text in named.items() if text is not None}


def _row(access_point: AccessPoint) -> dict[str, Any]:
    born = access_point.born
    return {
        "AccessPointArn": born.arn,
        "AccessPointMetadata": _metadata(access_point),
        "BackupVaultArn": born.vault_arn,
        "BackupVaultName": born.vault_name,
        "CreationTime": access_point.created_at,
        "Name": born.name,
        "RecoveryPointArn": born.recovery_point_arn,
        "ResourceArn": born.resource_arn,
        "ResourceType": "S3",
        "Status": access_point.status,
        "StatusMessage": access_point.message,
    }


def _describe(world: World, _now: Instant, wire: Wire) -> Reply:
    return _row(queries.find_access_point(world, wire["AccessPointArn"]))


def _window(wire: Wire) -> dict[str, Any]:
    return {"limit": wire.get("MaxResults", queries.PAGE_ROWS_MAX), "token": wire.get("NextToken")}


def _page(listing: str, page: Page[AccessPoint]) -> Reply:
    return {
        "BackupAccessPoints": [_row(access_point) for access_point in page.rows],
        "NextToken": write_token(listing, page.next_after),
    }


def _list(world: World, _now: Instant, wire: Wire) -> Reply:
    return _page(queries.ALL, queries.list_access_points(world, **_window(wire)))


def _list_by_point(world: World, _now: Instant, wire: Wire) -> Reply:
    page = queries.list_by_point(world, wire["RecoveryPointArn"], **_window(wire))
    return _page(queries.BY_POINT, page)


def _list_by_resource(world: World, _now: Instant, wire: Wire) -> Reply:
    page = queries.list_by_resource(world, wire["ResourceArn"], **_window(wire))
    return _page(queries.BY_RESOURCE, page)


OPERATIONS: tuple[Operation, ...] = (
    Change(
        "CreateBackupAccessPoint",
        reads(
            CreateAccessPoint,
            name="Name",
            recovery_point_arn="RecoveryPointArn",
            metadata="AccessPointMetadata",
            policy="AccessPointPolicy",
            tags="Tags",
        ),
        _created,
    ),
    Change("DeleteBackupAccessPoint", reads(DeleteAccessPoint, arn="AccessPointArn")),
    Ask("DescribeBackupAccessPoint", _describe),
    Ask("ListBackupAccessPoints", _list),
    Ask("ListBackupAccessPointsByRecoveryPoint", _list_by_point),
    Ask("ListBackupAccessPointsByResource", _list_by_resource),
)
