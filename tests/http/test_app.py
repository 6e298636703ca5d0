"""The server as clients meet it: real sockets, whole and broken HTTP."""

import asyncio
import json
from collections.abc import Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from tests.clock.test_simulation import Store
from tests.http.desk import ORIGIN, START, Desk, Seconds, seconds_later
from tests.http.serving import Live, ask_on, read_all, served
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http import app as app_module
from vaultclock.adapters.http import server as server_module
from vaultclock.adapters.http.server import HEAD_BYTES_MAX, bind
from vaultclock.domain.kernel.logs import MemoryLog

AWS_ERROR = {"Code", "Message", "Type", "Context"}
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with served(Simulation(MemoryLog(ORIGIN))) as live:
        yield live


@pytest.fixture
def live(server: Live) -> Live:
    server.simulation.reset()
    assert server.ask("PUT", "/backup-vaults/vault", {}).status == 200
    return server


def replies(received: bytes) -> list[tuple[int, dict[bytes, bytes], bytes]]:
    """Take apart what a server sent on one connection."""
    found = []
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        line, *fields = head.split(b"\r\n")
        headers = dict(field.split(b": ", 1) for field in fields)
        length = int(headers[b"content-length"])
        found.append((int(line.split()[1]), headers, received[:length]))
        received = received[length:]
    return found


def refused(received: bytes, status: int, error: bytes) -> str:
    """Check the last reply of a connection: an error in the shape of AWS; answer its text."""
    answered, headers, body = replies(received)[-1]
    assert answered == status, received
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"x-amzn-errortype"].partition(b":")[0] == error
    assert headers[b"x-amzn-requestid"]
    assert set(json.loads(body)) >= AWS_ERROR
    message: str = json.loads(body)["Message"]
    return message


def test_a_vault_is_made_and_described_over_http(live: Live) -> None:
    answer = live.ask("GET", "/backup-vaults/vault")
    assert answer.status == 200
    assert answer.json["BackupVaultName"] == "vault"
    assert answer.headers["content-type"] == "application/json"
    assert "date" in answer.headers
    assert "server" not in answer.headers


def test_a_connection_serves_many_requests(live: Live) -> None:
    with closing(live.connection()) as connection:
        for number in range(5):
            assert ask_on(connection, "PUT", f"/backup-vaults/vault-{number}", {}).status == 200
            assert ask_on(connection, "GET", "/backup-vaults/absent").status == 403
            assert ask_on(connection, "GET", "/_vaultclock/clock").status == 200


def test_the_escaped_slashes_of_an_arn_stay_in_its_segment(live: Live) -> None:
    arn = "arn%3Aaws%3Aec2%3Aus-east-1%3A%3Asnapshot%2Fsnap-0123"
    for path in (f"/backup-vaults/vault/recovery-points/{arn}", f"/tags/{arn}/"):
        answer = live.ask("GET", path)
        assert (answer.status, set(answer.json) >= AWS_ERROR) == (400, True)
        assert answer.headers["x-amzn-errortype"].startswith("ResourceNotFoundException")


def test_slashes_at_the_end_do_not_count(live: Live) -> None:
    assert live.ask("GET", "/backup-vaults/vault/").status == 200
    assert live.ask("GET", "/backup-vaults").status == 200


def test_the_query_is_not_part_of_the_path(live: Live) -> None:
    assert live.ask("PUT", "/backup-vaults/other", {}).status == 200
    answer = live.ask("GET", "/backup-vaults/?maxResults=1")
    assert len(answer.json["BackupVaultList"]) == 1
    assert live.ask("GET", f"/backup-vaults/?nextToken={answer.json['NextToken']}").status == 200
    assert live.ask("GET", "/backup-vaults/vault?a=/b&c=%2F").status == 200


def test_a_body_may_come_in_chunks(live: Live) -> None:
    body = b'5\r\n{"Bac\r\n1c\r\nkupVaultTags":{"colour":"red\r\n3\r\n"}}\r\n0\r\n\r\n'
    head = b"PUT /backup-vaults/chunked HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    found = replies(
        live.raw(head + b"Connection: close\r\n\r\n", *(body[i : i + 1] for i in range(len(body))))
    )
    assert [status for status, _, _ in found] == [200]
    arn = json.loads(found[0][2])["BackupVaultArn"].replace(":", "%3A")
    assert live.ask("GET", f"/tags/{arn}/").json["Tags"] == {"colour": "red"}


def test_a_client_may_ask_before_it_sends_a_body(live: Live) -> None:
    with live.socket() as connection:
        connection.sendall(
            b"PUT /backup-vaults/patient HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            b"Content-Length: 2\r\nConnection: close\r\n\r\n"
        )
        assert connection.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert replies(read_all(connection))[0][0] == 200


def test_requests_may_be_sent_one_behind_the_other(live: Live) -> None:
    one = b"PUT /backup-vaults/pipe-%d HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    last = b"GET /backup-vaults/pipe-4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    found = replies(live.raw(b"".join(one % n for n in range(5)) + last))
    assert [status for status, _, _ in found] == [200] * 6


def test_old_clients_and_absolute_targets_are_answered(live: Live) -> None:
    assert replies(live.raw(b"GET /backup-vaults/vault HTTP/1.0\r\n\r\n"))[0][0] == 200
    absolute = b"GET http://backup.us-east-1.amazonaws.com/backup-vaults/vault HTTP/1.1\r\n"
    assert replies(live.raw(absolute + b"Host: x\r\nConnection: close\r\n\r\n"))[0][0] == 200


def test_a_head_request_gets_no_body(live: Live) -> None:
    received = live.raw(b"HEAD /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n\r\n")


def test_a_body_over_the_limit_is_refused_and_the_connection_goes_on(live: Live) -> None:
    before = live.state
    with closing(live.connection()) as connection:
        answer = ask_on(connection, "PUT", "/backup-vaults/large", b" " * (3 * MEGABYTE))
        assert answer.status == 413
        assert answer.headers["x-amzn-errortype"].startswith("RequestEntityTooLargeException")
        assert set(answer.json) >= AWS_ERROR
        assert ask_on(connection, "GET", "/backup-vaults/vault").status == 200
    assert live.state == before


def test_an_endless_body_is_refused_whatever_length_it_announces(live: Live) -> None:
    before = live.state
    head = b"PUT /backup-vaults/large HTTP/1.1\r\nHost: x\r\n"
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    endless = [b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 40]
    refused(live.raw(head, *endless, ends=True), 413, b"RequestEntityTooLargeException")
    huge = [b"Content-Length: 99999999999\r\n\r\n", *[b" " * 65_536] * 40]
    refused(live.raw(head, *huge, ends=True), 413, b"RequestEntityTooLargeException")
    assert live.state == before


def test_a_body_that_ends_too_early_changes_nothing(live: Live) -> None:
    before = live.state
    head = b"PUT /backup-vaults/short HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    assert live.raw(head, b"{}", ends=True) == b""
    assert live.ask("GET", "/backup-vaults/vault").status == 200
    assert live.state == before


PUT = b"PUT /backup-vaults/v1 HTTP/1.1\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
MALFORMED = {
    "nonsense": b"hello, is this a vault?\r\n\r\n",
    "tls": bytes.fromhex("16030100c8010000c40303") + bytes(range(200)),
    "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "zeros": bytes(1_000),
    "no path": b"GET HTTP/1.1\r\nHost: x\r\n\r\n",
    "version": b"GET /health HTTP/9.9\r\nHost: x\r\n\r\n",
    "unknown method": b"BREW /health HTTP/1.1\r\nHost: x\r\n\r\n",
    "lower-case method": b"get /health HTTP/1.1\r\nHost: x\r\n\r\n",
    "raw bytes in the path": b"GET /backup-vaults/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "blank in the path": b"GET /backup vaults/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "authority": b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "header without colon": b"GET /health HTTP/1.1\r\nHost x\r\n\r\n",
    "header with a blank": b"GET /health HTTP/1.1\r\nHo st: x\r\n\r\n",
    "folded header": b"GET /health HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
    "control character": b"GET /health HTTP/1.1\r\nA: b\x00c\r\n\r\n",
    "negative length": PUT + b"Content-Length: -1\r\n\r\n{}",
    "length of letters": PUT + b"Content-Length: two\r\n\r\n{}",
    "two lengths": PUT + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "length and chunks": PUT + b"Content-Length: 2\r\n" + CHUNKED + b"\r\n{}",
    "bad chunk size": PUT + CHUNKED + b"\r\nzz\r\n{}",
    "chunk without end": PUT + CHUNKED + b"\r\n2\r\n{}}}}}}\r\n0\r\n\r\n",
    "endless target": b"GET /" + b"a" * (2 * HEAD_BYTES_MAX),
    "endless header": b"GET /health HTTP/1.1\r\nA: " + b"a" * (2 * HEAD_BYTES_MAX),
    "endless headers": b"GET /health HTTP/1.1\r\n" + b"A: a\r\n" * HEAD_BYTES_MAX,
    "endless lines": b"\r\n" * (2 * HEAD_BYTES_MAX),
}


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED)
def test_what_is_not_http_is_refused_and_changes_nothing(live: Live, sent: bytes) -> None:
    before = live.state
    received = live.raw(*(sent[at : at + 32_768] for at in range(0, len(sent), 32_768)))
    refused(received, 400, b"SerializationException")
    assert live.ask("GET", "/backup-vaults/vault").status == 200
    assert live.state == before


def test_a_target_that_is_no_path_is_that_of_no_operation(live: Live) -> None:
    received = live.raw(b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    refused(received, 404, b"UnknownOperationException")


def test_a_head_that_does_not_end_is_cut_off_while_it_comes(live: Live) -> None:
    with live.socket() as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\n")
        for _ in range(HEAD_BYTES_MAX // 1_000 + 2):
            connection.sendall(b"A: " + b"a" * 995 + b"\r\n")
        assert "head is larger" in refused(read_all(connection), 400, b"SerializationException")


def test_a_large_body_behind_a_small_head_is_no_large_head(live: Live) -> None:
    tags = {f"key-{n}": "x" * 200 for n in range(50)}
    body = json.dumps({"BackupVaultTags": tags, "padding": "x" * 900_000}).encode()
    with closing(live.connection()) as connection:
        for name in ("one", "two"):
            assert ask_on(connection, "PUT", f"/backup-vaults/vault-{name}", body).status == 200


def test_a_request_to_upgrade_is_answered_as_if_it_did_not_ask(live: Live) -> None:
    received = live.raw(
        b"GET /backup-vaults/vault HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n"
    )
    assert replies(received)[0][0] == 200


def test_slow_and_silent_clients_do_not_hold_up_others(live: Live) -> None:
    slow = [live.socket() for _ in range(50)]
    for connection in slow[:25]:
        connection.sendall(
            b"PUT /backup-vaults/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
        )
    assert live.ask("GET", "/backup-vaults/vault").status == 200
    for connection in slow:
        connection.close()
    assert live.ask("GET", "/backup-vaults/slow").status == 403


def test_many_clients_at_once_are_all_served(live: Live) -> None:
    def make(number: int) -> int:
        return live.ask("PUT", f"/backup-vaults/many-{number}", {}).status

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(make, range(100))) == {200}
    assert len(live.ask("GET", "/backup-vaults/").json["BackupVaultList"]) == 101


def test_the_control_api_takes_and_sends_large_logs(live: Live) -> None:
    listed = [{"arn": f"arn:aws:s3:::bucket-{n:05}", "name": "x" * 100} for n in range(3_000)]
    assert live.ask("PUT", "/_vaultclock/resources", listed).json == {"registered": 3_000}
    log = live.ask("GET", "/_vaultclock/log?format=jsonl")
    assert len(log.body) > MEGABYTE
    before = live.state
    live.ask("POST", "/_vaultclock/reset")
    assert live.ask("PUT", "/_vaultclock/log", log.body).status == 200
    assert live.state == before


def test_a_foreign_page_and_a_foreign_name_are_refused_over_http(live: Live) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        answer = live.ask("POST", "/_vaultclock/reset", **headers)
        assert answer.status == 403
        assert answer.json["field"] in {"Host", "Origin"}
    assert live.simulation.engine.seq == 1


def test_a_server_that_ends_lets_go_of_its_store_and_cuts_off_who_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_module, "_GRACE_SECONDS", 0)
    store = Store()
    with served(Simulation(store)) as live:
        assert live.ask("PUT", "/backup-vaults/vault", {}).status == 200
        waiting = live.socket()
        waiting.sendall(
            b"PUT /backup-vaults/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
        )
    assert store.closed
    assert store.kept == [(1, START)]
    waiting.close()


def test_a_server_can_be_bound_to_any_family() -> None:
    for host in ("127.0.0.1", "localhost"):
        with bind(host, 0) as listener:
            assert listener.getsockname()[1] > 0
    with bind("127.0.0.1", 0) as taken, pytest.raises(OSError, match="in use"):
        bind("127.0.0.1", taken.getsockname()[1])


def test_a_running_clock_makes_things_happen_while_nobody_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app_module, "_TICK_SECONDS", 0)
    seconds = Seconds()
    store = Store()
    desk = Desk(store, rate=3600, seconds=seconds)

    async def live_a_little() -> None:
        events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        sent: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        living = asyncio.create_task(desk.app({"type": "lifespan"}, events.get, sent.put))  # type: ignore[arg-type]
        await events.put({"type": "lifespan.startup"})
        assert await sent.get() == {"type": "lifespan.startup.complete"}
        seconds.passed = 24
        for _ in range(1_000):
            await asyncio.sleep(0)
        assert desk.simulation.engine.now == seconds_later(desk, 24)
        assert store.kept[-1] == (0, seconds_later(desk, 24))
        await events.put({"type": "lifespan.shutdown"})
        assert await sent.get() == {"type": "lifespan.shutdown.complete"}
        await living

    asyncio.run(live_a_little())
    assert store.closed


def test_a_bug_in_what_is_due_does_not_stop_the_clock(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(app_module, "_TICK_SECONDS", 0)
    desk = Desk()
    settle, bugs = desk.simulation.settle, iter([ZeroDivisionError("a bug")] * 3)

    def settle_badly() -> None:
        for bug in bugs:
            raise bug
        settle()

    desk.simulation.settle = settle_badly  # type: ignore[method-assign]

    async def live_a_little() -> None:
        ticking = asyncio.create_task(desk.app._tick())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not ticking.done()
        ticking.cancel()

    asyncio.run(live_a_little())
    assert caplog.text.count("what was due could not happen") == 3


def test_the_clock_of_a_world_that_broke_ticks_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "_TICK_SECONDS", 0)
    seconds = Seconds()
    store = Store()
    desk = Desk(store, rate=3600, seconds=seconds)
    store.full = True
    seconds.passed = 1

    async def live_a_little() -> None:
        ticking = asyncio.create_task(desk.app._tick())
        for _ in range(1_000):
            await asyncio.sleep(0)
        assert ticking.done()
        assert ticking.exception() is None

    asyncio.run(live_a_little())
    assert desk.simulation.status == "failed"


def test_a_store_that_cannot_be_closed_is_said_at_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Stuck(Store):
        def close(self) -> None:
            raise ZeroDivisionError("a bug")

    sent: list[str] = []

    async def live_and_end() -> None:
        async def receive() -> dict[str, str]:
            return {"type": "lifespan"}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message["type"])

        await Desk(Stuck()).app({"type": "lifespan"}, receive, send)

    asyncio.run(live_and_end())
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.failed"]
    assert "the log could not be closed" in caplog.text


def test_a_bug_outside_of_every_operation_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    del desk.app._service
    with pytest.raises(AttributeError):
        desk.ask("GET", "/backup-vaults/")
    assert "a request failed outside of its operation" in caplog.text
