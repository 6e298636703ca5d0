"""Selections on the wire: what the rows read out of members and what they reply."""

from typing import Any

import pytest

from tests.http.plan_calls import ROLE, START, call, created
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.refusals import MissingParameterValue


@pytest.fixture
def engine() -> Engine:
    return Engine(start=START)


def selected(engine: Engine, plan_id: str, **members: Any) -> Any:
    selection = {"SelectionName": "all", "IamRoleArn": ROLE, **members}
    return call(
        engine,
        "CreateBackupSelection",
        BackupPlanId=plan_id,
        BackupSelection=selection,
        CreatorRequestId="token",
    )


def test_a_selection_is_got_with_every_empty_list_written_out(engine: Engine) -> None:
    plan_id = created(engine)
    reply = selected(engine, plan_id, Resources=["*"])
    assert reply == {
        "SelectionId": reply["SelectionId"],
        "BackupPlanId": plan_id,
        "CreationDate": START,
    }
    assert selected(engine, plan_id, Resources=["*"]) == reply, "a repeated token"

    where = {"BackupPlanId": plan_id, "SelectionId": reply["SelectionId"]}
    assert call(engine, "GetBackupSelection", **where) == {
        **reply,
        "CreatorRequestId": "token",
        "BackupSelection": {
            "SelectionName": "all",
            "IamRoleArn": ROLE,
            "Resources": ["*"],
            "NotResources": [],
            "ListOfTags": [],
            "Conditions": {
                "StringEquals": [],
                "StringNotEquals": [],
                "StringLike": [],
                "StringNotLike": [],
            },
        },
    }


def test_a_full_selection_is_echoed(engine: Engine) -> None:
    plan_id = created(engine)
    stage = {"ConditionKey": "aws:ResourceTag/stage", "ConditionValue": "prod*"}
    members = {
        "Resources": ["arn:aws:ec2:*:*:volume/*"],
        "NotResources": ["arn:aws:s3:::logs"],
        "ListOfTags": [
            {"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "daily"}
        ],
        "Conditions": {
            "StringEquals": [{**stage, "ConditionValue": "prod"}],
            "StringNotEquals": [{**stage, "ConditionValue": ""}],
            "StringLike": [stage],
            "StringNotLike": [{**stage, "ConditionValue": "*test*"}],
        },
    }
    selection_id = selected(engine, plan_id, **members)["SelectionId"]

    reply = call(engine, "GetBackupSelection", BackupPlanId=plan_id, SelectionId=selection_id)
    assert reply["BackupSelection"] == {"SelectionName": "all", "IamRoleArn": ROLE, **members}


@pytest.mark.parametrize("member", ["ConditionKey", "ConditionValue"])
def test_a_condition_has_a_key_and_a_value(engine: Engine, member: str) -> None:
    condition = {"ConditionKey": "aws:ResourceTag/a", "ConditionValue": "b"}
    del condition[member]
    with pytest.raises(MissingParameterValue, match=member):
        selected(engine, created(engine), Resources=["*"], Conditions={"StringLike": [condition]})


def test_selections_are_listed_without_what_they_select_and_deleted_with_an_empty_body(
    engine: Engine,
) -> None:
    plan_id = created(engine)
    reply = selected(engine, plan_id, Resources=["*"])

    assert call(engine, "ListBackupSelections", BackupPlanId=plan_id) == {
        "BackupSelectionsList": [
            {**reply, "SelectionName": "all", "IamRoleArn": ROLE, "CreatorRequestId": "token"}
        ]
    }
    where = {"BackupPlanId": plan_id, "SelectionId": reply["SelectionId"]}
    assert call(engine, "DeleteBackupSelection", **where) is None
    assert call(engine, "ListBackupSelections", BackupPlanId=plan_id) == {
        "BackupSelectionsList": []
    }
    call(engine, "DeleteBackupPlan", BackupPlanId=plan_id)


def test_selections_are_listed_by_pages(engine: Engine) -> None:
    plan_id = created(engine)
    for name in ("one", "two"):
        selection = {"SelectionName": name, "IamRoleArn": ROLE, "Resources": ["*"]}
        call(engine, "CreateBackupSelection", BackupPlanId=plan_id, BackupSelection=selection)
    first = call(engine, "ListBackupSelections", BackupPlanId=plan_id, MaxResults=1)
    second = call(
        engine, "ListBackupSelections", BackupPlanId=plan_id, NextToken=first["NextToken"]
    )
    rows = first["BackupSelectionsList"] + second["BackupSelectionsList"]
    assert {row["SelectionName"] for row in rows} == {"one", "two"}
    assert "NextToken" not in second
