"""Listening over HTTP: server-sent events of a real server, from now, from the past, and again."""

import asyncio
import contextlib
import http.client
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.http.desk import Desk
from tests.http.serving import Live, served
from vaultclock.adapters.emission.follower import Follower, Since
from vaultclock.adapters.http.control_events import EventStream
from vaultclock.domain.announcements.projector import announced

EVENTS = "/_vaultclock/events"
ROLE = "arn:aws:iam::000000000000:role/backup"
VOLUME = "arn:aws:ec2:us-east-1:000000000000:volume/vol-1"


class Heard(NamedTuple):
    id: str
    envelope: Any

    @property
    def vault(self) -> Any:
        return self.envelope["detail"]["backupVaultName"]


class Listener:
    """Reads a stream of events frame by frame."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.response = response
        self.start = self.comment()

    def comment(self) -> str:
        line = self.response.readline().decode()
        assert line.startswith(":"), line
        assert self.response.readline() == b"\n"
        return line.removeprefix(":").strip()

    def hear(self) -> Heard:
        while (line := self.response.readline()).startswith(b":"):
            assert self.response.readline() == b"\n"
        data = self.response.readline()
        assert self.response.readline() == b"\n"
        assert line.startswith(b"id: "), line
        assert data.startswith(b"data: "), data
        return Heard(line[4:].decode().strip(), json.loads(data[6:]))

    def rest(self) -> list[bytes]:
        """What is left until the server ends the stream."""
        return [line for line in self.response.read().splitlines() if line not in (b"", b":")]


@contextlib.contextmanager
def listening(live: Live, query: str = "", **headers: str) -> Iterator[Listener]:
    with contextlib.closing(live.connection()) as connection:
        connection.request("GET", EVENTS + query, headers=headers)
        response = connection.getresponse()
        assert response.status == 200, response.read()
        with response:
            yield Listener(response)


@pytest.fixture
def live() -> Iterator[Live]:
    with served(Desk().simulation) as live:
        yield live


def vault(live: Live, name: str) -> None:
    assert live.ask("PUT", f"/backup-vaults/{name}", {}).status == 200


def backup(live: Live) -> None:
    asked = {"BackupVaultName": "vault", "ResourceArn": VOLUME, "IamRoleArn": ROLE}
    assert live.ask("PUT", "/backup-jobs", asked).status == 200


def advance(live: Live) -> None:
    assert live.ask("POST", "/_vaultclock/clock/advance", {"by": "1m"}).status == 200


def everything(live: Live) -> list[Heard]:
    return [
        Heard(str(message.place), message.envelope())
        for message in announced(live.simulation.engine.log)
    ]


def test_what_happens_is_heard_when_it_happens(live: Live) -> None:
    vault(live, "before")
    with listening(live) as listener:
        assert listener.start == "listening from 1"
        assert listener.response.getheader("content-type", "").startswith("text/event-stream")
        assert listener.response.getheader("cache-control") == "no-store"
        for name in ("one", "two"):
            vault(live, name)
            assert listener.hear().vault == name


def test_many_listeners_hear_the_same(live: Live) -> None:
    with listening(live) as one, listening(live) as other:
        vault(live, "vault")
        assert one.hear() == other.hear() == everything(live)[0]


def test_the_past_is_heard_from_a_position_on_advances_too(live: Live) -> None:
    vault(live, "vault")
    backup(live)
    advance(live)
    told = everything(live)
    assert len(told) > 4
    with listening(live, "?from=0") as listener:
        assert [listener.hear() for _ in told] == told
    with listening(live, f"?from={told[3].id}") as listener:
        assert [listener.hear() for _ in told[3:]] == told[3:]


def test_the_past_is_heard_from_an_instant_on(live: Live) -> None:
    vault(live, "early")
    advance(live)
    vault(live, "late")
    with listening(live, "?from=2026-01-01T00:00:30Z") as listener:
        assert listener.hear().vault == "late"


def test_who_comes_back_hears_what_was_missed(live: Live) -> None:
    with listening(live) as listener:
        vault(live, "one")
        last = listener.hear()
    vault(live, "two")
    vault(live, "three")
    with listening(live, **{"Last-Event-ID": last.id}) as listener:
        assert [listener.hear().vault for _ in range(2)] == ["two", "three"]
        vault(live, "four")
        assert listener.hear().vault == "four"


def test_who_comes_back_to_another_world_hears_all_of_it(live: Live) -> None:
    assert live.ask("POST", "/_vaultclock/reset").status == 200
    with listening(live, **{"Last-Event-ID": "812.0"}) as listener:
        assert listener.start == "listening from 0"
        vault(live, "new")
        assert listener.hear().vault == "new"


def test_what_an_advance_brings_is_heard_when_asked_for(live: Live) -> None:
    vault(live, "vault")
    backup(live)
    with (
        listening(live) as quiet,
        listening(live, "?advance=true") as curious,
        listening(live, "?from=0&advance=false") as still,
    ):
        advance(live)
        vault(live, "after")
        assert quiet.hear().vault == "after"
        assert curious.hear().envelope["detail"]["state"] == "RUNNING"
        assert [still.hear().id for _ in range(2)] == ["0.0", "1.0"]
        assert still.hear().vault == "after"


def test_a_reset_is_followed(live: Live) -> None:
    vault(live, "old")
    with listening(live) as listener:
        live.ask("POST", "/_vaultclock/reset")
        vault(live, "new")
        heard = listener.hear()
        assert (heard.id, heard.vault) == ("0.0", "new")


def test_a_stream_ends_with_its_server() -> None:
    with served(Desk().simulation) as live:
        stack = contextlib.ExitStack()
        listener = stack.enter_context(listening(live))
        vault(live, "vault")
    with stack:
        assert any(b'"CREATED"' in line for line in listener.rest()), "told before the end"


def test_a_listener_that_leaves_is_forgotten(live: Live) -> None:
    with listening(live):
        assert len(live.simulation.watchers) == 2
    with listening(live) as listener:
        # whoever comes later is told later: by then, the one who left has been noticed
        for number in range(100):
            vault(live, f"vault-{number}")
            listener.hear()
            if len(live.simulation.watchers) == 2:
                return
    raise AssertionError(live.simulation.watchers)


@pytest.mark.parametrize(
    ("query", "headers", "field"),
    [
        ("?from=x", {}, "from"),
        ("?from=1", {}, "from"),
        ("?from=-1", {}, "from"),
        ("?from=", {}, "from"),
        ("?advance=yes", {}, "advance"),
        ("?since=0", {}, "since"),
        ("?from=0&from=0", {}, None),
        ("", {"Last-Event-ID": "x"}, "Last-Event-ID"),
    ],
)
def test_what_can_not_be_meant_is_refused(
    live: Live, query: str, headers: dict[str, str], field: str | None
) -> None:
    answer = live.ask("GET", EVENTS + query, **headers)
    assert answer.status == 400, answer
    assert answer.json["field"] == field
    assert live.simulation.watchers == []


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_foreign_pages_hear_nothing(live: Live, headers: dict[str, str]) -> None:
    assert live.ask("GET", EVENTS, **headers).status == 403


def test_the_head_of_a_stream_has_an_end(live: Live) -> None:
    answer = live.ask("HEAD", EVENTS)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert live.ask("POST", EVENTS, {}).status == 405


def test_a_quiet_stream_shows_signs_of_life() -> None:
    simulation = Desk().simulation

    async def first(count: int) -> list[bytes]:
        follower = Follower(simulation, Since(), hears_advances=True)
        chunks = EventStream(simulation, follower, pulse_seconds=0.001).chunks()
        heard = [await anext(chunks) for _ in range(count)]
        await chunks.aclose()
        return heard

    assert asyncio.run(first(4)) == [b": listening from 0\n\n", b":\n\n", b":\n\n", b":\n\n"]
    assert simulation.watchers == []
