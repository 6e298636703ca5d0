"""boto3 on selections: the resources that are assigned to a plan."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.clients.server import ACCOUNT, Server, refused
from tests.clients.things import BUCKET, ROLE, VOLUME, plan, selection

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOTHING_SELECTED = (
    "Invalid backup selection. Either 'ListOfTags' or 'Resources' section must be non-empty."
)
BY_TAG = [{"ConditionType": "STRINGEQUALS", "ConditionKey": "env", "ConditionValue": "prod"}]
NO_CONDITIONS: dict[str, list[Any]] = {
    "StringEquals": [],
    "StringNotEquals": [],
    "StringLike": [],
    "StringNotLike": [],
}


@pytest.fixture
def plan_id(client: Any) -> str:
    made: str = client.create_backup_plan(BackupPlan=plan())["BackupPlanId"]
    return made


def create(client: Any, plan_id: str, document: dict[str, Any], **members: Any) -> Any:
    return client.create_backup_selection(BackupPlanId=plan_id, BackupSelection=document, **members)


def test_a_selection_reads_with_all_its_empty_lists(client: Any, plan_id: str) -> None:
    made = create(client, plan_id, selection(), CreatorRequestId="once")
    del made["ResponseMetadata"]
    assert UUID.fullmatch(made["SelectionId"])
    assert made == {
        "SelectionId": made["SelectionId"],
        "BackupPlanId": plan_id,
        "CreationDate": datetime(2026, 1, 1, tzinfo=UTC),
    }
    read = client.get_backup_selection(BackupPlanId=plan_id, SelectionId=made["SelectionId"])
    del read["ResponseMetadata"]
    assert read == {
        **made,
        "CreatorRequestId": "once",
        "BackupSelection": {
            "SelectionName": "volumes",
            "IamRoleArn": ROLE,
            "Resources": [VOLUME],
            "NotResources": [],
            "ListOfTags": [],
            "Conditions": NO_CONDITIONS,
        },
    }


def test_everything_that_was_sent_is_echoed(client: Any, plan_id: str) -> None:
    condition = [{"ConditionKey": "aws:ResourceTag/team", "ConditionValue": "data*"}]
    document = selection(
        Resources=["arn:aws:ec2:*:*:volume/*", "arn:aws:fsx:*", BUCKET],
        NotResources=[VOLUME],
        ListOfTags=BY_TAG,
        Conditions={**NO_CONDITIONS, "StringLike": condition, "StringNotEquals": condition},
    )
    made = create(client, plan_id, document)
    read = client.get_backup_selection(BackupPlanId=plan_id, SelectionId=made["SelectionId"])
    assert read["BackupSelection"] == document


@pytest.mark.parametrize(
    "members",
    [
        {"Resources": ["*"]},
        {"ListOfTags": BY_TAG},
        {"Resources": ["*"], "Conditions": {"StringEquals": []}},
    ],
    ids=str,
)
def test_resources_or_tags_are_enough(client: Any, plan_id: str, members: dict[str, Any]) -> None:
    assert create(client, plan_id, selection(**members))["SelectionId"]


@pytest.mark.parametrize(
    "members",
    [
        {"Resources": []},
        {"ListOfTags": [], "Resources": []},
        {"NotResources": [VOLUME]},
        {
            "Conditions": {
                "StringEquals": [
                    {"ConditionKey": "aws:ResourceTag/env", "ConditionValue": "prod"},
                ]
            }
        },
    ],
    ids=str,
)
def test_a_selection_that_names_neither_resources_nor_tags_is_refused(
    client: Any, plan_id: str, members: dict[str, Any]
) -> None:
    with refused("InvalidParameterValueException", NOTHING_SELECTED):
        create(client, plan_id, selection(**members))


def test_an_arn_of_another_region_is_refused_in_aws_words(client: Any, plan_id: str) -> None:
    arn = VOLUME.replace("us-east-1", "eu-west-1")
    with refused(
        "InvalidParameterValueException", f"Invalid ARN: {arn}. Expected region is us-east-1"
    ):
        create(client, plan_id, selection(Resources=[arn]))


def test_an_unsupported_service_is_refused_in_aws_words(client: Any, plan_id: str) -> None:
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"
    with refused("InvalidParameterValueException", f"Unsupported resource type: {arn}"):
        create(client, plan_id, selection(Resources=[arn]))


def test_a_role_that_is_none_cannot_be_assumed(client: Any, plan_id: str) -> None:
    document = {**selection(), "IamRoleArn": "nobody"}
    with refused(
        "InvalidParameterValueException", "IAM Role nobody cannot be assumed by AWS Backup"
    ):
        create(client, plan_id, document)


@pytest.mark.parametrize(
    "document",
    [
        selection(Resources=["db.t3.medium"]),
        selection(Resources=["arn:aws:s3:::*-logs"]),
        selection(name="two words"),
        selection(name="s" * 51),
        selection(
            Resources=["*"],
            Conditions={"StringEquals": [{"ConditionKey": "env", "ConditionValue": "prod"}]},
        ),
        selection(ListOfTags=[{**BY_TAG[0], "ConditionType": "STRINGUNLIKE"}]),
    ],
    ids=["no ARN", "wildcard inside", "spaces", "long name", "bare key", "condition type"],
)
def test_a_document_that_is_no_selection_is_refused(
    client: Any, plan_id: str, document: dict[str, Any]
) -> None:
    with refused("InvalidParameterValueException") as refusal:
        create(client, plan_id, document)
    assert isinstance(refusal.error, client.exceptions.InvalidParameterValueException)


@pytest.mark.parametrize(
    "members",
    [
        {"Resources": [f"{VOLUME}{number}" for number in range(501)]},
        {"Resources": [f"{VOLUME}{number}*" for number in range(31)]},
        {"ListOfTags": [{**BY_TAG[0], "ConditionValue": str(number)} for number in range(31)]},
    ],
    ids=["ARNs", "wildcards", "tags"],
)
def test_a_quota_of_a_selection_is_a_limit(
    client: Any, plan_id: str, members: dict[str, Any]
) -> None:
    with refused("LimitExceededException"):
        create(client, plan_id, selection(**members))


def test_a_missing_plan_is_an_invalid_value_and_a_missing_selection_is_not_found(
    client: Any, plan_id: str
) -> None:
    no_plan = "Cannot find Backup plan with ID missing"
    with refused("InvalidParameterValueException", no_plan):
        create(client, "missing", selection())
    with refused("InvalidParameterValueException", no_plan):
        client.get_backup_selection(BackupPlanId="missing", SelectionId="any")
    with refused("InvalidParameterValueException", no_plan):
        client.list_backup_selections(BackupPlanId="missing")
    with refused("InvalidParameterValueException", no_plan):
        client.delete_backup_selection(BackupPlanId="missing", SelectionId="any")
    with refused("ResourceNotFoundException") as refusal:
        client.get_backup_selection(BackupPlanId=plan_id, SelectionId="missing")
    assert isinstance(refusal.error, client.exceptions.ResourceNotFoundException)
    with refused("InvalidParameterValueException"):
        client.delete_backup_selection(BackupPlanId=plan_id, SelectionId="missing")


def test_a_deleted_selection_is_gone(client: Any, plan_id: str) -> None:
    of_it = {
        "BackupPlanId": plan_id,
        "SelectionId": create(client, plan_id, selection())["SelectionId"],
    }
    client.delete_backup_selection(**of_it)
    with refused("ResourceNotFoundException"):
        client.get_backup_selection(**of_it)
    with refused("InvalidParameterValueException"):
        client.delete_backup_selection(**of_it)
    assert client.list_backup_selections(BackupPlanId=plan_id)["BackupSelectionsList"] == []


def test_a_selection_is_found_by_its_own_plan_only(client: Any, plan_id: str) -> None:
    made = create(client, plan_id, selection())
    other = client.create_backup_plan(BackupPlan=plan(name="other"))["BackupPlanId"]
    with refused("ResourceNotFoundException"):
        client.get_backup_selection(BackupPlanId=other, SelectionId=made["SelectionId"])
    assert client.list_backup_selections(BackupPlanId=other)["BackupSelectionsList"] == []


def test_a_create_repeated_with_its_token_answers_the_same_selection(
    server: Server, client: Any, plan_id: str
) -> None:
    first = create(client, plan_id, selection(), CreatorRequestId="once")
    server.advance(by="1h")
    again = create(client, plan_id, selection(), CreatorRequestId="once")
    assert again["SelectionId"] == first["SelectionId"]
    assert again["CreationDate"] == first["CreationDate"]
    with refused("AlreadyExistsException") as refusal:
        create(client, plan_id, selection("other"), CreatorRequestId="once")
    assert isinstance(refusal.error, client.exceptions.AlreadyExistsException)


def test_selections_are_listed_in_pages_without_their_documents(
    server: Server, client: Any, plan_id: str
) -> None:
    wanted = []
    for number in range(5):
        made = create(
            client, plan_id, selection(f"selection-{number}"), CreatorRequestId=str(number)
        )
        wanted.append(made["SelectionId"])
        server.advance(by="1s")
    pages = client.get_paginator("list_backup_selections").paginate(
        BackupPlanId=plan_id, PaginationConfig={"PageSize": 2}
    )
    listed = [row for page in pages for row in page["BackupSelectionsList"]]
    assert [row["SelectionId"] for row in listed] == wanted
    assert listed[0] == {
        "SelectionId": wanted[0],
        "SelectionName": "selection-0",
        "BackupPlanId": plan_id,
        "CreationDate": datetime(2026, 1, 1, tzinfo=UTC),
        "CreatorRequestId": "0",
        "IamRoleArn": ROLE,
    }


def test_a_token_of_one_plans_list_serves_no_other(client: Any, plan_id: str) -> None:
    for name in ("one", "two"):
        create(client, plan_id, selection(name))
    token = client.list_backup_selections(BackupPlanId=plan_id, MaxResults=1)["NextToken"]
    other = client.create_backup_plan(BackupPlan=plan(name="other"))["BackupPlanId"]
    with refused("InvalidParameterValueException"):
        client.list_backup_selections(BackupPlanId=other, NextToken=token)


def test_selections_stay_with_the_plan_when_it_is_updated(client: Any, plan_id: str) -> None:
    made = create(client, plan_id, selection())
    client.update_backup_plan(BackupPlanId=plan_id, BackupPlan=plan(name="renamed"))
    (row,) = client.list_backup_selections(BackupPlanId=plan_id)["BackupSelectionsList"]
    assert row["SelectionId"] == made["SelectionId"]
