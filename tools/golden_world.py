"""The made-up world that the golden log is of. What happens in it is not here."""

from typing import Any

from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.backup_jobs.events import BackupJobCreated
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import Instant, Milliseconds

START: Instant = 1_767_225_600_000  # 2026-01-01T00:00:00Z
ACCOUNT = "123456789012"
HERE = Scope(ACCOUNT, "us-east-1")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup"
VOLUME = f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-1"
OTHER_VOLUME = f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-2"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/things"
FILES = f"arn:aws:elasticfilesystem:us-east-1:{ACCOUNT}:file-system/fs-1"
BUCKET = "arn:aws:s3:::bucket"
DATABASE = f"arn:aws:rds:us-east-1:{ACCOUNT}:db:orders"
CLUSTER = f"arn:aws:redshift:us-east-1:{ACCOUNT}:cluster:ledger"
STACK = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/shop/1"
VAULT_ARN = f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:main"


class World:
    """An engine, and the ids of what was made in it."""

    def __init__(self) -> None:
        self.engine = Engine(start=START, seed=1)

    def ask(self, command: Any, scope: Scope = HERE) -> Any:
        """Ask for something; answer the first fact."""
        return next(iter(self.engine.handle(command, scope)), None)

    def start(self, arn: str, **options: Any) -> str:
        """Start a backup job; answer its id."""
        created = self.ask(StartBackupJob("main", arn, ROLE, **options))
        assert isinstance(created, BackupJobCreated)
        return created.job_id

    def wait(self, by: Milliseconds) -> None:
        """Let time pass."""
        self.engine.advance(self.engine.now + by)
