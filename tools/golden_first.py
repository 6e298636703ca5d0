"""What happens in the golden log first: vaults, plans, jobs and points as they age."""

from tools.golden_world import ACCOUNT, FILES, HERE, ROLE, TABLE, VAULT_ARN, VOLUME, World
from vaultclock.domain.backup_jobs.commands import StopBackupJob
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import DAY, SECOND
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
from vaultclock.domain.settings.commands import (
    UpdateGlobalSettings,
    UpdateRegionSettings,
)
from vaultclock.domain.tags.commands import TagResource, UntagResource
from vaultclock.domain.values import Lifecycle, TagCondition
from vaultclock.domain.vaults.commands import (
    CreateVault,
    DeleteVault,
)
from vaultclock.domain.world import ACCOUNT_WIDE


def furnish(world: World) -> None:
    """Make and change what else the history needs, and some of it for nothing."""
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


def plan(world: World) -> None:
    """Let a plan run that is updated, one of its rules silenced by the other."""
    rule = RuleInput("daily", "main", "cron(0 5 ? * * *)", lifecycle=Lifecycle(None, 35))
    plan = world.ask(CreatePlan(PlanInput("nightly", (rule,)), {"env": "prod"}, "token"))
    world.ask(UpdatePlan(plan.plan_id, PlanInput("nightly", (rule, RuleInput("more", "main")))))
    tag = TagCondition("env", "prod")
    selected = CreateSelection(plan.plan_id, "all", ROLE, any_tags=(tag,))
    selection = world.ask(selected)
    world.wait(2 * DAY)
    world.ask(DeleteSelection(plan.plan_id, selection.selection_id))
    world.ask(DeletePlan(plan.plan_id))


def run_jobs(world: World) -> None:
    """Run jobs to every end but a good one."""
    world.wait(DAY)
    world.start(VOLUME, complete_window_minutes=480)  # longer than its window: it expires
    world.wait(2 * SECOND)
    world.start(VOLUME, start_window_minutes=1440, lifecycle=Lifecycle(8, 98))  # held until then
    world.start(TABLE)  # fails
    stopped = world.start(FILES)
    world.wait(2 * SECOND)
    world.ask(StopBackupJob(stopped))
    world.wait(DAY)


def age(world: World) -> None:
    """Let points go cold, be deleted, and be kept."""
    for lifecycle in (Lifecycle(1, 98), Lifecycle(None, 1), None, None):
        world.start(FILES, lifecycle=lifecycle, recovery_point_tags={"kept": "yes"})
        world.wait(60 * SECOND)
    points = world.engine.world(HERE).recovery_points.matching(resource_arn=FILES)
    world.ask(UpdateRecoveryPointLifecycle("main", points[-1].arn, Lifecycle(None, 400)))
    world.ask(DeleteRecoveryPoint("main", points[-2].arn))
    world.ask(DeregisterResource(TABLE))
    world.wait(120 * DAY)
