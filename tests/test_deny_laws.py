"""The law of denial: what a vault's policy denies does not happen, and what it does not, may.

Over generated policies, clocks, callers and calls. What a policy denies is said by a plain
reading of IAM's rules, not by the program.
"""

import json
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.policy_oracle import verdict
from tests.steps import BEGINNINGS, HERE, ROLE, VOLUME, Ask, History, Wait, live
from vaultclock.domain.access_policies.commands import DeleteAccessPolicy, PutAccessPolicy
from vaultclock.domain.authorisation import DeniedByPolicy
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.instants import DAY, to_iso
from vaultclock.domain.kernel.refusals import Rejected
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.tags.queries import tags_of
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.commands import DeleteVault, LockVault

law = settings(deadline=None, max_examples=150)

SESSION = "arn:aws:sts::123456789012:assumed-role/ops/ann"
OPS = "arn:aws:iam::123456789012:role/ops"
# who calls, by all that a policy may call them
NAMES = {None: ["123456789012"], SESSION: [SESSION, OPS, "123456789012"]}
DESTINATION = "arn:aws:backup:eu-west-1:123456789012:backup-vault:beta"
ACTION_OF = {
    DeleteAccessPolicy: ["backup:DeleteBackupVaultAccessPolicy"],
    DeleteRecoveryPoint: ["backup:DeleteRecoveryPoint"],
    DeleteVault: ["backup:DeleteBackupVault"],
    DisassociateRecoveryPoint: ["backup:DisassociateRecoveryPoint"],
    LockVault: ["backup:PutBackupVaultLockConfiguration"],
    PutAccessPolicy: ["backup:PutBackupVaultAccessPolicy"],
    StartBackupJob: ["backup:StartBackupJob"],
    StartCopyJob: ["backup:StartCopyJob", "backup:CopyFromBackupVault"],
    UpdateRecoveryPointLifecycle: ["backup:UpdateRecoveryPointLifecycle"],
}
ACTIONS = sorted({action for actions in ACTION_OF.values() for action in actions})

_conditions = st.sampled_from(
    [
        {},
        {},
        {"DateLessThan": {"aws:CurrentTime": "2026-02-10T00:00:00Z"}},
        {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops"}},
        {"StringEqualsIfExists": {"aws:ResourceTag/env": ["a", "b"]}},
        {"Null": {"backup:CopyTargets": "false"}},
        {"ForAllValues:ArnLike": {"backup:CopyTargets": "arn:aws:backup:eu-*:*:*"}},
    ]
)
_statements = st.builds(
    lambda effect, who, element, actions, to, condition: {
        "Effect": effect,
        "Principal": who if effect == "Deny" else {"AWS": "123456789012"},
        element: actions,
        "Resource": to,
        "Condition": condition,
    },
    st.sampled_from(["Deny", "Deny", "Deny", "Allow"]),
    st.sampled_from(["*", "*", {"AWS": OPS}, {"AWS": "999999999999"}, {"AWS": "123456789012"}]),
    st.sampled_from(["Action", "Action", "NotAction"]),
    st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3),
    st.sampled_from(["*", "*", "arn:aws:ec2:*:*:snapshot/*", "arn:aws:backup:*:*:backup-vault:*"]),
    _conditions,
)
_policies = st.lists(_statements, min_size=1, max_size=3).map(
    lambda statements: json.dumps({"Version": "2012-10-17", "Statement": statements})
)
_vault_names = st.sampled_from(["alpha", "beta"])


def _of_points(command: type, **parts: Any) -> st.SearchStrategy[Any]:
    return st.integers(0, 9).map(
        lambda at: command(f"recovery_points#{at}.vault_name", f"recovery_points#{at}.arn", **parts)
    )


_calls = st.one_of(
    st.builds(PutAccessPolicy, _vault_names, _policies),
    st.builds(PutAccessPolicy, _vault_names, _policies),
    st.builds(DeleteAccessPolicy, _vault_names),
    st.builds(DeleteVault, _vault_names),
    st.builds(LockVault, _vault_names, st.sampled_from([None, 1])),
    st.builds(StartBackupJob, _vault_names, st.just(VOLUME), st.just(ROLE)),
    _of_points(DeleteRecoveryPoint),
    _of_points(DeleteRecoveryPoint),
    _of_points(DisassociateRecoveryPoint),
    _of_points(UpdateRecoveryPointLifecycle, lifecycle=Lifecycle(None, 400)),
    _of_points(StartCopyJob, destination_vault_arn=DESTINATION, iam_role_arn=ROLE),
)
_steps = st.tuples(_calls.map(Ask), st.sampled_from([*NAMES])) | st.sampled_from(
    [(Wait(DAY), None), (Wait(20 * DAY), None)]
)


@law
@given(st.sampled_from(BEGINNINGS[1:]), _policies, st.lists(_steps, min_size=5, max_size=20))
def test_what_a_policy_denies_does_not_happen_and_the_refusal_names_the_statement(
    beginning: History, first: str, later: list[tuple[Ask | Wait, str | None]]
) -> None:
    engine = live(beginning)
    for step, caller in [(Ask(PutAccessPolicy("alpha", first)), None), *later]:
        if isinstance(step, Wait):
            step.take(engine)
            continue
        engine.advance(engine.now)  # what is due now happens before any command
        command = step.living(engine)
        rows, seq, denials = engine.rows(), engine.seq, denying(engine, command, caller)
        refusal = refusal_of(engine, command, caller)
        assert isinstance(refusal, DeniedByPolicy) == bool(denials), (command, caller, refusal)
        if isinstance(refusal, DeniedByPolicy):
            assert refusal.decided_by == denials[0]
            assert refusal.vault_arn.endswith(f":backup-vault:{vault_of(command)}")
            assert f"User: {caller or 'arn:aws:iam::123456789012:root'} is" in refusal.message
            assert (engine.rows(), engine.seq) == (rows, seq)


def refusal_of(engine: Engine, command: Any, caller: str | None) -> Rejected | None:
    try:
        engine.handle(command, HERE, caller)
    except Rejected as refusal:
        return refusal
    return None


def vault_of(command: Any) -> str:
    given_ = attrs.asdict(command, recurse=False)
    name: str = next(
        given_[field] for field in ("vault_name", "name", "source_vault_name") if field in given_
    )
    return name


def denying(engine: Engine, command: Any, caller: str | None) -> list[str]:
    """The statements of the vault's policy that deny a command, by a plain reading."""
    world, name = engine.world(HERE), vault_of(command)
    found = world.access_policies.get(name)
    if found is None:
        return []
    vault_arn = f"arn:aws:backup:us-east-1:123456789012:backup-vault:{name}"
    point = getattr(command, "arn", None) or getattr(command, "source_point_arn", None)
    resource = point or vault_arn
    context = {
        "aws:currenttime": to_iso(engine.now),
        "aws:principalarn": OPS if caller else "arn:aws:iam::123456789012:root",
        **{f"aws:resourcetag/{key}": value for key, value in tags_of(world, resource).items()},
    }
    document = json.loads(found.policy)
    return [
        f"Statement[{place}]"
        for action in ACTION_OF[type(command)]
        for place, statement in enumerate(document["Statement"])
        if verdict(
            {**document, "Statement": statement},
            {
                "names": NAMES[caller],
                "action": action,
                "resources": [vault_arn, *([point] if point else [])],
                "context": context
                | ({"backup:copytargets": [DESTINATION]} if "CopyFrom" in action else {}),
            },
        )
        == "explicit deny"
    ]
