"""Histories: beginnings in which much is under way, and any steps after them."""

from hypothesis import strategies as st

from tests.steps.commands import (
    ANEW,
    COMMANDS,
    KEPT,
    TO_BUCKET,
    asked,
    continuous_rule,
    indexing_rule,
)
from tests.steps.taking import (
    ABROAD,
    ACCOUNT,
    AIR_GAPPED,
    BUCKET,
    DATABASE,
    FILES,
    ROLE,
    STACK,
    TABLE,
    TEAMS,
    THERE,
    VAULTS_OF,
    VOLUME,
    Ask,
    History,
    Step,
    Wait,
)
from vaultclock.domain.access_points.commands import (
    CreateAccessPoint,
    DeleteAccessPoint,
)
from vaultclock.domain.approvals.commands import (
    ApproveSession,
    AssociateApprovalTeam,
    CreateRestoreAccessVault,
    RevokeRestoreAccessVault,
)
from vaultclock.domain.backup_jobs.commands import StartBackupJob, StopBackupJob
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, SECOND
from vaultclock.domain.legal_holds.commands import CancelLegalHold, CreateLegalHold
from vaultclock.domain.plans.commands import (
    CreatePlan,
    PlanInput,
    RuleInput,
)
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.selections.commands import CreateSelection
from vaultclock.domain.settings.commands import (
    UpdateGlobalSettings,
)
from vaultclock.domain.values import (
    Lifecycle,
    TagCondition,
)
from vaultclock.domain.vault_shares.commands import ShareVault
from vaultclock.domain.vaults.commands import (
    CreateAirGappedVault,
    CreateVault,
    LockVault,
    UnlockVault,
)

STRIDES = (0, 1, 800, SECOND, 3 * SECOND, MINUTE, HOUR, 8 * HOUR, DAY, 36 * DAY, 100 * DAY)
waits = st.builds(Wait, st.sampled_from(STRIDES) | st.integers(0, 10 * SECOND))
_vaults: History = [
    Ask(CreateVault("alpha")),
    Ask(CreateVault("beta"), THERE),
    Ask(CreateVault("beta"), ABROAD),
]
_running: History = [
    Ask(RegisterResource(VOLUME, job_seconds=9 * 3600, tags={"env": "a"})),
    Ask(RegisterResource(TABLE, fails_with="Table not found.")),
    Ask(StartBackupJob("alpha", VOLUME, ROLE, complete_window_minutes=480)),
    Ask(StartBackupJob("alpha", VOLUME, ROLE, lifecycle=Lifecycle(8, 98, opt_in_to_archive=True))),
    Ask(StartBackupJob("alpha", TABLE, ROLE)),
    Ask(StartBackupJob("alpha", FILES, ROLE, recovery_point_tags={"env": "a"})),
    Wait(3 * SECOND),
]
_done: History = [
    Ask(StartBackupJob("alpha", FILES, ROLE, recovery_point_tags={"env": "a", "team": "b"})),
    Ask(StartBackupJob("alpha", TABLE, ROLE, lifecycle=Lifecycle(1, 98))),
    Ask(StartBackupJob("alpha", VOLUME, ROLE, lifecycle=Lifecycle(delete_after_days=35))),
    Wait(10 * SECOND),
]
_planned: History = [
    Ask(CreatePlan(PlanInput("p", (RuleInput("daily", "alpha"),)))),
    Ask(CreateSelection("plans#0.plan_id", "all", ROLE, any_tags=(TagCondition("env", "a"),))),
]
_continued: History = [
    Ask(CreatePlan(PlanInput("p", (continuous_rule("alpha", 7),)))),
    Ask(CreateSelection("plans#0.plan_id", "all", ROLE, resources=(BUCKET, DATABASE))),
    Wait(2 * DAY),
]
_gone_back: History = [
    Ask(StartRestoreJob("recovery_points#0.arn", {**ANEW, **TO_BUCKET})),
    Ask(StartRestoreJob("recovery_points#1.arn", {**ANEW, **TO_BUCKET})),
    Wait(2 * SECOND),
]
_read_in_place: History = [
    Ask(StartBackupJob("alpha", BUCKET, ROLE, lifecycle=Lifecycle(None, 1))),
    Wait(5 * SECOND),
    Ask(CreateAccessPoint("reader-one", "recovery_points#0.arn", tags={"env": "a"})),
    Ask(CreateAccessPoint("reader-two", "recovery_points#0.arn")),
    Wait(10 * SECOND),
]
_indexed: History = [
    Ask(RegisterResource(VOLUME, tags={"env": "a"})),
    Ask(CreatePlan(PlanInput("p", (indexing_rule("alpha"),)))),
    Ask(CreateSelection("plans#0.plan_id", "all", ROLE, any_tags=(TagCondition("env", "a"),))),
    Wait(5 * HOUR + 5 * SECOND),
]
_composed: History = [
    Ask(RegisterResource(VOLUME, job_seconds=60)),
    Ask(RegisterResource(STACK, members=(VOLUME, TABLE))),
    Ask(StartBackupJob("alpha", STACK, ROLE, lifecycle=Lifecycle(None, 35))),
    Wait(10 * SECOND),
]
_copied: History = [
    Ask(
        StartCopyJob(
            f"recovery_points#{place}.vault_name",
            f"recovery_points#{place}.arn",
            f"arn:aws:backup:{region}:{account}:backup-vault:beta",
            ROLE,
        )
    )
    for place, (account, region) in enumerate((THERE, THERE, ABROAD, THERE))
]
_restored: History = [
    Ask(StartRestoreJob(f"recovery_points#{place}.arn", ANEW)) for place in (0, 1, 2, 1)
]
_locked: History = [Ask(LockVault("alpha", changeable_for_days=3))]
_air_gapped: History = [
    Ask(CreateAirGappedVault("lag", 7, 98)),
    Wait(2 * MINUTE),
    *(
        Ask(StartBackupJob("alpha", arn, ROLE, lifecycle=KEPT, air_gapped_vault_arn=AIR_GAPPED))
        for arn in (FILES, VOLUME, DATABASE)
    ),
    Wait(5 * SECOND),
]
_viewed: History = [
    Ask(UpdateGlobalSettings({"isMpaEnabled": "true"}), ACCOUNT),
    Ask(AssociateApprovalTeam("lag", TEAMS[0])),
    Ask(CreateRestoreAccessVault(AIR_GAPPED, "view", tags={"env": "a"}), ABROAD),
    Ask(CreateRestoreAccessVault(AIR_GAPPED), ABROAD),
    Ask(AssociateApprovalTeam("lag", TEAMS[1])),
    Ask(ShareVault("lag", ABROAD.account)),
]
_answered: History = [
    *(Ask(ApproveSession(f"approvals#{place}.session_arn")) for place in range(3)),
    Ask(RevokeRestoreAccessVault("lag", f"{VAULTS_OF[1]}:view")),
]
_held: History = [Ask(CreateLegalHold("case", "all of it")), Wait(SECOND)]
BEGINNINGS: list[History] = [
    _vaults,
    [*_vaults, *_running],
    [*_vaults, *_done, *_planned],
    [*_vaults, *_planned, *_running, *_done],
    [*_vaults, *_planned, *_done, *_running],
    [*_vaults, *_done, *_restored],
    [*_vaults, *_planned, *_done, Wait(35 * DAY - 12 * SECOND), *_restored, Wait(2 * SECOND)],
    [*_vaults, *_done, *_copied],
    [*_vaults, *_done, *_copied, Wait(2 * SECOND), *_planned],
    [*_vaults, *_continued],
    [*_vaults, *_continued, *_gone_back],
    [*_vaults, *_indexed],
    [*_vaults, *_read_in_place],
    [*_vaults, *_read_in_place, Ask(DeleteAccessPoint("access_points#0.arn")), Wait(2 * DAY)],
    [*_vaults, *_composed],
    [*_vaults, *_planned, *_composed, Wait(MINUTE)],
    [*_vaults, *_composed, Wait(2 * MINUTE), *_copied, Wait(SECOND)],
    [*_vaults, *_done, *_locked],
    [*_vaults, *_continued, *_locked, Wait(3 * DAY)],
    [*_vaults, *_composed, *_locked, Wait(2 * MINUTE)],
    [*_vaults, *_air_gapped],
    [*_vaults, *_air_gapped, Wait(MINUTE), *_planned, *_held],
    [*_vaults, *_air_gapped, *_viewed],
    [*_vaults, *_air_gapped, *_viewed, *_answered],
    [*_vaults, *_done, *_held],
    [*_vaults, *_planned, *_running, *_done, *_held, *_held],
    [*_vaults, *_composed, *_held, Wait(35 * DAY)],
    [*_vaults, *_done, *_composed, Wait(2 * MINUTE), *_held, Wait(35 * DAY)],
]
_usual = (
    StartBackupJob,
    StopBackupJob,
    StartCopyJob,
    StartRestoreJob,
    DeleteRecoveryPoint,
    UpdateRecoveryPointLifecycle,
    CreateLegalHold,
    CancelLegalHold,
    LockVault,
    UnlockVault,
)
_kinds: list[st.SearchStrategy[Step]] = [asked(*COMMANDS), asked(*_usual), waits]
# not one_of, which would make a wait as rare as any one command
steps = st.sampled_from(_kinds).flatmap(lambda kind: kind)
histories = st.builds(
    lambda beginning, later: [*beginning, *later],
    st.sampled_from(BEGINNINGS),
    st.lists(steps, min_size=3, max_size=20),
)
