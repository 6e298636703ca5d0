"""The control API: clock, log, pretend world, reset and health, and what each refuses."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest

from tests.clock.test_simulation import POINTS, Store, busy
from tests.http.desk import ORIGIN, START, VOLUME, Answer, Desk, Seconds, asked, log_lines, schedule
from vaultclock.adapters.clock.recordings import play, read_recording
from vaultclock.adapters.http import control_clock
from vaultclock.adapters.http.app import App
from vaultclock.adapters.store.sqlite import SqliteLog
from vaultclock.domain.kernel.instants import DAY, to_iso

CLOCK = "/_vaultclock/clock"
ADVANCE = "/_vaultclock/clock/advance"
LOG = "/_vaultclock/log"
RESOURCES = "/_vaultclock/resources"
RESET = "/_vaultclock/reset"
BUCKET = "arn:aws:s3:::bucket"
STACK = "arn:aws:cloudformation:us-east-1:000000000000:stack/shop/1"


def busy_desk(desk: Desk | None = None) -> Desk:
    desk = desk or Desk()
    busy(desk.simulation)
    return desk


def slow() -> Seconds:
    """A wall clock on which whatever is done takes half a second."""

    class Slow(Seconds):
        def __call__(self) -> float:
            self.passed += 0.5
            return self.passed

    return Slow()


def refused(answer: Answer, status: int, field: str | None) -> str:
    """Check an answer's shape; answer its text."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/json"
    body = answer.json
    assert body["field"] == field, body
    assert "accepted" in body
    text: str = body["error"]
    assert text
    return text


# health ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/_vaultclock/health", "/health", "/_localstack/health"])
def test_health_says_where_the_world_is(path: str) -> None:
    desk = Desk()
    desk.vault("vault")
    desk.advance(by="1d")
    answer = desk.ask("GET", path)
    assert answer.status == 200
    assert answer.json["status"] == "ok"
    assert (answer.json["seq"], answer.json["now"]) == (1, "2026-01-02T00:00:00Z")
    assert answer.json["version"]
    assert answer.json["services"] == {"backup": "running"}


def test_health_of_a_world_that_cannot_be_kept_says_why() -> None:
    store = Store()
    desk = Desk(store)
    store.full = True
    assert desk.ask("PUT", "/backup-vaults/vault", {}).status == 500
    answer = desk.ask("GET", "/health")
    assert answer.status == 503
    assert answer.json["status"] == "failed"
    assert "the disk is full" in answer.json["error"]
    assert desk.clock()["status"] == "failed"
    for method, path, body in (
        ("POST", ADVANCE, {"by": "1d"}),
        ("PUT", RESOURCES, [{"arn": VOLUME}]),
    ):
        assert "the disk is full" in refused(desk.ask(method, path, body), 500, None)


def test_a_log_that_can_not_be_read_any_more_says_why_it_failed_first(tmp_path: Path) -> None:
    with SqliteLog.open(tmp_path / "world.db", ORIGIN) as store:
        desk = Desk(store)
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        tags = {"BackupVaultTags": {f"key-{number}": "x" * 250 for number in range(50)}}
        assert desk.ask("PUT", "/backup-vaults/vault", tags).status == 500
        assert "the disk is full" in refused(desk.ask("GET", LOG), 500, None)


# the clock ---------------------------------------------------------------------------------------


def test_the_clock_says_where_it_stands_and_what_comes_next() -> None:
    desk = Desk()
    assert desk.clock() == {
        "now": "2026-01-01T00:00:00Z",
        "mode": "frozen",
        "rate": 0,
        "status": "ready",
        "next_due": None,
        "seq": 0,
        "advancing_to": None,
    }
    desk.vault("vault")
    desk.job("vault")
    assert desk.clock()["next_due"] == "2026-01-01T00:00:01Z"


def test_the_clock_runs_at_a_rate_and_freezes_where_it_stands() -> None:
    seconds = Seconds()
    desk = Desk(seconds=seconds)
    answer = desk.ask("PUT", CLOCK, {"mode": "running", "rate": 3600})
    assert (answer.status, answer.json["mode"], answer.json["rate"]) == (200, "running", 3600)
    seconds.passed = 24
    assert desk.clock()["now"] == "2026-01-02T00:00:00Z"
    assert desk.ask("PUT", CLOCK, {"mode": "running"}).json["rate"] == 1
    seconds.passed = 34
    frozen = desk.ask("PUT", CLOCK, {"mode": "frozen"}).json
    assert (frozen["now"], frozen["mode"], frozen["rate"]) == ("2026-01-02T00:00:10Z", "frozen", 0)
    seconds.passed = 1_000
    assert desk.clock() == frozen


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "mode"),
        ({"mode": "sleeping"}, "mode"),
        ({"mode": None}, "mode"),
        ({"mode": ["running"]}, "mode"),
        ({"mode": "frozen", "rate": 1}, "rate"),
        ({"mode": "running", "rate": 0}, "rate"),
        ({"mode": "running", "rate": -1}, "rate"),
        ({"mode": "running", "rate": True}, "rate"),
        ({"mode": "running", "rate": "2"}, "rate"),
        ({"mode": "running", "rate": 1e10}, "rate"),
        ({"mode": "running", "speed": 1}, "speed"),
        ([], None),
        (b"", None),
        (b"{", None),
        (b'{"mode": "running", "rate": NaN}', None),
        (b'{"mode": "running", "rate": 1e999}', None),
    ],
)
def test_a_clock_that_cannot_be_meant_is_refused(body: Any, field: str | None) -> None:
    desk = busy_desk()
    before = desk.state, desk.clock()
    refused(desk.ask("PUT", CLOCK, body), 400, field)
    assert (desk.state, desk.clock()) == before


@pytest.mark.parametrize(
    ("how", "to"),
    [
        ({"by": "35d"}, "2026-02-05T00:00:00Z"),
        ({"by": "12h"}, "2026-01-01T12:00:00Z"),
        ({"by": "90m"}, "2026-01-01T01:30:00Z"),
        ({"by": "30s"}, "2026-01-01T00:00:30Z"),
        ({"by": "P35D"}, "2026-02-05T00:00:00Z"),
        ({"by": "PT12H"}, "2026-01-01T12:00:00Z"),
        ({"by": "1d12h"}, "2026-01-02T12:00:00Z"),
        ({"by": "0s"}, "2026-01-01T00:00:00Z"),
        ({"to": "2026-03-01"}, "2026-03-01T00:00:00Z"),
        ({"to": "2026-03-01T05:00:00+05:00"}, "2026-03-01T00:00:00Z"),
        ({"to": "2026-01-01T00:00:00Z"}, "2026-01-01T00:00:00Z"),
        ({"to": "2999-12-31T23:59:59.999Z"}, "2999-12-31T23:59:59.999Z"),
        ({"until": "next"}, "2026-01-01T00:00:00Z"),
        ({"until": "idle"}, "2026-01-01T00:00:00Z"),
    ],
)
def test_the_clock_is_advanced(how: dict[str, str], to: str) -> None:
    desk = Desk()
    assert desk.advance(**how) == {
        "from": "2026-01-01T00:00:00Z",
        "to": to,
        "facts": 0,
        "by_name": {},
    }
    assert desk.clock()["now"] == to


def test_an_advance_answers_when_the_world_is_settled_and_says_what_happened() -> None:
    desk = busy_desk()
    seq = desk.clock()["seq"]
    moved = desk.advance(by="30d")
    assert moved["facts"] == sum(moved["by_name"].values()) == desk.clock()["seq"] - seq
    assert moved["by_name"]["recovery-point-created"] == POINTS
    assert desk.clock()["next_due"] is None


def test_advancing_until_next_goes_from_one_event_to_the_following() -> None:
    desk = busy_desk()
    seen = []
    while (due := desk.clock()["next_due"]) is not None:
        moved = desk.advance(until="next")
        assert moved["to"] == due
        assert moved["facts"] > 0
        seen.append(due)
    assert seen == sorted(set(seen))
    assert desk.advance(until="next")["facts"] == 0


def test_the_clock_does_not_go_beyond_the_last_instant_to_see_what_is_next() -> None:
    desk = Desk()
    desk.advance(to="2999-12-01T00:00:00Z")
    desk.vault("vault")
    desk.job("vault", keep_days=365)
    while desk.advance(until="next")["facts"]:
        pass
    assert desk.clock()["next_due"] > "3000"
    assert desk.clock()["now"] < "3000"
    log = desk.ask("GET", LOG).body
    assert Desk().ask("PUT", LOG, log).status == 200


def test_advancing_until_idle_ends_with_the_last_event() -> None:
    desk, stepped = busy_desk(), busy_desk()
    moved = desk.advance(until="idle")
    while stepped.clock()["next_due"] is not None:
        stepped.advance(until="next")
    assert desk.state == stepped.state
    assert moved["to"] == desk.clock()["now"]


def test_a_world_that_never_gets_idle_is_left_where_the_bound_was_met(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(control_clock, "IDLE_FACTS_MAX", 10)
    desk = busy_desk()
    answer = desk.ask("POST", ADVANCE, {"until": "idle"})
    text = refused(answer, 409, "until")
    assert text.startswith(f"still not idle after {answer.json['facts']} facts, at ")
    assert answer.json["facts"] >= 10
    assert answer.json["to"] == desk.clock()["now"]
    assert desk.clock()["next_due"] > answer.json["to"]
    monkeypatch.setattr(control_clock, "IDLE_FACTS_MAX", 1_000)
    monkeypatch.setattr(control_clock, "IDLE_DAYS_MAX", 3)
    assert "still not idle" in refused(desk.ask("POST", ADVANCE, {"until": "idle"}), 409, "until")
    assert desk.clock()["now"] < "2026-01-05"


def test_a_running_clock_is_advanced_from_where_it_stands_and_runs_on() -> None:
    seconds = Seconds()
    desk = Desk(rate=60, seconds=seconds)
    seconds.passed = 60
    moved = desk.advance(by="1d")
    assert (moved["from"], moved["to"]) == ("2026-01-01T01:00:00Z", "2026-01-02T01:00:00Z")
    seconds.passed = 61
    assert desk.clock()["now"] == "2026-01-02T01:01:00Z"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        ({"by": "1d", "to": "2027-01-01"}, None),
        ({"by": ""}, "by"),
        ({"by": "1 day"}, "by"),
        ({"by": "-1d"}, "by"),
        ({"by": 86_400}, "by"),
        ({"by": None}, "by"),
        ({"by": "P1M"}, "by"),
        ({"by": "1000000d"}, "by"),
        ({"by": "99999999999999999999999999d"}, "by"),
        ({"to": "tomorrow"}, "to"),
        ({"to": "2026-02-30"}, "to"),
        ({"to": "3000-01-01"}, "to"),
        ({"to": "9999-12-31T23:59:59Z"}, "to"),
        ({"to": 1_767_225_600}, "to"),
        ({"until": "bored"}, "until"),
        ({"until": None}, "until"),
        ({"days": 1}, "days"),
        ("35d", None),
        (b"", None),
    ],
)
def test_an_advance_that_cannot_be_meant_is_refused(body: Any, field: str | None) -> None:
    desk = busy_desk()
    before = desk.state
    refused(desk.ask("POST", ADVANCE, body), 400, field)
    assert desk.state == before


def test_a_refused_duration_is_answered_with_the_accepted_forms() -> None:
    answer = Desk().ask("POST", ADVANCE, {"by": "fortnight"})
    assert "35d, 12h, 90m" in refused(answer, 400, "by")
    assert "P35D" in answer.json["accepted"]


def test_the_clock_does_not_go_back() -> None:
    desk = busy_desk()
    desk.advance(by="1d")
    before = desk.state
    text = refused(desk.ask("POST", ADVANCE, {"to": "2026-01-01T23:59:59Z"}), 409, "to")
    assert "2026-01-02T00:00:00Z" in text
    assert desk.state == before


def test_while_the_clock_is_advanced_it_can_be_watched_and_commands_wait() -> None:
    desk = busy_desk()

    async def meanwhile() -> tuple[Any, ...]:
        advance = asyncio.create_task(desk.answer("POST", ADVANCE, {"by": "30d"}))
        await asyncio.sleep(0)
        write = asyncio.create_task(desk.answer("PUT", "/backup-vaults/late", {}))
        again = asyncio.create_task(desk.answer("POST", ADVANCE, {"by": "1d"}))
        seen = [(await desk.answer("GET", CLOCK)).json for _ in range(3)]
        health = await desk.answer("GET", "/health")
        return (await advance).json, (await write).json, (await again).json, seen, health.json

    moved, vault, again, seen, health = asyncio.run(meanwhile())
    assert {clock["status"] for clock in seen} == {"advancing"}
    assert {clock["advancing_to"] for clock in seen} == {"2026-01-31T00:00:00Z"}
    assert [clock["seq"] for clock in seen] == sorted(clock["seq"] for clock in seen)
    assert health["status"] == "ok"
    assert moved["to"] == "2026-01-31T00:00:00Z"
    assert vault["CreationDate"] == (START + 30 * DAY) / 1000
    assert (again["from"], again["to"]) == ("2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z")
    clock = desk.clock()
    assert (clock["status"], clock["advancing_to"]) == ("ready", None)


def test_an_advance_until_idle_does_not_know_where_it_is_going() -> None:
    desk = busy_desk()

    async def meanwhile() -> Any:
        advance = asyncio.create_task(desk.answer("POST", ADVANCE, {"until": "idle"}))
        await asyncio.sleep(0)
        seen = (await desk.answer("GET", CLOCK)).json
        assert (await advance).status == 200
        return seen

    desk.simulation._seconds = slow()
    clock = asyncio.run(meanwhile())
    assert (clock["status"], clock["advancing_to"]) == ("advancing", None)


@pytest.mark.parametrize("how", [{"by": "30d"}, {"to": "2026-02-01"}, {"until": "idle"}])
def test_an_advance_whose_caller_leaves_stops_where_an_advance_to_there_ends(
    how: dict[str, str],
) -> None:
    desk, other = Desk(seconds=slow()), Desk()
    for each in (desk, other):
        schedule(each)

    async def leave() -> Answer:
        leaves = asyncio.Event()
        advance = asyncio.create_task(desk.answer_until(leaves, "POST", ADVANCE, how))
        for _ in range(30):
            await asyncio.sleep(0)
        assert desk.simulation.advancing
        leaves.set()
        return await advance

    asyncio.run(leave())
    clock = desk.clock()
    assert (clock["status"], clock["advancing_to"]) == ("ready", None)
    assert "2026-01-01T01" < clock["now"] < clock["next_due"] < "2026-01-31"
    other.advance(to=clock["now"])
    assert log_lines(desk) == log_lines(other)
    assert desk.state == other.state
    assert desk.advance(by="1d") == other.advance(by="1d")


def test_an_advance_whose_caller_leaves_before_its_turn_is_not_made() -> None:
    desk = busy_desk()

    async def leave() -> tuple[Answer, Answer]:
        leaves = asyncio.Event()
        first = asyncio.create_task(desk.answer("POST", ADVANCE, {"by": "30d"}))
        await asyncio.sleep(0)
        second = asyncio.create_task(desk.answer_until(leaves, "POST", ADVANCE, {"by": "30d"}))
        await asyncio.sleep(0)
        assert desk.simulation.advancing
        leaves.set()
        return await first, await second

    first, _ = asyncio.run(leave())
    assert first.json["to"] == desk.clock()["now"] == "2026-01-31T00:00:00Z"


def test_a_server_that_ends_stops_its_advances_and_says_where() -> None:
    desk = Desk(seconds=slow())
    schedule(desk)

    async def end() -> list[Answer]:
        asked = [desk.answer("POST", ADVANCE, {"by": "30d"}) for _ in range(2)]
        advances = [asyncio.create_task(each) for each in asked]
        for _ in range(30):
            await asyncio.sleep(0)
        assert desk.simulation.advancing
        desk.simulation.say_end()
        return await asyncio.gather(*advances)

    for answer in asyncio.run(end()):
        text = refused(answer, 503, None)
        assert text == f"the server has ended, and the clock stopped at {desk.clock()['now']}"
    assert "2026-01-01T01" < desk.clock()["now"] < desk.clock()["next_due"] < "2026-01-31"


def test_the_clock_counts_what_has_happened_since_a_position() -> None:
    desk = busy_desk()
    seq = desk.clock()["seq"]
    moved = desk.advance(by="30d")
    assert desk.ask("GET", f"{CLOCK}?since={seq}").json["by_name"] == moved["by_name"]
    assert desk.ask("GET", f"{CLOCK}?since={seq + moved['facts']}").json["by_name"] == {}


@pytest.mark.parametrize(
    "query", ["since=", "since=-1", "since=1000000", "since=x", "since=" + "9" * 5_000]
)
def test_a_position_that_the_log_has_not_is_refused(query: str) -> None:
    text = refused(busy_desk().ask("GET", f"{CLOCK}?{query}"), 400, "since")
    assert "from 0 to " in text


def test_a_schedule_never_gets_idle_and_the_bound_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_clock, "IDLE_FACTS_MAX", 500)
    desk = Desk()
    schedule(desk)
    text = refused(desk.ask("POST", ADVANCE, {"until": "idle"}), 409, "until")
    assert text.endswith(
        f", at {desk.clock()['now']}; the clock stays there. The bound is 500 facts or 36525 days,"
        " for a plan's schedule never ends: advance by or to instead"
    )


def test_an_advance_that_the_end_of_the_server_cuts_short_leaves_a_settled_world() -> None:
    desk = busy_desk()

    async def cut_short() -> None:
        advance = asyncio.create_task(desk.answer("POST", ADVANCE, {"by": "30d"}))
        for _ in range(3):
            await asyncio.sleep(0)
        assert desk.simulation.advancing
        advance.cancel()
        await asyncio.gather(advance, return_exceptions=True)

    asyncio.run(cut_short())
    clock = desk.clock()
    assert clock["status"] == "ready"
    assert clock["now"] < clock["next_due"] < "2026-01-31"
    rest = desk.advance(to="2026-01-31T00:00:00Z")
    whole = busy_desk()
    whole.advance(by="30d")
    assert rest["from"] == clock["now"]
    assert desk.state == whole.state


# the log -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?format=msgpack", "?format=jsonl"])
def test_the_log_can_be_taken_and_played_elsewhere(query: str) -> None:
    desk = busy_desk()
    desk.advance(by="5d")
    answer = desk.ask("GET", LOG + query)
    assert answer.status == 200
    assert "attachment" in answer.headers["content-disposition"]
    log = read_recording(io.BytesIO(answer.body))
    assert play(log).rows() == desk.simulation.engine.rows()
    other = Desk(rate=3600)
    loaded = other.ask("PUT", LOG, answer.body)
    assert loaded.json == {"facts": desk.clock()["seq"], "now": "2026-01-06T00:00:00Z"}
    assert other.state == desk.state
    assert other.clock() == desk.clock()
    assert desk.advance(by="30d") == other.advance(by="30d")


@pytest.mark.parametrize("until", ["6", "2026-01-03T00:00:00Z"])
def test_a_log_up_to_a_point_is_a_log(until: str) -> None:
    desk = busy_desk()
    desk.advance(by="5d")
    for kind in ("msgpack", "jsonl"):
        part = desk.ask("GET", f"{LOG}?format={kind}&to={until}").body
        other = Desk()
        assert other.ask("PUT", LOG, part).status == 200
        assert 0 < other.clock()["seq"] < desk.clock()["seq"]
        assert other.clock()["now"] <= "2026-01-03T00:00:00Z"


@pytest.mark.parametrize("since", ["4", "2026-01-02T00:00:00Z"])
def test_the_facts_from_a_point_on_are_lines_to_be_read(since: str) -> None:
    desk = busy_desk()
    desk.advance(by="5d")
    whole = desk.ask("GET", f"{LOG}?format=jsonl").body.splitlines()
    part = desk.ask("GET", f"{LOG}?format=jsonl&from={since}").body.splitlines()
    assert 0 < len(part) < len(whole) - 2
    assert part == whole[-len(part) - 1 : -1]
    bounded = desk.ask("GET", f"{LOG}?format=jsonl&from={since}&to=2026-01-04").body.splitlines()
    assert bounded == part[: len(bounded)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("format=xml", "format"),
        ("from=3", "from"),
        ("format=jsonl&from=then", "from"),
        ("to=now", "to"),
        ("to=-1", "to"),
        ("until=3", "until"),
        ("to=3&to=4", None),
    ],
)
def test_a_log_that_cannot_be_meant_is_refused(query: str, field: str | None) -> None:
    refused(Desk().ask("GET", f"{LOG}?{query}"), 400, field)


def test_a_log_is_only_loaded_into_an_empty_world() -> None:
    desk = busy_desk()
    log = desk.ask("GET", LOG).body
    before = desk.state
    text = refused(desk.ask("PUT", LOG, log), 409, None)
    assert "POST /_vaultclock/reset first" in text
    assert desk.state == before
    desk.ask("POST", RESET)
    assert desk.ask("PUT", LOG, log).status == 200


def test_a_world_that_is_filled_while_a_log_comes_in_is_not_replaced() -> None:
    desk = Desk()
    log = busy_desk().ask("GET", LOG).body

    async def meanwhile() -> tuple[Answer, Answer]:
        load = asyncio.create_task(desk.answer("PUT", LOG, log))
        await asyncio.sleep(0)
        write = await desk.answer("PUT", "/backup-vaults/first", {})
        return await load, write

    load, write = asyncio.run(meanwhile())
    assert write.status == 200
    refused(load, 409, None)
    assert desk.clock()["seq"] == 1


@pytest.mark.parametrize("kind", ["msgpack", "jsonl"])
def test_what_is_no_whole_log_is_not_loaded(kind: str) -> None:
    log = busy_desk().ask("GET", f"{LOG}?format={kind}").body
    half = len(log) // 2
    damaged = log.replace(b'"seq": 3', b'"seq": 4').replace(b"\x00", b"\x01")
    for broken in (b"", b"{}", b"not a log", log[:half], log[:-5], damaged, log[8:]):
        desk = Desk()
        before = desk.state
        refused(desk.ask("PUT", LOG, broken), 400, None)
        assert desk.state == before


def test_a_log_of_another_machines_zones_is_not_gone_on_with() -> None:
    writer = Desk()
    schedule(writer)
    log = writer.ask("GET", f"{LOG}?format=jsonl").body
    assert log.count(b'"Etc/UTC"') == 1
    desk = Desk()
    before = desk.state
    text = refused(desk.ask("PUT", LOG, log.replace(b"Etc/UTC", b"Mars/Tharsis")), 400, None)
    assert text.startswith("rule hourly of backup plan ")
    assert "Mars/Tharsis" in text
    assert desk.state == before


def test_the_same_world_is_the_same_log_to_the_byte() -> None:
    for query in ("", "?format=jsonl"):
        desks = [busy_desk(), busy_desk()]
        bodies = [desk.ask("GET", LOG + query).body for desk in desks]
        assert bodies[0] == bodies[1]


# the pretend world -------------------------------------------------------------------------------


def test_resources_are_registered_listed_and_taken_out() -> None:
    desk = Desk()
    given = {
        "arn": VOLUME,
        "resource_type": "EBS",
        "name": "data",
        "tags": {"backup": "yes"},
        "size_bytes": 5,
        "daily_change": 0.5,
        "job_seconds": 60,
        "fails_with": "no space",
        "keeps_points": "locked",
        "members": None,
    }
    assert desk.ask("PUT", RESOURCES, [given, {"arn": BUCKET}]).json == {"registered": 2}
    listed = desk.ask("GET", RESOURCES).json
    assert listed[0] == given
    assert listed[1]["arn"] == BUCKET
    assert desk.ask("DELETE", f"{RESOURCES}?arn={VOLUME}").json == {"deregistered": VOLUME}
    assert [row["arn"] for row in desk.ask("GET", RESOURCES).json] == [BUCKET]


def test_the_list_of_resources_can_be_given_back() -> None:
    desk = Desk()
    stack = {"arn": STACK, "members": [VOLUME, BUCKET]}
    desk.ask("PUT", RESOURCES, [{"arn": VOLUME}, {"arn": BUCKET, "daily_change": 1}, stack])
    listed = desk.ask("GET", RESOURCES).json
    assert [row["members"] for row in listed] == [[VOLUME, BUCKET], None, None]
    seq = desk.clock()["seq"]
    assert desk.ask("PUT", RESOURCES, listed).json == {"registered": 3}
    assert desk.clock()["seq"] == seq
    other = Desk()
    other.ask("PUT", RESOURCES, listed)
    assert other.ask("GET", RESOURCES).json == listed


def test_a_resource_lives_where_its_arn_says_or_else_where_the_query_says() -> None:
    desk = Desk()
    elsewhere = "arn:aws:ec2:eu-west-1:123456789012:volume/vol-2"
    query = "account=123456789012&region=eu-west-1"
    desk.ask("PUT", f"{RESOURCES}?{query}", [{"arn": BUCKET}])
    desk.ask("PUT", RESOURCES, [{"arn": elsewhere}, {"arn": VOLUME}])

    def seen(query: str) -> list[str]:
        return [row["arn"] for row in desk.ask("GET", f"{RESOURCES}?{query}").json]

    assert seen(query) == seen("account=123456789012") == [elsewhere, BUCKET]
    assert seen("") == [VOLUME, elsewhere, BUCKET]
    assert seen("region=us-east-1") == [VOLUME]
    refused(desk.ask("DELETE", f"{RESOURCES}?arn={BUCKET}"), 404, "arn")
    assert desk.ask("DELETE", f"{RESOURCES}?arn={BUCKET}&{query}").status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        (b"", None),
        (b"[", None),
        ([1], "[0]"),
        ([{}], "[0].arn"),
        ([{"arn": None}], "[0].arn"),
        ([{"arn": 5}], "[0].arn"),
        ([{"arn": "bucket"}], "[0].arn"),
        ([{"arn": "arn:aws:sqs:us-east-1:000000000000:queue"}], "[0].arn"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "size": 5}], "[1].size"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "size_bytes": -1}], "[1].size_bytes"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "size_bytes": 1.5}], "[1].size_bytes"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "size_bytes": True}], "[1].size_bytes"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "daily_change": 1.1}], "[1].daily_change"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "daily_change": "1"}], "[1].daily_change"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "job_seconds": -1}], "[1].job_seconds"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "tags": ["a"]}], "[1].tags"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "tags": {"a": 1}}], "[1].tags"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "tags": {"": "x"}}], "[1].tags"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "resource_type": "Disk"}], "[1].resource_type"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "fails_with": " "}], "[1].fails_with"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "keeps_points": " "}], "[1].keeps_points"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "members": []}], "[1].members"),
        ([{"arn": BUCKET}, {"arn": VOLUME, "members": "no list"}], "[1].members"),
        ([{"arn": STACK, "members": [VOLUME, 1]}], "[0].members"),
        ([{"arn": STACK, "members": [STACK]}], "[0].members"),
        ([{"arn": BUCKET}, {"arn": BUCKET}], "[1].arn"),
    ],
)
def test_resources_are_registered_all_or_none(body: Any, field: str | None) -> None:
    desk = Desk()
    before = desk.state
    refused(desk.ask("PUT", RESOURCES, body), 400, field)
    assert desk.state == before


@pytest.mark.parametrize(
    ("method", "query", "status", "field"),
    [
        ("GET", "account=1", 400, "account"),
        ("GET", "region=US", 400, "region"),
        ("GET", "region=global", 400, "region"),
        ("PUT", "account=x", 400, "account"),
        ("GET", "arn=x", 400, "arn"),
        ("DELETE", "", 400, "arn"),
        ("DELETE", "arn=x&name=y", 400, "name"),
        ("DELETE", "arn=nothing", 404, "arn"),
        ("DELETE", f"arn={VOLUME}", 404, "arn"),
    ],
)
def test_resources_that_cannot_be_meant_are_refused(
    method: str, query: str, status: int, field: str
) -> None:
    refused(Desk().ask(method, f"{RESOURCES}?{query}", []), status, field)


# reset and the rest ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [RESET, "/moto-api/reset"])
def test_a_reset_goes_back_to_the_start(path: str) -> None:
    seconds = Seconds()
    desk = busy_desk(Desk(rate=60, seconds=seconds))
    desk.ask("PUT", CLOCK, {"mode": "frozen"})
    desk.advance(by="5d")
    seconds.passed = 100
    answer = desk.ask("POST", path)
    assert (answer.status, answer.json["mode"], answer.json["rate"]) == (200, "running", 60)
    assert desk.state == (0, START, 0, START, {})
    assert desk.simulation.engine.origin == ORIGIN


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/health", {"GET"}),
        ("DELETE", CLOCK, {"GET", "PUT"}),
        ("GET", ADVANCE, {"POST"}),
        ("POST", LOG, {"GET", "PUT"}),
        ("PATCH", RESOURCES, {"GET", "PUT", "DELETE"}),
        ("GET", RESET, {"POST"}),
        ("GET", "/moto-api/reset", {"POST"}),
    ],
)
def test_a_wrong_method_is_answered_with_the_right_ones(
    method: str, path: str, allowed: set[str]
) -> None:
    answer = Desk().ask(method, path)
    refused(answer, 405, "method")
    assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == allowed
    assert set(answer.json["accepted"]) - {"HEAD"} == allowed


@pytest.mark.parametrize(
    "path", ["/_vaultclock", "/_vaultclock/", "/_vaultclock/clocks", "/_vaultclock/clock/"]
)
def test_an_unknown_path_is_answered_in_json(path: str) -> None:
    assert path in refused(Desk().ask("GET", path), 404, None)


def test_a_bug_behind_the_control_api_is_answered_and_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    monkeypatch.delattr(desk.simulation, "clock")
    assert refused(desk.ask("GET", CLOCK), 500, None).startswith("a bug: AttributeError")
    assert "a control request failed inside" in caplog.text


def test_a_body_that_is_too_large_is_refused_while_it_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vaultclock.adapters.http.control_requests.JSON_BYTES_MAX", 1_000)
    desk = Desk()
    app = App(desk.simulation)
    chunks: list[bytes | None] = [b"x" * 600] * 5
    answer = asyncio.run(asked(app, "PUT", RESOURCES, chunks, {"host": "localhost"}))
    assert "larger than 1000 bytes" in refused(answer, 413, None)


def test_a_caller_that_leaves_halfway_changes_nothing() -> None:
    desk = Desk()
    for method, path in (("PUT", RESOURCES), ("PUT", LOG), ("PUT", "/backup-vaults/vault")):
        chunks = [b'[{"arn"', None]
        asyncio.run(asked(desk.app, method, path, chunks, {"host": "localhost"}))
    assert desk.state == (0, START, 0, START, {})


# who may -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound_to", "host"),
    [
        ("127.0.0.1", "127.0.0.1:4566"),
        ("127.0.0.1", "localhost"),
        ("127.0.0.1", "LOCALHOST:4566"),
        ("127.0.0.1", "backup.localhost:4566"),
        ("127.0.0.1", "[::1]:4566"),
        ("127.0.0.1", "127.1.2.3"),
        ("::1", "[::1]"),
        ("backup.test", "backup.test:80"),
        ("192.168.1.5", "192.168.1.5:4566"),
        ("0.0.0.0", "192.168.1.5:4566"),
        ("0.0.0.0", "vaultclock:4566"),
        ("::", "[fd00::5]:4566"),
        ("0.0.0.0", "host.docker.internal:4566"),
        ("0.0.0.0", "vaultclock.tests.svc.cluster.local:4566"),
    ],
)
def test_the_names_of_the_server_may_be_asked(bound_to: str, host: str) -> None:
    assert Desk(host=bound_to).ask("GET", CLOCK, host=host).status == 200


@pytest.mark.parametrize(
    ("bound_to", "host"),
    [
        ("127.0.0.1", "evil.example:4566"),
        ("127.0.0.1", "192.168.1.5:4566"),
        ("127.0.0.1", "127.0.0.1.evil.example"),
        ("127.0.0.1", "localhost.evil.example"),
        ("127.0.0.1", "vaultclock"),
        ("127.0.0.1", "x" * 500),
        ("192.168.1.5", "192.168.1.6"),
        ("0.0.0.0", "evil.example"),
        ("127.0.0.1", "vaultclock.internal"),
    ],
)
def test_a_name_that_was_made_to_lead_here_is_refused(bound_to: str, host: str) -> None:
    desk = Desk(host=bound_to)
    refused(desk.ask("POST", RESET, host=host), 403, "Host")
    assert desk.ask("GET", "/backup-vaults/", host=host).status == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "", "http://localhost", "http://localhost:1", "file://"],
)
def test_a_page_from_elsewhere_may_not_control_the_server(origin: str) -> None:
    desk = busy_desk()
    before = desk.state
    for method, path in (("POST", RESET), ("POST", ADVANCE), ("GET", LOG)):
        refused(desk.ask(method, path, b"", host="localhost:4566", origin=origin), 403, "Origin")
    assert desk.state == before


def test_a_page_of_the_server_itself_may() -> None:
    same = {"host": "localhost:4566", "origin": "http://localhost:4566"}
    assert Desk().ask("POST", RESET, b"", **same).status == 200


def test_times_are_written_with_their_zone() -> None:
    assert Desk().clock()["now"] == to_iso(START)
    assert Desk().clock()["now"].endswith("Z")
