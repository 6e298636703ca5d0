"""The step before decisions: what a vault's policy denies, to whom, and what a copy may do."""

import json
from typing import Any

import attrs
import pytest

from tests.domain.copy_examples import (
    ABROAD,
    ACCOUNT,
    BUNKER,
    DR,
    POINT,
    ROLE,
    T0,
    THERE,
    VAULTS,
    V,
    W,
    copy,
    job,
    source,
)
from tests.spec import HERE, Story, given
from vaultclock.domain import authorisation
from vaultclock.domain.access_points.commands import CreateAccessPoint
from vaultclock.domain.access_policies.commands import DeleteAccessPolicy, PutAccessPolicy
from vaultclock.domain.access_policies.events import AccessPolicySet
from vaultclock.domain.approvals.commands import (
    AssociateApprovalTeam,
    DisassociateApprovalTeam,
    RevokeRestoreAccessVault,
)
from vaultclock.domain.authorisation import DeniedByPolicy, Reading, authorise_reading
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import DAY, MINUTE, Instant
from vaultclock.domain.kernel.refusals import AccessDenied, Rejected
from vaultclock.domain.notifications.commands import (
    RemoveVaultNotifications,
    SetVaultNotifications,
)
from vaultclock.domain.policies.principals import principal_of
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.settings.events import GlobalSettingsUpdated, OrganizationArranged
from vaultclock.domain.tags.events import TagsSet
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vault_shares.commands import ShareVault, UnshareVault
from vaultclock.domain.vault_shares.events import VaultShared
from vaultclock.domain.vaults.commands import CreateVault, DeleteVault, LockVault, UnlockVault
from vaultclock.domain.world import ACCOUNT_WIDE

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/ann"
DELETE = DeleteRecoveryPoint("v", POINT)
VOLUME = f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-1"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:topic"
TEAM = f"arn:aws:mpa:us-east-1:{ACCOUNT}:approval-team/team"
# Each command that a policy can deny: the action it is, and the resource that is denied
GOVERNED: list[tuple[Any, str, str]] = [
    (AssociateApprovalTeam("v", TEAM), "AssociateBackupVaultMpaApprovalTeam", V),
    (CreateAccessPoint("ap", POINT), "CreateBackupAccessPoint", POINT),
    (DeleteAccessPolicy("v"), "DeleteBackupVaultAccessPolicy", V),
    (DELETE, "DeleteRecoveryPoint", POINT),
    (DeleteVault("v"), "DeleteBackupVault", V),
    (DisassociateApprovalTeam("v"), "DisassociateBackupVaultMpaApprovalTeam", V),
    (DisassociateRecoveryPoint("v", POINT), "DisassociateRecoveryPoint", POINT),
    (
        DisassociateRecoveryPointFromParent("v", POINT),
        "DisassociateRecoveryPointFromParent",
        POINT,
    ),
    (LockVault("v", 1), "PutBackupVaultLockConfiguration", V),
    (PutAccessPolicy("v", "{"), "PutBackupVaultAccessPolicy", V),
    (RemoveVaultNotifications("v"), "DeleteBackupVaultNotifications", V),
    (RevokeRestoreAccessVault("v", W), "RevokeRestoreAccessBackupVault", V),
    (SetVaultNotifications("v", TOPIC, ()), "PutBackupVaultNotifications", V),
    (StartBackupJob("v", VOLUME, ROLE), "StartBackupJob", V),
    (copy(), "StartCopyJob", POINT),
    (copy(), "CopyFromBackupVault", POINT),
    (StartRestoreJob(POINT, {}), "StartRestoreJob", POINT),
    (UnlockVault("v"), "DeleteBackupVaultLockConfiguration", V),
    (UpdateRecoveryPointLifecycle("v", POINT), "UpdateRecoveryPointLifecycle", POINT),
]


def statement(action: str = "DeleteRecoveryPoint", **parts: Any) -> dict[str, Any]:
    whole = {"Effect": "Deny", "Principal": "*", "Action": f"backup:{action}", "Resource": "*"}
    whole |= parts
    return {name: part for name, part in whole.items() if part is not None}


def set_policy(*statements: dict[str, Any], vault_name: str = "v") -> AccessPolicySet:
    document = {"Version": "2012-10-17", "Statement": [*statements]}
    return AccessPolicySet(vault_name, json.dumps(document))


def story(*facts: Any) -> Story:
    return given(*VAULTS, *source(), *facts, at=T0)


# what another account has of the vault: a look into it
SHARED = Elsewhere(ABROAD, VaultShared(V))


def refused(told: Story, command: Any, caller: str | None = None) -> DeniedByPolicy | None:
    """Answer how a policy refuses a command; other answers do not matter here."""
    rows, seq = told.engine.rows(), told.engine.seq
    try:
        told.engine.handle(command, told.scope, caller)
    except DeniedByPolicy as denied:
        assert (told.engine.rows(), told.engine.seq) == (rows, seq)
        return denied
    except Rejected:
        return None
    return None


def test_every_command_that_a_policy_governs_is_tried_here() -> None:
    assert {type(command) for command, _, _ in GOVERNED} == authorisation._ROWS.keys()


def test_every_command_that_names_a_vault_is_governed() -> None:
    names = {"vault_name", "source_vault_name", "recovery_point_arn"}
    naming = {
        command
        for command in Engine().commands()
        if names & {field.name for field in attrs.fields(command)}
    }
    by_ram = {ShareVault, UnshareVault}  # which is another service
    assert naming - by_ram <= authorisation._ROWS.keys()


@pytest.mark.parametrize(("command", "operation", "arn"), GOVERNED)
def test_a_deny_refuses_what_it_names_in_awss_words(command: Any, operation: str, arn: str) -> None:
    told = story(set_policy(statement("ListTags"), statement(operation, Sid="keep")))
    denied = refused(told, command)
    assert denied is not None
    assert denied.message == (
        f"User: {ROOT} is not authorized to perform: backup:{operation} on resource: {arn} with"
        " an explicit deny in a resource-based policy"
    )
    assert (denied.vault_arn, denied.decided_by) == (V, "Sid 'keep'")
    assert isinstance(denied, AccessDenied)


@pytest.mark.parametrize(("command", "operation", "arn"), GOVERNED)
def test_a_deny_of_everything_else_refuses_nothing(command: Any, operation: str, arn: str) -> None:
    spared = [f"backup:{operation}"]
    if operation in ("StartCopyJob", "CopyFromBackupVault"):  # a copy is both
        spared = ["backup:StartCopyJob", "backup:CopyFromBackupVault"]
    everything_else = statement(Action=None, NotAction=spared)
    assert refused(story(set_policy(everything_else)), command) is None
    elsewhere = statement(operation, Resource=None, NotResource=[arn, V])
    assert refused(story(set_policy(elsewhere)), command) is None


@pytest.mark.parametrize(("command", "operation", "arn"), GOVERNED)
def test_the_policy_of_another_vault_does_not_matter(
    command: Any, operation: str, arn: str
) -> None:
    told = story(set_policy(statement(operation), vault_name="w"))
    assert refused(told, command) is None
    assert refused(story(set_policy(statement(operation, Resource=W))), command) is None
    assert arn in (V, POINT)


def test_a_policy_that_allows_or_has_no_opinion_refuses_nothing() -> None:
    allowing = statement(Effect="Allow", Principal={"AWS": ACCOUNT})
    for text in (allowing, statement("StartBackupJob")):
        told = story(set_policy(text))
        told.when(DELETE)
        assert told.rejection is None


@pytest.mark.parametrize("resource", [V, POINT, [W, V], "arn:aws:backup:*:*:recovery-point:*"])
def test_a_deny_of_deletes_may_name_the_vault_or_the_point(resource: Any) -> None:
    denied = refused(story(set_policy(statement(Resource=resource))), DELETE)
    assert denied is not None
    assert f"on resource: {POINT} with" in denied.message


def test_what_no_vault_governs_is_not_judged() -> None:
    story(set_policy(statement(Action=None, NotAction="backup:ListTags"))).when(
        CreateVault("fresh")
    ).then_kinds(type(VAULTS[0]))


def test_a_deny_names_the_one_who_calls() -> None:
    told = story(set_policy(statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/ops"})))
    denied = refused(told, DELETE, SESSION)
    assert denied is not None
    assert denied.message.startswith(f"User: {SESSION} is not authorized")
    assert denied.decided_by == "Statement[0]"
    assert refused(told, DELETE, f"arn:aws:iam::{ACCOUNT}:role/dev") is None
    assert refused(told, DELETE) is None


def test_a_deny_can_spare_some_by_their_names_or_ids() -> None:
    session = principal_of(SESSION)
    assert session is not None
    for condition in (
        {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/ops"}},
        {"StringNotLike": {"aws:userId": [f"{session.user_id.partition(':')[0]}:*", "1"]}},
        {"StringNotEquals": {"aws:PrincipalType": "AssumedRole"}},
    ):
        told = story(set_policy(statement(Condition=condition)))
        assert refused(told, DELETE, SESSION) is None
        assert refused(told, DELETE, f"arn:aws:iam::{ACCOUNT}:user/ann") is not None
    told = story(set_policy(statement(Condition={"StringNotEquals": {"aws:userId": ACCOUNT}})))
    assert refused(told, DELETE) is None


def test_a_caller_from_another_account_is_refused_whatever_the_policy_says() -> None:
    stranger = f"arn:aws:iam::{ABROAD.account}:root"
    for facts in ((), (set_policy(statement("StartBackupJob", Effect="Allow")),)):
        with pytest.raises(AccessDenied) as denied:
            story(*facts).engine.handle(DELETE, HERE, stranger)
        assert denied.value.message == "Insufficient privileges to perform this action."


def test_a_caller_of_the_account_needs_no_policy() -> None:
    told = story()
    told.engine.handle(DELETE, HERE, SESSION)


CONDITIONS: list[tuple[dict[str, Any], Any]] = [
    ({"DateLessThan": {"aws:CurrentTime": "1970-04-12"}}, DELETE),
    ({"NumericLessThan": {"aws:EpochTime": 8_640_001}}, DELETE),
    ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, DELETE),
    ({"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}, DELETE),
    ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, DELETE),
    ({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}, DELETE),
    ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-*/r-root/"}}, DELETE),
    ({"ForAnyValue:StringEquals": {"aws:ResourceOrgPaths": "o-vaultclock/r-root/"}}, DELETE),
    ({"Bool": {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"}}, DELETE),
    ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, DELETE),
    ({"Bool": {"aws:PrincipalIsAWSService": "false"}}, DELETE),
    ({"Null": {"aws:username": "true", "aws:SourceIp": "true"}}, DELETE),
    ({"StringEquals": {"aws:ResourceTag/ENV": "prod"}}, DELETE),
    ({"StringEquals": {"aws:ResourceTag/kind": "vault"}}, DeleteVault("v")),
    (
        {"StringEquals": {"aws:RequestTag/Env": "dev"}, "Null": {"aws:TagKeys": "false"}},
        StartBackupJob("v", VOLUME, ROLE, recovery_point_tags={"env": "dev"}),
    ),
    (
        {"Null": {"aws:TagKeys": "true", "aws:RequestTag/env": "true"}},
        StartBackupJob("v", VOLUME, ROLE),
    ),
    ({"ArnEquals": {"backup:CopyTargets": DR}}, copy()),
    ({"ForAllValues:ArnLike": {"backup:CopyTargets": "arn:aws:backup:*:*:*:*"}}, copy()),
    ({"ForAnyValue:StringLike": {"backup:CopyTargetOrgPaths": "o-vaultclock/*"}}, copy()),
    ({"NumericLessThan": {"backup:MinRetentionDays": "7"}}, LockVault("v", 6)),
    ({"NumericGreaterThan": {"backup:MaxRetentionDays": 30}}, LockVault("v", 6, 31)),
    ({"Null": {"backup:ChangeableForDays": "true"}}, LockVault("v", 6, 31)),
    ({"NumericEquals": {"backup:ChangeableForDays": 3}}, LockVault("v", changeable_for_days=3)),
    ({"ArnEquals": {"backup:MpaApprovalTeamArn": TEAM}}, AssociateApprovalTeam("v", TEAM)),
]


@pytest.mark.parametrize(("condition", "command"), CONDITIONS)
def test_a_request_says_what_conditions_ask_for(condition: dict[str, Any], command: Any) -> None:
    tags = TagsSet(POINT, {"Env": "prod"}), TagsSet(V, {"kind": "vault"})
    everything = statement(Action=None, NotAction="backup:ListTags", Condition=condition)
    told = story(set_policy(everything), *tags)
    assert refused(told, command) is not None


def test_a_copy_between_organizations_says_so() -> None:
    alone = Elsewhere(Scope(ACCOUNT, ACCOUNT_WIDE), OrganizationArranged(None))
    absent = {"backup:CopyTargetOrgPaths": "true", "aws:PrincipalOrgID": "true"}
    denying = set_policy(statement("CopyFromBackupVault", Condition={"Null": absent}))
    assert refused(story(denying, alone), copy()) is not None
    assert refused(story(denying), copy()) is None
    managed = Elsewhere(Scope(ACCOUNT, ACCOUNT_WIDE), OrganizationArranged(ABROAD.account))
    paths = {"ForAnyValue:StringEquals": {"backup:CopyTargetOrgPaths": "o-999999999999/r-root/"}}
    named = set_policy(statement("CopyFromBackupVault", Condition=paths))
    assert refused(story(named, managed), copy()) is not None


def test_a_copy_to_what_is_no_vault_is_judged_all_the_same() -> None:
    denying = set_policy(statement("CopyFromBackupVault"))
    assert refused(story(denying), copy("no-arn")) is not None


def test_time_passes_for_a_policy_as_it_does_for_all_else() -> None:
    until = {"DateLessThan": {"aws:CurrentTime": "1970-04-12T00:00:00Z"}}
    told = story(set_policy(statement(Condition=until)))
    assert refused(told, DELETE) is not None
    told.at(101 * DAY)
    assert refused(told, DELETE) is None


def test_a_backup_that_ends_in_an_air_gapped_vault_needs_that_vaults_leave_too() -> None:
    denying = set_policy(statement("StartBackupJob"), vault_name="w")
    into = StartBackupJob("v", VOLUME, ROLE, air_gapped_vault_arn=W)
    denied = refused(story(denying), into)
    assert denied is not None
    assert denied.vault_arn == W
    for other in (None, "no-arn", DR):
        asked = StartBackupJob("v", VOLUME, ROLE, air_gapped_vault_arn=other)
        assert refused(story(denying), asked) is None


def test_a_point_that_is_not_there_has_no_vault_to_ask() -> None:
    told = story(set_policy(statement("StartRestoreJob")))
    assert refused(told, StartRestoreJob("arn:aws:ec2:us-east-1::snapshot/none", {})) is None


def read(told: Story, reading: Reading, *, scope: Scope = HERE, caller: str | None = None) -> None:
    world, now = told.engine.world(scope), told.engine.now
    authorise_reading("DescribeRecoveryPoint", reading, world, now, caller)


def test_a_query_is_judged_as_a_command_is() -> None:
    told = story(set_policy(statement("DescribeRecoveryPoint")))
    with pytest.raises(DeniedByPolicy) as denied:
        read(told, Reading("v", POINT), caller=SESSION)
    assert denied.value.message == (
        f"User: {SESSION} is not authorized to perform: backup:DescribeRecoveryPoint on resource:"
        f" {POINT} with an explicit deny in a resource-based policy"
    )
    with pytest.raises(DeniedByPolicy):
        read(told, Reading("v"))
    read(told, Reading("w"))
    read(told, Reading("missing"))


def test_a_query_of_a_shared_vault_asks_its_owners_policy() -> None:
    told = story(SHARED, set_policy(statement("DescribeRecoveryPoint")))
    with pytest.raises(DeniedByPolicy) as denied:
        read(told, Reading("v", None, ACCOUNT), scope=ABROAD)
    assert denied.value.message.startswith(f"User: arn:aws:iam::{ABROAD.account}:root is not")
    with pytest.raises(DeniedByPolicy):
        read(told, Reading("v", None, ACCOUNT))
    for reading in (Reading("w", None, ACCOUNT), Reading("v", None, "111111111111")):
        with pytest.raises(AccessDenied) as refusal:
            read(told, reading, scope=ABROAD)
        assert refusal.value.message == "Insufficient privileges to perform this action."


@pytest.mark.parametrize(
    ("command", "operation"),
    [
        (StartRestoreJob(POINT, {}), "StartRestoreJob"),
        (CreateAccessPoint("ap", POINT), "CreateBackupAccessPoint"),
    ],
)
def test_what_another_account_does_with_a_shared_point_asks_the_owners_policy(
    command: Any, operation: str
) -> None:
    told = story(SHARED, set_policy(statement(operation, Principal={"AWS": ABROAD.account})))
    assert refused(told, command) is None
    told.scope = ABROAD
    denied = refused(told, command)
    assert denied is not None
    assert denied.vault_arn == V


ENABLED = Elsewhere(
    Scope(ACCOUNT, ACCOUNT_WIDE), GlobalSettingsUpdated({"isCrossAccountBackupEnabled": True})
)
NO_ACCESS = "Access Denied trying to call AWS Backup service"
INTO = "CopyIntoBackupVault"


def copied(destination: str, *facts: Any, at: Instant = T0 + MINUTE) -> tuple[str, str | None]:
    """Copy into a vault, and tell how that went."""
    told = story(ENABLED, *facts)
    told.engine.handle(copy(destination), HERE)
    told.at(at)
    return job(told).state, job(told).message


def allowing(principal: Any, **parts: Any) -> Elsewhere:
    allow = statement(INTO, Effect="Allow", Principal=principal, **parts)
    return Elsewhere(ABROAD, set_policy(allow, vault_name="bunker"))


@pytest.mark.parametrize(
    "policy",
    [
        allowing("*"),
        allowing({"AWS": ACCOUNT}),
        allowing({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        allowing({"AWS": ROLE}, Resource=BUNKER),
        allowing("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-vaultclock"}}),
        allowing(
            "*", Condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-vaultclock/*"}}
        ),
        allowing("*", Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        allowing("*", Condition={"ArnEquals": {"aws:SourceArn": V, "aws:PrincipalArn": ROLE}}),
    ],
)
def test_a_copy_into_another_account_needs_its_vaults_leave(policy: Elsewhere) -> None:
    assert copied(BUNKER, policy) == ("COMPLETED", None)


@pytest.mark.parametrize(
    "policy",
    [
        allowing({"AWS": ABROAD.account}),
        allowing({"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}),
        allowing("*", Resource=V),
        allowing("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        allowing({"Service": "backup.amazonaws.com"}),
        Elsewhere(
            ABROAD,
            set_policy(
                statement(INTO, Effect="Allow"),
                statement(INTO, Principal={"AWS": ACCOUNT}),
                vault_name="bunker",
            ),
        ),
    ],
)
def test_a_copy_into_another_account_fails_without_its_vaults_leave(policy: Elsewhere) -> None:
    assert copied(BUNKER, policy) == ("FAILED", NO_ACCESS)


def test_a_deny_holds_for_copies_inside_one_account() -> None:
    denying = Elsewhere(THERE, set_policy(statement(INTO), vault_name="dr"))
    assert copied(DR, denying) == ("FAILED", NO_ACCESS)
    others = Elsewhere(
        THERE, set_policy(statement(INTO, Principal={"AWS": ABROAD.account}), vault_name="dr")
    )
    assert copied(DR, others) == ("COMPLETED", None)


def test_the_policy_that_counts_is_the_one_there_is_when_the_copy_starts() -> None:
    told = story()
    told.engine.handle(copy(), HERE)
    told.engine.handle(PutAccessPolicy("dr", set_policy(statement(INTO)).policy), THERE)
    told.at(T0 + MINUTE)
    assert (job(told).state, job(told).message) == ("FAILED", NO_ACCESS)


def test_a_source_can_keep_its_points_from_being_copied_by_a_role() -> None:
    told = story(set_policy(statement("CopyFromBackupVault", Principal={"AWS": ROLE})))
    told.engine.handle(copy(), HERE)  # as root, whom the policy does not name
    told.at(T0 + MINUTE)
    assert (job(told).state, job(told).message) == ("FAILED", NO_ACCESS)


def test_a_role_of_an_impossible_name_copies_as_its_account() -> None:
    asked = copy(BUNKER)
    strange = type(asked)("v", POINT, BUNKER, f"arn:aws:iam::{ACCOUNT}:role/a*b")
    told = story(ENABLED, allowing({"AWS": ACCOUNT}))
    told.engine.handle(strange, HERE)
    told.at(T0 + MINUTE)
    assert job(told).state == "COMPLETED"


def test_what_the_clock_does_is_not_judged() -> None:
    everything = set_policy(statement(Action=None, NotAction="backup:ListTags"))
    short = source(f"{POINT}-short", lifecycle=Lifecycle(None, 2))
    told = story(*short, everything).at(T0 + 3 * DAY)
    assert [*told.world.recovery_points] == [POINT]
