"""The HTTP server: sockets, signals and what is not HTTP. What is asked is the app's business.

uvicorn on httptools, and uvloop where it exists; one process, for the world is in its memory.
"""

import contextlib
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.app import App
from vaultclock.adapters.http.callers import Callers
from vaultclock.adapters.http.errors import SerializationError
from vaultclock.adapters.http.service import refusal

if TYPE_CHECKING:
    from vaultclock.adapters.emission.emission import Emission

HEAD_BYTES_MAX = 64 * 1024  # chosen: of a request's line and headers; SDKs send about 1 kB
_GRACE_SECONDS = 2  # how long requests that are under way may take to end when the server does
_IDLE_SECONDS = 60  # how long an idle connection is kept: SDKs take theirs from a pool
_BACKLOG = 2048


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 that answers what is not HTTP in AWS's shape, and bounds a request's head.

    httptools itself keeps whatever comes until a head is complete.
    """

    _head_bytes = 0
    _in_head = True
    _head_ended = False

    def data_received(self, data: bytes) -> None:
        """Feed the parser; end the connection when a head does not end."""
        was_in_head, self._head_ended = self._in_head, False
        super().data_received(data)
        if was_in_head and not self._head_ended and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self.send_400_response(f"The head is larger than {HEAD_BYTES_MAX} bytes")

    def on_headers_complete(self) -> None:
        """Note that the head is over."""
        self._in_head, self._head_ended = False, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that another head may come."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, and end the connection."""
        _, headers, body = refusal(SerializationError(msg))
        head = [b"%b: %b\r\n" % header for header in [*headers, (b"connection", b"close")]]
        self.transport.write(b"".join((b"HTTP/1.1 400 Bad Request\r\n", *head, b"\r\n", body)))
        self.transport.close()


class Server(uvicorn.Server):
    """A uvicorn server that ends in order when a signal says so, and leaves what follows to us."""

    ended_by: int | None = None
    on_started: Callable[[], None] | None = None
    on_ending: Callable[[], None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's
        """End; a second Ctrl-C does not wait for requests under way."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True
        self.ended_by = sig

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say when requests are accepted."""
        await super().startup(sockets)
        if self.on_started is not None:
            self.on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say first that the server ends, so that answers that go on find an end."""
        if self.on_ending is not None:
            self.on_ending()
        await super().shutdown(sockets)


def bind(host: str, port: int) -> socket.socket:
    """Listen on a host and port; port 0 takes any that is free. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def server_of(
    simulation: Simulation,
    host: str,
    callers: Callers | None = None,
    emission: "Emission | None" = None,
) -> Server:
    """Make the server of a simulation; ``run(sockets=[...])`` serves until it is told to end."""
    settings: dict[str, Any] = {
        "http": Protocol,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "log_level": "critical",  # the app says itself what went wrong
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": _IDLE_SECONDS,
        "timeout_graceful_shutdown": _GRACE_SECONDS,
        "backlog": _BACKLOG,
        "workers": 1,
    }
    app = App(simulation, host, callers, emission)
    server = Server(uvicorn.Config(app, **settings))
    server.on_ending = simulation.say_end
    return server


def serve(
    simulation: Simulation,
    host: str,
    listener: socket.socket,
    on_started: Callable[[], None],
    callers: Callers | None = None,
    *,
    emission: "Emission | None" = None,
) -> bool:
    """Serve until a signal ends it; the store is closed then. Tell whether it was Ctrl-C."""
    server = server_of(simulation, host, callers, emission)
    server.on_started = on_started
    with contextlib.closing(simulation):
        server.run(sockets=[listener])
    return server.ended_by == signal.SIGINT
