"""What a step is, and the places that all steps know. No strategies stand here."""

import re
from typing import Any

import attrs

from vaultclock.adapters.snapshot.codec import encode_batch
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import Instant, Milliseconds
from vaultclock.domain.kernel.logs import Recording
from vaultclock.domain.kernel.refusals import Rejected
from vaultclock.domain.legal_holds.queries import legal_hold_arn
from vaultclock.domain.world import ACCOUNT_WIDE, World

START: Instant = 1_767_225_600_000  # 2026-01-01T00:00:00Z
HERE = Scope("123456789012", "us-east-1")
THERE = Scope("123456789012", "eu-west-1")
ABROAD = Scope("999999999999", "us-east-1")
ACCOUNT = Scope("123456789012", ACCOUNT_WIDE)
ROLE = "arn:aws:iam::123456789012:role/backup"
VOLUME = "arn:aws:ec2:us-east-1:123456789012:volume/vol-1"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/things"
FILES = "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-1"
BUCKET = "arn:aws:s3:::bucket"
STACK = "arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1"
CLUSTER = "arn:aws:eks:us-east-1:123456789012:cluster/prod"
DATABASE = "arn:aws:rds:us-east-1:123456789012:db:orders"
KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
AIR_GAPPED = "arn:aws:backup:us-east-1:123456789012:backup-vault:lag"
TEAMS = tuple(f"arn:aws:mpa:us-east-1:1:approval-team/{name}" for name in ("red", "blue"))
VAULTS_OF = tuple(
    f"arn:aws:backup:us-east-1:{account}:backup-vault" for account in (HERE.account, ABROAD.account)
)
RESOURCES = (
    VOLUME,
    TABLE,
    FILES,
    BUCKET,
    DATABASE,
    CLUSTER,
    STACK,
)


@attrs.frozen
class Ask:
    """Ask for something in a scope; being refused is an answer too."""

    command: Any
    scope: Scope = HERE

    def take(self, engine: Engine) -> None:
        """Ask, whatever the answer."""
        try:
            engine.handle(self.living(engine), self.scope)
        except Rejected:
            return

    def living(self, engine: Engine) -> Any:
        """Put the ids that an engine gave in the place of references."""
        world = engine.world(self.scope)
        given = attrs.asdict(self.command, recurse=False)
        return attrs.evolve(
            self.command,
            **{
                name: _referred(world, *match.groups())
                for name, value in given.items()
                if isinstance(value, str) and (match := _REFERENCE.fullmatch(value))
            },
        )


@attrs.frozen
class Wait:
    """Let time pass."""

    by: Milliseconds

    def take(self, engine: Engine) -> None:
        """Advance in one stride."""
        engine.advance(engine.now + self.by)


Step = Ask | Wait
History = list[Step]

_SLOTS = (
    "access_points",
    "approvals",
    "backup_jobs",
    "legal_holds",
    "plans",
    "recovery_points",
    "selections",
)
_REFERENCE = re.compile(rf"({'|'.join(_SLOTS)})#(\d+)\.(\w+)")


def _referred(world: World, slot: str, place: str, field: str) -> str:
    rows = getattr(world, slot).matching()
    if not rows:
        return f"missing-{place}"
    row = rows[int(place) % len(rows)]
    if (slot, field) == ("legal_holds", "arn"):
        return legal_hold_arn(world, row.hold_id)
    if (slot, field) == ("plans", "arn"):
        return world.plan_arn(row.plan_id)
    text: str = getattr(row, field)
    return text


def live(history: History, *, seed: int = 0) -> Engine:
    """Take steps on a new engine."""
    engine = Engine(start=START, seed=seed)
    for step in history:
        step.take(engine)
    return engine


def written(log: Recording) -> list[bytes]:
    """Write a log as it is stored, frame by frame."""
    return [frame for batch in log.read() for frame in encode_batch(batch)]
