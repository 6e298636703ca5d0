"""Vaults, points and stories that tests of copy jobs begin with. No tests live here."""

from typing import Any

from tests.spec import HERE, Story, given
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.copy_jobs.events import CopyJobCreated, CopyJobStarted
from vaultclock.domain.copy_jobs.state import CopyJob
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import DAY, SECOND, Instant
from vaultclock.domain.recovery_points.events import RecoveryPointCompleted, RecoveryPointCreated
from vaultclock.domain.recovery_points.state import RecoveryPoint
from vaultclock.domain.vaults.events import VaultCreated

ACCOUNT = HERE.account
THERE = Scope(ACCOUNT, "eu-west-1")
ABROAD = Scope("999999999999", "us-east-1")
EFS = f"arn:aws:elasticfilesystem:us-east-1:{ACCOUNT}:file-system/fs-1"
EBS = f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-1"
SNAPSHOT = "arn:aws:ec2:us-east-1::snapshot/snap-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"
KEY_THERE = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k"
OURS = f"arn:aws:backup:us-east-1:{ACCOUNT}"
THEIRS = f"arn:aws:backup:eu-west-1:{ACCOUNT}"
POINT = f"{OURS}:recovery-point:p"
V = f"{OURS}:backup-vault:v"
W = f"{OURS}:backup-vault:w"
DR = f"{THEIRS}:backup-vault:dr"
BUNKER = "arn:aws:backup:us-east-1:999999999999:backup-vault:bunker"
VAULTS = (
    VaultCreated("v", KEY),
    VaultCreated("w", KEY),
    Elsewhere(THERE, VaultCreated("dr", KEY_THERE)),
    Elsewhere(ABROAD, VaultCreated("bunker", "arn:aws:kms:us-east-1:999999999999:key/k")),
)
T0: Instant = 100 * DAY  # when stories begin
BORN_AT: Instant = T0 - DAY  # when their sources were


def source(arn: str = POINT, size_bytes: int | None = 5, **changes: Any) -> tuple[Any, ...]:
    """A finished recovery point in the vault ``v``."""
    fields: dict[str, Any] = {
        "arn": arn,
        "vault_name": "v",
        "resource_arn": EFS,
        "resource_type": "EFS",
        "iam_role_arn": ROLE,
        "created_at": BORN_AT,
        "deletion_lag_ms": 0,
    }
    return RecoveryPointCreated(**{**fields, **changes}), RecoveryPointCompleted(arn, size_bytes)


def told(*facts: Any, **changes: Any) -> Story:
    """A story with four vaults in three scopes, one source and more facts."""
    return given(*VAULTS, *source(**changes), *facts, at=T0)


def copy(destination: str = DR, arn: str = POINT, **fields: Any) -> StartCopyJob:
    return StartCopyJob("v", arn, destination, ROLE, **fields)


def copying(destination: str = DR, **changes: Any) -> Story:
    """A story whose one copy was just asked for."""
    story = told(**changes)
    story.when(copy(destination, changes.get("arn", POINT))).then_kinds(CopyJobCreated)
    return story


def jobs(story: Story) -> list[CopyJob]:
    return story.world.copy_jobs.matching()


def job(story: Story) -> CopyJob:
    (only,) = jobs(story)
    return only


def copied(story: Story, scope: Scope = THERE) -> RecoveryPoint:
    """The one point of a scope that a copy made."""
    arns = {job.copy_arn for job in jobs(story)}
    points = story.engine.world(scope).recovery_points.matching()
    (only,) = (point for point in points if point.arn in arns)
    return only


def running(number: int, destination: str = DR) -> tuple[CopyJobCreated, CopyJobStarted]:
    """A copy of some other resource that runs for a day and ``number`` seconds."""
    created = CopyJobCreated(
        job_id=f"RUNNING-{number:03}",
        source_vault_name="v",
        source_point_arn=f"{OURS}:recovery-point:{number}",
        destination_vault_arn=destination,
        resource_arn=f"{EFS}-{number}",
        resource_type="EFS",
        iam_role_arn=ROLE,
        start_at=T0,
    )
    ends_at = T0 + DAY + number * SECOND
    return created, CopyJobStarted(created.job_id, ends_at, f"{THEIRS}:recovery-point:{number}")
