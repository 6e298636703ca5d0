"""What may be asked of recovery points."""

import attrs

from vaultclock.domain.values import Lifecycle


@attrs.frozen
class UpdateRecoveryPointLifecycle:
    """Replace a point's lifecycle; what is left out becomes unset."""

    vault_name: str
    arn: str
    lifecycle: Lifecycle = attrs.field(factory=Lifecycle)


@attrs.frozen
class DeleteRecoveryPoint:
    """Delete a point; it is gone a moment later, or EXPIRED where that is not possible."""

    vault_name: str
    arn: str


@attrs.frozen
class DisassociateRecoveryPoint:
    """Give a continuous point back to the service that it is of, or stop it."""

    vault_name: str
    arn: str


@attrs.frozen
class DisassociateRecoveryPointFromParent:
    """Take a nested point out of the composite one that groups it; both stay."""

    vault_name: str
    arn: str


@attrs.frozen
class FinishRecoveryPointDeletion:  # sent by the clock, never over the wire
    """Make an accepted delete come true."""

    arn: str


@attrs.frozen
class ExpireRecoveryPoint:  # sent by the clock, never over the wire
    """Delete a point whose retention is over."""

    arn: str


@attrs.frozen
class FinishRecoveryPointIndex:  # sent by the clock, never over the wire
    """Make what a point holds searchable."""

    arn: str


@attrs.frozen
class MoveRecoveryPointToColdStorage:  # sent by the clock, never over the wire
    """Move a point whose warm time is over."""

    arn: str
