"""Requests for tests of the wire: written as short as they can be. No expectations live here."""

import json
from typing import Any

from vaultclock.adapters.http import model
from vaultclock.adapters.http.protocol import read_request

OPERATIONS = model.operations()
VAULT = {"backupVaultName": "vault"}
PLAN = {"backupPlanId": "p"}


def read(
    name: str, labels: dict[str, str] | None = None, query: str = "", body: Any = b""
) -> dict[str, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_request(OPERATIONS[name], labels or {}, query, raw)


def plan(**rule: Any) -> dict[str, Any]:
    rules = [{"RuleName": "r", "TargetBackupVaultName": "v"} for _ in range(3)]
    rules[2] |= rule
    return {"BackupPlan": {"BackupPlanName": "p", "Rules": rules}}
