"""SNS, EventBridge and SQS of another emulator: a real moto server, with topics and queues."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from tests.emission.emulators import ACCOUNT, REGION, Emulator, emulated
from tests.emission.worlds import some_messages
from vaultclock.adapters.emission.aws import failure
from vaultclock.adapters.emission.sinks import (
    Sink,
    TurnedDown,
    Undelivered,
    Unusable,
    sink_of,
)
from vaultclock.adapters.emission.spec import Spec
from vaultclock.domain.announcements.messages import Event, Message, Notice
from vaultclock.domain.kernel.facts import Scope

EVENT, NOTICE = some_messages()


@pytest.fixture(scope="module", autouse=True)
def _nobodys_configuration() -> Iterator[None]:
    """Keep clients away from the profiles, keys and endpoints of whoever runs tests."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [*os.environ]:
            if name.startswith("AWS_") or name.lower().endswith("_proxy"):
                environment.delenv(name)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            environment.setenv(name, os.devnull)
        yield


@pytest.fixture(scope="module")
def moto() -> Iterator[Emulator]:
    with emulated() as emulator:
        yield emulator


@pytest.fixture
def sink(request: pytest.FixtureRequest, moto: Emulator) -> Iterator[Sink]:
    made = sink_of(Spec(request.param, moto.url))
    yield made
    made.close()


def told(message: Message, **content: Any) -> Message:
    """A message of moto's account, that says something else."""
    changed: Any = attrs.evolve(message.content, **content)
    return attrs.evolve(message, scope=Scope(ACCOUNT, REGION), content=changed)


@pytest.mark.parametrize("sink", ["sns"], indirect=True)
def test_a_notice_reaches_the_queue_of_a_topic(moto: Emulator, sink: Sink) -> None:
    queue = moto.queue("notices")
    topic = moto.subscribed("backups", queue)
    notice = told(NOTICE, topic_arn=topic)
    assert sink.takes == (Notice,)
    sink.deliver(notice)
    (received,) = moto.received(queue, 1)
    expected = notice.envelope()
    for member in ("Type", "TopicArn", "Subject", "Message", "MessageAttributes"):
        assert received[member] == expected[member], member


@pytest.mark.parametrize("sink", ["sns"], indirect=True)
def test_a_topic_is_looked_for_where_its_arn_says(moto: Emulator, sink: Sink) -> None:
    queue = moto.queue("far", "eu-west-1")
    topic = moto.subscribed("far", queue, "eu-west-1")
    assert ":eu-west-1:" in topic
    sink.deliver(told(NOTICE, topic_arn=topic))
    assert len(moto.received(queue, 1, "eu-west-1")) == 1


@pytest.mark.parametrize("sink", ["sns"], indirect=True)
def test_a_notice_to_a_topic_that_is_not_there_is_given_up(sink: Sink) -> None:
    gone = told(NOTICE, topic_arn=f"arn:aws:sns:{REGION}:{ACCOUNT}:gone")
    with pytest.raises(TurnedDown, match="NotFound"):
        sink.deliver(gone)


@pytest.mark.parametrize("sink", ["eventbridge"], indirect=True)
def test_an_event_reaches_the_queue_of_a_rule(moto: Emulator, sink: Sink) -> None:
    queue = moto.queue("events")
    events = moto.client("events")
    pattern = {"source": ["aws.backup"], "detail-type": ["Backup Job State Change"]}
    events.put_rule(Name="backups", EventPattern=json.dumps(pattern))
    target = {"Id": "queue", "Arn": moto.queue_arn(queue)}
    events.put_targets(Rule="backups", Targets=[target])
    assert sink.takes == (Event,)
    vault = told(EVENT, detail_type="Backup Vault State Change")
    job = told(EVENT, detail_type="Backup Job State Change")
    sink.deliver(vault)
    sink.deliver(job)
    (received,) = moto.received(queue, 1)
    expected = job.envelope()
    assert received.pop("id") != expected.pop("id"), "the bus gives its own"
    assert expected.pop("account") == ACCOUNT, "which moto leaves out"
    assert received == expected


def test_every_message_reaches_a_queue(moto: Emulator) -> None:
    queue = moto.queue("all")
    sink = sink_of(Spec("sqs", queue))
    assert sink.takes == (Event, Notice)
    for message in (EVENT, NOTICE):
        sink.deliver(message)
    received = moto.received(queue, 2)
    assert sorted(map(json.dumps, received)) == sorted(
        json.dumps(message.envelope()) for message in (EVENT, NOTICE)
    )
    sink.close()


def test_a_fifo_queue_drops_what_it_is_sent_twice(moto: Emulator) -> None:
    queue = moto.queue("all.fifo", FifoQueue="true")
    sink = sink_of(Spec("sqs", queue))
    for message in (EVENT, EVENT, NOTICE):
        sink.deliver(message)
    assert moto.received(queue, 2) == [EVENT.envelope(), NOTICE.envelope()]
    sink.close()


def test_queues_are_in_the_region_that_the_environment_names(
    moto: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = moto.queue("far", "eu-west-1")
    nearby = sink_of(Spec("sqs", queue))
    with pytest.raises(TurnedDown, match="NonExistentQueue"):
        nearby.deliver(EVENT)
    nearby.close()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    sink = sink_of(Spec("sqs", queue))
    sink.deliver(EVENT)
    assert len(moto.received(queue, 1, "eu-west-1")) == 1
    sink.close()


@pytest.mark.parametrize(
    ("kind", "message"), [("sns", NOTICE), ("eventbridge", EVENT), ("sqs", EVENT)]
)
def test_nobody_there_is_tried_again(kind: str, message: Message) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # and does not listen
        port = reserved.getsockname()[1]
        sink = sink_of(Spec(kind, f"http://127.0.0.1:{port}/queue"))
        with pytest.raises(Undelivered, match="no answer"):
            sink.deliver(message)
        sink.close()


@pytest.mark.parametrize("sink", ["sns"], indirect=True)
def test_a_client_that_can_not_be_asked_gives_the_message_up(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "missing")
    with pytest.raises(TurnedDown, match="missing"):
        sink.deliver(NOTICE)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("InternalFailure", 500, Undelivered),
        ("Anything", 503, Undelivered),
        ("Throttling", 400, Undelivered),
        ("ThrottlingException", 0, Undelivered),
        ("InternalException", 0, Undelivered),
        ("NotFound", 404, TurnedDown),
        ("InvalidParameter", 400, TurnedDown),
    ],
)
def test_a_failure_is_tried_again_when_it_may_pass(
    code: str, status: int, kind: type[Exception]
) -> None:
    assert type(failure(code, status)) is kind


@pytest.mark.parametrize("sink", ["eventbridge"], indirect=True)
def test_an_event_that_a_bus_does_not_take_is_given_up(sink: Sink) -> None:
    with pytest.raises(TurnedDown, match="InvalidArgument"):
        sink.deliver(told(EVENT, detail_type=""))


def test_without_boto3_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(Unusable, match=r"sns needs boto3: pip install 'vaultclock\[emit\]'"):
        sink_of(Spec("sns", "http://127.0.0.1:1"))
