"""Command lines run in this process, and servers run as users run them. No tests live here."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Timer
from typing import Any, NamedTuple

import pytest

import vaultclock
from tests.http.desk import Answer
from tests.http.serving import SECONDS_MAX, ask_on
from vaultclock.adapters.cli.main import main

# The tree that this process imports from, for processes that do not inherit pytest's path.
IMPORT_PATH = str(Path(os.path.abspath(vaultclock.__file__)).parent.parent)  # noqa: PTH100 - keeps links


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Commands:
    """Runs ``vaultclock`` in this process."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *argv: str) -> Ran:
        try:
            code = main(argv)
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ran(code, *self._capture.readouterr())

    def refused(self, code: int, *argv: str) -> str:
        """Run what can't be done: nothing on stdout, one line on stderr, no traceback."""
        ran = self(*argv)
        assert (ran.code, ran.out) == (code, ""), ran
        assert ran.err.startswith("vaultclock")
        assert ran.err.count("\n") == 1, ran.err
        return ran.err


def environment(**variables: str) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("VAULTCLOCK_")}
    return {**kept, "PYTHONPATH": IMPORT_PATH, **variables}


def command(*argv: str) -> list[str]:
    return [sys.executable, "-m", "vaultclock", *argv]


def run(*argv: str, **variables: str) -> Ran:
    done = subprocess.run(
        command(*argv),
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@contextmanager
def started(*argv: str, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a command line of which something is seen before it ends; one that hangs is killed."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    try:
        process = subprocess.Popen(
            command(*argv),
            env=environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    watchdog = Timer(SECONDS_MAX, process.kill)
    watchdog.start()
    with process:
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()


class Process:
    """A server in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout is not None
        self.announced = process.stdout.readline()
        found = re.search(r"http://([^ ]+):(\d+)", self.announced)
        assert found is not None, (self.announced, process.communicate(timeout=SECONDS_MAX))
        self.url, self.host, self.port = found[0], found[1], int(found[2])

    def ask(self, method: str, target: str, body: Any = None) -> Answer:
        connection = HTTPConnection(self.host, self.port, timeout=SECONDS_MAX)
        with closing(connection):
            return ask_on(connection, method, target, body)

    def end(self, how: signal.Signals) -> Ran:
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=SECONDS_MAX)
        return Ran(self.process.returncode, out, err)


@contextmanager
def serving(*argv: str, words: Sequence[str] = ("serve",), **variables: str) -> Iterator[Process]:
    process = subprocess.Popen(
        command(*words, "--port", "0", *argv),
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Process(process)
        finally:
            process.kill()
