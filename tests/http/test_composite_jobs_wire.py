"""Composite jobs and points on the wire: parents, their children, and how they are told apart."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.http.test_copy_jobs_wire import ACCOUNT, DR, HOME, ROLE, START, THERE, Client
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http import backup_jobs, copy_jobs, model, recovery_points
from vaultclock.adapters.http.operation import Ask
from vaultclock.adapters.http.protocol import check_reply
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import MINUTE, SECOND
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.resources.commands import RegisterResource

STACK = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/shop/1"
VOLUME = f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-1"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/things"
BACKUP = {"BackupVaultName": "here", "ResourceArn": STACK, "IamRoleArn": ROLE}
POINTS = "/backup-vaults/here/recovery-points/"
ROWS = {
    row.name: row
    for row in (*backup_jobs.OPERATIONS, *recovery_points.OPERATIONS)
    if isinstance(row, Ask)
}


@pytest.fixture
def client() -> Client:
    """A service with an empty vault, and a stack of a volume and a table that fails."""
    client = Client(Simulation(MemoryLog(Origin(START, 0, 3, 0))))
    client.asked("PUT", "/backup-vaults/here", {})
    for resource in (
        RegisterResource(STACK, members=(VOLUME, TABLE)),
        RegisterResource(TABLE, fails_with="Table not found."),
    ):
        client.simulation.engine.handle(resource, HOME)
    return client


def described(client: Client, job_id: str) -> Any:
    return client.asked("GET", f"/backup-jobs/{job_id}")


def test_a_parent_job_tells_about_its_children_and_they_about_it(client: Client) -> None:
    reply = client.asked("PUT", "/backup-jobs", BACKUP)
    assert reply["IsParent"] is True
    job_id = reply["BackupJobId"]
    job = described(client, job_id)
    assert (job["NumberOfChildJobs"], job["ChildJobsInState"]) == (0, {})

    client.later(START + 2 * SECOND)
    job = described(client, job_id)
    assert (job["State"], job["PercentDone"], job["IsParent"]) == ("RUNNING", "0.0", True)
    assert (job["NumberOfChildJobs"], job["ChildJobsInState"]) == (3, {"RUNNING": 3})
    assert job["ExpectedCompletionDate"] is None
    assert job["RecoveryPointArn"] == reply["RecoveryPointArn"]

    client.later(START + MINUTE)
    job = described(client, job_id)
    assert (job["State"], job["PercentDone"]) == ("PARTIAL", "100.0")
    assert job["StatusMessage"] == (
        "Backup job completed partially: 1 of 3 nested resources were not backed up."
    )
    assert job["ChildJobsInState"] == {"COMPLETED": 2, "FAILED": 1}
    children = client.asked("GET", "/backup-jobs/", query=f"parentJobId={job_id}")["BackupJobs"]
    assert {(child["ResourceArn"], child["State"]) for child in children} == {
        (STACK, "COMPLETED"),
        (VOLUME, "COMPLETED"),
        (TABLE, "FAILED"),
    }
    assert {(child["ParentJobId"], child["IsParent"]) for child in children} == {(job_id, False)}
    assert described(client, children[0]["BackupJobId"])["NumberOfChildJobs"] is None
    partial = client.asked("GET", "/backup-jobs/", query="state=PARTIAL")["BackupJobs"]
    assert [row["BackupJobId"] for row in partial] == [job_id]
    assert len(client.asked("GET", "/backup-jobs/")["BackupJobs"]) == 4


def test_a_composite_point_groups_those_of_its_children(client: Client) -> None:
    arn = client.asked("PUT", "/backup-jobs", BACKUP)["RecoveryPointArn"]
    client.later(START + MINUTE)
    point = client.asked("GET", POINTS + quote(arn, safe=""))
    assert (point["Status"], point["IsParent"]) == ("PARTIAL", True)
    assert (point["ParentRecoveryPointArn"], point["CompositeMemberIdentifier"]) == (None, None)
    nested = client.asked("GET", POINTS, query=f"parentRecoveryPointArn={quote(arn, safe='')}")
    assert {
        (row["ResourceType"], row["CompositeMemberIdentifier"], row["IsParent"])
        for row in nested["RecoveryPoints"]
    } == {("CloudFormation", None, False), ("EBS", "vol-1", False)}
    of_volume = client.asked("GET", f"/resources/{quote(VOLUME, safe='')}/recovery-points/")
    assert [row["ParentRecoveryPointArn"] for row in of_volume["RecoveryPoints"]] == [arn]

    assert client.send("DELETE", POINTS + quote(arn, safe=""))[0] == 400
    for row in nested["RecoveryPoints"]:
        path = POINTS + quote(row["RecoveryPointArn"], safe="")
        assert client.send("DELETE", path) == (200, None)
    client.later(START + 2 * MINUTE)
    assert client.asked("GET", POINTS)["RecoveryPoints"] == []


def test_a_parent_copy_job_tells_about_its_children_and_they_about_it(client: Client) -> None:
    client.asked("PUT", "/backup-vaults/dr", {}, scope=THERE)
    arn = client.asked("PUT", "/backup-jobs", BACKUP)["RecoveryPointArn"]
    client.later(START + MINUTE)
    body = {
        "RecoveryPointArn": arn,
        "SourceBackupVaultName": "here",
        "DestinationBackupVaultArn": DR,
        "IamRoleArn": ROLE,
    }
    reply = client.asked("PUT", "/copy-jobs", body)
    assert reply["IsParent"] is True
    client.later(START + 2 * MINUTE)
    job = client.asked("GET", f"/copy-jobs/{reply['CopyJobId']}")["CopyJob"]
    assert (job["State"], job["IsParent"], job["NumberOfChildJobs"]) == ("COMPLETED", True, 2)
    assert job["ChildJobsInState"] == {"COMPLETED": 2}
    children = client.asked("GET", "/copy-jobs/", query=f"parentJobId={reply['CopyJobId']}")
    assert {
        (child["CompositeMemberIdentifier"], child["IsParent"], child["ParentJobId"])
        for child in children["CopyJobs"]
    } == {(None, False, reply["CopyJobId"]), ("vol-1", False, reply["CopyJobId"])}
    copied = "/backup-vaults/dr/recovery-points/" + quote(
        job["DestinationRecoveryPointArn"], safe=""
    )
    point = client.asked("GET", copied, scope=THERE)
    assert (point["Status"], point["IsParent"]) == ("PARTIAL", True), "as its source is"
    row = {"CopyJobId": reply["CopyJobId"]}
    engine = client.simulation.engine
    for ask in copy_jobs.OPERATIONS:
        if isinstance(ask, Ask):
            answered = ask.answer(engine.world(HOME), engine.now, row)
            assert check_reply(model.operations()[ask.name], answered) == []


@pytest.mark.parametrize("name", ROWS)
def test_replies_about_composites_are_of_the_models_shape(client: Client, name: str) -> None:
    reply = client.asked("PUT", "/backup-jobs", BACKUP)
    client.later(START + MINUTE)
    wire = {
        "BackupJobId": reply["BackupJobId"],
        "BackupVaultName": "here",
        "RecoveryPointArn": reply["RecoveryPointArn"],
        "ResourceArn": STACK,
    }
    engine = client.simulation.engine
    answered = ROWS[name].answer(engine.world(HOME), engine.now, wire)
    assert check_reply(model.operations()[name], answered) == []
