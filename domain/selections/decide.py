"""All the rules about selections: one function a command, facts out or a refusal."""

import re
from itertools import chain

from vaultclock.domain.checks import checked_creator_request_id, is_role_arn
from vaultclock.domain.kernel.arns import Arn, parse_arn
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.refusals import (
    AlreadyExists,
    InvalidParameterValue,
    LimitExceeded,
)
from vaultclock.domain.resource_types import RESOURCE_TYPES, type_of_arn
from vaultclock.domain.selections.commands import CreateSelection, DeleteSelection
from vaultclock.domain.selections.events import SelectionCreated, SelectionDeleted
from vaultclock.domain.selections.queries import (
    CONDITION_KEY,
    EVERYTHING,
    selection_of_plan,
    selection_of_request,
)
from vaultclock.domain.selections.state import Selection
from vaultclock.domain.values import Conditions, TagCondition
from vaultclock.domain.world import World

# Backup Developer Guide, assigning resources and quotas
SELECTIONS_MAX = 100  # of a plan
SELECTIONS_BY_TAGS_MAX = 10  # of a plan
ARNS_MAX = 500  # of a selection, with NotResources; counted without wildcards
ARN_PATTERNS_MAX = 30  # of a selection, with NotResources
CONDITIONS_MAX = 30
TAGS_MAX = 30
_ARN_FIELDS = 6
_SERVICES = frozenset(row.service for row in RESOURCE_TYPES)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,50}")


def create_selection(
    command: CreateSelection, world: World, context: Context
) -> list[SelectionCreated]:
    """Assign resources to a plan. Whether they exist is seen when the plan runs.

    A repeated token answers the selection it created; with another document, and for a document
    that the plan has already under another token, the answer is AlreadyExists (chosen).
    """
    plan = world.plan_for_selection(command.plan_id)
    token = checked_creator_request_id(command.creator_request_id)
    _check_selection(command, context.scope.region)
    if token and (existing := selection_of_request(world, plan.plan_id, token)):
        if _says_the_same(existing, command):
            return []
        raise AlreadyExists(
            "Backup selection with the same CreatorRequestId already exists",
            creator_request_id=token,
        )
    _check_against_others(command, world)
    return [
        SelectionCreated(
            selection_id=context.fresh_id(),
            plan_id=plan.plan_id,
            name=command.name,
            iam_role_arn=command.iam_role_arn,
            resources=command.resources,
            not_resources=command.not_resources,
            any_tags=command.any_tags,
            conditions=command.conditions,
            creator_request_id=token,
        )
    ]


def delete_selection(
    command: DeleteSelection, world: World, context: Context
) -> list[SelectionDeleted]:
    """Take back an assignment. A missing one is an invalid value (observed: Terraform)."""
    plan = world.plan_for_selection(command.plan_id)
    if selection_of_plan(world, plan.plan_id, command.selection_id) is None:
        raise InvalidParameterValue(f"Cannot find Backup selection with ID {command.selection_id}")
    return [SelectionDeleted(command.selection_id)]


def _says_the_same(selection: Selection, command: CreateSelection) -> bool:
    return (
        selection.name == command.name
        and selection.iam_role_arn == command.iam_role_arn
        and selection.resources == command.resources
        and selection.not_resources == command.not_resources
        and selection.any_tags == command.any_tags
        and selection.conditions == command.conditions
    )


def _check_against_others(command: CreateSelection, world: World) -> None:
    """Compare with the other selections of the plan, and count them."""
    for other in world.selections.matching(plan_id=command.plan_id):
        if _says_the_same(other, command):
            raise AlreadyExists(
                "Backup selection with the same selection document already exists",
                creator_request_id=other.creator_request_id,
            )
    if world.selections.count(plan_id=command.plan_id) >= SELECTIONS_MAX:
        raise LimitExceeded(f"A backup plan may have at most {SELECTIONS_MAX} selections")
    by_tags = world.selections.count(plan_id=command.plan_id, by_tags=True)
    if command.any_tags and by_tags >= SELECTIONS_BY_TAGS_MAX:
        raise LimitExceeded(
            f"A backup plan may have at most {SELECTIONS_BY_TAGS_MAX} selections with ListOfTags"
        )


def _check_selection(command: CreateSelection, region: str) -> None:
    if not _NAME.fullmatch(command.name):
        raise InvalidParameterValue(
            "Invalid value for SelectionName: 1 to 50 letters, digits, hyphens, underscores or dots"
        )
    if not is_role_arn(command.iam_role_arn):
        # text observed: Terraform, for a role whose trust policy is missing
        raise InvalidParameterValue(
            f"IAM Role {command.iam_role_arn} cannot be assumed by AWS Backup"
        )
    if not (command.resources or command.any_tags):
        # observed: modernisation-platform-terraform-baselines 90
        raise InvalidParameterValue(
            "Invalid backup selection. Either 'ListOfTags' or 'Resources' section must be"
            " non-empty."
        )
    _check_arns((*command.resources, *command.not_resources), region)
    _check_tags(command.any_tags, command.conditions)


def _check_arns(texts: tuple[str, ...], region: str) -> None:
    patterns = sum("*" in text for text in texts)
    if patterns > ARN_PATTERNS_MAX:
        raise LimitExceeded(f"A selection may have at most {ARN_PATTERNS_MAX} ARNs with wildcards")
    if len(texts) - patterns > ARNS_MAX:
        raise LimitExceeded(f"A selection may have at most {ARNS_MAX} ARNs")
    for text in texts:
        if text != EVERYTHING:
            _check_arn(text, region)


def _check_arn(text: str, region: str) -> None:
    """Check one ARN or pattern. Whose account it names is not checked (chosen)."""
    arn = _arn_or_pattern(text)
    if arn.region not in ("", EVERYTHING, region):
        # observed: terraform-provider-aws 7382
        raise InvalidParameterValue(f"Invalid ARN: {text}. Expected region is {region}")
    is_supported = arn.service in _SERVICES and ("*" in arn.resource or type_of_arn(arn))
    if not is_supported:
        # text observed in a list filter: Steampipe
        raise InvalidParameterValue(f"Unsupported resource type: {text}")


def _arn_or_pattern(text: str) -> Arn:
    """Take apart an ARN that may end early in ``*`` (documented: ``arn:aws:fsx:*``).

    A wildcard stands for a whole Region or account, or at the end of the resource (documented:
    ``arn:aws:s3:::*-logs`` is not supported).
    """
    shape = text
    if text.endswith(":*"):
        shape += ":*" * (_ARN_FIELDS - 1 - text.count(":"))
    arn = parse_arn(shape)
    if arn is None or "?" in text:
        raise InvalidParameterValue(f"Invalid ARN: {text}. It is not the ARN of a resource")
    in_part = any("*" in field and field != EVERYTHING for field in (arn.region, arn.account))
    if in_part or "*" in arn.partition + arn.service:
        raise InvalidParameterValue(
            f"Invalid ARN: {text}. A wildcard stands for a whole Region or account"
        )
    if "*" in arn.resource[:-1]:
        raise InvalidParameterValue(
            f"Invalid ARN: {text}. In a resource a wildcard stands at the end"
        )
    return arn


def _check_tags(any_tags: tuple[TagCondition, ...], conditions: Conditions) -> None:
    if len(any_tags) > TAGS_MAX:
        raise LimitExceeded(f"A selection may have at most {TAGS_MAX} ListOfTags")
    stated = tuple(
        chain(
            conditions.string_equals,
            conditions.string_not_equals,
            conditions.string_like,
            conditions.string_not_like,
        )
    )
    if len(stated) > CONDITIONS_MAX:
        raise LimitExceeded(f"A selection may have at most {CONDITIONS_MAX} Conditions")
    for condition in stated:
        if not condition.key.startswith(CONDITION_KEY) or condition.key == CONDITION_KEY:
            # documented: assigning resources, JSON
            raise InvalidParameterValue(
                f"Invalid value for ConditionKey: {condition.key!r} is not {CONDITION_KEY}<tag key>"
            )


DECIDE = deciders(create_selection, delete_selection)
