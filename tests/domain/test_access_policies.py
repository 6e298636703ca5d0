"""Vaults' policies: what can be one, what of it is refused at once, and how it goes."""

import json
from typing import Any

import pytest

from tests.spec import Story, given
from vaultclock.domain.access_policies.commands import DeleteAccessPolicy, PutAccessPolicy
from vaultclock.domain.access_policies.decide import POLICY_BYTES_MAX
from vaultclock.domain.access_policies.events import AccessPolicyRemoved, AccessPolicySet
from vaultclock.domain.access_policies.queries import access_policy_of
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    InvalidParameterValue,
    MissingParameterValue,
    Rejected,
    ResourceNotFound,
)
from vaultclock.domain.policies.words import KEYS, is_action, is_key
from vaultclock.domain.vaults.commands import DeleteVault
from vaultclock.domain.vaults.events import VaultCreated, VaultDeleted

ACCOUNT = "123456789012"
OTHER = "999999999999"
VAULT = VaultCreated("v", None)
SHARED = (
    "The specified policy cannot be added to the vault due to cross-account sharing restrictions."
    " Amend the policy or the vault's settings, then retry request"
)


def statement(**parts: Any) -> dict[str, Any]:
    whole = {"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint"}
    whole |= {"Resource": "*", **parts}
    return {name: part for name, part in whole.items() if part is not None}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]})


def put(text: str | None) -> Story:
    return given(VAULT).when(PutAccessPolicy("v", text))


def test_a_policy_is_kept_as_it_was_sent() -> None:
    text = f" {policy(statement(Sid='keep'))}\n"
    story = put(text).then(AccessPolicySet("v", text))
    assert access_policy_of(story.world, "v").policy == text


def test_a_policy_replaces_the_whole_of_the_one_before() -> None:
    one, two = policy(statement(Sid="one")), policy(statement(Sid="two"))
    story = given(VAULT, AccessPolicySet("v", one)).when(PutAccessPolicy("v", two))
    story.then(AccessPolicySet("v", two))
    assert access_policy_of(story.world, "v").policy == two


def test_the_policy_that_a_vault_has_already_is_no_news() -> None:
    text = policy(statement())
    given(VAULT, AccessPolicySet("v", text)).when(PutAccessPolicy("v", text)).then()


def test_a_policy_is_deleted_and_then_there_is_none() -> None:
    story = given(VAULT, AccessPolicySet("v", policy(statement())))
    story.when(DeleteAccessPolicy("v")).then(AccessPolicyRemoved("v"))
    with pytest.raises(ResourceNotFound) as missing:
        access_policy_of(story.world, "v")
    assert missing.value.message == (
        f"Backup Vault arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:v has no associated POLICY"
    )
    story.when(DeleteAccessPolicy("v")).then_nothing_happened()


def test_policies_stand_in_the_order_of_their_vaults() -> None:
    text = policy(statement())
    facts = [VAULT, VaultCreated("a", None), AccessPolicySet("v", text), AccessPolicySet("a", text)]
    rows = given(*facts).world.access_policies.matching()
    assert [row.vault_name for row in rows] == ["a", "v"]


def test_a_policy_goes_with_its_vault() -> None:
    story = given(VAULT, AccessPolicySet("v", policy(statement())))
    story.when(DeleteVault("v")).then(VaultDeleted("v"), AccessPolicyRemoved("v"))
    assert not story.world.access_policies.rows()


@pytest.mark.parametrize("command", [PutAccessPolicy("x", "{"), DeleteAccessPolicy("x")])
def test_a_missing_vault_is_denied_before_anything_else(command: Any) -> None:
    text = "Insufficient privileges to perform this action."
    given(VAULT).when(command).then_rejected(AccessDenied, text)


def test_a_policy_must_be_given() -> None:
    put(None).then_rejected(MissingParameterValue)


@pytest.mark.parametrize("text", [policy(statement(Sid="x" * POLICY_BYTES_MAX)), "é" * 10_241])
def test_a_policy_that_is_too_large_is_refused(text: str) -> None:
    put(text).then_rejected(
        InvalidParameterValue, "Invalid value for Policy: it has more than 20480 bytes"
    )


def test_a_policy_of_just_the_size_is_taken() -> None:
    put(policy(statement()).ljust(POLICY_BYTES_MAX)).then_kinds(AccessPolicySet)


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[" * POLICY_BYTES_MAX,
        "{}",
        policy(statement(Effect="Refuse")),
        policy(statement(Condition={"StringIs": {"aws:username": "bob"}})),
        policy(statement(Action="backup:DeleteEverything")),
        policy(statement(Action="s3:GetObject")),
        policy(statement(Action="DeleteRecoveryPoint")),
        policy(statement(Condition={"StringEquals": {"aws:PrincipleArn": "a"}})),
        policy(statement(Condition={"StringEquals": {"backup:Colour": "a"}})),
        policy(statement(Condition={"StringEquals": {"username": "a"}})),
        policy(statement(Condition={"StringEquals": {":": "a"}})),
        policy(statement(Condition={"StringEquals": {"aws:ResourceTag/": "a"}})),
        policy(statement(Condition={"StringEquals": {"aws:username": "${aws:nobody}"}})),
        policy(statement(Resource="arn:aws:s3:::${aws:nobody}")),
    ],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    put(text).then_rejected(InvalidParameterValue)


@pytest.mark.parametrize(
    "action", ["*", "backup:*", "backup:Delete*", "backup:?", "backup:DeleteRecoveryPoin?"]
)
@pytest.mark.parametrize("element", ["Action", "NotAction"])
def test_actions_take_no_wildcards(action: str, element: str) -> None:
    story = put(policy(statement(**{"Action": None, element: ["backup:StartBackupJob", action]})))
    story.then_rejected(InvalidParameterValue)
    assert isinstance(story.rejection, Rejected)
    assert "take no wildcards" in story.rejection.message


@pytest.mark.parametrize(
    "principal", [{"AWS": "nobody"}, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}, {"Service": "x"}]
)
@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
def test_a_principal_that_cannot_exist_is_refused_as_terraform_waits_for(
    principal: Any, element: str
) -> None:
    story = put(policy(statement(**{"Principal": None, element: principal})))
    story.then_rejected(InvalidParameterValue)
    assert isinstance(story.rejection, Rejected)
    assert "Provided principal is not valid" in story.rejection.message


COPY = "backup:CopyIntoBackupVault"


@pytest.mark.parametrize(
    "parts",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}, "Action": "backup:DeleteBackupVaultAccessPolicy"},
        {"Principal": {"AWS": OTHER}},
        {"Principal": {"AWS": [ACCOUNT, f"arn:aws:iam::{OTHER}:role/r"]}},
        {"Principal": {"AWS": f"arn:aws:sts::{OTHER}:assumed-role/r/s"}},
        {"Principal": {"Federated": f"arn:aws:iam::{OTHER}:saml-provider/x"}},
        {"Principal": "*", "Action": [COPY, "backup:StartRestoreJob"]},
        {"Principal": "*", "Action": None, "NotAction": COPY},
        {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}},
        {
            "Principal": {"AWS": f"arn:aws:iam::{OTHER}:role/r"},
            "Action": [
                "backup:StartRestoreJob",
                "backup:ListRecoveryPointsByBackupVault",
                "backup:DescribeRecoveryPoint",
                "backup:GetRecoveryPointRestoreMetadata",
            ],
        },
    ],
)
def test_other_accounts_are_allowed_nothing_but_copies_into_a_vault(parts: dict[str, Any]) -> None:
    put(policy(statement(), statement(Effect="Allow", **parts))).then_rejected(AccessDenied, SHARED)


@pytest.mark.parametrize(
    "parts",
    [
        {"Effect": "Deny"},
        {"Effect": "Deny", "Principal": {"AWS": OTHER}},
        {"Principal": {"AWS": ACCOUNT}},
        {
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "backup:DeleteBackupVaultAccessPolicy",
        },
        {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/r"}},
        {"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "backup:StartBackupJob"},
        {"Principal": {"Federated": "accounts.google.com"}},
        {"Principal": {"AWS": OTHER}, "Action": COPY},
        {"Principal": {"AWS": f"arn:aws:iam::{OTHER}:role/r"}, "Action": [COPY]},
        {"Action": "backup:copyintobackupvault"},
        {"Action": COPY, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}},
        {
            "Action": COPY,
            "Condition": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a/r-b/*"}},
        },
    ],
)
def test_what_stays_in_the_account_and_copies_into_the_vault_may_be_allowed(
    parts: dict[str, Any],
) -> None:
    put(policy(statement(**{"Effect": "Allow", **parts}))).then_kinds(AccessPolicySet)


def test_every_documented_condition_key_is_known_in_any_case() -> None:
    keys = {
        "backup:CopyTargets": "a",
        "backup:CopyTargetOrgPaths": "a",
        "backup:ChangeableForDays": "1",
        "backup:MinRetentionDays": "1",
        "backup:MaxRetentionDays": "1",
        "backup:MpaApprovalTeamArn": "a",
        "aws:RequestTag/env": "a",
        "aws:ResourceTag/env": "${aws:PrincipalTag/env}",
        "aws:TagKeys": "a",
        "AWS:PrincipalArn": "a",
        "aws:sourceaccount": "a",
        "kms:ViaService": "a",
    }
    put(policy(statement(Condition={"StringEquals": keys}))).then_kinds(AccessPolicySet)


def test_words_are_told_from_what_is_none() -> None:
    assert is_action("Backup:CopyFromBackupVault")
    assert not is_action("backup:CopyFrom")
    assert all(is_key(key) for key in KEYS)
    assert not any(is_key(key) for key in ("", "aws:", "aws:principaltag", "x:", ":x", "backup:x"))
