"""What may be asked about tags without changing them."""

from bisect import bisect_right

from vaultclock.domain.kernel.arns import Arn, parse_arn
from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.refusals import InvalidParameterValue, ResourceNotFound
from vaultclock.domain.kernel.tables import Page
from vaultclock.domain.settings.queries import fully_managed_dynamodb
from vaultclock.domain.tags.events import TagsDropped
from vaultclock.domain.values import Tags
from vaultclock.domain.vault_shares.queries import who_tells
from vaultclock.domain.world import World

LISTING = "tags"


def tags_of(world: World, arn: str) -> Tags:
    """Answer the tags of a thing; one that has none, or does not exist, has no tags."""
    thing = world.tags.get(arn)
    return {} if thing is None else thing.tags


def list_tags(world: World, arn: str, *, limit: int, token: str | None) -> Page[tuple[str, str]]:
    """List the tags of a thing by key, as pairs of key and value.

    Recovery points that another service names are read too, though they cannot be tagged here
    (documented: it may work, it may not; it does not for DynamoDB's own backups). Raises
    InvalidParameterValue for those and for what is no ARN, ResourceNotFound for what is not there.
    Vaults that others share, and what can be seen in vaults of others, are read as well
    (documented).
    """
    parsed, world = read_arn(arn), who_tells(world, arn)
    if parsed.service == "backup":
        require_thing(world, parsed)
    else:
        require_recovery_point(world, arn)
    if parsed.service == "dynamodb" and not fully_managed_dynamodb(world):
        # the code is observed (cloudquery); class and message are unknown
        raise InvalidParameterValue(
            f"Tags of {arn} cannot be listed: advanced backup of DynamoDB is off",
            code="ERROR_3930",
        )
    after = read_token(LISTING, token, (str,))
    tags = tags_of(world, arn)
    keys = sorted(tags)
    start = 0 if after is None else bisect_right(keys, after[0])
    rows = [(key, tags[key]) for key in keys[start : start + limit]]
    return Page(rows, (rows[-1][0],) if start + limit < len(keys) else None)


def dropped_tags(world: World, arn: str) -> list[TagsDropped]:
    """State what the end of a thing means for its tags: nothing when it has none."""
    return [TagsDropped(arn)] if arn in world.tags else []


def read_arn(arn: str) -> Arn:
    """Take an ARN apart. Raises InvalidParameterValue when the text is not one."""
    if parsed := parse_arn(arn):
        return parsed
    raise InvalidParameterValue(f"Invalid ARN: {arn}")


def require_thing(world: World, arn: Arn) -> None:
    """Refuse the ARN of a thing of AWS Backup's that does not exist in this scope.

    A missing vault is ResourceNotFound here: whether AWS answers so or AccessDenied is not
    known. Raises InvalidParameterValue for another Region's ARN, ResourceNotFound for the rest.
    """
    account, region = world.scope
    if arn.region != region:
        # observed of backup selections: terraform-provider-aws 7382
        raise InvalidParameterValue(f"Invalid ARN: {arn}. Expected region is {region}")
    kind, _, name = arn.resource.partition(":")
    if kind == "recovery-point":
        require_recovery_point(world, str(arn))
    elif (arn.partition, arn.account) != ("aws", account) or not _exists(world, kind, name, arn):
        raise ResourceNotFound(f"Cannot find resource {arn}")


def _exists(world: World, kind: str, name: str, arn: Arn) -> bool:
    """Tell whether a thing is there that has tags, by the kind that its ARN names.

    Raises ResourceNotFound in AWS's own words for a plan.
    """
    match kind:
        case "backup-vault":
            return name in world.vaults
        case "legal-hold":
            return name in world.legal_holds
        case "backup-plan":
            return bool(world.plan(name))
    access_point = world.access_points.get(str(arn))
    return access_point is not None and not access_point.is_gone


def require_recovery_point(world: World, arn: str) -> None:
    """Refuse the ARN of a recovery point that does not exist (code observed: cloudquery)."""
    if arn not in world.recovery_points:
        raise ResourceNotFound("Cannot find recovery point.", code="ERROR_2603")
