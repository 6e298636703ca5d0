"""Vaults, plans and backups that tests of real clients begin with. No expectations live here."""

from typing import Any

from tests.clients.server import ACCOUNT, REGION, Server

ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/AWSBackupDefaultServiceRole"
VOLUME = f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-0a1b2c3d4e5f60718"
OTHER_VOLUME = f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-0ffffffffffffffff"
FILES = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-0a1b2c3d"
DATABASE = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:orders"
CLUSTER = f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:ledger"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/things"
BUCKET = "arn:aws:s3:::bucket"
GIBIBYTE = 1024**3


def rule(name: str = "daily", vault: str = "vault", **members: Any) -> dict[str, Any]:
    """Write a rule with the two members that it must have, and others."""
    return {"RuleName": name, "TargetBackupVaultName": vault, **members}


def plan(*rules: dict[str, Any], name: str = "plan", **members: Any) -> dict[str, Any]:
    """Write a plan's document."""
    return {"BackupPlanName": name, "Rules": list(rules) or [rule()], **members}


def selection(name: str = "volumes", **members: Any) -> dict[str, Any]:
    """Write a selection's document; without other members it selects one volume."""
    chosen = members or {"Resources": [VOLUME]}
    return {"SelectionName": name, "IamRoleArn": ROLE, **chosen}


def start(client: Any, resource: str = VOLUME, vault: str = "vault", **members: Any) -> Any:
    """Start a backup job."""
    return client.start_backup_job(
        BackupVaultName=vault, ResourceArn=resource, IamRoleArn=ROLE, **members
    )


def backed_up(server: Server, *resources: str, vault: str = "vault", **members: Any) -> list[str]:
    """Make recovery points of resources in a vault that exists; answer their ARNs."""
    client = server.client()
    jobs = [start(client, resource, vault, **members)["BackupJobId"] for resource in resources]
    server.advance(by="1m")
    return [client.describe_backup_job(BackupJobId=job)["RecoveryPointArn"] for job in jobs]


def polled(server: Server, describe: Any, state: str, by: str = "1s", tries: int = 60) -> Any:
    """Wait as clients do: ask, and let a little time pass, until something has a state."""
    for _ in range(tries):
        found = describe()
        if found["State"] == state:
            return found
        server.advance(by=by)
    raise AssertionError(f"never {state}: {found}")
