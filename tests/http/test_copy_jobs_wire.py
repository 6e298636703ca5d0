"""Copy jobs on the wire: what requests ask, where they act and what is replied."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http import copy_jobs, model
from vaultclock.adapters.http.operation import Ask
from vaultclock.adapters.http.protocol import check_reply
from vaultclock.adapters.http.service import Service
from vaultclock.domain.copy_jobs.events import CopyJobCreated
from vaultclock.domain.kernel.facts import Batch, Scope
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import DAY, MINUTE, SECOND, from_iso
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.values import CreatedBy

START = from_iso("2026-01-01T00:00:00Z")
ACCOUNT = "123456789012"
HOME = Scope(ACCOUNT, "us-east-1")
THERE = Scope(ACCOUNT, "eu-west-1")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup"
FILES = f"arn:aws:elasticfilesystem:us-east-1:{ACCOUNT}:file-system/fs-1"
DR = f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:dr"
ROWS = {row.name: row for row in copy_jobs.OPERATIONS}


class Client:
    """Speaks to a service as an account in a Region."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self._service = Service(simulation)

    def send(
        self, method: str, path: str, body: Any = None, query: str = "", scope: Scope = HOME
    ) -> tuple[int, Any]:
        credential = f"{scope.account}/20260101/{scope.region}/backup/aws4_request"
        signed = f"AWS4-HMAC-SHA256 Credential={credential}, Signature=x"
        raw = b"" if body is None else json.dumps(body).encode()
        status, _, reply = self._service.handle(
            method, path, query, [(b"authorization", signed.encode())], raw
        )
        return status, json.loads(reply) if reply else None

    def asked(self, method: str, path: str, body: Any = None, **where: Any) -> Any:
        status, reply = self.send(method, path, body, **where)
        assert status == 200, reply
        return reply

    def later(self, instant: int) -> None:
        self.simulation.engine.advance(instant)


@pytest.fixture
def client() -> Client:
    """A service with a vault in each of two Regions and a day-old backup in the first."""
    client = Client(Simulation(MemoryLog(Origin(START, 0, 3))))
    client.asked("PUT", "/backup-vaults/here", {})
    client.asked("PUT", "/backup-vaults/dr", {}, scope=THERE)
    backup = {"BackupVaultName": "here", "ResourceArn": FILES, "IamRoleArn": ROLE}
    tags = {"RecoveryPointTags": {"a": "b"}, "Lifecycle": {"DeleteAfterDays": 35}}
    client.asked("PUT", "/backup-jobs", {**backup, **tags})
    client.later(START + DAY)
    return client


def point(client: Client) -> str:
    (listed,) = client.asked("GET", "/backup-vaults/here/recovery-points/")["RecoveryPoints"]
    arn: str = listed["RecoveryPointArn"]
    return arn


def start(client: Client, **members: Any) -> Any:
    body = {
        "RecoveryPointArn": point(client),
        "SourceBackupVaultName": "here",
        "DestinationBackupVaultArn": DR,
        "IamRoleArn": ROLE,
        **members,
    }
    return client.asked("PUT", "/copy-jobs", body)


def present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def test_a_copy_is_started_described_and_found_at_its_destination(client: Client) -> None:
    reply = start(client, IdempotencyToken="t")
    job_id = reply["CopyJobId"]
    assert reply == {"CopyJobId": job_id, "CreationDate": (START + DAY) / 1000, "IsParent": False}
    assert start(client, IdempotencyToken="t") == reply, "a repeated token"
    asked_for = {
        "AccountId": ACCOUNT,
        "CopyJobId": job_id,
        "SourceBackupVaultArn": f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:here",
        "SourceRecoveryPointArn": point(client),
        "DestinationBackupVaultArn": DR,
        "DestinationVaultType": "BACKUP_VAULT",
        "DestinationVaultLockState": "UNLOCKED",
        "DestinationRecoveryPointLifecycle": {
            "DeleteAfterDays": 35,
            "MoveToColdStorageAfterDays": None,
            "OptInToArchiveForSupportedResources": None,
            "DeleteAfterEvent": None,
        },
        "ResourceArn": FILES,
        "CreationDate": (START + DAY) / 1000,
        "State": "CREATED",
        "IamRoleArn": ROLE,
        "ResourceType": "EFS",
        "IsParent": False,
    }
    described = client.asked("GET", f"/copy-jobs/{job_id}")
    assert present(described["CopyJob"]) == asked_for

    client.later(START + DAY + 4 * SECOND)
    (listed,) = client.asked("GET", "/copy-jobs/")["CopyJobs"]
    arn = listed["DestinationRecoveryPointArn"]
    assert present(listed) == {
        **asked_for,
        "State": "COMPLETED",
        "MessageCategory": "SUCCESS",
        "BackupSizeInBytes": 10 * 1024**3,
        "CompletionDate": (START + DAY + 4 * SECOND) / 1000,
        "DestinationRecoveryPointArn": arn,
        "DestinationEncryptionKeyArn": listed["DestinationEncryptionKeyArn"],
    }
    assert listed == client.asked("GET", f"/copy-jobs/{job_id}")["CopyJob"]

    path = f"/backup-vaults/dr/recovery-points/{quote(arn, safe='')}"
    copy = client.asked("GET", path, scope=THERE)
    assert copy["SourceBackupVaultArn"] == asked_for["SourceBackupVaultArn"]
    assert copy["CreationDate"] == START / 1000, "its source's"
    assert copy["CalculatedLifecycle"]["DeleteAt"] == (START + 35 * DAY) / 1000
    assert copy["EncryptionKeyArn"] == listed["DestinationEncryptionKeyArn"]
    tags = client.asked("GET", f"/tags/{quote(arn, safe='')}/", scope=THERE)
    assert tags["Tags"] == {"a": "b"}
    assert client.asked("GET", "/copy-jobs/", scope=THERE)["CopyJobs"] == []


def test_a_point_is_not_deleted_from_under_its_copy(client: Client) -> None:
    start(client)
    client.later(START + DAY + 2 * SECOND)
    path = f"/backup-vaults/here/recovery-points/{quote(point(client), safe='')}"
    status, reply = client.send("DELETE", path)
    assert (status, reply["Message"]) == (400, "The recovery point is being copied")


def test_a_failed_copy_says_why(client: Client) -> None:
    elsewhere = "arn:aws:backup:us-east-1:999999999999:backup-vault:bunker"
    job_id = start(client, DestinationBackupVaultArn=elsewhere)["CopyJobId"]
    client.later(START + DAY + MINUTE)
    job = client.asked("GET", f"/copy-jobs/{job_id}")["CopyJob"]
    assert (job["State"], job["MessageCategory"]) == ("FAILED", "FEATURE_NOT_ENABLED")
    assert job["StatusMessage"] == (
        "Copy job failed. Cross-account copy feature is not enabled for the current organization."
    )
    switched = {"GlobalSettings": {"isCrossAccountBackupEnabled": "true"}}
    client.asked("PUT", "/global-settings", switched)
    job_id = start(client, DestinationBackupVaultArn=elsewhere)["CopyJobId"]
    client.later(START + DAY + 2 * MINUTE)
    job = client.asked("GET", f"/copy-jobs/{job_id}")["CopyJob"]
    assert job["StatusMessage"] == "Access Denied trying to call AWS Backup service"
    assert job["DestinationRecoveryPointArn"] is None


def test_jobs_are_listed_by_pages_and_filters(client: Client) -> None:
    first = start(client)["CopyJobId"]
    client.later(START + DAY + MINUTE)
    second = start(client, Lifecycle={"DeleteAfterDays": 100})["CopyJobId"]
    page = client.asked("GET", "/copy-jobs/", query="maxResults=1")
    assert [job["CopyJobId"] for job in page["CopyJobs"]] == [second]
    rest = client.asked("GET", "/copy-jobs/", query=f"nextToken={quote(page['NextToken'])}")
    assert [job["CopyJobId"] for job in rest["CopyJobs"]] == [first]
    assert rest["NextToken"] is None
    for query, found in {
        "state=COMPLETED": [first],
        "state=CREATED": [second],
        f"resourceArn={quote(FILES, safe='')}": [second, first],
        f"sourceRecoveryPointArn={quote(point(client), safe='')}": [second, first],
        f"destinationVaultArn={quote(DR, safe='')}&messageCategory=SUCCESS": [first],
        "resourceType=EBS": [],
        "createdAfter=2026-01-02T00%3A00%3A00Z": [second],
        "createdBefore=2026-01-02T00%3A00%3A01Z": [first],
        "completeAfter=2026-01-02T00%3A00%3A00Z": [first],
        "completeBefore=2026-01-02T00%3A00%3A00Z": [],
        "accountId=999999999999": [],
        "parentJobId=x": [],
    }.items():
        listed = client.asked("GET", "/copy-jobs/", query=query)["CopyJobs"]
        assert [job["CopyJobId"] for job in listed] == found, query


def test_a_job_that_does_not_exist_is_not_found(client: Client) -> None:
    status, reply = client.send("GET", "/copy-jobs/x")
    assert (status, reply["Message"]) == (400, "Copy job x does not exist")


def test_a_copy_of_a_plan_tells_its_plan_and_its_backup(client: Client) -> None:
    by = CreatedBy("p", "arn:p", "plan", "v1", "r", "daily", "cron(0 5 ? * * *)", "Etc/UTC")
    asked = CopyJobCreated(
        job_id="J",
        source_vault_name="here",
        source_point_arn=point(client),
        destination_vault_arn=DR,
        resource_arn=FILES,
        resource_type="EFS",
        iam_role_arn=ROLE,
        start_at=START + DAY,
        created_by=by,
        backup_job_id="B",
    )
    engine = client.simulation.engine
    batch = Batch(engine.seq, engine.now, HOME, None, (asked,))
    engine.log.append(batch)
    engine.apply(batch)
    job = client.asked("GET", "/copy-jobs/J")["CopyJob"]
    assert job["CreatedByBackupJobId"] == "B"
    assert job["CreatedBy"]["BackupRuleName"] == "daily"


@pytest.mark.parametrize("name", ["StartCopyJob", "DescribeCopyJob", "ListCopyJobs"])
def test_replies_are_of_the_models_shape(client: Client, name: str) -> None:
    job_id = start(client)["CopyJobId"]
    client.later(START + DAY + MINUTE)
    engine, row = client.simulation.engine, ROWS[name]
    wire = {
        "CopyJobId": job_id,
        "RecoveryPointArn": point(client),
        "SourceBackupVaultName": "here",
        "DestinationBackupVaultArn": DR,
        "IamRoleArn": ROLE,
    }
    if isinstance(row, Ask):
        reply = row.answer(engine.world(HOME), engine.now, wire)
    else:
        command = row.read(wire)
        facts = engine.handle(command, HOME)
        reply = row.reply(engine.world(HOME), command, facts)
    assert check_reply(model.operations()[name], reply) == []
