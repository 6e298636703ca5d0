"""How a backup job is born: the one place that says what is true of it, whoever asks for it.

Requests and plan rules say what they want (`Terms`) once they have been judged; nothing is
refused here, and how a job lives on is not here.
"""

from collections.abc import Mapping

import attrs

from vaultclock.domain.air_gaps import goes_in_at_once, vault_name_in
from vaultclock.domain.backup_jobs.events import BackupJobCreated
from vaultclock.domain.jobs import START_DELAY
from vaultclock.domain.kernel.changes import quicken
from vaultclock.domain.kernel.engine import Context
from vaultclock.domain.kernel.instants import Instant, Milliseconds
from vaultclock.domain.resource_types import (
    TYPE_OF_NAME,
    ArnForm,
    recovery_point_arn,
    supported_type,
)
from vaultclock.domain.settings.queries import fully_managed_dynamodb
from vaultclock.domain.values import CreatedBy, Lifecycle, Tags
from vaultclock.domain.world import Resource, World


@quicken
@attrs.frozen(weakref_slot=False)
class Terms:
    """What a request, or a rule, says of every job it asks for.

    The completion window ends at an instant; where its length is given, it begins with the start
    of the job, and that instant is when it ends at the latest.
    """

    vault_name: str
    start_window_ms: Milliseconds
    completion_deadline_at: Instant
    completion_window_ms: Milliseconds | None = None
    lifecycle: Lifecycle | None = None
    recovery_point_tags: Mapping[str, str] = {}
    idempotency_token: str | None = None
    created_by: CreatedBy | None = None
    continuous: bool = False
    air_gapped_vault_arn: str | None = None


def new_backup_job(
    resource: Resource,
    terms: Terms,
    world: World,
    context: Context,
    *,
    iam_role_arn: str,
    backup_options: Tags,
    place: int = 0,
    parent_job_id: str | None = None,
    member_identifier: str | None = None,
) -> BackupJobCreated:
    """State that a job is asked for; ``place`` tells the jobs of one decision apart.

    What nests others gets a parent job, which asks for its children when it starts; they name it
    in ``parent_job_id``, and in ``member_identifier`` what they are of inside it. What is for a
    logically air-gapped vault and fully managed goes there at once, and what it nests with it.
    """
    is_child = parent_job_id is not None
    air_gapped_arn, point_uuid = terms.air_gapped_vault_arn, context.fresh_id(2 * place + 1)
    point_arn = _point_arn(
        resource,
        point_uuid,
        world,
        context,
        is_child=is_child,
        air_gapped=is_child and air_gapped_arn is not None,
    )
    vault_name = terms.vault_name
    if air_gapped_arn is not None and goes_in_at_once(resource, point_arn):
        vault_name = vault_name_in(air_gapped_arn)
    return BackupJobCreated(
        job_id=context.fresh_id(2 * place),
        vault_name=vault_name,
        resource_arn=resource.arn,
        resource_type=resource.resource_type,
        resource_name=resource.name,
        iam_role_arn=iam_role_arn,
        recovery_point_arn=point_arn,
        start_at=context.now + START_DELAY,
        start_deadline_at=context.now + terms.start_window_ms,
        completion_deadline_at=terms.completion_deadline_at,
        completion_window_ms=terms.completion_window_ms,
        lifecycle=terms.lifecycle,
        recovery_point_tags=terms.recovery_point_tags,
        backup_options=backup_options,
        idempotency_token=terms.idempotency_token,
        created_by=terms.created_by,
        is_continuous=terms.continuous and TYPE_OF_NAME[resource.resource_type].continuous,
        is_parent=resource.members is not None and not is_child,
        parent_job_id=parent_job_id,
        member_identifier=member_identifier,
        air_gapped_vault_arn=air_gapped_arn,
    )


def _point_arn(
    resource: Resource,
    uuid: str,
    world: World,
    context: Context,
    *,
    is_child: bool,
    air_gapped: bool,
) -> str:
    named = supported_type(resource.arn)
    assert named is not None, resource.arn
    form = TYPE_OF_NAME[resource.resource_type].form
    if resource.resource_type == "DynamoDB" and not fully_managed_dynamodb(world):
        form = ArnForm.DYNAMODB_BACKUP
    if is_child and form is ArnForm.COMPOSITE_EKS:
        form = ArnForm.EKS
    return recovery_point_arn(
        form, named[0], context.scope, uuid, context.now, air_gapped=air_gapped
    )
