"""``vaultclock log`` and ``vaultclock replay``: log files looked into, converted, played."""

import json
from pathlib import Path

import pytest

from tests.cli.commands import Commands
from tests.clock.test_simulation import busy
from tests.http.desk import ORIGIN, START, Seconds
from vaultclock.adapters.clock.recordings import play, read_recording
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.provenance import provenance
from vaultclock.adapters.snapshot.files import save
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Batch, Scope
from vaultclock.domain.kernel.instants import DAY
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.recovery_points.events import RecoveryPointDeleted
from vaultclock.domain.resources.commands import RegisterResource


@pytest.fixture(scope="module")
def world() -> Engine:
    simulation = busy(Simulation(MemoryLog(ORIGIN), 0, Seconds()))
    simulation.engine.advance(START + 5 * DAY)
    return simulation.engine


@pytest.fixture
def log(world: Engine, tmp_path: Path) -> str:
    save(world.log, tmp_path / "bug.vclog", **provenance())
    return str(tmp_path / "bug.vclog")


@pytest.fixture
def torn(log: str, tmp_path: Path) -> str:
    """A log whose last facts a copy has lost."""
    path = tmp_path / "torn.vclog"
    with Path(log).open("rb") as file:
        save(read_recording(file), path, compress=False, **provenance())
    path.write_bytes(path.read_bytes()[:-100])
    return str(path)


def test_facts_are_shown_as_a_table(vaultclock: Commands, log: str, world: Engine) -> None:
    ran = vaultclock("log", "show", log)
    assert (ran.code, ran.err) == (0, "")
    heads, first, *rest = ran.out.splitlines()
    assert heads.split() == ["seq", "at", "account/region", "fact", "fields"]
    assert first.split()[:4] == [
        *("0", "2026-01-01T00:00:00Z", "000000000000/us-east-1", "vault-created"),
    ]
    assert "name=busy" in first
    assert len(rest) == world.seq - 1


def test_facts_are_shown_as_json(vaultclock: Commands, log: str, world: Engine) -> None:
    rows = vaultclock("log", "show", log, "--output", "json").json
    assert [row["seq"] for row in rows] == list(range(world.seq))
    assert rows[0]["fact"] == "vault-created"
    assert (rows[0]["account"], rows[0]["region"]) == ("000000000000", "us-east-1")
    assert rows[0]["fields"]["name"] == "busy"
    created = next(row for row in rows if row["fact"] == "recovery-point-created")
    assert created["fields"]["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("argv", "count"),
    [
        (["--from", "3", "--to", "7"], 4),
        (["--to", "1"], 1),
        (["--name", "vault-*"], 1),
        (["--name", "vault-created", "--name", "nothing"], 1),
        (["--name", "nothing"], 0),
        (["--from", "2027-01-01"], 0),
    ],
)
def test_facts_are_chosen_by_position_instant_and_name(
    vaultclock: Commands, log: str, argv: list[str], count: int
) -> None:
    assert len(vaultclock("log", "show", log, *argv, "--output", "json").json) == count
    assert len(vaultclock("log", "show", log, *argv).out.splitlines()) == count + 1


def test_facts_are_chosen_between_two_instants(vaultclock: Commands, log: str) -> None:
    bounds = ("--from", "2026-01-02", "--to", "2026-01-04")
    rows = vaultclock("log", "show", log, *bounds, "--output", "json").json
    assert rows
    assert all("2026-01-02" <= row["at"] <= "2026-01-04T00:00:00Z" for row in rows)


def test_the_head_of_a_log_is_shown(vaultclock: Commands, log: str, world: Engine) -> None:
    shown = vaultclock("log", "head", log, "--output", "json").json
    assert (shown["facts"], shown["seed"], shown["job_seconds"]) == (world.seq, 7, 3)
    assert (shown["start_at"], shown["rested_at"]) == (
        "2026-01-01T00:00:00Z",
        "2026-01-06T00:00:00Z",
    )
    assert "tzdata_version" in vaultclock("log", "head", log).out


def test_a_whole_log_is_verified(vaultclock: Commands, log: str, world: Engine) -> None:
    ran = vaultclock("log", "verify", log, "--output", "json")
    assert (ran.code, ran.json["fault"], ran.json["facts"]) == (0, None, world.seq)
    assert sum(ran.json["by_name"].values()) == world.seq
    table = vaultclock("log", "verify", log).out
    assert "fault      -\n" in table
    assert "vault-created" in table


def test_a_log_is_converted_there_and_back_without_loss(
    vaultclock: Commands, log: str, tmp_path: Path
) -> None:
    lines, back = tmp_path / "bug.jsonl", tmp_path / "back.vclog"
    assert vaultclock("log", "convert", log, str(lines)).code == 0
    assert vaultclock("log", "verify", str(lines)).code == 0
    assert json.loads(lines.read_text().splitlines()[1])["fact"] == "vault-created"
    assert vaultclock("log", "convert", str(lines), str(back)).code == 0
    assert back.read_bytes() == Path(log).read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"bug.vclog", "bug.jsonl", "back.vclog"}


def test_a_file_is_only_replaced_by_force(vaultclock: Commands, log: str, tmp_path: Path) -> None:
    out = tmp_path / "precious.jsonl"
    out.write_text("precious")
    assert "replace it with --force" in vaultclock.refused(1, "log", "convert", log, str(out))
    assert out.read_text() == "precious"
    assert vaultclock("log", "convert", log, str(out), "--force").code == 0
    assert vaultclock("log", "verify", str(out)).code == 0


@pytest.mark.parametrize(
    ("argv", "code", "text"),
    [
        (["log", "convert", "LOG", "out.txt"], 2, "must end in .vclog or .jsonl"),
        (["log", "convert", "LOG", "no/such/folder/out.vclog"], 1, "No such file or directory"),
        (["log", "convert", "LOG", "no/such/folder/out.jsonl"], 1, "No such file or directory"),
        (["log", "show", "absent.vclog"], 1, "absent.vclog: No such file or directory"),
        (["log", "verify", "absent.vclog"], 1, "absent.vclog: No such file or directory"),
        (["log", "head", "."], 1, ".: Is a directory"),
        (["log", "show", "LOG", "--from", "then"], 2, "--from: 'then' is not a position"),
        (["log", "show", "LOG", "--to", "1x"], 2, "--to: '1x' is not a position"),
        (["replay", "LOG", "--to", "812"], 2, "accepted are seq:812 and at:2026"),
        (["replay", "LOG", "--to", "seq:now"], 2, "--to: 'now' is not a position"),
        (["replay", "LOG", "--to", "seq:2026-01-01"], 2, "accepted are seq:812 and at:2026"),
        (["replay", "LOG", "--to", "at:812"], 2, "accepted are seq:812 and at:2026"),
        (["replay", "LOG", "--port", "5"], 2, "--port is for --serve"),
        (["replay", "absent.vclog"], 1, "absent.vclog: No such file or directory"),
    ],
)
def test_what_cannot_be_done_with_a_log_is_said_in_one_line(
    vaultclock: Commands, log: str, argv: list[str], code: int, text: str
) -> None:
    words = [log if word == "LOG" else word for word in argv]
    assert text in vaultclock.refused(code, *words)


@pytest.mark.parametrize("verb", [["log", "show"], ["log", "head"], ["replay"]])
@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "the file is empty"),
        (b"hello", "this is not a log file"),
        (b"SQLite format 3\x00", "this is a store, which a server opens with --data"),
        (b'{"format": 99, "program_version": "9.9"}\n', "newer than format"),
        (b"{broken\n", "not JSON"),
    ],
)
def test_what_is_no_log_ends_with_1_and_its_name(
    vaultclock: Commands, tmp_path: Path, verb: list[str], content: bytes, text: str
) -> None:
    path = tmp_path / "odd.vclog"
    path.write_bytes(content)
    line = vaultclock.refused(1, *verb, str(path))
    assert text in line
    assert str(path) in line


def test_a_damaged_log_is_found_out(vaultclock: Commands, log: str, world: Engine) -> None:
    content = bytearray(Path(log).read_bytes())
    content[len(content) // 2] ^= 0x55
    Path(log).write_bytes(content)
    ran = vaultclock("log", "verify", log, "--output", "json")
    assert ran.code == 1
    assert "damaged" in ran.json["fault"]
    assert ran.json["facts"] < world.seq
    assert "frame" in vaultclock.refused(1, "replay", log)


def test_a_log_of_facts_that_do_not_follow_is_found_out(
    vaultclock: Commands, tmp_path: Path
) -> None:
    odd = MemoryLog(ORIGIN)
    gone = RecoveryPointDeleted("arn:aws:ec2:us-east-1::snapshot/never-was")
    odd.append(Batch(0, START, Scope("000000000000", "us-east-1"), None, [gone]))
    save(odd, tmp_path / "odd.vclog", **provenance())
    ran = vaultclock("log", "verify", str(tmp_path / "odd.vclog"))
    assert ran.code == 1
    assert "the facts do not fold" in ran.out
    assert "do not fold" in vaultclock.refused(1, "replay", str(tmp_path / "odd.vclog"))


def test_a_torn_log_is_read_up_to_there_when_told(
    vaultclock: Commands, torn: str, world: Engine, tmp_path: Path
) -> None:
    assert "--cut-torn-tail reads those" in vaultclock.refused(1, "log", "show", torn)
    rows = vaultclock("log", "show", torn, "--cut-torn-tail", "--output", "json").json
    assert 0 < len(rows) < world.seq
    assert vaultclock("log", "head", torn, "--cut-torn-tail").code == 0
    assert vaultclock("replay", torn, "--cut-torn-tail").code == 0
    saved = str(tmp_path / "saved.vclog")
    assert vaultclock("log", "convert", torn, saved, "--cut-torn-tail").code == 0
    assert vaultclock("log", "verify", saved).code == 0


def test_a_recorded_world_is_shown(vaultclock: Commands, log: str, world: Engine) -> None:
    ran = vaultclock("replay", log)
    first, heads, *rows = ran.out.splitlines()
    assert first == f"2026-01-06T00:00:00Z, after {world.seq} facts"
    assert heads.split() == ["account/region", "table", "key", "fields"]
    entities = [
        key for tables in world.rows().values() for rows_ in tables.values() for key in rows_
    ]
    assert len(rows) == len(entities)
    assert {row.split()[2] for row in rows} == set(entities)


def test_a_recorded_world_is_told_to_programs(
    vaultclock: Commands, log: str, world: Engine
) -> None:
    state = vaultclock("replay", log, "--output", "json").json
    assert (state["now"], state["seq"]) == ("2026-01-06T00:00:00Z", world.seq)
    (scope,) = state["scopes"]
    assert (scope["account"], scope["region"]) == ("000000000000", "us-east-1")
    assert scope["tables"]["vaults"]["busy"]["created_at"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("to", ["seq:0", "seq:1", "seq:9", "seq:99999", "at:2026-01-03"])
def test_a_world_is_played_to_a_point(
    vaultclock: Commands, log: str, world: Engine, to: str
) -> None:
    kind, _, text = to.partition(":")
    at = START + 2 * DAY
    known = play(world.log).rows() if text == "99999" else None
    state = vaultclock("replay", log, "--to", to, "--output", "json").json
    if kind == "seq":
        assert state["seq"] <= int(text)
        assert (state["now"] == "2026-01-06T00:00:00Z") == (known is not None)
    else:
        assert state["now"] == "2026-01-03T00:00:00Z"
        assert state["seq"] == sum(len(b.facts) for b in world.log.read() if b.at <= at)


def test_names_that_would_command_a_terminal_are_written_in_escapes(
    vaultclock: Commands, tmp_path: Path
) -> None:
    engine = Engine(log=MemoryLog(ORIGIN))
    red = RegisterResource("arn:aws:s3:::bucket", name="\x1b[31mred")
    engine.handle(red, Scope("000000000000", "us-east-1"))
    save(engine.log, tmp_path / "red.vclog", **provenance())
    out = vaultclock("log", "show", str(tmp_path / "red.vclog")).out
    assert "\x1b" not in out
    assert "\\u001b[31mred" in out
