"""All the rules about legal holds: one function a command, facts out or a refusal."""

import re
from typing import Any

from vaultclock.domain.checks import RETENTION_DAYS_MAX, checked_idempotency_token, checked_tags
from vaultclock.domain.holds import held, released
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.instants import DAY, SECOND, Instant, Milliseconds
from vaultclock.domain.kernel.refusals import (
    InvalidParameterValue,
    InvalidResourceState,
    LimitExceeded,
)
from vaultclock.domain.legal_holds.commands import (
    ActivateLegalHold,
    CancelLegalHold,
    CreateLegalHold,
    FinishCancellingLegalHold,
)
from vaultclock.domain.legal_holds.events import (
    LegalHoldBecameActive,
    LegalHoldCanceled,
    LegalHoldCancellationStarted,
    LegalHoldCreated,
    PointSelection,
)
from vaultclock.domain.legal_holds.queries import (
    count_in_account,
    find_legal_hold,
    legal_hold_arn,
    points_to_hold,
    with_token,
)
from vaultclock.domain.legal_holds.state import Status
from vaultclock.domain.resource_types import TYPE_OF_NAME
from vaultclock.domain.resources.queries import type_named_by
from vaultclock.domain.tags.events import TagsSet
from vaultclock.domain.values import Tags
from vaultclock.domain.world import World

HOLDS_MAX = 50  # Backup Developer Guide, legal holds: active at one time, per account
DESCRIPTION_CHARACTERS_MAX = 280  # Backup Developer Guide, legal holds
RECORD_DAYS_DEFAULT = 180  # Backup Developer Guide, legal holds
# AWS says only that deletes may still succeed meanwhile; how long is chosen
ACTIVATION: Milliseconds = SECOND  # how long a hold is seen CREATING
CANCELLATION: Milliseconds = SECOND  # how long a hold is seen CANCELING
_TAG_TEXT = re.compile(r"[\w +\-=.:/]*")  # documented: letters, digits, spaces and + - = . _ : /


def create_legal_hold(
    command: CreateLegalHold, world: World, context: Context
) -> list[LegalHoldCreated | TagsSet]:
    """Create a hold, which is active a moment later; a retry with the same token is no new hold."""
    token = checked_idempotency_token(command.idempotency_token)
    if with_token(world, token):
        return []
    if not command.title.strip():
        raise InvalidParameterValue("Invalid value for Title: it must not be blank")
    created = LegalHoldCreated(
        hold_id=context.fresh_id(),
        title=command.title,
        description=_checked_description(command.description, "Description"),
        active_at=context.now + ACTIVATION,
        selection=_checked_selection(command.selection, world, context.now),
        idempotency_token=token,
    )
    tags = _checked_tags(command.tags)
    if count_in_account(world) >= HOLDS_MAX:
        raise LimitExceeded(f"An account may have at most {HOLDS_MAX} active legal holds")
    arn = legal_hold_arn(world, created.hold_id)
    return [created, TagsSet(arn, tags)] if tags else [created]


def _checked_description(text: str, member: str) -> str:
    if 1 <= len(text) <= DESCRIPTION_CHARACTERS_MAX:
        return text
    raise InvalidParameterValue(
        f"Invalid value for {member}: 1 to {DESCRIPTION_CHARACTERS_MAX} characters"
    )


def _checked_tags(tags: Tags) -> Tags:
    for text in (part for pair in tags.items() for part in pair):
        if not _TAG_TEXT.fullmatch(text):
            raise InvalidParameterValue(
                f"Invalid tag text {text!r}: accepted are letters, digits, spaces and + - = . _ : /"
            )
    return checked_tags(tags)


def _checked_selection(
    selection: PointSelection | None, world: World, now: Instant
) -> PointSelection | None:
    """Answer a selection of what can be there, by now; all refusals are inferred."""
    if selection is None:
        return None
    for name in selection.vault_names or ():
        if name not in world.vaults:
            raise InvalidParameterValue(
                f"Invalid value for VaultNames: there is no backup vault {name}"
            )
    for resource in selection.resources or ():
        _refuse_unknown_resource(resource)
    _refuse_range(selection.created_from, selection.created_until, now)
    return selection


def _refuse_unknown_resource(resource: str) -> None:
    if resource.startswith("arn:"):
        type_named_by(resource)
    elif resource not in TYPE_OF_NAME:
        raise InvalidParameterValue(
            f"Invalid value for ResourceIdentifiers: {resource} is neither the ARN of a resource"
            f" nor a resource type; types are {', '.join(TYPE_OF_NAME)}"
        )


def _refuse_range(since: Instant | None, until: Instant | None, now: Instant) -> None:
    if since is not None and until is not None and since > until:
        raise InvalidParameterValue("Invalid value for DateRange: FromDate is after ToDate")
    for member, instant in (("FromDate", since), ("ToDate", until)):
        if instant is not None and instant > now:
            raise InvalidParameterValue(
                f"Invalid value for DateRange: {member} lies in the future, which is not permitted"
            )


def cancel_legal_hold(
    command: CancelLegalHold, world: World, context: Context
) -> list[LegalHoldCancellationStarted]:
    """Cancel an active hold; a moment later it holds nothing any more."""
    hold = find_legal_hold(world, command.hold_id)
    description = _checked_description(command.description, "CancelDescription")
    days = command.retain_record_in_days
    if days is None:
        days = RECORD_DAYS_DEFAULT
    if not 0 <= days <= RETENTION_DAYS_MAX:
        raise InvalidParameterValue(
            f"Invalid value for RetainRecordInDays: {days} is not between 0 and"
            f" {RETENTION_DAYS_MAX} days"
        )
    if hold.status is not Status.ACTIVE:
        raise InvalidResourceState(
            f"A legal hold in state {hold.status} cannot be cancelled: only an ACTIVE one can"
        )
    return [
        LegalHoldCancellationStarted(
            hold.hold_id,
            description,
            record_kept_until=context.now + days * DAY,
            ends_at=context.now + CANCELLATION,
        )
    ]


def activate_legal_hold(command: ActivateLegalHold, world: World, context: Context) -> list[Any]:
    """Let a hold take effect; what is being deleted at this moment goes all the same."""
    hold = world.legal_holds[command.hold_id]
    points = points_to_hold(world, hold)
    by = legal_hold_arn(world, hold.hold_id)
    return [LegalHoldBecameActive(hold.hold_id), *held(world, points, by)]


def finish_cancelling_legal_hold(
    command: FinishCancellingLegalHold, world: World, context: Context
) -> list[Any]:
    """Let go what a cancelled hold keeps."""
    by = legal_hold_arn(world, command.hold_id)
    return [LegalHoldCanceled(command.hold_id), *released(world, by)]


DECIDE = deciders(
    create_legal_hold, cancel_legal_hold, activate_legal_hold, finish_cancelling_legal_hold
)
