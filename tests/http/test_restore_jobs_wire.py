"""Restore jobs on the wire: raw requests in, AWS's bodies out, through the whole service."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http import model, restore_jobs
from vaultclock.adapters.http.operation import Ask
from vaultclock.adapters.http.protocol import check_reply
from vaultclock.adapters.http.service import Response, Service
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import DAY, MINUTE, SECOND, from_iso
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.resources.commands import RegisterResource

START = from_iso("2026-01-01T00:00:00Z")
ACCOUNT = "123456789012"
HERE = Scope(ACCOUNT, "us-east-1")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders"
VOLUME = f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-1"
SIGNED = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/backup/aws4_request".encode()
COPY = {"targetTableName": "copy"}
ROWS = {row.name: row for row in restore_jobs.OPERATIONS}


class Client:
    """A service with a backup of a table and one of a volume, taken at the start."""

    def __init__(self) -> None:
        self.simulation = Simulation(MemoryLog(Origin(START, 0, 3)))
        self._service = Service(self.simulation)
        self.engine.handle(RegisterResource(VOLUME, tags={"team": "a"}), HERE)
        self.ask("PUT", "/backup-vaults/vault", {})
        for arn in (TABLE, VOLUME):
            backup = {"BackupVaultName": "vault", "ResourceArn": arn, "IamRoleArn": ROLE}
            self.ask("PUT", "/backup-jobs", backup)
        self.engine.advance(START + DAY)
        self.table, self.volume = (self._point_of(arn) for arn in (TABLE, VOLUME))

    @property
    def engine(self) -> Engine:
        return self.simulation.engine

    def _point_of(self, resource_arn: str) -> str:
        (point,) = self.engine.world(HERE).recovery_points.matching(resource_arn=resource_arn)
        return point.arn

    def handle(self, method: str, path: str, body: Any, query: str) -> Response:
        raw = b"" if body is None else json.dumps(body).encode()
        return self._service.handle(method, path, query, [(b"authorization", SIGNED)], raw)

    def ask(self, method: str, path: str, body: Any = None, query: str = "") -> Any:
        status, _, reply = self.handle(method, path, body, query)
        assert status == 200, reply
        return json.loads(reply) if reply else None

    def refused(self, method: str, path: str, body: Any = None, query: str = "") -> str:
        """Answer the name of a refusal and keep its message."""
        status, headers, reply = self.handle(method, path, body, query)
        name = dict(headers)[b"x-amzn-errortype"].decode().partition(":")[0]
        assert status == (403 if name == "AccessDeniedException" else 400)
        self.message = json.loads(reply)["Message"]
        return name

    def start(self, arn: str, metadata: dict[str, str], **members: Any) -> str:
        body = {"RecoveryPointArn": arn, "Metadata": metadata, "IamRoleArn": ROLE, **members}
        reply = self.ask("PUT", "/restore-jobs", body)
        assert list(reply) == ["RestoreJobId"]
        job_id: str = reply["RestoreJobId"]
        return job_id

    def later(self, by: int) -> None:
        self.engine.advance(self.engine.now + by)


@pytest.fixture
def client() -> Client:
    return Client()


def present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def described(client: Client, job_id: str) -> dict[str, Any]:
    return present(client.ask("GET", f"/restore-jobs/{job_id}"))


def path_of(arn: str) -> str:
    return quote(arn, safe="")


def test_a_restore_is_started_and_described_until_it_has_ended(client: Client) -> None:
    began_at = (START + DAY) / SECOND
    job_id = client.start(client.table, COPY)
    pending = {
        "AccountId": ACCOUNT,
        "RestoreJobId": job_id,
        "RecoveryPointArn": client.table,
        "SourceResourceArn": TABLE,
        "BackupVaultArn": f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:vault",
        "CreationDate": began_at,
        "Status": "PENDING",
        "PercentDone": "0.00%",
        "BackupSizeInBytes": 10 * 1024**3,
        "IamRoleArn": ROLE,
        "ResourceType": "DynamoDB",
        "RecoveryPointCreationDate": START / SECOND,
        "IsParent": False,
    }
    assert described(client, job_id) == pending
    client.later(SECOND)
    running = {**pending, "Status": "RUNNING", "ExpectedCompletionTimeMinutes": 1}
    assert described(client, job_id) == running
    client.later(3 * SECOND)
    completed = {
        **pending,
        "Status": "COMPLETED",
        "CompletionDate": began_at + 4,
        "CreatedResourceArn": TABLE.replace("orders", "copy"),
    }
    assert described(client, job_id) == completed
    (listed,) = client.ask("GET", "/restore-jobs/")["RestoreJobs"]
    assert present(listed) == completed


def test_a_restore_that_fails_says_why(client: Client) -> None:
    job_id = client.start(client.table, {"encryptionType": "Default"})
    client.later(MINUTE)
    failed = described(client, job_id)
    assert failed["Status"] == "FAILED"
    assert "targetTableName" in failed["StatusMessage"]
    assert "CreatedResourceArn" not in failed


def test_a_restore_without_metadata_is_missing_a_value(client: Client) -> None:
    body = {"RecoveryPointArn": client.table}
    assert client.refused("PUT", "/restore-jobs", body) == "MissingParameterValueException"
    assert (
        client.refused("PUT", "/restore-jobs", {"Metadata": {}}) == "MissingParameterValueException"
    )


def test_a_repeated_token_answers_the_job_and_is_refused_once_it_has_ended(client: Client) -> None:
    job_id = client.start(client.table, COPY, IdempotencyToken="t")
    assert client.start(client.table, COPY, IdempotencyToken="t") == job_id
    client.later(MINUTE)
    body = {"RecoveryPointArn": client.table, "Metadata": COPY, "IdempotencyToken": "t"}
    assert client.refused("PUT", "/restore-jobs", body) == "InvalidParameterValueException"
    assert client.message == f"Restore job {job_id} already finished"


def test_tags_are_copied_when_asked_for(client: Client) -> None:
    for asked, tags in ((False, {}), (True, {"team": "a"})):
        job_id = client.start(client.volume, {}, CopySourceTagsToRestoredResource=asked)
        client.later(MINUTE)
        made = described(client, job_id)["CreatedResourceArn"]
        assert client.engine.world(HERE).resources[made].tags == tags


def test_a_resource_type_is_read(client: Client) -> None:
    gateway = f"arn:aws:storagegateway:us-east-1:{ACCOUNT}:gateway/sgw-1"
    job_id = client.start(client.volume, {"gatewayArn": gateway}, ResourceType="Storage Gateway")
    assert described(client, job_id)["ResourceType"] == "Storage Gateway"
    body = {"RecoveryPointArn": client.volume, "Metadata": {}, "ResourceType": "EFS"}
    assert client.refused("PUT", "/restore-jobs", body) == "InvalidParameterValueException"


def test_jobs_are_listed_by_every_filter_and_by_pages(client: Client) -> None:
    first = client.start(client.table, COPY)
    client.later(MINUTE)
    second = client.start(client.volume, {})
    client.later(SECOND)

    def listed(query: str) -> list[str]:
        return [
            job["RestoreJobId"]
            for job in client.ask("GET", "/restore-jobs/", None, query)["RestoreJobs"]
        ]

    noon = "2026-01-02T00%3A00%3A30Z"
    expected = {
        "": [second, first],
        f"accountId={ACCOUNT}": [second, first],
        "accountId=999999999999": [],
        "resourceType=EBS": [second],
        "status=COMPLETED": [first],
        f"createdBefore={noon}": [first],
        f"createdAfter={noon}": [second],
        f"completeBefore={noon}": [first],
        f"completeAfter={noon}": [],
        "restoreTestingPlanArn=arn%3Aaws%3Abackup%3A1": [],
        f"parentJobId={first}": [],
    }
    assert {query: listed(query) for query in expected} == expected
    page = client.ask("GET", "/restore-jobs", None, "maxResults=1")
    rest = client.ask("GET", "/restore-jobs", None, f"nextToken={page['NextToken']}")
    assert [job["RestoreJobId"] for job in rest["RestoreJobs"]] == [first]
    assert rest["NextToken"] is None
    refused = client.refused("GET", "/restore-jobs/", None, "status=RESTING")
    assert refused == "InvalidParameterValueException"


def test_restores_of_one_resource_are_listed_by_their_points_creation(client: Client) -> None:
    job_id = client.start(client.table, COPY)
    path = f"/resources/{path_of(TABLE)}/restore-jobs/"
    start, after = "2026-01-01T00%3A00%3A00Z", "2026-01-01T00%3A00%3A01Z"
    for query, expected in (
        ("", [job_id]),
        ("status=PENDING", [job_id]),
        ("status=FAILED", []),
        (f"recoveryPointCreationDateAfter={start}", []),
        (f"recoveryPointCreationDateBefore={after}&maxResults=1", [job_id]),
    ):
        reply = client.ask("GET", path, None, query)
        assert [job["RestoreJobId"] for job in reply["RestoreJobs"]] == expected, query
    unknown = f"/resources/{path_of(TABLE + 'x')}/restore-jobs/"
    assert client.refused("GET", unknown) == "ResourceNotFoundException"


def test_the_metadata_of_a_point_and_of_a_job_are_told(client: Client) -> None:
    path = f"/backup-vaults/vault/recovery-points/{path_of(client.volume)}/restore-metadata"
    answer = {
        "BackupVaultArn": f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:vault",
        "RecoveryPointArn": client.volume,
        "RestoreMetadata": {"encrypted": "false", "volumeId": "vol-1"},
        "ResourceType": "EBS",
    }
    assert client.ask("GET", path) == answer
    assert client.ask("GET", path, None, f"backupVaultAccountId={ACCOUNT}") == answer
    foreign = client.refused("GET", path, None, "backupVaultAccountId=999999999999")
    assert foreign == "AccessDeniedException"

    job_id = client.start(client.table, COPY)
    reply = client.ask("GET", f"/restore-jobs/{job_id}/metadata")
    assert reply == {"RestoreJobId": job_id, "Metadata": COPY}


@pytest.mark.parametrize("path", ["/restore-jobs/NONE", "/restore-jobs/NONE/metadata"])
def test_a_missing_job_is_not_found(client: Client, path: str) -> None:
    assert client.refused("GET", path) == "ResourceNotFoundException"


def test_a_restored_resource_tells_of_its_latest_restore_for_good(client: Client) -> None:
    path = f"/resources/{path_of(TABLE)}"
    latest = (
        "LatestRestoreExecutionTimeMinutes",
        "LatestRestoreJobCreationDate",
        "LatestRestoreRecoveryPointCreationDate",
    )
    before = client.ask("GET", path)
    assert [before[name] for name in latest] == [None] * 3
    client.engine.handle(RegisterResource(TABLE, job_seconds=119), HERE)
    client.start(client.table, COPY)
    client.later(100 * DAY)
    assert client.ask("GET", "/restore-jobs/")["RestoreJobs"] == []
    after = client.ask("GET", path)
    assert [after[name] for name in latest] == [2, (START + DAY) / SECOND, START / SECOND]

    point = f"/backup-vaults/vault/recovery-points/{path_of(client.table)}"
    restored_at = (START + DAY) / SECOND + 120
    assert client.ask("GET", point)["LastRestoreTime"] == restored_at
    other = f"/backup-vaults/vault/recovery-points/{path_of(client.volume)}"
    assert client.ask("GET", other)["LastRestoreTime"] is None


def test_a_point_that_is_being_restored_is_busy(client: Client) -> None:
    client.start(client.volume, {})
    path = f"/backup-vaults/vault/recovery-points/{path_of(client.volume)}"
    assert client.refused("DELETE", path) == "InvalidResourceStateException"
    client.later(MINUTE)
    assert client.ask("DELETE", path) is None


def test_every_reply_fits_the_model(client: Client) -> None:
    job_id = client.start(client.table, COPY, IdempotencyToken="t")
    client.start(client.volume, {})
    for _ in range(3):
        client.later(2 * SECOND)
        for name, row in ROWS.items():
            if isinstance(row, Ask):
                wire = {
                    "RestoreJobId": job_id,
                    "ResourceArn": TABLE,
                    "BackupVaultName": "vault",
                    "RecoveryPointArn": client.table,
                }
                reply = row.answer(client.engine.world(HERE), client.engine.now, wire)
                assert check_reply(model.operations()[name], reply) == []
