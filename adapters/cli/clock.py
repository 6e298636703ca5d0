"""``vaultclock clock``: asks a running server's control API. What the clock does is not here."""

import argparse
import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from vaultclock.adapters.cli.failures import FOUND, OK, UNREACHABLE, USAGE, Failure
from vaultclock.adapters.cli.output import print_fields, print_json, print_table
from vaultclock.adapters.clock.wall import RATE_MAX

CONNECT_SECONDS_MAX = 10
_CLOCK = "/_vaultclock/clock"


def run(args: argparse.Namespace) -> int:
    """Carry out one verb on the server's clock, and print what it answers."""
    method, path, body = _request(args)
    answer = _ask(args.endpoint, method, path, body)
    if args.output == "json":
        print_json(answer)
        return OK
    by_name = answer.pop("by_name", {})
    print_fields(answer)
    if by_name:
        print()
        print_table(("fact", "count"), by_name.items())
    return OK


def _request(args: argparse.Namespace) -> tuple[str, str, dict[str, Any] | None]:
    match args.verb:
        case "get":
            return "GET", _CLOCK, None
        case "freeze":
            return "PUT", _CLOCK, {"mode": "frozen"}
        case "run":
            return "PUT", _CLOCK, {"mode": "running", "rate": _read_rate(args.rate)}
    asked = {"by": args.by, "to": args.to, "until": args.until}
    body = {name: text for name, text in asked.items() if text is not None}
    return "POST", f"{_CLOCK}/advance", body


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


def _ask(endpoint: str, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    connection, prefix = _connect(endpoint)
    try:
        connection.connect()
        connection.sock.settimeout(None)  # an advance takes as long as it takes
        connection.request(method, prefix + path, json.dumps(body) if body else None)
        reply = connection.getresponse()
        answer = _read_answer(reply.read())
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or error or type(error).__name__
        raise Failure(
            f"no server answers at {endpoint} ({reason}): start one with `vaultclock serve`,"
            " or name another with --endpoint",
            UNREACHABLE,
        ) from None
    finally:
        connection.close()
    if reply.status == http.client.OK and answer is not None:
        return answer
    if answer is None or "error" not in answer:
        raise Failure(f"what answers at {endpoint} is not Vaultclock", UNREACHABLE)
    raise Failure(answer["error"], USAGE if reply.status == http.client.BAD_REQUEST else FOUND)


def _connect(endpoint: str) -> tuple[http.client.HTTPConnection, str]:
    try:
        url = urlsplit(endpoint)
        port = url.port
    except ValueError:
        url, port = urlsplit(""), None
    if url.scheme != "http" or not url.hostname:
        raise Failure(f"--endpoint can't be {endpoint[:100]!r}: accepted is http://HOST:PORT")
    # not urllib's opener: a proxy of the environment must not come between
    connection = http.client.HTTPConnection(url.hostname, port or 80, timeout=CONNECT_SECONDS_MAX)
    return connection, url.path.rstrip("/")


def _read_answer(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
