"""boto3 on tags of vaults, plans and recovery points."""

from typing import Any

import pytest

from tests.clients.server import ACCOUNT, REGION, Server, refused
from tests.clients.things import FILES, VOLUME, backed_up, plan, start


@pytest.fixture
def vault_arn(client: Any) -> str:
    arn: str = client.create_backup_vault(
        BackupVaultName="vault", BackupVaultTags={"env": "prod", "team": ""}
    )["BackupVaultArn"]
    return arn


def tags(client: Any, arn: str) -> Any:
    return client.list_tags(ResourceArn=arn)["Tags"]


def test_tags_are_added_overwritten_and_removed(client: Any, vault_arn: str) -> None:
    assert tags(client, vault_arn) == {"env": "prod", "team": ""}
    client.tag_resource(ResourceArn=vault_arn, Tags={"env": "test", "Ümlaut": "a b/c=d"})
    assert tags(client, vault_arn) == {"env": "test", "team": "", "Ümlaut": "a b/c=d"}
    client.untag_resource(ResourceArn=vault_arn, TagKeyList=["team", "unknown"])
    assert tags(client, vault_arn) == {"env": "test", "Ümlaut": "a b/c=d"}
    client.untag_resource(ResourceArn=vault_arn, TagKeyList=["env", "Ümlaut"])
    assert tags(client, vault_arn) == {}


def test_plans_have_tags_of_their_own(client: Any) -> None:
    made = client.create_backup_plan(BackupPlan=plan(), BackupPlanTags={"env": "prod"})
    assert tags(client, made["BackupPlanArn"]) == {"env": "prod"}
    client.tag_resource(ResourceArn=made["BackupPlanArn"], Tags={"env": "test"})
    assert tags(client, made["BackupPlanArn"]) == {"env": "test"}
    client.delete_backup_plan(BackupPlanId=made["BackupPlanId"])
    with refused("ResourceNotFoundException"):
        tags(client, made["BackupPlanArn"])


def test_a_jobs_tags_are_its_recovery_points(server: Server, client: Any, vault_arn: str) -> None:
    assert vault_arn
    job = start(client, FILES, RecoveryPointTags={"env": "prod"})
    server.advance(by="1m")
    arn = job["RecoveryPointArn"]
    assert tags(client, arn) == {"env": "prod"}
    client.tag_resource(ResourceArn=arn, Tags={"kept": "yes"})
    assert tags(client, arn) == {"env": "prod", "kept": "yes"}
    client.delete_recovery_point(BackupVaultName="vault", RecoveryPointArn=arn)
    server.advance(by="1m")
    with refused("ResourceNotFoundException", "Cannot find recovery point.") as refusal:
        tags(client, arn)
    assert refusal.response["Code"] == "ERROR_2603"


def test_only_what_aws_backup_manages_can_be_tagged_here(
    server: Server, client: Any, vault_arn: str
) -> None:
    assert vault_arn
    (snapshot,) = backed_up(server, VOLUME)
    for arn in (snapshot, VOLUME, "no ARN"):
        with refused("InvalidParameterValueException"):
            client.tag_resource(ResourceArn=arn, Tags={"env": "prod"})
        with refused("InvalidParameterValueException"):
            client.untag_resource(ResourceArn=arn, TagKeyList=["env"])


def test_a_new_vault_does_not_inherit_the_tags_of_an_old_one(client: Any, vault_arn: str) -> None:
    client.delete_backup_vault(BackupVaultName="vault")
    with refused("ResourceNotFoundException"):
        tags(client, vault_arn)
    client.create_backup_vault(BackupVaultName="vault")
    assert tags(client, vault_arn) == {}


def test_tags_are_read_in_pages_although_boto3_has_no_paginator(
    client: Any, vault_arn: str
) -> None:
    wanted = {f"key-{number}": str(number) for number in range(48)}
    client.tag_resource(ResourceArn=vault_arn, Tags=wanted)
    assert not client.can_paginate("list_tags")
    read: dict[str, str] = {}
    page = client.list_tags(ResourceArn=vault_arn, MaxResults=20)
    while "NextToken" in page:
        assert len(page["Tags"]) == 20
        read |= page["Tags"]
        page = client.list_tags(ResourceArn=vault_arn, MaxResults=20, NextToken=page["NextToken"])
    assert read | page["Tags"] == {**wanted, "env": "prod", "team": ""}
    with refused("LimitExceededException"):
        client.tag_resource(ResourceArn=vault_arn, Tags={"one": "too many"})
    client.tag_resource(ResourceArn=vault_arn, Tags={"env": "not one more"})


@pytest.mark.parametrize(
    "asked",
    [{"aws:reserved": "x"}, {"AWS:reserved": "x"}, {"": "x"}, {"k" * 129: "x"}, {"k": "v" * 257}],
    ids=["reserved", "reserved in capitals", "no key", "long key", "long value"],
)
def test_a_tag_that_aws_does_not_take_is_refused(
    client: Any, vault_arn: str, asked: dict[str, str]
) -> None:
    with refused("InvalidParameterValueException"):
        client.tag_resource(ResourceArn=vault_arn, Tags=asked)
    assert tags(client, vault_arn) == {"env": "prod", "team": ""}


@pytest.mark.parametrize(
    "thing",
    ["backup-vault:missing", "backup-plan:missing", "recovery-point:missing", "cupboard:vault"],
)
def test_what_is_not_there_has_no_tags(client: Any, thing: str) -> None:
    arn = f"arn:aws:backup:{REGION}:{ACCOUNT}:{thing}"
    for ask, members in (
        (client.list_tags, {}),
        (client.tag_resource, {"Tags": {"env": "prod"}}),
        (client.untag_resource, {"TagKeyList": ["env"]}),
    ):
        with refused("ResourceNotFoundException") as refusal:
            ask(ResourceArn=arn, **members)
        assert isinstance(refusal.error, client.exceptions.ResourceNotFoundException)
