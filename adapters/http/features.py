"""The one list of operations that are built; what the model has beyond it is not simulated."""

from vaultclock.adapters.http import (
    access_points,
    access_policies,
    approvals,
    backup_jobs,
    copy_jobs,
    legal_holds,
    notifications,
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
    *access_points.OPERATIONS,
    *access_policies.OPERATIONS,
    *approvals.OPERATIONS,
    *backup_jobs.OPERATIONS,
    *copy_jobs.OPERATIONS,
    *legal_holds.OPERATIONS,
    *notifications.OPERATIONS,
    *plans.OPERATIONS,
    *recovery_points.OPERATIONS,
    *restore_jobs.OPERATIONS,
    *selections.OPERATIONS,
    *settings.OPERATIONS,
    *tags.OPERATIONS,
    *vaults.OPERATIONS,
)
