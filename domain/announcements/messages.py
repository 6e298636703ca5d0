"""What is announced, and the exact form in which AWS sends it. What announces it is not here.

Sources: Backup Developer Guide, monitoring events with EventBridge, and notifications.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import attrs

from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import SECOND, Instant, to_iso

SUBJECT = "Notification from AWS Backup"  # documented, of every notification
SOURCE = "aws.backup"
_PLACE = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,9}))?")


class Place(NamedTuple):
    """Where a message stands among all: the position of its fact, and which it is of that fact."""

    seq: int
    ordinal: int = 0

    def __str__(self) -> str:
        return f"{self.seq}.{self.ordinal}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``812.0`` or ``812``. Raises ValueError."""
        match = _PLACE.fullmatch(text)
        if match is None:
            raise ValueError(f"{text[:40]!r} is not a position such as 812 or 812.0")
        return cls(int(match[1]), int(match[2] or 0))


@attrs.frozen
class Event:
    """What an EventBridge event says; ``resources`` are the ARNs it is about."""

    detail_type: str
    resources: tuple[str, ...]
    detail: Mapping[str, Any]


@attrs.frozen
class Notice:
    """What an SNS message says, and to which topic."""

    topic_arn: str
    text: str
    attributes: Mapping[str, str]


@attrs.frozen
class Message:
    """One message: what it says, and where and when it came to be.

    ``id`` is a function of the world's seed and of ``place``, so that a message that is delivered
    twice can be told from two.
    """

    place: Place
    id: str
    at: Instant
    scope: Scope
    content: Event | Notice

    def envelope(self) -> dict[str, Any]:
        """Put the message into AWS's envelope.

        That of an event is what EventBridge hands to a target, that of a notice what SNS posts to
        a subscriber, without the signature.
        """
        content = self.content
        if isinstance(content, Event):
            return self._of_event(content)
        return self._of_notice(content)

    def _of_event(self, event: Event) -> dict[str, Any]:
        return {
            "version": "0",
            "id": self.id,
            "detail-type": event.detail_type,
            "source": SOURCE,
            "account": self.scope.account,
            "time": to_iso(self.at // SECOND * SECOND),  # documented: whole seconds
            "region": self.scope.region,
            "resources": [*event.resources],
            "detail": dict(event.detail),
        }

    def _of_notice(self, notice: Notice) -> dict[str, Any]:
        return {
            "Type": "Notification",
            "MessageId": self.id,
            "TopicArn": notice.topic_arn,
            "Subject": SUBJECT,
            "Message": notice.text,
            "Timestamp": _with_milliseconds(self.at),
            "MessageAttributes": {
                name: {"Type": "String", "Value": value}
                for name, value in notice.attributes.items()
            },
        }


def _with_milliseconds(instant: Instant) -> str:
    """Write an instant as SNS does: milliseconds always."""
    whole = to_iso(instant // SECOND * SECOND).removesuffix("Z")
    return f"{whole}.{instant % SECOND:03d}Z"
