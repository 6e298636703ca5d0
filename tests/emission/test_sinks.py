"""Files and webhooks: what is written and posted, and what becomes of it when they fail."""

import json
import os
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emission.hooks import Hook, hooked
from tests.emission.worlds import some_messages
from vaultclock.adapters.emission.jsonl import JsonLines
from vaultclock.adapters.emission.sinks import (
    Sink,
    TurnedDown,
    Undelivered,
    Unusable,
    sink_of,
)
from vaultclock.adapters.emission.spec import Spec
from vaultclock.adapters.emission.webhook import Webhook

EVENT, NOTICE = some_messages()


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


def test_a_file_grows_by_an_envelope_a_line(path: Path) -> None:
    sink = sink_of(Spec("jsonl", str(path)))
    assert not path.exists(), "made with the first message"
    sink.deliver(EVENT)
    assert lines(path) == [EVENT.envelope()], "at once"
    sink.deliver(NOTICE)
    sink.close()
    sink.close()
    again = sink_of(Spec("jsonl", str(path)))
    again.deliver(EVENT)
    again.close()
    assert lines(path) == [m.envelope() for m in (EVENT, NOTICE, EVENT)]


def test_a_torn_line_is_left_to_stand_alone(path: Path) -> None:
    path.write_text('{"whole": 1}\n{"tor')
    sink = JsonLines(path)
    sink.deliver(EVENT)
    sink.close()
    first, torn, last = path.read_text().splitlines()
    assert (first, torn) == ('{"whole": 1}', '{"tor')
    assert json.loads(last) == EVENT.envelope()


def test_a_file_that_can_not_be_written_is_tried_again(path: Path) -> None:
    path.mkdir()
    sink = JsonLines(path)
    with pytest.raises(Undelivered, match="can't be written: Is a directory"):
        sink.deliver(EVENT)
    path.rmdir()
    sink.deliver(EVENT)
    sink.close()
    assert lines(path) == [EVENT.envelope()]


def test_a_line_for_which_there_is_no_room_is_written_again_as_a_whole(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = JsonLines(path)
    sink.deliver(NOTICE)

    class Full:
        """A file on a disk that takes ten bytes more."""

        def __init__(self, file: Any) -> None:
            self._file = file

        def write(self, line: bytes) -> int:
            return int(self._file.write(line[:10]))

        def close(self) -> None:
            self._file.close()

    monkeypatch.setattr(sink, "_file", Full(sink._file))
    with pytest.raises(Undelivered, match="no room for a whole line"):
        sink.deliver(EVENT)
    sink.deliver(EVENT)
    sink.close()
    first, torn, last = path.read_text().splitlines()
    assert (json.loads(first), len(torn)) == (NOTICE.envelope(), 10)
    assert json.loads(last) == EVENT.envelope()


def test_a_pipe_is_a_file_too(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    sink, read = JsonLines(pipe), []

    def take() -> None:
        with pipe.open() as file:
            read.append(file.readline())

    reader = threading.Thread(target=take)
    reader.start()
    sink.deliver(EVENT)
    reader.join(10)
    sink.close()
    assert json.loads(read[0]) == EVENT.envelope()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as hook:
        yield hook


def webhook(hook: Hook, target: str = "/hook", user: str = "") -> Sink:
    return sink_of(Spec("webhook", f"http://{user}127.0.0.1:{hook.port}{target}"))


def test_a_webhook_is_posted_the_envelope(hook: Hook) -> None:
    sink = webhook(hook, "/hook?key=a%20b")
    sink.deliver(EVENT)
    sink.deliver(NOTICE)
    sink.close()
    first, second = hook.posted
    assert (first.method, first.target) == ("POST", "/hook?key=a%20b")
    assert first.headers["host"] == f"127.0.0.1:{hook.port}"
    assert first.headers["content-type"] == "application/json"
    assert first.headers["x-vaultclock-position"] == str(EVENT.place)
    assert first.headers["x-vaultclock-channel"] == "eventbridge"
    assert second.headers["x-vaultclock-channel"] == "sns"
    assert "authorization" not in first.headers
    assert [json.loads(p.body) for p in hook.posted] == [EVENT.envelope(), NOTICE.envelope()]


def test_a_user_in_the_url_is_sent_as_basic_authentication(hook: Hook) -> None:
    webhook(hook, "", "me:a%40b@").deliver(EVENT)
    webhook(hook, "/", "me@").deliver(EVENT)
    sent = [posted.headers["authorization"] for posted in hook.posted]
    assert sent == [f"Basic {b64encode(text).decode()}" for text in (b"me:a@b", b"me:")]
    assert [posted.target for posted in hook.posted] == ["/", "/"]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_an_answer_of_success_takes_the_message(hook: Hook, status: int) -> None:
    hook.answers = [status]
    webhook(hook).deliver(EVENT)
    assert len(hook.posted) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_an_answer_that_may_change_is_tried_again(hook: Hook, status: int) -> None:
    hook.answers = [status]
    sink = webhook(hook)
    with pytest.raises(Undelivered, match=f"the answer is {status}"):
        sink.deliver(EVENT)
    sink.deliver(EVENT)
    assert len(hook.posted) == 2


@pytest.mark.parametrize("status", [301, 302, 304, 400, 401, 404, 410])
def test_an_answer_that_stays_gives_the_message_up(hook: Hook, status: int) -> None:
    hook.answers = [status]
    with pytest.raises(TurnedDown, match=f"the answer is {status}"):
        webhook(hook).deliver(EVENT)
    assert len(hook.posted) == 1, "redirections are not followed"


def test_nobody_there_is_tried_again() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # and does not listen
        port = reserved.getsockname()[1]
        with pytest.raises(Undelivered, match="no answer"):
            sink_of(Spec("webhook", f"http://127.0.0.1:{port}")).deliver(EVENT)


def test_what_is_no_http_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"hello\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Undelivered, match="no answer"):
            sink_of(Spec("webhook", f"http://127.0.0.1:{listener.getsockname()[1]}")).deliver(EVENT)
        thread.join(10)


@pytest.mark.parametrize("url", ["http://:80", "http://h:port", "http://[::1", "http://h:99999999"])
def test_a_url_that_names_no_place_is_unusable(url: str) -> None:
    with pytest.raises(Unusable):
        sink_of(Spec("webhook", url))


def test_a_secure_url_is_spoken_to_securely() -> None:
    sink = Webhook(Spec("webhook", "https://example.test/hook"))
    assert sink._connection_type.__name__ == "HTTPSConnection"
