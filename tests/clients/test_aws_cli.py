"""The AWS CLI, as a process of its own, from an empty vault to an empty account."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.server import ACCOUNT, REGION, Server
from tests.clients.things import FILES, ROLE, VOLUME, plan, rule, selection

AWS = Path(sys.executable).parent / "aws"
REFUSED = 255  # the exit code of version 1, which PyPI has; version 2 exits with 254


class CommandLine:
    """The ``aws backup`` command line, far from any configuration of whoever runs the tests."""

    def __init__(self, server: Server, home: Path) -> None:
        self._environment = {
            "HOME": str(home),
            "PATH": "",
            "LC_ALL": "C.UTF-8",
            "AWS_ENDPOINT_URL_BACKUP": server.url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command, whatever comes of it."""
        return subprocess.run(
            [sys.executable, str(AWS), "backup", *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def text(self, *words: str) -> str:
        """Run a command that succeeds; answer what it prints."""
        done = self.run(*words)
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout.strip()

    def json(self, *words: str) -> Any:
        """Run a command that succeeds and prints JSON."""
        return json.loads(self.text(*words))

    def picked(self, query: str, *words: str) -> list[str]:
        """Run a command with --query and --output text; answer the words it prints."""
        return self.text(*words, "--query", query, "--output", "text").split()

    def refused(self, code: str, message: str, *words: str) -> None:
        """Run a command that the service refuses, and expect AWS's words on stderr."""
        done = self.run(*words)
        assert done.returncode == REFUSED, done
        assert f"({code})" in done.stderr
        assert done.stderr.rstrip().endswith(message)


@pytest.fixture
def aws(server: Server, tmp_path: Path) -> CommandLine:
    return CommandLine(server, tmp_path)


def of_vault(name: str = "vault") -> tuple[str, str]:
    return ("--backup-vault-name", name)


def test_a_vault_lives_from_its_creation_to_its_deletion(aws: CommandLine) -> None:
    made = aws.json("create-backup-vault", *of_vault(), "--backup-vault-tags", "env=prod,team=a b")
    arn = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:vault"
    created_at = 1_767_225_600.0
    assert made == {
        "BackupVaultName": "vault",
        "BackupVaultArn": arn,
        "CreationDate": created_at,
    }
    aws.refused(
        "AlreadyExistsException",
        "Backup vault with the same name already exists",
        "create-backup-vault",
        *of_vault(),
    )
    aws.text("tag-resource", "--resource-arn", arn, "--tags", '{"env":"test"}')
    aws.text("untag-resource", "--resource-arn", arn, "--tag-key-list", "team")
    assert aws.json("list-tags", "--resource-arn", arn) == {"Tags": {"env": "test"}}
    assert aws.text("delete-backup-vault", *of_vault()) == ""
    aws.refused(
        "AccessDeniedException",
        "Insufficient privileges to perform this action.",
        "describe-backup-vault",
        *of_vault(),
    )


def test_lists_are_read_in_pages(server: Server, aws: CommandLine) -> None:
    client = server.client()
    names = [f"vault-{number}" for number in range(5)]
    for name in names:
        client.create_backup_vault(BackupVaultName=name)
        server.advance(by="1s")
    query = "BackupVaultList[].BackupVaultName"
    assert aws.picked(query, "list-backup-vaults", "--page-size", "2") == names
    first = aws.json("list-backup-vaults", "--page-size", "2", "--max-items", "3")
    assert [vault["BackupVaultName"] for vault in first["BackupVaultList"]] == names[:3]
    token = first["NextToken"]
    rest = aws.picked(query, "list-backup-vaults", "--starting-token", token, "--page-size", "2")
    assert rest == names[3:]
    one = aws.json("list-backup-vaults", "--max-results", "1")  # the service's own paging
    assert len(one["BackupVaultList"]) == 1
    assert "NextToken" in one


def test_a_plan_is_made_from_json_and_assigned_resources(aws: CommandLine, tmp_path: Path) -> None:
    document = plan(rule(Lifecycle={"DeleteAfterDays": 35}))
    asked = tmp_path / "plan.json"
    asked.write_text(json.dumps({"BackupPlan": document, "BackupPlanTags": {"env": "prod"}}))
    (plan_id,) = aws.picked(
        "BackupPlanId", "create-backup-plan", "--cli-input-json", f"file://{asked}"
    )
    of_plan = ("--backup-plan-id", plan_id)
    read = aws.json("get-backup-plan", *of_plan)
    assert read["BackupPlan"]["BackupPlanName"] == "plan"
    assert read["BackupPlan"]["Rules"][0]["Lifecycle"] == {"DeleteAfterDays": 35}
    assert aws.picked("BackupPlansList[*].[BackupPlanId]", "list-backup-plans") == [plan_id]
    assert aws.json("list-tags", "--resource-arn", read["BackupPlanArn"])["Tags"] == {"env": "prod"}

    chosen = ("--backup-selection", json.dumps(selection()))
    (selection_id,) = aws.picked("SelectionId", "create-backup-selection", *of_plan, *chosen)
    of_selection = (*of_plan, "--selection-id", selection_id)
    selected = aws.json("get-backup-selection", *of_selection)["BackupSelection"]
    assert selected["Resources"] == [VOLUME]
    assert selected["Conditions"]["StringLike"] == []
    aws.refused(
        "InvalidRequestException",
        "Related backup plan selections must be deleted prior to backup plan deletion",
        "delete-backup-plan",
        *of_plan,
    )
    assert aws.text("delete-backup-selection", *of_selection) == ""
    assert aws.json("delete-backup-plan", *of_plan)["BackupPlanId"] == plan_id
    assert aws.json("list-backup-plans") == {"BackupPlansList": []}


def test_a_backup_is_made_waited_for_kept_and_deleted(server: Server, aws: CommandLine) -> None:
    server.client().create_backup_vault(BackupVaultName="vault")
    what = ("--resource-arn", FILES, "--iam-role-arn", ROLE)
    tags = ("--recovery-point-tags", "env=prod")
    (job_id,) = aws.picked("BackupJobId", "start-backup-job", *of_vault(), *what, *tags)
    of_job = ("--backup-job-id", job_id)
    states = []
    while "COMPLETED" not in states:
        states += aws.picked("State", "describe-backup-job", *of_job)
        server.advance(by="2s")
    assert states == ["CREATED", "RUNNING", "COMPLETED"]
    job = aws.json("list-backup-jobs", "--by-state", "COMPLETED")["BackupJobs"][0]
    assert (job["BackupJobId"], job["PercentDone"]) == (job_id, "100.0")

    rows = ("list-recovery-points-by-backup-vault", *of_vault())
    (arn,) = aws.picked("RecoveryPoints[].RecoveryPointArn", *rows)
    of_point = (*of_vault(), "--recovery-point-arn", arn)
    kept = aws.json(
        "update-recovery-point-lifecycle", *of_point, "--lifecycle", "DeleteAfterDays=1"
    )
    assert kept["CalculatedLifecycle"] == {"DeleteAt": 1_767_312_000.0}
    read = aws.json("describe-recovery-point", *of_point)
    assert (read["Status"], read["Lifecycle"]) == ("COMPLETED", {"DeleteAfterDays": 1})
    assert aws.picked("Tags.env", "list-tags", "--resource-arn", arn) == ["prod"]
    assert aws.picked("Results[].ResourceArn", "list-protected-resources") == [FILES]
    assert aws.text("delete-recovery-point", *of_point) == ""
    server.advance(by="2s")
    aws.refused(
        "ResourceNotFoundException",
        "Cannot find recovery point.",
        "describe-recovery-point",
        *of_point,
    )
    aws.text("delete-backup-vault", *of_vault())
