"""A real server in a thread, and connections to it that speak bytes."""

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

from tests.http.desk import Answer
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.server import bind, server_of

SECONDS_MAX = 20.0  # no test waits that long; one that hangs fails


class Live:
    """A server under way."""

    def __init__(self, simulation: Simulation, port: int) -> None:
        self.simulation = simulation
        self.port = port

    def ask(self, method: str, target: str, body: Any = None, **headers: str) -> Answer:
        with contextlib.closing(self.connection()) as connection:
            return ask_on(connection, method, target, body, **headers)

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)

    def socket(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), SECONDS_MAX)

    def raw(self, *pieces: bytes, ends: bool = False) -> bytes:
        """Send bytes as they are, and read until the server ends the connection."""
        with self.socket() as connection:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for piece in pieces:
                    connection.sendall(piece)
                if ends:
                    connection.shutdown(socket.SHUT_WR)
            return read_all(connection)

    @property
    def state(self) -> Any:
        engine = self.simulation.engine
        return engine.seq, engine.now, engine.rows()


def ask_on(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    body: Any = None,
    **headers: str,
) -> Answer:
    raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, target, raw, headers)
    reply = connection.getresponse()
    named = {name.lower(): text for name, text in reply.getheaders()}
    return Answer(reply.status, named, reply.read())


def read_all(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionResetError):  # the server did not read all that was sent
        while piece := connection.recv(65_536):
            received += piece
    return received


@contextlib.contextmanager
def served(simulation: Simulation, host: str = "127.0.0.1") -> Iterator[Live]:
    """Serve a simulation in a thread for as long as the block runs."""
    started = threading.Event()
    server = server_of(simulation, host)
    server.on_started = started.set
    with bind(host, 0) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        assert started.wait(SECONDS_MAX)
        try:
            yield Live(simulation, port)
        finally:
            server.should_exit = True
            thread.join(SECONDS_MAX)
            assert not thread.is_alive(), "the server ends when told"
