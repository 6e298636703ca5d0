"""What happens in the golden log around vaults: what protects them, and who may look into them."""

import attrs

from tools.golden_world import (
    ACCOUNT,
    BUCKET,
    FILES,
    HERE,
    KEY,
    OTHER_VOLUME,
    ROLE,
    START,
    VAULT_ARN,
    World,
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
)
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import DAY, HOUR, SECOND
from vaultclock.domain.keys.commands import DeregisterKey, RegisterKey
from vaultclock.domain.legal_holds.commands import CancelLegalHold, CreateLegalHold
from vaultclock.domain.legal_holds.events import PointSelection
from vaultclock.domain.notifications.commands import RemoveVaultNotifications, SetVaultNotifications
from vaultclock.domain.plans.commands import (
    CreatePlan,
    PlanInput,
    RuleInput,
)
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.selections.commands import CreateSelection, DeleteSelection
from vaultclock.domain.service_made import EFS_TAG
from vaultclock.domain.settings.commands import (
    ArrangeOrganization,
    ArrangeRegion,
)
from vaultclock.domain.values import CopyAction, Lifecycle
from vaultclock.domain.vault_shares.commands import ShareVault, UnshareVault
from vaultclock.domain.vaults.commands import (
    CreateAirGappedVault,
    CreateVault,
    LockVault,
    OpenConsole,
    UnlockVault,
)
from vaultclock.domain.world import ACCOUNT_WIDE

_POLICY = """{"Version": "2012-10-17", "Statement": [{
  "Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}]}"""


def lock(world: World) -> None:
    """Lock and seal vaults, and make air-gapped ones, of which a key fails one."""
    world.ask(CreateVault("locked"))
    for command in (LockVault("locked", 7), UnlockVault("locked"), LockVault("locked", 7, 365, 3)):
        world.ask(command)
    world.ask(RegisterKey(KEY, "kms:CreateGrant is denied"))
    world.ask(CreateAirGappedVault("failing", 7, 365, KEY))
    world.ask(CreateAirGappedVault("air-gapped", 7, 365))
    world.wait(4 * DAY)
    world.ask(DeregisterKey(KEY))
    air_gapped = VAULT_ARN.replace(":main", ":air-gapped")
    world.start(OTHER_VOLUME, lifecycle=Lifecycle(None, 8), air_gapped_vault_arn=air_gapped)
    world.wait(10 * DAY)


def hold(world: World) -> None:
    """Hold a snapshot that is made only to be copied until after its copy, and a plain one."""
    world.ask(CreateVault("held"))
    world.ask(CreateVault("copies"))
    world.ask(RegisterResource(BUCKET, job_seconds=60))
    copies = CopyAction(VAULT_ARN.replace(":main", ":copies"))
    week = Lifecycle(delete_after_days=7)
    rule = RuleInput("pitr", "held", continuous=True, lifecycle=week, copy_actions=(copies,))
    plan = world.ask(CreatePlan(PlanInput("held", (rule,))))
    chosen = CreateSelection(plan.plan_id, "bucket", ROLE, resources=(BUCKET,))
    selection = world.ask(chosen)
    world.start(FILES, lifecycle=week)
    world.wait(5 * HOUR + 62 * SECOND - world.engine.now % DAY)
    those = PointSelection(("held", "main"), ("S3", FILES), START, world.engine.now)
    hold = world.ask(CreateLegalHold("case", "all of it", those, {"no": "7"}, "token"))
    world.ask(DeleteSelection(plan.plan_id, selection.selection_id))
    world.wait(9 * DAY)
    world.ask(CancelLegalHold(hold.hold_id, "over", 400))
    world.wait(DAY)


def arrange(world: World) -> None:
    """Let happen around the account what AWS Backup only notices."""
    account = Scope(ACCOUNT, ACCOUNT_WIDE)
    world.ask(ArrangeOrganization("111111111111"), account)
    world.ask(ArrangeOrganization(None), account)
    world.ask(ArrangeRegion(has_cross_account_backup=False), Scope(ACCOUNT, "eu-west-1"))
    world.ask(OpenConsole())
    world.ask(RegisterResource(FILES, tags={EFS_TAG.key: EFS_TAG.value}))
    world.wait(DAY)


def read_in_place(world: World) -> None:
    """Read a bucket's backup through access points, one of them another account's."""
    bunker, there = VAULT_ARN.replace(":main", ":bunker"), Scope("999999999999", "us-east-1")
    world.ask(CreateAirGappedVault("bunker", 7, 35))
    world.wait(HOUR)
    world.start(BUCKET, lifecycle=Lifecycle(None, 7), air_gapped_vault_arn=bunker)
    world.wait(HOUR)
    (point,) = world.engine.world(HERE).recovery_points.matching(vault_name="bunker")
    world.ask(ShareVault("bunker", there.account))
    world.ask(CreateAccessPoint("theirs", point.arn), there)
    fails, expires, ends = (
        world.ask(CreateAccessPoint(name, point.arn, policy="{}", tags={"env": "prod"})).arn
        for name in ("fails", "expires", "ends")
    )
    world.ask(FailAccessPoint(fails, "S3 says no"))
    world.wait(HOUR)
    world.ask(ExpireAccessPoint(expires))
    world.ask(DeleteAccessPoint(ends))
    world.ask(FailAccessPoint(ends, "not now"))
    world.ask(DeleteAccessPoint(ends))
    world.ask(UnshareVault("bunker", there.account))
    world.wait(DAY)


def forbid(world: World) -> None:
    """Let a vault's policy forbid, and tell a topic what happens in the vault, for a while."""
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:backups"
    world.ask(SetVaultNotifications("locked", topic, ("BACKUP_JOB_COMPLETED",)))
    world.ask(PutAccessPolicy("locked", _POLICY))
    world.ask(DeleteAccessPolicy("locked"))
    world.ask(RemoveVaultNotifications("locked"))


def approve(world: World) -> None:
    """Put a team over a vault: it lets one view on it be made, not another, and leaves it."""
    view = CreateRestoreAccessVault(VAULT_ARN.replace(":main", ":bunker"), "view", tags={"a": "b"})
    world.ask(AssociateApprovalTeam("bunker", f"arn:aws:mpa:us-east-1:{ACCOUNT}:approval-team/t"))
    for command, decision in (
        (view, ApproveSession),
        (attrs.evolve(view, name="other"), DenySession),
        (DisassociateApprovalTeam("bunker", "enough"), ApproveSession),
    ):
        world.ask(command)
        world.wait(HOUR)
        (pending,) = world.engine.world(HERE).approvals.matching(is_pending=True)
        world.ask(decision(pending.session_arn))
