"""What may be asked of legal holds."""

import attrs

from vaultclock.domain.legal_holds.events import PointSelection
from vaultclock.domain.values import Tags


@attrs.frozen
class CreateLegalHold:
    """Keep recovery points from being deleted: those there are now that the selection names.

    Without a selection those are all there are in the account and Region.
    """

    title: str
    description: str
    selection: PointSelection | None = None
    tags: Tags = attrs.field(factory=dict)
    idempotency_token: str | None = None


@attrs.frozen
class CancelLegalHold:
    """Release what a hold keeps; its record stays for some days, 180 when nothing is said."""

    hold_id: str
    description: str
    retain_record_in_days: int | None = None


@attrs.frozen
class ActivateLegalHold:  # sent by the clock, never over the wire
    """Let a hold take effect."""

    hold_id: str


@attrs.frozen
class FinishCancellingLegalHold:  # sent by the clock, never over the wire
    """Let go what a cancelled hold keeps."""

    hold_id: str
