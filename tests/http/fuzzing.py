"""Requests made of the model's shapes: mostly such as clients send, some of them not. No laws here.

Where a request needs what the server gave, an id or an ARN, it holds a reference instead:
``@BackupPlanId#3`` is the fourth plan id that a reply had, counted around.
"""

import json
import re
from typing import Any, NamedTuple
from urllib.parse import quote

from hypothesis import strategies as st

from vaultclock.adapters.http.features import OPERATIONS as BUILT
from vaultclock.adapters.http.model import Operation, Shape, members_of, operations, shape

ACCOUNT, OTHER = "123456789012", "999999999999"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup"
RESOURCES = (
    f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-1",
    f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/things",
    f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/shop/1",
    "arn:aws:s3:::bucket",
)
POLICIES = tuple(
    json.dumps({"Version": "2012-10-17", "Statement": [{"Resource": "*", **statement}]})
    for statement in (
        {"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint"},
        {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "backup:CopyIntoBackupVault"},
        {"Effect": "Deny", "Principal": {"AWS": ROLE}, "NotAction": ["backup:StartBackupJob"]},
    )
)
_VAULTS = ("prod", "lag", "dr", "missing")
_VAULT_ARNS = tuple(
    f"arn:aws:backup:{region}:{account}:backup-vault:{name}"
    for region, account, name in (
        ("us-east-1", ACCOUNT, "prod"),
        ("us-east-1", ACCOUNT, "lag"),
        ("eu-west-1", ACCOUNT, "dr"),
        ("us-east-1", OTHER, "prod"),
    )
)
_SCHEDULES = ("cron(0 5 ? * * *)", "cron(0 * * * ? *)", "cron(0 0 30 2 ? *)", "rate(1 day)")
# What members of these names mostly are; others are references to what replies had.
_TEXTS: dict[str, tuple[str, ...]] = {
    "AccountId": (ACCOUNT, OTHER, "*"),
    "BackupPlanName": ("nightly", "weekly"),
    "CancelDescription": ("no longer needed",),
    "ConditionKey": ("aws:ResourceTag/env", "env"),
    "ConditionValue": ("prod", "pr*"),
    "CreatorRequestId": ("token-1", "token-2"),
    "Description": ("a description",),
    "EncryptionKeyArn": (f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k",),
    "GlobalSettings": ("true", "false"),
    "IdempotencyToken": ("token-1", "token-2"),
    "Metadata": ("us-east-1a", "true"),
    "MpaApprovalTeamArn": (f"arn:aws:mpa:us-east-1:{ACCOUNT}:approval-team/red",),
    "Name": ("ap-one", "ap-two"),
    "Policy": POLICIES,
    "ResourceIdentifiers": (*RESOURCES, "EBS"),
    "ResourceType": ("EBS", "EC2", "S3", "DynamoDB"),
    "Resources": (*RESOURCES, "*", "arn:aws:ec2:*:*:volume/*"),
    "RuleName": ("daily", "monthly"),
    "SNSTopicArn": (f"arn:aws:sns:us-east-1:{ACCOUNT}:topic",),
    "ScheduleExpression": _SCHEDULES,
    "ScheduleExpressionTimezone": ("Etc/UTC", "Africa/Cairo", "Mars/Phobos"),
    "SelectionName": ("all", "some"),
    "TagKeyList": ("env", "Name"),
    "Title": ("a title",),
}
_KEYS = {
    "BackupOptions": ("WindowsVSS", "BackupACLs"),
    "GlobalSettings": ("isCrossAccountBackupEnabled", "isMpaEnabled"),
    "Metadata": ("availabilityZone", "encrypted"),
    "ResourceTypeManagementPreference": ("DynamoDB", "EFS"),
    "ResourceTypeOptInPreference": ("EBS", "S3"),
}
_WHOLES = (-1, 0, 1, 2, 7, 30, 60, 100, 130, 480, 10_000)
_SECONDS = (1_767_225_600, 1_767_312_000.5, 1_780_000_000)
# What no client would send on purpose, or what lies at an edge.
_ODD: tuple[Any, ...] = (
    *(None, True, [], {}, [[]], {"a": {"b": 1}}, 1.5, -1, 2**31, 2**63, 10**30),
    *(
        "",
        " ",
        "a" * 60,
        "x" * 3_000,
        "é\N{GRINNING FACE}",
        "\0",
        "../%2F?#",
        "arn:",
        "arn:aws:s3:::",
    ),
    *("arn:aws:ec2:us-east-1:1:volume/v", "2026-02-30", "@NextToken#0", "@BackupVaultArn#0"),
)
_BUILT = sorted(row.name for row in BUILT)
_EVERY = sorted(operations())
_REFERENCE = re.compile(r"@(\w+)#(\d+)")
_SAME = {  # members that hold what replies name otherwise
    "AccessPointArn": "BackupAccessPointArn",
    "ByBackupPlanId": "BackupPlanId",
    "ByDestinationVaultArn": "BackupVaultArn",
    "ByParentJobId": "BackupJobId",
    "BySourceRecoveryPointArn": "RecoveryPointArn",
    "ByParentRecoveryPointArn": "RecoveryPointArn",
}


class Request(NamedTuple):
    """A request whose references are not resolved yet."""

    operation: Operation
    members: dict[str, Any]

    def resolved(self, said: dict[str, list[str]]) -> dict[str, Any]:
        """Put what replies have said in the place of references."""
        resolved: dict[str, Any] = _resolved(self.members, said)
        return resolved


def on_the_wire(request: Request, members: dict[str, Any]) -> tuple[str, str, bytes]:
    """Write a request's method, target and body, whatever its members are."""
    path, _, flag = request.operation.uri.partition("?")
    query, body = [flag] if flag else [], {}
    for member in members_of(request.operation.input):
        value = members.get(member.name)
        if member.location == "uri":
            path = path.replace(f"{{{member.wire_name}}}", _escaped(value))
        elif member.location == "querystring" and member.name in members:
            query.append(f"{member.wire_name}={_escaped(value)}")
        elif member.name in members:
            body[member.wire_name] = value
    return request.operation.method, f"{path}?{'&'.join(query)}", json.dumps(body).encode()


def _escaped(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return "" if value is None else quote(text, safe="")


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Draw a request; one in ten is of an operation that may not be built."""
    names = _EVERY if draw(st.integers(0, 9)) == 0 else _BUILT
    operation = operations()[draw(st.sampled_from(names))]
    if operation.input is None:
        return Request(operation, {})
    return Request(operation, _structure(draw, shape(operation.input)))


def _value(draw: st.DrawFn, of: Shape, name: str) -> Any:
    if draw(st.integers(0, 39)) == 0:
        return draw(st.sampled_from(_ODD))
    match of.type:
        case "structure":
            return _structure(draw, of)
        case "list":
            count = draw(st.integers(1, 2))
            return [_value(draw, shape(of.element), name) for _ in range(count)]
        case "map":
            keys = _KEYS.get(name, ("env", "Name"))
            chosen = draw(st.lists(st.sampled_from(keys), max_size=2, unique=True))
            return {key: _value(draw, shape(of.value), name) for key in chosen}
        case "boolean":
            return draw(st.booleans())
        case "timestamp":
            return draw(st.sampled_from(_SECONDS))
        case "string":
            return draw(st.sampled_from(of.enum or _texts(name)))
    return draw(st.sampled_from(_WHOLES))


def _structure(draw: st.DrawFn, of: Shape) -> dict[str, Any]:
    return {
        member.name: _value(draw, shape(member.shape), member.name)
        for member in of.members
        if member.name in of.required or draw(st.integers(0, 3)) == 0
    }


def _texts(name: str) -> tuple[str, ...]:
    for ending, texts in (
        ("VaultName", _VAULTS),
        ("VaultNames", _VAULTS),
        ("VaultArn", _VAULT_ARNS),
        ("ResourceArn", RESOURCES),
        ("RoleArn", (ROLE,)),
        ("AccountId", _TEXTS["AccountId"]),
        ("ResourceType", _TEXTS["ResourceType"]),
    ):
        if name.endswith(ending):
            return texts
    said = _SAME.get(name, name)
    return _TEXTS.get(name) or tuple(f"@{said}#{place}" for place in range(4))


def listen(said: dict[str, list[str]], reply: Any, name: str = "") -> None:
    """Remember every text of a reply by the name of its member."""
    if isinstance(reply, dict):
        for member, value in reply.items():
            listen(said, value, member)
    elif isinstance(reply, list):
        for value in reply:
            listen(said, value, name)
    elif isinstance(reply, str) and reply not in said.setdefault(name, []):
        said[name].append(reply)


def _resolved(value: Any, said: dict[str, list[str]]) -> Any:
    if isinstance(value, dict):
        return {name: _resolved(part, said) for name, part in value.items()}
    if isinstance(value, list):
        return [_resolved(part, said) for part in value]
    if isinstance(value, str) and (match := _REFERENCE.fullmatch(value)):
        found = said.get(match[1], ["none"])
        return found[int(match[2]) % len(found)]
    return value
