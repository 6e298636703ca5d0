"""All the rules about resources: one function a command, facts out or a refusal."""

from typing import Any

from vaultclock.domain.checks import TAG_KEY_CHARACTERS_MAX, TAG_VALUE_CHARACTERS_MAX
from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.refusals import InvalidParameterValue, ResourceNotFound
from vaultclock.domain.resource_types import COMPOSITE_TYPES, TYPE_OF_NAME, shares_arns
from vaultclock.domain.resources.commands import DeregisterResource, RegisterResource
from vaultclock.domain.resources.events import ResourceDeregistered, ResourceRegistered
from vaultclock.domain.resources.queries import (
    DAILY_CHANGE_DEFAULT,
    SIZE_BYTES_DEFAULT,
    scope_of,
    supported_types,
    type_named_by,
)
from vaultclock.domain.resources.state import evolve
from vaultclock.domain.service_made import backs_itself_up, efs_backups
from vaultclock.domain.values import Tags
from vaultclock.domain.world import World

SIZE_BYTES_MAX = 2**53 - 1  # 8 PiB: of as many as nest in one, the sum is a long, as the model says
JOB_SECONDS_MAX = 366 * 24 * 60 * 60
TEXT_CHARACTERS_MAX = 1_024
MEMBERS_MAX = 500  # CloudFormation quotas: resources in a template


def register_resource(command: RegisterResource, world: World, context: Context) -> list[Any]:
    """Put a resource into the world, or replace it; saying the same again is no news.

    A file system whose tags say that it is backed up automatically brings along what does so.
    """
    registered = ResourceRegistered(
        arn=command.arn,
        resource_type=_checked_type(command, context),
        name=_checked_text("name", command.name),
        tags=_checked_tags(command.tags),
        size_bytes=_checked_size(command.size_bytes),
        daily_change=_checked_daily_change(command.daily_change),
        job_seconds=_checked_job_seconds(command.job_seconds),
        fails_with=_checked_text("fails_with", command.fails_with),
        keeps_points=_checked_text("keeps_points", command.keeps_points),
        members=_checked_members(command, context),
    )
    is_so = evolve(None, context.now, registered) == world.resources.get(command.arn)
    facts = [] if is_so else [registered]
    if backs_itself_up(registered.resource_type, registered.tags):
        return [*facts, *efs_backups(world, context)]
    return facts


def _checked_type(command: RegisterResource, context: Context) -> str:
    inferred = type_named_by(command.arn)
    lives_in = scope_of(command.arn, context.scope)
    if lives_in != context.scope:
        raise InvalidParameterValue(
            f"Invalid arn: {command.arn} belongs to account {lives_in.account} in"
            f" {lives_in.region}, not to account {context.scope.account} in {context.scope.region}"
        )
    if command.resource_type is None:
        return inferred.name
    given = TYPE_OF_NAME.get(command.resource_type)
    if given is None:
        raise InvalidParameterValue(
            f"Invalid resource_type {command.resource_type!r}: accepted are"
            f" {', '.join(supported_types())}"
        )
    if not shares_arns(given, inferred):
        raise InvalidParameterValue(
            f"Invalid resource_type {given.name!r}: {command.arn} names a resource of type"
            f" {inferred.name}"
        )
    return given.name


def _checked_text(field: str, text: str | None) -> str | None:
    if text is None or (text.strip() and len(text) <= TEXT_CHARACTERS_MAX):
        return text
    raise InvalidParameterValue(
        f"Invalid {field} {text[:32]!r}: 1 to {TEXT_CHARACTERS_MAX} characters, not all blank"
    )


def _checked_tags(tags: Tags) -> Tags:
    """Tags of other services' resources: unlike ours, AWS itself may have set ``aws:`` ones."""
    for key, value in tags.items():
        if not 1 <= len(key) <= TAG_KEY_CHARACTERS_MAX or len(value) > TAG_VALUE_CHARACTERS_MAX:
            raise InvalidParameterValue(
                f"Invalid tag {key[:32]!r} in tags: a key has 1 to {TAG_KEY_CHARACTERS_MAX}"
                f" characters, a value up to {TAG_VALUE_CHARACTERS_MAX}"
            )
    return tags


def _checked_size(size_bytes: int | None) -> int:
    if size_bytes is None:
        return SIZE_BYTES_DEFAULT
    if 0 <= size_bytes <= SIZE_BYTES_MAX:
        return size_bytes
    raise InvalidParameterValue(f"Invalid size_bytes {size_bytes}: 0 to {SIZE_BYTES_MAX}")


def _checked_daily_change(fraction: float | None) -> float:
    if fraction is None:
        return DAILY_CHANGE_DEFAULT
    if 0 <= fraction <= 1:
        return fraction
    raise InvalidParameterValue(
        f"Invalid daily_change {fraction}: the fraction that changes in a day, from 0 to 1"
    )


def _checked_job_seconds(seconds: int | None) -> int | None:
    if seconds is None or 0 <= seconds <= JOB_SECONDS_MAX:
        return seconds
    raise InvalidParameterValue(f"Invalid job_seconds {seconds}: 0 to {JOB_SECONDS_MAX}")


def _checked_members(command: RegisterResource, context: Context) -> tuple[str, ...] | None:
    """Accept what a composite nests, whether it can be backed up or not: a stack holds much."""
    if command.members is None:
        return None
    if _checked_type(command, context) not in COMPOSITE_TYPES:
        raise InvalidParameterValue(
            f"Invalid members: only resources of type {' or '.join(COMPOSITE_TYPES)} have any"
        )
    if len(command.members) > MEMBERS_MAX or len({*command.members}) < len(command.members):
        raise InvalidParameterValue(f"Invalid members: up to {MEMBERS_MAX} ARNs, each once")
    for arn in command.members:
        if parse_arn(arn) is None or "*" in arn or "?" in arn or arn == command.arn:
            raise InvalidParameterValue(f"Invalid members: {arn[:1000]} is no other resource's ARN")
        if scope_of(arn, context.scope) != context.scope:
            raise InvalidParameterValue(
                f"Invalid members: {arn[:1000]} is in another account or Region"
            )
    return command.members


def deregister_resource(
    command: DeregisterResource, world: World, context: Context
) -> list[ResourceDeregistered]:
    """Take a registered resource out of the world."""
    if command.arn not in world.resources:
        raise ResourceNotFound(f"No resource {command.arn} is registered")
    return [ResourceDeregistered(command.arn)]


DECIDE = deciders(register_resource, deregister_resource)
