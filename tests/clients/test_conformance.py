"""Raw replies of the real server against the wire model: every member, its name and its type.

What the members say is the business of the tests with boto3.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

import attrs
import pytest

from tests.clients.server import ACCOUNT, Server
from tests.clients.things import (
    BUCKET,
    FILES,
    OTHER_VOLUME,
    ROLE,
    VOLUME,
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
SCANNER = {"MalwareScanner": "GUARDDUTY"}
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
    client.create_backup_vault(BackupVaultName="empty")
    made = client.create_backup_plan(BackupPlan=RICH_PLAN)
    plan_id = made["BackupPlanId"]
    chosen = client.create_backup_selection(BackupPlanId=plan_id, BackupSelection=RICH_SELECTION)
    job = start(client, FILES, RecoveryPointTags={"env": "prod"}, Lifecycle={"DeleteAfterDays": 9})
    running = start(client, VOLUME)
    server.advance(by="1m")
    template = client.export_backup_plan_template(BackupPlanId=plan_id)
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
    )


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
    "DescribeBackupVault": lambda world: Request(_vault(world)),
    "DeleteBackupVault": lambda _: Request({"backupVaultName": "empty"}),
    "ListBackupVaults": lambda _: Request(query="maxResults=1"),
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
        ("GetLegalHold", {"legalHoldId": "h"}, 501, "NotSimulated"),
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
