"""One account in one Region as decisions see it: a table a feature, and finders that refuse."""

from collections.abc import Mapping

import attrs

from vaultclock.domain.access_points import state as access_point_state
from vaultclock.domain.access_policies import state as access_policy_state
from vaultclock.domain.approvals import state as approval_state
from vaultclock.domain.backup_jobs import state as backup_job_state
from vaultclock.domain.copy_jobs import state as copy_job_state
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.refusals import AccessDenied, InvalidParameterValue, ResourceNotFound
from vaultclock.domain.kernel.tables import Table
from vaultclock.domain.keys import state as key_state
from vaultclock.domain.legal_holds import state as legal_hold_state
from vaultclock.domain.notifications import state as notification_state
from vaultclock.domain.plans import state as plan_state
from vaultclock.domain.recovery_points import state as recovery_point_state
from vaultclock.domain.resources import state as resource_state
from vaultclock.domain.restore_jobs import state as restore_job_state
from vaultclock.domain.selections import state as selection_state
from vaultclock.domain.settings import state as setting_state
from vaultclock.domain.tags import state as tag_state
from vaultclock.domain.vault_shares import state as vault_share_state
from vaultclock.domain.vaults import state as vault_state

# what other slices' rules may be told about
BackupJob = backup_job_state.BackupJob
CopyJob = copy_job_state.CopyJob
RecoveryPoint = recovery_point_state.RecoveryPoint
Resource = resource_state.Resource
Vault = vault_state.Vault
NO_PRIVILEGES = "Insufficient privileges to perform this action."  # observed: aws-sdk-js 2625
NO_SUCH_PLAN = "Failed reading Backup plan with provided version"  # inferred: moto's text
HOME = Scope("000000000000", "us-east-1")  # where things are when nobody says where
ACCOUNT_WIDE = "global"  # the Region under which an account keeps what no Region owns


@attrs.frozen(eq=False)
class World:
    """The tables of one scope. ``others`` reaches the worlds of every other scope."""

    scope: Scope
    others: Mapping[Scope, "World"] = attrs.field(repr=False)
    access_points: Table[access_point_state.AccessPoint] = attrs.field(
        init=False, factory=lambda: Table(access_point_state.order)
    )
    access_policies: Table[access_policy_state.AccessPolicy] = attrs.field(
        init=False, factory=lambda: Table(access_policy_state.order)
    )
    approval_teams: Table[approval_state.ApprovalTeam] = attrs.field(
        init=False, factory=lambda: Table(approval_state.order_teams)
    )
    approvals: Table[approval_state.ApprovalSession] = attrs.field(
        init=False, factory=lambda: Table(approval_state.order_sessions)
    )
    backup_jobs: Table[backup_job_state.BackupJob] = attrs.field(
        init=False, factory=lambda: Table(backup_job_state.order)
    )
    copy_jobs: Table[copy_job_state.CopyJob] = attrs.field(
        init=False, factory=lambda: Table(copy_job_state.order)
    )
    keys: Table[key_state.Key] = attrs.field(init=False, factory=lambda: Table(key_state.order))
    latest_restores: Table[restore_job_state.LatestRestore] = attrs.field(
        init=False, factory=lambda: Table(restore_job_state.order_latest)
    )
    legal_holds: Table[legal_hold_state.LegalHold] = attrs.field(
        init=False, factory=lambda: Table(legal_hold_state.order)
    )
    notifications: Table[notification_state.VaultNotifications] = attrs.field(
        init=False, factory=lambda: Table(notification_state.order)
    )
    plans: Table[plan_state.Plan] = attrs.field(init=False, factory=lambda: Table(plan_state.order))
    recovery_points: Table[recovery_point_state.RecoveryPoint] = attrs.field(
        init=False, factory=lambda: Table(recovery_point_state.order)
    )
    resources: Table[resource_state.Resource] = attrs.field(
        init=False, factory=lambda: Table(resource_state.order)
    )
    restore_jobs: Table[restore_job_state.RestoreJob] = attrs.field(
        init=False, factory=lambda: Table(restore_job_state.order)
    )
    selections: Table[selection_state.Selection] = attrs.field(
        init=False, factory=lambda: Table(selection_state.order)
    )
    settings: Table[setting_state.Settings] = attrs.field(
        init=False, factory=lambda: Table(setting_state.order)
    )
    tags: Table[tag_state.TaggedThing] = attrs.field(
        init=False, factory=lambda: Table(tag_state.order)
    )
    vault_shares: Table[vault_share_state.VaultShare] = attrs.field(
        init=False, factory=lambda: Table(vault_share_state.order)
    )
    vaults: Table[vault_state.Vault] = attrs.field(
        init=False, factory=lambda: Table(vault_state.order)
    )

    def vault(self, name: str) -> vault_state.Vault:
        """Find a vault. A missing one is AccessDenied, as on AWS (observed: aws-sdk-js 2625)."""
        if vault := self.vaults.get(name):
            return vault
        raise AccessDenied(NO_PRIVILEGES)

    def vault_arn(self, name: str) -> str:
        """Name a vault of this scope, whether it exists or not."""
        account, region = self.scope
        return f"arn:aws:backup:{region}:{account}:backup-vault:{name}"

    def plan(self, plan_id: str) -> plan_state.Plan:
        """Find a live plan; refuse a missing or deleted one as GetBackupPlan does."""
        plan = self.plan_even_deleted(plan_id)
        if plan.is_deleted:
            raise ResourceNotFound(NO_SUCH_PLAN)
        return plan

    def plan_even_deleted(self, plan_id: str) -> plan_state.Plan:
        """Find a plan whose versions can be read: deleting a plan leaves them (documented)."""
        if plan := self.plans.get(plan_id):
            return plan
        raise ResourceNotFound(NO_SUCH_PLAN)

    def plan_for_selection(self, plan_id: str) -> plan_state.Plan:
        """Find a live plan; refuse as the selection operations do (observed: Terraform)."""
        plan = self.plans.get(plan_id)
        if plan is None or plan.is_deleted:
            raise InvalidParameterValue(f"Cannot find Backup plan with ID {plan_id}")
        return plan

    def plan_arn(self, plan_id: str) -> str:
        """Name a plan of this scope (observed: ``backup-plan``, not ``plan``)."""
        account, region = self.scope
        return f"arn:aws:backup:{region}:{account}:backup-plan:{plan_id}"

    def backup_job(self, job_id: str) -> backup_job_state.BackupJob:
        """Find a backup job that AWS still lists."""
        if job := self.backup_jobs.get(job_id):
            return job
        raise ResourceNotFound(f"Backup job {job_id} does not exist")

    def copy_job(self, job_id: str) -> copy_job_state.CopyJob:
        """Find a copy job that AWS still lists."""
        if job := self.copy_jobs.get(job_id):
            return job
        raise ResourceNotFound(f"Copy job {job_id} does not exist")

    def recovery_point(self, vault_name: str, arn: str) -> recovery_point_state.RecoveryPoint:
        """Find a recovery point in a vault (observed: elastio; code observed: cloudquery)."""
        vault = self.vault(vault_name)
        point = self.recovery_points.get(arn)
        if point is None or point.vault_name != vault.name:
            raise ResourceNotFound("Cannot find recovery point.", code="ERROR_2603")
        return point

    def recovery_point_by_arn(self, arn: str) -> recovery_point_state.RecoveryPoint:
        """Find a recovery point in whatever vault (observed of its siblings, inferred here)."""
        if point := self.recovery_points.get(arn):
            return point
        raise ResourceNotFound("Cannot find recovery point.", code="ERROR_2603")

    def restore_job(self, job_id: str) -> restore_job_state.RestoreJob:
        """Find a restore job that AWS still lists."""
        if job := self.restore_jobs.get(job_id):
            return job
        raise ResourceNotFound(f"Restore job {job_id} does not exist")
