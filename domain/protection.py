"""What keeps a recovery point from being deleted or changed: locks, legal holds, access points.

Rules that delete, disassociate or change points ask here. A point that is held says so itself
(`RecoveryPoint.held_by`), so that its retention can wait for the release; a lock is its vault's.
"""

from vaultclock.domain.kernel.refusals import InvalidRequest
from vaultclock.domain.world import RecoveryPoint, World

# observed three times; it is said to whoever changes a lifecycle, too (documented)
LOCKED = "RecoveryPoint cannot be deleted or updated (Backup vault configured with Lock)"
# re:Post knowledge center, backup-recovery-points-hold-vault; the class is inferred
HELD = "The recovery point cannot be deleted because it has active legal hold(s)"
ACCESSED = "The recovery point cannot be deleted because it has backup access points"  # unknown


def refuse_locked(world: World, point: RecoveryPoint) -> None:
    """Refuse to delete or change what a locked vault holds, in any mode (documented)."""
    vault = world.vaults.get(point.vault_name)
    if vault is not None and vault.lock is not None:
        raise InvalidRequest(LOCKED)


def refuse_protected(world: World, point: RecoveryPoint) -> None:
    """Refuse to delete or disassociate a point that a lock, a hold or an access point keeps.

    The lock is told first (chosen).
    """
    refuse_locked(world, point)
    if any(":legal-hold:" in arn for arn in point.held_by):
        raise InvalidRequest(HELD)
    if point.held_by:
        raise InvalidRequest(ACCESSED)
