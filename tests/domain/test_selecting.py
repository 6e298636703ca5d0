"""What selections select when their plan runs: ARNs, wildcards, tags, conditions, opt-in."""

import re
from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from tests.domain.plan_examples import made as plan
from tests.spec import HERE, Story, given
from vaultclock.domain.resource_types import OPT_IN_IS_NEVER_OVERRIDDEN
from vaultclock.domain.resources.events import ResourceRegistered
from vaultclock.domain.selections.commands import CreateSelection, DeleteSelection
from vaultclock.domain.selections.events import SelectionCreated
from vaultclock.domain.selections.queries import selected
from vaultclock.domain.settings.commands import UpdateRegionSettings
from vaultclock.domain.values import Conditions, TagCondition

ROLE = f"arn:aws:iam::{HERE.account}:role/backup"
EC2 = f"arn:aws:ec2:us-east-1:{HERE.account}"
RDS = f"arn:aws:rds:us-east-1:{HERE.account}"
VOLUME, OTHER_VOLUME, INSTANCE = f"{EC2}:volume/vol-1", f"{EC2}:volume/vol-2", f"{EC2}:instance/i-1"
DATABASE, CLUSTER = f"{RDS}:db:orders", f"{RDS}:cluster:orders"
TABLE = f"arn:aws:dynamodb:us-east-1:{HERE.account}:table/things"
FILES = f"arn:aws:fsx:us-east-1:{HERE.account}:file-system/fs-1"
BUCKET = "arn:aws:s3:::logs"
TYPES = {
    VOLUME: "EBS",
    OTHER_VOLUME: "EBS",
    INSTANCE: "EC2",
    DATABASE: "RDS",
    CLUSTER: "Aurora",
    TABLE: "DynamoDB",
    FILES: "FSx",
    BUCKET: "S3",
}


def registered(arn: str, tags: dict[str, str] | None = None, type_: str = "") -> ResourceRegistered:
    return ResourceRegistered(arn, type_ or TYPES[arn], None, tags or {}, 1, 0, None, None)


def assigned(selection_id: str = "s-1", role: str = ROLE, **fields: Any) -> SelectionCreated:
    return SelectionCreated(selection_id, "p-1", selection_id, role, **fields)


def chosen(story: Story, plan_id: str = "p-1") -> list[str]:
    return [resource.arn for resource, _ in selected(story.world, plan_id)]


def everything(*resources: ResourceRegistered, **fields: Any) -> list[str]:
    """What one selection selects of these resources, or of one of each type."""
    world = resources or tuple(registered(arn) for arn in TYPES)
    return chosen(given(plan(), *world, assigned(**fields)))


def tagged(key: str, value: str) -> TagCondition:
    return TagCondition(f"aws:ResourceTag/{key}", value)


def test_an_arn_without_wildcards_exists_whether_or_not_it_is_registered() -> None:
    story = given(plan(), registered(VOLUME, {"a": "b"}), assigned(resources=(TABLE, VOLUME)))
    found = {resource.arn: resource for resource, _ in selected(story.world, "p-1")}
    assert [*found] == [TABLE, VOLUME]
    assert (found[TABLE].resource_type, found[TABLE].tags) == ("DynamoDB", {})
    assert found[VOLUME].tags == {"a": "b"}


def test_what_is_named_and_what_is_found_stand_together_by_arn() -> None:
    found = everything(registered(OTHER_VOLUME), resources=(VOLUME, "arn:aws:ec2:*", TABLE))
    assert found == [TABLE, VOLUME, OTHER_VOLUME]


def test_wildcards_and_tags_find_only_what_is_registered() -> None:
    assert everything(registered(VOLUME), resources=(f"{EC2}:volume/*",)) == [VOLUME]
    story = given(plan(), assigned(resources=("*",)), assigned("s-2", any_tags=(tagged("a", "b"),)))
    assert chosen(story) == []


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("*", sorted(TYPES)),
        ("arn:aws:ec2:*", [INSTANCE, VOLUME, OTHER_VOLUME]),
        ("arn:aws:ec2:*:*:volume/*", [VOLUME, OTHER_VOLUME]),
        ("arn:aws:ec2:*:*:volume/vol-1", [VOLUME]),
        ("arn:aws:ec2:us-east-1:*:volume/vol-1*", [VOLUME]),
        ("arn:aws:ec2:*:*:*", [INSTANCE, VOLUME, OTHER_VOLUME]),
        ("arn:aws:rds:*:*:db:*", [DATABASE]),
        ("arn:aws:s3:::*", [BUCKET]),
        ("arn:aws:s3:*", [BUCKET]),
        (f"{EC2}:volume/vol-9*", []),
        ("arn:aws:ec2:*:999999999999:volume/*", []),
    ],
)
def test_a_wildcard_stands_for_one_field_or_for_all_that_follows(
    pattern: str, matches: list[str]
) -> None:
    assert everything(resources=(pattern,)) == matches


def test_what_stands_around_wildcards_is_taken_literally() -> None:
    table = TABLE.replace("things", "a.b")
    other = TABLE.replace("things", "axb")
    pair = registered(table, type_="DynamoDB"), registered(other, type_="DynamoDB")
    assert everything(*pair, resources=(f"{table}*",)) == [table]


def test_any_of_the_tags_selects() -> None:
    world = (
        registered(VOLUME, {"backup": "daily"}),
        registered(OTHER_VOLUME, {"backup": "weekly", "stage": "prod"}),
        registered(INSTANCE, {"Backup": "daily"}),
        registered(TABLE),
    )
    wanted = (TagCondition("backup", "daily"), TagCondition("stage", "prod"))
    assert everything(*world, any_tags=wanted) == [VOLUME, OTHER_VOLUME]


def test_resources_or_tags_select_unless_a_condition_or_an_exception_takes_out() -> None:
    """The last of the documented examples: resources or tags, and conditions, and not others."""
    world = (
        registered(VOLUME, {"stage": "prod", "backup": "daily"}),
        registered(OTHER_VOLUME, {"stage": "test", "backup": "daily"}),
        registered(INSTANCE, {"stage": "prod", "backup": "daily"}),
        registered(TABLE, {"stage": "prod"}),
        registered(DATABASE, {"stage": "prod"}),
    )
    found = everything(
        *world,
        resources=(TABLE,),
        any_tags=(TagCondition("backup", "daily"),),
        conditions=Conditions(string_equals=(tagged("stage", "prod"),)),
        not_resources=("arn:aws:ec2:*:*:instance/*",),
    )
    assert found == [TABLE, VOLUME]


@pytest.mark.parametrize(
    "exception", [VOLUME, "arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*", "*", f"{EC2}:volume/vol-1*"]
)
def test_an_exception_outweighs_all_else(exception: str) -> None:
    assert everything(registered(VOLUME), resources=(VOLUME,), not_resources=(exception,)) == []


def test_exceptions_may_be_arns_and_patterns_together() -> None:
    left = everything(resources=("arn:aws:ec2:*",), not_resources=(VOLUME, f"{EC2}:instance/*"))
    assert left == [OTHER_VOLUME]


EQUALS = Conditions(string_equals=(tagged("k", "v"),))
DIFFERS = Conditions(string_not_equals=(tagged("k", "v"),))
LIKE = Conditions(string_like=(tagged("k", "prod*"),))
UNLIKE = Conditions(string_not_like=(tagged("k", "prod*"),))


@pytest.mark.parametrize(
    ("conditions", "tags", "holds"),
    [
        (EQUALS, {"k": "v"}, True),
        (EQUALS, {"k": "V"}, False),
        (EQUALS, {}, False),
        (DIFFERS, {"k": "v"}, False),
        (DIFFERS, {"k": "w"}, True),
        (DIFFERS, {}, True),
        (LIKE, {"k": "prod"}, True),
        (LIKE, {"k": "production"}, True),
        (LIKE, {"k": "prod server"}, False),
        (LIKE, {"k": "preprod"}, False),
        (LIKE, {}, False),
        (UNLIKE, {"k": "production"}, False),
        (UNLIKE, {"k": "prod server"}, True),
        (UNLIKE, {}, True),
        (Conditions(string_like=(tagged("k", "*"),)), {"k": ""}, True),
        (Conditions(string_like=(tagged("k", "*"),)), {}, False),
        (Conditions(string_like=(tagged("k", "a*c*e"),)), {"k": "abcde"}, True),
        (Conditions(string_like=(tagged("k", "a.c"),)), {"k": "abc"}, False),
        (Conditions(string_equals=(tagged("k", "v"), tagged("l", "w"))), {"k": "v"}, False),
        (
            Conditions(string_equals=(tagged("k", "v"),), string_not_like=(tagged("l", "*"),)),
            {"k": "v"},
            True,
        ),
    ],
)
def test_all_conditions_must_hold_and_negative_ones_do_without_the_tag(
    conditions: Conditions, tags: dict[str, str], holds: bool
) -> None:
    found = everything(registered(VOLUME, tags), resources=("*",), conditions=conditions)
    assert found == ([VOLUME] if holds else [])


def test_conditions_count_for_resources_that_are_only_named() -> None:
    story = given(
        plan(),
        assigned("s-1", resources=(VOLUME,), conditions=EQUALS),
        assigned("s-2", resources=(TABLE,), conditions=DIFFERS),
    )
    assert chosen(story) == [TABLE]


def left_out(types: set[str], *selections: SelectionCreated) -> list[str]:
    story = given(plan(), *(registered(arn, {"a": "b"}) for arn in TYPES), *selections)
    return chosen(story.when(UpdateRegionSettings(dict.fromkeys(types, False))))


def test_tags_everything_and_whole_services_honour_the_opt_in_of_a_region() -> None:
    by_tags = assigned(any_tags=(TagCondition("a", "b"),))
    assert left_out({"EBS", "S3"}, by_tags) == sorted({*TYPES} - {VOLUME, OTHER_VOLUME, BUCKET})
    assert left_out({"EBS", "S3"}, assigned(resources=("*",))) == left_out({"EBS", "S3"}, by_tags)
    assert left_out({"EBS"}, assigned(resources=("arn:aws:ec2:*",))) == [INSTANCE]
    assert left_out({"EBS"}, assigned(resources=("arn:aws:ec2:*:*:*",))) == [INSTANCE]
    assert left_out({"S3"}, assigned(resources=("arn:aws:s3:*",))) == []


@pytest.mark.parametrize(
    ("text", "type_", "arn"),
    [
        ("arn:aws:ec2:*:*:instance/*", "EC2", INSTANCE),
        (INSTANCE, "EC2", INSTANCE),
        ("arn:aws:s3:::*", "S3", BUCKET),
        ("arn:aws:rds:*:*:db:*", "RDS", DATABASE),
    ],
)
def test_naming_a_type_overrides_the_opt_in(text: str, type_: str, arn: str) -> None:
    assert left_out({type_}, assigned(resources=(text,))) == [arn]
    both = assigned(resources=(text,), any_tags=(TagCondition("a", "b"),))
    assert arn in left_out({type_}, both)


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("arn:aws:rds:*:*:cluster:*", "Aurora"),
        (CLUSTER, "Aurora"),
        ("arn:aws:fsx:*:*:file-system/*", "FSx"),
    ],
)
def test_types_that_share_their_arns_need_the_opt_in_all_the_same(text: str, type_: str) -> None:
    assert left_out({type_}, assigned(resources=(text,))) == []
    assert len(left_out({"S3"}, assigned(resources=(text,)))) == 1
    assert {"Aurora", "DocumentDB", "Neptune", "FSx"} == OPT_IN_IS_NEVER_OVERRIDDEN


def test_a_registered_type_counts_and_not_what_its_arn_looks_like() -> None:
    story = given(
        plan(),
        registered(CLUSTER, type_="Neptune"),
        assigned(resources=("arn:aws:rds:*:*:cluster:*",)),
    )
    assert chosen(story.when(UpdateRegionSettings({"Aurora": False}))) == [CLUSTER]
    assert chosen(story.when(UpdateRegionSettings({"Neptune": False}))) == []


def test_a_resource_that_two_selections_select_is_the_older_ones() -> None:
    roles = [f"arn:aws:iam::{HERE.account}:role/{name}" for name in ("one", "two")]
    story = given(plan(), registered(VOLUME), registered(TABLE))
    story.engine.advance(1)
    story.when(CreateSelection("p-1", "one", roles[0], resources=(VOLUME,)))
    story.engine.advance(2)
    story.when(CreateSelection("p-1", "two", roles[1], resources=("*",)))
    found = {resource.arn: each.iam_role_arn for resource, each in selected(story.world, "p-1")}
    assert found == {VOLUME: roles[0], TABLE: roles[1]}

    oldest = story.world.selections.matching(plan_id="p-1")[0]
    story.when(DeleteSelection("p-1", oldest.selection_id))
    found = {resource.arn: each.iam_role_arn for resource, each in selected(story.world, "p-1")}
    assert found == {VOLUME: roles[1], TABLE: roles[1]}


def test_a_plan_selects_with_its_own_selections_only() -> None:
    story = given(plan(), plan(plan_id="p-2"), assigned(resources=(VOLUME,)))
    assert chosen(story, "p-2") == []


def test_a_question_mark_is_no_wildcard() -> None:
    story = given(plan()).when(CreateSelection("p-1", "all", ROLE, resources=(f"{VOLUME}?",)))
    assert story.rejection is not None


TAGS = st.dictionaries(st.sampled_from("kl"), st.sampled_from(["", "a", "ab", "a b"]))
PATTERNS = st.sampled_from(["a", "*", "a*", "*b", "a*b", ""])
CONDITIONS = st.lists(st.builds(tagged, st.sampled_from("kl"), PATTERNS), max_size=2).map(tuple)
ARNS = st.lists(
    st.sampled_from([VOLUME, TABLE, "*", "arn:aws:ec2:*", "arn:aws:ec2:*:*:volume/*", BUCKET]),
    max_size=3,
).map(tuple)
WANTED = st.lists(
    st.builds(TagCondition, st.sampled_from("kl"), st.sampled_from(["a", "ab"])), max_size=2
).map(tuple)


@generated(
    tags=st.lists(TAGS, min_size=8, max_size=8),
    resources=ARNS,
    exceptions=ARNS,
    wanted=WANTED,
    conditions=st.builds(Conditions, CONDITIONS, CONDITIONS, CONDITIONS, CONDITIONS),
)
def test_what_is_selected_is_what_the_documented_formula_says(
    tags: list[dict[str, str]],
    resources: tuple[str, ...],
    exceptions: tuple[str, ...],
    wanted: tuple[TagCondition, ...],
    conditions: Conditions,
) -> None:
    """Written once more, the plain way: ((ARNs or tags) and all conditions) and no exception."""
    of = dict(zip(TYPES, tags, strict=True))

    def like(text: str, pattern: str, any_: str) -> bool:
        return re.fullmatch(re.escape(pattern).replace(r"\*", any_), text) is not None

    def named(arn: str, texts: tuple[str, ...]) -> bool:
        return any(like(arn, text, ".*") for text in texts)

    def meets(arn: str) -> bool:
        has = {f"aws:ResourceTag/{key}": value for key, value in of[arn].items()}
        return (
            all(has.get(c.key) == c.value for c in conditions.string_equals)
            and all(has.get(c.key) != c.value for c in conditions.string_not_equals)
            and all(
                c.key in has and like(has[c.key], c.value, r"\S*") for c in conditions.string_like
            )
            and not any(
                c.key in has and like(has[c.key], c.value, r"\S*")
                for c in conditions.string_not_like
            )
        )

    expected = [
        arn
        for arn in sorted(TYPES)
        if (named(arn, resources) or any(of[arn].get(w.key) == w.value for w in wanted))
        and meets(arn)
        and not named(arn, exceptions)
    ]
    world = tuple(registered(arn, of[arn]) for arn in TYPES)
    found = everything(
        *world,
        resources=resources,
        not_resources=exceptions,
        any_tags=wanted,
        conditions=conditions,
    )
    assert found == expected
