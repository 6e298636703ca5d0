"""The ``vaultclock`` command: what can be typed. What it does stands in a module per command.

Only what help needs is imported here; ``vaultclock --help`` is as quick as argparse is.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from vaultclock.adapters.cli.failures import INTERRUPTED, OK, USAGE, Failure
from vaultclock.adapters.cli.options import (
    ADDRESS,
    CALLERS,
    EMISSION,
    RATE,
    REPLAYED_CLOCK,
    WORLD,
    add_options,
)
from vaultclock.adapters.clock.collector import collector_paused

ENDPOINT_DEFAULT = "http://127.0.0.1:4566"
_EXIT_CODES = """\
exit codes:
  0  done
  1  something was found wrong: a log that can't be read, an advance that was refused
  2  the command line can't be meant
  3  no Vaultclock server answers
  130  interrupted by Ctrl-C
"""
_EXAMPLES = {
    "": f"""\
examples:
  vaultclock serve --start 2026-01-01T00:00:00Z --clock frozen
  vaultclock clock advance 35d
  vaultclock schedule next 'cron(0 5 ? * * *)' --tz America/New_York -n 5
  vaultclock replay bug.vclog --to seq:812

{_EXIT_CODES}""",
    "serve": """\
examples:
  vaultclock serve
  vaultclock serve --port 0 --clock frozen --start 2026-01-01T00:00:00Z --seed 7
  vaultclock serve --data backup.db --rate 3600

Point a client at it with AWS_ENDPOINT_URL_BACKUP=http://127.0.0.1:4566 and any credentials;
an access key id of 12 digits is taken as the account. --callers says which other keys are
whose, such as {"AKIAEXAMPLE": "arn:aws:iam::123456789012:role/operator"}. SIGTERM and Ctrl-C
end it in order.
With --data, the clock goes on from where the log rested, at the rate given.
""",
    "clock": """\
examples:
  vaultclock clock get
  vaultclock clock advance 35d
  vaultclock clock advance 1d12h
  vaultclock clock advance --to 2027-01-01
  vaultclock clock advance --until next
  vaultclock clock run --rate 3600

Ctrl-C stops an advance where it has come to, and prints what happened up to there.
""",
    "log": """\
examples:
  vaultclock log head bug.vclog
  vaultclock log show bug.vclog --from 800 --name 'backup-job-*'
  vaultclock log show bug.vclog --from 2026-01-01 --to 2026-02-01 --output json
  vaultclock log verify bug.vclog
  vaultclock log convert bug.vclog bug.jsonl
""",
    "replay": """\
examples:
  vaultclock replay bug.vclog
  vaultclock replay bug.vclog --to seq:812 --output json
  vaultclock replay bug.vclog --to at:2026-03-01T05:00:00Z
  vaultclock replay bug.vclog --to seq:812 --serve --port 4567
""",
    "schedule": """\
examples:
  vaultclock schedule next 'cron(0 5 ? * * *)'
  vaultclock schedule next 'cron(0 12 L * ? *)' --tz Europe/Berlin --after 2026-01-01 -n 12
""",
}


_UNTIL = (
    "the next event, or idle: the last one. A plan's schedule never ends, so idle gives up"
    " after 100000 facts or 36525 days, and says so"
)
_Commands = Any  # argparse's own type for it is private


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line."""
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(USAGE)


def _add(commands: _Commands, name: str, about: str) -> _Parser:
    """Declare a command; it runs in the module of its name, or of the command above it."""
    parser: _Parser = commands.add_parser(
        name,
        help=about[0].lower() + about[1:].rstrip("."),
        description=about,
        epilog=_EXAMPLES.get(name),  # a verb's are its command's
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def _verbs(parser: _Parser) -> _Commands:
    return parser.add_subparsers(dest="verb", metavar="VERB", required=True)


def _add_output(parser: _Parser) -> None:
    parser.add_argument(
        "--output", choices=("table", "json"), default="table", help="how to print (default: table)"
    )


def _add_serve(commands: _Commands) -> None:
    parser = _add(commands, "serve", "Serve AWS Backup over HTTP.")
    add_options(parser, (*ADDRESS, *WORLD, CALLERS, *EMISSION))


def _add_clock(commands: _Commands) -> None:
    verbs = _verbs(_add(commands, "clock", "Look at the clock of a running server, or move it."))
    get = _add(verbs, "get", "Say where the clock stands.")
    advance = _add(verbs, "advance", "Make everything happen that is due by an instant.")
    how = advance.add_mutually_exclusive_group(required=True)
    how.add_argument("by", nargs="?", metavar="DURATION", help="35d, 12h, 90m, 1d12h, P35D, ...")
    how.add_argument("--to", metavar="ISO", help="an instant, such as 2027-01-01T00:00:00Z")
    how.add_argument("--until", choices=("next", "idle"), help=_UNTIL)
    advance.add_argument(
        "--progress",
        action="store_true",
        help="show on stderr how far it is (default: when that is a terminal)",
    )
    freeze = _add(verbs, "freeze", "Stop the clock where it stands.")
    run = _add(verbs, "run", "Let the clock run from where it stands.")
    run.add_argument("--rate", metavar="N", default="1", help="simulated seconds a second")
    for parser in (get, advance, freeze, run):
        parser.add_argument(
            "--endpoint",
            metavar="URL",
            default=os.environ.get("VAULTCLOCK_ENDPOINT") or ENDPOINT_DEFAULT,
            help=f"the server (default: {ENDPOINT_DEFAULT}) [VAULTCLOCK_ENDPOINT]",
        )
        _add_output(parser)


def _add_log(commands: _Commands) -> None:
    verbs = _verbs(_add(commands, "log", "Look into event log files: .vclog or .jsonl."))
    show = _add(verbs, "show", "Print the facts of a log.")
    show.add_argument("--from", dest="since", metavar="POINT", help="a position or an instant")
    show.add_argument("--to", dest="until", metavar="POINT", help="the first that is left out")
    show.add_argument(
        "--name", action="append", metavar="PATTERN", help="facts so named; * is anything"
    )
    head = _add(verbs, "head", "Print where a log begins and ends, and what wrote it.")
    verify = _add(verbs, "verify", "Read a whole log and fold it; exit with 1 when it can't be.")
    convert = _add(verbs, "convert", "Write a log in the other format, by the names' endings.")
    for parser in (show, head, verify, convert):
        parser.add_argument("file", metavar="FILE")
    for parser in (show, head, convert):
        _add_cut(parser)
    for parser in (show, head, verify):
        _add_output(parser)
    convert.add_argument("out", metavar="OUT")
    convert.add_argument("--force", action="store_true", help="replace OUT when it exists")


def _add_cut(parser: _Parser) -> None:
    parser.add_argument(
        "--cut-torn-tail", action="store_true", help="read a log that stops too early up to there"
    )


def _add_replay(commands: _Commands) -> None:
    parser = _add(commands, "replay", "Rebuild the world that a log recorded, up to any point.")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--to", metavar="POINT", help="seq:N or at:ISO (default: the log's end)")
    parser.add_argument(
        "--serve", action="store_true", help="serve that world, on a clock that is frozen there"
    )
    add_options(parser, (*ADDRESS, REPLAYED_CLOCK, RATE, CALLERS))
    _add_cut(parser)
    _add_output(parser)


def _add_schedule(commands: _Commands) -> None:
    verbs = _verbs(_add(commands, "schedule", "Say what a schedule expression means."))
    parser = _add(verbs, "next", "Print when a schedule runs next, in its zone and in UTC.")
    parser.add_argument("expression", metavar="EXPRESSION", help="such as 'cron(0 5 ? * * *)'")
    parser.add_argument("--tz", default="Etc/UTC", metavar="ZONE", help="default: Etc/UTC")
    parser.add_argument("--after", metavar="ISO", help="runs after this instant (default: now)")
    parser.add_argument("-n", dest="count", default="10", metavar="N", help="default: 10")
    _add_output(parser)


class _Version(argparse.Action):
    """Prints the version; it takes a look at what is installed, so only when asked."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        print(f"vaultclock {import_module('vaultclock').__version__}")
        parser.exit()


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of everything that can be typed."""
    parser = _Parser(
        prog="vaultclock",
        description="AWS Backup on a clock you control.",
        epilog=_EXAMPLES[""],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in (_add_serve, _add_clock, _add_log, _add_replay, _add_schedule):
        add(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; answer its exit code. Raises SystemExit for usage errors and help."""
    args = make_parser().parse_args(argv)
    try:
        with collector_paused():  # modules are made of what stays: looking at it takes a sixteenth
            command = import_module(f"vaultclock.adapters.cli.{args.command}")
        code: int = command.run(args)
        sys.stdout.flush()
    except Failure as failure:
        line = " ".join(str(failure).split())  # whatever a file or a server put into it
        print(f"vaultclock {args.command}: {line}", file=sys.stderr)
        return failure.code
    except BrokenPipeError:
        # whoever read has seen enough; what Python still holds must not fail at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED
    return code
