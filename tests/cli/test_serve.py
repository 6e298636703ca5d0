"""``vaultclock serve`` as users run it: processes, signals, stores, and what is said."""

import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.commands import Commands, run, serving
from tests.clock.test_simulation import busy
from tests.http.desk import ORIGIN, START, Seconds
from vaultclock.adapters.cli import serve as serve_module
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.provenance import provenance
from vaultclock.adapters.snapshot.files import save
from vaultclock.domain.kernel.logs import MemoryLog

FROZEN = ("--clock", "frozen", "--start", "2026-01-01T00:00:00Z")
ADVANCE = "/_vaultclock/clock/advance"


def test_a_server_says_in_one_line_where_it_is_and_ends_in_order() -> None:
    with serving(*FROZEN, "--seed", "7") as server:
        assert f"at {server.url} (export AWS_ENDPOINT_URL_BACKUP={server.url})" in server.announced
        assert "frozen from 2026-01-01T00:00:00Z" in server.announced
        assert server.ask("PUT", "/backup-vaults/vault", {}).status == 200
        assert server.ask("POST", ADVANCE, {"by": "35d"}).json["to"] == "2026-02-05T00:00:00Z"
        assert server.end(signal.SIGTERM) == (0, "", "")


def test_ctrl_c_ends_a_server_without_a_word() -> None:
    with serving() as server:
        assert "running at 1 from 20" in server.announced
        assert server.ask("GET", "/health").json["status"] == "ok"
        assert server.end(signal.SIGINT) == (130, "", "")


def test_options_may_come_from_the_environment_and_the_command_line_goes_first(
    tmp_path: Path,
) -> None:
    variables = {
        "VAULTCLOCK_CLOCK": "running",
        "VAULTCLOCK_RATE": "3600",
        "VAULTCLOCK_START": "2030-01-01",
        "VAULTCLOCK_SEED": "5",
        "VAULTCLOCK_JOB_SECONDS": "60",
        "VAULTCLOCK_DELETION_LAG_HOURS": "0",
        "VAULTCLOCK_HOST": "localhost",
        "VAULTCLOCK_DATA": str(tmp_path / "world.db"),
        "VAULTCLOCK_PORT": "1",  # which --port 0 overrides
    }
    with serving("--seed", "6", **variables) as server:
        assert "running at 3600 from 2030-01-01" in server.announced
        log = server.ask("GET", "/_vaultclock/log?format=jsonl").body
        born = b'"start_at": "2030-01-01T00:00:00Z", "seed": 6, "job_seconds": 60'
        assert born + b', "deletion_lag_hours": 0' in log
        server.end(signal.SIGTERM)
    assert (tmp_path / "world.db").exists()


def test_the_same_commands_give_the_same_ids_on_every_server() -> None:
    logs = []
    for _ in range(2):
        with serving(*FROZEN, "--seed", "42") as server:
            server.ask("PUT", "/backup-vaults/vault", {})
            server.ask("POST", ADVANCE, {"by": "1d"})
            lines = server.ask("GET", "/_vaultclock/log?format=jsonl").body.splitlines()
            logs.append(lines[1:])
    assert logs[0] == logs[1]


def test_an_acknowledged_write_outlives_a_killed_server(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "world.db"))
    with serving(*FROZEN, *data, "--seed", "7") as server:
        for number in range(20):
            assert server.ask("PUT", f"/backup-vaults/vault-{number}", {}).status == 200
        server.ask("POST", ADVANCE, {"by": "1d"})
        assert server.end(signal.SIGKILL).code == -signal.SIGKILL
    with serving("--clock", "frozen", *data) as server:
        assert "frozen from 2026-01-02T00:00:00Z" in server.announced
        assert len(server.ask("GET", "/backup-vaults/").json["BackupVaultList"]) == 20
        assert server.ask("PUT", "/backup-vaults/after", {}).status == 200
        assert server.end(signal.SIGTERM).code == 0
    with serving("--clock", "frozen", *data, "--seed", "7", "--start", "2026-01-01") as server:
        assert len(server.ask("GET", "/backup-vaults/").json["BackupVaultList"]) == 21


def test_a_signal_while_the_clock_is_advanced_ends_the_server_in_order(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "world.db"))
    with serving(*FROZEN, *data) as server:
        server.ask("PUT", "/backup-vaults/vault", {})
        arn = "arn:aws:ec2:us-east-1:000000000000:volume/vol"
        role = "arn:aws:iam::000000000000:role/backup"
        for number in range(200):
            job = {
                "BackupVaultName": "vault",
                "ResourceArn": f"{arn}-{number}",
                "IamRoleArn": role,
                "Lifecycle": {"DeleteAfterDays": number + 1},
            }
            assert server.ask("PUT", "/backup-jobs", job).status == 200
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(
                b"POST /_vaultclock/clock/advance HTTP/1.1\r\nHost: localhost\r\n"
                b'Content-Length: 15\r\n\r\n{"by": "30000d"}'
            )
            assert server.end(signal.SIGTERM).code == 0
    with serving("--clock", "frozen", *data) as server:
        assert server.ask("GET", "/health").json["seq"] > 200


def test_a_port_in_use_is_said_with_what_to_do(vaultclock: Commands) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        text = vaultclock.refused(1, "serve", "--port", port)
    assert text == (
        f"vaultclock serve: port {port} is in use: name another with --port, or 0 for any free\n"
    )


@pytest.mark.parametrize(
    ("code", "argv", "text"),
    [
        (
            2,
            ["--port", "http"],
            "--port can't be 'http': accepted is a whole number from 0 to 65535",
        ),
        (2, ["--port", "65536"], "--port can't be '65536'"),
        (2, ["--port", "-1"], "--port can't be '-1'"),
        (2, ["--start", "now"], "--start can't be 'now': 'now' is not an ISO 8601 instant"),
        (2, ["--start", "1969-12-31"], "outside the years 1970 to 2999"),
        (2, ["--clock", "stopped"], "--clock can't be 'stopped': accepted are running and frozen"),
        (2, ["--rate", "0"], "--rate can't be '0': accepted is a number above 0"),
        (2, ["--rate", "inf"], "--rate can't be 'inf'"),
        (2, ["--rate", "2", "--clock", "frozen"], "is for a running clock: leave it out"),
        (2, ["--seed", "abc"], "--seed can't be 'abc': accepted is a whole number from 0"),
        (2, ["--seed", "9" * 30], "--seed can't be"),
        (2, ["--job-seconds", "1.5"], "--job-seconds can't be '1.5'"),
        (2, ["--deletion-lag-hours", "-1"], "accepted is a whole number from 0 to 8784"),
        (2, ["--data", ""], "--data can't be '': it is empty"),
        (2, ["--host", "no.such.host.invalid"], "--host 'no.such.host.invalid' is not known here"),
        (1, ["--host", "192.0.2.1"], "--host '192.0.2.1' is not an address of this machine"),
    ],
)
def test_an_option_that_cannot_be_is_said_with_what_is_accepted(
    vaultclock: Commands, code: int, argv: list[str], text: str
) -> None:
    port = [] if "--port" in argv else ["--port", "0"]
    assert text in vaultclock.refused(code, "serve", *port, *argv)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("PORT", "http", "VAULTCLOCK_PORT can't be 'http': accepted is a whole number"),
        ("JOB_SECONDS", "x", "VAULTCLOCK_JOB_SECONDS can't be 'x'"),
        ("CLOCK", "", "VAULTCLOCK_CLOCK can't be ''"),
    ],
)
def test_a_variable_that_cannot_be_is_named(
    vaultclock: Commands, monkeypatch: pytest.MonkeyPatch, name: str, value: str, text: str
) -> None:
    monkeypatch.setenv(f"VAULTCLOCK_{name}", value)
    assert text in vaultclock.refused(2, "serve")


def test_a_store_that_cannot_be_opened_is_said_with_what_to_do(
    vaultclock: Commands, tmp_path: Path
) -> None:
    serve = ("serve", "--port", "0", "--data")
    text = vaultclock.refused(1, *serve, str(tmp_path / "no" / "folder" / "world.db"))
    assert "check that its folder exists" in text
    assert "can't be opened" in vaultclock.refused(1, *serve, str(tmp_path))
    (tmp_path / "letter.txt").write_text("Dear store, " * 100)
    assert "not a Vaultclock store" in vaultclock.refused(1, *serve, str(tmp_path / "letter.txt"))
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE theirs (a)")
    assert "another program" in vaultclock.refused(1, *serve, str(tmp_path / "other.db"))


def test_a_store_in_use_is_said_to_be(vaultclock: Commands, tmp_path: Path) -> None:
    data = str(tmp_path / "world.db")
    with serving(*FROZEN, "--data", data):
        text = vaultclock.refused(1, "serve", "--port", "0", "--data", data)
    assert "is in use by another process" in text


def test_a_store_keeps_the_origin_that_it_began_with(vaultclock: Commands, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "world.db"))
    with serving(*FROZEN, *data, "--seed", "7") as server:
        assert server.end(signal.SIGTERM).code == 0
    for option, value in (("--seed", "8"), ("--start", "2027-01-01"), ("--job-seconds", "9")):
        text = vaultclock.refused(2, "serve", "--port", "0", *data, option, value)
        assert f"leave {option} out" in text
    with serving("--clock", "frozen", *data) as server:
        assert "frozen from 2026-01-01T00:00:00Z" in server.announced


def test_a_recorded_world_is_served_and_frozen_there(tmp_path: Path) -> None:
    simulation = busy(Simulation(MemoryLog(ORIGIN), 0, Seconds()))
    simulation.engine.advance(START + 5 * 86_400_000)
    save(simulation.engine.log, tmp_path / "bug.vclog", **provenance())
    whole = simulation.engine.seq
    words = ["replay", str(tmp_path / "bug.vclog"), "--serve"]
    for point, stands in ((["--to", "at:2026-01-03"], "2026-01-03"), ([], "2026-01-06")):
        with serving(*point, words=words) as server:
            clock = server.ask("GET", "/_vaultclock/clock").json
            assert (clock["now"], clock["mode"]) == (f"{stands}T00:00:00Z", "frozen")
            moved = server.ask("POST", ADVANCE, {"to": "2026-01-06"}).json
            assert moved["to"] == "2026-01-06T00:00:00Z"
            assert server.ask("GET", "/health").json["seq"] == whole
            assert server.end(signal.SIGTERM).code == 0


def test_a_server_whose_store_broke_ends_with_1(
    vaultclock: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(simulation: Simulation, *_: object, **__: object) -> bool:
        simulation.failure = "the log could not be written: the disk is full"
        return False

    monkeypatch.setattr(serve_module, "serve", serve)
    text = vaultclock.refused(1, "serve", "--port", "0")
    assert "the disk is full" in text


def test_the_whole_way_from_a_server_to_a_replay(tmp_path: Path) -> None:
    with serving(*FROZEN) as server:
        server.ask("PUT", "/backup-vaults/vault", {})
        assert run("clock", "advance", "35d", "--endpoint", server.url).code == 0
        shown = run("clock", "get", "--output", "json", VAULTCLOCK_ENDPOINT=server.url)
        assert shown.json["now"] == "2026-02-05T00:00:00Z"
        log = tmp_path / "world.vclog"
        log.write_bytes(server.ask("GET", "/_vaultclock/log").body)
    assert run("log", "verify", str(log)).code == 0
    state = run("replay", str(log), "--output", "json").json
    assert (state["now"], state["seq"]) == ("2026-02-05T00:00:00Z", 1)
