"""All the rules about restore jobs: one function a command, facts out or a refusal.

What a resource type asks for is in the table of `restore_metadata`. Most of it is judged when the
job runs, as AWS does: an incomplete request is accepted, and its job fails.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vaultclock.domain.checks import TAGS_MAX, is_role_arn
from vaultclock.domain.composites import is_going
from vaultclock.domain.continuous import restorable
from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import HOUR, SECOND, Milliseconds
from vaultclock.domain.kernel.refusals import InvalidParameterValue, InvalidRequest
from vaultclock.domain.recovery_points.events import (
    RecoveryPointRestoreEnded,
    RecoveryPointRestoreStarted,
)
from vaultclock.domain.resource_types import TYPE_OF_NAME, shares_arns, supported_type
from vaultclock.domain.resources.events import ResourceRegistered
from vaultclock.domain.resources.queries import capture, scope_of
from vaultclock.domain.restore_forms import Form, RestoreKind, TagCopy
from vaultclock.domain.restore_jobs.commands import (
    FinishRestoreJob,
    StartDueRestoreJob,
    StartRestoreJob,
)
from vaultclock.domain.restore_jobs.events import (
    ResourceRestored,
    RestoreJobCompleted,
    RestoreJobCreated,
    RestoreJobFailed,
    RestoreJobStarted,
)
from vaultclock.domain.restore_jobs.queries import filled, repeated
from vaultclock.domain.restore_jobs.state import RestoreJob
from vaultclock.domain.restore_metadata import RESTORE_KINDS
from vaultclock.domain.restore_times import time_fault
from vaultclock.domain.values import Captured, Tags
from vaultclock.domain.vault_shares.queries import reachable_point
from vaultclock.domain.world import World

START_DELAY: Milliseconds = SECOND  # how long a job is seen PENDING; chosen, as of backup jobs
THAW: Milliseconds = 4 * HOUR  # documented: what cold storage adds to a restore, typically
THAW_OF_EBS: Milliseconds = 72 * HOUR  # documented as the longest an archived snapshot takes
_SPELLINGS = {"RedshiftServerless": "Redshift Serverless"}  # the guide's example has no blank
_REQUEST_ID = "aws:backup:request-id"  # documented: every type takes it and nothing reads it
# documented, the message unknown
_NOT_ORIGINAL = (
    "EncryptionType original is not possible: the backup is a copy from another Region, where the"
    " keys of its objects are not"
)
# documented; that StartRestoreJob refuses it with this class is inferred
_NO_ACLS = (
    "Unable to restore Access Control Lists (ACLs) for bucket because backup was created with the"
    " 'BackupACLs' option disabled. Please proceed with restoring without ACLs"
)


def start_restore_job(command: StartRestoreJob, world: World, context: Context) -> list[Any]:
    """Create a job that restores a completed point; the point is busy until the job has ended."""
    job = repeated(world, command.idempotency_token, context.now)
    if job is not None and job.completed_at is not None:
        raise InvalidParameterValue(f"Restore job {job.job_id} already finished")  # observed
    if job is not None:
        return []
    _refuse_malformed(command)
    owner, point = reachable_point(world, command.recovery_point_arn)
    kind = _kind_asked(command.resource_type, point.resource_type)
    if not point.can_be_restored:
        raise InvalidRequest(
            f"Recovery point {point.arn} is in state {point.status} and cannot be restored"
        )
    if is_going(owner, point):
        raise InvalidRequest(f"Recovery point {point.arn} is being deleted with its composite")
    metadata = _folded(command.metadata)
    _refuse_metadata(kind, metadata, point.captured)
    reach = restorable(point, context.now) if point.born.is_continuous else None
    created = RestoreJobCreated(
        job_id=context.fresh_id().upper(),
        recovery_point_arn=point.arn,
        recovery_point_created_at=point.created_at,
        vault_name=point.vault_name,
        source_resource_arn=point.resource_arn,
        resource_type=kind.name,
        metadata=command.metadata,
        start_at=context.now + START_DELAY,
        iam_role_arn=command.iam_role_arn,
        size_bytes=point.size_bytes,
        copies_source_tags=command.copies_source_tags,
        from_cold_storage=point.storage_class == "COLD",
        idempotency_token=command.idempotency_token,
        restorable_since=None if reach is None else reach.since,
        restorable_until=None if reach is None else reach.until,
        point_account=None if owner is world else owner.scope.account,
    )
    return [created, _at(owner, RecoveryPointRestoreStarted(point.arn), context)]


def _at(owner: World, fact: Any, context: Context) -> Any:
    """State a fact about a point where it is; about one's own needs no mention."""
    return fact if owner.scope == context.scope else Elsewhere(owner.scope, fact)


def _owner(job: RestoreJob, world: World) -> World:
    """Find the world whose vault holds the job's point."""
    account = job.born.point_account
    return world if account is None else world.others[Scope(account, world.scope.region)]


def _refuse_malformed(command: StartRestoreJob) -> None:
    if parse_arn(command.recovery_point_arn) is None:
        raise InvalidParameterValue(
            f"Invalid value for RecoveryPointArn: {command.recovery_point_arn} is not an ARN"
        )
    if command.iam_role_arn is not None and not is_role_arn(command.iam_role_arn):
        raise InvalidParameterValue(
            f"Invalid value for IamRoleArn: {command.iam_role_arn} is not the ARN of an IAM role"
        )


def _kind_asked(asked: str | None, own: str) -> RestoreKind:
    """Find the type to restore as; a point becomes what it was, or one of a few others."""
    name = own if asked is None else _SPELLINGS.get(asked, asked)
    if name not in RESTORE_KINDS:
        raise InvalidParameterValue(
            f"Invalid value for ResourceType: {name}. Accepted are {', '.join(RESTORE_KINDS)}"
        )
    if name not in (own, *RESTORE_KINDS[own].becomes):
        raise InvalidParameterValue(
            f"Invalid value for ResourceType: a recovery point of type {own} cannot be restored"
            f" as {name}"
        )
    return RESTORE_KINDS[name]


def _folded(metadata: Tags) -> dict[str, str]:
    return {key.casefold(): value for key, value in metadata.items()}


def _refuse_metadata(
    kind: RestoreKind, metadata: Mapping[str, str], captured: Captured | None
) -> None:
    """Refuse the little that AWS judges at once."""
    if kind.closed:
        required = [key for form in kind.forms for key in form.required]
        known = {key.casefold() for key in (*required, *kind.optional, _REQUEST_ID)}
        if unknown := sorted(metadata.keys() - known):
            raise InvalidParameterValue(
                f"Invalid restore metadata: {kind.name} knows no key {', '.join(unknown)}"
            )
    options = {} if captured is None else captured.backup_options
    wants_acls = metadata.get("restoreacls", "").casefold() == "true"
    if kind.name == "S3" and wants_acls and options.get("BackupACLs") == "disabled":
        raise InvalidParameterValue(_NO_ACLS)


def start_due_restore_job(
    command: StartDueRestoreJob, world: World, context: Context
) -> list[RestoreJobStarted]:
    """Start a job: it runs as long as any job on its source, and longer out of cold storage."""
    job = world.restore_jobs[command.job_id]
    source = world.resources.get(job.source_resource_arn) or _captured(job, world)
    seconds = source.job_seconds
    duration = context.origin.job_duration if seconds is None else seconds * SECOND
    if job.born.from_cold_storage:
        duration += THAW_OF_EBS if job.resource_type == "EBS" else THAW
    return [RestoreJobStarted(job.job_id, context.now + duration)]


def _captured(job: RestoreJob, world: World) -> Captured:
    """Tell what the source was like when it was backed up, or else what it is like now."""
    point = _owner(job, world).recovery_points.get(job.born.recovery_point_arn)
    kept = None if point is None else point.captured
    return kept or capture(world, job.source_resource_arn)


def finish_restore_job(command: FinishRestoreJob, world: World, context: Context) -> Sequence[Any]:
    """End a job: with a resource of the pretend world, or as its metadata forces it to.

    What its source is told to fail with is about backups of it; a restore fails by its own rules.
    """
    job = world.restore_jobs[command.job_id]
    kind, metadata = RESTORE_KINDS[job.resource_type], _folded(job.born.metadata)
    form = _form_asked(kind, metadata)
    target = _target(form, metadata, job, context)
    fault = (
        next(_faults(job, kind, form, metadata), None)
        or time_fault(kind, job.born, metadata)
        or _source_fault(job, kind, metadata, world)
        or _target_fault(form, target, world)
    )
    if target is None or fault is not None:
        assert fault is not None, job
        return [RestoreJobFailed(job.job_id, fault), *_freed(job, world, context, succeeded=False)]
    restored = ResourceRestored(
        job.source_resource_arn, job.created_at, job.born.recovery_point_created_at
    )
    facts = [
        RestoreJobCompleted(job.job_id, target),
        *_freed(job, world, context, succeeded=True),
        restored,
    ]
    if target in world.resources:
        return facts
    tags = _tags(job, kind, form, metadata, world)
    return [*facts, _registered(target, form, _captured(job, world), tags)]


def _form_asked(kind: RestoreKind, metadata: Mapping[str, str]) -> Form:
    """Find the first form that the metadata chooses; the last one of a type is for the rest."""
    for form in kind.forms[:-1]:
        assert form.when is not None, form
        key, value = form.when
        if value.fullmatch(metadata.get(key.casefold(), "")):
            return form
    return kind.forms[-1]


def _target(
    form: Form, metadata: Mapping[str, str], job: RestoreJob, context: Context
) -> str | None:
    """Name what the job restores into; None when the metadata does not tell."""
    account, region = context.scope
    fresh = context.fresh_id()
    digits = fresh.replace("-", "")
    own = {
        "account": account,
        "region": region,
        "hex": digits[:17],
        "id26": digits[:26],
        "uuid": fresh,
    }
    parents = job.source_resource_arn.split("/")[1:-1]
    if parents:
        own["parent"] = parents[-1]
    arn = filled(form.creates, {**metadata, **own})
    return arn.lower() if arn is not None and form.lower_case else arn


def _faults(
    job: RestoreJob, kind: RestoreKind, form: Form, metadata: Mapping[str, str]
) -> Iterator[str]:
    """Say what is wrong with a job's request; messages are unknown but where the table has one."""
    if job.born.copies_source_tags and kind.tags is TagCopy.NEVER:
        yield f"CopySourceTagsToRestoredResource is not supported for {kind.name} resources"
    required = form.required
    if job.born.from_cold_storage:
        required += form.required_when_cold
        if form.warm_only:
            yield f"A backup in cold storage cannot be restored as {form.type_name}"
    for key in required:
        if not metadata.get(key.casefold(), "").strip():
            yield f"Metadata key {key} is required to restore {kind.name}"
    for key in kind.failing:
        if key.casefold() in metadata:
            yield f"Metadata key {key} cannot be given to restore {kind.name}"
    yield from _value_faults(kind, metadata)


def _value_faults(kind: RestoreKind, metadata: Mapping[str, str]) -> Iterator[str]:
    for key, accepted in kind.accepted.items():
        value = metadata.get(key.casefold())
        if value is not None and not accepted.pattern.fullmatch(value):
            yield accepted.message or (
                f"Metadata key {key} is {value[:64]!r}; accepted is {accepted.pattern.pattern}"
            )
    for key, (other, needed) in kind.needs.items():
        value = metadata.get(other.casefold(), "")
        if metadata.get(key.casefold()) and not needed.fullmatch(value):
            yield f"Metadata key {key} needs {other} to be {needed.pattern}, not {value[:64]!r}"


def _source_fault(
    job: RestoreJob, kind: RestoreKind, metadata: Mapping[str, str], world: World
) -> str | None:
    """Say why a point cannot be restored as its metadata asks: a bucket's from another Region."""
    point = _owner(job, world).recovery_points.get(job.born.recovery_point_arn)
    if kind.name != "S3" or point is None or point.born.source_vault_arn is None:
        return None
    source = parse_arn(point.born.source_vault_arn)
    abroad = source is not None and source.region != world.scope.region
    is_original = metadata.get("encryptiontype", "").casefold() == "original"
    return _NOT_ORIGINAL if abroad and is_original else None


def _target_fault(form: Form, target: str | None, world: World) -> str | None:
    """Say why a job cannot restore into what its metadata names: restores do not overwrite."""
    if target is None:
        return f"The metadata does not name the {form.type_name} resource to restore into"
    found = supported_type(target)
    named = found is not None and shares_arns(found[1], TYPE_OF_NAME[form.type_name])
    if not named or "*" in target or "?" in target:
        return f"{target} is not the ARN of a {form.type_name} resource"
    if scope_of(target, world.scope) != world.scope:
        return f"{target} is not in account {world.scope.account}, Region {world.scope.region}"
    if target in world.resources and not form.into_existing:
        return f"{target} already exists"
    return None


def _freed(job: RestoreJob, world: World, context: Context, *, succeeded: bool) -> list[Any]:
    """Let go of the job's point."""
    arn, owner = job.born.recovery_point_arn, _owner(job, world)
    if arn not in owner.recovery_points:
        return []
    return [_at(owner, RecoveryPointRestoreEnded(arn, succeeded), context)]


def _tags(
    job: RestoreJob, kind: RestoreKind, form: Form, metadata: Mapping[str, str], world: World
) -> Tags:
    """Choose the tags of a new resource (Backup Developer Guide, copy tags during a restore)."""
    asked = job.born.copies_source_tags
    of_items = form.item_level or bool(metadata.get("itemstorestore"))
    if of_items or form.into_existing or not (asked or kind.tags is TagCopy.ALWAYS):
        return {}
    tags = _captured(job, world).tags
    source = world.resources.get(job.source_resource_arn)
    if not tags and asked and kind.tags_of_living_source and source is not None:
        tags = source.tags
    ours = sorted(item for item in tags.items() if not item[0].lower().startswith("aws:"))
    return dict(ours[:TAGS_MAX])


def _registered(arn: str, form: Form, captured: Captured, tags: Tags) -> ResourceRegistered:
    """Put the restored resource into the pretend world: like its source, and in good health."""
    return ResourceRegistered(
        arn=arn,
        resource_type=form.type_name,
        name=None,
        tags=tags,
        size_bytes=captured.size_bytes,
        daily_change=captured.daily_change,
        job_seconds=captured.job_seconds,
        fails_with=None,
    )


DECIDE = deciders(start_restore_job, start_due_restore_job, finish_restore_job)
