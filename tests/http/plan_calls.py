"""Calls of plan and selection operations through their rows, on an engine. No tests live here."""

from collections.abc import Mapping
from typing import Any

from tests.spec import HERE
from vaultclock.adapters.http import model, plans, protocol, selections
from vaultclock.adapters.http.operation import Ask
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.instants import from_iso

START = from_iso("2026-01-01T00:00:00Z")
ROWS = {row.name: row for row in (*plans.OPERATIONS, *selections.OPERATIONS)}
ROLE = "arn:aws:iam::123456789012:role/backup"
RULE = {"RuleName": "daily", "TargetBackupVaultName": "Default"}


def present(value: Any) -> Any:
    """A reply without the members that AWS writes as null and its SDKs drop."""
    if isinstance(value, Mapping):
        return {name: present(member) for name, member in value.items() if member is not None}
    return [present(element) for element in value] if isinstance(value, list) else value


def call(engine: Engine, name: str, **wire: Any) -> Any:
    row = ROWS[name]
    if isinstance(row, Ask):
        reply = row.answer(engine.world(HERE), engine.now, wire)
    else:
        command = row.read(wire)
        facts = engine.handle(command, HERE)
        reply = row.reply(engine.world(HERE), command, facts)
    if name != "GetBackupPlanFromTemplate":  # AWS's own reply lacks what the model requires
        assert protocol.check_reply(model.operations()[name], reply) == []
    return present(reply)


def plan(*rules: dict[str, Any], name: str = "plan", **members: Any) -> dict[str, Any]:
    return {"BackupPlanName": name, "Rules": list(rules) or [RULE], **members}


def created(engine: Engine, *rules: dict[str, Any], **members: Any) -> str:
    plan_id: str = call(engine, "CreateBackupPlan", BackupPlan=plan(*rules, **members))[
        "BackupPlanId"
    ]
    return plan_id
