"""One server for all tests with real clients, empty again before each of them."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.server import Server


@pytest.fixture(scope="session", autouse=True)
def _nobodys_configuration() -> Iterator[None]:
    """Keep clients away from the profiles, keys, endpoints and proxies of whoever runs tests."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [*os.environ]:
            if name.startswith("AWS_") or name.lower().endswith("_proxy"):
                environment.delenv(name)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            environment.setenv(name, os.devnull)
        yield


@pytest.fixture(scope="session")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server.running(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def server(running_server: Server) -> Iterator[Server]:
    running_server.control("POST", "/reset")
    complained = running_server.complaints.stat().st_size
    yield running_server
    said = running_server.complaints.read_text()[complained:].splitlines()
    news = [line for line in said if " INFO " not in line]  # what a policy refused is none
    assert not news, f"the server complained: {news}"


@pytest.fixture
def client(server: Server) -> Any:
    return server.client()
