"""Selection operations on the wire."""

from collections.abc import Sequence
from typing import Any

from vaultclock.adapters.http.operation import Ask, Change, Operation, Reply, Wire, paging, reads
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.refusals import MissingParameterValue
from vaultclock.domain.selections import queries
from vaultclock.domain.selections.commands import CreateSelection, DeleteSelection
from vaultclock.domain.selections.state import Selection
from vaultclock.domain.values import Conditions, TagCondition
from vaultclock.domain.world import World


def _read_create(wire: Wire) -> CreateSelection:
    selection = wire["BackupSelection"]
    return CreateSelection(
        plan_id=wire["BackupPlanId"],
        name=selection["SelectionName"],
        iam_role_arn=selection["IamRoleArn"],
        resources=tuple(selection.get("Resources", ())),
        not_resources=tuple(selection.get("NotResources", ())),
        any_tags=_read_tags(selection.get("ListOfTags", ())),
        conditions=_read_conditions(selection.get("Conditions", {})),
        creator_request_id=wire.get("CreatorRequestId"),
    )


def _read_conditions(wire: Wire) -> Conditions:
    return Conditions(
        string_equals=_read_tags(wire.get("StringEquals", ())),
        string_not_equals=_read_tags(wire.get("StringNotEquals", ())),
        string_like=_read_tags(wire.get("StringLike", ())),
        string_not_like=_read_tags(wire.get("StringNotLike", ())),
    )


def _read_tags(conditions: Sequence[Wire]) -> tuple[TagCondition, ...]:
    """Read keys and values; of ListOfTags, whose one type is STRINGEQUALS, as of Conditions."""
    return tuple(
        TagCondition(_present(wire, "ConditionKey"), _present(wire, "ConditionValue"))
        for wire in conditions
    )


def _present(wire: Wire, member: str) -> str:
    """Insist on a member that the model lets Conditions leave out: one alone compares nothing."""
    if member in wire:
        value: str = wire[member]
        return value
    raise MissingParameterValue(f"Missing value for {member}: it is required")


def _created(world: World, command: CreateSelection, facts: Sequence[Any]) -> Reply:
    if facts:
        selection = world.selections[facts[0].selection_id]
    else:
        assert command.creator_request_id is not None, command
        found = queries.selection_of_request(world, command.plan_id, command.creator_request_id)
        assert found is not None, command
        selection = found
    return _identity(selection)


def _identity(selection: Selection) -> dict[str, Any]:
    return {
        "SelectionId": selection.selection_id,
        "BackupPlanId": selection.plan_id,
        "CreationDate": selection.created_at,
    }


def _get(world: World, _now: Instant, wire: Wire) -> Reply:
    selection = queries.describe_selection(world, wire["BackupPlanId"], wire["SelectionId"])
    return {
        **_identity(selection),
        "CreatorRequestId": selection.creator_request_id,
        "BackupSelection": _selection_members(selection),
    }


def _selection_members(selection: Selection) -> dict[str, Any]:
    """Write all lists out, the empty ones too (observed: Ansible, backup_selection)."""
    conditions = selection.conditions
    return {
        "SelectionName": selection.name,
        "IamRoleArn": selection.iam_role_arn,
        "Resources": list(selection.resources),
        "ListOfTags": [
            {"ConditionType": "STRINGEQUALS", **tag} for tag in _tag_members(selection.any_tags)
        ],
        "NotResources": list(selection.not_resources),
        "Conditions": {
            "StringEquals": _tag_members(conditions.string_equals),
            "StringNotEquals": _tag_members(conditions.string_not_equals),
            "StringLike": _tag_members(conditions.string_like),
            "StringNotLike": _tag_members(conditions.string_not_like),
        },
    }


def _tag_members(conditions: Sequence[TagCondition]) -> list[dict[str, str]]:
    return [
        {"ConditionKey": condition.key, "ConditionValue": condition.value}
        for condition in conditions
    ]


def _list(world: World, _now: Instant, wire: Wire) -> Reply:
    plan_id = wire["BackupPlanId"]
    page = queries.list_selections(world, plan_id, **paging(wire))
    return {
        "BackupSelectionsList": [
            {
                **_identity(selection),
                "SelectionName": selection.name,
                "CreatorRequestId": selection.creator_request_id,
                "IamRoleArn": selection.iam_role_arn,
            }
            for selection in page.rows
        ],
        "NextToken": write_token(queries.listing(plan_id), page.next_after),
    }


OPERATIONS: tuple[Operation, ...] = (
    Change("CreateBackupSelection", _read_create, _created),
    Change(
        "DeleteBackupSelection",
        reads(DeleteSelection, plan_id="BackupPlanId", selection_id="SelectionId"),
    ),
    Ask("GetBackupSelection", _get),
    Ask("ListBackupSelections", _list),
)
