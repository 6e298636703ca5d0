"""boto3 on the settings of Regions and accounts, and the list of what can be backed up."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.clients.server import ACCOUNT, Server, refused
from tests.clients.things import TABLE, start

OPT_IN = (
    "Element present in resource type opt in preference has invalid values. Please use"
    " describeRegionSettings API to know the supported resource types"
)
FEATURES = ("isCrossAccountBackupEnabled", "isDelegatedAdministratorEnabled", "isMpaEnabled")


def region_settings(client: Any) -> tuple[dict[str, bool], dict[str, bool]]:
    reply = client.describe_region_settings()
    return reply["ResourceTypeOptInPreference"], reply["ResourceTypeManagementPreference"]


def test_a_fresh_region_has_opted_in_to_everything(client: Any) -> None:
    opt_in, management = region_settings(client)
    assert set(opt_in.values()) == {True}
    assert {"EBS", "Redshift Serverless", "SAP HANA on Amazon EC2", "Storage Gateway"} <= {*opt_in}
    assert management == {"DynamoDB": True, "EFS": True}
    assert set(client.get_supported_resource_types()["ResourceTypes"]) == set(opt_in)


def test_only_the_preferences_that_are_named_change(server: Server, client: Any) -> None:
    before, _ = region_settings(client)
    client.update_region_settings(ResourceTypeOptInPreference={"EBS": False})
    client.update_region_settings(ResourceTypeManagementPreference={"DynamoDB": False})
    opt_in, management = region_settings(client)
    assert opt_in == {**before, "EBS": False}
    assert management == {"DynamoDB": False, "EFS": True}
    assert region_settings(server.client(region="eu-west-1")) == (
        before,
        {"DynamoDB": True, "EFS": True},
    )


def test_without_full_management_a_table_has_dynamodbs_own_backups(
    server: Server, client: Any
) -> None:
    client.create_backup_vault(BackupVaultName="vault")
    client.update_region_settings(ResourceTypeManagementPreference={"DynamoDB": False})
    assert "RecoveryPointArn" not in start(client, TABLE)
    server.advance(by="10s")
    (point,) = client.list_recovery_points_by_resource(ResourceArn=TABLE)["RecoveryPoints"]
    assert point["RecoveryPointArn"].startswith(f"{TABLE}/backup/")


def test_a_type_that_the_region_does_not_know_is_refused_in_aws_words(client: Any) -> None:
    with refused("InvalidParameterValueException", OPT_IN):
        client.update_region_settings(
            ResourceTypeOptInPreference={"EBS": False, "Typewriter": True}
        )
    assert region_settings(client)[0]["EBS"] is True


def test_settings_that_name_nothing_that_exists_are_refused(client: Any) -> None:
    with refused("InvalidParameterValueException"):
        client.update_region_settings(ResourceTypeManagementPreference={"Typewriter": True})
    with refused("MissingParameterValueException") as refusal:
        client.update_region_settings()
    assert isinstance(refusal.error, client.exceptions.MissingParameterValueException)


def test_global_settings_are_texts_that_begin_as_false(client: Any) -> None:
    reply = client.describe_global_settings()
    assert reply["GlobalSettings"] == dict.fromkeys(FEATURES, "false")
    assert "LastUpdateTime" in reply


def test_only_the_features_that_are_named_are_switched(server: Server, client: Any) -> None:
    server.advance(by="1h")
    client.update_global_settings(GlobalSettings={"isMpaEnabled": "true"})
    client.update_global_settings(GlobalSettings={"isCrossAccountBackupEnabled": "true"})
    reply = server.client(region="eu-west-1").describe_global_settings()
    assert reply["GlobalSettings"] == {
        "isCrossAccountBackupEnabled": "true",
        "isDelegatedAdministratorEnabled": "false",
        "isMpaEnabled": "true",
    }
    assert reply["LastUpdateTime"] == datetime(2026, 1, 1, 1, tzinfo=UTC)
    other = server.client(account="210987654321").describe_global_settings()
    assert set(other["GlobalSettings"].values()) == {"false"}


@pytest.mark.parametrize(
    "features",
    [{"isOther": "true"}, {"isMpaEnabled": "yes"}, {"isMpaEnabled": "True"}],
    ids=str,
)
def test_a_switch_that_is_none_is_refused(client: Any, features: dict[str, str]) -> None:
    with refused("InvalidParameterValueException"):
        client.update_global_settings(GlobalSettings=features)
    assert set(client.describe_global_settings()["GlobalSettings"].values()) == {"false"}


def test_switching_nothing_is_refused(client: Any) -> None:
    with refused("MissingParameterValueException"):
        client.update_global_settings(GlobalSettings={})
    with refused("MissingParameterValueException"):
        client.update_global_settings()


def test_an_account_in_no_organization_has_no_global_settings(server: Server, client: Any) -> None:
    server.control("PUT", "/organization", {"account": ACCOUNT, "management_account": None})
    words = "Your account is not a member of an organization."
    for ask, members in (
        (client.describe_global_settings, {}),
        (client.update_global_settings, {"GlobalSettings": {"isMpaEnabled": "true"}}),
    ):
        with refused("InvalidRequestException", words) as refusal:
            ask(**members)
        assert refusal.response["Code"] == "ERROR_9601"
        assert isinstance(refusal.error, client.exceptions.InvalidRequestException)


def test_a_member_reads_the_settings_that_its_management_account_makes(
    server: Server, client: Any
) -> None:
    manager = server.client(account="111111111111")
    body = {"account": ACCOUNT, "management_account": "111111111111"}
    server.control("PUT", "/organization", body)
    with refused("InvalidRequestException"):
        client.update_global_settings(GlobalSettings={"isMpaEnabled": "true"})
    manager.update_global_settings(GlobalSettings={"isMpaEnabled": "true"})
    assert client.describe_global_settings()["GlobalSettings"]["isMpaEnabled"] == "true"


def test_a_region_without_the_feature_says_so(server: Server, client: Any) -> None:
    body = {"account": ACCOUNT, "region": "eu-west-1", "cross_account_backup": False}
    server.control("PUT", "/regions", body)
    words = "Feature Cross Account Backup is not available in current region"
    with refused("InvalidRequestException", words) as refusal:
        server.client(region="eu-west-1").describe_global_settings()
    assert refusal.response["Code"] == "ERROR_2502"
    assert client.describe_global_settings()["GlobalSettings"]
