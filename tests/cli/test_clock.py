"""``vaultclock clock`` against a real server, and against none."""

import json
import re
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice
from threading import Thread

import pytest

from tests.cli.commands import Commands, started
from tests.clock.test_simulation import POINTS, Store, busy
from tests.http.desk import ORIGIN, Desk, schedule
from tests.http.serving import SECONDS_MAX, Live, served
from vaultclock.adapters.cli import asking
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http import control_clock
from vaultclock.domain.kernel.logs import MemoryLog

PROGRESS = re.compile(r"2\d\d\d-\d\d-\d\dT[0-9:.]+Z, \d+ facts, \d+ a second, to 2\d\d\d-\d\d-01T")


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
        "advancing_to": "-",
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


@pytest.mark.parametrize("asked_by", ["the option", "a terminal"])
def test_a_long_advance_shows_how_far_it_is(
    vaultclock: Commands, live: Live, monkeypatch: pytest.MonkeyPatch, asked_by: str
) -> None:
    schedule(live)
    monkeypatch.setattr(asking, "_WAITING_SECONDS", 0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: asked_by == "a terminal")
    option = ["--progress"] if asked_by == "the option" else []
    ran = vaultclock("clock", "advance", "120d", *option, "--output", "json")
    assert (ran.code, ran.json["to"]) == (0, "2026-05-01T00:00:00Z")
    assert PROGRESS.search(ran.err)
    assert all(text.isascii() and text.isprintable() for text in ran.err.split("\r"))
    assert ran.err.startswith("\r2026-0")
    *_, blank, after = ran.err.split("\r")
    assert (blank.strip(), after) == ("", ""), "the line is left empty"


def test_an_advance_that_nobody_watches_shows_nothing(
    vaultclock: Commands, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule(live)
    monkeypatch.setattr(asking, "_WAITING_SECONDS", 0)
    ran = vaultclock("clock", "advance", "10d", "--output", "json")
    assert (ran.code, ran.err) == (0, "")


def test_a_line_of_progress_ends_before_the_edge_of_the_terminal(
    vaultclock: Commands, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule(live)
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setattr(asking, "_WAITING_SECONDS", 0)
    texts = vaultclock("clock", "advance", "60d", "--progress").err.split("\r")
    assert max(map(len, texts)) == 29


@pytest.mark.usefixtures("live")
def test_a_refused_advance_that_is_watched_says_so_in_one_line(vaultclock: Commands) -> None:
    refused = vaultclock.refused(1, "clock", "advance", "--to", "2025-01-01", "--progress")
    assert "cannot go back" in refused


def test_ctrl_c_stops_an_advance_and_tells_what_happened_so_far(live: Live) -> None:
    schedule(live)
    argv = ("clock", "advance", "--to", "2999-01-01", "--progress", "--output", "json")
    endpoint = f"http://127.0.0.1:{live.port}"
    with started(*argv, VAULTCLOCK_ENDPOINT=endpoint) as process:
        assert process.stderr is not None
        seen = [line for line in islice(process.stderr, 3) if PROGRESS.search(line)]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=SECONDS_MAX)
    assert seen, "which are lines because Python reads carriage returns so"
    assert process.returncode == 130
    told = json.loads(out)
    assert err.splitlines()[-1] == f"vaultclock clock: stopped at {told['to']}"
    clock = live.ask("GET", "/_vaultclock/clock").json
    assert (clock["status"], clock["now"]) == ("ready", told["to"])
    desk = Desk()
    schedule(desk)
    assert desk.advance(to=told["to"]) == told
    logs = [list(server.simulation.engine.log.read()) for server in (live, desk)]
    assert logs[0] == logs[1]
    live.simulation.reset()


def test_who_gives_up_to_be_idle_says_what_happened(
    vaultclock: Commands, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule(live)
    monkeypatch.setattr(control_clock, "IDLE_FACTS_MAX", 10)
    ran = vaultclock("clock", "advance", "--until", "idle", "--output", "json")
    assert (ran.code, ran.json["from"]) == (1, "2026-01-01T00:00:00Z")
    assert ran.json["facts"] == sum(ran.json["by_name"].values()) >= 10
    assert "still not idle after" in ran.err
    assert "advance by or to instead" in ran.err


def test_the_help_says_where_until_idle_gives_up(vaultclock: Commands) -> None:
    told = " ".join(vaultclock("clock", "advance", "--help").out.split())
    assert f"{control_clock.IDLE_FACTS_MAX} facts or {control_clock.IDLE_DAYS_MAX} days" in told


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


@pytest.mark.parametrize("body", [b"{}", b'{"now": 1, "seq": 2, "advancing_to": null}'])
def test_an_advance_of_a_server_of_another_kind_ends_with_3(
    vaultclock: Commands, body: bytes
) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        Thread(target=other.handle_request, daemon=True).start()
        advance = ("clock", "advance", "1d", "--endpoint", f"http://127.0.0.1:{other.server_port}")
        assert "is not Vaultclock" in vaultclock.refused(3, *advance)


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
