"""The one list of operations that are built; what the model has beyond it is not simulated."""

from vaultclock.adapters.http import (
    backup_jobs,
    plans,
    recovery_points,
    selections,
    settings,
    tags,
    vaults,
)
from vaultclock.adapters.http.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *backup_jobs.OPERATIONS,
    *plans.OPERATIONS,
    *recovery_points.OPERATIONS,
    *selections.OPERATIONS,
    *settings.OPERATIONS,
    *tags.OPERATIONS,
    *vaults.OPERATIONS,
)
