"""Vaults on the wire: every member of locks and air-gapped vaults, absent ones as null."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.http.desk import START, VOLUME, Desk
from vaultclock.domain.kernel.instants import DAY, MINUTE, SECOND

ARN = "arn:aws:backup:us-east-1:000000000000:backup-vault"
ROLE = "arn:aws:iam::000000000000:role/backup"
FILES = "arn:aws:elasticfilesystem:us-east-1:000000000000:file-system/fs-1"
KEY = "arn:aws:kms:us-east-1:000000000000:key/k"
AIR_GAPPED = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"


def lock(desk: Desk, name: str, **members: int) -> int:
    return desk.ask("PUT", f"/backup-vaults/{name}/vault-lock", members).status


def described(desk: Desk, name: str) -> Any:
    answer = desk.ask("GET", f"/backup-vaults/{name}")
    assert answer.status == 200
    (row,) = [row for row in listed(desk) if row["BackupVaultName"] == name]
    assert {key: answer.json[key] for key in row} == row, "a list's row is part of Describe"
    return answer.json


def listed(desk: Desk, query: str = "") -> list[Any]:
    rows: list[Any] = desk.ask("GET", f"/backup-vaults/?{query}").json["BackupVaultList"]
    return rows


def locked(desk: Desk, name: str) -> tuple[Any, ...]:
    row = described(desk, name)
    members = ("Locked", "MinRetentionDays", "MaxRetentionDays", "LockDate")
    return tuple(row[member] for member in members)


def test_a_lock_is_described_and_removed() -> None:
    desk = Desk()
    desk.vault("vault")
    assert locked(desk, "vault") == (False, None, None, None)
    assert lock(desk, "vault", MinRetentionDays=7) == 200
    assert locked(desk, "vault") == (True, 7, None, None)
    assert lock(desk, "vault", MaxRetentionDays=9, ChangeableForDays=3) == 200
    assert locked(desk, "vault") == (True, None, 9, (START + 3 * DAY) / SECOND)
    answer = desk.ask("DELETE", "/backup-vaults/vault/vault-lock")
    assert (answer.status, answer.body) == (200, b"")
    assert locked(desk, "vault") == (False, None, None, None)


def test_an_empty_request_is_a_lock_without_bounds() -> None:
    desk = Desk()
    desk.vault("vault")
    answer = desk.ask("PUT", "/backup-vaults/vault/vault-lock", {})
    assert (answer.status, answer.body) == (200, b"")
    assert locked(desk, "vault") == (True, None, None, None)


def test_a_sealed_lock_is_refused_as_aws_does() -> None:
    desk = Desk()
    desk.vault("vault")
    lock(desk, "vault", ChangeableForDays=3)
    desk.advance(by="3d")
    before = desk.state
    for method in ("PUT", "DELETE"):
        answer = desk.ask(method, "/backup-vaults/vault/vault-lock", {})
        assert answer.status == 400
        assert answer.headers["x-amzn-errortype"].startswith("InvalidRequestException:")
    assert desk.state == before


@pytest.mark.parametrize(
    "members",
    [
        {"ChangeableForDays": 2},
        {"ChangeableForDays": -1},
        {"MinRetentionDays": 0},
        {"MaxRetentionDays": 36_501},
        {"MinRetentionDays": 2, "MaxRetentionDays": 1},
    ],
    ids=str,
)
def test_numbers_out_of_range_are_invalid_and_change_nothing(members: dict[str, int]) -> None:
    desk = Desk()
    desk.vault("vault")
    before = desk.state
    answer = desk.ask("PUT", "/backup-vaults/vault/vault-lock", members)
    assert answer.status == 400
    assert answer.headers["x-amzn-errortype"].startswith("InvalidParameterValueException:")
    assert desk.state == before


def air_gapped(desk: Desk, name: str = "lag", **members: Any) -> Any:
    body = {"MinRetentionDays": 7, "MaxRetentionDays": 30, **members}
    return desk.ask("PUT", f"/logically-air-gapped-backup-vaults/{name}", body)


def test_an_air_gapped_vault_is_created_and_described() -> None:
    desk = Desk()
    answer = air_gapped(desk, CreatorRequestId="once", BackupVaultTags={"a": "b"})
    at = START / SECOND
    created = {"BackupVaultName": "lag", "BackupVaultArn": f"{ARN}:lag", "CreationDate": at}
    assert answer.json == {**created, "VaultState": "CREATING"}
    whole = {
        **created,
        "VaultType": AIR_GAPPED,
        "VaultState": "CREATING",
        "EncryptionKeyArn": None,
        "CreatorRequestId": "once",
        "NumberOfRecoveryPoints": 0,
        "Locked": True,
        "MinRetentionDays": 7,
        "MaxRetentionDays": 30,
        "LockDate": at,
        "SourceBackupVaultArn": None,
        "MpaApprovalTeamArn": None,
        "MpaSessionArn": None,
        "LatestMpaApprovalTeamUpdate": None,
        "EncryptionKeyType": "AWS_OWNED_KMS_KEY",
    }
    assert described(desk, "lag") == whole
    desk.advance(by="2m")
    later = described(desk, "lag")
    assert later["EncryptionKeyArn"].startswith("arn:aws:kms:us-east-1:")
    unchanged = {"VaultState": "CREATING", "EncryptionKeyArn": None}
    assert later["VaultState"] == "AVAILABLE"
    assert {**later, **unchanged} == whole
    assert air_gapped(desk, CreatorRequestId="once").json["VaultState"] == "AVAILABLE"


def test_a_key_that_refuses_its_grant_fails_the_vault_later() -> None:
    desk = Desk()
    keys = [{"arn": KEY, "fails_with": "kms:CreateGrant is denied"}]
    assert desk.ask("PUT", "/_vaultclock/keys", keys).json == {"registered": 1}
    assert air_gapped(desk, EncryptionKeyArn=KEY).status == 200
    assert described(desk, "lag")["VaultState"] == "CREATING"
    desk.advance(by="2m")
    row = described(desk, "lag")
    assert (row["VaultState"], row["EncryptionKeyArn"]) == ("FAILED", KEY)
    assert row["EncryptionKeyType"] == "CUSTOMER_MANAGED_KMS_KEY"


@pytest.mark.parametrize("member", ["MinRetentionDays", "MaxRetentionDays"])
def test_both_retentions_of_an_air_gapped_vault_are_required(member: str) -> None:
    members: dict[str, Any] = {member: None}
    answer = air_gapped(Desk(), **members)
    assert answer.status == 400
    assert answer.headers["x-amzn-errortype"].startswith("MissingParameterValueException:")


@pytest.mark.parametrize("name", ["v", "a.b", quote("a b"), quote("aws/lag", safe="")])
def test_a_new_air_gapped_vault_has_a_vaults_name(name: str) -> None:
    answer = air_gapped(Desk(), name)
    assert answer.headers["x-amzn-errortype"].startswith("InvalidParameterValueException:")


def test_standard_vaults_tell_neither_state_nor_type_of_key() -> None:
    desk = Desk()
    desk.vault("vault")
    row = described(desk, "vault")
    assert row["VaultType"] == "BACKUP_VAULT"
    assert (row["VaultState"], row["EncryptionKeyType"]) == (None, None)


def test_vaults_are_listed_by_type() -> None:
    desk = Desk()
    desk.vault("vault")
    air_gapped(desk)

    def names(query: str) -> list[str]:
        return [row["BackupVaultName"] for row in listed(desk, query)]

    assert names("") == ["lag", "vault"]
    assert names(f"vaultType={AIR_GAPPED}") == ["lag"]
    assert names("vaultType=BACKUP_VAULT&shared=false") == ["vault"]
    assert names("shared=true") == []


def jobs_and_points(desk: Desk) -> tuple[list[Any], list[Any]]:
    jobs = desk.ask("GET", "/backup-jobs/").json["BackupJobs"]
    copies = desk.ask("GET", "/copy-jobs/").json["CopyJobs"]
    return jobs, copies


def test_jobs_and_points_tell_the_kind_and_lock_of_their_vaults() -> None:
    desk = Desk()
    desk.vault("vault")
    air_gapped(desk)
    desk.advance(by="2m")
    lock(desk, "vault")
    role = {"IamRoleArn": ROLE, "LogicallyAirGappedBackupVaultArn": f"{ARN}:lag"}
    for resource in (FILES, VOLUME):
        body = {"BackupVaultName": "vault", "ResourceArn": resource, **role}
        answer = desk.ask("PUT", "/backup-jobs", {**body, "Lifecycle": {"DeleteAfterDays": 7}})
        assert answer.status == 200, answer
    desk.advance(to="2026-01-01T00:10:00Z")
    jobs, (copy,) = jobs_and_points(desk)
    seen = {job["ResourceType"]: job for job in jobs}
    assert {job["State"] for job in jobs} == {"COMPLETED"}
    kinds = {name: (job["VaultType"], job["VaultLockState"]) for name, job in seen.items()}
    assert kinds == {"EFS": (AIR_GAPPED, "LOCKED"), "EBS": ("BACKUP_VAULT", "LOCKED")}
    assert seen["EFS"]["BackupVaultArn"] == f"{ARN}:lag"
    assert (copy["DestinationVaultType"], copy["DestinationVaultLockState"]) == (
        AIR_GAPPED,
        "LOCKED",
    )
    assert copy["CreatedByBackupJobId"] == seen["EBS"]["BackupJobId"]
    points = desk.ask("GET", "/backup-vaults/lag/recovery-points/").json["RecoveryPoints"]
    assert len(points) == 2
    for point in points:
        path = quote(point["RecoveryPointArn"], safe="")
        whole = desk.ask("GET", f"/backup-vaults/lag/recovery-points/{path}").json
        resource = quote(point["ResourceArn"], safe="")
        (row,) = desk.ask("GET", f"/resources/{resource}/recovery-points/").json["RecoveryPoints"]
        for view in (point, whole, row):
            assert view["VaultType"] == AIR_GAPPED
            assert view["EncryptionKeyType"] == "AWS_OWNED_KMS_KEY"
            assert view["EncryptionKeyArn"] == described(desk, "lag")["EncryptionKeyArn"]
    assert described(desk, "lag")["NumberOfRecoveryPoints"] == 2


def test_a_job_of_a_vault_that_is_gone_tells_neither() -> None:
    desk = Desk()
    desk.vault("vault")
    desk.job("vault")
    assert desk.ask("DELETE", "/backup-vaults/vault").status == 200
    desk.advance(by="1m")
    (job,), _ = jobs_and_points(desk)
    assert (job["State"], job["VaultType"], job["VaultLockState"]) == ("FAILED", None, None)


def test_a_copy_to_nowhere_tells_neither() -> None:
    desk = Desk()
    desk.vault("vault")
    desk.job("vault")
    desk.advance(by="1m")
    (point,) = desk.ask("GET", "/backup-vaults/vault/recovery-points/").json["RecoveryPoints"]
    body = {
        "RecoveryPointArn": point["RecoveryPointArn"],
        "SourceBackupVaultName": "vault",
        "IamRoleArn": ROLE,
    }
    for region in ("us-east-1", "eu-west-1"):
        destination = f"arn:aws:backup:{region}:000000000000:backup-vault:none"
        body["DestinationBackupVaultArn"] = destination
        assert desk.ask("PUT", "/copy-jobs", body).status == 200
    _, copies = jobs_and_points(desk)
    kinds = {(copy["DestinationVaultType"], copy["DestinationVaultLockState"]) for copy in copies}
    assert kinds == {(None, None)}


# the control route for keys ----------------------------------------------------------------------

KEYS = "/_vaultclock/keys"
THEIR_KEY = "arn:aws:kms:eu-west-1:999999999999:key/k"


def test_keys_are_registered_listed_and_taken_out() -> None:
    desk = Desk()
    mine = {"arn": KEY, "fails_with": "no"}
    theirs = {"arn": THEIR_KEY, "fails_with": None}
    assert desk.ask("PUT", KEYS, [theirs, mine]).json == {"registered": 2}
    assert desk.ask("GET", KEYS).json == [mine, theirs]
    assert desk.ask("PUT", KEYS, [{"arn": KEY}]).json == {"registered": 1}
    assert desk.ask("DELETE", f"{KEYS}?arn={THEIR_KEY}").json == {"deregistered": THEIR_KEY}
    assert desk.ask("GET", KEYS).json == [{"arn": KEY, "fails_with": None}]
    assert desk.ask("PUT", KEYS, []).json == {"registered": 0}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        (b"[", None),
        ([1], "[0]"),
        ([{}], "[0].arn"),
        ([{"arn": 5}], "[0].arn"),
        ([{"arn": "key/k"}], "[0].arn"),
        ([{"arn": "arn:aws:kms:us-east-1:000000000000:alias/k"}], "[0].arn"),
        ([{"arn": KEY}, {"arn": KEY}], "[1].arn"),
        ([{"arn": KEY, "grants": True}], "[0].grants"),
        ([{"arn": THEIR_KEY}, {"arn": KEY, "fails_with": 1}], "[1].fails_with"),
        ([{"arn": THEIR_KEY}, {"arn": KEY, "fails_with": " "}], "[1].fails_with"),
    ],
)
def test_keys_are_registered_all_or_none(body: Any, field: str | None) -> None:
    desk = Desk()
    before = desk.state
    answer = desk.ask("PUT", KEYS, body)
    assert (answer.status, answer.json["field"]) == (400, field)
    assert desk.state == before


@pytest.mark.parametrize(
    ("method", "query", "status", "field"),
    [
        ("GET", "arn=x", 400, "arn"),
        ("PUT", "arn=x", 400, "arn"),
        ("DELETE", "", 400, "arn"),
        ("DELETE", "arn=x", 400, "arn"),
        ("DELETE", f"arn={KEY}&more=x", 400, "more"),
        ("DELETE", f"arn={KEY}", 404, "arn"),
        ("PATCH", "", 405, "method"),
    ],
)
def test_keys_that_cannot_be_meant_are_refused(
    method: str, query: str, status: int, field: str
) -> None:
    answer = Desk().ask(method, f"{KEYS}?{query}", [])
    assert (answer.status, answer.json["field"]) == (status, field)


def test_time_settles_before_a_key_changes() -> None:
    desk = Desk()
    air_gapped(desk, EncryptionKeyArn=KEY)
    desk.simulation.engine.advance(START + 2 * MINUTE)
    desk.ask("PUT", KEYS, [{"arn": KEY, "fails_with": "too late"}])
    assert described(desk, "lag")["VaultState"] == "AVAILABLE"
