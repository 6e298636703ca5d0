"""Control of what surrounds AWS Backup: console, organizations, Regions, S3, EFS."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.http.desk import Answer, Desk
from tests.http.test_control import refused

CONSOLE = "/_vaultclock/console"
ORGANIZATION = "/_vaultclock/organization"
REGIONS = "/_vaultclock/regions"
ACCESS_POINTS = "/_vaultclock/access-points"
OTHER = "111111111111"
BUCKET = "arn:aws:s3:::bucket"
FILES = "arn:aws:elasticfilesystem:us-east-1:000000000000:file-system/fs-1"
ARN = "arn:aws:backup:us-east-1:000000000000:accesspoint/reader"
EFS_VAULT = "aws/efs/automatic-backup-vault"


def signed(account: str, region: str = "us-east-1") -> dict[str, str]:
    credential = f"{account}/20260101/{region}/backup/aws4_request"
    return {"authorization": f"AWS4-HMAC-SHA256 Credential={credential}, Signature=x"}


def said(answer: Answer) -> Any:
    assert answer.status == 200, answer
    return answer.json


def failed(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.json["Code"], answer.json["Message"]


# the console -------------------------------------------------------------------------------------


def test_opening_the_console_makes_the_default_vault_once() -> None:
    desk = Desk()
    assert desk.ask("GET", "/backup-vaults/Default").status == 403
    where = {"account": "000000000000", "region": "us-east-1", "vault": "Default"}
    assert said(desk.ask("POST", CONSOLE)) == {**where, "made": True}
    assert said(desk.ask("POST", CONSOLE)) == {**where, "made": False}
    vault = said(desk.ask("GET", "/backup-vaults/Default"))
    assert (vault["CreatorRequestId"], vault["NumberOfRecoveryPoints"]) == ("Default", 0)
    assert desk.ask("DELETE", "/backup-vaults/Default").status == 200
    assert said(desk.ask("POST", CONSOLE))["made"] is True


def test_every_region_of_every_account_has_a_console_of_its_own() -> None:
    desk = Desk()
    said(desk.ask("POST", f"{CONSOLE}?account={OTHER}&region=eu-west-1"))
    assert said(desk.ask("GET", "/backup-vaults/"))["BackupVaultList"] == []
    there = desk.ask("GET", "/backup-vaults/", **signed(OTHER, "eu-west-1"))
    (vault,) = said(there)["BackupVaultList"]
    arn = f"arn:aws:backup:eu-west-1:{OTHER}:backup-vault:Default"
    assert vault["BackupVaultArn"] == arn
    assert refused(desk.ask("POST", f"{CONSOLE}?account=1"), 400, "account")
    assert refused(desk.ask("POST", f"{CONSOLE}?region=EU"), 400, "region")
    assert refused(desk.ask("POST", f"{CONSOLE}?vault=x"), 400, "vault")


# organizations -----------------------------------------------------------------------------------


def test_an_account_in_no_organization_is_told_so_in_awss_words() -> None:
    desk = Desk()
    arranged = {"account": "000000000000", "management_account": None}
    assert said(desk.ask("GET", ORGANIZATION)) == []
    assert said(desk.ask("PUT", ORGANIZATION, {"management_account": None})) == arranged
    assert said(desk.ask("GET", ORGANIZATION)) == [arranged]
    words = (400, "ERROR_9601", "Your account is not a member of an organization.")
    assert failed(desk.ask("GET", "/global-settings")) == words
    switched = {"GlobalSettings": {"isMpaEnabled": "true"}}
    assert failed(desk.ask("PUT", "/global-settings", switched)) == words
    said(desk.ask("PUT", ORGANIZATION, {"management_account": "000000000000"}))
    assert desk.ask("PUT", "/global-settings", switched).status == 200
    settings = said(desk.ask("GET", "/global-settings"))["GlobalSettings"]
    assert settings["isMpaEnabled"] == "true"


def test_a_member_sees_what_its_management_account_has_switched() -> None:
    desk = Desk()
    desk.ask("PUT", ORGANIZATION, {"account": OTHER, "management_account": "000000000000"})
    switched = {"GlobalSettings": {"isCrossAccountBackupEnabled": "true"}}
    answer = desk.ask("PUT", "/global-settings", switched, **signed(OTHER))
    assert answer.status == 400
    assert answer.headers["x-amzn-errortype"].startswith("InvalidRequestException:")
    assert desk.ask("PUT", "/global-settings", switched).status == 200
    seen = said(desk.ask("GET", "/global-settings", **signed(OTHER, "eu-west-1")))
    assert seen["GlobalSettings"]["isCrossAccountBackupEnabled"] == "true"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "management_account"),
        ({"management_account": "me"}, "management_account"),
        ({"management_account": 1}, "management_account"),
        ({"account": "1", "management_account": None}, "account"),
        ({"account": None, "management_account": None}, "account"),
        ({"id": "o-1"}, "id"),
        ([], None),
    ],
)
def test_an_organization_that_cannot_be_meant_changes_nothing(body: Any, field: str | None) -> None:
    desk = Desk()
    before = desk.state
    assert refused(desk.ask("PUT", ORGANIZATION, body), 400, field)
    assert desk.state == before


# Regions -----------------------------------------------------------------------------------------


def test_a_region_without_the_feature_says_so_in_awss_words() -> None:
    desk = Desk()
    lacking = {"account": "000000000000", "region": "eu-west-1", "cross_account_backup": False}
    body = {"region": "eu-west-1", "cross_account_backup": False}
    assert said(desk.ask("PUT", REGIONS, body)) == lacking
    assert said(desk.ask("GET", REGIONS)) == [lacking]
    words = (400, "ERROR_2502", "Feature Cross Account Backup is not available in current region")
    there = signed("000000000000", "eu-west-1")
    assert failed(desk.ask("GET", "/global-settings", **there)) == words
    switched = {"GlobalSettings": {"isMpaEnabled": "true"}}
    assert failed(desk.ask("PUT", "/global-settings", switched, **there)) == words
    assert desk.ask("PUT", "/global-settings", switched).status == 200
    said(desk.ask("PUT", REGIONS, {**body, "cross_account_backup": True}))
    assert said(desk.ask("GET", REGIONS)) == []
    settings = said(desk.ask("GET", "/global-settings", **there))["GlobalSettings"]
    assert settings["isMpaEnabled"] == "true"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "cross_account_backup"),
        ({"cross_account_backup": "no"}, "cross_account_backup"),
        ({"cross_account_backup": False, "region": "EU"}, "region"),
        ({"cross_account_backup": False, "region": "global"}, "region"),
        ({"cross_account_backup": False, "account": "1"}, "account"),
        ({"lacks": []}, "lacks"),
    ],
)
def test_a_region_that_cannot_be_meant_changes_nothing(body: Any, field: str) -> None:
    desk = Desk()
    before = desk.state
    assert refused(desk.ask("PUT", REGIONS, body), 400, field)
    assert desk.state == before


# access points -----------------------------------------------------------------------------------


def bucket_desk() -> Desk:
    """A snapshot of a bucket, and an access point to it that is being made."""
    desk = Desk()
    desk.vault("vault")
    role = "arn:aws:iam::000000000000:role/backup"
    asked = {"BackupVaultName": "vault", "ResourceArn": BUCKET, "IamRoleArn": role}
    job_id = said(desk.ask("PUT", "/backup-jobs", asked))["BackupJobId"]
    desk.advance(by="1m")
    point_arn = said(desk.ask("GET", f"/backup-jobs/{job_id}"))["RecoveryPointArn"]
    made = {"Name": "reader", "RecoveryPointArn": point_arn}
    assert desk.ask("PUT", "/backup-access-point/create", made).status == 201
    return desk


def status(desk: Desk) -> tuple[str, str | None]:
    one = said(desk.ask("GET", f"/backup-access-point/{quote(ARN, safe='')}"))
    return one["Status"], one["StatusMessage"]


def test_s3_loses_an_access_point() -> None:
    desk = bucket_desk()
    body = {"arn": ARN, "becomes": "EXPIRED"}
    assert "CREATING" in refused(desk.ask("POST", ACCESS_POINTS, body), 409, "becomes")
    desk.advance(by="1m")
    assert said(desk.ask("POST", ACCESS_POINTS, body)) == {"arn": ARN, "status": "EXPIRED"}
    assert status(desk) == ("EXPIRED", None)


def test_s3_fails_to_make_and_to_delete_an_access_point() -> None:
    desk = bucket_desk()
    body = {"arn": ARN, "becomes": "FAILED", "message": "S3 says no"}
    assert said(desk.ask("POST", ACCESS_POINTS, body)) == {"arn": ARN, "status": "FAILED"}
    assert status(desk) == ("FAILED", "S3 says no")
    assert refused(desk.ask("POST", ACCESS_POINTS, body), 409, "becomes")
    deleted = desk.ask("DELETE", f"/backup-access-point/delete/{quote(ARN, safe='')}")
    assert deleted.status == 204
    said(desk.ask("POST", ACCESS_POINTS, {**body, "message": "not now"}))
    desk.advance(by="1d")
    assert status(desk) == ("FAILED", "not now")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"becomes": "EXPIRED"}, 400, "arn"),
        ({"arn": ARN}, 400, "becomes"),
        ({"arn": ARN, "becomes": "GONE"}, 400, "becomes"),
        ({"arn": 1, "becomes": "EXPIRED"}, 400, "arn"),
        ({"arn": "no-arn", "becomes": "EXPIRED"}, 400, "arn"),
        ({"arn": f"{ARN}s", "becomes": "EXPIRED"}, 404, "arn"),
        ({"arn": ARN, "becomes": "EXPIRED", "message": "why"}, 400, "message"),
        ({"arn": ARN, "becomes": "FAILED"}, 400, "message"),
        ({"arn": ARN, "becomes": "FAILED", "message": " "}, 400, "message"),
        ({"arn": ARN, "becomes": "FAILED", "message": None}, 400, "message"),
        ({"name": "reader"}, 400, "name"),
    ],
)
def test_what_cannot_be_meant_of_an_access_point_changes_nothing(
    body: Any, code: int, field: str
) -> None:
    desk = bucket_desk()
    before = desk.state
    assert refused(desk.ask("POST", ACCESS_POINTS, body), code, field)
    assert desk.state == before


# automatic backups of EFS ------------------------------------------------------------------------


def test_registering_a_file_system_with_automatic_backups_brings_what_backs_it_up() -> None:
    desk = Desk()
    tags = {"aws:elasticfilesystem:default-backup": "enabled"}
    said(desk.ask("PUT", "/_vaultclock/resources", [{"arn": FILES, "tags": tags}]))
    path = f"/backup-vaults/{quote(EFS_VAULT, safe='')}"
    vault = said(desk.ask("GET", path))
    assert vault["BackupVaultName"] == EFS_VAULT
    assert '"backup:DeleteBackupVault"' in said(desk.ask("GET", f"{path}/access-policy"))["Policy"]
    code, number, message = failed(desk.ask("GET", f"{path}/notification-configuration"))
    assert (code, number) == (400, "ERROR_2106")
    assert message == f"Failed reading notifications from database for Backup vault {EFS_VAULT}"
    (plan,) = said(desk.ask("GET", "/backup/plans/"))["BackupPlansList"]
    assert plan["BackupPlanName"] == "aws/efs/automatic-backup-plan"
    plan_path = f"/backup/plans/{quote(plan['BackupPlanId'], safe='')}"
    (selection,) = said(desk.ask("GET", f"{plan_path}/selections/"))["BackupSelectionsList"]
    assert selection["SelectionName"] == "aws/efs/automatic-backup-selection"
    document = said(desk.ask("GET", plan_path))["BackupPlan"]
    present = {
        name: value for name, value in document["Rules"][0].items() if value not in (None, [])
    }
    edited = {
        "BackupPlanName": document["BackupPlanName"],
        "Rules": [{**present, "Lifecycle": {"DeleteAfterDays": 7}}],
    }
    assert desk.ask("POST", plan_path, {"BackupPlan": edited}).status == 200
    assert desk.ask("DELETE", plan_path).status == 403
    denied = desk.ask("DELETE", path)
    assert denied.status == 403
    assert denied.json["Message"] == (
        "User: arn:aws:iam::000000000000:root is not authorized to perform:"
        " backup:DeleteBackupVault on resource:"
        f" arn:aws:backup:us-east-1:000000000000:backup-vault:{EFS_VAULT}"
        " with an explicit deny in a resource-based policy"
    )
    desk.advance(by="1d")
    points = said(desk.ask("GET", f"{path}/recovery-points/"))["RecoveryPoints"]
    assert [point["ResourceArn"] for point in points] == [FILES]
