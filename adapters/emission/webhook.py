"""The sink that posts each message's envelope as JSON to a URL. When to try again is not here."""

import http.client
from base64 import b64encode
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

import orjson

from vaultclock.adapters.emission.sinks import TurnedDown, Undelivered, Unusable
from vaultclock.adapters.emission.spec import Spec
from vaultclock.domain.announcements.messages import Event, Message, Notice

_SECONDS_MAX = 10  # for an answer
_ANSWER_BYTES_MAX = 64 * 1024
_TRIED_AGAIN = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


class Webhook:
    """A URL that is posted to, over a new connection each time.

    A user and a password in the URL are sent as basic authentication. An answer of 2xx takes the
    message, other answers below 500 turn it down, but for 408, 425 and 429.
    """

    takes = (Event, Notice)

    def __init__(self, spec: Spec) -> None:
        url = urlsplit(spec.target)
        host = url.hostname
        if not host:
            raise Unusable(f"{spec.name} names no host")
        is_plain = url.scheme == "http"
        client = http.client
        self._connection_type = client.HTTPConnection if is_plain else client.HTTPSConnection
        self._host, self._port = host, url.port
        self._target = f"{url.path or '/'}{f'?{url.query}' if url.query else ''}"
        self._headers = {"Content-Type": "application/json", "User-Agent": "vaultclock"}
        if url.username is not None:
            secret = f"{unquote(url.username)}:{unquote(url.password or '')}".encode()
            self._headers["Authorization"] = f"Basic {b64encode(secret).decode()}"

    def deliver(self, message: Message) -> None:
        """Post a message. Raises Undelivered and TurnedDown."""
        about = {
            "X-Vaultclock-Position": str(message.place),
            "X-Vaultclock-Channel": "eventbridge" if isinstance(message.content, Event) else "sns",
        }
        body = orjson.dumps(message.envelope())
        connection = self._connection_type(self._host, self._port, timeout=_SECONDS_MAX)
        try:
            connection.request("POST", self._target, body, {**self._headers, **about})
            response = connection.getresponse()
            response.read(_ANSWER_BYTES_MAX)
        except (OSError, http.client.HTTPException) as error:
            raise Undelivered(f"no answer ({error or type(error).__name__})") from error
        finally:
            connection.close()
        _judge(response.status)

    def close(self) -> None:
        """Do nothing: no connection is kept."""


def _judge(status: int) -> None:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRIED_AGAIN:
        raise Undelivered(f"the answer is {status}")
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise TurnedDown(f"the answer is {status}")


def open_sink(spec: Spec) -> Webhook:
    """Make the sink of a URL. Raises Unusable."""
    try:
        return Webhook(spec)
    except ValueError as error:
        raise Unusable(f"{spec.name} is no URL: {error}") from None
