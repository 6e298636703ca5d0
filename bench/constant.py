"""The limit: a raw ASGI app that answers the same bytes whatever is asked, on our own server.

``python constant.py PORT FOLDER``; the folder holds the bodies ``describe``, ``list``, ``create``
and ``vaults``. The server is stock uvicorn with the settings that ours has.
"""

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.server import bind, server_of
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.logs import MemoryLog

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]


class Constant:
    """Answers by the path alone, with bodies that were made before."""

    def __init__(self, folder: Path) -> None:
        self._create = _messages(folder / "create")
        self._answers = {
            "/backup-vaults/": _messages(folder / "vaults"),
            "/backup-vaults/points/recovery-points/": _messages(folder / "list"),
        }
        self._describe = _messages(folder / "describe")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request, or the server's life."""
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        answer = self._answers.get(scope["path"], self._describe)
        if scope["method"] == "PUT":
            answer = self._create
        await send(answer[0])
        await send(answer[1])


def _messages(file: Path) -> tuple[Message, Message]:
    body = file.read_bytes()
    headers = [
        (b"content-type", b"application/json"),
        (b"x-amzn-requestid", b"00000000-0000-0000-0000-000000000000"),
        (b"content-length", b"%d" % len(body)),
    ]
    return (
        {"type": "http.response.start", "status": 200, "headers": headers},
        {"type": "http.response.body", "body": body},
    )


def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    server = server_of(Simulation(MemoryLog(Origin())), "127.0.0.1")
    server.config.app = Constant(folder)
    server.config.http = "httptools"
    server.run(sockets=[bind("127.0.0.1", port)])


if __name__ == "__main__":
    main()
