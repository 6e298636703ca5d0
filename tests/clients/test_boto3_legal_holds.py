"""boto3 on legal holds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clients.server import ACCOUNT, REGION, Server, refused
from tests.clients.things import FILES, VOLUME, backed_up

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HELD = "The recovery point cannot be deleted because it has active legal hold(s)"
NO_HOLD = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(autouse=True)
def _vault(client: Any) -> None:
    client.create_backup_vault(BackupVaultName="vault")


def held(server: Server, **members: Any) -> str:
    """Put a hold on what there is, and wait until it is active."""
    client = server.client()
    reply = client.create_legal_hold(Title="case", Description="all of it", **members)
    assert reply["Status"] == "CREATING"
    server.advance(by="10s")
    hold_id: str = reply["LegalHoldId"]
    assert client.get_legal_hold(LegalHoldId=hold_id)["Status"] == "ACTIVE"
    return hold_id


def in_vault(client: Any) -> list[str]:
    reply = client.list_recovery_points_by_backup_vault(BackupVaultName="vault")
    return [point["RecoveryPointArn"] for point in reply["RecoveryPoints"]]


def test_a_hold_keeps_a_point_until_it_is_cancelled(server: Server, client: Any) -> None:
    (arn,) = backed_up(server, FILES, Lifecycle={"DeleteAfterDays": 7})
    hold_id = held(server, RecoveryPointSelection={"VaultNames": ["vault"]})
    with refused("InvalidRequestException", HELD) as refusal:
        client.delete_recovery_point(BackupVaultName="vault", RecoveryPointArn=arn)
    assert isinstance(refusal.error, client.exceptions.InvalidRequestException)
    server.advance(by="30d")
    assert in_vault(client) == [arn]

    cancelled = client.cancel_legal_hold(
        LegalHoldId=hold_id, CancelDescription="over", RetainRecordInDays=30
    )
    assert cancelled["ResponseMetadata"]["HTTPStatusCode"] == 201
    server.advance(by="1m")
    got = client.get_legal_hold(LegalHoldId=hold_id)
    assert (got["Status"], got["CancelDescription"]) == ("CANCELED", "over")
    assert got["RetainRecordUntil"] - got["CancellationDate"] == 30 * DAY
    assert in_vault(client) == []
    server.advance(by="30d")
    with refused("ResourceNotFoundException") as missing:
        client.get_legal_hold(LegalHoldId=hold_id)
    assert isinstance(missing.error, client.exceptions.ResourceNotFoundException)


def test_a_hold_is_got_as_it_was_asked_for(server: Server, client: Any) -> None:
    selection = {
        "VaultNames": ["vault"],
        "ResourceIdentifiers": ["EFS", VOLUME],
        "DateRange": {"FromDate": START - DAY, "ToDate": START},
    }
    hold_id = held(server, RecoveryPointSelection=selection, Tags={"case": "7/b"})
    got = client.get_legal_hold(LegalHoldId=hold_id)
    del got["ResponseMetadata"]
    arn = f"arn:aws:backup:{REGION}:{ACCOUNT}:legal-hold:{hold_id}"
    assert got == {
        "Title": "case",
        "Description": "all of it",
        "Status": "ACTIVE",
        "LegalHoldId": hold_id,
        "LegalHoldArn": arn,
        "CreationDate": START,
        "RecoveryPointSelection": selection,
    }
    client.tag_resource(ResourceArn=arn, Tags={"more": ""})
    client.untag_resource(ResourceArn=arn, TagKeyList=["case"])
    assert client.list_tags(ResourceArn=arn)["Tags"] == {"more": ""}


def test_a_create_repeated_with_its_token_answers_the_same_hold(
    server: Server, client: Any
) -> None:
    asked = {"Title": "case", "Description": "all of it"}
    first = client.create_legal_hold(**asked, IdempotencyToken="once")
    again = client.create_legal_hold(**asked, IdempotencyToken="once")
    assert again["LegalHoldId"] == first["LegalHoldId"]
    client.create_legal_hold(**asked)  # boto3 invents another token
    assert len(client.list_legal_holds()["LegalHolds"]) == 2


def test_holds_and_their_points_are_listed_in_pages(server: Server, client: Any) -> None:
    arns = {arn for _ in range(3) for arn in backed_up(server, FILES)}
    holds = [held(server) for _ in range(3)]
    paging = {"PaginationConfig": {"PageSize": 2}}
    pages = [*client.get_paginator("list_legal_holds").paginate(**paging)]
    assert [[row["LegalHoldId"] for row in page["LegalHolds"]] for page in pages] == [
        holds[:2],
        holds[2:],
    ]
    listed = client.get_paginator("list_recovery_points_by_legal_hold").paginate(
        LegalHoldId=holds[1], **paging
    )
    points = [point for page in listed for point in page["RecoveryPoints"]]
    assert {point["RecoveryPointArn"] for point in points} == arns
    assert {point["ResourceType"] for point in points} == {"EFS"}


def test_what_is_no_hold_is_told_from_one_that_is_not_there(client: Any) -> None:
    with refused("InvalidParameterValueException"):
        client.get_legal_hold(LegalHoldId="hold")
    with refused("ResourceNotFoundException"):
        client.get_legal_hold(LegalHoldId=NO_HOLD)
    with refused("ResourceNotFoundException"):
        client.cancel_legal_hold(LegalHoldId=NO_HOLD, CancelDescription="over")
    with refused("InvalidParameterValueException"):
        client.list_recovery_points_by_legal_hold(LegalHoldId=NO_HOLD)


def test_only_an_active_hold_is_cancelled(server: Server, client: Any) -> None:
    hold_id = held(server)
    client.cancel_legal_hold(LegalHoldId=hold_id, CancelDescription="over")
    with refused("InvalidResourceStateException") as refusal:
        client.cancel_legal_hold(LegalHoldId=hold_id, CancelDescription="over")
    assert isinstance(refusal.error, client.exceptions.InvalidResourceStateException)


def test_the_fifty_first_hold_is_one_too_many(client: Any) -> None:
    for _ in range(50):
        client.create_legal_hold(Title="case", Description="all of it")
    with refused("LimitExceededException"):
        client.create_legal_hold(Title="case", Description="all of it")


@pytest.mark.parametrize(
    "selection",
    [
        {"DateRange": {"FromDate": START, "ToDate": START - DAY}},
        {"DateRange": {"FromDate": START, "ToDate": START + DAY}},
        {"VaultNames": ["elsewhere"]},
        {"ResourceIdentifiers": ["Floppy"]},
    ],
    ids=str,
)
def test_a_selection_of_what_cannot_be_there_is_refused(client: Any, selection: Any) -> None:
    with refused("InvalidParameterValueException"):
        client.create_legal_hold(
            Title="case", Description="some of it", RecoveryPointSelection=selection
        )
    assert client.list_legal_holds()["LegalHolds"] == []
