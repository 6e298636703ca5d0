"""Restores for tests of restore jobs: sources of every type, points of them, jobs that ended.

No tests live here.
"""

from typing import Any

from tests.spec import Story, given
from vaultclock.domain.kernel.instants import DAY, Instant
from vaultclock.domain.recovery_points.events import RecoveryPointCompleted, RecoveryPointCreated
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.restore_jobs.state import RestoreJob
from vaultclock.domain.values import Captured
from vaultclock.domain.vaults.events import VaultCreated

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/AWSBackupDefaultServiceRole"
VAULT = VaultCreated("v", "arn:aws:kms:us-east-1:123456789012:key/k")
POINT = f"arn:aws:backup:us-east-1:{ACCOUNT}:recovery-point:1eb3b5e7"
T0: Instant = 100 * DAY
GIB = 1024**3
LIKE_NEW = Captured(7, 0.5, None, {"team": "a", "aws:autoscaling:groupName": "g"})


def arn_of(service: str, resource: str) -> str:
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{resource}"


EBS = arn_of("ec2", "volume/vol-1")
EFS = arn_of("elasticfilesystem", "file-system/fs-1")
TABLE = arn_of("dynamodb", "table/orders")
RDS = arn_of("rds", "db:orders")
BUCKET = "arn:aws:s3:::bucket"
SOURCES = {
    "Aurora": arn_of("rds", "cluster:orders"),
    "CloudFormation": arn_of("cloudformation", "stack/web/1234"),
    "DocumentDB": arn_of("rds", "cluster:docs"),
    "DSQL": arn_of("dsql", "cluster/abc"),
    "DynamoDB": TABLE,
    "EBS": EBS,
    "EC2": arn_of("ec2", "instance/i-1"),
    "EFS": EFS,
    "EKS": arn_of("eks", "cluster/prod"),
    "FSx": arn_of("fsx", "file-system/fs-9"),
    "Neptune": arn_of("rds", "cluster:graph"),
    "RDS": RDS,
    "Redshift": arn_of("redshift", "cluster:wh"),
    "Redshift Serverless": arn_of("redshift-serverless", "namespace/ns"),
    "S3": BUCKET,
    "SAP HANA on Amazon EC2": arn_of("ssm-sap", "HANA/app/DB/x"),
    "Storage Gateway": arn_of("storagegateway", "gateway/sgw-1/volume/vol-2"),
    "Timestream": arn_of("timestream", "database/d/table/t"),
    "VirtualMachine": arn_of("backup-gateway", "vm/vm-1"),
}


def born(resource_type: str = "EBS", **changes: Any) -> RecoveryPointCreated:
    fields: dict[str, Any] = {
        "arn": POINT,
        "vault_name": "v",
        "resource_arn": SOURCES[resource_type],
        "resource_type": resource_type,
        "iam_role_arn": ROLE,
        "created_at": 5,
        "deletion_lag_ms": 0,
        "captured": LIKE_NEW,
    }
    return RecoveryPointCreated(**{**fields, **changes})


def backed_up(resource_type: str = "EBS", *facts: Any, **changes: Any) -> Story:
    point = born(resource_type, **changes)
    return given(VAULT, point, RecoveryPointCompleted(point.arn, 9), *facts, at=T0)


def restore(metadata: dict[str, str] | None = None, **fields: Any) -> StartRestoreJob:
    return StartRestoreJob(POINT, metadata or {}, ROLE, **fields)


def jobs(story: Story) -> list[RestoreJob]:
    return story.world.restore_jobs.matching()


def job(story: Story) -> RestoreJob:
    (only,) = jobs(story)
    return only


def made_in(story: Story) -> str:
    """Answer what the only job of a story made."""
    made = job(story).created_resource_arn
    assert made is not None, job(story)
    return made
