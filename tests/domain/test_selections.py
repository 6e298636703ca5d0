"""Selections: what may be assigned to a plan, and how a refusal reads."""

from typing import Any

import pytest

from tests.spec import Story, given
from vaultclock.domain.kernel.instants import from_iso
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.refusals import (
    AlreadyExists,
    InvalidParameterValue,
    LimitExceeded,
    ResourceNotFound,
)
from vaultclock.domain.plans.events import PlanCreated, PlanDeleted, PlanDocument, Rule
from vaultclock.domain.selections import queries
from vaultclock.domain.selections.commands import CreateSelection, DeleteSelection
from vaultclock.domain.selections.events import SelectionCreated, SelectionDeleted
from vaultclock.domain.values import Conditions, TagCondition

START = from_iso("2026-01-01T00:00:00Z")
ROLE = "arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole"
VOLUME = "arn:aws:ec2:us-east-1:123456789012:volume/vol-1"
DOCUMENT = PlanDocument("plan", (Rule("r", "rule", "Default", "cron(0 5 ? * * *)", "UTC", 60, 60),))
PLAN = PlanCreated("p-1", "v1", DOCUMENT)
OTHER_PLAN = PlanCreated("p-2", "v1", DOCUMENT)
EMPTY_TEXT = (
    "Invalid backup selection. Either 'ListOfTags' or 'Resources' section must be non-empty."
)
DAILY = TagCondition("backup", "daily")
PROD = TagCondition("aws:ResourceTag/stage", "prod")


def asked(**fields: Any) -> CreateSelection:
    defaults: dict[str, Any] = {"plan_id": "p-1", "name": "all", "iam_role_arn": ROLE}
    if not {"resources", "any_tags"} & set(fields):
        defaults["resources"] = (VOLUME,)
    return CreateSelection(**{**defaults, **fields})


def made(selection_id: str = "s-1", **fields: Any) -> SelectionCreated:
    defaults: dict[str, Any] = {"plan_id": "p-1", "name": selection_id, "iam_role_arn": ROLE}
    return SelectionCreated(selection_id, **{**defaults, "resources": (VOLUME,), **fields})


def create(**fields: Any) -> Story:
    return given(PLAN, at=START).when(asked(**fields))


def test_a_selection_is_kept_as_it_was_asked_for() -> None:
    conditions = Conditions(
        string_equals=(PROD,),
        string_not_equals=(TagCondition("aws:ResourceTag/a", "b"),),
        string_like=(TagCondition("aws:ResourceTag/c", "*"),),
        string_not_like=(TagCondition("aws:ResourceTag/d", "e*"),),
    )
    story = create(
        resources=("*",),
        not_resources=(VOLUME,),
        any_tags=(DAILY,),
        conditions=conditions,
        creator_request_id="token",
    )

    (fact,) = story.news
    assert fact == SelectionCreated(
        selection_id=fact.selection_id,
        plan_id="p-1",
        name="all",
        iam_role_arn=ROLE,
        resources=("*",),
        not_resources=(VOLUME,),
        any_tags=(DAILY,),
        conditions=conditions,
        creator_request_id="token",
    )
    selection = queries.describe_selection(story.world, "p-1", fact.selection_id)
    assert (selection.created_at, selection.conditions) == (START, conditions)


def test_a_missing_or_deleted_plan_is_an_invalid_value_to_every_operation() -> None:
    text = "Cannot find Backup plan with ID p-1"
    for story in (given(at=START), given(PLAN, PlanDeleted("p-1"), at=START)):
        for command in (asked(), DeleteSelection("p-1", "s-1")):
            story.when(command).then_rejected(InvalidParameterValue, text)
        with pytest.raises(InvalidParameterValue, match=text):
            queries.describe_selection(story.world, "p-1", "s-1")
        with pytest.raises(InvalidParameterValue, match=text):
            queries.list_selections(story.world, "p-1", limit=1, token=None)


@pytest.mark.parametrize(
    "fields",
    [
        {"resources": ()},
        {"resources": (), "conditions": Conditions(string_equals=(PROD,))},
        {"resources": (), "not_resources": (VOLUME,)},
    ],
)
def test_a_selection_needs_resources_or_tags_and_conditions_do_not_do(
    fields: dict[str, Any],
) -> None:
    create(**fields).then_rejected(InvalidParameterValue, EMPTY_TEXT)


def test_tags_alone_make_a_selection() -> None:
    create(any_tags=(DAILY,)).then_kinds(SelectionCreated)


@pytest.mark.parametrize(
    "arn",
    [
        "*",
        VOLUME,
        "arn:aws:s3:::bucket",
        "arn:aws:s3:::*",
        "arn:aws:s3:::prod-*",
        "arn:aws:ec2:*:*:volume/*",
        "arn:aws:ec2:us-east-1:*:instance/*",
        "arn:aws:rds:*:*:db:*",
        "arn:aws:rds:us-east-1:999999999999:cluster:one",
        "arn:aws:dynamodb:*:123456789012:table/*",
        "arn:aws:fsx:*",
        "arn:aws:ec2:us-east-1:*",
        "arn:aws-us-gov:s3:::*",
    ],
)
def test_arns_and_the_documented_patterns_are_accepted(arn: str) -> None:
    create(resources=(arn,)).then_kinds(SelectionCreated)
    create(not_resources=(arn,)).then_kinds(SelectionCreated)


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "db.t3.medium",
        "**",
        "arn:aws:ec2",
        "arn:*",
        "arn:aws:*",
        "arn:*:s3:::bucket",
        "arn:aws:s*:::bucket",
        "arn:aws:ec2:us-*:*:volume/*",
        "arn:aws:ec2:*:12*:volume/*",
        "arn:aws:s3:::*-logs",
        "arn:aws:s3:::a*b*",
    ],
)
def test_what_is_no_arn_and_wildcards_in_other_places_are_refused(arn: str) -> None:
    story = create(resources=(arn,)).then_rejected(InvalidParameterValue)
    assert str(story.rejection).startswith(f"Invalid ARN: {arn}")
    create(not_resources=(arn,)).then_rejected(InvalidParameterValue)


def test_an_arn_of_another_region_is_refused_in_the_words_of_aws() -> None:
    arn = VOLUME.replace("us-east-1", "eu-west-1")
    create(resources=(arn,)).then_rejected(
        InvalidParameterValue, f"Invalid ARN: {arn}. Expected region is us-east-1"
    )


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:lambda:us-east-1:123456789012:function:one",
        "arn:aws:lambda:*",
        "arn:aws:ec2:us-east-1:123456789012:snapshot/snap-1",
    ],
)
def test_an_arn_of_what_cannot_be_backed_up_is_refused(arn: str) -> None:
    create(resources=(VOLUME, arn)).then_rejected(
        InvalidParameterValue, f"Unsupported resource type: {arn}"
    )


@pytest.mark.parametrize("arn", ["backup", "arn:aws:iam::123456789012:user/one"])
def test_a_role_that_is_none_cannot_be_assumed(arn: str) -> None:
    create(iam_role_arn=arn).then_rejected(
        InvalidParameterValue, f"IAM Role {arn} cannot be assumed by AWS Backup"
    )


@pytest.mark.parametrize("name", ["", "two words", "x" * 51])
def test_a_selection_name_has_1_to_50_plain_characters(name: str) -> None:
    create(name=name).then_rejected(InvalidParameterValue)


@pytest.mark.parametrize("key", ["stage", "", "aws:ResourceTag/", "aws:resourcetag/stage"])
def test_a_condition_key_is_that_of_a_resource_tag(key: str) -> None:
    for field in ("string_equals", "string_not_equals", "string_like", "string_not_like"):
        conditions = Conditions(**{field: (PROD, TagCondition(key, "prod"))})
        create(conditions=conditions).then_rejected(InvalidParameterValue)


def volumes(count: int) -> tuple[str, ...]:
    return tuple(f"{VOLUME}{n}" for n in range(count))


def patterns(count: int) -> tuple[str, ...]:
    return tuple(f"arn:aws:s3:::bucket-{n}-*" for n in range(count))


def test_a_selection_holds_500_arns_30_patterns_30_tags_and_30_conditions() -> None:
    tags = tuple(TagCondition(f"k{n}", "v") for n in range(31))
    keys = tuple(TagCondition(f"aws:ResourceTag/k{n}", "v") for n in range(31))
    create(
        resources=volumes(500) + patterns(15),
        not_resources=patterns(15),
        any_tags=tags[:30],
        conditions=Conditions(keys[:10], keys[:10], keys[:5], keys[:5]),
    ).then_kinds(SelectionCreated)

    create(resources=volumes(500), not_resources=(VOLUME,)).then_rejected(LimitExceeded)
    create(resources=patterns(31)).then_rejected(LimitExceeded)
    create(any_tags=tags).then_rejected(LimitExceeded)
    create(conditions=Conditions(keys[:10], keys[:10], keys[:5], keys[:6])).then_rejected(
        LimitExceeded
    )


def test_a_plan_has_at_most_100_selections() -> None:
    others = [made(f"s-{n}") for n in range(100)]
    given(PLAN, *others, at=START).when(asked()).then_rejected(LimitExceeded)
    given(PLAN, *others[1:], at=START).when(asked()).then_kinds(SelectionCreated)
    story = given(PLAN, OTHER_PLAN, *others, at=START)
    story.when(asked(plan_id="p-2")).then_kinds(SelectionCreated)


def test_a_plan_has_at_most_10_selections_by_tags() -> None:
    others = [made(f"s-{n}", any_tags=(DAILY,)) for n in range(10)]
    story = given(PLAN, *others, at=START)
    story.when(asked(any_tags=(DAILY,))).then_rejected(LimitExceeded)
    story.when(asked()).then_kinds(SelectionCreated)
    fewer = given(PLAN, *others[1:], at=START)
    fewer.when(asked(any_tags=(DAILY,))).then_kinds(SelectionCreated)


def test_a_repeated_token_answers_the_selection_it_created() -> None:
    story = create(creator_request_id="token").then_kinds(SelectionCreated)
    story.when(asked(creator_request_id="token")).then_nothing_happened()

    found = queries.selection_of_request(story.world, "p-1", "token")
    assert found is not None
    assert found.name == "all"
    assert queries.selection_of_request(story.world, "p-2", "token") is None


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"iam_role_arn": "arn:aws:iam::123456789012:role/other"},
        {"resources": ("*",)},
        {"not_resources": (VOLUME,)},
        {"resources": (VOLUME,), "any_tags": (DAILY,)},
        {"conditions": Conditions(string_equals=(PROD,))},
    ],
)
def test_a_token_stands_for_one_document(change: dict[str, Any]) -> None:
    story = create(creator_request_id="token").then_kinds(SelectionCreated)
    story.when(asked(creator_request_id="token", **change)).then_rejected(AlreadyExists)
    assert isinstance(story.rejection, AlreadyExists)
    assert story.rejection.creator_request_id == "token"
    story.when(asked(creator_request_id="token-2", **change)).then_kinds(SelectionCreated)


def test_a_document_stands_once_in_a_plan_and_tokens_are_a_plan_s_own() -> None:
    story = given(PLAN, OTHER_PLAN, at=START).when(asked(creator_request_id="token"))
    story.then_kinds(SelectionCreated)
    story.when(asked()).then_rejected(AlreadyExists)
    story.when(asked(creator_request_id="token-2")).then_rejected(AlreadyExists)
    assert isinstance(story.rejection, AlreadyExists)
    assert story.rejection.creator_request_id == "token"
    story.when(asked(plan_id="p-2", creator_request_id="token")).then_kinds(SelectionCreated)


def test_a_token_of_another_form_is_refused() -> None:
    create(creator_request_id="no spaces").then_rejected(InvalidParameterValue)


def test_a_selection_is_deleted_once_and_only_through_its_plan() -> None:
    story = given(PLAN, OTHER_PLAN, made(), at=START)
    story.when(DeleteSelection("p-2", "s-1")).then_rejected(InvalidParameterValue)
    story.when(DeleteSelection("p-1", "s-1")).then(SelectionDeleted("s-1"))
    story.when(DeleteSelection("p-1", "s-1")).then_rejected(InvalidParameterValue)
    assert story.world.selections.count(plan_id="p-1") == 0


def test_a_missing_selection_of_a_plan_is_not_found() -> None:
    story = given(PLAN, OTHER_PLAN, made(), at=START)
    for plan_id, selection_id in (("p-1", "s-2"), ("p-2", "s-1")):
        with pytest.raises(ResourceNotFound):
            queries.describe_selection(story.world, plan_id, selection_id)


def test_selections_are_listed_by_plan_and_pages_serve_one_plan() -> None:
    selections = [made(f"s-{n}") for n in range(3)]
    story = given(PLAN, OTHER_PLAN, *selections, made("s-9", plan_id="p-2"), at=START)

    first = queries.list_selections(story.world, "p-1", limit=2, token=None)
    token = write_token(queries.listing("p-1"), first.next_after)
    second = queries.list_selections(story.world, "p-1", limit=2, token=token)

    rows = [selection.selection_id for selection in (*first.rows, *second.rows)]
    assert rows == ["s-0", "s-1", "s-2"]
    assert second.next_after is None
    with pytest.raises(InvalidParameterValue):
        queries.list_selections(story.world, "p-2", limit=2, token=token)
