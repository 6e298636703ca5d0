"""What the facts about a legal hold add up to. No rules and no refusals live here."""

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

import attrs

from vaultclock.domain.kernel.engine import Deadline
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.legal_holds.commands import ActivateLegalHold, FinishCancellingLegalHold
from vaultclock.domain.legal_holds.events import (
    LegalHoldBecameActive,
    LegalHoldCanceled,
    LegalHoldCancellationStarted,
    LegalHoldCreated,
    LegalHoldFact,
)


class Status(StrEnum):
    """Where a hold is in its life, in AWS's words."""

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    CANCELING = "CANCELING"
    CANCELED = "CANCELED"


@attrs.frozen
class LegalHold:
    """One legal hold: the fact it was born with, and what has changed since.

    What it keeps is not here: the points say so themselves.
    """

    born: LegalHoldCreated
    created_at: Instant
    status: Status = Status.CREATING
    cancelled_at: Instant | None = None  # when a user did so
    cancellation: LegalHoldCancellationStarted | None = None

    @property
    def hold_id(self) -> str:
        """The hold's own id."""
        return self.born.hold_id

    @property
    def idempotency_token(self) -> str | None:
        """What the request that made the hold is retried with."""
        return self.born.idempotency_token

    @property
    def counts(self) -> bool:
        """Whether the hold is one of those an account may only have so many of."""
        return self.status in (Status.CREATING, Status.ACTIVE)


def order(hold: LegalHold) -> tuple[Instant, str]:
    """Order holds by creation, then id (chosen: AWS documents no order)."""
    return hold.created_at, hold.hold_id


def evolve(hold: LegalHold | None, at: Instant, fact: LegalHoldFact) -> LegalHold:
    """Fold one fact into a hold."""
    if isinstance(fact, LegalHoldCreated):
        return LegalHold(fact, at)
    assert hold is not None, f"{fact} has no legal hold to happen to"
    match fact:
        case LegalHoldBecameActive():
            return attrs.evolve(hold, status=Status.ACTIVE)
        case LegalHoldCancellationStarted():
            return attrs.evolve(hold, status=Status.CANCELING, cancelled_at=at, cancellation=fact)
        case LegalHoldCanceled():
            return attrs.evolve(hold, status=Status.CANCELED)
        case _:
            assert_never(fact)


def deadlines(hold: LegalHold) -> Iterator[Deadline]:
    """Say what a hold still owes: that it takes effect, and that it lets go."""
    if hold.status is Status.CREATING:
        yield (hold.born.active_at, ActivateLegalHold(hold.hold_id))
    if hold.status is Status.CANCELING and hold.cancellation is not None:
        yield (hold.cancellation.ends_at, FinishCancellingLegalHold(hold.hold_id))


def retires_at(hold: LegalHold) -> Instant | None:
    """Say when the record of a hold is gone, which is never before it has let go."""
    if hold.status is not Status.CANCELED or hold.cancellation is None:
        return None
    return max(hold.cancellation.record_kept_until, hold.cancellation.ends_at)
