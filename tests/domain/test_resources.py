"""The pretend world of resources: registered ones, and ones that are only named."""

import math
from typing import Any

import pytest

from tests.spec import HERE, Story, given
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.refusals import InvalidParameterValue, ResourceNotFound
from vaultclock.domain.resources import queries
from vaultclock.domain.resources.commands import DeregisterResource, RegisterResource
from vaultclock.domain.resources.decide import (
    JOB_SECONDS_MAX,
    MEMBERS_MAX,
    SIZE_BYTES_MAX,
    TEXT_CHARACTERS_MAX,
)
from vaultclock.domain.resources.events import ResourceDeregistered, ResourceRegistered
from vaultclock.domain.resources.state import Resource

VOLUME = "arn:aws:ec2:us-east-1:123456789012:volume/vol-1"
CLUSTER = "arn:aws:rds:us-east-1:123456789012:cluster:c"
BUCKET = "arn:aws:s3:::bucket"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue"
STACK = "arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1"


def registered(arn: str = VOLUME, **changes: Any) -> ResourceRegistered:
    fields: dict[str, Any] = {
        "arn": arn,
        "resource_type": "EBS",
        "name": None,
        "tags": {},
        "size_bytes": queries.SIZE_BYTES_DEFAULT,
        "daily_change": queries.DAILY_CHANGE_DEFAULT,
        "job_seconds": None,
        "fails_with": None,
    }
    return ResourceRegistered(**{**fields, **changes})


def test_a_resource_is_registered_with_defaults_and_the_type_of_its_arn() -> None:
    given().when(RegisterResource(VOLUME)).then(registered())


def test_a_resource_keeps_everything_said_about_it() -> None:
    said: dict[str, Any] = {
        "name": "data",
        "tags": {"env": "prod", "aws:cloudformation:stack-name": "s"},
        "size_bytes": 0,
        "daily_change": 0.0,
        "job_seconds": 0,
        "fails_with": "Access denied",
        "keeps_points": "The snapshot is locked",
    }
    story = given().when(RegisterResource(VOLUME, **said)).then(registered(**said))
    assert story.world.resources[VOLUME] == Resource(VOLUME, "EBS", **said)
    assert queries.named_resource(story.world, VOLUME) == story.world.resources[VOLUME]


@pytest.mark.parametrize("resource_type", ["Aurora", "DocumentDB", "Neptune"])
def test_clusters_that_share_an_arn_are_told_apart_by_their_type(resource_type: str) -> None:
    story = given().when(RegisterResource(CLUSTER, resource_type))
    story.then(registered(CLUSTER, resource_type=resource_type))


def test_registering_again_replaces_the_whole_resource() -> None:
    story = given(registered(name="old", tags={"a": "1"}, fails_with="No"))
    story.when(RegisterResource(VOLUME, name="new")).then(registered(name="new"))
    assert story.world.resources[VOLUME].tags == {}


def test_registering_the_same_again_is_no_news() -> None:
    story = given(registered(size_bytes=5))
    story.when(RegisterResource(VOLUME, size_bytes=5)).then_nothing_happened()


def test_the_bounds_themselves_are_accepted() -> None:
    said: dict[str, Any] = {
        "size_bytes": SIZE_BYTES_MAX,
        "daily_change": 1,
        "job_seconds": JOB_SECONDS_MAX,
        "name": "n" * TEXT_CHARACTERS_MAX,
        "tags": {"k" * 128: "v" * 256},
    }
    given().when(RegisterResource(VOLUME, **said)).then(registered(**said))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size_bytes", -1),
        ("size_bytes", SIZE_BYTES_MAX + 1),
        ("daily_change", -0.01),
        ("daily_change", 1.01),
        ("daily_change", math.nan),
        ("job_seconds", -1),
        ("job_seconds", JOB_SECONDS_MAX + 1),
        ("fails_with", ""),
        ("fails_with", "  "),
        ("fails_with", "x" * (TEXT_CHARACTERS_MAX + 1)),
        ("keeps_points", " "),
        ("name", ""),
        ("resource_type", "Floppy"),
        ("resource_type", "RDS"),
    ],
)
def test_a_refused_value_is_named(field: str, value: object) -> None:
    story = given().when(RegisterResource(VOLUME, **{field: value}))  # type: ignore[arg-type]
    story.then_rejected(InvalidParameterValue)
    assert story.rejection is not None
    assert field in story.rejection.message


@pytest.mark.parametrize("tags", [{"": "x"}, {"k" * 129: "x"}, {"k": "v" * 257}])
def test_tags_of_a_resource_have_sane_lengths(tags: dict[str, str]) -> None:
    given().when(RegisterResource(VOLUME, tags=tags)).then_rejected(InvalidParameterValue)


UNNAMEABLE = [
    ("vol-1", None),
    ("arn:aws:ec2:us-east-1:123456789012:volume/*", None),
    ("arn:aws:ec2:us-east-1:123456789012:volume/vol-?", None),
    (
        "arn:aws:lambda:us-east-1:123456789012:function:f",
        "Unsupported resource type: arn:aws:lambda:us-east-1:123456789012:function:f",
    ),
    (
        "arn:aws:ec2:us-east-1::snapshot/snap-1",
        "Unsupported resource type: arn:aws:ec2:us-east-1::snapshot/snap-1",
    ),
]


@pytest.mark.parametrize(("arn", "message"), UNNAMEABLE)
def test_what_cannot_be_backed_up_is_neither_registered_nor_found(
    arn: str, message: str | None
) -> None:
    story = given().when(RegisterResource(arn)).then_rejected(InvalidParameterValue, message)
    with pytest.raises(InvalidParameterValue):
        queries.named_resource(story.world, arn)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:ec2:eu-west-1:123456789012:volume/vol-1",
        "arn:aws:ec2:us-east-1:999999999999:volume/vol-1",
    ],
)
def test_a_resource_is_registered_where_it_lives_and_nowhere_else(arn: str) -> None:
    given().when(RegisterResource(arn)).then_rejected(InvalidParameterValue)


def test_a_bucket_lives_wherever_it_is_registered() -> None:
    story = given(scope=Scope("999999999999", "eu-west-1")).when(RegisterResource(BUCKET))
    story.then(registered(BUCKET, resource_type="S3"))


@pytest.mark.parametrize("members", [(), (VOLUME, BUCKET, QUEUE)])
def test_a_stack_keeps_what_it_nests_whether_it_can_be_backed_up_or_not(
    members: tuple[str, ...],
) -> None:
    story = given().when(RegisterResource(STACK, members=members))
    story.then(registered(STACK, resource_type="CloudFormation", members=members))
    assert story.world.resources[STACK].members == members


def test_only_a_composite_has_members() -> None:
    cluster = RegisterResource("arn:aws:eks:us-east-1:123456789012:cluster/c", members=(VOLUME,))
    given().when(cluster).then_kinds(ResourceRegistered)
    story = given().when(RegisterResource(VOLUME, members=()))
    story.then_rejected(
        InvalidParameterValue,
        "Invalid members: only resources of type CloudFormation or EKS have any",
    )


@pytest.mark.parametrize(
    "members",
    [
        ("no-arn",),
        (STACK,),
        ("arn:aws:ec2:us-east-1:123456789012:volume/*",),
        ("arn:aws:ec2:us-east-1:123456789012:volume/vol-?",),
        ("arn:aws:ec2:eu-west-1:123456789012:volume/vol-1",),
        ("arn:aws:ec2:us-east-1:999999999999:volume/vol-1",),
        (VOLUME, VOLUME),
        tuple(f"{VOLUME}{number}" for number in range(MEMBERS_MAX + 1)),
    ],
)
def test_members_are_other_resources_of_the_same_account_and_region(
    members: tuple[str, ...],
) -> None:
    story = given().when(RegisterResource(STACK, members=members))
    story.then_rejected(InvalidParameterValue)
    assert story.rejection is not None
    assert "members" in story.rejection.message


def test_a_deregistered_resource_is_gone() -> None:
    story = given(registered()).when(DeregisterResource(VOLUME)).then(ResourceDeregistered(VOLUME))
    assert VOLUME not in story.world.resources


def test_only_a_registered_resource_can_be_deregistered() -> None:
    given().when(DeregisterResource(VOLUME)).then_rejected(ResourceNotFound)


def test_a_named_resource_exists_even_when_nobody_registered_it() -> None:
    assert queries.named_resource(given().world, VOLUME) == Resource(
        arn=VOLUME,
        resource_type="EBS",
        name=None,
        tags={},
        size_bytes=10 * 1024**3,
        daily_change=0.02,
        job_seconds=None,
        fails_with=None,
    )


@pytest.mark.parametrize(
    ("arn", "scope"),
    [
        ("arn:aws:ec2:eu-west-1:999999999999:volume/v", Scope("999999999999", "eu-west-1")),
        ("arn:aws:ec2:eu-west-1::volume/v", Scope(HERE.account, "eu-west-1")),
        (BUCKET, HERE),
        ("not-an-arn", HERE),
    ],
)
def test_a_resource_lives_where_its_arn_says(arn: str, scope: Scope) -> None:
    assert queries.scope_of(arn, HERE) == scope


def listed() -> Story:
    return given(*(registered(f"{VOLUME}{letter}") for letter in "cab"))


def test_resources_are_listed_by_arn_and_in_pages() -> None:
    world = listed().world
    first = queries.list_resources(world, limit=2, token=None)
    token = write_token(queries.LISTING, first.next_after)
    second = queries.list_resources(world, limit=2, token=token)
    assert [resource.arn for resource in first.rows] == [VOLUME + "a", VOLUME + "b"]
    assert [resource.arn for resource in second.rows] == [VOLUME + "c"]
    assert second.next_after is None


def test_the_types_that_can_be_backed_up_are_those_of_aws() -> None:
    assert queries.supported_types() == [
        "Aurora",
        "CloudFormation",
        "DocumentDB",
        "DSQL",
        "DynamoDB",
        "EBS",
        "EC2",
        "EFS",
        "EKS",
        "FSx",
        "Neptune",
        "RDS",
        "Redshift",
        "Redshift Serverless",
        "S3",
        "SAP HANA on Amazon EC2",
        "Storage Gateway",
        "Timestream",
        "VirtualMachine",
    ]
