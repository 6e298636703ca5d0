"""What is answered of vaults that are not there, and of what is not in those that are.

Backup Developer Guide, access control: the operations that ask a vault's policy first have nobody
to ask when there is no vault (observed: aws-sdk-js 2625).
"""

from typing import Any
from urllib.parse import quote

import pytest

from tests.http.desk import VOLUME, Desk
from vaultclock.adapters.http import model
from vaultclock.adapters.http.features import OPERATIONS
from vaultclock.adapters.http.operation import Ask

MODEL = model.operations()
POINT = "arn:aws:backup:us-east-1:000000000000:recovery-point:none"
VAULT_ARN = "arn:aws:backup:us-east-1:000000000000:backup-vault:vault"
DENIED = "Insufficient privileges to perform this action."
# Each operation that addresses a vault, with what else it is sent: right or wrong, it is not read.
# The first thirteen the guide marks, the next four are inferred, the rest follow them (chosen).
ADDRESSING: dict[str, Any] = {
    "DeleteBackupVault": None,
    "DeleteBackupVaultNotifications": None,
    "DeleteRecoveryPoint": None,
    "DescribeBackupVault": None,
    "DescribeRecoveryPoint": None,
    "GetBackupVaultAccessPolicy": None,
    "GetBackupVaultNotifications": None,
    "GetRecoveryPointRestoreMetadata": None,
    "ListRecoveryPointsByBackupVault": None,
    "PutBackupVaultAccessPolicy": {"Policy": "not a policy"},
    "PutBackupVaultLockConfiguration": {"MinRetentionDays": 9, "MaxRetentionDays": 3},
    "PutBackupVaultNotifications": {
        "SNSTopicArn": "arn:aws:sns:us-east-1:000000000000:topic",
        "BackupVaultEvents": ["NOTHING_OF_THE_KIND"],
    },
    "UpdateRecoveryPointLifecycle": {"Lifecycle": {"DeleteAfterDays": -9}},
    "DeleteBackupVaultAccessPolicy": None,
    "DeleteBackupVaultLockConfiguration": None,
    "DisassociateRecoveryPoint": None,
    "ListProtectedResourcesByBackupVault": None,
    "AssociateBackupVaultMpaApprovalTeam": {"MpaApprovalTeamArn": "not a team"},
    "DisassociateBackupVaultMpaApprovalTeam": {},
    "DisassociateRecoveryPointFromParent": None,
    "ListRestoreAccessBackupVaults": None,
    "RevokeRestoreAccessBackupVault": None,
    "StartBackupJob": {
        "BackupVaultName": "none",
        "ResourceArn": VOLUME,
        "IamRoleArn": "arn:aws:iam::000000000000:role/backup",
    },
    "StartCopyJob": {
        "SourceBackupVaultName": "none",
        "RecoveryPointArn": POINT,
        "DestinationBackupVaultArn": VAULT_ARN,
        "IamRoleArn": "arn:aws:iam::000000000000:role/backup",
    },
}
# of those, the ones that name a recovery point
OF_POINTS = [name for name in ADDRESSING if "{recoveryPointArn}" in MODEL[name].uri]


def sent(desk: Desk, name: str, vault: str, body: Any = None) -> tuple[int, str, str]:
    operation = MODEL[name]
    path = operation.uri.replace("{backupVaultName}", vault)
    path = path.replace("{recoveryPointArn}", quote(POINT, safe=""))
    path = path.replace("{restoreAccessBackupVaultArn}", quote(VAULT_ARN, safe=""))
    assert "{" not in path, path
    answer = desk.ask(operation.method, path, b"" if body is None else body)
    error = answer.headers.get("x-amzn-errortype", "").partition(":")[0]
    return answer.status, error, answer.json["Message"] if error else ""


def test_every_operation_that_reads_a_vault_is_tried_here() -> None:
    reading = {row.name for row in OPERATIONS if isinstance(row, Ask) and row.access is not None}
    assert reading <= ADDRESSING.keys()


@pytest.mark.parametrize("name", ADDRESSING)
@pytest.mark.parametrize("vault", ["none", "aws%2Fefs%2Fautomatic-backup-vault"])
def test_a_missing_vault_is_an_access_denied(name: str, vault: str) -> None:
    desk = Desk()
    desk.vault("vault")
    before = desk.state
    assert sent(desk, name, vault, ADDRESSING[name]) == (403, "AccessDeniedException", DENIED)
    assert desk.state == before


def test_a_vault_of_another_account_or_region_is_missing_too() -> None:
    desk = Desk()
    desk.vault("vault")
    for key_id, region in (("123456789012", "us-east-1"), ("key", "eu-west-1")):
        credential = f"AWS4-HMAC-SHA256 Credential={key_id}/20260101/{region}/backup/aws4_request"
        answer = desk.ask("GET", "/backup-vaults/vault", authorization=credential)
        assert (answer.status, answer.json["Message"]) == (403, DENIED)


@pytest.mark.parametrize("name", OF_POINTS)
def test_a_missing_point_of_a_vault_that_is_there_is_not_found(name: str) -> None:
    desk = Desk()
    desk.vault("vault")
    before = desk.state
    status, error, message = sent(desk, name, "vault", {} if ADDRESSING[name] else None)
    assert (status, error) == (400, "ResourceNotFoundException")
    assert message == "Cannot find recovery point."
    assert desk.state == before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "GetBackupVaultAccessPolicy",
            f"Backup Vault {VAULT_ARN} has no associated POLICY",
        ),
        (
            "GetBackupVaultNotifications",
            "Failed reading notifications from database for Backup vault vault",
        ),
    ],
)
def test_what_a_vault_does_not_have_is_not_found(name: str, message: str) -> None:
    desk = Desk()
    desk.vault("vault")
    assert sent(desk, name, "vault") == (400, "ResourceNotFoundException", message)
