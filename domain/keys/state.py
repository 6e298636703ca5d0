"""What the facts about a key add up to. No rules and no refusals live here."""

from typing import assert_never

import attrs

from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.keys.events import KeyDeregistered, KeyFact, KeyRegistered


@attrs.frozen
class Key:
    """One KMS key; ``fails_with`` is why it refuses grants, None where it gives them."""

    arn: str
    fails_with: str | None = None


def order(key: Key) -> tuple[str]:
    """Order keys by ARN."""
    return (key.arn,)


def evolve(key: Key | None, at: Instant, fact: KeyFact) -> Key | None:
    """Fold one fact into a key."""
    match fact:
        case KeyRegistered():
            return Key(fact.arn, fact.fails_with)
        case KeyDeregistered():
            assert key is not None, f"{fact} has no key to happen to"
            return None
        case _:
            assert_never(fact)
