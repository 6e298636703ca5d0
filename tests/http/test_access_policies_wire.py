"""Access policies on the wire: put, read back, deleted, and judged before anything is answered."""

import json
import logging
from typing import Any
from urllib.parse import quote

import pytest

from tests.http.desk import VOLUME, Answer, Desk
from vaultclock.adapters.http import model
from vaultclock.adapters.http.features import OPERATIONS
from vaultclock.adapters.http.operation import Ask
from vaultclock.domain.policies.words import ACTIONS, COPY_FROM, COPY_INTO

ROOT = "arn:aws:iam::000000000000:root"
VAULT_ARN = "arn:aws:backup:us-east-1:000000000000:backup-vault:vault"
PATH = "/backup-vaults/vault/access-policy"
SESSION = "arn:aws:sts::000000000000:assumed-role/ops/ann"


def policy(action: str | list[str], **parts: Any) -> str:
    statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", **parts}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def put(desk: Desk, text: Any, **headers: str) -> Answer:
    return desk.ask("PUT", PATH, {"Policy": text}, **headers)


def denial(answer: Answer) -> str:
    assert answer.status == 403, answer
    assert answer.headers["x-amzn-errortype"].startswith("AccessDeniedException:")
    assert answer.json["Code"] is None
    message: str = answer.json["Message"]
    return message


def signed(key_id: str) -> dict[str, str]:
    credential = f"Credential={key_id}/20260101/us-east-1/backup/aws4_request"
    return {"authorization": f"AWS4-HMAC-SHA256 {credential}, Signature=0"}


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.vault("vault")
    return made


def test_a_policy_is_put_read_back_and_deleted(desk: Desk) -> None:
    text = policy("backup:DeleteRecoveryPoint")
    answer = put(desk, text)
    assert (answer.status, answer.body) == (200, b"")
    assert desk.ask("GET", PATH).json == {
        "BackupVaultName": "vault",
        "BackupVaultArn": VAULT_ARN,
        "Policy": text,
    }
    answer = desk.ask("DELETE", PATH)
    assert (answer.status, answer.body) == (200, b"")
    assert desk.ask("GET", PATH).status == 400
    assert desk.ask("DELETE", PATH).status == 200


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        ({}, "MissingParameterValueException", "Policy"),
        ({"Policy": None}, "MissingParameterValueException", "Policy"),
        ({"Policy": {}}, "SerializationException", "Policy"),
        ({"Policy": "{"}, "InvalidParameterValueException", "not JSON"),
        ({"Policy": "x" * 20_481}, "InvalidParameterValueException", "more than 20480 bytes"),
        (
            {"Policy": policy("backup:*")},
            "InvalidParameterValueException",
            "take no wildcards",
        ),
        (
            {"Policy": policy("backup:Nothing")},
            "InvalidParameterValueException",
            "unknown action 'backup:Nothing'",
        ),
        (
            {"Policy": policy("backup:StartCopyJob", Principal={"AWS": "nobody"})},
            "InvalidParameterValueException",
            "Provided principal is not valid",
        ),
        (
            {"Policy": policy("backup:StartCopyJob", Condition={"Same": {"aws:userid": "a"}})},
            "InvalidParameterValueException",
            "unknown condition operator 'Same'",
        ),
        (
            {"Policy": policy("backup:StartCopyJob", Sid="\ud800", Effect="\ud800")},
            "InvalidParameterValueException",
            "Effect",
        ),
        (
            {"Policy": policy("backup:StartCopyJob", Effect="Allow")},
            "AccessDeniedException",
            "due to cross-account sharing restrictions",
        ),
    ],
)
def test_a_policy_that_cannot_be_is_refused_and_changes_nothing(
    desk: Desk, body: Any, error: str, said: str
) -> None:
    before = desk.state
    answer = desk.ask("PUT", PATH, body)
    assert answer.status == (403 if error == "AccessDeniedException" else 400)
    assert answer.headers["x-amzn-errortype"].startswith(f"{error}:")
    assert said in answer.json["Message"]
    assert desk.state == before


def test_a_deny_refuses_commands_and_queries_alike(desk: Desk) -> None:
    put(desk, policy(["backup:DescribeBackupVault", "backup:DeleteBackupVault"]))
    for method, operation in (("GET", "DescribeBackupVault"), ("DELETE", "DeleteBackupVault")):
        before = desk.state
        assert denial(desk.ask(method, "/backup-vaults/vault")) == (
            f"User: {ROOT} is not authorized to perform: backup:{operation} on resource:"
            f" {VAULT_ARN} with an explicit deny in a resource-based policy"
        )
        assert desk.state == before


QUERIES = [row.name for row in OPERATIONS if isinstance(row, Ask) and row.access is not None]


@pytest.mark.parametrize("name", QUERIES)
def test_a_deny_refuses_each_query_of_a_vault_by_its_own_name(desk: Desk, name: str) -> None:
    desk.job("vault")
    desk.advance(by="1m")
    point = desk.ask("GET", "/backup-vaults/vault/recovery-points/").json["RecoveryPoints"][0]
    arn = point["RecoveryPointArn"]
    operation = model.operations()[name]
    path = operation.uri.replace("{backupVaultName}", "vault")
    path = path.replace("{recoveryPointArn}", quote(arn, safe=""))
    put(desk, policy([action for action in spelled() if action != f"backup:{name}"]))
    assert desk.ask(operation.method, path).status != 403
    put(desk, policy("backup:ListTags"))
    put(desk, policy(f"backup:{name}"))
    resource = arn if "{recoveryPointArn}" in operation.uri else VAULT_ARN
    assert denial(desk.ask(operation.method, path)) == (
        f"User: {ROOT} is not authorized to perform: backup:{name} on resource: {resource} with an"
        " explicit deny in a resource-based policy"
    )


def spelled() -> list[str]:
    """All actions but those that would keep a policy from being put again."""
    names = [*(f"backup:{name}" for name in model.operations()), COPY_INTO, COPY_FROM]
    return [name for name in names if name != "backup:PutBackupVaultAccessPolicy"]


def test_the_actions_are_those_of_the_service_model_and_two_permissions() -> None:
    every = {action.lower() for action in spelled()} | {"backup:putbackupvaultaccesspolicy"}
    assert every == ACTIONS


def test_a_policy_that_denies_its_own_removal_stays_until_it_is_replaced(desk: Desk) -> None:
    put(desk, policy("backup:DeleteBackupVaultAccessPolicy"))
    assert "backup:DeleteBackupVaultAccessPolicy" in denial(desk.ask("DELETE", PATH))
    put(desk, policy("backup:ListTags"))
    assert desk.ask("DELETE", PATH).status == 200


def test_a_deny_finds_the_one_it_names_by_the_access_key(desk: Desk) -> None:
    desk.ask("PUT", "/_vaultclock/callers", {"AKIAOPS": SESSION})
    role = {"AWS": "arn:aws:iam::000000000000:role/ops"}
    put(desk, policy("backup:DescribeBackupVault", Principal=role))
    path = "/backup-vaults/vault"
    assert f"User: {SESSION} is" in denial(desk.ask("GET", path, **signed("AKIAOPS")))
    for other in ("AKIAELSE", "000000000000"):
        assert desk.ask("GET", path, **signed(other)).status == 200
    put(desk, policy("backup:DeleteBackupVault", Principal=role))
    assert f"User: {SESSION} is" in denial(desk.ask("DELETE", path, **signed("AKIAOPS")))
    assert desk.ask("DELETE", path, **signed("AKIAELSE")).status == 200


def test_a_refusal_leaves_one_line_that_says_what_decided(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    put(desk, policy("backup:DeleteRecoveryPoint", Sid="keep\nall"))
    point = quote("arn:aws:ec2:us-east-1::snapshot/a\nb", safe="")
    with caplog.at_level(logging.INFO, "vaultclock"):
        denial(
            desk.ask(
                "DELETE", f"/backup-vaults/vault/recovery-points/{point}", **signed("AKIASECRET")
            )
        )
        desk.ask("GET", "/backup-vaults/none")
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert record.getMessage() == (
        f"'User: {ROOT} is not authorized to perform: backup:DeleteRecoveryPoint on resource:"
        " arn:aws:ec2:us-east-1::snapshot/a\\nb with an explicit deny in a resource-based policy':"
        f" Sid 'keep\\nall' of the policy of '{VAULT_ARN}'"
    )


def test_who_calls_is_not_in_the_log_of_facts(desk: Desk) -> None:
    desk.ask("PUT", "/_vaultclock/callers", {"AKIAOPS": SESSION})
    desk.ask("PUT", "/backup-vaults/other", {}, **signed("AKIAOPS"))
    log = desk.ask("GET", "/_vaultclock/log?format=jsonl").body
    assert b'"other"' in log
    assert b"AKIAOPS" not in log
    assert b"assumed-role" not in log


def test_a_backup_is_refused_where_the_vault_denies_it(desk: Desk) -> None:
    put(desk, policy("backup:StartBackupJob", Resource=VAULT_ARN))
    asked = {
        "BackupVaultName": "vault",
        "ResourceArn": VOLUME,
        "IamRoleArn": "arn:aws:iam::000000000000:role/backup",
    }
    assert f"on resource: {VAULT_ARN} with" in denial(desk.ask("PUT", "/backup-jobs", asked))
