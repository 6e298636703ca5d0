"""All the rules about tags: one function a command, facts out or a refusal."""

from vaultclock.domain.checks import ACCESS_POINT_TAGS_MAX, TAGS_MAX, checked_tags
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.refusals import InvalidParameterValue
from vaultclock.domain.tags.commands import TagResource, UntagResource
from vaultclock.domain.tags.events import TagsRemoved, TagsSet
from vaultclock.domain.tags.queries import read_arn, require_thing, tags_of
from vaultclock.domain.world import World

# documented: UntagResource
_UNTAGGABLE = frozenset({"Aurora", "DocumentDB", "EBS", "FSx", "Neptune", "RDS"})


def tag_resource(command: TagResource, world: World, context: Context) -> list[TagsSet]:
    """Add tags; those the thing has already, with the same values, are no news."""
    _require_taggable(command.arn, world)
    already = tags_of(world, command.arn)
    most = ACCESS_POINT_TAGS_MAX if command.arn in world.access_points else TAGS_MAX
    tags = checked_tags(command.tags, already, most)
    if all(already.get(key) == value for key, value in tags.items()):
        return []
    return [TagsSet(command.arn, tags)]


def untag_resource(command: UntagResource, world: World, context: Context) -> list[TagsRemoved]:
    """Remove the tags that are there; the other keys are ignored (inferred)."""
    _require_taggable(command.arn, world)
    already = tags_of(world, command.arn)
    keys = tuple(key for key in dict.fromkeys(command.keys) if key in already)
    return [TagsRemoved(command.arn, keys)] if keys else []


def _require_taggable(arn: str, world: World) -> None:
    """Only ARNs of AWS Backup's own can be tagged here (documented: UntagResource).

    So recovery points of EBS, RDS, FSx and others, which their services name, cannot; nor can
    those of such types that AWS Backup names, as it does continuous ones (inferred).
    """
    parsed = read_arn(arn)
    if parsed.service != "backup":
        raise InvalidParameterValue(
            f"Invalid value for ResourceArn: {arn} is not the ARN of a backup vault, backup plan,"
            " legal hold, backup access point or a recovery point that AWS Backup manages fully"
            " (arn:aws:backup:...)"
        )
    require_thing(world, parsed)
    point = world.recovery_points.get(arn)
    if point is not None and point.resource_type in _UNTAGGABLE:
        raise InvalidParameterValue(
            f"Invalid value for ResourceArn: recovery points of {point.resource_type} cannot be"
            " tagged here"
        )


DECIDE = deciders(tag_resource, untag_resource)
