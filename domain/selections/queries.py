"""What may be asked about selections without changing them, and what they select."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.refusals import ResourceNotFound
from vaultclock.domain.kernel.tables import Page, Window
from vaultclock.domain.resource_types import OPT_IN_IS_NEVER_OVERRIDDEN
from vaultclock.domain.resources.queries import named_resource
from vaultclock.domain.selections.state import Selection
from vaultclock.domain.settings.queries import opted_out
from vaultclock.domain.values import Conditions, TagCondition, Tags
from vaultclock.domain.world import Resource, World

CONDITION_KEY = "aws:ResourceTag/"  # what the key of a condition begins with
EVERYTHING = "*"
_ARN_FIELDS = 6


def listing(plan_id: str) -> str:
    """Name the listing of a plan's selections, so that its tokens serve no other plan."""
    return f"selections {plan_id}"


def selection_of_plan(world: World, plan_id: str, selection_id: str) -> Selection | None:
    """Find a selection, but only by the plan that it belongs to."""
    selection = world.selections.get(selection_id)
    return selection if selection and selection.plan_id == plan_id else None


def describe_selection(world: World, plan_id: str, selection_id: str) -> Selection:
    """Find a selection.

    Raises InvalidParameterValue for a missing plan (observed: Terraform, Steampipe) and
    ResourceNotFound for a missing selection.
    """
    plan = world.plan_for_selection(plan_id)
    if selection := selection_of_plan(world, plan.plan_id, selection_id):
        return selection
    raise ResourceNotFound(f"Cannot find Backup selection with ID {selection_id}")


def list_selections(
    world: World, plan_id: str, *, limit: int, token: str | None
) -> Page[Selection]:
    """List the selections of a plan, oldest first.

    Raises InvalidParameterValue for a missing plan, as all selection operations do.
    """
    plan = world.plan_for_selection(plan_id)
    after = read_token(listing(plan_id), token, (int, str))
    return world.selections.page({"plan_id": plan.plan_id}, Window(limit, after))


def selection_of_request(world: World, plan_id: str, creator_request_id: str) -> Selection | None:
    """Find the selection of a plan that a token created."""
    found = world.selections.matching(plan_id=plan_id, creator_request_id=creator_request_id)
    return found[0] if found else None


def selected(world: World, plan_id: str) -> Sequence[tuple[Resource, Selection]]:
    """Tell what a plan selects now: each resource once, by the oldest selection that does.

    ``((Resources or ListOfTags) and all Conditions) and not NotResources`` (Backup Developer
    Guide, assigning resources). Tags and wildcards find registered resources; an ARN without
    wildcards stands for a resource that exists. Selections follow each other by age, and what
    one of them selects by ARN.
    """
    left_out = opted_out(world)
    found: dict[str, tuple[Resource, Selection]] = {}
    for selection in world.selections.matching(plan_id=plan_id):
        selects = _compiled(
            selection.resources,
            selection.not_resources,
            selection.any_tags,
            selection.conditions,
            left_out,
        )
        for resource in _candidates(world, selection):
            if selects(resource) and resource.arn not in found:
                found[resource.arn] = (resource, selection)
    return list(found.values())


def _candidates(world: World, selection: Selection) -> Iterable[Resource]:
    arns = selection.named_arns
    if len(arns) == len(selection.resources) and not selection.any_tags:
        return (named_resource(world, arn) for arn in arns)
    unknown = [named_resource(world, arn) for arn in arns if arn not in world.resources]
    known = world.resources.matching()
    return sorted([*known, *unknown], key=_arn) if unknown else known


def _arn(resource: Resource) -> str:
    return resource.arn


def leaves_out(world: World, plan_id: str, composite: Resource, member: Resource) -> bool:
    """Tell whether a plan keeps a resource out of the backups of what nests it.

    NotResources has to say so in every selection that would select either of the two (Backup
    Developer Guide, CloudFormation stack backups); that tags can say so too is not simulated.
    """
    concerned = [
        selection
        for selection in world.selections.matching(plan_id=plan_id)
        if any(map(_without_exclusions(selection), (composite, member)))
    ]
    return bool(concerned) and all(
        _test_of_arns(selection.not_resources)(member.arn) for selection in concerned
    )


def _without_exclusions(selection: Selection) -> Callable[[Resource], bool]:
    return _compiled(selection.resources, (), selection.any_tags, selection.conditions, frozenset())


_Test = Callable[[str], object]  # of an ARN; true when it matches
_TagsTest = Callable[[Tags], bool]


@lru_cache(1024)
def _compiled(
    resources: tuple[str, ...],
    not_resources: tuple[str, ...],
    any_tags: tuple[TagCondition, ...],
    conditions: Conditions,
    left_out: frozenset[str],
) -> Callable[[Resource], bool]:
    """Make the test of what a selection says, in a Region that has left out some types.

    Naming a type, as ``arn:aws:ec2:*:*:instance/*`` does, overrides that it is left out, except
    for types that share their ARNs; tags, ``*`` and whole services do not (documented:
    assigning resources, JSON).
    """
    names = _test_of_arns([text for text in resources if _names_a_type(text)])
    spans = _test_of_arns([text for text in resources if not _names_a_type(text)])
    excludes = _test_of_arns(not_resources)
    wanted = [(tag.key, tag.value) for tag in any_tags]
    tests = _tests_of_tags(conditions)

    def selects(resource: Resource) -> bool:
        arn, tags = resource.arn, resource.tags
        named = names(arn)
        if not named and not spans(arn):
            for key, value in wanted:
                if tags.get(key) == value:
                    break
            else:
                return False
        if resource.resource_type in left_out and (
            not named or resource.resource_type in OPT_IN_IS_NEVER_OVERRIDDEN
        ):
            return False
        for test in tests:
            if not test(tags):
                return False
        return not excludes(arn)

    return selects


def _names_a_type(text: str) -> bool:
    """Whether an ARN or pattern says of what type resources are; an S3 bucket's always does."""
    fields = text.split(":", _ARN_FIELDS - 1)
    return len(fields) == _ARN_FIELDS and (fields[-1] != EVERYTHING or fields[2] == "s3")


def _test_of_arns(texts: Iterable[str]) -> _Test:
    arns = frozenset(text for text in texts if "*" not in text)
    patterns = "|".join(_pattern_of_arn(text) for text in texts if "*" in text)
    if not patterns:
        return arns.__contains__
    matches = re.compile(patterns).fullmatch
    if not arns:
        return matches
    return lambda arn: arn in arns or matches(arn)


def _pattern_of_arn(text: str) -> str:
    """Write a pattern whose last wildcard takes all that follows, and the others one field."""
    is_open = text.endswith("*")
    parts = text.removesuffix("*").split("*")
    return "[^:]*".join(map(re.escape, parts)) + (".*" if is_open else "")


def _tests_of_tags(conditions: Conditions) -> list[_TagsTest]:
    """Make a test of each condition; the negative ones hold for a missing tag (inferred: IAM)."""
    return [
        *(_equals(_tag_key(each), each.value) for each in conditions.string_equals),
        *(_not(_equals(_tag_key(each), each.value)) for each in conditions.string_not_equals),
        *(_like(_tag_key(each), each.value) for each in conditions.string_like),
        *(_not(_like(_tag_key(each), each.value)) for each in conditions.string_not_like),
    ]


def _tag_key(condition: TagCondition) -> str:
    return condition.key.removeprefix(CONDITION_KEY)


def _equals(key: str, value: str) -> _TagsTest:
    return lambda tags: tags.get(key) == value


def _like(key: str, value: str) -> _TagsTest:
    # documented: * stands for any characters but white space
    matches = re.compile(r"\S*".join(map(re.escape, value.split("*")))).fullmatch
    return lambda tags: key in tags and matches(tags[key]) is not None


def _not(test: _TagsTest) -> _TagsTest:
    return lambda tags: not test(tags)
