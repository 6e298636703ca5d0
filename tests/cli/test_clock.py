"""``vaultclock clock`` against a real server, and against none."""

import socket
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.cli.commands import Commands
from tests.clock.test_simulation import POINTS, Store, busy
from tests.http.desk import ORIGIN
from tests.http.serving import Live, served
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.domain.kernel.logs import MemoryLog


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with served(Simulation(MemoryLog(ORIGIN))) as live:
        yield live


@pytest.fixture
def live(server: Live, vaultclock: Commands, monkeypatch: pytest.MonkeyPatch) -> Live:
    assert vaultclock, "which has taken what was in the environment away"
    server.simulation.reset()
    monkeypatch.setenv("VAULTCLOCK_ENDPOINT", f"http://127.0.0.1:{server.port}")
    return server


@pytest.mark.usefixtures("live")
def test_the_clock_is_shown(vaultclock: Commands) -> None:
    ran = vaultclock("clock", "get")
    assert (ran.code, ran.err) == (0, "")
    assert dict(line.split(maxsplit=1) for line in ran.out.splitlines()) == {
        "now": "2026-01-01T00:00:00Z",
        "mode": "frozen",
        "rate": "0",
        "status": "ready",
        "next_due": "-",
        "seq": "0",
    }
    assert vaultclock("clock", "get", "--output", "json").json["mode"] == "frozen"


def test_the_clock_is_advanced_and_what_happened_is_told(vaultclock: Commands, live: Live) -> None:
    busy(live.simulation)
    lines = vaultclock("clock", "advance", "30d").out.splitlines()
    assert lines[:2] == ["from   2026-01-01T00:00:00Z", "to     2026-01-31T00:00:00Z"]
    assert f"recovery-point-created    {POINTS}" in [line.rstrip() for line in lines]


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("argv", "to"),
    [
        (["1d12h"], "2026-01-02T12:00:00Z"),
        (["--to", "2027-01-01"], "2027-01-01T00:00:00Z"),
        (["--until", "next"], "2026-01-01T00:00:00Z"),
        (["--until", "idle"], "2026-01-01T00:00:00Z"),
    ],
)
def test_there_are_four_ways_to_advance(vaultclock: Commands, argv: list[str], to: str) -> None:
    ran = vaultclock("clock", "advance", *argv, "--output", "json")
    assert (ran.code, ran.json["to"]) == (0, to)


def test_the_clock_runs_and_freezes(vaultclock: Commands, live: Live) -> None:
    assert vaultclock("clock", "run", "--rate", "0.5", "--output", "json").json["rate"] == 0.5
    assert live.simulation.clock.mode == "running"
    assert vaultclock("clock", "run", "--output", "json").json["rate"] == 1
    assert vaultclock("clock", "freeze", "--output", "json").json["mode"] == "frozen"


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("code", "argv", "text"),
    [
        (2, ["advance", "soon"], "'soon' is not a duration: write 35d, 12h"),
        (2, ["advance", "--to", "soon"], "'soon' is not an ISO 8601 instant"),
        (1, ["advance", "--to", "2025-01-01"], "cannot go back to 2025-01-01T00:00:00Z"),
        (2, ["run", "--rate", "0"], "--rate can't be '0': accepted is a number above 0"),
        (2, ["run", "--rate", "fast"], "--rate can't be 'fast'"),
        (2, ["run", "--rate", "nan"], "--rate can't be 'nan'"),
        (2, ["get", "--endpoint", "127.0.0.1:4566"], "accepted is http://HOST:PORT"),
        (2, ["get", "--endpoint", "https://127.0.0.1"], "accepted is http://HOST:PORT"),
        (2, ["get", "--endpoint", "http://127.0.0.1:port"], "accepted is http://HOST:PORT"),
    ],
)
def test_what_the_clock_cannot_do_is_said_in_one_line(
    vaultclock: Commands, code: int, argv: list[str], text: str
) -> None:
    assert text in vaultclock.refused(code, "clock", *argv)


def test_a_broken_server_says_why(vaultclock: Commands) -> None:
    store = Store()
    with served(Simulation(store)) as live:
        store.full = True
        assert live.ask("PUT", "/backup-vaults/vault", {}).status == 500
        endpoint = f"http://127.0.0.1:{live.port}"
        text = vaultclock.refused(1, "clock", "advance", "1d", "--endpoint", endpoint)
    assert "the disk is full" in text


def test_no_server_ends_with_3_and_says_how_to_start_one(vaultclock: Commands) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    text = vaultclock.refused(3, "clock", "get", "--endpoint", f"http://127.0.0.1:{port}")
    assert f"no server answers at http://127.0.0.1:{port}" in text
    assert "`vaultclock serve`" in text
    assert "--endpoint" in text


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b"{}", b"{"])
def test_a_server_of_another_kind_ends_with_3(vaultclock: Commands, body: bytes) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        Thread(target=other.handle_request, daemon=True).start()
        endpoint = f"http://127.0.0.1:{other.server_port}"
        assert "is not Vaultclock" in vaultclock.refused(3, "clock", "get", "--endpoint", endpoint)


@pytest.mark.parametrize(
    "reply", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"]
)
def test_a_server_that_speaks_no_http_ends_with_3(vaultclock: Commands, reply: bytes) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(reply)

        Thread(target=answer, daemon=True).start()
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert "no server answers" in vaultclock.refused(3, "clock", "get", "--endpoint", endpoint)
