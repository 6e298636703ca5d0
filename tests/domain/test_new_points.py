"""What tags a recovery point gets: those that its job assigns, and those of its source."""

from typing import Any

import pytest

from tests.spec import HERE, Story, given
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.kernel.instants import DAY, SECOND
from vaultclock.domain.plans.commands import CreatePlan, PlanInput, RuleInput
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.selections.commands import CreateSelection
from vaultclock.domain.settings.commands import UpdateRegionSettings
from vaultclock.domain.tags.events import TagsSet
from vaultclock.domain.tags.queries import tags_of
from vaultclock.domain.values import Lifecycle, Tags
from vaultclock.domain.vaults.events import VaultCreated

KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
ROLE = f"arn:aws:iam::{HERE.account}:role/backup"
VOLUME = f"arn:aws:ec2:us-east-1:{HERE.account}:volume/vol-1"
TABLE = f"arn:aws:dynamodb:us-east-1:{HERE.account}:table/things"
STACK = f"arn:aws:cloudformation:us-east-1:{HERE.account}:stack/shop/1"
DATABASE = f"arn:aws:rds:us-east-1:{HERE.account}:db:orders"


def backed_up(arn: str, **fields: Any) -> Story:
    """A resource that was registered as told and is being backed up."""
    story = given(VaultCreated("vault", KEY)).when(RegisterResource(arn, **fields))
    return story.when(StartBackupJob("vault", arn, ROLE, recovery_point_tags={"made": "by hand"}))


def tags(story: Story, arn: str) -> Tags:
    points = story.world.recovery_points.matching(resource_arn=arn)
    (point,) = (point for point in points if point.parent_arn is None)
    return tags_of(story.world, point.arn)


def test_a_point_gets_the_tags_of_its_source_but_for_awss_own() -> None:
    source = {"team": "a", "aws:autoscaling:groupName": "g", "AWS:cloudformation:stack": "s"}
    story = backed_up(VOLUME, tags=source).at(10 * SECOND)
    assert tags(story, VOLUME) == {"made": "by hand", "team": "a"}


def test_tags_that_a_job_assigns_win() -> None:
    story = backed_up(VOLUME, tags={"made": "by nature", "a": ""}).at(10 * SECOND)
    assert tags(story, VOLUME) == {"made": "by hand", "a": ""}


def test_a_point_gets_fifty_tags_assigned_ones_first_and_each_set_by_key() -> None:
    source = {f"k{number:02}": "" for number in reversed(range(60))}
    story = backed_up(VOLUME, tags=source).at(10 * SECOND)
    assert [*tags(story, VOLUME)] == ["made", *(f"k{number:02}" for number in range(49))]


def test_tags_are_those_of_the_moment_when_the_backup_began() -> None:
    story = backed_up(VOLUME, tags={"a": "1"}).at(2 * SECOND)
    story.when(RegisterResource(VOLUME, tags={"a": "2"})).at(10 * SECOND)
    assert tags(story, VOLUME) == {"made": "by hand", "a": "1"}


@pytest.mark.parametrize("managed", [True, False])
def test_a_dynamodb_backup_takes_tags_only_where_it_is_fully_managed(managed: bool) -> None:
    story = given(VaultCreated("vault", KEY)).when(
        UpdateRegionSettings(None, {"DynamoDB": managed})
    )
    story.when(RegisterResource(TABLE, tags={"a": "b"}))
    story.when(StartBackupJob("vault", TABLE, ROLE, recovery_point_tags={"c": "d"})).at(10 * SECOND)
    assert tags(story, TABLE) == ({"c": "d", "a": "b"} if managed else {})


def test_a_composite_gets_the_tags_of_its_stack_and_what_it_groups_those_of_its_own() -> None:
    story = given(VaultCreated("vault", KEY)).when(RegisterResource(VOLUME, tags={"of": "volume"}))
    story.when(RegisterResource(STACK, tags={"of": "stack"}, members=(VOLUME,)))
    story.when(StartBackupJob("vault", STACK, ROLE)).at(10 * SECOND)
    assert tags(story, STACK) == {"of": "stack"}
    (nested,) = story.world.recovery_points.matching(resource_arn=VOLUME)
    assert tags_of(story.world, nested.arn) == {"of": "volume"}


def test_a_continuous_point_follows_the_tags_of_its_source_and_repeats_nothing() -> None:
    story = given(VaultCreated("vault", KEY)).when(RegisterResource(DATABASE, tags={"a": "1"}))
    rule = RuleInput("pitr", "vault", continuous=True, lifecycle=Lifecycle(None, 7))
    story.when(CreatePlan(PlanInput("p", (rule,))))
    (plan,) = story.world.plans.matching()
    story.when(CreateSelection(plan.plan_id, "all", ROLE, resources=(DATABASE,)))
    story.at(2 * DAY)
    (point,) = story.world.recovery_points.matching(resource_arn=DATABASE)
    stated = [fact for fact in story.news if isinstance(fact, TagsSet)]
    assert stated == [TagsSet(point.arn, {"a": "1"})], "once, though there were two runs"
    story.when(RegisterResource(DATABASE, tags={"a": "2"})).at(3 * DAY)
    assert tags(story, DATABASE) == {"a": "2"}
