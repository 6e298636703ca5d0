"""boto3 on what AWS makes by itself: the console's vault, and what backs up EFS automatically."""

import json
from typing import Any

from tests.clients.server import ACCOUNT, REGION, Server, refused
from tests.clients.things import FILES, ROLE

EFS_VAULT = "aws/efs/automatic-backup-vault"
EFS_VAULT_ARN = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:{EFS_VAULT}"
ON = {"aws:elasticfilesystem:default-backup": "enabled"}


def test_the_default_vault_is_there_once_the_console_was_opened(
    server: Server, client: Any
) -> None:
    assert client.list_backup_vaults()["BackupVaultList"] == []
    server.control("POST", f"/console?account={ACCOUNT}&region={REGION}")
    vault = client.describe_backup_vault(BackupVaultName="Default")
    assert vault["CreatorRequestId"] == "Default"
    assert vault["EncryptionKeyArn"].startswith(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/")
    client.delete_backup_vault(BackupVaultName="Default")
    assert client.list_backup_vaults()["BackupVaultList"] == []


def test_a_file_system_with_automatic_backups_is_backed_up_by_a_plan_of_its_own(
    server: Server, client: Any
) -> None:
    server.register({"arn": FILES, "tags": ON})
    server.advance(by="1d")
    (point,) = client.list_recovery_points_by_backup_vault(BackupVaultName=EFS_VAULT)[
        "RecoveryPoints"
    ]
    assert (point["ResourceArn"], point["Lifecycle"]["DeleteAfterDays"]) == (FILES, 35)
    assert point["CreatedBy"]["BackupPlanArn"].endswith(point["CreatedBy"]["BackupPlanId"])
    (plan,) = client.list_backup_plans()["BackupPlansList"]
    assert plan["BackupPlanName"] == "aws/efs/automatic-backup-plan"
    assert plan["CreatorRequestId"] == f"aws/efs/automatic-backup-{ACCOUNT}-{REGION}"
    found = client.get_backup_plan(BackupPlanId=plan["BackupPlanId"])
    rules = found["BackupPlan"]["Rules"]
    rules[0].pop("RuleId")
    rules[0]["Lifecycle"] = {"DeleteAfterDays": 7}
    client.update_backup_plan(
        BackupPlanId=plan["BackupPlanId"],
        BackupPlan={"BackupPlanName": found["BackupPlan"]["BackupPlanName"], "Rules": rules},
    )
    with refused("AccessDeniedException", "Insufficient privileges to perform this action."):
        client.delete_backup_plan(BackupPlanId=plan["BackupPlanId"])


def test_the_policy_of_its_vault_stands_until_the_owner_replaces_it(
    server: Server, client: Any
) -> None:
    server.register({"arn": FILES, "tags": ON})
    server.advance(by="1d")
    (point,) = client.list_recovery_points_by_backup_vault(BackupVaultName=EFS_VAULT)[
        "RecoveryPoints"
    ]
    arn = point["RecoveryPointArn"]
    user = f"User: arn:aws:iam::{ACCOUNT}:root is not authorized to perform:"
    why = "with an explicit deny in a resource-based policy"
    with refused(
        "AccessDeniedException",
        f"{user} backup:DeleteBackupVaultAccessPolicy on resource: {EFS_VAULT_ARN} {why}",
    ):
        client.delete_backup_vault_access_policy(BackupVaultName=EFS_VAULT)
    with refused("AccessDeniedException"):
        client.delete_recovery_point(BackupVaultName=EFS_VAULT, RecoveryPointArn=arn)
    with refused("AccessDeniedException"):
        client.start_restore_job(RecoveryPointArn=arn, Metadata={}, IamRoleArn=ROLE)
    with refused("AccessDeniedException"):
        client.start_copy_job(
            RecoveryPointArn=arn,
            SourceBackupVaultName=EFS_VAULT,
            DestinationBackupVaultArn=EFS_VAULT_ARN.replace(REGION, "eu-west-1"),
            IamRoleArn=ROLE,
        )
    owner = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "backup:DeleteBackupVaultAccessPolicy",
        "Resource": "*",
    }
    client.put_backup_vault_access_policy(
        BackupVaultName=EFS_VAULT,
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [owner]}),
    )
    client.delete_backup_vault_access_policy(BackupVaultName=EFS_VAULT)
    client.delete_recovery_point(BackupVaultName=EFS_VAULT, RecoveryPointArn=arn)
    server.advance(by="1m")
    client.delete_backup_vault(BackupVaultName=EFS_VAULT)
    assert client.list_backup_vaults()["BackupVaultList"] == []
