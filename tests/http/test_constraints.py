"""restJson1, requests: the model's constraints, and those that AWS does not enforce."""

import re
import time
from typing import Any

import pytest

from tests.http.requests import PLAN, VAULT, plan, read
from vaultclock.adapters.http import model
from vaultclock.adapters.http.errors import SerializationError
from vaultclock.domain.kernel.refusals import InvalidParameterValue, MissingParameterValue


@pytest.mark.parametrize(
    ("name", "labels", "query", "body", "path"),
    [
        ("CreateBackupPlan", {}, "", {}, "BackupPlan"),
        ("CreateBackupPlan", {}, "", {"BackupPlan": None}, "BackupPlan"),
        (
            "CreateBackupPlan",
            {},
            "",
            {"BackupPlan": {"BackupPlanName": "p", "Rules": [{"TargetBackupVaultName": "v"}]}},
            "BackupPlan.Rules[0].RuleName",
        ),
        (
            "CreateBackupPlan",
            {},
            "",
            plan(CopyActions=[{}]),
            "BackupPlan.Rules[2].CopyActions[0].DestinationBackupVaultArn",
        ),
        ("DescribeBackupVault", {"backupVaultName": ""}, "", b"", "BackupVaultName"),
        ("CancelLegalHold", {"legalHoldId": "h"}, "", b"", "CancelDescription"),
        ("StartBackupJob", {}, "", b"", "BackupVaultName"),
    ],
)
def test_a_required_member_that_is_absent_null_or_an_empty_label_is_missing(
    name: str, labels: dict[str, str], query: str, body: Any, path: str
) -> None:
    with pytest.raises(MissingParameterValue) as refused:
        read(name, labels, query, body)
    assert refused.value.message == f"Missing value for {path}: it is required"


def test_a_plan_rule_without_its_vault_is_refused_in_the_observed_words() -> None:
    body = {"BackupPlan": {"BackupPlanName": "p", "Rules": [{"RuleName": "r"}]}}
    with pytest.raises(InvalidParameterValue) as refused:
        read("CreateBackupPlan", body=body)
    assert refused.value.message == "Error in some rules due to: Backup vault name is null"


@pytest.mark.parametrize(
    ("name", "labels", "query", "body", "said"),
    [
        ("ListBackupVaults", {}, "maxResults=0", b"", "MaxResults: it must be between 1 and 1000"),
        ("ListBackupVaults", {}, "maxResults=1001", b"", "MaxResults: it must be between 1 and"),
        ("ListBackupVaults", {}, "vaultType=X", b"", "ByVaultType: it must be one of BACKUP_VAULT"),
        ("ListBackupJobs", {}, "state=completed", b"", "ByState: it must be one of CREATED, "),
        ("GetBackupPlan", PLAN, "MaxScheduledRunsPreview=11", b"", "between 0 and 10"),
        (
            "CreateBackupVault",
            {"backupVaultName": "a.b"},
            "",
            b"",
            "BackupVaultName: it must match",
        ),
        ("CreateBackupVault", {"backupVaultName": "ab\n"}, "", b"", "BackupVaultName: it must mat"),
        ("CreateBackupVault", {"backupVaultName": "a"}, "", b"", "BackupVaultName: it must match"),
        (
            "CreateLogicallyAirGappedBackupVault",
            {"backupVaultName": "a/b"},
            "",
            {"MinRetentionDays": 7, "MaxRetentionDays": 8},
            "BackupVaultName: it must match",
        ),
        (
            "CreateRestoreAccessBackupVault",
            {},
            "",
            {"SourceBackupVaultArn": "a", "BackupVaultName": "a/b"},
            "BackupVaultName: it must match",
        ),
        (
            "CreateBackupSelection",
            {"backupPlanId": "p"},
            "",
            {"BackupSelection": {"SelectionName": "a b", "IamRoleArn": "r"}},
            "BackupSelection.SelectionName: it must match ^[a-zA-Z0-9\\-\\_\\.]{1,50}$",
        ),
        (
            "CreateBackupPlan",
            {},
            "",
            plan(ScanActions=[{"ScanMode": "SLOW"}]),
            "BackupPlan.Rules[2].ScanActions[0].ScanMode: it must be one of FULL_SCAN, INCREMENTAL",
        ),
        (
            "StartBackupJob",
            {},
            "",
            {
                "BackupVaultName": "v",
                "ResourceArn": "r",
                "IamRoleArn": "i",
                "BackupOptions": {"Windows VSS": "enabled"},
            },
            "BackupOptions.Windows VSS: it must match",
        ),
        (
            "StartBackupJob",
            {},
            "",
            {
                "BackupVaultName": "v",
                "ResourceArn": "r",
                "IamRoleArn": "i",
                "BackupOptions": {"WindowsVSS": ""},
            },
            "BackupOptions.WindowsVSS: it must match",
        ),
        (
            "CreateFramework",
            {},
            "",
            {"FrameworkName": "f", "FrameworkDescription": " ", "FrameworkControls": []},
            "FrameworkDescription: it must match",
        ),
        (
            "CreateFramework",
            {},
            "",
            {"FrameworkName": "f" * 257, "FrameworkControls": []},
            "FrameworkName: it must have between 1 and 256 characters",
        ),
        (
            "CreateFramework",
            {},
            "",
            {
                "FrameworkName": "f",
                "FrameworkControls": [
                    {"ControlName": "c", "ControlScope": {"ComplianceResourceIds": []}}
                ],
            },
            "FrameworkControls[0].ControlScope.ComplianceResourceIds: it must have between 1 and",
        ),
        (
            "CreateBackupAccessPoint",
            {},
            "",
            {
                "Name": "access-point",
                "RecoveryPointArn": "arn:aws:backup:us-east-1:1:recovery-point:a",
                "Tags": {"k" * 129: "v"},
            },
            "it must have between 1 and 128 characters",
        ),
        (
            "CreateTieringConfiguration",
            {},
            "",
            {
                "TieringConfiguration": {
                    "TieringConfigurationName": "t",
                    "BackupVaultName": "*",
                    "ResourceSelection": [
                        {"Resources": ["*"], "TieringDownSettingsInDays": 59, "ResourceType": "S3"}
                    ],
                }
            },
            "ResourceSelection[0].TieringDownSettingsInDays: it must be between 60 and 36500",
        ),
    ],
)
def test_a_value_outside_the_models_constraints_is_invalid_naming_the_member(
    name: str, labels: dict[str, str], query: str, body: Any, said: str
) -> None:
    with pytest.raises(InvalidParameterValue) as refused:
        read(name, labels, query, body)
    assert said in refused.value.message
    assert refused.value.message.startswith("Invalid value for ")


@pytest.mark.parametrize(
    ("name", "labels", "query", "body"),
    [
        ("DescribeBackupVault", {"backupVaultName": "aws/efs/automatic-backup-vault"}, "", b""),
        ("GetBackupVaultAccessPolicy", {"backupVaultName": "aws/efs/vault"}, "", b""),
        ("ListBackupJobs", {}, "accountId=*&resourceType=Storage+Gateway&backupVaultName=a/b", b""),
        ("ListBackupJobSummaries", {}, "AccountId=ANY&ResourceType=AGGREGATE_ALL&State=ANY", b""),
        ("CreateBackupPlan", {}, "", plan(TargetBackupVaultName="Random Backups")),
        (
            "PutBackupVaultNotifications",
            VAULT,
            "",
            {"SNSTopicArn": "t", "BackupVaultEvents": ["BACKUP_JOB_STARTED", "ODD"]},
        ),
        ("CreateBackupPlan", {}, "", plan(RuleName="aws/efs/automatic-backup-rule")),
        (
            "UpdateRegionSettings",
            {},
            "",
            {"ResourceTypeOptInPreference": {"SAP HANA on Amazon EC2": True}},
        ),
        (
            "CreateFramework",
            {},
            "",
            {"FrameworkName": "f", "FrameworkDescription": "a\nb", "FrameworkControls": []},
        ),
    ],
)
def test_constraints_that_aws_does_not_enforce_are_not_enforced(
    name: str, labels: dict[str, str], query: str, body: Any
) -> None:
    read(name, labels, query, body)


def test_lengths_count_characters_and_not_bytes() -> None:
    body = {"FrameworkName": "f", "FrameworkControls": []}
    read("CreateFramework", body=body | {"FrameworkDescription": "\N{GRINNING FACE}" * 1024})
    with pytest.raises(InvalidParameterValue):
        read("CreateFramework", body=body | {"FrameworkDescription": "é" * 1025})


def test_types_are_judged_before_constraints_wherever_they_stand() -> None:
    body = {"BackupPlan": {"Rules": [{"RuleName": "a b"}]}, "CreatorRequestId": 1}
    with pytest.raises(SerializationError, match="CreatorRequestId must be a string"):
        read("CreateBackupPlan", body=body)
    with pytest.raises(SerializationError, match="MaxResults must be"):
        read("ListBackupVaults", query="vaultType=X&maxResults=x")


def test_what_is_missing_is_said_before_what_is_invalid_in_one_structure() -> None:
    with pytest.raises(MissingParameterValue):
        read("CreateFramework", body={"FrameworkName": "not valid"})


def test_no_pattern_of_the_model_is_slower_than_linear() -> None:
    size = 100_000
    hard = ["a" * size, " " * size, "-" * size, ":" * size, "arn:aws" + "a" * size]
    hard += ["arn:aws:" + "a" * size, "arn:aws:a:" + "a:" * size, "\n" * size, "a-" * size]
    patterns = {model.shape(name).pattern for name in model.shape_names()} - {None}
    started = time.perf_counter()
    for pattern in patterns:
        for text in hard:
            re.compile(str(pattern), re.ASCII | re.DOTALL).fullmatch(text + "\n!")
    assert time.perf_counter() - started < 5
