"""The AWS calls that servers are measured with, as the raw bytes that boto3 would send."""

import json
from collections.abc import Mapping
from typing import Any

import load

ACCOUNT = f"{load.ACCOUNT_FIRST:012d}"
HOME, CREATING, SMALL = (
    "us-east-1",
    "us-west-2",
    "eu-west-1",
)  # Regions: lists in one stay as filled
VAULT = "points"
ROWS = 1_000
SMALL_VAULTS = 200  # AWS, and so Vaultclock, allows 300 in a Region
_SERIAL, _ACCOUNT = load.SERIAL.decode(), load.ACCOUNT.decode()


def request(
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    region: str = HOME,
    account: str = ACCOUNT,
) -> str:
    """Write a whole request; it may hold the load generator's SERIAL and ACCOUNT."""
    sent = "" if body is None else json.dumps(body)
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept-Encoding: identity",
        "User-Agent: Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux md/arch#x86_64 cfg/retry-mode",
        "X-Amz-Date: 20260101T000000Z",
        f"Authorization: AWS4-HMAC-SHA256 {_signature(account, region)}",
    ]
    if sent:
        lines += ["Content-Type: application/json", f"Content-Length: {len(sent)}"]
    return "\r\n".join([*lines, "", sent])


def _signature(account: str, region: str) -> str:
    credential = f"Credential={account}/20260101/{region}/backup/aws4_request"
    return f"{credential}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"


DESCRIBE = request("GET", f"/backup-vaults/{VAULT}")
CREATE = request("PUT", f"/backup-vaults/v{_SERIAL}", {}, CREATING, _ACCOUNT)
CREATE_POINTS_VAULT = request("PUT", f"/backup-vaults/{VAULT}", {})
FILL_HOME = request("PUT", f"/backup-vaults/v{_SERIAL}", {})
FILL_SMALL = request("PUT", f"/backup-vaults/v{_SERIAL}", {}, SMALL)
START_JOB = request(
    "PUT",
    "/backup-jobs",
    {
        "BackupVaultName": VAULT,
        "ResourceArn": f"arn:aws:ec2:{HOME}:{ACCOUNT}:volume/vol-{_SERIAL}",
        "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/backup",
    },
)
ADVANCE = request("POST", "/_vaultclock/clock/advance", {"by": "1h"})
LIST_POINTS = request("GET", f"/backup-vaults/{VAULT}/recovery-points/")
LIST_HOME = request("GET", f"/backup-vaults/?maxResults={ROWS}")
LIST_SMALL = request("GET", "/backup-vaults/?maxResults=1000", region=SMALL)


def put_log(log: bytes) -> bytes:
    """Write the request that puts a log into an empty world."""
    head = request("PUT", "/_vaultclock/log").removesuffix("\r\n")
    return f"{head}Content-Length: {len(log)}\r\n\r\n".encode() + log
