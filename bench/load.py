"""The load generator: a process that sends HTTP/1.1 requests and times the answers, nothing else.

Connections are kept alive, each has one request in flight, and nothing is pipelined. Linux only
(epoll); runs on a core that no server uses.
"""

import select
import socket
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from processes import answer_job, jobs

SERIAL = (
    b"@-serial@"  # a number no other request has, as long as its mark: bodies keep their length
)
ACCOUNT = b"@--account-@"  # an account that changes every so many requests
REQUESTS_AN_ACCOUNT = 250  # AWS allows 300 vaults in a Region
ACCOUNT_FIRST = 100_000_000_000
SILENCE_SECONDS_MAX = 30
CHUNK_BYTES = 1 << 18


class Connection:
    """One kept-alive connection with at most one request in flight."""

    def __init__(self, port: int) -> None:
        self._address = ("127.0.0.1", port)
        self.socket = self._connect()
        self.sent_ns = 0
        self._request = b""
        self._received = bytearray()
        self._whole_bytes = 0  # of the answer under way, once its head is known

    def _connect(self) -> socket.socket:
        made = socket.create_connection(self._address, timeout=SILENCE_SECONDS_MAX)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setblocking(False)
        return made

    def send(self, request: bytes) -> None:
        """Send a request and start its clock."""
        self._request = request
        self._received.clear()
        self._whole_bytes = 0
        self.sent_ns = time.perf_counter_ns()
        sent = self.socket.send(request)
        assert sent == len(request), "requests are smaller than a socket's buffer"

    def reconnect(self) -> None:
        """Begin a new connection, after the server has closed this one."""
        self.socket.close()
        self.socket = self._connect()

    def send_again(self) -> None:
        """Send the last request once more, on a new connection."""
        self.send(self._request)

    def receive(self) -> bytes | None:
        """Take what has come; answer the head once the whole answer is here."""
        chunk = self.socket.recv(CHUNK_BYTES)
        if not chunk:
            assert not self._received, f"a torn answer: {bytes(self._received[:200])!r}"
            return b""
        self._received += chunk
        if not self._whole_bytes:
            self._read_head()
        if not self._whole_bytes or len(self._received) < self._whole_bytes:
            return None
        head = self._received.partition(b"\r\n\r\n")[0]
        return bytes(head)

    def body(self) -> bytes:
        """Answer the body of the answer that is whole."""
        return bytes(self._received.partition(b"\r\n\r\n")[2])

    def _read_head(self) -> None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[:end]).lower()
        _, found, rest = head.partition(b"\r\ncontent-length:")
        assert found, f"an answer without a length: {head!r}"
        self._whole_bytes = end + 4 + int(rest.partition(b"\r\n")[0])


def requests_of(template: str, first: int) -> Callable[[], bytes]:
    """Answer a maker of requests from a template that may hold SERIAL and ACCOUNT."""
    raw = template.encode("latin-1")
    if SERIAL not in raw:
        return lambda: raw
    serials = count(first)

    def make() -> bytes:
        serial = next(serials)
        account = ACCOUNT_FIRST + serial // REQUESTS_AN_ACCOUNT
        return raw.replace(SERIAL, b"%09d" % serial).replace(ACCOUNT, b"%012d" % account)

    return make


class Load:
    """One job: connections, what they send, and how long each answer took."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._make = requests_of(job["template"], job.get("first", 0))
        self._left = job["requests_max"]
        self._seconds = job["seconds"]
        self._poll = select.epoll()
        self._connections: dict[int, Connection] = {}
        self._took_ns: list[int] = []
        self._port = job["port"]
        self._wanted = job["connections"]
        self._nap_seconds = 0 if job["spin"] else 1

    def run(self) -> dict[str, Any]:
        """Send until the time or the number of requests is used up, then wait for the rest."""
        for _ in range(self._wanted):
            self._watch(Connection(self._port))
        begun_ns = time.perf_counter_ns()
        until_ns = begun_ns + int(self._seconds * 1e9)
        for connection in list(self._connections.values()):
            self._next(connection, until_ns)
        while self._connections:
            for descriptor in self._ready():
                self._hear(self._connections[descriptor], until_ns)
        return self._result((time.perf_counter_ns() - begun_ns) / 1e9)

    def _ready(self) -> list[int]:
        """Wait for answers, without sleeping where there is a core to spare.

        A server pays for waking a client that sleeps, up to half of a quick answer's time; so a
        server that is slower than its client would be charged more than one that never lets it
        sleep.
        """
        give_up_at = time.monotonic() + SILENCE_SECONDS_MAX
        while time.monotonic() < give_up_at:
            if events := self._poll.poll(self._nap_seconds):
                return [descriptor for descriptor, _ in events]
        raise TimeoutError(f"port {self._port} has been silent for {SILENCE_SECONDS_MAX} s")

    def _watch(self, connection: Connection) -> None:
        descriptor = connection.socket.fileno()
        self._connections[descriptor] = connection
        self._poll.register(descriptor, select.EPOLLIN)

    def _drop(self, connection: Connection) -> None:
        del self._connections[connection.socket.fileno()]
        self._poll.unregister(connection.socket)
        connection.socket.close()

    def _next(self, connection: Connection, until_ns: int) -> None:
        if self._left == 0 or time.perf_counter_ns() >= until_ns:
            self._drop(connection)
            return
        self._left -= 1
        connection.send(self._make())

    def _hear(self, connection: Connection, until_ns: int) -> None:
        head = connection.receive()
        if head is None:
            return
        if head == b"":  # closed while idle, which any server may do: ask again
            self._renew(connection)
            connection.send_again()
            return
        self._took_ns.append(time.perf_counter_ns() - connection.sent_ns)
        status = head.split(b" ", 2)[1]
        assert status == b"200", f"{head!r} {connection.body()[:300]!r}"
        if b"\r\nconnection: close" in head.lower():
            self._renew(connection)
        self._next(connection, until_ns)

    def _renew(self, connection: Connection) -> None:
        del self._connections[connection.socket.fileno()]
        self._poll.unregister(connection.socket)
        connection.reconnect()
        self._watch(connection)

    def _result(self, seconds: float) -> dict[str, Any]:
        took = sorted(self._took_ns)
        return {
            "requests": len(took),
            "seconds": seconds,
            "p50_ms": took[len(took) // 2] / 1e6,
            "p99_ms": took[len(took) * 99 // 100] / 1e6,
        }


def main() -> None:
    for job in jobs():
        answer_job(Load(job).run())


if __name__ == "__main__":
    main()
