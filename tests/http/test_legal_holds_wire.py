"""Legal holds on the wire: what requests ask, what is replied, and what is refused."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.http.test_copy_jobs_wire import ACCOUNT, FILES, HOME, ROLE, START, Client
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http import legal_holds, model
from vaultclock.adapters.http.operation import Ask
from vaultclock.adapters.http.protocol import check_reply
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import DAY, SECOND
from vaultclock.domain.kernel.logs import MemoryLog

BUCKET = "arn:aws:s3:::bucket"
ROWS = {row.name: row for row in legal_holds.OPERATIONS}
CASE = {"Title": "case 7", "Description": "all of it"}
HELD = "The recovery point cannot be deleted because it has active legal hold(s)"


@pytest.fixture
def client() -> Client:
    """A service without deletion lag, with a vault that has a day-old backup."""
    client = Client(Simulation(MemoryLog(Origin(START, 0, 3, 0))))
    client.asked("PUT", "/backup-vaults/here", {})
    back_up(client, FILES)
    client.later(START + DAY)
    return client


def back_up(client: Client, resource: str) -> None:
    backup = {"BackupVaultName": "here", "ResourceArn": resource, "IamRoleArn": ROLE}
    client.asked("PUT", "/backup-jobs", {**backup, "Lifecycle": {"DeleteAfterDays": 7}})


def points(client: Client) -> list[str]:
    listed = client.asked("GET", "/backup-vaults/here/recovery-points/")["RecoveryPoints"]
    return [point["RecoveryPointArn"] for point in listed]


def hold(client: Client, **members: Any) -> Any:
    return client.asked("POST", "/legal-holds/", {**CASE, **members})


def test_a_hold_is_answered_as_it_was_asked_for(client: Client) -> None:
    selection = {
        "VaultNames": ["here"],
        "ResourceIdentifiers": ["Storage Gateway", FILES],
        "DateRange": {"FromDate": START / 1000, "ToDate": START / 1000 + 0.5},
    }
    reply = hold(client, RecoveryPointSelection=selection, IdempotencyToken="t", Tags={"a": "b"})
    arn = f"arn:aws:backup:us-east-1:{ACCOUNT}:legal-hold:{reply['LegalHoldId']}"
    expected = {
        **CASE,
        "Status": "CREATING",
        "LegalHoldId": reply["LegalHoldId"],
        "LegalHoldArn": arn,
        "CreationDate": (START + DAY) / 1000,
        "RecoveryPointSelection": selection,
    }
    assert reply == expected
    assert client.asked("GET", f"/tags/{quote(arn, safe='')}/")["Tags"] == {"a": "b"}
    client.later(START + DAY + SECOND)
    assert hold(client, IdempotencyToken="t", Title="other") == {**expected, "Status": "ACTIVE"}


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ({}, None),
        (
            {"RecoveryPointSelection": {}},
            {"VaultNames": None, "ResourceIdentifiers": None, "DateRange": None},
        ),
        (
            {"RecoveryPointSelection": {"VaultNames": []}},
            {"VaultNames": [], "ResourceIdentifiers": None, "DateRange": None},
        ),
    ],
    ids=str,
)
def test_a_selection_of_nothing_is_one_of_everything(
    client: Client, asked: Any, answered: Any
) -> None:
    reply = hold(client, **asked)
    assert reply["RecoveryPointSelection"] == answered
    client.later(START + 2 * DAY)
    held = client.asked("GET", f"/legal-holds/{reply['LegalHoldId']}/recovery-points")
    (arn,) = points(client)
    assert held == {
        "RecoveryPoints": [
            {
                "RecoveryPointArn": arn,
                "ResourceArn": FILES,
                "ResourceType": "EFS",
                "BackupVaultName": "here",
            }
        ],
        "NextToken": None,
    }


def test_the_life_of_a_hold_is_seen(client: Client) -> None:
    hold_id = hold(client)["LegalHoldId"]
    client.later(START + 2 * DAY)
    got = client.asked("GET", f"/legal-holds/{hold_id}/")
    assert got["Status"] == "ACTIVE"
    for member in ("CancelDescription", "CancellationDate", "RetainRecordUntil"):
        assert got[member] is None
    (arn,) = points(client)
    path = f"/backup-vaults/here/recovery-points/{quote(arn, safe='')}"
    status, reply = client.send("DELETE", path)
    assert (status, reply["Message"]) == (400, HELD)

    client.later(START + 30 * DAY)
    query = "cancelDescription=it%20is%20over&retainRecordInDays=3"
    assert client.send("DELETE", f"/legal-holds/{hold_id}", query=query) == (201, None)
    got = client.asked("GET", f"/legal-holds/{hold_id}/")
    assert (got["Status"], got["CancelDescription"]) == ("CANCELING", "it is over")
    assert got["CancellationDate"] == (START + 30 * DAY) / 1000
    assert got["RetainRecordUntil"] == (START + 33 * DAY) / 1000
    assert points(client) == [arn]

    client.later(START + 30 * DAY + SECOND)
    (row,) = client.asked("GET", "/legal-holds/")["LegalHolds"]
    assert row == {
        **CASE,
        "Status": "CANCELED",
        "LegalHoldId": hold_id,
        "LegalHoldArn": got["LegalHoldArn"],
        "CreationDate": got["CreationDate"],
        "CancellationDate": got["CancellationDate"],
    }
    assert points(client) == []
    client.later(START + 33 * DAY)
    assert client.asked("GET", "/legal-holds/")["LegalHolds"] == []
    status, reply = client.send("GET", f"/legal-holds/{hold_id}/")
    assert (status, hold_id in reply["Message"]) == (400, True)


def test_lists_are_paged(client: Client) -> None:
    back_up(client, BUCKET)
    client.later(START + 2 * DAY)
    ids = [hold(client)["LegalHoldId"] for _ in range(3)]
    client.later(START + 3 * DAY)
    page = client.asked("GET", "/legal-holds/", query="maxResults=2")
    rest = client.asked("GET", "/legal-holds/", query=f"nextToken={page['NextToken']}")
    listed = [*page["LegalHolds"], *rest["LegalHolds"]]
    assert sorted(row["LegalHoldId"] for row in listed) == sorted(ids)
    assert rest["NextToken"] is None

    path = f"/legal-holds/{ids[0]}/recovery-points"
    first = client.asked("GET", path, query="maxResults=1")
    second = client.asked("GET", path, query=f"maxResults=1&nextToken={first['NextToken']}")
    assert [row["ResourceType"] for row in first["RecoveryPoints"]] == ["S3"]
    assert [row["ResourceType"] for row in second["RecoveryPoints"]] == ["EFS"]
    assert second["NextToken"] is None
    status, _ = client.send("GET", "/legal-holds/", query=f"nextToken={first['NextToken']}")
    assert status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"Title": "case 7"},
        {"Description": "all of it"},
        {**CASE, "Description": "x" * 281},
        {**CASE, "RecoveryPointSelection": {"DateRange": {"FromDate": 1}}},
        {**CASE, "RecoveryPointSelection": {"DateRange": {"FromDate": 2, "ToDate": 1}}},
        {**CASE, "RecoveryPointSelection": {"DateRange": {"FromDate": 1, "ToDate": 4e9}}},
        {**CASE, "RecoveryPointSelection": {"VaultNames": ["nowhere"]}},
        {**CASE, "RecoveryPointSelection": {"ResourceIdentifiers": ["arn:aws:sqs:::q"]}},
        {**CASE, "Tags": {"a": "b@c"}},
    ],
    ids=str,
)
def test_bad_input_is_refused_and_changes_nothing(client: Client, body: Any) -> None:
    seq = client.simulation.engine.seq
    status, reply = client.send("POST", "/legal-holds/", body)
    assert (status, bool(reply["Message"])) == (400, True)
    assert client.simulation.engine.seq == seq


def test_a_cancellation_needs_a_reason(client: Client) -> None:
    hold_id = hold(client)["LegalHoldId"]
    client.later(START + 2 * DAY)
    for query in ("", "cancelDescription=", "cancelDescription=x&retainRecordInDays=-1"):
        status, reply = client.send("DELETE", f"/legal-holds/{hold_id}", query=query)
        assert (status, bool(reply["Message"])) == (400, True)
    assert client.asked("GET", f"/legal-holds/{hold_id}/")["Status"] == "ACTIVE"


@pytest.mark.parametrize("name", ROWS)
def test_replies_are_of_the_models_shape(client: Client, name: str) -> None:
    hold_id = hold(client, RecoveryPointSelection={"VaultNames": ["here"]})["LegalHoldId"]
    client.later(START + 2 * DAY)
    engine, row = client.simulation.engine, ROWS[name]
    wire = {**CASE, "LegalHoldId": hold_id, "CancelDescription": "over"}
    if isinstance(row, Ask):
        reply = row.answer(engine.world(HOME), engine.now, wire)
    else:
        command = row.read(wire)
        facts = engine.handle(command, HOME)
        reply = row.reply(engine.world(HOME), command, facts)
    assert check_reply(model.operations()[name], reply) == []
