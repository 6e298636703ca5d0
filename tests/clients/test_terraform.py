"""Terraform's AWS provider manages vault, plan and selection. Needs a binary and a mirror.

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
MAIN = """
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


class Terraform:
    """A Terraform binary in a folder of its own, with nothing of the user's configuration."""

    def __init__(self, folder: Path, server: Server) -> None:
        self._binary = os.environ[BINARY]
        self._folder = folder
        configured = folder / "terraform.rc"
        configured.write_text(CLI.format(mirror=os.environ[MIRROR]))
        text = MAIN.format(url=server.url, account=ACCOUNT, region=REGION, role=ROLE, volume=VOLUME)
        (folder / "main.tf").write_text(text)
        self._environment = {
            "HOME": str(folder),
            "PATH": "/usr/bin:/bin",
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(configured),
            "TF_IN_AUTOMATION": "1",
        }

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

    def destroy(self) -> None:
        """Destroy everything."""
        given = ("-var=keep_days=1", "-var=team=any")
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
    terraform.run("init", "-input=false", "-no-color")
    first = terraform.apply(keep_days=35, team="data")
    assert first["vault_arn"] == VAULT_ARN
    assert client.list_tags(ResourceArn=VAULT_ARN)["Tags"] == {"team": "data"}
    (plan,) = client.list_backup_plans()["BackupPlansList"]
    assert plan["VersionId"] == first["version"]
    plan_id = plan["BackupPlanId"]
    before = client.list_backup_selections(BackupPlanId=plan_id)["BackupSelectionsList"]
    assert {row["SelectionName"] for row in before} == {"by-arn", "by-tag"}

    server.advance(by="1d")
    second = terraform.apply(keep_days=90, team="dev")
    assert second["version"] != first["version"]
    assert client.list_tags(ResourceArn=VAULT_ARN)["Tags"] == {"team": "dev"}
    read = client.get_backup_plan(BackupPlanId=plan_id)
    kept = {rule["RuleName"]: rule["Lifecycle"] for rule in read["BackupPlan"]["Rules"]}
    assert kept == {"daily": {"DeleteAfterDays": 90}, "continuous": {"DeleteAfterDays": 7}}
    after = client.list_backup_selections(BackupPlanId=plan_id)["BackupSelectionsList"]
    kept_ids = {row["SelectionId"] for row in before} & {row["SelectionId"] for row in after}
    assert len(kept_ids) == 1, "a selection is replaced, never updated"

    terraform.destroy()
    assert client.list_backup_plans()["BackupPlansList"] == []
    assert client.list_backup_vaults()["BackupVaultList"] == []
