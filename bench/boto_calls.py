"""A worker that calls servers through boto3: one client a server, one call after the other."""

import time
from functools import cache
from typing import Any

import boto3
from processes import answer_job, jobs


@cache
def client(port: int) -> Any:
    """Make a client of a server on loopback; credentials are those of the load generator."""
    return boto3.client(
        "backup",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="100000000000",
        aws_secret_access_key="secret",
    )


def run(port: int, calls: int, vault: str) -> dict[str, float]:
    """Describe a vault so many times; answer the calls a second of wall time."""
    describe = client(port).describe_backup_vault
    describe(BackupVaultName=vault)
    begun = time.perf_counter()
    for _ in range(calls):
        describe(BackupVaultName=vault)
    return {"calls_s": calls / (time.perf_counter() - begun)}


def main() -> None:
    for job in jobs():
        answer_job(run(**job))


if __name__ == "__main__":
    main()
