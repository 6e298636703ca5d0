"""Reads a request's body from an ASGI server, and no more of it than asked for."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from vaultclock.adapters.http.errors import TooLarge

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


async def read_body(receive: Receive, bytes_max: int) -> bytes | None:
    """Read a whole body; None when the caller left before its end.

    Raises TooLarge as soon as too much has come, whatever length was announced.
    """
    body = bytearray()
    message = await receive()
    while message["type"] == "http.request":
        body += message.get("body", b"")
        if len(body) > bytes_max:
            raise TooLarge(f"The body is larger than {bytes_max} bytes")
        if not message.get("more_body", False):
            return bytes(body)
        message = await receive()
    return None
