"""boto3 on what other accounts may see: shares, approval teams, restore access vaults."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.clients.server import ACCOUNT, REGION, Server, refused
from tests.clients.things import FILES, ROLE, polled

OTHER = "999999999999"
LAG = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:lag"
TEAM = "arn:aws:mpa:us-east-1:111111111111:approval-team/red"
UNSEEN = "Insufficient privileges to perform this action."


@pytest.fixture(autouse=True)
def _vault(server: Server, client: Any) -> None:
    """An air-gapped vault with a copy of a backup, and multi-party approval switched on."""
    client.create_backup_vault(BackupVaultName="vault")
    client.create_logically_air_gapped_backup_vault(
        BackupVaultName="lag", MinRetentionDays=7, MaxRetentionDays=30
    )
    client.update_global_settings(GlobalSettings={"isMpaEnabled": "true"})
    server.advance(by="5m")


@pytest.fixture
def other(server: Server) -> Any:
    return server.client(OTHER)


def copied(server: Server, client: Any) -> str:
    job = client.start_backup_job(BackupVaultName="vault", ResourceArn=FILES, IamRoleArn=ROLE)
    server.advance(by="1m")
    point = client.describe_backup_job(BackupJobId=job["BackupJobId"])["RecoveryPointArn"]
    copy = client.start_copy_job(
        RecoveryPointArn=point,
        SourceBackupVaultName="vault",
        DestinationBackupVaultArn=LAG,
        IamRoleArn=ROLE,
        Lifecycle={"DeleteAfterDays": 14},
    )["CopyJobId"]
    done = polled(server, lambda: client.describe_copy_job(CopyJobId=copy)["CopyJob"], "COMPLETED")
    arn: str = done["DestinationRecoveryPointArn"]
    return arn


def decided(server: Server, answer: str) -> Any:
    (session,) = [row for row in server.control("GET", "/approvals") if row["status"] == "PENDING"]
    asked = {"session": session["session"], "answer": answer}
    return server.control("POST", "/approvals", asked)


def restored(server: Server, client: Any, point: str) -> Any:
    job = client.start_restore_job(
        RecoveryPointArn=point,
        IamRoleArn=f"arn:aws:iam::{OTHER}:role/restore",
        Metadata={"newFileSystem": "true", "CreationToken": "t", "Encrypted": "false"},
    )["RestoreJobId"]
    server.advance(by="1m")
    return client.describe_restore_job(RestoreJobId=job)


def test_a_shared_vault_is_seen_and_restored_from(server: Server, client: Any, other: Any) -> None:
    point = copied(server, client)
    asked = {"BackupVaultName": "lag", "BackupVaultAccountId": ACCOUNT}
    with refused("AccessDeniedException", UNSEEN):
        other.describe_backup_vault(**asked)
    assert other.list_backup_vaults(ByShared=True)["BackupVaultList"] == []
    share = {"vault": LAG, "account": OTHER}
    assert server.control("PUT", "/shares", share) == share
    (listed,) = server.control("GET", "/shares")
    assert {**listed, "shared_at": ""} == {**share, "shared_at": ""}

    (row,) = other.list_backup_vaults(ByShared=True)["BackupVaultList"]
    assert row["BackupVaultArn"] == LAG
    assert "NumberOfRecoveryPoints" not in row
    assert other.list_backup_vaults()["BackupVaultList"] == []
    assert other.describe_backup_vault(**asked)["NumberOfRecoveryPoints"] == 1
    (found,) = other.list_recovery_points_by_backup_vault(**asked)["RecoveryPoints"]
    assert (found["RecoveryPointArn"], found["BackupVaultArn"]) == (point, LAG)
    described = other.describe_recovery_point(RecoveryPointArn=point, **asked)
    assert described["Status"] == "COMPLETED"
    metadata = other.get_recovery_point_restore_metadata(RecoveryPointArn=point, **asked)
    assert (metadata["ResourceType"], metadata["BackupVaultArn"]) == ("EFS", LAG)
    (protected,) = other.list_protected_resources_by_backup_vault(**asked)["Results"]
    assert protected["ResourceArn"] == FILES
    client.tag_resource(ResourceArn=point, Tags={"env": "prod"})
    client.tag_resource(ResourceArn=LAG, Tags={"team": "red"})
    assert other.list_tags(ResourceArn=point)["Tags"] == {"env": "prod"}
    assert other.list_tags(ResourceArn=LAG)["Tags"] == {"team": "red"}
    with refused("ResourceNotFoundException"):
        other.tag_resource(ResourceArn=LAG, Tags={"a": "b"})
    with refused("AccessDeniedException", UNSEEN):
        other.describe_backup_vault(BackupVaultName="lag")

    job = restored(server, other, point)
    assert (job["Status"], job["BackupVaultArn"]) == ("COMPLETED", LAG)
    assert job["CreatedResourceArn"].startswith(f"arn:aws:elasticfilesystem:{REGION}:{OTHER}:")

    server.control("DELETE", f"/shares?{urlencode(share)}")
    with refused("AccessDeniedException", UNSEEN):
        other.describe_recovery_point(RecoveryPointArn=point, **asked)


def test_a_team_gives_access_and_takes_it_away(server: Server, client: Any, other: Any) -> None:
    point = copied(server, client)
    client.associate_backup_vault_mpa_approval_team(
        BackupVaultName="lag", MpaApprovalTeamArn=TEAM, RequesterComment="ours"
    )
    assert client.describe_backup_vault(BackupVaultName="lag")["MpaApprovalTeamArn"] == TEAM
    view = other.create_restore_access_backup_vault(
        SourceBackupVaultArn=LAG, BackupVaultName="view", BackupVaultTags={"a": "b"}
    )
    arn = f"arn:aws:backup:{REGION}:{OTHER}:backup-vault:view"
    assert view["RestoreAccessBackupVaultArn"] == arn
    assert (view["VaultState"], view["RestoreAccessBackupVaultName"]) == ("CREATING", "view")
    (row,) = client.list_restore_access_backup_vaults(BackupVaultName="lag")[
        "RestoreAccessBackupVaults"
    ]
    assert (row["VaultState"], row.get("ApprovalDate")) == ("CREATING", None)

    assert decided(server, "approve")["status"] == "APPROVED"
    vault = other.describe_backup_vault(BackupVaultName="view")
    assert (vault["VaultType"], vault["VaultState"]) == (
        "RESTORE_ACCESS_BACKUP_VAULT",
        "AVAILABLE",
    )
    assert (vault["SourceBackupVaultArn"], vault["NumberOfRecoveryPoints"]) == (LAG, 1)
    assert vault["MpaSessionArn"].startswith(f"arn:aws:mpa:us-east-1:{ACCOUNT}:session/red/")
    (found,) = other.list_recovery_points_by_backup_vault(BackupVaultName="view")["RecoveryPoints"]
    assert found["RecoveryPointArn"] == point
    assert restored(server, other, point)["Status"] == "COMPLETED"
    assert other.list_tags(ResourceArn=arn)["Tags"] == {"a": "b"}

    client.revoke_restore_access_backup_vault(
        BackupVaultName="lag", RestoreAccessBackupVaultArn=arn, RequesterComment="over"
    )
    (row,) = client.list_restore_access_backup_vaults(BackupVaultName="lag")[
        "RestoreAccessBackupVaults"
    ]
    assert row["LatestRevokeRequest"]["Status"] == "PENDING"
    assert row["ApprovalDate"] >= row["CreationDate"]
    decided(server, "approve")
    assert (
        client.list_restore_access_backup_vaults(BackupVaultName="lag")["RestoreAccessBackupVaults"]
        == []
    )
    with refused("AccessDeniedException", UNSEEN):
        other.describe_backup_vault(BackupVaultName="view")


def viewed(server: Server, client: Any, other: Any) -> None:
    client.associate_backup_vault_mpa_approval_team(BackupVaultName="lag", MpaApprovalTeamArn=TEAM)
    other.create_restore_access_backup_vault(SourceBackupVaultArn=LAG, BackupVaultName="view")
    decided(server, "approve")


def test_what_a_view_shows_is_counted_copied_and_denied(
    server: Server, client: Any, other: Any
) -> None:
    point = copied(server, client)
    viewed(server, client, other)
    (row,) = other.list_backup_vaults()["BackupVaultList"]
    assert (row["BackupVaultName"], row["NumberOfRecoveryPoints"]) == ("view", 1)
    asked = {"BackupVaultName": "view", "RecoveryPointArn": point}
    metadata = other.get_recovery_point_restore_metadata(**asked)
    assert metadata["BackupVaultArn"] == other.describe_recovery_point(**asked)["BackupVaultArn"]

    other.create_backup_vault(BackupVaultName="ours")
    ours = LAG.replace(ACCOUNT, OTHER).replace(":lag", ":ours")
    copy = other.start_copy_job(
        RecoveryPointArn=point,
        SourceBackupVaultName="view",
        DestinationBackupVaultArn=ours,
        IamRoleArn=f"arn:aws:iam::{OTHER}:role/copies",
    )["CopyJobId"]
    job = polled(server, lambda: other.describe_copy_job(CopyJobId=copy)["CopyJob"], "COMPLETED")
    assert job["SourceBackupVaultArn"] == LAG.replace(ACCOUNT, OTHER).replace(":lag", ":view")
    (made,) = other.list_recovery_points_by_backup_vault(BackupVaultName="ours")["RecoveryPoints"]
    assert made["RecoveryPointArn"] == job["DestinationRecoveryPointArn"]
    assert (made["SourceBackupVaultArn"], made["Status"]) == (LAG, "COMPLETED")

    deny = {"Effect": "Deny", "Principal": {"AWS": OTHER}, "Action": "backup:DescribeRecoveryPoint"}
    document = {"Version": "2012-10-17", "Statement": [{**deny, "Resource": "*"}]}
    client.put_backup_vault_access_policy(BackupVaultName="lag", Policy=json.dumps(document))
    message = (
        f"User: arn:aws:iam::{OTHER}:root is not authorized to perform:"
        f" backup:DescribeRecoveryPoint on resource: {point} with an explicit deny in a"
        " resource-based policy"
    )
    with refused("AccessDeniedException", message):
        other.describe_recovery_point(**asked)
    assert client.describe_recovery_point(BackupVaultName="lag", RecoveryPointArn=point)


def test_what_a_team_does_not_answer_in_a_day_fails(
    server: Server, client: Any, other: Any
) -> None:
    client.associate_backup_vault_mpa_approval_team(BackupVaultName="lag", MpaApprovalTeamArn=TEAM)
    other.create_restore_access_backup_vault(SourceBackupVaultArn=LAG)
    client.disassociate_backup_vault_mpa_approval_team(BackupVaultName="lag")
    update = client.describe_backup_vault(BackupVaultName="lag")["LatestMpaApprovalTeamUpdate"]
    assert update["Status"] == "PENDING"
    assert (update["ExpiryDate"] - update["InitiationDate"]).total_seconds() == 24 * 3600
    server.advance(by="24h")
    vault = client.describe_backup_vault(BackupVaultName="lag")
    assert vault["LatestMpaApprovalTeamUpdate"]["Status"] == "FAILED"
    assert vault["MpaApprovalTeamArn"] == TEAM
    failed = other.describe_backup_vault(BackupVaultName="lag-restore-access")
    assert failed["VaultState"] == "FAILED"
    other.delete_backup_vault(BackupVaultName="lag-restore-access")


def test_a_standard_vault_has_no_team_and_no_views(client: Any, other: Any) -> None:
    standard = LAG.replace(":lag", ":vault")
    with refused("InvalidRequestException"):
        client.associate_backup_vault_mpa_approval_team(
            BackupVaultName="vault", MpaApprovalTeamArn=TEAM
        )
    with refused("InvalidRequestException"):
        other.create_restore_access_backup_vault(SourceBackupVaultArn=standard)
    with refused("InvalidRequestException"):
        other.create_restore_access_backup_vault(SourceBackupVaultArn=LAG)
    with refused("ResourceNotFoundException"):
        other.create_restore_access_backup_vault(SourceBackupVaultArn=f"{LAG}-none")
    with refused("InvalidParameterValueException"):
        other.create_restore_access_backup_vault(SourceBackupVaultArn="lag")
    assert other.list_backup_vaults()["BackupVaultList"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/approvals", {"session": "arn:none", "answer": "approve"}, 404),
        ("POST", "/approvals", {"session": "arn:none", "answer": "yes"}, 400),
        ("POST", "/approvals", {"session": 1, "answer": "deny"}, 400),
        ("POST", "/approvals", {"session": "x"}, 400),
        ("POST", "/approvals", [], 400),
        ("PUT", "/shares", {"vault": LAG}, 400),
        ("PUT", "/shares", {"vault": "lag", "account": OTHER}, 400),
        ("PUT", "/shares", {"vault": LAG, "account": ACCOUNT}, 400),
        ("PUT", "/shares", {"vault": f"{LAG}-none", "account": OTHER}, 404),
        ("PUT", "/shares", {"vault": LAG.replace(":lag", ":vault"), "account": OTHER}, 409),
        ("DELETE", f"/shares?{urlencode({'vault': LAG, 'account': OTHER})}", None, 404),
        ("DELETE", "/shares", None, 400),
    ],
)
def test_what_nobody_can_decide_or_share_is_refused(
    server: Server, method: str, path: str, body: Any, status: int
) -> None:
    seq = server.control("GET", "/clock")["seq"]
    text = "" if body is None else json.dumps(body)
    response = server.request(method, f"/_vaultclock{path}", text)
    assert response.status == status, response
    assert response.members["error"]
    assert server.control("GET", "/clock")["seq"] == seq


def test_a_session_is_decided_once(server: Server, client: Any) -> None:
    client.associate_backup_vault_mpa_approval_team(BackupVaultName="lag", MpaApprovalTeamArn=TEAM)
    client.disassociate_backup_vault_mpa_approval_team(BackupVaultName="lag")
    arn = decided(server, "deny")["session"]
    asked = json.dumps({"session": arn, "answer": "approve"})
    assert server.request("POST", "/_vaultclock/approvals", asked).status == 409
