"""What happens in the golden log with time: copies, restores, continuous and composite points."""

from tools.golden_world import BUCKET, CLUSTER, DATABASE, FILES, HERE, ROLE, STACK, VOLUME, World
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.copy_jobs.decide import COPIES_TO_REGION_MAX
from vaultclock.domain.kernel.instants import DAY, MINUTE, SECOND
from vaultclock.domain.plans.commands import CreatePlan, DeletePlan, PlanInput, RuleInput
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    DisassociateRecoveryPointFromParent,
)
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.selections.commands import CreateSelection, DeleteSelection
from vaultclock.domain.values import IndexAction, Lifecycle
from vaultclock.domain.vaults.commands import CreateVault
from vaultclock.domain.world import RecoveryPoint

FAR = "arn:aws:backup:eu-west-1:123456789012:backup-vault:far"
NOWHERE = FAR.replace(":far", ":nowhere")


def _points(world: World, resource_arn: str) -> list[RecoveryPoint]:
    return world.engine.world(HERE).recovery_points.matching(resource_arn=resource_arn)


def copy(world: World) -> None:
    """Copy into another Region: more at once than may, one held, one in vain, one past its day."""
    world.ask(CreateVault("far"), HERE._replace(region="eu-west-1"))
    many = [f"{FILES}{number}" for number in range(COPIES_TO_REGION_MAX + 1)]
    for arn in many:
        world.start(arn, lifecycle=Lifecycle(None, 1))
    world.wait(MINUTE)
    points = [point for arn in many for point in _points(world, arn)]
    for point in points:
        world.ask(StartCopyJob("main", point.arn, FAR, ROLE))
    world.wait(MINUTE)
    world.start(many[0])
    world.wait(SECOND)
    world.ask(StartCopyJob("main", points[0].arn, FAR, ROLE, lifecycle=Lifecycle(None, 7)))
    world.ask(StartCopyJob("main", points[1].arn, NOWHERE, ROLE))
    world.ask(RegisterResource(many[2], job_seconds=2 * DAY // SECOND))
    world.ask(StartCopyJob("main", points[2].arn, FAR, ROLE, lifecycle=Lifecycle(None, 7)))
    world.wait(3 * DAY)


def restore(world: World) -> None:
    """Restore a file system into a new one, and fail to for want of metadata."""
    world.start(FILES, recovery_point_tags={"env": "prod"})
    world.wait(MINUTE)
    arn = _points(world, FILES)[-1].arn
    metadata = {"newFileSystem": "true", "CreationToken": "golden"}
    world.ask(StartRestoreJob(arn, metadata, ROLE, "token", copies_source_tags=True))
    world.ask(StartRestoreJob(arn, {}))
    world.wait(DAY)


def continue_(world: World) -> None:
    """Keep continuous points of a bucket, which is indexed, and a database that fails once."""
    rule = RuleInput(
        "pitr",
        "main",
        continuous=True,
        lifecycle=Lifecycle(None, 7),
        index_actions=(IndexAction(("S3",)),),
    )
    plan = world.ask(CreatePlan(PlanInput("continuous", (rule,))))
    chosen = CreateSelection(plan.plan_id, "both", ROLE, resources=(BUCKET, DATABASE))
    selection = world.ask(chosen)
    world.wait(3 * DAY)
    world.ask(RegisterResource(DATABASE, fails_with="The database is stopped."))
    world.wait(DAY)
    world.ask(RegisterResource(DATABASE))
    world.ask(DeleteSelection(plan.plan_id, selection.selection_id))
    world.ask(DeletePlan(plan.plan_id))
    for arn in (BUCKET, DATABASE):
        world.ask(DisassociateRecoveryPoint("main", _points(world, arn)[-1].arn))
    world.wait(8 * DAY)


def nest(world: World) -> None:
    """Back up and copy a stack, of which a cluster fails and cannot be copied."""
    world.ask(RegisterResource(STACK, name="shop", members=(VOLUME, CLUSTER)))
    world.ask(RegisterResource(VOLUME, tags={"env": "prod"}, keeps_points="The snapshot is locked"))
    world.start(STACK)
    world.wait(MINUTE)
    composite = next(point for point in _points(world, STACK) if point.born.is_parent)
    world.ask(StartCopyJob("main", composite.arn, FAR, ROLE))
    world.wait(MINUTE)
    world.ask(RegisterResource(CLUSTER, fails_with="Cluster not found."))
    world.start(STACK)
    world.wait(MINUTE)
    kept = _points(world, VOLUME)[-1]
    world.ask(DisassociateRecoveryPointFromParent("main", kept.arn))
    world.ask(DeleteRecoveryPoint("main", kept.arn))
    world.wait(DAY)
