"""boto3 on copy jobs: into other Regions, other vaults and other accounts, and why not."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clients.server import ACCOUNT, Server, refused
from tests.clients.things import (
    BUCKET,
    CLUSTER,
    DATABASE,
    FILES,
    ROLE,
    TABLE,
    VOLUME,
    backed_up,
    plan,
    polled,
    rule,
    selection,
    start,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
OTHER_ACCOUNT = "999999999999"
FAR = "eu-west-1"
REDSHIFT = f"arn:aws:redshift:us-east-1:{ACCOUNT}:cluster:ledger"
KEY = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/2d6ef5c0-0000-4000-8000-000000000000"


def vault_arn(name: str, region: str = "us-east-1", account: str = ACCOUNT) -> str:
    return f"arn:aws:backup:{region}:{account}:backup-vault:{name}"


SOURCE, FAR_VAULT = vault_arn("vault"), vault_arn("far", FAR)


@pytest.fixture(autouse=True)
def _vaults(server: Server, client: Any) -> None:
    client.create_backup_vault(BackupVaultName="vault")
    client.create_backup_vault(BackupVaultName="second")
    server.client(region=FAR).create_backup_vault(BackupVaultName="far")


def copy(client: Any, point: str, destination: str = FAR_VAULT, **members: Any) -> Any:
    return client.start_copy_job(
        RecoveryPointArn=point,
        SourceBackupVaultName="vault",
        DestinationBackupVaultArn=destination,
        IamRoleArn=ROLE,
        **members,
    )


def described(client: Any, job: Any) -> Any:
    return client.describe_copy_job(CopyJobId=job["CopyJobId"])["CopyJob"]


def over(server: Server, job: Any) -> Any:
    """Let a minute pass, and answer what has become of a job."""
    server.advance(by="1m")
    return described(server.client(), job)


def listed(client: Any, **filters: Any) -> list[str]:
    return [job["CopyJobId"] for job in client.list_copy_jobs(**filters)["CopyJobs"]]


def test_a_copy_is_created_runs_and_completes_in_another_region(
    server: Server, client: Any
) -> None:
    tags = {"env": "prod"}
    (point,) = backed_up(server, FILES, RecoveryPointTags=tags, Lifecycle={"DeleteAfterDays": 35})
    asked = copy(client, point)
    asked.pop("ResponseMetadata")
    assert asked.keys() == {"CopyJobId", "CreationDate", "IsParent"}
    assert asked["CopyJobId"] == asked["CopyJobId"].upper()
    created = described(client, asked)
    assert (created["State"], created["IsParent"]) == ("CREATED", False)
    assert created["CreationDate"] == asked["CreationDate"] == START + timedelta(minutes=1)
    assert not {"DestinationRecoveryPointArn", "CompletionDate", "CreatedBy"} & created.keys()
    polled(server, lambda: described(client, asked), "RUNNING")
    done = polled(server, lambda: described(client, asked), "COMPLETED")
    assert done["SourceBackupVaultArn"] == SOURCE
    assert done["SourceRecoveryPointArn"] == point
    assert done["DestinationBackupVaultArn"] == FAR_VAULT
    assert done["ResourceArn"] == FILES
    assert (done["ResourceType"], done["IamRoleArn"]) == ("EFS", ROLE)
    assert done["MessageCategory"] == "SUCCESS"
    assert done["DestinationRecoveryPointLifecycle"] == {"DeleteAfterDays": 35}
    assert (done["AccountId"], "StatusMessage" in done) == (ACCOUNT, False)

    far = server.client(region=FAR)
    arn = done["DestinationRecoveryPointArn"]
    assert arn.startswith(f"arn:aws:backup:{FAR}:{ACCOUNT}:recovery-point:")
    made = far.describe_recovery_point(BackupVaultName="far", RecoveryPointArn=arn)
    assert (made["Status"], made["ResourceArn"]) == ("COMPLETED", FILES)
    assert made["SourceBackupVaultArn"] == SOURCE
    assert made["CreationDate"] == START, "its source's"
    assert made["CalculatedLifecycle"] == {"DeleteAt": START + timedelta(days=35)}
    assert far.list_tags(ResourceArn=arn)["Tags"] == tags
    assert far.list_copy_jobs()["CopyJobs"] == [], "a job is listed where its source is"


def test_a_copy_inside_one_account_and_region_is_a_point_of_its_own(
    server: Server, client: Any
) -> None:
    (point,) = backed_up(server, TABLE)
    done = over(server, copy(client, point, vault_arn("second")))
    assert done["State"] == "COMPLETED"
    rows = client.list_recovery_points_by_resource(ResourceArn=TABLE)["RecoveryPoints"]
    assert {row["BackupVaultName"] for row in rows} == {"vault", "second"}
    client.delete_recovery_point(BackupVaultName="vault", RecoveryPointArn=point)
    server.advance(by="1m")
    (left,) = client.list_recovery_points_by_resource(ResourceArn=TABLE)["RecoveryPoints"]
    assert left["RecoveryPointArn"] == done["DestinationRecoveryPointArn"]


@pytest.mark.parametrize(
    ("resource", "prefix"),
    [
        (VOLUME, f"arn:aws:ec2:{FAR}::snapshot/snap-"),
        (TABLE, f"arn:aws:backup:{FAR}:{ACCOUNT}:recovery-point:"),
        (DATABASE, f"arn:aws:rds:{FAR}:{ACCOUNT}:snapshot:awsbackup:copyjob-"),
        (CLUSTER, f"arn:aws:rds:{FAR}:{ACCOUNT}:cluster-snapshot:awsbackup:copyjob-"),
        (BUCKET, f"arn:aws:backup:{FAR}:{ACCOUNT}:recovery-point:bucket-"),
    ],
)
def test_a_copy_has_the_arn_of_its_resource_type(
    server: Server, client: Any, resource: str, prefix: str
) -> None:
    (point,) = backed_up(server, resource)
    done = over(server, copy(client, point))
    assert done["DestinationRecoveryPointArn"].startswith(prefix)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, {"DeleteAfterDays": 200}),
        ({"DeleteAfterDays": -1}, {"DeleteAfterDays": 200}),
        ({"DeleteAfterDays": 7}, {"DeleteAfterDays": 7}),
        (
            {"MoveToColdStorageAfterDays": 30},
            {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 200},
        ),
    ],
    ids=str,
)
def test_a_copy_is_kept_as_long_as_its_source_unless_told_otherwise(
    server: Server, client: Any, asked: dict[str, int] | None, expected: dict[str, int]
) -> None:
    (point,) = backed_up(server, FILES, Lifecycle={"DeleteAfterDays": 200})
    server.advance(by="5d")
    members: dict[str, Any] = {} if asked is None else {"Lifecycle": asked}
    done = over(server, copy(client, point, **members))
    assert done["DestinationRecoveryPointLifecycle"] == expected
    read = server.client(region=FAR).describe_recovery_point(
        BackupVaultName="far", RecoveryPointArn=done["DestinationRecoveryPointArn"]
    )
    assert read["CalculatedLifecycle"]["DeleteAt"] == START + timedelta(
        days=expected["DeleteAfterDays"]
    )


def test_a_copy_that_outlives_its_source_can_be_copied_on(server: Server, client: Any) -> None:
    (point,) = backed_up(server, FILES, Lifecycle={"DeleteAfterDays": 1})
    first = over(server, copy(client, point, Lifecycle={"DeleteAfterDays": 100}))
    server.advance(by="3d")
    assert client.describe_backup_vault(BackupVaultName="vault")["NumberOfRecoveryPoints"] == 0
    far = server.client(region=FAR)
    back = far.start_copy_job(
        RecoveryPointArn=first["DestinationRecoveryPointArn"],
        SourceBackupVaultName="far",
        DestinationBackupVaultArn=SOURCE,
        IamRoleArn=ROLE,
    )
    server.advance(by="1m")
    assert described(far, back)["State"] == "COMPLETED"
    (row,) = client.list_recovery_points_by_backup_vault(BackupVaultName="vault")["RecoveryPoints"]
    assert (row["CreationDate"], row["SourceBackupVaultArn"]) == (START, FAR_VAULT)


NOT_ENABLED = (
    "Copy job failed. Cross-account copy feature is not enabled for the current organization."
)
NO_ACCESS = "Access Denied trying to call AWS Backup service"
DEFAULT_KEY = (
    "Copy job failed because the destination Backup vault is encrypted with the default Backup"
    " service managed key. The contents of this vault cannot be copied. Only the contents of a"
    " Backup vault encrypted by an AWS KMS key may be copied."
)
LET_IN = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "backup:CopyIntoBackupVault",
            "Resource": "*",
        }
    ],
}
ABROAD = vault_arn("bunker", account=OTHER_ACCOUNT)


def fails(server: Server, point: str, destination: str, message: str, category: str) -> None:
    """Expect a copy to be accepted, to fail with a message and to leave nothing."""
    done = over(server, copy(server.client(), point, destination))
    assert (done["State"], done["StatusMessage"]) == ("FAILED", message)
    assert done["MessageCategory"] == category
    assert "CompletionDate" in done
    assert "DestinationRecoveryPointArn" not in done


def test_a_copy_for_another_account_needs_a_switch_a_key_and_a_policy(
    server: Server, client: Any
) -> None:
    (point,) = backed_up(server, FILES)
    other = server.client(account=OTHER_ACCOUNT)
    fails(server, point, ABROAD, NOT_ENABLED, "FEATURE_NOT_ENABLED")
    client.update_global_settings(GlobalSettings={"isCrossAccountBackupEnabled": "true"})
    fails(server, point, ABROAD, NO_ACCESS, "ACCESS_DENIED")  # there is no such vault
    other.create_backup_vault(BackupVaultName="bunker")
    fails(server, point, ABROAD, DEFAULT_KEY, "ACCESS_DENIED")
    other.delete_backup_vault(BackupVaultName="bunker")
    other.create_backup_vault(BackupVaultName="bunker", EncryptionKeyArn=KEY)
    fails(server, point, ABROAD, NO_ACCESS, "ACCESS_DENIED")  # nobody lets this account in
    assert listed(other) == []
    other.put_backup_vault_access_policy(BackupVaultName="bunker", Policy=json.dumps(LET_IN))
    done = over(server, copy(client, point, ABROAD))
    (made,) = other.list_recovery_points_by_backup_vault(BackupVaultName="bunker")["RecoveryPoints"]
    assert made["RecoveryPointArn"] == done["DestinationRecoveryPointArn"]
    assert (made["SourceBackupVaultArn"], made["EncryptionKeyArn"]) == (SOURCE, KEY)


def test_a_missing_vault_of_ones_own_fails_the_job_by_its_name(server: Server) -> None:
    (point,) = backed_up(server, FILES)
    nowhere = vault_arn("nowhere", FAR)
    message = f"Copy job failed because backup vault {nowhere} does not exist."
    fails(server, point, nowhere, message, "RESOURCE_NOT_FOUND")


def test_a_type_that_is_not_copied_fails_the_job(server: Server) -> None:
    (point,) = backed_up(server, REDSHIFT)
    message = "Feature is not supported for provided resource type."
    for destination in (FAR_VAULT, vault_arn("second")):
        fails(server, point, destination, message, "UNSUPPORTED_OPERATION")


def test_a_resource_may_be_told_to_fail(server: Server, client: Any) -> None:
    (point,) = backed_up(server, VOLUME)
    server.register({"arn": VOLUME, "fails_with": "An internal error occurred."})
    fails(server, point, FAR_VAULT, "An internal error occurred.", "FATAL_ERROR")
    kept = client.describe_recovery_point(BackupVaultName="vault", RecoveryPointArn=point)
    assert kept["Status"] == "COMPLETED"


def test_what_cannot_be_asked_is_refused_at_once(server: Server, client: Any) -> None:
    (point,) = backed_up(server, FILES)
    with refused("InvalidParameterValueException"):
        copy(client, point, SOURCE)  # where it is
    with refused("InvalidParameterValueException"):
        copy(client, point, FILES)  # no vault
    with refused("InvalidParameterValueException"):
        copy(client, point, Lifecycle={"DeleteAfterDays": 0})
    with refused("ResourceNotFoundException", "Cannot find recovery point."):
        copy(client, point + "0")
    with refused("AccessDeniedException", "Insufficient privileges to perform this action."):
        client.start_copy_job(
            RecoveryPointArn=point,
            SourceBackupVaultName="nowhere",
            DestinationBackupVaultArn=FAR_VAULT,
            IamRoleArn=ROLE,
        )
    with refused("ResourceNotFoundException"):
        client.describe_copy_job(CopyJobId="nothing")
    start(client, FILES)
    server.advance(by="2s")
    (running,) = client.list_backup_jobs(ByState="RUNNING")["BackupJobs"]
    with refused("InvalidRequestException"):
        copy(client, running["RecoveryPointArn"])
    assert listed(client) == []


def test_a_point_in_cold_storage_cannot_be_copied(server: Server, client: Any) -> None:
    cold = {"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 91}
    (point,) = backed_up(server, FILES, Lifecycle=cold)
    server.advance(by="2d")
    with refused("InvalidRequestException"):
        copy(client, point)


def test_a_start_repeated_with_its_token_is_the_same_job_for_an_hour(
    server: Server, client: Any
) -> None:
    (point,) = backed_up(server, FILES)
    first = copy(client, point, IdempotencyToken="once")
    server.advance(by="59m")
    again = copy(client, point, IdempotencyToken="once")
    assert again["CopyJobId"] == first["CopyJobId"]
    assert again["CreationDate"] == first["CreationDate"]
    server.advance(by="2m")
    assert copy(client, point, IdempotencyToken="once")["CopyJobId"] != first["CopyJobId"]


def test_one_job_runs_on_a_resource_at_a_time(server: Server, client: Any) -> None:
    server.register({"arn": FILES, "job_seconds": 60})
    (point,) = backed_up(server, FILES)
    server.advance(by="1m")
    backup = start(client, FILES)
    waiting = copy(client, point)
    server.advance(by="30s")
    assert described(client, waiting)["State"] == "CREATED"
    read = client.describe_backup_job(BackupJobId=backup["BackupJobId"])
    assert read["State"] == "RUNNING"
    server.advance(by="45s")
    assert described(client, waiting)["State"] == "RUNNING"
    with refused("InvalidResourceStateException"):
        client.delete_recovery_point(BackupVaultName="vault", RecoveryPointArn=point)
    assert over(server, waiting)["State"] == "COMPLETED"


def test_jobs_are_listed_newest_first_by_any_mix_of_filters(server: Server, client: Any) -> None:
    files, table = backed_up(server, FILES, TABLE)
    jobs = []
    for point, destination in (
        (files, FAR_VAULT),
        (table, vault_arn("second")),
        (files, vault_arn("nowhere")),
        (table, FAR_VAULT),
    ):
        jobs.append(copy(client, point, destination)["CopyJobId"])
        server.advance(by="1h")
    one, two, three, four = jobs
    began = START + timedelta(minutes=1)
    for filters, expected in (
        ({}, [four, three, two, one]),
        ({"ByResourceArn": FILES}, [three, one]),
        ({"ByResourceType": "DynamoDB"}, [four, two]),
        ({"ByState": "COMPLETED"}, [four, two, one]),
        ({"ByState": "FAILED", "ByResourceArn": FILES}, [three]),
        ({"ByDestinationVaultArn": FAR_VAULT}, [four, one]),
        ({"BySourceRecoveryPointArn": files}, [three, one]),
        ({"ByMessageCategory": "RESOURCE_NOT_FOUND"}, [three]),
        ({"ByMessageCategory": "SUCCESS", "ByResourceArn": FILES}, [one]),
        ({"ByCreatedAfter": began + timedelta(hours=1)}, [four, three]),
        ({"ByCreatedBefore": began + timedelta(hours=1)}, [one]),
        ({"ByCompleteAfter": began + timedelta(hours=2)}, [four, three]),
        ({"ByCompleteBefore": began + timedelta(hours=1)}, [one]),
        ({"ByAccountId": ACCOUNT}, [four, three, two, one]),
        ({"ByAccountId": OTHER_ACCOUNT}, []),
        ({"ByParentJobId": one}, []),
    ):
        assert listed(client, **filters) == expected, filters


def test_jobs_are_listed_in_pages_and_for_thirty_days(server: Server, client: Any) -> None:
    (point,) = backed_up(server, FILES)
    jobs = []
    for _ in range(5):
        jobs.append(copy(client, point)["CopyJobId"])
        server.advance(by="1m")
    pages = client.get_paginator("list_copy_jobs").paginate(PaginationConfig={"PageSize": 2})
    found = [[job["CopyJobId"] for job in page["CopyJobs"]] for page in pages]
    assert found == [jobs[4:2:-1], jobs[2:0:-1], jobs[:1]]
    first = client.list_copy_jobs(MaxResults=2)
    copy(client, point)  # a page that was read stays where it is
    rest = client.list_copy_jobs(MaxResults=10, NextToken=first["NextToken"])
    assert [job["CopyJobId"] for job in rest["CopyJobs"]] == jobs[2::-1]
    with refused("InvalidParameterValueException"):
        client.list_copy_jobs(NextToken="no token")
    with refused("InvalidParameterValueException"):
        client.list_copy_jobs(ByState="DONE")
    server.advance(by="31d")
    assert listed(client) == []
    with refused("ResourceNotFoundException"):
        client.describe_copy_job(CopyJobId=jobs[0])


def test_a_rule_copies_each_of_its_backups(server: Server, client: Any) -> None:
    server.register({"arn": FILES, "name": "home"})
    actions = [
        {"DestinationBackupVaultArn": FAR_VAULT, "Lifecycle": {"DeleteAfterDays": 90}},
        {"DestinationBackupVaultArn": vault_arn("second")},
    ]
    kept = rule(Lifecycle={"DeleteAfterDays": 35}, CopyActions=actions)
    made = client.create_backup_plan(BackupPlan=plan(kept))
    client.create_backup_selection(
        BackupPlanId=made["BackupPlanId"], BackupSelection=selection(Resources=[FILES])
    )
    server.advance(to="2026-01-01T05:01:00Z")
    (backup,) = client.list_backup_jobs()["BackupJobs"]
    copies = client.list_copy_jobs()["CopyJobs"]
    lifecycle = "DestinationRecoveryPointLifecycle"
    assert {job["DestinationBackupVaultArn"]: job[lifecycle] for job in copies} == {
        FAR_VAULT: {"DeleteAfterDays": 90},
        vault_arn("second"): {"DeleteAfterDays": 35},
    }
    for job in copies:
        assert (job["State"], job["ResourceName"]) == ("COMPLETED", "home")
        assert job["CreatedByBackupJobId"] == backup["BackupJobId"]
        assert job["CreatedBy"] == backup["CreatedBy"]
        assert job["SourceRecoveryPointArn"] == backup["RecoveryPointArn"]
        assert job["CreationDate"] == backup["CompletionDate"]


def test_a_copied_stack_is_a_parent_job_with_children(server: Server, client: Any) -> None:
    stack = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/shop/1"
    server.register({"arn": stack, "members": [VOLUME, REDSHIFT]})
    (composite,) = backed_up(server, stack)
    asked = copy(client, composite)
    assert asked["IsParent"] is True
    parent = over(server, asked)
    assert (parent["State"], parent["NumberOfChildJobs"]) == ("PARTIAL", 2)
    assert parent["ChildJobsInState"] == {"COMPLETED": 2}
    children = client.list_copy_jobs(ByParentJobId=asked["CopyJobId"])["CopyJobs"]
    assert {job["ResourceType"] for job in children} == {"CloudFormation", "EBS"}
    far = server.client(region=FAR)
    arn = parent["DestinationRecoveryPointArn"]
    made = far.describe_recovery_point(BackupVaultName="far", RecoveryPointArn=arn)
    assert (made["Status"], made["IsParent"]) == ("PARTIAL", True)
    nested = far.list_recovery_points_by_backup_vault(
        BackupVaultName="far", ByParentRecoveryPointArn=arn
    )["RecoveryPoints"]
    assert {row["ResourceArn"] for row in nested} == {stack, VOLUME}
