"""What is told of vaults, plans and the settings of a Region; notifications tell nothing of these.

Keys and types are those of AWS's samples (Backup Developer Guide, monitoring events with
EventBridge).
"""

from vaultclock.domain.announcements.happenings import Happening, Projections, given, moment
from vaultclock.domain.announcements.messages import Event
from vaultclock.domain.plans.events import PlanCreated, PlanDeleted, PlanUpdated
from vaultclock.domain.settings.events import RegionSettingsChanged
from vaultclock.domain.vaults.events import VaultCreated, VaultDeleted, VaultLocked, VaultUnlocked

VAULT = "Backup Vault State Change"
PLAN = "Backup Plan State Change"
REGION = "Region Setting State Change"


def _vault_created(happening: Happening) -> list[Event]:
    return _vault(happening, "CREATED")


def _vault_locked(happening: Happening) -> list[Event]:
    """Tell of a lock that a user put on; a logically air-gapped vault is made with its own."""
    is_made_so = happening.after.vault_type != "BACKUP_VAULT"
    return [] if is_made_so else _vault(happening, "MODIFIED", "true")


def _vault_unlocked(happening: Happening) -> list[Event]:
    return _vault(happening, "MODIFIED", "false")  # inferred: there is no sample


def _vault_deleted(happening: Happening) -> list[Event]:
    return _vault(happening, "DELETED")


def _vault(happening: Happening, state: str, is_locked: str | None = None) -> list[Event]:
    name = happening.fact.name
    detail = {"backupVaultName": name, "state": state, "isLocked": is_locked}  # a text
    return [Event(VAULT, (happening.world.vault_arn(name),), given(detail))]


def _plan_created(happening: Happening) -> list[Event]:
    return _plan(happening, "CREATED", "creationDate")


def _plan_updated(happening: Happening) -> list[Event]:
    return _plan(happening, "MODIFIED", "modifiedAt")


def _plan_deleted(happening: Happening) -> list[Event]:
    return _plan(happening, "DELETED", "deletionDate")


def _plan(happening: Happening, state: str, when: str) -> list[Event]:
    plan = happening.after
    detail = {
        "backupPlanId": plan.plan_id,
        "versionId": plan.current.version_id,
        when: moment(happening.at),
        "state": state,
    }
    return [Event(PLAN, (happening.world.plan_arn(plan.plan_id),), detail)]


def _region_changed(happening: Happening) -> list[Event]:
    """Tell of changed preferences, and only of those, under the API's own keys (documented)."""
    fact: RegionSettingsChanged = happening.fact
    detail = {
        "modifiedAt": moment(happening.at),
        "ResourceTypeOptInPreference": dict(fact.opt_in) or None,
        "ResourceTypeManagementPreference": dict(fact.management) or None,
        "state": "MODIFIED",
    }
    return [Event(REGION, (), given(detail))]


PROJECTIONS: Projections = {
    VaultCreated: _vault_created,
    VaultLocked: _vault_locked,
    VaultUnlocked: _vault_unlocked,
    VaultDeleted: _vault_deleted,
    PlanCreated: _plan_created,
    PlanUpdated: _plan_updated,
    PlanDeleted: _plan_deleted,
    RegionSettingsChanged: _region_changed,
}
