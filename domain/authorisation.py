"""Authorisation: one step before whatever a user asks for, and the judgement of copies.

Theory of operation. An account may do everything with its own vaults, but what the policy of the
addressed vault denies it: there are no policies of identities here. Each command that addresses a
vault has a row that says which actions it is. What the clock does is not judged, but for copies,
which are judged when they start, as their roles.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from vaultclock.domain.access_points.commands import CreateAccessPoint
from vaultclock.domain.access_policies.commands import DeleteAccessPolicy, PutAccessPolicy
from vaultclock.domain.approvals.commands import (
    AssociateApprovalTeam,
    DisassociateApprovalTeam,
    RevokeRestoreAccessVault,
)
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.composites import going_along
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.engine import Context
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.refusals import AccessDenied, ResourceNotFound
from vaultclock.domain.notifications.commands import (
    RemoveVaultNotifications,
    SetVaultNotifications,
)
from vaultclock.domain.policies.language import Decision, Verdict, judge, read_policy
from vaultclock.domain.policies.patterns import Values
from vaultclock.domain.policies.principals import Principal, principal_of, root_of
from vaultclock.domain.policies.requests import Access, organization_paths, request_of
from vaultclock.domain.policies.words import COPY_FROM, COPY_INTO
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.vault_shares.queries import (
    owner_of_vault,
    reachable_point,
    viewed,
    way_to,
)
from vaultclock.domain.vaults.commands import DeleteVault, LockVault, UnlockVault
from vaultclock.domain.world import NO_PRIVILEGES, CopyJob, World

# What a command is to the policies of the vaults it addresses, and whose vaults they are
_Row = Callable[[Any, World], Iterable[tuple[World, Access]]]
_NO_OPINION = Decision(Verdict.NO_OPINION)


class DeniedByPolicy(AccessDenied):
    """The policy of a vault denies what is asked.

    ``decided_by`` says which statement does, by its Sid or else its place, ``vault_arn`` whose
    policy has it.
    """

    def __init__(self, access: Access, principal: Principal, vault_arn: str, label: str) -> None:
        resource_arn = access.point_arn or vault_arn
        # observed: rebuy-de/aws-nuke 1150
        super().__init__(
            f"User: {principal.arn} is not authorized to perform: {access.action} on resource:"
            f" {resource_arn} with an explicit deny in a resource-based policy"
        )
        self.vault_arn = vault_arn
        self.decided_by = label


class Reading(NamedTuple):
    """What a query reads: a vault, or a recovery point in it; ``account`` is its owner's if said.

    Vaults of other accounts can be read where they are shared. ``of_contents`` tells whether it
    reads what lies in the vault, which for a restore access vault is its source's.
    """

    vault_name: str
    point_arn: str | None = None
    account: str | None = None
    of_contents: bool = False


def authorise(command: Any, world: World, context: Context) -> None:
    """Refuse a command that the policy of a vault it addresses denies its caller.

    Raises DeniedByPolicy, and plain AccessDenied for callers from another account, whatever the
    policy says (Backup Developer Guide, vault access policies).
    """
    row = _ROWS.get(type(command))
    if row is None:
        return
    if context.caller is None and not len(world.access_policies) and row not in _REACHING:
        return  # as quickly as can be, for mostly nothing has a policy
    principal = _caller(context.caller, world)
    if principal.account != world.scope.account:
        raise AccessDenied(NO_PRIVILEGES)
    for owner, access in row(command, world):
        _refuse_denied(access, owner, principal, context.now)


def authorise_reading(
    operation: str, reading: Reading, world: World, now: Instant, caller: str | None
) -> None:
    """Refuse a query that the policy of the vault it reads denies its caller.

    Raises DeniedByPolicy, and plain AccessDenied for another account's vault that is not shared.
    ``world`` is the caller's, whoever's the vault is.
    """
    owner = owner_of_vault(world, reading.vault_name, reading.account)
    for there, vault_name in _read(owner, reading):
        if there.access_policies.get(vault_name) is not None:
            access = Access(f"backup:{operation}", vault_name, reading.point_arn)
            _refuse_denied(access, there, _caller(caller, world), now)


def _read(owner: World, reading: Reading) -> Iterator[tuple[World, str]]:
    """Name the vaults that are read: what is in a restore access vault is in its source, too."""
    yield owner, reading.vault_name
    vault = owner.vaults.get(reading.vault_name)
    if reading.of_contents and vault is not None:
        seen = viewed(owner, vault)
        if seen is not None:
            yield seen.world, seen.vault.name


def _caller(arn: str | None, world: World) -> Principal:
    principal = principal_of(arn or root_of(world.scope.account))
    assert principal is not None, f"{arn} cannot call"
    return principal


def _refuse_denied(access: Access, owner: World, principal: Principal, now: Instant) -> None:
    decision = _decision(access, owner, principal, now)
    if decision.verdict is Verdict.DENY:
        assert decision.statement is not None, decision
        vault_arn = owner.vault_arn(access.vault_name)
        raise DeniedByPolicy(access, principal, vault_arn, decision.statement.label)


def _decision(access: Access, owner: World, principal: Principal, now: Instant) -> Decision:
    """Ask the policy of a vault, if it has one."""
    found = owner.access_policies.get(access.vault_name)
    if found is None:
        return _NO_OPINION
    return judge(read_policy(found.policy), request_of(access, owner, principal, now))


def may_copy(job: CopyJob, world: World, there: World, vault_name: str, now: Instant) -> bool:
    """Tell whether a copy job may do what it is about to: into a vault of the world ``there``.

    Its role is who asks. The policies of both vaults may deny it; into another account's vault, it
    needs an Allow of ``backup:CopyIntoBackupVault`` besides (Backup Developer Guide, cross-account
    backup).
    """
    account = world.scope.account
    # of a role that IAM would not let have its name, a policy can name the account alone
    principal = principal_of(job.born.iam_role_arn) or _caller(None, world)
    for owner, name in _read(world, Reading(job.born.source_vault_name, of_contents=True)):
        copied = _copied_from(owner, name, job.source_point_arn, job.destination_vault_arn)
        if _decision(copied, owner, principal, now).verdict is Verdict.DENY:
            return False
    source_arn = world.vault_arn(job.born.source_vault_name)
    keys = {"aws:sourceaccount": account, "aws:sourcearn": source_arn}
    into = Access(COPY_INTO, vault_name, keys=keys)
    verdict = _decision(into, there, principal, now).verdict
    if account == there.scope.account:
        return verdict is not Verdict.DENY
    return verdict is Verdict.ALLOW


def _copied_from(
    world: World, vault_name: str, point_arn: str, destination_vault_arn: str
) -> Access:
    """Say what it is to the vault of its source that a point is copied (documented keys)."""
    destination = parse_arn(destination_vault_arn)
    paths = None if destination is None else organization_paths(world, destination.account)
    keys: dict[str, Values] = {"backup:copytargets": (destination_vault_arn,)}
    if paths is not None:
        keys["backup:copytargetorgpaths"] = paths
    return Access(COPY_FROM, vault_name, point_arn, keys)


def _on_vault(operation: str, field: str = "vault_name") -> _Row:
    """Make the row of a command that acts on the vault it names."""
    read, action = attrgetter(field), f"backup:{operation}"
    return lambda command, world: ((world, Access(action, read(command))),)


def _on_point(operation: str) -> _Row:
    """Make the row of a command that acts on a recovery point in the vault it names."""
    action = f"backup:{operation}"
    return lambda command, world: ((world, Access(action, command.vault_name, command.arn)),)


def _on_point_wherever(operation: str) -> _Row:
    """Make the row of a command that acts on a recovery point, whatever vault it lies in.

    Both the vault that it lies in and the restore access vault that leads there are asked.
    """
    action = f"backup:{operation}"

    def accesses(command: Any, world: World) -> Iterator[tuple[World, Access]]:
        try:
            owner, point = reachable_point(world, command.recovery_point_arn)
        except ResourceNotFound:
            return  # as the command will find
        yield owner, Access(action, point.vault_name, point.arn)
        there, vault = way_to(world, owner, point)
        if there is not owner:
            yield there, Access(action, vault.name, point.arn)

    return accesses


def _on_point_of_composite(operation: str, *, leaves: bool) -> _Row:
    """Make the row of a command that may let other points of a composite go, too.

    A Deny of deletes may name one of those, which only goes along (chosen).
    """
    action = f"backup:{operation}"

    def accesses(command: Any, world: World) -> Iterator[tuple[World, Access]]:
        yield world, Access(action, command.vault_name, command.arn)
        point = world.recovery_points.get(command.arn)
        if point is not None and point.vault_name == command.vault_name:
            for each in going_along(world, point, leaves=leaves):
                yield world, Access("backup:DeleteRecoveryPoint", command.vault_name, each.arn)

    return accesses


def _lock(command: LockVault, world: World) -> Iterator[tuple[World, Access]]:
    days = {
        "backup:minretentiondays": command.min_retention_days,
        "backup:maxretentiondays": command.max_retention_days,
        "backup:changeablefordays": command.changeable_for_days,
    }
    keys = {key: str(number) for key, number in days.items() if number is not None}
    yield world, Access("backup:PutBackupVaultLockConfiguration", command.name, keys=keys)


def _associate(command: AssociateApprovalTeam, world: World) -> Iterator[tuple[World, Access]]:
    action = "backup:AssociateBackupVaultMpaApprovalTeam"
    keys = {"backup:mpaapprovalteamarn": command.team_arn}
    yield world, Access(action, command.vault_name, keys=keys)


def _start_backup(command: StartBackupJob, world: World) -> Iterator[tuple[World, Access]]:
    tags, air_gapped = command.recovery_point_tags, command.air_gapped_vault_arn
    yield world, Access("backup:StartBackupJob", command.vault_name, tags=tags)
    if air_gapped is not None and air_gapped.startswith(world.vault_arn("")):
        name = air_gapped.removeprefix(world.vault_arn(""))
        yield world, Access("backup:StartBackupJob", name, tags=tags)


def _start_copy(command: StartCopyJob, world: World) -> Iterator[tuple[World, Access]]:
    point_arn = command.source_point_arn
    for owner, name in _read(world, Reading(command.source_vault_name, of_contents=True)):
        yield owner, Access("backup:StartCopyJob", name, point_arn)
        yield owner, _copied_from(owner, name, point_arn, command.destination_vault_arn)


_create_access_point = _on_point_wherever("CreateBackupAccessPoint")
_start_restore = _on_point_wherever("StartRestoreJob")
# Those that may reach into vaults of other accounts
_REACHING = frozenset((_create_access_point, _start_copy, _start_restore))
# Backup Developer Guide, access control: the operations that vault access policies govern
_ROWS: Mapping[type, _Row] = {
    AssociateApprovalTeam: _associate,
    CreateAccessPoint: _create_access_point,
    DeleteAccessPolicy: _on_vault("DeleteBackupVaultAccessPolicy"),
    DeleteRecoveryPoint: _on_point_of_composite("DeleteRecoveryPoint", leaves=False),
    DeleteVault: _on_vault("DeleteBackupVault", "name"),
    DisassociateApprovalTeam: _on_vault("DisassociateBackupVaultMpaApprovalTeam"),
    DisassociateRecoveryPoint: _on_point("DisassociateRecoveryPoint"),
    DisassociateRecoveryPointFromParent: _on_point_of_composite(
        "DisassociateRecoveryPointFromParent", leaves=True
    ),
    LockVault: _lock,
    PutAccessPolicy: _on_vault("PutBackupVaultAccessPolicy"),
    RemoveVaultNotifications: _on_vault("DeleteBackupVaultNotifications"),
    RevokeRestoreAccessVault: _on_vault("RevokeRestoreAccessBackupVault"),
    SetVaultNotifications: _on_vault("PutBackupVaultNotifications"),
    StartBackupJob: _start_backup,
    StartCopyJob: _start_copy,
    StartRestoreJob: _start_restore,
    UnlockVault: _on_vault("DeleteBackupVaultLockConfiguration", "name"),
    UpdateRecoveryPointLifecycle: _on_point("UpdateRecoveryPointLifecycle"),
}
