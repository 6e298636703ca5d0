"""The commands that the engine is measured with: one account at work, day in, day out.

Two hundred vaults are created; then, every simulated minute, one of them is tagged and a job is
started on one of two thousand volumes and buckets. The clock does the rest: it runs jobs, creates
recovery points, deletes what has expired, and forgets jobs after thirty days. Half of the points
live for 35 days and half for a year, so a million facts leave about 100,000 points.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Batch, Scope
from vaultclock.domain.kernel.instants import MINUTE, SECOND, Instant, from_iso
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.plans.commands import CreatePlan, PlanInput, RuleInput
from vaultclock.domain.recovery_points.events import RecoveryPointCompleted, RecoveryPointCreated
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.selections.commands import CreateSelection
from vaultclock.domain.tags.commands import TagResource
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.commands import CreateVault
from vaultclock.domain.vaults.events import VaultCreated

HERE = Scope("100000000000", "us-east-1")
START = from_iso("2026-01-01")
ROLE = "arn:aws:iam::100000000000:role/backup"
KEY = "arn:aws:kms:us-east-1:100000000000:key/00000000-0000-0000-0000-000000000000"
VAULTS = 200
RESOURCES = 2_000
VAULT_OF_POINTS = "points"
_BATCH_POINTS = 1_000


def commands() -> Iterator[tuple[Instant, Any]]:
    """Yield commands without end, and the instant each is asked at."""
    for number in range(VAULTS):
        yield START, CreateVault(f"vault-{number}", tags={"team": str(number % 7)})
    minute = 0
    while True:
        minute += 1
        at = START + minute * MINUTE
        vault = f"vault-{minute % VAULTS}"
        arn = f"arn:aws:backup:us-east-1:100000000000:backup-vault:{vault}"
        yield at, TagResource(arn, {"checked": str(minute)})
        resource = _resource(minute % RESOURCES)
        yield at, StartBackupJob(vault, resource, ROLE, lifecycle=_kept(minute))


def _resource(number: int) -> str:
    if number % 2:
        return f"arn:aws:ec2:us-east-1:100000000000:volume/vol-{number:017x}"
    return f"arn:aws:s3:::bucket-{number}"


def _kept(minute: int) -> Lifecycle:
    return Lifecycle(delete_after_days=35 if minute % 2 else 365)


def plan(engine: Engine, resources: int) -> None:
    """Let a rule back so many registered resources up every day, and retain that for 35 days."""
    for number in range(resources):
        engine.handle(RegisterResource(_resource(number)), HERE)
    engine.handle(CreateVault("daily"), HERE)
    rule = RuleInput("daily", "daily", lifecycle=Lifecycle(delete_after_days=35))
    (created,) = engine.handle(CreatePlan(PlanInput("daily", (rule,))), HERE)
    selected = CreateSelection(created.plan_id, "all", ROLE, resources=("*",))
    engine.handle(selected, HERE)


def run(engine: Engine, work: Iterable[tuple[Instant, Any]], facts: int) -> None:
    """Give an engine commands, and the time they are asked at, until it has so many facts."""
    for at, command in work:
        engine.advance(at)
        engine.handle(command, HERE)
        if engine.seq >= facts:
            return


def points_log(points: int) -> MemoryLog:
    """Make a log that leaves a vault with so many recovery points, stated without any jobs."""
    engine = Engine(start=START)
    _state(engine, [VaultCreated(VAULT_OF_POINTS, KEY)], START)
    for first in range(0, points, _BATCH_POINTS):
        numbers = range(first, min(points, first + _BATCH_POINTS))
        at = START + numbers[-1] * SECOND
        _state(engine, [fact for number in numbers for fact in _point(number)], at)
    log = engine.log
    assert isinstance(log, MemoryLog)
    return log


def _state(engine: Engine, facts: list[Any], at: Instant) -> None:
    batch = Batch(engine.seq, at, HERE, None, facts)
    engine.log.append(batch)
    engine.apply(batch)


def _point(number: int) -> tuple[RecoveryPointCreated, RecoveryPointCompleted]:
    arn = f"arn:aws:ec2:us-east-1::snapshot/snap-{number:017x}"
    volume = f"arn:aws:ec2:us-east-1:100000000000:volume/vol-{number % RESOURCES:017x}"
    created = RecoveryPointCreated(
        arn=arn,
        vault_name=VAULT_OF_POINTS,
        resource_arn=volume,
        resource_type="EBS",
        iam_role_arn=ROLE,
        created_at=START + number * SECOND,
        deletion_lag_ms=0,
        lifecycle=Lifecycle(delete_after_days=3650),
        encryption_key_arn=KEY,
    )
    return created, RecoveryPointCompleted(arn, size_bytes=10 << 30)
