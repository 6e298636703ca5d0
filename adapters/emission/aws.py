"""The sinks that are another emulator's SNS, EventBridge and SQS, through boto3.

They are always named by a URL, and called with an access key id that is the account's, as
emulators have it: the keys of whoever runs the server are neither read nor sent.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from os import environ
from typing import Any
from urllib.parse import urlsplit

import orjson

from vaultclock.adapters.emission.sinks import Sink, TurnedDown, Undelivered, Unusable
from vaultclock.adapters.emission.spec import Spec
from vaultclock.domain.announcements.messages import SOURCE, SUBJECT, Event, Message, Notice
from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import SECOND
from vaultclock.domain.world import HOME

_SECONDS_MAX = 10  # for a connection, and for an answer
_SERVER_ERROR = 500
_TRIED_AGAIN = ("Throttl", "RequestThrottled", "Internal", "ServiceUnavailable", "LimitExceeded")
_ACCOUNT_DIGITS = 12


class Clients:
    """boto3's clients of one service behind one endpoint: one an account and Region."""

    def __init__(self, service: str, endpoint: str) -> None:
        try:
            import boto3  # noqa: PLC0415 - an extra, that only this sink needs
            from botocore import config, exceptions  # noqa: PLC0415 - comes with it
        except ImportError:
            text = f"{service} needs boto3: pip install 'vaultclock[emit]' installs it"
            raise Unusable(text) from None
        self._service, self._endpoint = service, endpoint
        self._session, self._exceptions = boto3.session.Session, exceptions
        self._config = config.Config(
            connect_timeout=_SECONDS_MAX,
            read_timeout=_SECONDS_MAX,
            retries={"total_max_attempts": 1},  # whoever calls tries again, without end
        )
        self._clients: dict[Scope, Any] = {}

    def call(self, scope: Scope, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """Call an operation as an account in a Region. Raises Undelivered and TurnedDown."""
        exceptions = self._exceptions
        try:
            answer: Mapping[str, Any] = getattr(self._of(scope), operation)(**parameters)
        except exceptions.ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            raise failure(error.response["Error"]["Code"], status) from error
        except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
            raise Undelivered(f"no answer ({type(error).__name__})") from error
        except exceptions.BotoCoreError as error:
            raise TurnedDown(str(error)) from error
        return answer

    def _of(self, scope: Scope) -> Any:
        client = self._clients.get(scope)
        if client is None:
            session = self._session(
                aws_access_key_id=scope.account,
                aws_secret_access_key="none",  # noqa: S106 - nobody checks it
                region_name=scope.region,
            )
            client = self._clients[scope] = session.client(
                self._service, endpoint_url=self._endpoint, config=self._config
            )
        return client

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()


def failure(code: str, status: int) -> Undelivered | TurnedDown:
    """Judge what a service answered: whether to try again, or to give up."""
    if status >= _SERVER_ERROR or code.startswith(_TRIED_AGAIN):
        return Undelivered(f"the answer is {code}")
    return TurnedDown(f"the answer is {code}")


class Topics:
    """An SNS: what vaults' notifications say is published to the topics that they name."""

    takes = (Notice,)

    def __init__(self, endpoint: str) -> None:
        self._clients = Clients("sns", endpoint)
        self.close = self._clients.close

    def deliver(self, message: Message) -> None:
        """Publish a notice. Raises Undelivered and TurnedDown."""
        notice = message.content
        assert isinstance(notice, Notice), message
        arn = parse_arn(notice.topic_arn)
        assert arn is not None, notice
        self._clients.call(
            Scope(arn.account, arn.region),
            "publish",
            TopicArn=notice.topic_arn,
            Subject=SUBJECT,
            Message=notice.text,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in notice.attributes.items()
            },
        )


class EventBus:
    """An EventBridge: events are put on the default bus of their account and Region.

    The bus gives each an id of its own.
    """

    takes = (Event,)

    def __init__(self, endpoint: str) -> None:
        self._clients = Clients("events", endpoint)
        self.close = self._clients.close

    def deliver(self, message: Message) -> None:
        """Put an event. Raises Undelivered and TurnedDown."""
        event = message.content
        assert isinstance(event, Event), message
        entry = {
            "Time": datetime.fromtimestamp(message.at // SECOND, UTC),
            "Source": SOURCE,
            "Resources": [*event.resources],
            "DetailType": event.detail_type,
            "Detail": orjson.dumps(event.detail).decode(),
        }
        answer = self._clients.call(message.scope, "put_events", Entries=[entry])
        if answer.get("FailedEntryCount"):
            raise failure(answer["Entries"][0].get("ErrorCode", ""), 0)


class Queue:
    """An SQS queue, that every message's envelope is sent to."""

    takes = (Event, Notice)

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._url = url
        self._scope = Scope(_account_of(parts.path), _region())
        self._clients = Clients("sqs", f"{parts.scheme}://{parts.netloc}")
        self.close = self._clients.close

    def deliver(self, message: Message) -> None:
        """Send a message; a FIFO queue drops what it is sent twice. Raises as the others do."""
        fifo = {"MessageGroupId": "vaultclock", "MessageDeduplicationId": message.id}
        self._clients.call(
            self._scope,
            "send_message",
            QueueUrl=self._url,
            MessageBody=orjson.dumps(message.envelope()).decode(),
            **(fifo if self._url.endswith(".fifo") else {}),
        )


def _account_of(path: str) -> str:
    """Answer whose queue it is, as queues' URLs say."""
    for part in path.split("/"):
        if len(part) == _ACCOUNT_DIGITS and part.isdecimal():
            return part
    return HOME.account


def _region() -> str:
    """Answer the Region that queues are in: their URLs do not tell."""
    return environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or HOME.region


def open_sink(spec: Spec) -> Sink:
    """Make the sink of an endpoint, or of a queue's URL. Raises Unusable."""
    match spec.kind:
        case "sns":
            return Topics(spec.target)
        case "eventbridge":
            return EventBus(spec.target)
        case _:
            return Queue(spec.target)
