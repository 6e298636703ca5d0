"""Backups for logically air-gapped vaults: made there, copied there, or not for them at all."""

from typing import Any

import attrs
import pytest

from tests.spec import HERE, Story, given
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.backup_jobs.state import BackupJob
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.copy_jobs.queries import destination_vault
from vaultclock.domain.copy_jobs.state import CopyJob
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, SECOND, from_iso
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    InvalidParameterValue,
    InvalidRequest,
)
from vaultclock.domain.messages import category_of
from vaultclock.domain.plans.commands import CreatePlan, PlanInput, RuleInput
from vaultclock.domain.recovery_points.commands import DeleteRecoveryPoint
from vaultclock.domain.recovery_points.state import RecoveryPoint
from vaultclock.domain.resources.commands import DeregisterResource, RegisterResource
from vaultclock.domain.selections.commands import CreateSelection
from vaultclock.domain.settings.commands import UpdateRegionSettings
from vaultclock.domain.values import CopyAction, Lifecycle
from vaultclock.domain.vaults.commands import (
    CreateAirGappedVault,
    CreateVault,
    DeleteVault,
    LockVault,
)
from vaultclock.domain.vaults.events import VaultBecameAvailable, VaultCreated

T0 = from_iso("2026-01-01T00:00:00Z")
ACCOUNT = HERE.account
THERE = Scope(ACCOUNT, "eu-west-1")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup"
OURS = f"arn:aws:backup:us-east-1:{ACCOUNT}"
LAG = f"{OURS}:backup-vault:lag"
STANDARD = f"{OURS}:backup-vault:standard"
FAR = f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:far"
KEPT = Lifecycle(None, 14)
FAILED_LIFECYCLE = (
    "Backup job failed because the lifecycle is outside the valid range for backup vault."
)
NOT_SUPPORTED = (
    "Backup job completed successfully to the target backup vault. This resource type is not"
    " supported by logically air-gapped backup vault."
)
COPY_NOT_SUPPORTED = "Feature is not supported for provided resource type."


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{resource}"


FILES = arn("elasticfilesystem", "file-system/fs-1")
VOLUME = arn("ec2", "volume/vol-1")
INSTANCE = arn("ec2", "instance/i-1")
TABLE = arn("dynamodb", "table/things")
DATABASE = arn("rds", "db:orders")
AURORA = arn("rds", "cluster:shop")
BUCKET = "arn:aws:s3:::bucket"
CLUSTER = arn("eks", "cluster/prod")
STACK = arn("cloudformation", "stack/shop/1")
DIRECT = {
    "DSQL": arn("dsql", "cluster/one"),
    "DynamoDB": TABLE,
    "EFS": FILES,
    "S3": BUCKET,
    "Timestream": arn("timestream", "database/one/table/two"),
    "VirtualMachine": arn("backup-gateway", "vm/vm-1"),
}
COPIED = {
    "Aurora": AURORA,
    "EBS": VOLUME,
    "EC2": INSTANCE,
    "FSx": arn("fsx", "file-system/fs-9"),
    "Storage Gateway": arn("storagegateway", "gateway/sgw-1/volume/vol-9"),
}
UNSUPPORTED = {
    "CloudFormation": STACK,
    "FSx volume": arn("fsx", "volume/fs-9/fsvol-9"),
    "RDS": DATABASE,
    "Redshift": arn("redshift", "cluster:one"),
    "Redshift Serverless": arn("redshift-serverless", "namespace/one"),
    "SAP HANA": arn("ssm-sap", "HANA/hdb"),
}


def world() -> Story:
    """A standard vault, an air-gapped one that has its key, and one in another Region."""
    story = given(at=T0)
    story.engine = Engine(start=T0, deletion_lag_hours=0)
    story.engine.handle(CreateVault("standard"), HERE)
    story.engine.handle(CreateAirGappedVault("lag", 7, 365), HERE)
    story.engine.handle(CreateVault("far"), THERE)
    story.engine.advance(T0 + HOUR)
    return story


def start(resource: str = FILES, **fields: Any) -> StartBackupJob:
    given_fields = {"lifecycle": KEPT, "air_gapped_vault_arn": LAG, **fields}
    return StartBackupJob("standard", resource, ROLE, **given_fields)


def backed_up(resource: str = FILES, **fields: Any) -> Story:
    story = world().when(start(resource, **fields))
    assert story.rejection is None
    return story.at(T0 + HOUR + 3 * MINUTE)


def job(story: Story) -> BackupJob:
    jobs = [job for job in story.world.backup_jobs.matching() if job.parent_job_id is None]
    (only,) = jobs
    return only


def copies(story: Story) -> list[CopyJob]:
    return story.world.copy_jobs.matching()


def points(story: Story, vault: str) -> list[RecoveryPoint]:
    return story.world.recovery_points.matching(vault_name=vault)


@pytest.mark.parametrize("resource", DIRECT.values(), ids=DIRECT)
def test_what_is_fully_managed_is_backed_up_into_the_air_gapped_vault_itself(resource: str) -> None:
    story = backed_up(resource)
    assert (job(story).state, job(story).message) == ("COMPLETED", None)
    assert job(story).vault_name == "lag"
    assert points(story, "standard") == []
    (point,) = points(story, "lag")
    assert point.arn.startswith(f"{OURS}:recovery-point:")
    assert point.born.encryption_key_arn == story.world.vault("lag").encryption_key_arn
    assert point.lifecycle == KEPT
    assert copies(story) == []


@pytest.mark.parametrize("resource", COPIED.values(), ids=COPIED)
def test_what_is_not_fully_managed_leaves_a_temporary_point_and_is_copied(resource: str) -> None:
    story = world().when(start(resource)).at(T0 + HOUR + 4 * SECOND)
    assert (job(story).state, job(story).vault_name) == ("COMPLETED", "standard")
    (temporary,) = points(story, "standard")
    assert temporary.lifecycle == Lifecycle(None, 14, delete_after_event="DELETE_AFTER_COPY")
    (copy,) = copies(story)
    assert copy.born.backup_job_id == job(story).job_id
    assert copy.destination_vault_arn == LAG
    story.at(T0 + HOUR + MINUTE)
    assert copies(story)[0].state == "COMPLETED"
    assert points(story, "standard") == []
    (point,) = points(story, "lag")
    assert point.arn.startswith(f"{OURS}:recovery-point:"), "whatever the original was"
    assert point.born.encryption_key_arn == story.world.vault("lag").encryption_key_arn
    assert point.lifecycle == KEPT


@pytest.mark.parametrize("resource", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_what_air_gapped_vaults_do_not_take_stays_in_the_standard_one(resource: str) -> None:
    story = world()
    if resource == STACK:
        story.engine.handle(RegisterResource(STACK, members=(FILES, VOLUME)), HERE)
    story.when(start(resource)).at(T0 + 2 * HOUR)
    ended = job(story)
    assert (ended.state, ended.vault_name) == ("COMPLETED", "standard")
    assert ended.message == NOT_SUPPORTED
    assert ended.category == "LOGICALLY_AIR_GAPPED_BACKUP_VAULT_NOT_SUPPORTED"
    assert {point.lifecycle for point in points(story, "standard")} == {KEPT}
    assert points(story, "lag") == []
    assert copies(story) == []


def test_awss_other_word_for_it_is_filed_alike() -> None:
    message = (
        "Backup job completed successfully to the target backup vault. This resource is encrypted"
        " with an AWS managed key and cannot be copied to a logically air-gapped backup vault."
    )
    assert category_of(message) == "LOGICALLY_AIR_GAPPED_BACKUP_VAULT_NOT_SUPPORTED"


def test_basic_backups_of_tables_stay_in_the_standard_vault() -> None:
    story = world()
    story.engine.handle(UpdateRegionSettings({}, {"DynamoDB": False}), HERE)
    story.when(start(TABLE)).at(T0 + 2 * HOUR)
    assert (job(story).vault_name, job(story).message) == ("standard", NOT_SUPPORTED)


def test_a_cluster_goes_into_the_air_gapped_vault_with_all_that_it_nests() -> None:
    story = world()
    story.engine.handle(RegisterResource(CLUSTER, members=(VOLUME, FILES, BUCKET)), HERE)
    story.when(start(CLUSTER)).at(T0 + 2 * HOUR)
    assert (job(story).state, job(story).message) == ("COMPLETED", None)
    assert points(story, "standard") == []
    nested = points(story, "lag")
    assert len(nested) == 5
    assert all(point.arn.startswith(f"{OURS}:recovery-point:") for point in nested)


@pytest.mark.parametrize("resource", [FILES, VOLUME])
@pytest.mark.parametrize("lifecycle", [None, Lifecycle(None, 6), Lifecycle(None, 366)], ids=str)
def test_a_retention_that_the_air_gapped_vault_refuses_fails_the_job(
    resource: str, lifecycle: Lifecycle | None
) -> None:
    story = backed_up(resource, lifecycle=lifecycle)
    assert (job(story).state, job(story).message) == ("FAILED", FAILED_LIFECYCLE)
    assert points(story, "standard") == points(story, "lag") == []


def test_what_stays_outside_may_be_kept_as_long_as_it_likes() -> None:
    assert job(backed_up(DATABASE, lifecycle=None)).message == NOT_SUPPORTED


def test_the_lock_of_the_standard_vault_counts_for_what_begins_there() -> None:
    for resource, state in ((FILES, "COMPLETED"), (VOLUME, "FAILED"), (DATABASE, "FAILED")):
        story = world().when(LockVault("standard", 30)).when(start(resource))
        assert job(story.at(T0 + 2 * HOUR)).state == state


def test_a_vault_that_is_being_made_takes_no_backup() -> None:
    for resource in (FILES, VOLUME):
        story = world().when(CreateAirGappedVault("new", 7, 365))
        story.when(start(resource, air_gapped_vault_arn=f"{OURS}:backup-vault:new"))
        assert story.rejection is None
        message = job(story.at(T0 + HOUR + MINUTE)).message
        assert message == (
            f"Backup job failed because backup vault {OURS}:backup-vault:new is in state CREATING."
        )


def test_a_vault_that_is_being_made_takes_no_copy() -> None:
    story = world().when(start(air_gapped_vault_arn=None)).at(T0 + HOUR + MINUTE)
    (source,) = points(story, "standard")
    story.when(CreateAirGappedVault("new", 7, 365))
    new = f"{OURS}:backup-vault:new"
    story.when(StartCopyJob("standard", source.arn, new, ROLE)).at(T0 + HOUR + 2 * MINUTE)
    (copy,) = copies(story)
    assert copy.message == f"Copy job failed because backup vault {new} is in state CREATING."
    story.at(T0 + HOUR + 4 * MINUTE).when(StartCopyJob("standard", source.arn, new, ROLE))
    assert copies(story.at(T0 + 2 * HOUR))[-1].state == "COMPLETED"


@pytest.mark.parametrize("resource", [DATABASE, STACK])
def test_a_type_that_air_gapped_vaults_do_not_take_is_not_copied_into_one(resource: str) -> None:
    story = world()
    story.engine.handle(RegisterResource(STACK, members=(FILES,)), HERE)
    story.when(start(resource, air_gapped_vault_arn=None)).at(T0 + HOUR + MINUTE)
    source = job(story).recovery_point_arn
    story.when(StartCopyJob("standard", source, LAG, ROLE)).at(T0 + 2 * HOUR)
    (copy,) = copies(story)
    assert (copy.state, copy.message) == ("FAILED", COPY_NOT_SUPPORTED)
    assert copy.category == "UNSUPPORTED_OPERATION"


def test_a_copy_out_of_an_air_gapped_vault_is_a_snapshot_again() -> None:
    story = backed_up(VOLUME)
    (point,) = points(story, "lag")
    story.when(StartCopyJob("lag", point.arn, STANDARD, ROLE)).at(T0 + 2 * HOUR)
    (copy,) = points(story, "standard")
    assert copy.arn.startswith("arn:aws:ec2:us-east-1::snapshot/")
    assert copy.born.encryption_key_arn is None, "the standard vault has the managed key"


def test_a_temporary_point_whose_copy_failed_stays_until_its_retention_is_over() -> None:
    story = world().when(start(VOLUME)).at(T0 + HOUR + 4 * SECOND)
    story.engine.handle(RegisterResource(VOLUME, fails_with="Cannot snapshot volume"), HERE)
    story.at(T0 + 2 * HOUR)
    assert [copy.state for copy in copies(story)] == ["FAILED"]
    story.at(T0 + HOUR + 14 * DAY - 1)
    assert len(points(story, "standard")) == 1
    story.at(T0 + HOUR + 14 * DAY)
    assert points(story, "standard") == []


def stranded() -> tuple[Story, str]:
    """A temporary point whose copy failed for a reason that has gone."""
    story = world().when(start(VOLUME)).at(T0 + HOUR + 4 * SECOND)
    story.engine.handle(RegisterResource(VOLUME, fails_with="Cannot snapshot volume"), HERE)
    story.at(T0 + 2 * HOUR)
    story.engine.handle(DeregisterResource(VOLUME), HERE)
    (temporary,) = points(story, "standard")
    return story, temporary.arn


def test_a_later_copy_by_hand_takes_a_temporary_point_with_it() -> None:
    story, temporary = stranded()
    story.when(StartCopyJob("standard", temporary, LAG, ROLE)).at(T0 + 3 * HOUR)
    assert points(story, "standard") == []
    assert len(points(story, "lag")) == 1


@pytest.mark.parametrize(("days", "goes"), [(7, False), (14, True), (30, True)])
def test_a_temporary_point_waits_for_a_copy_that_is_kept_as_long(days: int, goes: bool) -> None:
    story, temporary = stranded()
    lifecycle = Lifecycle(None, days)
    story.when(StartCopyJob("standard", temporary, LAG, ROLE, lifecycle=lifecycle))
    story.at(T0 + 3 * HOUR)
    assert (points(story, "standard") == []) is goes


def test_a_temporary_point_does_not_go_with_a_copy_into_another_vault() -> None:
    story, temporary = stranded()
    story.when(StartCopyJob("standard", temporary, FAR, ROLE)).at(T0 + 3 * HOUR)
    assert copies(story)[-1].state == "COMPLETED"
    there = destination_vault(story.world, copies(story)[-1])
    assert there is not None
    assert (there.name, there.is_standard) == ("far", True)
    nowhere = FAR.replace("eu-west-1", "eu-west-9")
    story.when(StartCopyJob("standard", temporary, nowhere, ROLE))
    assert destination_vault(story.world, copies(story)[-1]) is None
    assert len(points(story, "standard")) == 1


def rule(resource_rule: str = "daily", **fields: Any) -> RuleInput:
    fields = {"lifecycle": KEPT, "air_gapped_vault_arn": LAG, **fields}
    return RuleInput(resource_rule, "standard", "cron(0 5 ? * * *)", **fields)


def planned(story: Story, *rules: RuleInput, on: str, name: str = "p") -> None:
    (made,) = story.engine.handle(CreatePlan(PlanInput(name, rules)), HERE)
    story.engine.handle(CreateSelection(made.plan_id, "all", ROLE, resources=(on,)), HERE)


@pytest.mark.parametrize("resource", [FILES, VOLUME])
def test_rules_back_up_into_air_gapped_vaults_and_copy_from_there(resource: str) -> None:
    story = world()
    planned(story, rule(copy_actions=(CopyAction(FAR),)), on=resource)
    story.at(T0 + 6 * HOUR)
    assert [copy.state for copy in copies(story)] == ["COMPLETED"] * len(copies(story))
    assert points(story, "standard") == []
    assert len(points(story, "lag")) == 1
    (far,) = story.engine.world(THERE).recovery_points.matching()
    assert far.lifecycle == KEPT
    sources = [copy.born.source_vault_name for copy in copies(story)]
    assert sources == (["lag"] if resource == FILES else ["standard", "standard"])
    assert all(copy.born.created_by is not None for copy in copies(story))


def test_a_temporary_point_stays_while_other_copies_are_to_come() -> None:
    story = world()
    planned(story, rule(copy_actions=(CopyAction(FAR),)), on=VOLUME)
    story.at(T0 + 5 * HOUR + 8 * SECOND)
    assert [copy.state for copy in copies(story)] == ["COMPLETED", "RUNNING"]
    assert len(points(story, "standard")) == 1
    story.at(T0 + 6 * HOUR)
    assert points(story, "standard") == []


def test_a_rule_fails_while_its_air_gapped_vault_is_missing_or_none() -> None:
    story = world()
    missing = f"{OURS}:backup-vault:missing"
    for name, target, on in (
        ("a", missing, FILES),
        ("b", missing, VOLUME),
        ("c", f"{OURS}:backup-vault:other", TABLE),
        ("d", f"{OURS}:backup-vault:other", INSTANCE),
    ):
        planned(story, rule(air_gapped_vault_arn=target), on=on, name=name)
    story.when(CreateVault("other")).at(T0 + 6 * HOUR)
    messages = {job.resource_arn: job.message for job in story.world.backup_jobs.matching()}
    gone = f"Backup job failed because backup vault {missing} does not exist."
    none = f"Backup job failed because {OURS}:backup-vault:other is no logically air-gapped vault."
    assert messages == {FILES: gone, VOLUME: gone, TABLE: none, INSTANCE: none}


def test_a_rule_that_takes_an_air_gapped_vault_for_a_standard_one_fails() -> None:
    story = world()
    named = RuleInput("daily", "lag", "cron(0 5 ? * * *)", lifecycle=KEPT)
    planned(story, named, on=FILES)
    other = f"{OURS}:backup-vault:other"
    planned(
        story,
        RuleInput("x", "lag", lifecycle=KEPT, air_gapped_vault_arn=other),
        on=VOLUME,
        name="q",
    )
    story.when(CreateAirGappedVault("other", 7, 365)).at(T0 + 6 * HOUR)
    messages = {job.message for job in story.world.backup_jobs.matching()}
    assert messages == {
        f"Backup job failed because {LAG} is a logically air-gapped vault and not named as one."
    }


def test_a_rule_needs_a_standard_vault_beside_the_air_gapped_one() -> None:
    story = world()
    document = PlanInput("p", (RuleInput("r", "lag", air_gapped_vault_arn=LAG),))
    story.when(CreatePlan(document)).then_rejected(InvalidParameterValue)


def continuous(name: str = "pitr", **fields: Any) -> RuleInput:
    return rule(name, continuous=True, **fields)


def test_a_continuous_backup_of_a_bucket_is_in_the_air_gapped_vault() -> None:
    story = world()
    planned(story, continuous(), on=BUCKET)
    story.at(T0 + 30 * HOUR)
    (point,) = points(story, "lag")
    assert (point.status, point.synced is None) == ("AVAILABLE", False)


def test_a_bucket_that_is_continued_elsewhere_fails_for_an_air_gapped_vault() -> None:
    story = world()
    planned(story, continuous(air_gapped_vault_arn=None), on=BUCKET)
    story.at(T0 + 6 * HOUR)
    planned(story, continuous("again"), on=BUCKET, name="later")
    story.at(T0 + 30 * HOUR)
    jobs = {job.vault_name: job for job in story.world.backup_jobs.matching()}
    assert jobs["standard"].state == "COMPLETED"
    assert jobs["lag"].state == "FAILED"
    assert jobs["lag"].message == (
        "Bucket bucket already has continuous backup enabled for another vault Backup job failed."
    )


@pytest.mark.parametrize("fails", [False, True])
def test_a_continuous_cluster_stays_and_its_snapshot_goes_whatever_became_of_it(
    fails: bool,
) -> None:
    story = world()
    planned(story, continuous(), on=AURORA)
    story.at(T0 + 5 * HOUR + 4 * SECOND)
    if fails:
        story.engine.handle(RegisterResource(AURORA, fails_with="Cannot."), HERE)
    story.at(T0 + 6 * HOUR)
    (point,) = points(story, "standard")
    assert (point.status, point.born.is_continuous) == ("AVAILABLE", True)
    assert point.lifecycle == KEPT
    assert len(points(story, "lag")) == (0 if fails else 1)


def test_a_continuous_rule_for_another_vault_sends_a_snapshot() -> None:
    story = world().when(CreateVault("second"))
    planned(story, continuous(air_gapped_vault_arn=None), on=AURORA)
    story.at(T0 + 6 * HOUR)
    later = RuleInput("later", "second", lifecycle=KEPT, continuous=True, air_gapped_vault_arn=LAG)
    planned(story, later, on=AURORA, name="later")
    story.at(T0 + 30 * HOUR)
    assert points(story, "second") == []
    (point,) = points(story, "lag")
    assert not point.born.is_continuous


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"air_gapped_vault_arn": "lag"}, InvalidParameterValue),
        ({"air_gapped_vault_arn": f"{OURS}:recovery-point:lag"}, InvalidParameterValue),
        ({"air_gapped_vault_arn": FAR}, InvalidParameterValue),
        (
            {"air_gapped_vault_arn": f"{OURS}:backup-vault:lag".replace("aws", "aws-cn", 1)},
            InvalidParameterValue,
        ),
        ({"air_gapped_vault_arn": STANDARD}, InvalidParameterValue),
        ({"air_gapped_vault_arn": f"{OURS}:backup-vault:none"}, AccessDenied),
        ({"vault_name": "lag"}, InvalidRequest),
        ({"vault_name": "lag", "air_gapped_vault_arn": None}, InvalidRequest),
        ({"vault_name": "view", "air_gapped_vault_arn": None}, InvalidRequest),
    ],
)
def test_a_request_names_a_standard_and_an_air_gapped_vault_of_its_own_place(
    fields: dict[str, Any], refusal: Any
) -> None:
    view = VaultCreated("view", None, vault_type="RESTORE_ACCESS_BACKUP_VAULT")
    story = given(
        VaultCreated("standard", "k"),
        VaultCreated("lag", None, vault_type="LOGICALLY_AIR_GAPPED_BACKUP_VAULT"),
        view,
        VaultBecameAvailable("view"),
    )
    story.when(attrs.evolve(start(), **fields)).then_rejected(refusal)


def test_nothing_is_backed_up_or_copied_into_a_view_on_another_vault() -> None:
    view = VaultCreated("view", None, vault_type="RESTORE_ACCESS_BACKUP_VAULT")
    story = given(VaultCreated("standard", "k"), view, VaultBecameAvailable("view"), at=T0)
    story.when(start(air_gapped_vault_arn=None)).at(T0 + MINUTE)
    (source,) = points(story, "standard")
    named = f"{OURS}:backup-vault:view"
    story.when(StartCopyJob("standard", source.arn, named, ROLE)).at(T0 + HOUR)
    (copy,) = copies(story)
    assert copy.message == (
        f"Copy job failed because backup vault {named} is a restore access backup vault."
    )


def test_what_an_air_gapped_vault_holds_is_kept_to_the_end_of_its_retention() -> None:
    story = backed_up()
    (point,) = points(story, "lag")
    story.when(DeleteRecoveryPoint("lag", point.arn)).then_rejected(InvalidRequest)
    story.when(DeleteVault("lag")).then_rejected(InvalidRequest)
    story.at(T0 + HOUR + 14 * DAY - 1)
    assert len(points(story, "lag")) == 1
    story.at(T0 + HOUR + 14 * DAY)
    assert points(story, "lag") == []
    story.when(DeleteVault("lag"))
    assert story.rejection is None
