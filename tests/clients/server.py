"""A real server in a process of its own, and the ways tests reach it. No expectations live here."""

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import attrs
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

START = "2026-01-01T00:00:00Z"
ACCOUNT = "123456789012"
REGION = "us-east-1"
_COMMAND = (sys.executable, "-m", "vaultclock", "serve", "--port", "0", "--clock", "frozen")
_URL = re.compile(r"http://127\.0\.0\.1:\d+")


class Response(NamedTuple):
    """A reply as it came over the wire; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def members(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@attrs.frozen
class Server:
    """A server on a frozen clock that began at START."""

    url: str
    complaints: Path

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[Self]:
        """Start a server and end it again; what it complains of is written into a folder."""
        complaints = folder / "stderr"
        paths = [path for path in sys.path if path]
        environment = {
            **{name: text for name, text in os.environ.items() if "VAULTCLOCK" not in name},
            "PYTHONPATH": os.pathsep.join(paths),
        }
        with (
            complaints.open("wb") as stderr,
            subprocess.Popen(
                (*_COMMAND, "--start", START),
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=environment,
                cwd=folder,
                text=True,
            ) as process,
        ):
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                found = _URL.search(line)
                assert found, f"{line!r} names no URL; {complaints.read_text()}"
                yield cls(found[0], complaints)
            finally:
                process.terminate()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the control API; a refusal fails the test."""
        response = self.request(method, f"/_vaultclock{path}", json.dumps(body))
        assert response.status == 200, response
        return response.members

    def advance(self, **how: str) -> Any:
        """Move time: by="10s", to="2026-02-01T00:00:00Z" or until="next"."""
        return self.control("POST", "/clock/advance", how)

    def register(self, *resources: dict[str, Any]) -> None:
        """Put resources into the pretend world."""
        where = f"account={ACCOUNT}&region={REGION}"
        self.control("PUT", f"/resources?{where}", resources)

    def call(self, method: str, path: str, body: Any = None) -> Response:
        """Send an AWS call as it stands, past every check of a client."""
        return self.request(method, path, "" if body is None else json.dumps(body))

    def request(self, method: str, path: str, body: str) -> Response:
        """Send a request; an AWS call is one of ACCOUNT in REGION."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        credential = f"{ACCOUNT}/20260101/{REGION}/backup/aws4_request"
        headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, Signature=0"}
        try:
            connection.request(method, path, body, headers)
            got = connection.getresponse()
            names = {name.lower(): text for name, text in got.getheaders()}
            return Response(got.status, names, got.read())
        finally:
            connection.close()

    def client(self, account: str = ACCOUNT, region: str = REGION) -> Any:
        """Answer a boto3 client of an account in a Region; it never retries."""
        return _client(self.url, account, region)


@cache
def _client(url: str, account: str, region: str) -> Any:
    session = boto3.session.Session(
        aws_access_key_id=account, aws_secret_access_key="secret", region_name=region
    )
    config = Config(retries={"total_max_attempts": 1})
    return session.client("backup", endpoint_url=url, config=config)


class Refusal:
    """A refusal as boto3 raised it, once the block it was expected in is over."""

    error: ClientError

    @property
    def response(self) -> dict[str, Any]:
        """What boto3 read from the reply."""
        response: dict[str, Any] = self.error.response
        return response


STATUS_OF = {"AccessDeniedException": 403, "NotSimulated": 501}  # all others are 400


@contextmanager
def refused(code: str, message: str | None = None) -> Iterator[Refusal]:
    """Expect a refusal of a class, with AWS's exact message where that is known."""
    refusal = Refusal()
    with pytest.raises(ClientError) as caught:
        yield refusal
    refusal.error = caught.value
    response = refusal.response
    assert response["Error"]["Code"] == code, response
    if message is not None:
        assert response["Error"]["Message"] == message
    assert response["Error"]["Message"], "every refusal says why"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == STATUS_OF.get(code, 400)
