"""Raw replies of the real server against the wire model: every member, its name and its type.

What the members say is the business of the tests with boto3.
"""

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

import attrs
import pytest

from tests.clients.server import ACCOUNT, REGION, Server
from tests.clients.things import (
    BUCKET,
    FILES,
    OTHER_VOLUME,
    ROLE,
    VOLUME,
    backed_up,
    plan,
    rule,
    selection,
    start,
)
from vaultclock.adapters.http import model
from vaultclock.adapters.http.features import OPERATIONS as BUILT
from vaultclock.adapters.http.protocol import check_reply

OPERATIONS = model.operations()
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAMESPACE = "http://internal.amazon.com/coral/com.amazonaws.services.cryo/"
STACK = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/shop/1"
OTHER_BUCKET = "arn:aws:s3:::other-bucket"
COPIES = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:copies"
INTO_ITSELF = {"file-system-id": FILES.rpartition("/")[2], "newFileSystem": "false"}
SCANNER = {"MalwareScanner": "GUARDDUTY"}
POLICY = json.dumps(
    {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": ACCOUNT},
            "Action": "backup:DeleteRecoveryPoint",
            "Resource": "*",
        }
    }
)
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:backups"
RICH_PLAN = plan(
    rule(
        Lifecycle={"DeleteAfterDays": 98, "MoveToColdStorageAfterDays": 8},
        RecoveryPointTags={"env": "prod"},
        CopyActions=[
            {
                "DestinationBackupVaultArn": f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:far",
                "Lifecycle": {"DeleteAfterDays": 7},
            }
        ],
        IndexActions=[{"ResourceTypes": ["EBS"]}],
        ScanActions=[{**SCANNER, "ScanMode": "FULL_SCAN"}],
    ),
    AdvancedBackupSettings=[{"ResourceType": "EC2", "BackupOptions": {"WindowsVSS": "enabled"}}],
    ScanSettings=[{**SCANNER, "ResourceTypes": ["ALL"], "ScannerRoleArn": ROLE}],
)
RICH_SELECTION = selection(
    Resources=[VOLUME],
    NotResources=[OTHER_VOLUME],
    ListOfTags=[{"ConditionType": "STRINGEQUALS", "ConditionKey": "env", "ConditionValue": "prod"}],
    Conditions={
        "StringLike": [{"ConditionKey": "aws:ResourceTag/env", "ConditionValue": "p*"}],
    },
)
RICH_HOLD = {
    "Title": "case",
    "Description": "some of it",
    "Tags": {"a": "b"},
    "RecoveryPointSelection": {
        "VaultNames": ["vault"],
        "ResourceIdentifiers": ["EFS", VOLUME],
        "DateRange": {"FromDate": 0, "ToDate": 1},
    },
}

TEAM = "arn:aws:mpa:us-east-1:111111111111:approval-team/red"
AIR_GAPPED = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:air-gapped"
VIEW = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:view"


@attrs.frozen
class World:
    """Ids of things that exist while replies are looked at."""

    vault_arn: str
    plan_id: str
    version_id: str
    template: str
    selection_id: str
    job_id: str
    running_job_id: str
    point_arn: str
    continuous_arn: str
    nested_arn: str
    copy_job_id: str
    restore_job_id: str
    hold_id: str
    bucket_point_arn: str
    access_point_arn: str


class Request(NamedTuple):
    """The parts of one operation's request: labels by their names, query and body."""

    labels: Mapping[str, str] = MappingProxyType({})
    query: str = ""
    body: Any = None


def populated(server: Server) -> World:
    client = server.client()
    server.register(
        {"arn": FILES, "name": "home", "tags": {"env": "prod"}},
        {"arn": VOLUME, "job_seconds": 600},
    )
    vault_arn = client.create_backup_vault(BackupVaultName="vault", BackupVaultTags={"a": "b"})
    continuous_arn, nested_arn = continuous_and_nested(server)
    client.put_backup_vault_access_policy(BackupVaultName="vault", Policy=POLICY)
    client.create_backup_vault(BackupVaultName="empty")
    client.put_backup_vault_notifications(
        BackupVaultName="vault", SNSTopicArn=TOPIC, BackupVaultEvents=["BACKUP_JOB_COMPLETED"]
    )
    client.create_logically_air_gapped_backup_vault(
        BackupVaultName="air-gapped", MinRetentionDays=7, MaxRetentionDays=30
    )
    client.create_backup_vault(BackupVaultName="locked")
    client.put_backup_vault_lock_configuration(
        BackupVaultName="locked", MinRetentionDays=7, ChangeableForDays=3
    )
    made = client.create_backup_plan(BackupPlan=RICH_PLAN)
    plan_id = made["BackupPlanId"]
    chosen = client.create_backup_selection(BackupPlanId=plan_id, BackupSelection=RICH_SELECTION)
    job = start(client, FILES, RecoveryPointTags={"env": "prod"}, Lifecycle={"DeleteAfterDays": 9})
    running = start(client, VOLUME)
    hold = client.create_legal_hold(
        Title="case",
        Description="some of it",
        RecoveryPointSelection={"ResourceIdentifiers": [OTHER_VOLUME]},
    )
    server.advance(by="1m")
    views(server)
    template = client.export_backup_plan_template(BackupPlanId=plan_id)
    copied, restored = copied_and_restored(server, job["RecoveryPointArn"])
    (bucket_point_arn,) = backed_up(server, OTHER_BUCKET)
    access_point = client.create_backup_access_point(
        Name="reader", RecoveryPointArn=bucket_point_arn
    )
    return World(
        vault_arn=vault_arn["BackupVaultArn"],
        plan_id=plan_id,
        version_id=made["VersionId"],
        template=template["BackupPlanTemplateJson"],
        selection_id=chosen["SelectionId"],
        job_id=job["BackupJobId"],
        running_job_id=running["BackupJobId"],
        point_arn=job["RecoveryPointArn"],
        continuous_arn=continuous_arn,
        nested_arn=nested_arn,
        copy_job_id=copied,
        restore_job_id=restored,
        hold_id=hold["LegalHoldId"],
        bucket_point_arn=bucket_point_arn,
        access_point_arn=access_point["AccessPointArn"],
    )


def copied_and_restored(server: Server, point_arn: str) -> tuple[str, str]:
    """Copy a point and restore it; answer the ids of the jobs, which have ended in a minute."""
    client = server.client()
    client.create_backup_vault(BackupVaultName="copies")
    copy_job = client.start_copy_job(
        RecoveryPointArn=point_arn,
        SourceBackupVaultName="vault",
        DestinationBackupVaultArn=COPIES,
        IamRoleArn=ROLE,
    )
    restore_job = client.start_restore_job(
        RecoveryPointArn=point_arn, Metadata=INTO_ITSELF, IamRoleArn=ROLE
    )
    return copy_job["CopyJobId"], restore_job["RestoreJobId"]


def views(server: Server) -> None:
    """Put a team over the air-gapped vault, and let it give access to a view."""
    client = server.client()
    client.update_global_settings(GlobalSettings={"isMpaEnabled": "true"})
    client.associate_backup_vault_mpa_approval_team(
        BackupVaultName="air-gapped", MpaApprovalTeamArn=TEAM
    )
    client.create_restore_access_backup_vault(
        SourceBackupVaultArn=AIR_GAPPED, BackupVaultName="view"
    )
    (session,) = server.control("GET", "/approvals")
    asked = {"session": session["session"], "answer": "approve"}
    server.control("POST", "/approvals", asked)


def continuous_and_nested(server: Server) -> list[str]:
    """ARNs of a continuous point, and of one that is nested in a composite."""
    client = server.client()
    server.register({"arn": STACK, "members": [OTHER_VOLUME]})
    pitr = rule(EnableContinuousBackup=True, Lifecycle={"DeleteAfterDays": 7})
    made = client.create_backup_plan(BackupPlan=plan(pitr, name="pitr"))
    client.create_backup_selection(
        BackupPlanId=made["BackupPlanId"], BackupSelection=selection(Resources=[BUCKET])
    )
    start(client, STACK)
    server.advance(by="1d")
    points = [
        client.list_recovery_points_by_resource(ResourceArn=arn)["RecoveryPoints"]
        for arn in (BUCKET, OTHER_VOLUME)
    ]
    return [point["RecoveryPointArn"] for (point,) in points]


def _vault(world: World) -> dict[str, str]:
    assert world.vault_arn.endswith(":vault")
    return {"backupVaultName": "vault"}


def _plan(world: World) -> dict[str, str]:
    return {"backupPlanId": world.plan_id}


def _selection(world: World) -> dict[str, str]:
    return {**_plan(world), "selectionId": world.selection_id}


def _point(world: World) -> dict[str, str]:
    return {**_vault(world), "recoveryPointArn": world.point_arn}


def _template(_world: World) -> dict[str, str]:
    return {"templateId": "87c0c1ef-254d-4180-8fef-2e76a2c38aaa"}


def _started() -> dict[str, Any]:
    return {"BackupVaultName": "vault", "ResourceArn": FILES, "IamRoleArn": ROLE}


REQUESTS: dict[str, Callable[[World], Request]] = {
    "CreateBackupVault": lambda _: Request({"backupVaultName": "fresh"}, body={}),
    "CreateLogicallyAirGappedBackupVault": lambda _: Request(
        {"backupVaultName": "fresh"}, body={"MinRetentionDays": 7, "MaxRetentionDays": 30}
    ),
    "AssociateBackupVaultMpaApprovalTeam": lambda _: Request(
        {"backupVaultName": "air-gapped"},
        body={"MpaApprovalTeamArn": TEAM, "RequesterComment": "please"},
    ),
    "DisassociateBackupVaultMpaApprovalTeam": lambda _: Request(
        {"backupVaultName": "air-gapped"}, body={"RequesterComment": "please"}
    ),
    "CreateRestoreAccessBackupVault": lambda _: Request(
        body={"SourceBackupVaultArn": AIR_GAPPED, "BackupVaultTags": {"a": "b"}}
    ),
    "ListRestoreAccessBackupVaults": lambda _: Request(
        {"backupVaultName": "air-gapped"}, "maxResults=1"
    ),
    "RevokeRestoreAccessBackupVault": lambda _: Request(
        {"backupVaultName": "air-gapped", "restoreAccessBackupVaultArn": VIEW},
        "requesterComment=over",
    ),
    "PutBackupVaultLockConfiguration": lambda world: Request(
        _vault(world),
        body={"MinRetentionDays": 1, "MaxRetentionDays": 30, "ChangeableForDays": 3},
    ),
    "DeleteBackupVaultLockConfiguration": lambda _: Request({"backupVaultName": "locked"}),
    "DescribeBackupVault": lambda world: Request(_vault(world)),
    "DeleteBackupVault": lambda _: Request({"backupVaultName": "empty"}),
    "ListBackupVaults": lambda _: Request(query="maxResults=1"),
    "PutBackupVaultAccessPolicy": lambda world: Request(_vault(world), body={"Policy": POLICY}),
    "GetBackupVaultAccessPolicy": lambda world: Request(_vault(world)),
    "DeleteBackupVaultAccessPolicy": lambda world: Request(_vault(world)),
    "CreateBackupPlan": lambda _: Request(
        body={"BackupPlan": {**RICH_PLAN, "BackupPlanName": "n"}}
    ),
    "GetBackupPlan": lambda world: Request(
        _plan(world), f"versionId={world.version_id}&MaxScheduledRunsPreview=3"
    ),
    "UpdateBackupPlan": lambda world: Request(_plan(world), body={"BackupPlan": RICH_PLAN}),
    "DeleteBackupPlan": lambda world: Request(_plan(world)),
    "ListBackupPlans": lambda _: Request(query="includeDeleted=true"),
    "ListBackupPlanVersions": lambda world: Request(_plan(world)),
    "ExportBackupPlanTemplate": lambda world: Request(_plan(world)),
    "GetBackupPlanFromJSON": lambda world: Request(body={"BackupPlanTemplateJson": world.template}),
    "GetBackupPlanFromTemplate": lambda world: Request(_template(world)),
    "ListBackupPlanTemplates": lambda _: Request(query="maxResults=1"),
    "CreateBackupSelection": lambda world: Request(
        _plan(world), body={"BackupSelection": {**RICH_SELECTION, "SelectionName": "n"}}
    ),
    "GetBackupSelection": lambda world: Request(_selection(world)),
    "DeleteBackupSelection": lambda world: Request(_selection(world)),
    "ListBackupSelections": lambda world: Request(_plan(world)),
    "StartBackupJob": lambda _: Request(body=_started()),
    "DescribeBackupJob": lambda world: Request({"backupJobId": world.running_job_id}),
    "StopBackupJob": lambda world: Request({"backupJobId": world.running_job_id}),
    "ListBackupJobs": lambda _: Request(query="maxResults=1000"),
    "StartCopyJob": lambda world: Request(
        body={
            "RecoveryPointArn": world.point_arn,
            "SourceBackupVaultName": "vault",
            "DestinationBackupVaultArn": COPIES,
            "IamRoleArn": ROLE,
        }
    ),
    "DescribeCopyJob": lambda world: Request({"copyJobId": world.copy_job_id}),
    "ListCopyJobs": lambda world: Request(
        query=f"maxResults=1&sourceRecoveryPointArn={quote(world.point_arn, safe='')}"
    ),
    "StartRestoreJob": lambda world: Request(
        body={
            "RecoveryPointArn": world.point_arn,
            "Metadata": INTO_ITSELF,
            "IamRoleArn": ROLE,
            "CopySourceTagsToRestoredResource": False,
        }
    ),
    "DescribeRestoreJob": lambda world: Request({"restoreJobId": world.restore_job_id}),
    "ListRestoreJobs": lambda _: Request(query="maxResults=1&status=COMPLETED"),
    "ListRestoreJobsByProtectedResource": lambda _: Request({"resourceArn": FILES}),
    "GetRecoveryPointRestoreMetadata": lambda world: Request(_point(world)),
    "GetRestoreJobMetadata": lambda world: Request({"restoreJobId": world.restore_job_id}),
    "DescribeRecoveryPoint": lambda world: Request(_point(world)),
    "ListRecoveryPointsByBackupVault": lambda world: Request(_vault(world)),
    "ListRecoveryPointsByResource": lambda _: Request({"resourceArn": FILES}),
    "DeleteRecoveryPoint": lambda world: Request(_point(world)),
    "DisassociateRecoveryPoint": lambda world: Request(
        {**_vault(world), "recoveryPointArn": world.continuous_arn}
    ),
    "DisassociateRecoveryPointFromParent": lambda world: Request(
        {**_vault(world), "recoveryPointArn": world.nested_arn}
    ),
    "UpdateRecoveryPointLifecycle": lambda world: Request(
        _point(world), body={"Lifecycle": {"DeleteAfterDays": 10}}
    ),
    "ListProtectedResources": lambda _: Request(query="maxResults=1"),
    "DescribeProtectedResource": lambda _: Request({"resourceArn": FILES}),
    "ListProtectedResourcesByBackupVault": lambda world: Request(_vault(world)),
    "CreateBackupAccessPoint": lambda world: Request(
        body={
            "Name": "fresh",
            "RecoveryPointArn": world.bucket_point_arn,
            "AccessPointPolicy": "{}",
            "Tags": {"a": "b"},
        }
    ),
    "DescribeBackupAccessPoint": lambda world: Request({"AccessPointArn": world.access_point_arn}),
    "DeleteBackupAccessPoint": lambda world: Request({"AccessPointArn": world.access_point_arn}),
    "ListBackupAccessPoints": lambda _: Request(query="MaxResults=1"),
    "ListBackupAccessPointsByRecoveryPoint": lambda world: Request(
        {"RecoveryPointArn": world.bucket_point_arn}
    ),
    "ListBackupAccessPointsByResource": lambda _: Request({"ResourceArn": OTHER_BUCKET}),
    "CreateLegalHold": lambda _: Request(body=RICH_HOLD),
    "CancelLegalHold": lambda world: Request(
        {"legalHoldId": world.hold_id}, "cancelDescription=over&retainRecordInDays=1"
    ),
    "GetLegalHold": lambda world: Request({"legalHoldId": world.hold_id}),
    "ListLegalHolds": lambda _: Request(query="maxResults=1"),
    "ListRecoveryPointsByLegalHold": lambda world: Request({"legalHoldId": world.hold_id}),
    "PutBackupVaultNotifications": lambda world: Request(
        _vault(world), body={"SNSTopicArn": TOPIC, "BackupVaultEvents": ["COPY_JOB_FAILED"]}
    ),
    "GetBackupVaultNotifications": lambda world: Request(_vault(world)),
    "DeleteBackupVaultNotifications": lambda world: Request(_vault(world)),
    "TagResource": lambda world: Request(
        {"resourceArn": world.vault_arn}, body={"Tags": {"c": "d"}}
    ),
    "UntagResource": lambda world: Request(
        {"resourceArn": world.vault_arn}, body={"TagKeyList": ["a"]}
    ),
    "ListTags": lambda world: Request({"resourceArn": world.point_arn}),
    "GetSupportedResourceTypes": lambda _: Request(),
    "DescribeRegionSettings": lambda _: Request(),
    "UpdateRegionSettings": lambda _: Request(body={"ResourceTypeOptInPreference": {"EBS": False}}),
    "DescribeGlobalSettings": lambda _: Request(),
    "UpdateGlobalSettings": lambda _: Request(body={"GlobalSettings": {"isMpaEnabled": "true"}}),
}
# AWS's own reply has neither the plan's name nor its vaults (documented: AWS CLI's examples)
TEMPLATE_LACKS = [
    "BackupPlanDocument.BackupPlanName is required by BackupPlan and absent",
    "BackupPlanDocument.Rules[0].TargetBackupVaultName is required by BackupRule and absent",
]


def sent(server: Server, name: str, request: Request) -> Any:
    operation = OPERATIONS[name]
    path = operation.uri
    for label, text in request.labels.items():
        path = path.replace(f"{{{label}}}", quote(text, safe=""))
    assert "{" not in path, path
    url = f"{path}?{request.query}" if request.query else path
    return server.call(operation.method, url, request.body)


def in_instants(shape: model.Shape, value: Any) -> Any:
    """Read JSON's timestamps as instants, which is what the model's check takes."""
    match shape.type:
        case "timestamp" if isinstance(value, float):
            return round(value * 1000)
        case "list" if value is not None:
            return [in_instants(model.shape(shape.element), each) for each in value]
        case "structure" if value is not None:
            shapes = {member.name: model.shape(member.shape) for member in shape.members}
            return {
                name: in_instants(shapes[name], each) if name in shapes else each
                for name, each in value.items()
            }
        case _:
            return value


def test_every_operation_that_is_built_is_looked_at() -> None:
    assert {row.name for row in BUILT} == REQUESTS.keys()


@pytest.mark.parametrize("name", REQUESTS)
def test_a_reply_has_exactly_the_members_of_the_model(server: Server, name: str) -> None:
    world = populated(server)
    if name == "DeleteBackupPlan":
        sent(server, "DeleteBackupSelection", REQUESTS["DeleteBackupSelection"](world))
    response = sent(server, name, REQUESTS[name](world))
    operation = OPERATIONS[name]
    assert response.status == operation.status, response
    assert response.headers["content-type"] == "application/json"
    assert UUID.fullmatch(response.headers["x-amzn-requestid"])
    members = {member.name for member in model.members_of(operation.output)}
    if not members:
        assert response.body == b""
        return
    reply = response.members
    assert reply.keys() == members, "absent members are written as null"
    assert operation.output is not None
    complaints = check_reply(operation, in_instants(model.shape(operation.output), reply))
    assert complaints == (TEMPLATE_LACKS if name == "GetBackupPlanFromTemplate" else [])


@pytest.mark.parametrize(
    ("name", "labels", "status", "code"),
    [
        ("DescribeBackupVault", {"backupVaultName": "v"}, 403, "AccessDeniedException"),
        ("GetBackupPlan", {"backupPlanId": "p"}, 400, "ResourceNotFoundException"),
        ("DescribeBackupJob", {"backupJobId": "j"}, 400, "ResourceNotFoundException"),
        ("ListTags", {"resourceArn": "a"}, 400, "InvalidParameterValueException"),
        ("DescribeFramework", {"frameworkName": "f"}, 501, "NotSimulated"),
    ],
)
def test_a_refusal_has_the_shape_of_awss(
    server: Server, name: str, labels: dict[str, str], status: int, code: str
) -> None:
    response = sent(server, name, Request(labels))
    assert response.status == status
    assert response.headers["x-amzn-errortype"] == f"{code}:{NAMESPACE}"
    assert response.headers["content-type"] == "application/json"
    assert UUID.fullmatch(response.headers["x-amzn-requestid"])
    assert response.members.keys() == {"Code", "Message", "Type", "Context"}
    assert response.members["Type"] is None


def test_paths_are_served_with_and_without_their_last_slash(server: Server) -> None:
    world = populated(server)
    for path in (
        "/backup-vaults",
        "/backup/plans",
        f"/backup/plans/{world.plan_id}",
        f"/backup/plans/{world.plan_id}/versions",
        f"/backup/plans/{world.plan_id}/selections",
        "/backup-jobs",
        "/resources",
        f"/tags/{quote(world.vault_arn, safe='')}",
    ):
        plain, slashed = server.call("GET", path), server.call("GET", path + "/")
        assert plain.status == slashed.status == 200, path
        assert plain.body == slashed.body


def test_what_breaks_the_protocol_is_a_serialization_error(server: Server) -> None:
    bodies: list[Any] = [{"BackupPlan": []}, {"BackupPlan": {"BackupPlanName": 1}}, [1]]
    for body in bodies:
        response = server.call("PUT", "/backup/plans/", body)
        assert response.status == 400
        assert response.headers["x-amzn-errortype"].startswith("SerializationException:")


def test_a_required_member_that_is_absent_is_a_missing_value(server: Server) -> None:
    bodies: dict[str, Any] = {"/backup/plans/": {}, "/backup-jobs": {"BackupVaultName": "vault"}}
    for path, body in bodies.items():
        response = server.call("PUT", path, body)
        assert response.status == 400
        assert response.headers["x-amzn-errortype"].startswith("MissingParameterValueException:")
