"""Starts processes on a core of their own and reads what they cost from /proc. Linux only."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import attrs

if sys.platform != "linux":
    sys.exit("bench: it takes Linux, for it reads /proc and pins processes to cores")

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = _CORES[0], _CORES[-1]
START_SECONDS_MAX = 60
_POLL_SECONDS = 0.002
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_HERE = Path(__file__).parent


@attrs.frozen
class Answer:
    """A whole HTTP answer."""

    status: int
    body: bytes


@attrs.frozen
class Server:
    """A server process on the servers' core, and the port it listens on."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    @classmethod
    def spawn(
        cls, name: str, port: int, command: Sequence[str], environment: Mapping[str, str]
    ) -> Self:
        """Start a server in a process group of its own, its words unread."""
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.sched_setaffinity(process.pid, {SERVER_CORE})
        return cls(name, port, process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ask the process to end, and make it after five seconds."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def cpu_seconds(self) -> float:
        """Add up the processor time of the process and of all that it started."""
        return sum(_cpu_seconds(pid) for pid in _family(self.process.pid))

    def resident_bytes(self) -> int:
        """Add up the memory that the process and all that it started hold."""
        return sum(_resident_bytes(pid) for pid in _family(self.process.pid))

    def first_answer(self, request: bytes) -> Answer:
        """Ask a server that is starting until it answers with status 200."""
        give_up_at = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < give_up_at:
            assert self.process.poll() is None, f"{self.name} ended: {self.process.args!r}"
            with contextlib.suppress(ConnectionError):
                answer = ask(self.port, request)
                if answer.status == 200:
                    return answer
            time.sleep(_POLL_SECONDS)
        raise TimeoutError(f"{self.name} has not answered for {START_SECONDS_MAX} s")


class Worker:
    """A script of ours that takes one JSON job a line and answers one JSON result a line."""

    def __init__(self, script: str, core: int, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(_HERE / script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        os.sched_setaffinity(self._process.pid, {core})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.communicate()

    def do(self, **job: Any) -> Any:
        """Give the worker one job and wait for its result."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the worker ended on {job!r:.500}; what it said stands above")
        return json.loads(line)


def jobs() -> Iterator[dict[str, Any]]:
    """Read one job a line, as a worker does, until the parent closes the pipe."""
    for line in sys.stdin:
        yield json.loads(line)


def answer_job(result: Any) -> None:
    """Write a job's result, as a worker does."""
    print(json.dumps(result), flush=True)


def progress(words: str) -> None:
    """Tell whoever waits what is being measured."""
    print(f"bench: {words}", file=sys.stderr, flush=True)


def free_port() -> int:
    """Find a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ask(port: int, request: bytes, seconds_max: float = START_SECONDS_MAX) -> Answer:
    """Send one request on a connection of its own and read the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds_max) as connection:
        connection.sendall(request)
        received = bytearray()
        while not _is_whole(received):
            chunk = connection.recv(1 << 18)
            if not chunk:
                raise ConnectionResetError(f"port {port} closed the connection")
            received += chunk
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    return Answer(int(head.split(b" ", 2)[1]), body)


def _is_whole(received: bytearray) -> bool:
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(received[:end]).lower()
    length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    return len(received) - end - 4 >= int(length or 0)


def _family(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(FileNotFoundError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in _text(f"{task}/children").split():
                yield from _family(int(child))


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return ""


def _cpu_seconds(pid: int) -> float:
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND if fields else 0.0


def _resident_bytes(pid: int) -> int:
    found = _text(f"/proc/{pid}/status").partition("VmRSS:")[2].split(maxsplit=1)
    return int(found[0]) * 1024 if found else 0
