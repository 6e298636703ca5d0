"""Every command that a user may send, drawn from pools so small that things collide."""

import json
from typing import Any

import attrs
from hypothesis import strategies as st

from tests.steps.taking import (
    ABROAD,
    ACCOUNT,
    AIR_GAPPED,
    BUCKET,
    CLUSTER,
    DATABASE,
    FILES,
    HERE,
    KEY,
    RESOURCES,
    ROLE,
    STACK,
    START,
    TABLE,
    TEAMS,
    THERE,
    VAULTS_OF,
    VOLUME,
    Ask,
)
from vaultclock.domain.access_points.commands import (
    CreateAccessPoint,
    DeleteAccessPoint,
    ExpireAccessPoint,
    FailAccessPoint,
)
from vaultclock.domain.access_policies.commands import DeleteAccessPolicy, PutAccessPolicy
from vaultclock.domain.approvals.commands import (
    ApproveSession,
    AssociateApprovalTeam,
    CreateRestoreAccessVault,
    DenySession,
    DisassociateApprovalTeam,
    RevokeRestoreAccessVault,
)
from vaultclock.domain.backup_jobs.commands import StartBackupJob, StopBackupJob
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.kernel.instants import DAY
from vaultclock.domain.keys.commands import DeregisterKey, RegisterKey
from vaultclock.domain.legal_holds.commands import CancelLegalHold, CreateLegalHold
from vaultclock.domain.legal_holds.events import PointSelection
from vaultclock.domain.notifications.commands import (
    RemoveVaultNotifications,
    SetVaultNotifications,
)
from vaultclock.domain.notifications.decide import EVENTS
from vaultclock.domain.plans.commands import (
    CreatePlan,
    DeletePlan,
    PlanInput,
    RuleInput,
    UpdatePlan,
)
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.resources.commands import DeregisterResource, RegisterResource
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.selections.commands import CreateSelection, DeleteSelection
from vaultclock.domain.service_made import EFS_TAG
from vaultclock.domain.settings.commands import (
    ArrangeOrganization,
    ArrangeRegion,
    UpdateGlobalSettings,
    UpdateRegionSettings,
)
from vaultclock.domain.tags.commands import TagResource, UntagResource
from vaultclock.domain.values import (
    AdvancedBackupSetting,
    Conditions,
    CopyAction,
    IndexAction,
    Lifecycle,
    TagCondition,
)
from vaultclock.domain.vault_shares.commands import ShareVault, UnshareVault
from vaultclock.domain.vaults.commands import (
    CreateAirGappedVault,
    CreateVault,
    DeleteVault,
    LockVault,
    OpenConsole,
    UnlockVault,
)

_VIEWS = ("view", "lag-restore-access")


def _mostly(*usual: Any, seldom: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    """Draw what works most of the time, and what is refused once in a while."""
    return st.sampled_from([*usual * 4 * len(seldom or (0,)), *seldom * len(usual)])


_tags = st.dictionaries(
    _mostly("env", "team", seldom=("aws:mine",)), st.sampled_from(["", "a", "b"]), max_size=2
)
_token = _mostly(None, "t1", "t2", seldom=("not a token",))
_vault = _mostly("alpha", "beta", seldom=("x",))
_destination = _mostly(
    *(
        f"arn:aws:backup:{region}:{account}:backup-vault:{name}"
        for (account, region), name in [
            (THERE, "beta"),
            (THERE, "beta"),
            (HERE, "alpha"),
            (HERE, "beta"),
            (ABROAD, "beta"),
            (HERE, "lag"),
        ]
    ),
    seldom=("arn:aws:backup:eu-west-1:123456789012:backup-vault:x", "no-arn"),
)
_resource = _mostly(*RESOURCES, seldom=("arn:aws:sqs:us-east-1:123456789012:queue", "no-arn"))
_lifecycle = st.builds(
    Lifecycle,
    move_to_cold_after_days=_mostly(None, -1, 1, 8, seldom=(0,)),
    delete_after_days=_mostly(None, -1, 98, seldom=(0, 1, 35)),
    opt_in_to_archive=st.sampled_from([None, True, False]),
)
_kept_shortly = st.builds(Lifecycle, delete_after_days=st.sampled_from([1, 35]))
_maybe_lifecycle = st.none() | _kept_shortly | _lifecycle
_rule = st.builds(
    RuleInput,
    name=_mostly("daily", "weekly", seldom=("no name",)),
    target_vault_name=_vault,
    schedule_expression=_mostly(
        None, "cron(0 5 ? * SUN *)", "cron(0 2/12 ? * * *)", seldom=("rate(1 day)",)
    ),
    schedule_timezone=st.sampled_from([None, "Europe/Berlin"]),
    start_window_minutes=st.sampled_from([None, 60, 480]),
    completion_window_minutes=_mostly(None, 480, seldom=(120,)),
    continuous=_mostly(None, False, seldom=(True,)),
    lifecycle=_maybe_lifecycle,
    recovery_point_tags=st.none() | _tags,
    copy_actions=st.sampled_from(
        [None, (), (CopyAction("arn:aws:backup:eu-west-1:123456789012:backup-vault:beta"),)]
    ),
    index_actions=st.sampled_from([None, (IndexAction(("EBS",)),)]),
)
_plan = st.builds(
    PlanInput,
    name=st.sampled_from(["p", "q"]),
    rules=st.lists(_rule, max_size=2, unique_by=lambda rule: rule.name).map(tuple),
    advanced_settings=st.sampled_from(
        [None, (AdvancedBackupSetting("EC2", {"WindowsVSS": "enabled"}),)]
    ),
)


KEPT = Lifecycle(delete_after_days=35)


def continuous_rule(vault: str, days: int) -> RuleInput:
    return RuleInput("daily", vault, continuous=True, lifecycle=Lifecycle(None, days))


def indexing_rule(vault: str) -> RuleInput:
    return RuleInput("daily", vault, index_actions=(IndexAction(("EBS",)),))


_plain_plan = st.builds(
    PlanInput,
    name=st.sampled_from(["p", "q"]),
    rules=st.sampled_from(
        [
            *((RuleInput("daily", vault),) for vault in ("alpha", "beta")),
            *((continuous_rule("alpha", days),) for days in (1, 7)),
            (
                RuleInput("snapshots", "alpha", lifecycle=Lifecycle(None, 35)),
                continuous_rule("alpha", 7),
            ),
            (indexing_rule("alpha"),),
            (RuleInput("daily", "alpha", lifecycle=KEPT, air_gapped_vault_arn=AIR_GAPPED),),
        ]
    ),
)
_thing = _mostly(
    "arn:aws:backup:us-east-1:123456789012:backup-vault:alpha",
    "plans#0.arn",
    "access_points#0.arn",
    "legal_holds#0.arn",
    "recovery_points#0.arn",
    "recovery_points#1.arn",
    "recovery_points#2.arn",
    seldom=("arn:aws:backup:us-east-1:123456789012:backup-vault:x",),
)


def _row(slot: str, field: str) -> st.SearchStrategy[str]:
    """Refer to a field of some row of a table."""
    return st.integers(0, 3).map(lambda place: f"{slot}#{place}.{field}")


def _same_row(slot: str, command: type, *fields: str) -> st.SearchStrategy[Any]:
    """Build a command whose first parameters are fields of one row of a table."""
    return st.integers(0, 3).map(lambda at: command(*(f"{slot}#{at}.{field}" for field in fields)))


# What the types of the resources need to be restored; S3's key would ask EBS for single files.
ANEW = {
    "targetTableName": "copy",
    "newFileSystem": "true",
    "CreationToken": "c",
    "DBInstanceIdentifier": "copy",
    "UseLatestRestorableTime": "true",
}
TO_BUCKET = {"DestinationBucketName": "bucket", "RestoreTime": "2026-01-02T00:00:00Z"}
_restored_as = _mostly(
    ANEW,
    {**ANEW, "newFileSystem": "false", "file-system-id": "fs-1"},
    TO_BUCKET,
    seldom=({}, {"DestinationBucketName": "bucket"}),
)


def _policy(effect: str, *operations: str, **parts: str) -> str:
    actions = [f"backup:{operation}" for operation in operations]
    statement = {"Effect": effect, "Principal": "*", "Action": actions, "Resource": "*", **parts}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# No policy keeps itself from being put again, so that a history can go on without it.
_policies = _mostly(
    _policy("Deny", "DeleteRecoveryPoint", "UpdateRecoveryPointLifecycle"),
    _policy("Deny", "StartBackupJob", "StartCopyJob", Resource="arn:aws:ec2:*:*:snapshot/*"),
    _policy("Deny", "CopyIntoBackupVault", "CopyFromBackupVault"),
    _policy("Allow", "CopyIntoBackupVault"),
    seldom=("{", _policy("Allow", "StartCopyJob"), _policy("Deny", "DeleteBackupVault")),
)


# Every command that a user may send, by its class.
COMMANDS: dict[type, st.SearchStrategy[Any]] = {
    CreateAccessPoint: st.builds(
        CreateAccessPoint,
        _mostly("reader-one", "reader-two", seldom=("x",)),
        _row("recovery_points", "arn"),
        _mostly({}, {"AccessPointInTime": "2026-01-02T05:00:00Z"}, seldom=({"x": "y"},)),
        _mostly(None, "{}", seldom=("{",)),
        _tags,
    ),
    DeleteAccessPoint: _same_row("access_points", DeleteAccessPoint, "arn"),
    ExpireAccessPoint: _same_row("access_points", ExpireAccessPoint, "arn"),
    FailAccessPoint: st.builds(
        FailAccessPoint, _row("access_points", "arn"), _mostly("S3 says no", seldom=("",))
    ),
    ArrangeOrganization: st.builds(
        ArrangeOrganization, _mostly("123456789012", seldom=(None, "999999999999", "no"))
    ),
    ArrangeRegion: st.builds(ArrangeRegion, _mostly(True, seldom=(False,))),
    OpenConsole: st.builds(OpenConsole),
    CreateVault: st.builds(
        CreateVault, _mostly("alpha", "beta", "gamma"), creator_request_id=_token, tags=_tags
    ),
    DeleteVault: st.builds(DeleteVault, _mostly("beta", "gamma", seldom=("alpha", "lag", "x"))),
    CreateAirGappedVault: st.builds(
        CreateAirGappedVault,
        _mostly("lag", "gamma", seldom=("alpha",)),
        _mostly(7, 35, seldom=(6,)),
        _mostly(35, 98, seldom=(7,)),
        st.sampled_from([None, KEY]),
        _token,
        _tags,
    ),
    ShareVault: st.builds(
        ShareVault, _mostly("lag", seldom=("alpha", "x")), _mostly(ABROAD.account, seldom=("o-1",))
    ),
    UnshareVault: st.builds(UnshareVault, st.just("lag"), st.just(ABROAD.account)),
    AssociateApprovalTeam: st.builds(
        AssociateApprovalTeam, _mostly("lag", seldom=("alpha",)), _mostly(*TEAMS, seldom=("x",))
    ),
    DisassociateApprovalTeam: st.builds(DisassociateApprovalTeam, st.just("lag")),
    CreateRestoreAccessVault: st.builds(
        CreateRestoreAccessVault,
        _mostly(AIR_GAPPED, seldom=(AIR_GAPPED.replace(":lag", ":alpha"),)),
        _mostly(None, "view", seldom=("x",)),
        _token,
        tags=_tags,
    ),
    RevokeRestoreAccessVault: st.builds(
        RevokeRestoreAccessVault,
        st.just("lag"),
        _mostly(*(f"{vaults}:{name}" for vaults in VAULTS_OF for name in _VIEWS), seldom=("x",)),
    ),
    ApproveSession: _same_row("approvals", ApproveSession, "session_arn"),
    DenySession: _same_row("approvals", DenySession, "session_arn"),
    LockVault: st.builds(
        LockVault,
        _mostly("alpha", "gamma", seldom=("lag", "x")),
        _mostly(None, 1, 35, seldom=(0,)),
        _mostly(None, 98, seldom=(35, 36_501)),
        _mostly(None, 3, seldom=(2,)),
    ),
    UnlockVault: st.builds(UnlockVault, _mostly("alpha", "gamma", seldom=("lag", "x"))),
    RegisterKey: st.builds(
        RegisterKey, _mostly(KEY, seldom=("no-arn",)), st.sampled_from([None, "no"])
    ),
    DeregisterKey: st.builds(DeregisterKey, st.just(KEY)),
    PutAccessPolicy: st.builds(PutAccessPolicy, _vault, _policies),
    DeleteAccessPolicy: st.builds(DeleteAccessPolicy, _vault),
    CreatePlan: st.builds(CreatePlan, _plain_plan | _plan, _tags, _token),
    UpdatePlan: st.builds(UpdatePlan, _row("plans", "plan_id"), _plain_plan | _plan),
    DeletePlan: _same_row("plans", DeletePlan, "plan_id"),
    CreateSelection: st.builds(
        CreateSelection,
        _row("plans", "plan_id"),
        st.sampled_from(["all", "some"]),
        st.just(ROLE),
        resources=_mostly(
            (VOLUME,), ("arn:aws:ec2:*:*:volume/*",), (BUCKET, DATABASE), seldom=((),)
        ),
        not_resources=_mostly((), seldom=((VOLUME,), ("arn:aws:s3:::b*",))),
        any_tags=st.sampled_from([(), (TagCondition("env", "a"),)]),
        conditions=st.sampled_from(
            [
                Conditions(),
                *(
                    Conditions(**{comparison: (TagCondition("aws:ResourceTag/env", "a*"),)})
                    for comparison in (
                        *("string_equals", "string_not_equals"),
                        *("string_like", "string_not_like"),
                    )
                ),
            ]
        ),
        creator_request_id=_token,
    ),
    DeleteSelection: _same_row("selections", DeleteSelection, "plan_id", "selection_id"),
    StartBackupJob: st.builds(
        StartBackupJob,
        _vault,
        _resource,
        st.just(ROLE),
        idempotency_token=_mostly(None, "t1", "t2", seldom=("",)),
        start_window_minutes=_mostly(None, 60, seldom=(59,)),
        complete_window_minutes=_mostly(None, 480, seldom=(60,)),
        lifecycle=_maybe_lifecycle,
        recovery_point_tags=_tags,
        air_gapped_vault_arn=_mostly(None, AIR_GAPPED, seldom=("no-arn",)),
    ),
    StopBackupJob: _same_row("backup_jobs", StopBackupJob, "job_id"),
    StartCopyJob: st.builds(
        lambda at, **others: StartCopyJob(
            f"recovery_points#{at}.vault_name",
            f"recovery_points#{at}.arn",
            iam_role_arn=ROLE,
            **others,
        ),
        st.integers(0, 3),
        destination_vault_arn=_destination,
        idempotency_token=_mostly(None, "t1", "t2", seldom=("",)),
        lifecycle=_maybe_lifecycle,
    ),
    StartRestoreJob: st.builds(
        StartRestoreJob,
        _mostly(*(f"recovery_points#{place}.arn" for place in range(4)), seldom=("no-arn",)),
        _restored_as,
        st.sampled_from([ROLE, None]),
        idempotency_token=_mostly(None, "t1", "t2"),
        resource_type=_mostly(None, seldom=("EFS", "Floppy")),
        copies_source_tags=_mostly(False, seldom=(True,)),
    ),
    UpdateRecoveryPointLifecycle: st.builds(
        lambda command, lifecycle: attrs.evolve(command, lifecycle=lifecycle),
        _same_row("recovery_points", UpdateRecoveryPointLifecycle, "vault_name", "arn"),
        _lifecycle | _kept_shortly,
    ),
    DeleteRecoveryPoint: _same_row("recovery_points", DeleteRecoveryPoint, "vault_name", "arn"),
    DisassociateRecoveryPoint: _same_row(
        "recovery_points", DisassociateRecoveryPoint, "vault_name", "arn"
    ),
    DisassociateRecoveryPointFromParent: _same_row(
        "recovery_points", DisassociateRecoveryPointFromParent, "vault_name", "arn"
    ),
    CreateLegalHold: st.builds(
        CreateLegalHold,
        st.sampled_from(["case", "audit"]),
        _mostly("all of it", seldom=("",)),
        st.none()
        | st.builds(
            PointSelection,
            vault_names=_mostly(None, None, ("alpha",), ("alpha", "beta"), seldom=(("x",),)),
            resources=_mostly(
                None, None, ("EFS", VOLUME), ("CloudFormation",), seldom=(("Floppy",),)
            ),
            created_from=_mostly(None, START, seldom=(START + 2 * DAY,)),
            created_until=_mostly(None, START, seldom=(START + DAY,)),
        ),
        _tags,
        _mostly(None, "t1", "t2", seldom=("",)),
    ),
    CancelLegalHold: st.builds(
        CancelLegalHold,
        _row("legal_holds", "hold_id"),
        _mostly("over", seldom=("",)),
        _mostly(None, 0, 1, seldom=(-1,)),
    ),
    SetVaultNotifications: st.builds(
        SetVaultNotifications,
        _vault,
        _mostly("arn:aws:sns:us-east-1:123456789012:told", seldom=("no-arn",)),
        _mostly(EVENTS, ("BACKUP_JOB_COMPLETED",), seldom=((), ("BACKUP_JOB_ENDED",))),
    ),
    RemoveVaultNotifications: st.builds(RemoveVaultNotifications, _vault),
    TagResource: st.builds(TagResource, _thing, _tags),
    UntagResource: st.builds(
        UntagResource, _thing, st.lists(st.sampled_from(["env", "team"]), max_size=2)
    ),
    UpdateRegionSettings: st.builds(
        UpdateRegionSettings,
        st.dictionaries(_mostly("EBS", "S3", seldom=("EB",)), st.booleans()),
        st.none() | st.dictionaries(_mostly("DynamoDB", "EFS", seldom=("EBS",)), st.booleans()),
    ),
    UpdateGlobalSettings: st.builds(
        UpdateGlobalSettings,
        st.dictionaries(
            _mostly("isMpaEnabled", "isCrossAccountBackupEnabled", seldom=("isOther",)),
            _mostly("true", "false", seldom=("maybe",)),
            max_size=1,
        ),
    ),
    RegisterResource: st.builds(
        RegisterResource,
        _resource,
        name=st.sampled_from([None, "data"]),
        tags=_tags,
        size_bytes=_mostly(None, 0, 1024, seldom=(-1,)),
        daily_change=st.sampled_from([None, 0.5]),
        job_seconds=st.sampled_from([None, 0, 2, 9 * 3600]),
        fails_with=st.sampled_from([None, None, "Table not found."]),
        keeps_points=_mostly(None, seldom=("Locked", "")),
    )
    | st.builds(
        RegisterResource,
        st.sampled_from([STACK, CLUSTER]),
        members=_mostly(
            (),
            (VOLUME, TABLE),
            (FILES, BUCKET, "arn:aws:sqs:us-east-1:123456789012:queue"),
            (VOLUME, CLUSTER),
            seldom=((STACK,),),
        ),
    )
    | st.builds(RegisterResource, st.just(FILES), tags=st.just({EFS_TAG.key: EFS_TAG.value})),
    DeregisterResource: st.builds(DeregisterResource, _resource),
}


def asked(*kinds: type) -> st.SearchStrategy[Ask]:
    """Ask for one of some commands, mostly here; what is the account's own is asked of it."""
    scopes = _mostly(HERE, seldom=(THERE,))
    of_account = {
        UpdateGlobalSettings: _mostly(ACCOUNT, HERE),
        ArrangeOrganization: st.just(ACCOUNT),
        CreateRestoreAccessVault: _mostly(ABROAD, HERE),
    }
    return st.one_of(
        [st.builds(Ask, COMMANDS[kind], of_account.get(kind, scopes)) for kind in kinds]
    )
