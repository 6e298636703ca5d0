"""Rules with index actions: which points are indexed, when that is done, and what they then say."""

import pytest

from tests.spec import HERE, Story, given
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.indexing import index_message
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import DAY, HOUR, SECOND, from_iso
from vaultclock.domain.plans.commands import CreatePlan, PlanInput, RuleInput
from vaultclock.domain.recovery_points.commands import DeleteRecoveryPoint
from vaultclock.domain.recovery_points.events import (
    RecoveryPointIndexed,
    RecoveryPointIndexingStarted,
)
from vaultclock.domain.recovery_points.state import RecoveryPoint
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.selections.commands import CreateSelection
from vaultclock.domain.values import CopyAction, IndexAction, Lifecycle
from vaultclock.domain.vaults.commands import CreateAirGappedVault
from vaultclock.domain.vaults.events import VaultCreated

START = from_iso("2026-01-01T00:00:00Z")
FIRST = START + 5 * HOUR  # when the rule fires
DONE = FIRST + 4 * SECOND  # when its jobs end
ROLE = f"arn:aws:iam::{HERE.account}:role/backup"
KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
VOLUME = f"arn:aws:ec2:us-east-1:{HERE.account}:volume/vol-1"
INSTANCE = f"arn:aws:ec2:us-east-1:{HERE.account}:instance/i-1"
STACK = f"arn:aws:cloudformation:us-east-1:{HERE.account}:stack/shop/1"
BUCKET = "arn:aws:s3:::bucket"
THERE = Scope(HERE.account, "eu-west-1")
DR = f"arn:aws:backup:eu-west-1:{HERE.account}:backup-vault:dr"


def planned(*resources: str, indexed: str | None = "EBS", **fields: object) -> Story:
    """A rule with an index action that selects resources by ARN, in two vaults."""
    story = given(
        VaultCreated("vault", KEY), Elsewhere(THERE, VaultCreated("dr", KEY)), at=START
    ).when(RegisterResource(STACK, members=(VOLUME,)))
    actions = None if indexed is None else (IndexAction((indexed,)),)
    rule = RuleInput("daily", "vault", index_actions=actions, **fields)  # type: ignore[arg-type]
    story.when(CreatePlan(PlanInput("p", (rule,))))
    (plan,) = story.world.plans.matching()
    return story.when(CreateSelection(plan.plan_id, "all", ROLE, resources=resources))


def point(story: Story, resource_arn: str = VOLUME) -> RecoveryPoint:
    (only,) = story.world.recovery_points.matching(resource_arn=resource_arn)
    return only


def status(story: Story, resource_arn: str = VOLUME) -> str | None:
    index = point(story, resource_arn).index
    return None if index is None else index.status


def test_a_point_is_indexed_when_its_job_has_ended() -> None:
    story = planned(VOLUME).at(DONE - 1)
    assert status(story) is None
    story.at(DONE)
    arn = point(story).arn
    assert story.news[-1] == RecoveryPointIndexingStarted(arn, DONE + 3 * SECOND)
    assert status(story) == "PENDING"
    assert index_message(point(story)) is None

    story.at(DONE + 3 * SECOND).then(RecoveryPointIndexed(arn))
    assert status(story) == "ACTIVE"
    index = point(story).index
    assert index is not None
    assert (index.started_at, index.completed_at) == (DONE, DONE + 3 * SECOND)
    assert index_message(point(story)) == (
        "An AWS Backup recovery point index was successfully completed. Indexed recovery point"
        f" arn : {arn}"
    )
    assert story.at(FIRST + DAY - 1).news == []


@pytest.mark.parametrize(
    ("resource_arn", "indexed"),
    [(VOLUME, None), (VOLUME, "S3"), (BUCKET, "EBS"), (INSTANCE, "EBS")],
)
def test_only_the_type_that_the_rule_names_is_indexed(
    resource_arn: str, indexed: str | None
) -> None:
    story = planned(resource_arn, indexed=indexed).at(FIRST + HOUR)
    assert status(story, resource_arn) is None
    assert index_message(point(story, resource_arn)) is None


def test_a_backup_on_demand_and_a_nested_one_are_not_indexed() -> None:
    story = planned(STACK).when(StartBackupJob("vault", VOLUME, ROLE)).at(START + HOUR)
    assert status(story) is None
    story.when(DeleteRecoveryPoint("vault", point(story).arn)).at(FIRST + HOUR)
    assert point(story).parent_arn is not None
    assert status(story) is None


def test_a_continuous_point_is_indexed_once_a_day_and_the_snapshot_that_is_copied_is_not() -> None:
    story = planned(
        BUCKET,
        indexed="S3",
        continuous=True,
        lifecycle=Lifecycle(None, 7),
        copy_actions=(CopyAction(DR),),
        schedule_expression="cron(0 5/6 ? * * *)",
        start_window_minutes=60,
    )
    story.at(FIRST + 2 * DAY - 1)
    started = [fact for fact in story.news if isinstance(fact, RecoveryPointIndexingStarted)]
    assert [fact.arn for fact in started] == [point(story, BUCKET).arn] * 2
    assert [fact.ends_at for fact in started] == [DONE + 3 * SECOND, DONE + DAY + 3 * SECOND]
    assert status(story, BUCKET) == "ACTIVE"


@pytest.mark.parametrize(("resource_arn", "indexed"), [(BUCKET, "S3"), (VOLUME, "EBS")])
def test_what_goes_into_an_air_gapped_vault_is_not_indexed(resource_arn: str, indexed: str) -> None:
    story = given(VaultCreated("vault", KEY), at=START - DAY)
    story.when(CreateAirGappedVault("lag", 7, 365)).at(START)
    gap = f"arn:aws:backup:us-east-1:{HERE.account}:backup-vault:lag"
    rule = RuleInput(
        "daily",
        "vault",
        lifecycle=Lifecycle(None, 30),
        air_gapped_vault_arn=gap,
        index_actions=(IndexAction((indexed,)),),
    )
    story.when(CreatePlan(PlanInput("p", (rule,))))
    (plan,) = story.world.plans.matching()
    story.when(CreateSelection(plan.plan_id, "all", ROLE, resources=(resource_arn,)))
    story.at(FIRST + HOUR)
    assert point(story, resource_arn).vault_name == "lag"
    assert status(story, resource_arn) is None


def test_an_index_goes_with_its_point() -> None:
    story = planned(VOLUME).when(RegisterResource(VOLUME)).at(DONE)
    story.when(DeleteRecoveryPoint("vault", point(story).arn)).at(FIRST + HOUR)
    assert story.world.recovery_points.matching(resource_arn=VOLUME) == []
