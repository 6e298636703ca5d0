"""What AWS makes by itself: the console's vault, and what backs up EFS automatically."""

import json
from typing import Any

import pytest

from tests.spec import HERE, Story, given
from vaultclock.domain.access_policies.commands import DeleteAccessPolicy, PutAccessPolicy
from vaultclock.domain.access_policies.events import AccessPolicySet
from vaultclock.domain.kernel.instants import DAY, HOUR, from_iso
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    InvalidParameterValue,
)
from vaultclock.domain.plans.commands import (
    CreatePlan,
    DeletePlan,
    PlanInput,
    RuleInput,
    UpdatePlan,
)
from vaultclock.domain.plans.events import PlanCreated, PlanUpdated
from vaultclock.domain.plans.state import Plan
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.resources.commands import DeregisterResource, RegisterResource
from vaultclock.domain.resources.events import ResourceRegistered
from vaultclock.domain.selections.events import SelectionCreated
from vaultclock.domain.vaults.commands import DeleteVault, OpenConsole
from vaultclock.domain.vaults.events import VaultCreated
from vaultclock.domain.vaults.queries import managed_key_arn

START = from_iso("2026-01-01T00:00:00Z")
FILES = f"arn:aws:elasticfilesystem:us-east-1:{HERE.account}:file-system/fs-1"
TABLE = f"arn:aws:dynamodb:us-east-1:{HERE.account}:table/things"
VAULT = "aws/efs/automatic-backup-vault"
VAULT_ARN = f"arn:aws:backup:us-east-1:{HERE.account}:backup-vault:{VAULT}"
ON = {"aws:elasticfilesystem:default-backup": "enabled"}
OFF = {"aws:elasticfilesystem:default-backup": "disabled"}
MADE = (VaultCreated, AccessPolicySet, PlanCreated, SelectionCreated)


# the console's vault -----------------------------------------------------------------------------


def test_a_new_account_has_no_vault_before_the_console_is_opened() -> None:
    story = given()
    assert not len(story.world.vaults)
    key_arn = managed_key_arn(story.engine.origin, HERE)
    story.when(OpenConsole()).then(VaultCreated("Default", key_arn, "Default"))
    story.when(OpenConsole()).then_nothing_happened()


def test_the_console_leaves_a_vault_alone_that_somebody_made_under_its_name() -> None:
    key_arn = "arn:aws:kms:us-east-1:123456789012:key/mine"
    story = given(VaultCreated("Default", key_arn))
    story.when(OpenConsole()).then_nothing_happened()


def test_the_console_makes_its_vault_again_when_it_was_deleted() -> None:
    story = given().when(OpenConsole()).when(DeleteVault("Default"))
    story.news  # noqa: B018 - look, so that what follows is new
    story.when(OpenConsole()).then_kinds(VaultCreated)


# automatic backups of EFS ------------------------------------------------------------------------


def turned_on() -> Story:
    story = given(at=START).when(RegisterResource(FILES, tags=ON))
    story.then_kinds(ResourceRegistered, *MADE)
    return story


def only_plan(story: Story) -> Plan:
    (plan,) = story.world.plans.matching()
    return plan


def test_a_file_system_with_automatic_backups_brings_vault_policy_plan_and_selection() -> None:
    story = turned_on()
    world = story.world
    token = "aws/efs/automatic-backup-123456789012-us-east-1"
    vault = world.vaults[VAULT]
    assert vault.encryption_key_arn == managed_key_arn(story.engine.origin, HERE)
    assert json.loads(world.access_policies[VAULT].policy)["Statement"] == [
        {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": [
                "backup:DeleteBackupVault",
                "backup:DeleteBackupVaultAccessPolicy",
                "backup:DeleteRecoveryPoint",
                "backup:StartCopyJob",
                "backup:StartRestoreJob",
                "backup:UpdateRecoveryPointLifecycle",
            ],
            "Resource": "*",
        }
    ]
    plan = only_plan(story)
    assert plan.plan_id.startswith("aws/efs/")
    assert (plan.name, plan.creator_request_id) == ("aws/efs/automatic-backup-plan", token)
    (rule,) = plan.current.document.rules
    assert (rule.name, rule.target_vault_name) == ("aws/efs/automatic-backup-rule", VAULT)
    assert (rule.schedule_expression, rule.schedule_timezone) == ("cron(0 5 ? * * *)", "Etc/UTC")
    assert (rule.start_window_minutes, rule.completion_window_minutes) == (480, 10_080)
    assert rule.lifecycle is not None
    assert rule.lifecycle.delete_after_days == 35
    (selection,) = world.selections.matching(plan_id=plan.plan_id)
    assert selection.name == "aws/efs/automatic-backup-selection"
    assert selection.iam_role_arn == (
        "arn:aws:iam::123456789012:role/aws-service-role/backup.amazonaws.com"
        "/AWSServiceRoleForBackup"
    )


@pytest.mark.parametrize("tags", [{}, OFF, {"env": "enabled"}])
def test_without_automatic_backups_nothing_comes_along(tags: dict[str, str]) -> None:
    given().when(RegisterResource(FILES, tags=tags)).then_kinds(ResourceRegistered)


def test_the_tag_means_nothing_on_what_is_no_file_system() -> None:
    given().when(RegisterResource(TABLE, tags=ON)).then_kinds(ResourceRegistered)


def test_it_comes_along_once() -> None:
    story = turned_on()
    story.when(RegisterResource(FILES, tags=ON)).then_nothing_happened()
    story.when(RegisterResource(f"{FILES}0", tags=ON)).then_kinds(ResourceRegistered)
    story.when(RegisterResource(FILES, tags=OFF)).then_kinds(ResourceRegistered)
    story.when(DeregisterResource(f"{FILES}0"))
    assert len(story.world.plans) == len(story.world.vaults) == 1


def test_its_plan_backs_up_who_has_them_on_for_35_days() -> None:
    story = turned_on().at(START + 6 * HOUR)
    (point,) = story.world.recovery_points.matching()
    assert (point.vault_name, point.resource_arn) == (VAULT, FILES)
    assert point.delete_at == START + 5 * HOUR + 35 * DAY
    story.when(RegisterResource(FILES, tags=OFF)).at(START + 10 * DAY)
    assert len(story.world.recovery_points) == 1, "nobody has them on any more"
    story.at(START + 36 * DAY)
    assert not len(story.world.recovery_points)


# what its policy denies --------------------------------------------------------------------------


def denied(action: str, resource_arn: str = VAULT_ARN) -> str:
    return (
        f"User: arn:aws:iam::123456789012:root is not authorized to perform: backup:{action} on"
        f" resource: {resource_arn} with an explicit deny in a resource-based policy"
    )


def test_its_policy_refuses_what_would_take_it_away() -> None:
    story = turned_on().at(START + 6 * HOUR)
    (point,) = story.world.recovery_points.matching()
    commands: list[tuple[Any, str]] = [
        (DeleteVault(VAULT), denied("DeleteBackupVault")),
        (DeleteAccessPolicy(VAULT), denied("DeleteBackupVaultAccessPolicy")),
        (DeleteRecoveryPoint(VAULT, point.arn), denied("DeleteRecoveryPoint", point.arn)),
        (
            UpdateRecoveryPointLifecycle(VAULT, point.arn),
            denied("UpdateRecoveryPointLifecycle", point.arn),
        ),
    ]
    for command, message in commands:
        story.when(command)
        assert isinstance(story.rejection, AccessDenied)
        assert story.rejection.message == message


def test_whoever_replaces_its_policy_can_delete_it_and_it_comes_back_with_its_policy() -> None:
    story = turned_on()
    allowed = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{HERE.account}:root"},
                "Action": "backup:DeleteBackupVaultAccessPolicy",
                "Resource": "*",
            }
        ],
    }
    for command in (
        PutAccessPolicy(VAULT, json.dumps(allowed)),
        DeleteAccessPolicy(VAULT),
        DeleteVault(VAULT),
    ):
        assert story.when(command).rejection is None
    assert VAULT not in story.world.vaults
    story.news  # noqa: B018 - look, so that what follows is new
    story.when(RegisterResource(FILES, tags=ON)).then_kinds(VaultCreated, AccessPolicySet)


def test_its_plan_cannot_be_deleted() -> None:
    story = turned_on()
    story.when(DeletePlan(only_plan(story).plan_id))
    story.then_rejected(AccessDenied, "Insufficient privileges to perform this action.")
    story.when(CreatePlan(PlanInput("mine", (RuleInput("daily", VAULT),))))
    (mine,) = (plan for plan in story.world.plans.matching() if plan.name == "mine")
    story.when(DeletePlan(mine.plan_id))
    assert story.rejection is None


def changed(name: str, *rules: RuleInput) -> PlanInput:
    return PlanInput(name, rules)


def test_its_plan_can_be_edited_and_keeps_its_names() -> None:
    story = turned_on()
    plan = only_plan(story)
    (rule,) = plan.current.document.rules
    weekly = RuleInput(rule.name, VAULT, "cron(0 5 ? * SUN *)")
    story.when(UpdatePlan(plan.plan_id, changed(plan.name, weekly))).then_kinds(PlanUpdated)
    (kept,) = only_plan(story).current.document.rules
    assert (kept.rule_id, kept.schedule_expression) == (rule.rule_id, "cron(0 5 ? * SUN *)")
    story.when(UpdatePlan(plan.plan_id, changed("plain", RuleInput("plain", VAULT))))
    story.then_kinds(PlanUpdated)
    for document in (changed(plan.name, weekly), changed("plain", weekly)):
        story.when(UpdatePlan(plan.plan_id, document)).then_rejected(InvalidParameterValue)


def test_nobody_else_has_such_names() -> None:
    story = turned_on()
    for document in (
        changed("aws/efs/automatic-backup-plan", RuleInput("daily", VAULT)),
        changed("p", RuleInput("aws/efs/automatic-backup-rule", VAULT)),
    ):
        story.when(CreatePlan(document)).then_rejected(InvalidParameterValue)
