"""boto3 on vaults' access policies, as several principals."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.server import ACCOUNT, REGION, Server, refused
from tests.clients.things import FILES, ROLE, VOLUME, backed_up, start

VAULT_ARN = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:vault"
OPERATOR = f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/ann"
AUDITOR = f"arn:aws:iam::{ACCOUNT}:user/audit/bob"
OTHER = "999999999999"


def statement(*operations: str, **parts: Any) -> dict[str, Any]:
    actions = [f"backup:{operation}" for operation in operations]
    return {"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": "*", **parts}


def put(client: Any, *statements: dict[str, Any], vault: str = "vault") -> str:
    text = json.dumps({"Version": "2012-10-17", "Statement": [*statements]})
    client.put_backup_vault_access_policy(BackupVaultName=vault, Policy=text)
    return text


@pytest.fixture
def callers(server: Server) -> Iterator[None]:
    server.control("PUT", "/callers", {"AKIAOPERATOR": OPERATOR, "AKIAAUDITOR": AUDITOR})
    yield
    server.control("DELETE", "/callers")


@pytest.fixture
def vault(client: Any) -> str:
    client.create_backup_vault(BackupVaultName="vault")
    return "vault"


def denied(operation: str, resource: str, caller: str | None = None) -> str:
    who = caller or f"arn:aws:iam::{ACCOUNT}:root"
    return (
        f"User: {who} is not authorized to perform: backup:{operation} on resource: {resource}"
        " with an explicit deny in a resource-based policy"
    )


def test_a_policy_is_read_back_as_terraform_compares_it(client: Any, vault: str) -> None:
    text = put(client, statement("DeleteRecoveryPoint"))
    got = client.get_backup_vault_access_policy(BackupVaultName=vault)
    del got["ResponseMetadata"]
    assert got == {"BackupVaultName": "vault", "BackupVaultArn": VAULT_ARN, "Policy": text}
    client.delete_backup_vault_access_policy(BackupVaultName=vault)
    with refused("ResourceNotFoundException", f"Backup Vault {VAULT_ARN} has no associated POLICY"):
        client.get_backup_vault_access_policy(BackupVaultName=vault)


def test_a_principal_that_is_not_known_is_what_terraform_waits_for(client: Any, vault: str) -> None:
    with refused("InvalidParameterValueException") as refusal:
        put(client, statement("DeleteRecoveryPoint", Principal={"AWS": "arn:aws:iam::1:role/x"}))
    assert "Provided principal is not valid" in refusal.response["Error"]["Message"]


def test_other_accounts_cannot_be_let_in(client: Any, vault: str) -> None:
    with refused(
        "AccessDeniedException",
        "The specified policy cannot be added to the vault due to cross-account sharing"
        " restrictions. Amend the policy or the vault's settings, then retry request",
    ):
        put(client, statement("StartRestoreJob", Effect="Allow", Principal={"AWS": OTHER}))


def test_points_that_nobody_may_delete_stay(server: Server, client: Any, vault: str) -> None:
    (point,) = backed_up(server, FILES)
    put(client, statement("DeleteRecoveryPoint", "UpdateRecoveryPointLifecycle"))
    which = {"BackupVaultName": vault, "RecoveryPointArn": point}
    with refused("AccessDeniedException", denied("DeleteRecoveryPoint", point)):
        client.delete_recovery_point(**which)
    with refused("AccessDeniedException", denied("UpdateRecoveryPointLifecycle", point)):
        client.update_recovery_point_lifecycle(**which, Lifecycle={"DeleteAfterDays": 1})
    assert client.describe_recovery_point(**which)["Status"] == "COMPLETED"
    put(client, statement("ListTags"))
    client.delete_recovery_point(**which)


@pytest.mark.usefixtures("callers")
def test_a_deny_is_for_those_it_names(server: Server, client: Any, vault: str) -> None:
    role = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/operator"}
    put(client, statement("DescribeBackupVault", "StartBackupJob", Principal=role))
    operator, auditor = server.client("AKIAOPERATOR"), server.client("AKIAAUDITOR")
    with refused("AccessDeniedException", denied("DescribeBackupVault", VAULT_ARN, OPERATOR)):
        operator.describe_backup_vault(BackupVaultName=vault)
    with refused("AccessDeniedException", denied("StartBackupJob", VAULT_ARN, OPERATOR)):
        start(operator, VOLUME)
    assert auditor.describe_backup_vault(BackupVaultName=vault)["BackupVaultArn"] == VAULT_ARN
    start(auditor, VOLUME)
    assert operator.list_backup_vaults()["BackupVaultList"], "no vault governs a list of vaults"


@pytest.mark.usefixtures("callers")
def test_all_but_one_are_denied_by_the_id_that_the_server_tells(
    server: Server, client: Any, vault: str
) -> None:
    told = server.control("GET", "/callers")["AKIAOPERATOR"]["user_id"]
    spared = {"StringNotLike": {"aws:userId": [f"{told.partition(':')[0]}:*", "other"]}}
    put(client, statement("DeleteBackupVault", Condition=spared))
    with refused("AccessDeniedException", denied("DeleteBackupVault", VAULT_ARN, AUDITOR)):
        server.client("AKIAAUDITOR").delete_backup_vault(BackupVaultName=vault)
    server.client("AKIAOPERATOR").delete_backup_vault(BackupVaultName=vault)


def test_a_deny_ends_when_the_clock_says_so(server: Server, client: Any, vault: str) -> None:
    until = {"DateLessThan": {"aws:CurrentTime": "2026-02-01T00:00:00Z"}}
    put(client, statement("DeleteBackupVault", Condition=until))
    with refused("AccessDeniedException"):
        client.delete_backup_vault(BackupVaultName=vault)
    server.advance(to="2026-02-01T00:00:00Z")
    client.delete_backup_vault(BackupVaultName=vault)


def test_a_copy_into_another_account_needs_its_vaults_leave(
    server: Server, client: Any, vault: str
) -> None:
    theirs = server.client(OTHER)
    key = f"arn:aws:kms:{REGION}:{OTHER}:key/1a2b3c4d-0000-4000-8000-000000000000"
    arn = theirs.create_backup_vault(BackupVaultName="bunker", EncryptionKeyArn=key)[
        "BackupVaultArn"
    ]
    client.update_global_settings(GlobalSettings={"isCrossAccountBackupEnabled": "true"})
    (point,) = backed_up(server, FILES)

    def copied() -> tuple[str, str | None]:
        made = client.start_copy_job(
            RecoveryPointArn=point,
            SourceBackupVaultName=vault,
            DestinationBackupVaultArn=arn,
            IamRoleArn=ROLE,
        )
        server.advance(by="1m")
        job = client.describe_copy_job(CopyJobId=made["CopyJobId"])["CopyJob"]
        return job["State"], job.get("StatusMessage")

    assert copied() == ("FAILED", "Access Denied trying to call AWS Backup service")
    allow = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    put(theirs, statement("CopyIntoBackupVault", **allow), vault="bunker")
    assert copied() == ("COMPLETED", None)
    deny = statement("CopyIntoBackupVault", Condition={"ArnLike": {"aws:PrincipalArn": ROLE}})
    put(theirs, statement("CopyIntoBackupVault", **allow), deny, vault="bunker")
    assert copied() == ("FAILED", "Access Denied trying to call AWS Backup service")
