"""What a sink is, and the making of one. Each kind stands in its own module beside this one."""

from importlib import import_module
from typing import Protocol

from vaultclock.adapters.emission.spec import Spec
from vaultclock.domain.announcements.messages import Message


class Undelivered(Exception):
    """A message could not be delivered now; the text says why. It is tried again."""


class TurnedDown(Exception):
    """A message will never be taken there; the text says why. It is given up."""


class Unusable(Exception):
    """A sink can't be made; the text says what to do about it."""


class Sink(Protocol):
    """Somewhere to deliver to. ``deliver`` blocks, and is called by one thread only."""

    @property
    def takes(self) -> tuple[type, ...]:
        """What messages may hold that are delivered there."""

    def deliver(self, message: Message) -> None:
        """Deliver a message. Raises Undelivered or TurnedDown."""

    def close(self) -> None:
        """Let go of what it holds."""


def sink_of(spec: Spec) -> Sink:
    """Make the sink that was asked for, loading only what that needs. Raises Unusable."""
    module = {"jsonl": "jsonl", "webhook": "webhook"}.get(spec.kind, "aws")
    made: Sink = import_module(f"vaultclock.adapters.emission.{module}").open_sink(spec)
    return made
