"""The command line as a whole: help, version, exit codes, and what it costs to start."""

import subprocess
import sys

import pytest

from tests.cli.commands import Commands, command, environment, run
from vaultclock.adapters.cli import main as main_module

COMMANDS = ["serve", "clock", "log", "replay", "schedule"]
VERBS = [
    *[["clock", verb] for verb in ("get", "advance", "freeze", "run")],
    *[["log", verb] for verb in ("show", "head", "verify", "convert")],
    ["schedule", "next"],
]


@pytest.mark.parametrize("words", [[], *[[name] for name in COMMANDS], *VERBS])
def test_everything_has_help(vaultclock: Commands, words: list[str]) -> None:
    ran = vaultclock(*words, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("usage: vaultclock")
    if len(words) < 2:
        assert "examples:" in ran.out


def test_help_names_every_command_and_exit_code(vaultclock: Commands) -> None:
    out = vaultclock("--help").out
    for word in (*COMMANDS, "exit codes:", "  0  ", "  1  ", "  2  ", "  3  ", "  130  "):
        assert word in out


def test_the_help_of_serve_names_every_variable(vaultclock: Commands) -> None:
    out = vaultclock("serve", "--help").out
    for name in ("HOST", "PORT", "DATA", "START", "CLOCK", "RATE", "SEED", "JOB_SECONDS"):
        assert f"--{name.lower().replace('_', '-')} " in out
        assert f"[VAULTCLOCK_{name}]" in out


def test_the_version_is_printed(vaultclock: Commands) -> None:
    ran = vaultclock("--version")
    assert ran.code == 0
    assert ran.out.startswith("vaultclock ")


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["fly"],
        ["clock"],
        ["clock", "fly"],
        ["clock", "advance"],
        ["clock", "advance", "1d", "--to", "2027-01-01"],
        ["clock", "advance", "--until", "bored"],
        ["clock", "get", "--output", "xml"],
        ["clock", "get", "--loud"],
        ["log", "show"],
        ["replay"],
        ["schedule", "next"],
        ["serve", "here"],
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_one_line_that_points_to_help(
    vaultclock: Commands, argv: list[str]
) -> None:
    assert "--help)" in vaultclock.refused(2, *argv)


def test_an_interrupted_command_ends_with_130(
    vaultclock: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main_module, "import_module", interrupt)
    ran = vaultclock("schedule", "next", "cron(0 5 ? * * *)")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    many = command("schedule", "next", "cron(0/5 * ? * * *)", "-n", "10000")
    with subprocess.Popen(
        many, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_the_module_is_the_command() -> None:
    ran = run("--version")
    assert (ran.code, ran.err) == (0, "")


def test_help_does_not_import_what_it_does_not_need() -> None:
    """The promise of 40 ms, without a stopwatch: none of what is slow is imported."""
    script = """
import sys
from vaultclock.adapters.cli.main import main
try:
    main(["--help"])
except SystemExit:
    pass
heavy = {"attrs", "cattrs", "msgpack", "orjson", "starlette", "uvicorn", "asyncio", "http.client",
         "sqlite3", "importlib.metadata", "zoneinfo", "logging", "vaultclock.domain.features"}
print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.strip() == "[]"


def test_importing_the_package_is_light_and_its_names_are_there() -> None:
    script = """
import sys, vaultclock
assert "attrs" not in sys.modules
assert set(vaultclock.__all__) <= set(dir(vaultclock))
for name in vaultclock.__all__:
    assert getattr(vaultclock, name) is not None, name
assert vaultclock.Engine is vaultclock.Engine
try:
    vaultclock.nothing
except AttributeError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "module 'vaultclock' has no attribute 'nothing'"
