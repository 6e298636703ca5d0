"""The one list of operations that are built; what the model has beyond it is not simulated."""

from vaultclock.adapters.http import (
    backup_jobs,
    copy_jobs,
    plans,
    recovery_points,
    restore_jobs,
    selections,
    settings,
    tags,
    vaults,
)
from vaultclock.adapters.http.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *backup_jobs.OPERATIONS,
    *copy_jobs.OPERATIONS,
    *plans.OPERATIONS,
    *recovery_points.OPERATIONS,
    *restore_jobs.OPERATIONS,
    *selections.OPERATIONS,
    *settings.OPERATIONS,
    *tags.OPERATIONS,
    *vaults.OPERATIONS,
)
