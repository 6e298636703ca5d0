"""What has happened to legal holds. These names and fields are the storage format: see ADR 0006.

Which points a hold keeps is told by facts about those points.
"""

import attrs

from vaultclock.domain.kernel.facts import fact
from vaultclock.domain.kernel.instants import Instant


@attrs.frozen
class PointSelection:
    """Which recovery points a hold is for; None is what the request left out, and narrows nothing.

    ``resources`` are ARNs of resources and names of resource types. The instants, both inclusive,
    are about the creation of points.
    """

    vault_names: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    created_from: Instant | None = None
    created_until: Instant | None = None


@fact("legal-hold-created")
class LegalHoldCreated:
    """A hold was asked for; it keeps nothing before it becomes active, at ``active_at``."""

    hold_id: str
    title: str
    description: str
    active_at: Instant
    selection: PointSelection | None = None
    idempotency_token: str | None = None


@fact("legal-hold-became-active")
class LegalHoldBecameActive:
    """The hold keeps, from now on, the points that are stated with this fact; others never join."""

    hold_id: str


@fact("legal-hold-cancellation-started")
class LegalHoldCancellationStarted:
    """A user cancelled the hold; its points are free at ``ends_at``.

    ``description`` says why, ``record_kept_until`` is how long the hold can still be looked up.
    """

    hold_id: str
    description: str
    record_kept_until: Instant
    ends_at: Instant


@fact("legal-hold-canceled")
class LegalHoldCanceled:
    """The hold keeps nothing any more; what is left is its record."""

    hold_id: str


LegalHoldFact = (
    LegalHoldCreated | LegalHoldBecameActive | LegalHoldCancellationStarted | LegalHoldCanceled
)
