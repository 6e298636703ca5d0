"""``vaultclock clock``: asks a running server's control API. What the clock does is not here."""

import argparse
from typing import Any

from vaultclock.adapters.cli.advancing import advance
from vaultclock.adapters.cli.asking import ask
from vaultclock.adapters.cli.failures import OK, Failure
from vaultclock.adapters.cli.output import print_fields, print_json, print_table
from vaultclock.adapters.clock.wall import RATE_MAX

_CLOCK = "/_vaultclock/clock"


def run(args: argparse.Namespace) -> int:
    """Carry out one verb on the server's clock, and print what it answers."""
    code = OK
    match args.verb:
        case "get":
            answer = ask(args.endpoint, "GET", _CLOCK)
        case "freeze":
            answer = ask(args.endpoint, "PUT", _CLOCK, {"mode": "frozen"})
        case "run":
            running = {"mode": "running", "rate": _read_rate(args.rate)}
            answer = ask(args.endpoint, "PUT", _CLOCK, running)
        case _:
            asked = {"by": args.by, "to": args.to, "until": args.until}
            how = {name: text for name, text in asked.items() if text is not None}
            answer, code = advance(args.endpoint, how, shows_progress=args.progress)
    _print(answer, args.output)
    return code


def _print(answer: dict[str, Any], output: str) -> None:
    if output == "json":
        print_json(answer)
        return
    by_name = answer.pop("by_name", {})
    print_fields(answer)
    if by_name:
        print()
        print_table(("fact", "count"), by_name.items())


def _read_rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if 0 < rate <= RATE_MAX:
        return rate
    raise Failure(
        f"--rate can't be {text[:20]!r}: accepted is a number above 0, up to {RATE_MAX:.0e}"
    )
