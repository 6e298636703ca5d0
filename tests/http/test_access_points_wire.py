"""Access points on the wire: routes and their traps, statuses, members, pages and refusals."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.http.test_copy_jobs_wire import ACCOUNT, HOME, ROLE, START, Client, present
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http import model
from vaultclock.adapters.http.access_points import OPERATIONS
from vaultclock.adapters.http.operation import Ask
from vaultclock.adapters.http.protocol import check_reply
from vaultclock.domain.access_points.commands import ExpireAccessPoint, FailAccessPoint
from vaultclock.domain.access_points.decide import CREATION, DELETION
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import DAY, SECOND, to_iso
from vaultclock.domain.kernel.logs import MemoryLog

BUCKET = "arn:aws:s3:::bucket"
ARN = f"arn:aws:backup:us-east-1:{ACCOUNT}:accesspoint/reader"
CREATE = "/backup-access-point/create"
ROWS = {row.name: row for row in OPERATIONS}


def path_of(arn: str = ARN) -> str:
    return f"/backup-access-point/{quote(arn, safe='')}"


def delete_path(arn: str = ARN) -> str:
    return f"/backup-access-point/delete/{quote(arn, safe='')}"


@pytest.fixture
def client() -> Client:
    """A service with a vault, and a day-old snapshot of a bucket in it."""
    client = Client(Simulation(MemoryLog(Origin(START, 0, 3))))
    client.asked("PUT", "/backup-vaults/here", {})
    backup = {"BackupVaultName": "here", "ResourceArn": BUCKET, "IamRoleArn": ROLE}
    client.asked("PUT", "/backup-jobs", {**backup, "Lifecycle": {"DeleteAfterDays": 35}})
    client.later(START + DAY)
    return client


def point(client: Client) -> str:
    (listed,) = client.asked("GET", "/backup-vaults/here/recovery-points/")["RecoveryPoints"]
    arn: str = listed["RecoveryPointArn"]
    return arn


def create(client: Client, name: str = "reader", **members: Any) -> tuple[int, Any]:
    return client.send("PUT", CREATE, {"Name": name, "RecoveryPointArn": point(client), **members})


def listed(client: Client, **how: Any) -> list[str]:
    reply = client.asked("GET", "/backup-access-point", **how)
    return [row["Name"] for row in reply["BackupAccessPoints"]]


def test_creating_answers_201_and_the_rest_comes_later(client: Client) -> None:
    status, reply = create(client, AccessPointPolicy="{}", Tags={"a": "b"})
    assert (status, reply) == (201, {"AccessPointArn": ARN, "Status": "CREATING"})
    first = client.asked("GET", path_of())
    assert present(first) == {
        "AccessPointArn": ARN,
        "AccessPointMetadata": {},
        "BackupVaultArn": f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:here",
        "BackupVaultName": "here",
        "CreationTime": (START + DAY) / 1000,
        "Name": "reader",
        "RecoveryPointArn": point(client),
        "ResourceArn": BUCKET,
        "ResourceType": "S3",
        "Status": "CREATING",
    }
    assert first["StatusMessage"] is None
    client.later(START + DAY + CREATION)
    later = client.asked("GET", path_of())
    metadata = later["AccessPointMetadata"]
    assert {**first, "Status": "AVAILABLE", "AccessPointMetadata": metadata} == later
    assert metadata == {
        "S3AccessPointArn": f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/reader",
        "S3AccessPointAlias": metadata["S3AccessPointAlias"],
    }
    assert metadata["S3AccessPointAlias"].endswith("-ext-s3alias")
    assert client.asked("GET", f"/tags/{quote(ARN, safe='')}/")["Tags"] == {"a": "b"}


def test_a_continuous_point_tells_the_instant_it_is_read_at(client: Client) -> None:
    rule = {
        "RuleName": "pitr",
        "TargetBackupVaultName": "here",
        "EnableContinuousBackup": True,
        "Lifecycle": {"DeleteAfterDays": 7},
    }
    plan = {"BackupPlan": {"BackupPlanName": "plan", "Rules": [rule]}}
    plan_id = client.asked("PUT", "/backup/plans/", plan)["BackupPlanId"]
    chosen = {"SelectionName": "bucket", "IamRoleArn": ROLE, "Resources": [BUCKET]}
    client.asked("PUT", f"/backup/plans/{plan_id}/selections/", {"BackupSelection": chosen})
    client.later(START + 3 * DAY)
    points = client.asked("GET", "/backup-vaults/here/recovery-points/")["RecoveryPoints"]
    (arn,) = (row["RecoveryPointArn"] for row in points if row["Status"] == "AVAILABLE")
    read_at = to_iso(START + 2 * DAY)
    body = {"Name": "reader", "RecoveryPointArn": arn}
    status, reply = client.send("PUT", CREATE, body)
    assert (status, reply["Code"]) == (400, None)
    asked = {**body, "AccessPointMetadata": {"AccessPointInTime": read_at}}
    assert client.send("PUT", CREATE, asked)[0] == 201
    metadata = client.asked("GET", path_of())["AccessPointMetadata"]
    assert metadata == {"AccessPointInTime": read_at}


def test_deleting_answers_204_with_no_body_and_the_rest_comes_later(client: Client) -> None:
    create(client)
    assert client.send("DELETE", delete_path()) == (204, None)
    assert client.asked("GET", path_of())["Status"] == "DELETING"
    assert client.send("DELETE", delete_path()) == (204, None)
    client.later(START + DAY + DELETION)
    for method, path in (("GET", path_of()), ("DELETE", delete_path())):
        status, reply = client.send(method, path)
        assert status == 400
        assert "does not exist" in reply["Message"]
    status, reply = create(client)
    assert (status, "short while" in reply["Message"]) == (400, True)


def test_status_and_message_tell_what_went_wrong(client: Client) -> None:
    create(client, "fails")
    create(client, "ends")
    client.simulation.change(FailAccessPoint(ARN.replace("reader", "fails"), "S3 says no"), HOME)
    client.later(START + DAY + CREATION)
    client.simulation.change(ExpireAccessPoint(ARN.replace("reader", "ends")), HOME)
    rows = client.asked("GET", "/backup-access-point")["BackupAccessPoints"]
    assert [(row["Name"], row["Status"], row["StatusMessage"]) for row in rows] == [
        ("ends", "EXPIRED", None),
        ("fails", "FAILED", "S3 says no"),
    ]
    assert "S3AccessPointArn" in rows[0]["AccessPointMetadata"]


def test_lists_are_read_in_pages_by_capitalised_names(client: Client) -> None:
    for place in range(3):
        create(client, f"reader-{place}")
    for method, path in (
        ("GET", "/backup-access-point"),
        ("POST", f"/backup-access-point/recovery-point/{quote(point(client), safe='')}"),
        ("POST", f"/backup-access-point/resource/{quote(BUCKET, safe='')}"),
    ):
        first = client.asked(method, path, query="MaxResults=2")
        token = quote(first["NextToken"], safe="")
        rest = client.asked(method, path, query=f"MaxResults=2&NextToken={token}")
        names = [row["Name"] for page in (first, rest) for row in page["BackupAccessPoints"]]
        assert names == ["reader-0", "reader-1", "reader-2"]
        assert rest["NextToken"] is None
        uncapitalised = client.asked(method, path, query="maxResults=1")
        assert len(uncapitalised["BackupAccessPoints"]) == 3, "no such name: it is ignored"
        for query in ("MaxResults=0", "MaxResults=101", "NextToken=x"):
            assert client.send(method, path, query=query)[0] == 400


def test_lists_of_what_is_unknown_are_empty(client: Client) -> None:
    create(client)
    for kind, arn in (("recovery-point", point(client) + "x"), ("resource", BUCKET + "x")):
        path = f"/backup-access-point/{kind}/{quote(arn, safe='')}"
        assert client.asked("POST", path) == {"BackupAccessPoints": [], "NextToken": None}


@pytest.mark.parametrize("slash", ["", "/"])
def test_paths_are_served_with_and_without_their_last_slash(client: Client, slash: str) -> None:
    create(client)
    assert client.asked("GET", path_of() + slash)["Name"] == "reader"
    assert listed(client) == ["reader"]
    assert client.send("DELETE", delete_path() + slash)[0] == 204


def test_an_arn_whose_slash_is_not_escaped_is_another_path(client: Client) -> None:
    create(client)
    assert client.send("GET", f"/backup-access-point/{ARN}")[0] == 404
    status, _ = client.send("GET", f"/backup-access-point/{quote(ARN, safe='/')}")
    assert status == 404
    assert client.send("GET", "/backup-access-point/create")[0] == 400, "it is read as an ARN"


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"Name": None}, "Name"),
        ({"RecoveryPointArn": None}, "RecoveryPointArn"),
        ({"Name": "Reader"}, "Name"),
        ({"Name": "reader-s3alias"}, "Name"),
        ({"Name": "reader-ext-s3alias"}, "Name"),
        ({"RecoveryPointArn": "no-arn"}, "RecoveryPointArn"),
        ({"AccessPointMetadata": {"AccessPointInTime": ""}}, "AccessPointMetadata"),
        ({"AccessPointMetadata": {"AccessPointInTime": "2026-01-01T00:00:00Z"}}, "continuous"),
        ({"AccessPointPolicy": ""}, "AccessPointPolicy"),
        ({"AccessPointPolicy": "no JSON"}, "AccessPointPolicy"),
        ({"AccessPointPolicy": "x" * 200_001}, "AccessPointPolicy"),
        ({"Tags": {"": "x"}}, "Tags"),
        ({"Tags": {"k": "x" * 257}}, "Tags"),
        ({"Tags": {f"k{number}": "" for number in range(201)}}, "Tags"),
    ],
)
def test_what_breaks_a_rule_changes_nothing(
    client: Client, members: dict[str, Any], text: str
) -> None:
    before = client.simulation.engine.seq
    status, reply = create(client, **members)
    assert status == 400
    assert text in reply["Message"]
    assert client.simulation.engine.seq == before


def test_replies_have_the_types_of_the_model(client: Client) -> None:
    create(client)
    engine: Engine = client.simulation.engine
    engine.advance(engine.now + 20 * SECOND)
    requests = {
        "DescribeBackupAccessPoint": {"AccessPointArn": ARN},
        "ListBackupAccessPoints": {},
        "ListBackupAccessPointsByRecoveryPoint": {"RecoveryPointArn": point(client)},
        "ListBackupAccessPointsByResource": {"ResourceArn": BUCKET},
    }
    for name, wire in requests.items():
        row = ROWS[name]
        assert isinstance(row, Ask)
        reply = row.answer(engine.world(HOME), engine.now, wire)
        assert check_reply(model.operations()[name], reply) == []
