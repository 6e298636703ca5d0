"""Search indexes of recovery points: which points a plan's rule has indexed, and what is said.

Source: Backup Developer Guide, backup search. Only volumes and buckets are indexed. The operations
on indexes are not here; nobody asks for one yet but rules with index actions.
"""

from vaultclock.domain.backup_jobs.events import BackupJobCreated
from vaultclock.domain.kernel.engine import Context
from vaultclock.domain.kernel.instants import DAY
from vaultclock.domain.plan_documents import INDEXED_TYPES
from vaultclock.domain.plans.queries import rule_behind
from vaultclock.domain.recovery_points.events import RecoveryPointIndexingStarted
from vaultclock.domain.world import RecoveryPoint, World

_DONE = (  # documented: EventBridge
    "An AWS Backup recovery point index was successfully completed. Indexed recovery point arn : {}"
)


def indexing_started(
    born: BackupJobCreated, arn: str, world: World, context: Context
) -> list[RecoveryPointIndexingStarted]:
    """State that a point which a job has just made, or brought up to date, is being indexed.

    Its rule has to ask for that. Points that only live until they are copied, and those of
    logically air-gapped vaults, are not indexed (documented), nor are those nested in others
    (chosen). A continuous point is indexed once a day (documented).
    """
    if born.resource_type not in INDEXED_TYPES or born.created_by is None:
        return []
    actions = rule_behind(world, born.created_by).index_actions
    if not actions or not any(born.resource_type in each.resource_types for each in actions):
        return []
    point = world.recovery_points.get(arn)
    if point is None or not _may_be_indexed(point, world):
        return []
    if point.index is not None and point.index.started_at // DAY == context.now // DAY:
        return []
    return [RecoveryPointIndexingStarted(arn, context.now + context.origin.job_duration)]


def _may_be_indexed(point: RecoveryPoint, world: World) -> bool:
    is_passing = point.lifecycle is not None and point.lifecycle.delete_after_event is not None
    stays = not is_passing and point.parent_arn is None
    return stays and world.vaults[point.vault_name].is_standard


def index_message(point: RecoveryPoint) -> str | None:
    """Say what AWS says of a point's index: nothing before it is done."""
    if point.index is None or point.index.ends_at is not None:
        return None
    return _DONE.format(point.arn)
