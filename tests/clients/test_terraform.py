"""Terraform's AWS provider manages vaults, what protects them, plans and selections.

VAULTCLOCK_TERRAFORM names the binary, VAULTCLOCK_TERRAFORM_MIRROR a folder that is laid out as a
filesystem mirror and holds hashicorp/aws. The calls that the provider makes are replayed without
either in test_terraform_calls.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.server import ACCOUNT, REGION, Server
from tests.clients.things import ROLE, VOLUME

BINARY, MIRROR = "VAULTCLOCK_TERRAFORM", "VAULTCLOCK_TERRAFORM_MIRROR"
NO_CHANGES = 0  # exit codes of plan -detailed-exitcode
VAULT_ARN = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:vault"

CLI = """
provider_installation {{
  filesystem_mirror {{
    path = "{mirror}"
  }}
}}
"""
PROVIDER = """
terraform {{
  required_providers {{
    aws = {{ source = "hashicorp/aws" }}
  }}
}}

provider "aws" {{
  region                      = "{region}"
  access_key                  = "{account}"
  secret_key                  = "secret"
  max_retries                 = 1
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {{
    backup = "{url}"
  }}
}}

"""
MAIN = """
variable "keep_days" {{ type = number }}
variable "team" {{ type = string }}

resource "aws_backup_vault" "this" {{
  name = "vault"
  tags = {{ team = var.team }}
}}

resource "aws_backup_plan" "this" {{
  name = "plan"
  tags = {{ team = var.team }}

  rule {{
    rule_name           = "daily"
    target_vault_name   = aws_backup_vault.this.name
    schedule            = "cron(0 12 * * ? *)"
    recovery_point_tags = {{ team = var.team }}
    lifecycle {{
      delete_after = var.keep_days
    }}
    copy_action {{
      destination_vault_arn = aws_backup_vault.this.arn
      lifecycle {{
        cold_storage_after = 30
        delete_after       = 120
      }}
    }}
  }}

  rule {{
    rule_name                = "continuous"
    target_vault_name        = aws_backup_vault.this.name
    schedule                 = "cron(0 5 ? * * *)"
    enable_continuous_backup = true
    lifecycle {{
      delete_after = 7
    }}
  }}

  advanced_backup_setting {{
    resource_type  = "EC2"
    backup_options = {{ WindowsVSS = "enabled" }}
  }}
}}

resource "aws_backup_selection" "by_arn" {{
  name         = "by-arn"
  plan_id      = aws_backup_plan.this.id
  iam_role_arn = "{role}"
  resources    = ["{volume}"]
}}

resource "aws_backup_selection" "by_tag" {{
  name          = "by-tag"
  plan_id       = aws_backup_plan.this.id
  iam_role_arn  = "{role}"
  resources     = ["*"]
  not_resources = ["arn:aws:s3:::*"]
  selection_tag {{
    type  = "STRINGEQUALS"
    key   = "team"
    value = var.team
  }}
  condition {{
    string_like {{
      key   = "aws:ResourceTag/team"
      value = "d*"
    }}
  }}
}}

data "aws_backup_vault" "this" {{
  name = aws_backup_vault.this.name
}}

data "aws_backup_plan" "this" {{
  plan_id = aws_backup_plan.this.id
}}

output "vault_arn" {{ value = data.aws_backup_vault.this.arn }}
output "version" {{ value = data.aws_backup_plan.this.version }}
"""


PROTECTED = """
variable "longest" {{ type = number }}

resource "aws_backup_vault" "locked" {{
  name = "locked"
}}

resource "aws_backup_vault_lock_configuration" "this" {{
  backup_vault_name   = aws_backup_vault.locked.name
  changeable_for_days = 3
  min_retention_days  = 7
  max_retention_days  = var.longest
}}

resource "aws_backup_logically_air_gapped_vault" "this" {{
  name               = "air-gapped"
  min_retention_days = 7
  max_retention_days = 30
  tags               = {{ team = "data" }}
}}

resource "aws_backup_vault_policy" "this" {{
  backup_vault_name = aws_backup_vault.locked.name
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [{{
      Effect    = "Deny"
      Principal = "*"
      Action    = ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]
      Resource  = "*"
    }}]
  }})
}}

resource "aws_backup_vault_notifications" "this" {{
  backup_vault_name   = aws_backup_vault.locked.name
  sns_topic_arn       = "arn:aws:sns:{region}:{account}:backups"
  backup_vault_events = ["BACKUP_JOB_STARTED", "RESTORE_JOB_COMPLETED"]
}}

output "air_gapped_arn" {{ value = aws_backup_logically_air_gapped_vault.this.arn }}
"""


class Terraform:
    """A Terraform binary in a folder of its own, with nothing of the user's configuration."""

    def __init__(self, folder: Path, server: Server) -> None:
        self._binary = os.environ[BINARY]
        self._folder = folder
        configured = folder / "terraform.rc"
        configured.write_text(CLI.format(mirror=os.environ[MIRROR]))
        self._words = {
            "url": server.url,
            "account": ACCOUNT,
            "region": REGION,
            "role": ROLE,
            "volume": VOLUME,
        }
        self._environment = {
            "HOME": str(folder),
            "PATH": "/usr/bin:/bin",
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(configured),
            "TF_IN_AUTOMATION": "1",
        }

    def init(self, resources: str) -> None:
        """Begin with a configuration."""
        text = (PROVIDER + resources).format(**self._words)
        (self._folder / "main.tf").write_text(text)
        self.run("init", "-input=false", "-no-color")

    def run(self, *words: str) -> str:
        """Run a command that succeeds; answer what it prints."""
        done = subprocess.run(
            [self._binary, *words],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == NO_CHANGES, f"terraform {words}: {done.stdout}{done.stderr}"
        return done.stdout

    def apply(self, **variables: Any) -> dict[str, Any]:
        """Apply, and expect that there is nothing left to do; answer the outputs."""
        given = [f"-var={name}={value}" for name, value in variables.items()]
        self.run("apply", "-auto-approve", "-input=false", "-no-color", *given)
        self.run("plan", "-detailed-exitcode", "-input=false", "-no-color", *given)
        outputs = json.loads(self.run("output", "-json"))
        return {name: output["value"] for name, output in outputs.items()}

    def destroy(self, **variables: Any) -> None:
        """Destroy everything."""
        given = [f"-var={name}={value}" for name, value in variables.items()]
        self.run("destroy", "-auto-approve", "-input=false", "-no-color", *given)


@pytest.fixture
def terraform(tmp_path: Path, server: Server) -> Terraform:
    if not (os.environ.get(BINARY) and os.environ.get(MIRROR)):
        pytest.skip(
            f"Terraform was not tested: {BINARY} must name its binary and {MIRROR} a filesystem"
            " mirror with hashicorp/aws"
        )
    return Terraform(tmp_path, server)


def test_terraform_creates_updates_and_destroys(
    terraform: Terraform, server: Server, client: Any
) -> None:
    terraform.init(MAIN)
    first = terraform.apply(keep_days=35, team="data")
    assert first["vault_arn"] == VAULT_ARN
    assert client.list_tags(ResourceArn=VAULT_ARN)["Tags"] == {"team": "data"}
    (plan,) = client.list_backup_plans()["BackupPlansList"]
    assert plan["VersionId"] == first["version"]
    plan_id = plan["BackupPlanId"]
    before = client.list_backup_selections(BackupPlanId=plan_id)["BackupSelectionsList"]
    assert {row["SelectionName"] for row in before} == {"by-arn", "by-tag"}

    server.advance(by="1h")  # before any rule runs, and leaves points that keep the vault
    second = terraform.apply(keep_days=90, team="dev")
    assert second["version"] != first["version"]
    assert client.list_tags(ResourceArn=VAULT_ARN)["Tags"] == {"team": "dev"}
    read = client.get_backup_plan(BackupPlanId=plan_id)
    kept = {rule["RuleName"]: rule["Lifecycle"] for rule in read["BackupPlan"]["Rules"]}
    assert kept == {"daily": {"DeleteAfterDays": 90}, "continuous": {"DeleteAfterDays": 7}}
    after = client.list_backup_selections(BackupPlanId=plan_id)["BackupSelectionsList"]
    kept_ids = {row["SelectionId"] for row in before} & {row["SelectionId"] for row in after}
    assert len(kept_ids) == 1, "a selection is replaced, never updated"

    terraform.destroy(keep_days=1, team="any")
    assert client.list_backup_plans()["BackupPlansList"] == []
    assert client.list_backup_vaults()["BackupVaultList"] == []


def test_terraform_locks_vaults_and_waits_for_air_gapped_ones(
    terraform: Terraform, server: Server, client: Any
) -> None:
    terraform.init(PROTECTED)
    server.control("PUT", "/clock", {"mode": "running", "rate": 60})  # the provider polls
    made = terraform.apply(longest=365)
    assert made["air_gapped_arn"] == VAULT_ARN.replace(":vault", ":air-gapped")
    air_gapped = client.describe_backup_vault(BackupVaultName="air-gapped")
    assert air_gapped["VaultState"] == "AVAILABLE"
    locked = client.describe_backup_vault(BackupVaultName="locked")
    assert (locked["MinRetentionDays"], locked["MaxRetentionDays"]) == (7, 365)
    assert (locked["LockDate"] - locked["CreationDate"]).days == 3

    terraform.apply(longest=100)
    assert client.describe_backup_vault(BackupVaultName="locked")["MaxRetentionDays"] == 100

    terraform.destroy(longest=100)
    assert client.list_backup_vaults()["BackupVaultList"] == []
