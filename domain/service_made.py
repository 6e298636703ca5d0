"""What AWS itself makes in an account: the console's vault, and what backs up EFS by itself.

Rules that notice the occasion state it; nothing of it is asked for over the wire.
"""

import json
from typing import Any

from vaultclock.domain.access_policies.events import AccessPolicySet
from vaultclock.domain.kernel.engine import Context
from vaultclock.domain.kernel.ids import version_id
from vaultclock.domain.kernel.refusals import AccessDenied
from vaultclock.domain.plan_documents import SCHEDULE_DEFAULT, TIMEZONE_DEFAULT
from vaultclock.domain.plans.events import PlanCreated, PlanDocument, Rule
from vaultclock.domain.plans.queries import plan_of_request, schedule_of
from vaultclock.domain.selections.events import SelectionCreated
from vaultclock.domain.values import Lifecycle, TagCondition, Tags
from vaultclock.domain.vaults.events import VaultCreated
from vaultclock.domain.vaults.queries import managed_key_arn
from vaultclock.domain.world import NO_PRIVILEGES, World

DEFAULT_VAULT = "Default"  # observed: also its token (cloud-custodian)
EFS_VAULT = "aws/efs/automatic-backup-vault"
# Amazon EFS User Guide, automatic backups: the tag is on file systems that have them on
EFS_TAG = TagCondition("aws:elasticfilesystem:default-backup", "enabled")
# observed: an exported account (rule, selection and role), mql 3512 (ids and token)
_EFS_PLAN = "aws/efs/automatic-backup-plan"
_EFS_RULE = "aws/efs/automatic-backup-rule"
_EFS_SELECTION = "aws/efs/automatic-backup-selection"
_EFS_DAYS = 35
_EFS_START_WINDOW_MINUTES, _EFS_COMPLETION_WINDOW_MINUTES = 480, 10_080
# observed: rebuy-de/aws-nuke 1110
_EFS_DENIED = (
    "backup:DeleteBackupVault",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteRecoveryPoint",
    "backup:StartCopyJob",
    "backup:StartRestoreJob",
    "backup:UpdateRecoveryPointLifecycle",
)
_SERVICE_IDS = "aws/"


def service_vault(name: str, token: str, context: Context) -> VaultCreated:
    """State a vault that AWS makes, under the account's ``aws/backup`` key (observed)."""
    return VaultCreated(name, managed_key_arn(context.origin, context.scope), token)


def backs_itself_up(resource_type: str, tags: Tags) -> bool:
    """Tell whether a resource is a file system that has automatic backups on."""
    return resource_type == "EFS" and tags.get(EFS_TAG.key) == EFS_TAG.value


def efs_backups(world: World, context: Context) -> list[Any]:
    """State what is missing of what EFS makes when automatic backups are turned on.

    That is a vault with a policy, a plan and a selection (observed); what is there already stays
    as it is, whatever became of it.
    """
    account, region = context.scope
    token = f"aws/efs/automatic-backup-{account}-{region}"
    facts: list[Any] = []
    if EFS_VAULT not in world.vaults:
        policy = AccessPolicySet(EFS_VAULT, _efs_policy())
        facts += [service_vault(EFS_VAULT, token, context), policy]
    if plan_of_request(world, token) is None:
        facts += _efs_plan(token, context)
    return facts


def _efs_policy() -> str:
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": _EFS_DENIED,
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _efs_plan(token: str, context: Context) -> list[PlanCreated | SelectionCreated]:
    rule = Rule(
        rule_id=context.fresh_id(2),
        name=_EFS_RULE,
        target_vault_name=EFS_VAULT,
        schedule_expression=SCHEDULE_DEFAULT,
        schedule_timezone=TIMEZONE_DEFAULT,
        start_window_minutes=_EFS_START_WINDOW_MINUTES,
        completion_window_minutes=_EFS_COMPLETION_WINDOW_MINUTES,
        lifecycle=Lifecycle(delete_after_days=_EFS_DAYS),
    )
    fire = schedule_of(rule).next_after(context.now)
    assert fire is not None, "it runs every day"
    plan_id = f"aws/efs/{context.fresh_id()}"
    account = context.scope.account
    role = "aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"
    return [
        PlanCreated(
            plan_id,
            version_id(context.fresh_id(1)),
            PlanDocument(_EFS_PLAN, (rule,)),
            token,
            {rule.rule_id: fire},
        ),
        SelectionCreated(
            selection_id=context.fresh_id(3),
            plan_id=plan_id,
            name=_EFS_SELECTION,
            iam_role_arn=f"arn:aws:iam::{account}:role/{role}",
            any_tags=(EFS_TAG,),
            creator_request_id=token,
        ),
    ]


def refuse_service_plan(plan_id: str) -> None:
    """Refuse to delete a plan that AWS made (observed: alchemy, and the console's words)."""
    if plan_id.startswith(_SERVICE_IDS):
        raise AccessDenied(NO_PRIVILEGES)
