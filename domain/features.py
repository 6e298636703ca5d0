"""The one list that wires slices to the engine, and the engine so wired."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, get_args

from vaultclock.domain.access_points import decide as access_point_rules
from vaultclock.domain.access_points import events as access_point_events
from vaultclock.domain.access_points import state as access_point_state
from vaultclock.domain.access_policies import decide as access_policy_rules
from vaultclock.domain.access_policies import events as access_policy_events
from vaultclock.domain.access_policies import state as access_policy_state
from vaultclock.domain.approvals import decide as approval_rules
from vaultclock.domain.approvals import events as approval_events
from vaultclock.domain.approvals import state as approval_state
from vaultclock.domain.authorisation import authorise
from vaultclock.domain.backup_jobs import decide as backup_job_rules
from vaultclock.domain.backup_jobs import events as backup_job_events
from vaultclock.domain.backup_jobs import state as backup_job_state
from vaultclock.domain.copy_jobs import decide as copy_job_rules
from vaultclock.domain.copy_jobs import events as copy_job_events
from vaultclock.domain.copy_jobs import state as copy_job_state
from vaultclock.domain.kernel import engine as kernel
from vaultclock.domain.kernel.engine import Feature
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.logs import Log, MemoryLog, Recording
from vaultclock.domain.keys import decide as key_rules
from vaultclock.domain.keys import events as key_events
from vaultclock.domain.keys import state as key_state
from vaultclock.domain.legal_holds import decide as legal_hold_rules
from vaultclock.domain.legal_holds import events as legal_hold_events
from vaultclock.domain.legal_holds import state as legal_hold_state
from vaultclock.domain.notifications import decide as notification_rules
from vaultclock.domain.notifications import events as notification_events
from vaultclock.domain.notifications import state as notification_state
from vaultclock.domain.plans import decide as plan_rules
from vaultclock.domain.plans import events as plan_events
from vaultclock.domain.plans import state as plan_state
from vaultclock.domain.recovery_points import decide as recovery_point_rules
from vaultclock.domain.recovery_points import events as recovery_point_events
from vaultclock.domain.recovery_points import state as recovery_point_state
from vaultclock.domain.resources import decide as resource_rules
from vaultclock.domain.resources import events as resource_events
from vaultclock.domain.resources import state as resource_state
from vaultclock.domain.restore_jobs import decide as restore_job_rules
from vaultclock.domain.restore_jobs import events as restore_job_events
from vaultclock.domain.restore_jobs import state as restore_job_state
from vaultclock.domain.selections import decide as selection_rules
from vaultclock.domain.selections import events as selection_events
from vaultclock.domain.selections import state as selection_state
from vaultclock.domain.settings import decide as setting_rules
from vaultclock.domain.settings import events as setting_events
from vaultclock.domain.settings import state as setting_state
from vaultclock.domain.tags import decide as tag_rules
from vaultclock.domain.tags import events as tag_events
from vaultclock.domain.tags import state as tag_state
from vaultclock.domain.vault_shares import decide as vault_share_rules
from vaultclock.domain.vault_shares import events as vault_share_events
from vaultclock.domain.vault_shares import state as vault_share_state
from vaultclock.domain.vaults import decide as vault_rules
from vaultclock.domain.vaults import events as vault_events
from vaultclock.domain.vaults import state as vault_state
from vaultclock.domain.world import HOME, World

FEATURES = (
    Feature(
        slot="access_points",
        key=attrgetter("arn"),
        facts=get_args(access_point_events.AccessPointFact),
        evolve=access_point_state.evolve,
        decide=access_point_rules.DECIDE,
        deadlines=access_point_state.deadlines,
        retires_at=access_point_state.retires_at,
    ),
    Feature(
        slot="access_policies",
        key=attrgetter("vault_name"),
        facts=get_args(access_policy_events.AccessPolicyFact),
        evolve=access_policy_state.evolve,
        decide=access_policy_rules.DECIDE,
    ),
    Feature(
        slot="approval_teams",
        key=attrgetter("vault_name"),
        facts=get_args(approval_events.ApprovalTeamFact),
        evolve=approval_state.evolve_team,
        decide={},
    ),
    Feature(
        slot="approvals",
        key=attrgetter("session_arn"),
        facts=get_args(approval_events.ApprovalSessionFact),
        evolve=approval_state.evolve_session,
        decide=approval_rules.DECIDE,
        deadlines=approval_state.deadlines,
    ),
    Feature(
        slot="backup_jobs",
        key=attrgetter("job_id"),
        facts=get_args(backup_job_events.BackupJobFact),
        evolve=backup_job_state.evolve,
        decide=backup_job_rules.DECIDE,
        deadlines=backup_job_state.deadlines,
        retires_at=backup_job_state.retires_at,
    ),
    Feature(
        slot="copy_jobs",
        key=attrgetter("job_id"),
        facts=get_args(copy_job_events.CopyJobFact),
        evolve=copy_job_state.evolve,
        decide=copy_job_rules.DECIDE,
        deadlines=copy_job_state.deadlines,
        retires_at=copy_job_state.retires_at,
    ),
    Feature(
        slot="keys",
        key=attrgetter("arn"),
        facts=get_args(key_events.KeyFact),
        evolve=key_state.evolve,
        decide=key_rules.DECIDE,
    ),
    Feature(
        slot="latest_restores",
        key=attrgetter("resource_arn"),
        facts=(restore_job_events.ResourceRestored,),
        evolve=restore_job_state.evolve_latest,
        decide={},
    ),
    Feature(
        slot="legal_holds",
        key=attrgetter("hold_id"),
        facts=get_args(legal_hold_events.LegalHoldFact),
        evolve=legal_hold_state.evolve,
        decide=legal_hold_rules.DECIDE,
        deadlines=legal_hold_state.deadlines,
        retires_at=legal_hold_state.retires_at,
    ),
    Feature(
        slot="notifications",
        key=attrgetter("vault_name"),
        facts=get_args(notification_events.NotificationsFact),
        evolve=notification_state.evolve,
        decide=notification_rules.DECIDE,
    ),
    Feature(
        slot="plans",
        key=attrgetter("plan_id"),
        facts=get_args(plan_events.PlanFact),
        evolve=plan_state.evolve,
        decide=plan_rules.DECIDE,
        deadlines=plan_state.deadlines,
    ),
    Feature(
        slot="recovery_points",
        key=attrgetter("arn"),
        facts=get_args(recovery_point_events.RecoveryPointFact),
        evolve=recovery_point_state.evolve,
        decide=recovery_point_rules.DECIDE,
        deadlines=recovery_point_state.deadlines,
    ),
    Feature(
        slot="resources",
        key=attrgetter("arn"),
        facts=get_args(resource_events.ResourceFact),
        evolve=resource_state.evolve,
        decide=resource_rules.DECIDE,
    ),
    Feature(
        slot="restore_jobs",
        key=attrgetter("job_id"),
        facts=get_args(restore_job_events.RestoreJobFact),
        evolve=restore_job_state.evolve,
        decide=restore_job_rules.DECIDE,
        deadlines=restore_job_state.deadlines,
        retires_at=restore_job_state.retires_at,
    ),
    Feature(
        slot="selections",
        key=attrgetter("selection_id"),
        facts=get_args(selection_events.SelectionFact),
        evolve=selection_state.evolve,
        decide=selection_rules.DECIDE,
    ),
    Feature(
        slot="settings",
        key=lambda _fact: setting_state.KEY,
        facts=get_args(setting_events.SettingsFact),
        evolve=setting_state.evolve,
        decide=setting_rules.DECIDE,
    ),
    Feature(
        slot="tags",
        key=attrgetter("arn"),
        facts=get_args(tag_events.TagFact),
        evolve=tag_state.evolve,
        decide=tag_rules.DECIDE,
    ),
    Feature(
        slot="vault_shares",
        key=attrgetter("vault_arn"),
        facts=get_args(vault_share_events.VaultShareFact),
        evolve=vault_share_state.evolve,
        decide=vault_share_rules.DECIDE,
    ),
    Feature(
        slot="vaults",
        key=attrgetter("name"),
        facts=get_args(vault_events.VaultFact),
        evolve=vault_state.evolve,
        decide=vault_rules.DECIDE,
        deadlines=vault_state.deadlines,
    ),
)


class Engine(kernel.Engine[World]):
    """AWS Backup with every slice wired: commands in, facts out, on a clock you move.

    ``start`` is the instant the clock begins at, ``seed`` decides every id, ``job_seconds`` is
    how long a job runs by default, ``deletion_lag_hours`` how long after its retention a point
    may still be there. With ``log``, the engine writes there and takes all four from it; call
    `restore` to fold what the log holds already.
    """

    def __init__(
        self,
        *,
        start: Instant = 0,
        seed: int = 0,
        job_seconds: int = 3,
        deletion_lag_hours: int = 8,
        log: Log | None = None,
    ) -> None:
        origin = Origin(start, seed, job_seconds, deletion_lag_hours)
        super().__init__(World, FEATURES, log or MemoryLog(origin), authorise)

    def handle(self, command: Any, scope: Scope = HOME, caller: str | None = None) -> Sequence[Any]:
        """Decide a command now, in an account and Region; answer the facts.

        ``caller`` is the ARN of the principal that asks, by default the account's root. Raises
        Rejected when the answer is no; nothing has changed then.
        """
        return super().handle(command, scope, caller)

    def world(self, scope: Scope = HOME) -> World:
        """Answer what one account has in one Region."""
        return super().world(scope)


def replay(source: Recording, *, to_seq: int | None = None, to_at: Instant | None = None) -> Engine:
    """Rebuild the world that a log recorded, whole or up to a position or an instant."""
    engine = Engine(log=MemoryLog(source.origin))
    kernel.replay(source, engine, to_seq, to_at)
    return engine
