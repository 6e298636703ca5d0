"""A real web server that keeps what it is posted, and answers as it is told. No tests live here."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.http.serving import SECONDS_MAX


class Posted(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Hook:
    """A server under way; it answers 204 once its own answers are used up."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.answers: list[int] = []
        self.port = 0
        self._changed = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def take(self, posted: Posted) -> int:
        with self._changed:
            self.posted.append(posted)
            self._changed.notify_all()
            return self.answers.pop(0) if self.answers else 204

    def await_posted(self, count: int) -> list[Posted]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.posted) >= count, SECONDS_MAX)
        return self.posted


@contextmanager
def hooked() -> Iterator[Hook]:
    """Serve for as long as the block runs."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            named = {name.lower(): text for name, text in self.headers.items()}
            self.send_response(hook.take(Posted(self.command, self.path, named, body)))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hook.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield hook
        finally:
            server.shutdown()
            thread.join(SECONDS_MAX)
