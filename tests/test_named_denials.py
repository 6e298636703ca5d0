"""The law of what is named: a point whose delete a policy denies stays, whatever else is deleted.

Over generated composites and calls. Composites take points along that nobody asked to delete.
"""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spec import HERE
from tests.steps import ROLE, Ask, History, Wait, live
from vaultclock.domain.access_policies.commands import PutAccessPolicy
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.kernel.instants import MINUTE, SECOND
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    DisassociateRecoveryPointFromParent,
)
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.vaults.commands import CreateVault

law = settings(deadline=None, max_examples=150)
POINTS = 7  # of the two composites below, and of what they nest
_ARN = "arn:aws:{}:us-east-1:123456789012:{}"
STACK, CLUSTER = _ARN.format("cloudformation", "stack/shop/1"), _ARN.format("eks", "cluster/prod")
VOLUME, FILES = _ARN.format("ec2", "volume/vol-1"), _ARN.format("elasticfilesystem", "fs-1")
FILES = FILES.replace("fs-1", "file-system/fs-1")
BEGINNING: History = [
    Ask(CreateVault("alpha")),
    Ask(RegisterResource(STACK, members=(VOLUME, FILES))),
    Ask(RegisterResource(CLUSTER, members=(VOLUME,))),
    Ask(StartBackupJob("alpha", STACK, ROLE)),
    Wait(MINUTE),
    Ask(StartBackupJob("alpha", CLUSTER, ROLE)),
    Wait(MINUTE),
]
_calls = st.builds(
    lambda command, at: Ask(
        command(f"recovery_points#{at}.vault_name", f"recovery_points#{at}.arn")
    ),
    st.sampled_from(
        [
            DeleteRecoveryPoint,
            DeleteRecoveryPoint,
            DisassociateRecoveryPointFromParent,
            DisassociateRecoveryPoint,
        ]
    ),
    st.integers(0, POINTS - 1),
)
_steps = st.one_of(_calls, _calls, st.sampled_from([Wait(SECOND // 2), Wait(2 * SECOND)]))


@law
@given(st.sets(st.integers(0, POINTS - 1), min_size=1, max_size=3), st.lists(_steps, max_size=30))
def test_a_point_whose_delete_is_denied_stays_whatever_else_is_deleted(
    chosen: set[int], calls: History
) -> None:
    engine = live(BEGINNING)
    points = engine.world(HERE).recovery_points
    arns = [*points]
    assert len(arns) == POINTS
    named = [arns[place] for place in chosen]
    deny = {"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint"}
    document = {"Version": "2012-10-17", "Statement": {**deny, "Resource": named}}
    engine.handle(PutAccessPolicy("alpha", json.dumps(document)), HERE)
    for step in (*calls, Wait(MINUTE)):
        step.take(engine)
    assert all(arn in points and points[arn].status != "DELETING" for arn in named)
