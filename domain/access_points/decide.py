"""All the rules about access points: one function a command, facts out or a refusal.

Source: Backup Developer Guide, backup access points. Where an access point is to a recovery point
of another account, it lives with the account that made it, and what it keeps with its owner.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from vaultclock.domain.access_points.commands import (
    CreateAccessPoint,
    DeleteAccessPoint,
    ExpireAccessPoint,
    FailAccessPoint,
    FinishDeletingAccessPoint,
    FinishDisassociatingAccessPoint,
    FinishMakingAccessPoint,
)
from vaultclock.domain.access_points.events import (
    AccessPointBecameAvailable,
    AccessPointCreated,
    AccessPointCreationFailed,
    AccessPointDeleted,
    AccessPointDeletionFailed,
    AccessPointDeletionStarted,
    AccessPointDisassociated,
    AccessPointDisassociationStarted,
    AccessPointExpired,
)
from vaultclock.domain.access_points.queries import (
    DISASSOCIATION,
    IN_TIME,
    arn_of,
    find_access_point,
)
from vaultclock.domain.access_points.state import AccessPoint, Status
from vaultclock.domain.checks import ACCESS_POINT_TAGS_MAX, checked_tags
from vaultclock.domain.continuous import restorable
from vaultclock.domain.holds import held, released
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import (
    MINUTE,
    SECOND,
    Instant,
    Milliseconds,
    from_iso,
    to_iso,
)
from vaultclock.domain.kernel.refusals import (
    AlreadyExists,
    Conflict,
    InvalidParameterValue,
    InvalidRequest,
    LimitExceeded,
    MissingParameterValue,
)
from vaultclock.domain.tags.events import TagsSet
from vaultclock.domain.tags.queries import dropped_tags
from vaultclock.domain.vault_shares.queries import reachable_point, sees, way_to
from vaultclock.domain.world import RecoveryPoint, World

ACCESS_POINTS_MAX = 5  # of a recovery point, in an account, whatever their status (documented)
POLICY_CHARACTERS_MAX = 200_000  # the service model's
MESSAGE_CHARACTERS_MAX = 1_024
# AWS says no numbers: chosen
CREATION: Milliseconds = 10 * SECOND
DELETION: Milliseconds = SECOND
NAME_KEPT: Milliseconds = 5 * MINUTE  # after a deletion
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,48}[a-z0-9](?<!-s3alias)")  # -ext-s3alias ends so, too
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_READABLE = ("AVAILABLE", "STOPPED", "COMPLETED")
_ALIAS_CHARACTERS_MAX = 63  # of S3's bucket names, which aliases stand in for
_ALIAS_ENDING = "-ext-s3alias"
_ALIAS_ID_CHARACTERS = 34


def create_access_point(command: CreateAccessPoint, world: World, context: Context) -> list[Any]:
    """Make an access point; the recovery point is kept from now on."""
    _check_name(command.name)
    _check_policy(command.policy)
    tags = checked_tags(command.tags, most=ACCESS_POINT_TAGS_MAX)
    there, point = reachable_point(world, command.recovery_point_arn)
    if point.resource_type != "S3":
        raise InvalidParameterValue(
            f"Invalid value for RecoveryPointArn: {point.arn} is not a recovery point of S3"
        )
    if point.status not in _READABLE:
        raise InvalidParameterValue(
            f"Invalid value for RecoveryPointArn: the recovery point is in state {point.status},"
            f" not in {', '.join(_READABLE)}"
        )
    reads_at = _checked_metadata(command.metadata, point, context.now)
    arn, (beside, vault) = arn_of(world, command.name), way_to(world, there, point)
    _check_against_others(arn, point, world)
    created = AccessPointCreated(
        arn=arn,
        name=command.name,
        recovery_point_arn=point.arn,
        owner_account=there.scope.account,
        vault_name=vault.name,
        vault_arn=beside.vault_arn(vault.name),
        resource_arn=point.resource_arn,
        ready_at=context.now + CREATION,
        reads_at=reads_at,
        policy=command.policy,
    )
    kept = _with_owner(there.scope.account, held(there, [point], arn), context)
    return [created, *kept, *([TagsSet(arn, tags)] if tags else [])]


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidParameterValue(
            f"Invalid value for Name: {name!r} is not 3 to 50 lower-case letters, digits and"
            " hyphens, with none of the latter first or last, and not ending in -s3alias"
        )


def _check_policy(policy: str | None) -> None:
    """Accept any JSON object: what it says is for S3 to judge."""
    if policy is None:
        return
    try:
        read = json.loads(policy)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict) or len(policy) > POLICY_CHARACTERS_MAX:
        raise InvalidParameterValue(
            "Invalid value for AccessPointPolicy: it must be a JSON object of up to"
            f" {POLICY_CHARACTERS_MAX} characters"
        )


def _checked_metadata(
    metadata: Mapping[str, str], point: RecoveryPoint, now: Instant
) -> Instant | None:
    """Answer the instant to read a continuous point at, None for a snapshot."""
    for key in metadata:
        if key != IN_TIME:
            raise InvalidParameterValue(
                f"Invalid key {key[:100]!r} in AccessPointMetadata: accepted is {IN_TIME}"
            )
    text = metadata.get(IN_TIME)
    if not point.born.is_continuous:
        if text is None:
            return None
        raise InvalidParameterValue(
            f"Invalid value for AccessPointMetadata: {IN_TIME} is for continuous recovery points"
        )
    if text is None:
        raise MissingParameterValue(
            f"Missing value for AccessPointMetadata: a continuous recovery point needs {IN_TIME}"
        )
    instant = _read_instant(text)
    reach = restorable(point, now)
    if reach.since <= instant <= reach.until:
        return instant
    raise InvalidParameterValue(
        f"Invalid value for {IN_TIME}: the recovery point can be read as of {to_iso(reach.since)}"
        f" to {to_iso(reach.until)}, not as of {text}"
    )


def _read_instant(text: str) -> Instant:
    try:
        if _INSTANT.fullmatch(text):
            return from_iso(text)
    except ValueError:
        pass
    raise InvalidParameterValue(
        f"Invalid value for {IN_TIME}: {text[:100]!r} is not an instant such as"
        " 2021-11-27T03:30:27Z"
    )


def _check_against_others(arn: str, point: RecoveryPoint, world: World) -> None:
    """Refuse a name that is in use or was, and one access point too many."""
    other = world.access_points.get(arn)
    if other is not None and (other.is_gone or other.status is Status.DELETING):
        raise Conflict(f"A backup access point {arn} was deleted a short while ago: try later")
    if other is not None:
        raise AlreadyExists(f"A backup access point {arn} exists already", arn=arn)
    count = world.access_points.count(is_gone=False, recovery_point_arn=point.arn)
    if count >= ACCESS_POINTS_MAX:
        raise LimitExceeded(
            f"A recovery point may have at most {ACCESS_POINTS_MAX} backup access points"
        )


def _with_owner(account: str, facts: Sequence[Any], context: Context) -> list[Any]:
    """State facts where the recovery point is."""
    if account == context.scope.account:
        return [*facts]
    return [Elsewhere(Scope(account, context.scope.region), fact) for fact in facts]


def finish_making_access_point(
    command: FinishMakingAccessPoint, world: World, context: Context
) -> list[AccessPointBecameAvailable]:
    """Make an access point available, by the names that S3 gave it (documented forms)."""
    name = world.access_points[command.arn].born.name
    account, region = context.scope
    digits = (context.fresh_id() + context.fresh_id(1)).replace("-", "")[:_ALIAS_ID_CHARACTERS]
    room = _ALIAS_CHARACTERS_MAX - len(f"-{digits}{_ALIAS_ENDING}")
    alias = f"{name[:room]}-{digits}{_ALIAS_ENDING}"
    s3_arn = f"arn:aws:s3:{region}:{account}:accesspoint/{name}"
    return [AccessPointBecameAvailable(command.arn, s3_arn, alias)]


def delete_access_point(
    command: DeleteAccessPoint, world: World, context: Context
) -> list[AccessPointDeletionStarted]:
    """Accept a delete, whatever the status (documented); a second one is no news."""
    access_point = find_access_point(world, command.arn)
    if access_point.status is Status.DELETING:
        return []
    return [AccessPointDeletionStarted(access_point.arn, ends_at=context.now + DELETION)]


def finish_deleting_access_point(
    command: FinishDeletingAccessPoint, world: World, context: Context
) -> list[Any]:
    """Make an accepted delete come true: the recovery point waits for it no more."""
    access_point = world.access_points[command.arn]
    return [
        AccessPointDeleted(access_point.arn, name_free_at=context.now + NAME_KEPT),
        *_released(access_point, world, context),
        *dropped_tags(world, access_point.arn),
    ]


def finish_disassociating_access_point(
    command: FinishDisassociatingAccessPoint, world: World, context: Context
) -> list[Any]:
    """Cut off an access point; it stays to be looked at and deleted."""
    access_point = world.access_points[command.arn]
    return [AccessPointDisassociated(access_point.arn), *_released(access_point, world, context)]


def _released(access_point: AccessPoint, world: World, context: Context) -> list[Any]:
    account = access_point.born.owner_account
    there = world.others[Scope(account, context.scope.region)]
    return _with_owner(account, released(there, access_point.arn), context)


def expire_access_point(
    command: ExpireAccessPoint, world: World, context: Context
) -> list[AccessPointExpired]:
    """Let S3 have lost the access point; the recovery point is kept all the same (documented)."""
    access_point = find_access_point(world, command.arn)
    if access_point.status is not Status.AVAILABLE:
        raise InvalidRequest(f"A backup access point in state {access_point.status} cannot expire")
    return [AccessPointExpired(access_point.arn)]


def fail_access_point(command: FailAccessPoint, world: World, context: Context) -> list[Any]:
    """Let what is under way fail; the recovery point is kept until a delete succeeds.

    One whose way to the recovery point was withdrawn meanwhile is cut off after all.
    """
    access_point, message = find_access_point(world, command.arn), command.message
    if not message.strip() or len(message) > MESSAGE_CHARACTERS_MAX:
        raise InvalidParameterValue(
            f"Invalid message {message[:32]!r}: 1 to {MESSAGE_CHARACTERS_MAX} characters, not all"
            " blank"
        )
    match access_point.status:
        case Status.CREATING:
            return [AccessPointCreationFailed(access_point.arn, message)]
        case Status.DELETING:
            failed = AccessPointDeletionFailed(access_point.arn, message)
            if sees(world, access_point.vault_arn):
                return [failed]
            ends_at = context.now + DISASSOCIATION
            return [failed, AccessPointDisassociationStarted(access_point.arn, ends_at)]
    raise InvalidRequest(f"A backup access point in state {access_point.status} cannot fail")


DECIDE = deciders(
    create_access_point,
    delete_access_point,
    expire_access_point,
    fail_access_point,
    finish_making_access_point,
    finish_disassociating_access_point,
    finish_deleting_access_point,
)
