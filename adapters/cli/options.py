"""The options of a server: each on the command line and in the environment. Nothing heavy here."""

import argparse
import shlex
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from vaultclock.adapters.cli.failures import Failure
from vaultclock.adapters.clock.wall import RATE_MAX
from vaultclock.adapters.emission.spec import parse_spec, redacted
from vaultclock.domain.kernel.instants import from_iso

PORT_MAX = 65_535
SEED_MAX = 2**63 - 1
JOB_SECONDS_MAX = 366 * 24 * 60 * 60
DELETION_LAG_HOURS_MAX = 366 * 24


def _text(text: str) -> str:
    if not text:
        raise ValueError("it is empty")
    return text


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if text.isascii() and text.isdecimal() and least <= int(text) <= most:
            return int(text)
        raise ValueError(f"accepted is a whole number from {least} to {most}")

    return read


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if 0 < rate <= RATE_MAX:
        return rate
    raise ValueError(f"accepted is a number above 0, up to {RATE_MAX:.0e}")


def _mode(text: str) -> str:
    if text not in {"running", "frozen"}:
        raise ValueError("accepted are running and frozen")
    return text


def _switch(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("accepted are true and false")
    return text == "true"


class Option(NamedTuple):
    """One option: ``--name``, its value's reader (raises ValueError), and what stands in help.

    One that is ``repeated`` has a list of values, which the environment separates by blanks; of a
    ``switch``, the name alone means true.
    """

    name: str
    metavar: str
    read: Callable[[str], Any]
    default: Any
    help: str
    repeated: bool = False
    switch: bool = False

    @property
    def flag(self) -> str:
        """How it is given on the command line."""
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        """How it is given in the environment."""
        return f"VAULTCLOCK_{self.name.replace('-', '_').upper()}"


HOST = Option("host", "HOST", _text, "127.0.0.1", "name or address to listen on")
PORT = Option("port", "PORT", _whole(0, PORT_MAX), 4566, "port; 0 takes any that is free")
CLOCK = Option("clock", "MODE", _mode, "running", "running or frozen")
RATE = Option("rate", "N", _rate, None, "simulated seconds a second, when running (default: 1)")
CALLERS = Option("callers", "FILE", _text, None, "JSON object of principals' ARNs by access key id")
REPLAYED_CLOCK = CLOCK._replace(default="frozen")
ADDRESS = (HOST, PORT)
WORLD = (
    Option("data", "PATH", _text, None, "SQLite file to keep the log in (default: memory only)"),
    Option("start", "ISO", from_iso, None, "where a new world's clock begins (default: now)"),
    CLOCK,
    RATE,
    Option("seed", "N", _whole(0, SEED_MAX), 0, "decides every id of a new world"),
    Option(
        "job-seconds", "N", _whole(0, JOB_SECONDS_MAX), 3, "how long a job runs that says nothing"
    ),
    Option(
        "deletion-lag-hours",
        "N",
        _whole(0, DELETION_LAG_HOURS_MAX),
        8,
        "how long a recovery point may outlive its retention",
    ),
)


EMISSION = (
    Option(
        "emit",
        "SINK",
        parse_spec,
        None,
        "deliver events and notifications: jsonl:PATH, webhook:URL, sns:ENDPOINT,"
        " eventbridge:ENDPOINT or sqs:QUEUE_URL; may be given more than once",
        repeated=True,
    ),
    Option(
        "emit-during-advance",
        "true|false",
        _switch,
        None,
        "deliver also what an advance of the clock brings",
        switch=True,
    ),
    Option(
        "emit-cursors",
        "PATH",
        _text,
        None,
        "file that keeps how far each sink has come (default: beside --data)",
    ),
)


def add_options(parser: argparse.ArgumentParser, options: tuple[Option, ...]) -> None:
    """Declare options; what was not given is None, so that the environment can be asked."""
    for option in options:
        default = "" if option.default is None else f" (default: {option.default})"
        how: dict[str, Any] = {"action": "append"} if option.repeated else {}
        if option.switch:
            how = {"nargs": "?", "const": "true"}
        about = f"{option.help}{default} [{option.variable}]"
        parser.add_argument(option.flag, metavar=option.metavar, help=about, **how)


def read_options(
    options: tuple[Option, ...], args: argparse.Namespace, environment: Mapping[str, str]
) -> tuple[dict[str, Any], set[str]]:
    """Read options from the command line, then the environment, then their defaults.

    Answers the values by name, and the names of those that were given. Raises Failure naming the
    option or variable, and what it accepts.
    """
    values, given = {}, set()
    for option in options:
        attribute = option.name.replace("-", "_")
        text, source = getattr(args, attribute), option.flag
        if text is None:
            text, source = environment.get(option.variable), option.variable
        values[attribute] = option.default
        if text is not None:
            given.add(attribute)
            values[attribute] = _read(option, text, source)
    return values, given


def _read(option: Option, text: Any, source: str) -> Any:
    """Read what was given; Raises Failure."""
    if option.repeated:
        texts = text if isinstance(text, list) else _words(text, source)
        return [_read(option._replace(repeated=False), one, source) for one in texts]
    try:
        return option.read(text)
    except ValueError as error:
        raise Failure(f"{source} can't be {redacted(text)[:100]!r}: {error}") from None


def _words(text: str, source: str) -> list[str]:
    """Take a list in the environment apart, as a shell would."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise Failure(f"{source} can't be taken apart: {error}") from None


def read_rate(values: Mapping[str, Any]) -> float:
    """Answer the rate the clock is to have; 0 is frozen. Raises Failure when the two disagree."""
    if values["clock"] == "running":
        rate: float = values["rate"] or 1
        return rate
    if values["rate"] is not None:
        raise Failure(
            "--rate, or VAULTCLOCK_RATE, is for a running clock: leave it out, or run the clock"
        )
    return 0
