"""Write the golden log of this version: a world in which every fact there is has happened.

Done once a release, after which the files are never written again: whatever comes later must
read them, and fold them into the same counts. The log is of a made-up world on a frozen clock.
"""

import argparse
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vaultclock.adapters.http.model import model_hash
from vaultclock.adapters.snapshot.files import save
from vaultclock.adapters.snapshot.recorded import Provenance
from vaultclock.domain.backup_jobs.commands import StartBackupJob, StopBackupJob
from vaultclock.domain.backup_jobs.events import BackupJobCreated
from vaultclock.domain.features import Engine, replay
from vaultclock.domain.kernel.facts import CLASS_OF, FORM_OF, Scope
from vaultclock.domain.kernel.instants import DAY, SECOND, Instant, Milliseconds
from vaultclock.domain.kernel.logs import Recording
from vaultclock.domain.plans.commands import (
    CreatePlan,
    DeletePlan,
    PlanInput,
    RuleInput,
    UpdatePlan,
)
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.resources.commands import DeregisterResource, RegisterResource
from vaultclock.domain.selections.commands import CreateSelection, DeleteSelection
from vaultclock.domain.settings.commands import UpdateGlobalSettings, UpdateRegionSettings
from vaultclock.domain.tags.commands import TagResource, UntagResource
from vaultclock.domain.values import Lifecycle, TagCondition
from vaultclock.domain.vaults.commands import CreateVault, DeleteVault
from vaultclock.domain.world import ACCOUNT_WIDE

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden"
START: Instant = 1_767_225_600_000  # 2026-01-01T00:00:00Z
ACCOUNT = "123456789012"
HERE = Scope(ACCOUNT, "us-east-1")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup"
VOLUME = f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-1"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/things"
FILES = f"arn:aws:elasticfilesystem:us-east-1:{ACCOUNT}:file-system/fs-1"
VAULT_ARN = f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:main"


class _World:
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


def golden_log() -> Recording:
    """Live through a history in which every fact happens."""
    world = _World()
    for part in (_furnish, _plan, _run_jobs, _age):
        part(world)
    return world.engine.log


def _furnish(world: _World) -> None:
    world.ask(CreateVault("main", creator_request_id="token", tags={"env": "prod", "é": ""}))
    world.ask(CreateVault("spare"))
    world.ask(DeleteVault("spare"))
    world.ask(TagResource(VAULT_ARN, {"team": "data"}))
    world.ask(UntagResource(VAULT_ARN, ("team",)))
    world.ask(UpdateRegionSettings({"EBS": False}, {"DynamoDB": True}))
    world.ask(UpdateGlobalSettings({"isMpaEnabled": "true"}), Scope(ACCOUNT, ACCOUNT_WIDE))
    world.ask(RegisterResource(VOLUME, name="disk", tags={"env": "prod"}, job_seconds=9 * 3600))
    world.ask(RegisterResource(TABLE, fails_with="Table not found."))
    world.ask(RegisterResource(FILES, size_bytes=5 << 30, daily_change=0.25))


def _plan(world: _World) -> None:
    rule = RuleInput("daily", "main", "cron(0 5 ? * * *)", lifecycle=Lifecycle(None, 35))
    plan = world.ask(CreatePlan(PlanInput("nightly", (rule,)), {"env": "prod"}, "token"))
    world.ask(UpdatePlan(plan.plan_id, PlanInput("nightly", (rule, RuleInput("more", "main")))))
    tag = TagCondition("env", "prod")
    selected = CreateSelection(plan.plan_id, "all", ROLE, any_tags=(tag,))
    selection = world.ask(selected)
    world.wait(2 * DAY)
    world.ask(DeleteSelection(plan.plan_id, selection.selection_id))
    world.ask(DeletePlan(plan.plan_id))


def _run_jobs(world: _World) -> None:
    world.wait(DAY)
    world.start(VOLUME, complete_window_minutes=480)  # longer than its window: it expires
    world.wait(2 * SECOND)
    world.start(VOLUME, start_window_minutes=1440, lifecycle=Lifecycle(8, 98))  # held until then
    world.start(TABLE)  # fails
    stopped = world.start(FILES)
    world.wait(2 * SECOND)
    world.ask(StopBackupJob(stopped))
    world.wait(DAY)


def _age(world: _World) -> None:
    for lifecycle in (Lifecycle(1, 98), Lifecycle(None, 1), None, None):
        world.start(FILES, lifecycle=lifecycle, recovery_point_tags={"kept": "yes"})
        world.wait(60 * SECOND)
    points = world.engine.world(HERE).recovery_points.matching(resource_arn=FILES)
    world.ask(UpdateRecoveryPointLifecycle("main", points[-1].arn, Lifecycle(None, 400)))
    world.ask(DeleteRecoveryPoint("main", points[-2].arn))
    world.ask(DeregisterResource(TABLE))
    world.wait(120 * DAY)


def summary_of(log: Recording, engine: Engine) -> dict[str, Any]:
    """Say what a log holds and what it folds into, in numbers that must stay the same."""
    names: Counter[str] = Counter()
    for batch in log.read():
        names.update(FORM_OF[type(recorded.fact)][0] for recorded in batch.recorded())
    return {
        "facts": dict(sorted(names.items())),
        "rests_at": log.rested_at(),
        "rows": {" ".join(scope): dict(_counts(rows)) for scope, rows in engine.rows().items()},
    }


def _counts(rows: dict[str, dict[str, Any]]) -> Iterator[tuple[str, int]]:
    for slot, entities in rows.items():
        yield slot, len(entities)


def version_now() -> str:
    """Name the version that this source will be, or is, released as."""
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return version


def main(arguments: list[str]) -> int:
    """Write the log and its summary, unless this version has them; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=GOLDEN, help="(default: %(default)s)")
    parser.add_argument("--anew", action="store_true", help="before a release: write them again")
    chosen = parser.parse_args(arguments)
    path = chosen.folder / f"{version_now()}.vclog"
    if path.exists() and not chosen.anew:
        print(f"{path} is there already: golden logs are never changed")
        return 1
    log = golden_log()
    missing = CLASS_OF.keys() - summary_of(log, Engine())["facts"].keys()
    if missing:
        print(f"these facts never happen in the golden log: {', '.join(sorted(missing))}")
        return 1
    written_by = Provenance(
        created_at=START,
        program_version=version_now(),
        model_hash=model_hash(),
        tzdata_version="golden",
    )
    save(log, path, **written_by)
    summary = json.dumps(summary_of(log, replay(log)), indent=1)
    path.with_suffix(".json").write_text(summary + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
