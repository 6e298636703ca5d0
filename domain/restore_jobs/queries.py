"""What may be asked about restores without changing anything."""

import re
from collections.abc import Mapping

from vaultclock.domain.continuous import restorable
from vaultclock.domain.jobs import TOKEN_LIFE, ended_between
from vaultclock.domain.kernel.ids import namespace_of, uuid5, uuid_text
from vaultclock.domain.kernel.instants import MINUTE, SECOND, Instant
from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.refusals import ResourceNotFound
from vaultclock.domain.kernel.tables import Page, Window
from vaultclock.domain.resources.queries import type_named_by
from vaultclock.domain.restore_answers import CONTINUOUS_ANSWERS, RESTORE_ANSWERS
from vaultclock.domain.restore_jobs.state import LatestRestore, RestoreJob, Status
from vaultclock.domain.values import Tags
from vaultclock.domain.vault_shares.queries import seen_vault
from vaultclock.domain.world import World

LISTING = "restore-jobs"
BY_RESOURCE = "restore-jobs-by-resource"
# observed of a completed job, documented in a report's sample: AWS never counts here
PERCENT_DONE = "0.00%"
_SHAPE = (int, str)
_WORD = re.compile(r"<([^<>]+)>")


def repeated(world: World, token: str | None, now: Instant) -> RestoreJob | None:
    """Find the job that a retry with this token stands for; tokens live for an hour."""
    if token is None:
        return None
    window = Window(1, newest_first=True, since=now - TOKEN_LIFE)
    rows = world.restore_jobs.page({"idempotency_token": token}, window).rows
    return rows[0] if rows else None


def vault_arn(world: World, job: RestoreJob) -> str:
    """Name the vault that holds a job's point, which may be another account's."""
    account, region = world.scope
    owner = job.born.point_account or account
    return f"arn:aws:backup:{region}:{owner}:backup-vault:{job.born.vault_name}"


def latest_with_token(world: World, token: str | None) -> RestoreJob:
    """Answer the newest job with this token; there must be one."""
    return world.restore_jobs.latest(idempotency_token=token)


def expected_minutes(job: RestoreJob) -> int | None:
    """Say how long a running job will take, in whole minutes, rounded up."""
    if job.status is not Status.RUNNING:
        return None
    assert job.started_at is not None, job
    assert job.ends_at is not None, job
    return -((job.started_at - job.ends_at) // MINUTE)


def is_being_overwritten(world: World, resource_arn: str) -> bool:
    """Tell whether a restore that runs has stopped a resource to overwrite it (documented)."""
    return bool(world.restore_jobs.count(overwrites=resource_arn))


def latest_restore(world: World, resource_arn: str) -> LatestRestore | None:
    """Answer the latest successful restore of a resource, if there was one."""
    return world.latest_restores.get(resource_arn)


def list_restore_jobs(
    world: World,
    *,
    limit: int,
    token: str | None = None,
    account_id: str | None = None,
    resource_type: str | None = None,
    created_before: Instant | None = None,
    created_after: Instant | None = None,
    status: str | None = None,
    complete_before: Instant | None = None,
    complete_after: Instant | None = None,
    testing_plan_arn: str | None = None,
    parent_job_id: str | None = None,
) -> Page[RestoreJob]:
    """List jobs, newest first (inferred); filters add up. Another account's jobs are not seen."""
    after = read_token(LISTING, token, _SHAPE)
    if account_id not in (None, world.scope.account):
        return Page([], None)
    if testing_plan_arn is not None or parent_job_id is not None:
        return Page([], None)  # neither restore testing nor nested restores are simulated
    where = {"resource_type": resource_type, "status": status}
    window = Window(limit, after, newest_first=True, since=created_after, until=created_before)
    return world.restore_jobs.page(where, window, ended_between(complete_after, complete_before))


def list_by_protected_resource(
    world: World,
    resource_arn: str,
    *,
    limit: int,
    token: str | None = None,
    status: str | None = None,
    point_created_after: Instant | None = None,
    point_created_before: Instant | None = None,
) -> Page[RestoreJob]:
    """List the restores of what was backed up from one resource, newest first (inferred).

    Raises InvalidParameterValue for what is no resource's ARN and ResourceNotFound for a resource
    that has neither recovery points nor restore jobs.
    """
    after = read_token(BY_RESOURCE, token, _SHAPE)
    type_named_by(resource_arn)
    known = world.recovery_points.count(resource_arn=resource_arn)
    if not (known or world.restore_jobs.count(source_resource_arn=resource_arn)):
        raise ResourceNotFound(f"Resource {resource_arn} has no recovery points")
    where = {"source_resource_arn": resource_arn, "status": status}

    def matches(job: RestoreJob) -> bool:
        at = job.born.recovery_point_created_at
        return (point_created_after is None or at > point_created_after) and (
            point_created_before is None or at < point_created_before
        )

    return world.restore_jobs.page(where, Window(limit, after, newest_first=True), matches)


def restore_metadata(
    world: World, now: Instant, vault_name: str, arn: str, vault_account_id: str | None = None
) -> tuple[str, Tags]:
    """Tell a point's resource type and the configuration it was backed up with, as far as known.

    The vault may be one of another account that this one can look into.
    """
    seen = seen_vault(world, vault_name, vault_account_id)
    point = seen.world.recovery_point(seen.vault.name, arn)
    source = point.resource_arn
    ended_at = point.completed_at or point.initiated_at
    words = {
        "arn": source,
        "id": _last_part(source),
        "region": world.scope.region,
        "point": _last_part(arn),
        "request-id": uuid_text(uuid5(namespace_of(0), arn)),
        "size": str(point.size_bytes or 0),
        "began": str(point.initiated_at // SECOND),
        "began-ms": str(point.initiated_at),
        "ended": str(ended_at // SECOND),
    }
    templates = RESTORE_ANSWERS[point.resource_type]
    if point.born.is_continuous:
        templates = CONTINUOUS_ANSWERS.get(point.resource_type, templates)
        words.update({key: str(at) for key, at in restorable(point, now)._asdict().items()})
    answers: dict[str, str] = {}
    for key, template in templates.items():
        answer = filled(template, words)
        assert answer is not None, template
        answers[key] = answer
    return point.resource_type, answers


def _last_part(arn: str) -> str:
    return arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def filled(template: str, words: Mapping[str, str]) -> str | None:
    """Put words in the places that a template has for them, whatever their case.

    Answers None when a word is missing.
    """
    places = [place.casefold() for place in _WORD.findall(template)]
    if not all(place in words for place in places):
        return None
    return _WORD.sub(lambda match: words[match[1].casefold()], template)
