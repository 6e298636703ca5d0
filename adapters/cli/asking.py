"""Asks a running server's control API and reads its answer. What is asked is a command's business.

Whatever keeps a server from answering becomes one line for the user.
"""

import http.client
import json
import select
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from vaultclock.adapters.cli.failures import FOUND, UNREACHABLE, USAGE, Failure

CONNECT_SECONDS_MAX = 10
_WAITING_SECONDS = 0.25  # between two calls of those who do something meanwhile


def ask(
    endpoint: str,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    waiting: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Ask a server, and answer the JSON object that it answers; ``waiting`` is called meanwhile.

    The connection ends when an exception comes from there, Ctrl-C among them: a server sees that.
    Raises Failure when nobody answers, or when what was asked is refused.
    """
    connection, prefix = _connect(endpoint)
    try:
        connection.connect()
        connection.sock.settimeout(None)  # an advance takes as long as it takes
        connection.request(method, prefix + path, json.dumps(body) if body else None)
        while waiting is not None and not _is_answered(connection):
            waiting()
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
        raise not_vaultclock(endpoint)
    code = USAGE if reply.status == http.client.BAD_REQUEST else FOUND
    raise Failure(answer["error"], code, answer)


def not_vaultclock(endpoint: str) -> Failure:
    """Say that a server of another kind answers."""
    return Failure(f"what answers at {endpoint} is not Vaultclock", UNREACHABLE)


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


def _is_answered(connection: http.client.HTTPConnection) -> bool:
    readable, _, _ = select.select([connection.sock], [], [], _WAITING_SECONDS)
    return bool(readable)


def _read_answer(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
