"""Settings: what a Region has opted in to, and what an account has switched on."""

import pytest

from tests.spec import HERE, given
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.refusals import InvalidParameterValue, MissingParameterValue
from vaultclock.domain.kernel.tables import Window
from vaultclock.domain.resource_types import RESOURCE_TYPES
from vaultclock.domain.settings import queries
from vaultclock.domain.settings.commands import UpdateGlobalSettings, UpdateRegionSettings
from vaultclock.domain.settings.events import GlobalSettingsUpdated, RegionSettingsChanged
from vaultclock.domain.world import ACCOUNT_WIDE

ACCOUNT = Scope(HERE.account, ACCOUNT_WIDE)
ALL_TYPES = {row.name: True for row in RESOURCE_TYPES}
ALL_OFF = {
    "isCrossAccountBackupEnabled": False,
    "isDelegatedAdministratorEnabled": False,
    "isMpaEnabled": False,
}


def test_a_region_begins_opted_in_to_every_type() -> None:
    world = given().world
    assert queries.opt_in_preferences(world) == ALL_TYPES
    assert queries.opted_out(world) == set()


def test_a_region_begins_with_exactly_two_types_to_manage_fully() -> None:
    world = given().world
    assert queries.management_preferences(world) == {"DynamoDB": True, "EFS": True}
    assert queries.fully_managed_dynamodb(world)


def test_an_update_changes_only_the_types_it_names() -> None:
    story = given().when(UpdateRegionSettings(opt_in={"EBS": False}))
    story.then(RegionSettingsChanged({"EBS": False}, {}))
    assert queries.opt_in_preferences(story.world) == {**ALL_TYPES, "EBS": False}
    assert queries.opted_out(story.world) == {"EBS"}
    assert queries.management_preferences(story.world) == {"DynamoDB": True, "EFS": True}


def test_later_updates_keep_what_earlier_ones_set() -> None:
    story = given(RegionSettingsChanged({"EBS": False}, {"DynamoDB": False}))
    story.when(UpdateRegionSettings({"S3": False}, {"DSQL": True})).then(
        RegionSettingsChanged({"S3": False}, {"DSQL": True})
    )
    assert queries.opt_in_preferences(story.world) == {**ALL_TYPES, "EBS": False, "S3": False}
    assert queries.management_preferences(story.world) == {
        "DynamoDB": False,
        "EFS": True,
        "DSQL": True,
    }
    assert not queries.fully_managed_dynamodb(story.world)


def test_an_update_states_only_what_really_changes() -> None:
    story = given(RegionSettingsChanged({"EBS": False}, {}))
    story.when(UpdateRegionSettings({"EBS": False, "EC2": False, "RDS": True}))
    story.then(RegionSettingsChanged({"EC2": False}, {}))


@pytest.mark.parametrize(
    "update",
    [
        UpdateRegionSettings(opt_in={"EBS": True}),
        UpdateRegionSettings(management={"DynamoDB": True, "EFS": True}),
        UpdateRegionSettings(opt_in={}),
        UpdateRegionSettings(management={}),
    ],
)
def test_an_update_that_changes_nothing_is_no_news(update: UpdateRegionSettings) -> None:
    given().when(update).then_nothing_happened()


def test_efs_stays_fully_managed_whatever_is_asked() -> None:
    given().when(UpdateRegionSettings(management={"EFS": False})).then_nothing_happened()


def test_a_region_knows_only_its_resource_types() -> None:
    story = given().when(UpdateRegionSettings({"EBS": False, "Glacier": True}, {"DynamoDB": False}))
    story.then_rejected(
        InvalidParameterValue,
        "Element present in resource type opt in preference has invalid values. Please use"
        " describeRegionSettings API to know the supported resource types",
    )


def test_management_is_a_choice_of_few_types_only() -> None:
    story = given().when(UpdateRegionSettings(management={"EBS": True}))
    story.then_rejected(InvalidParameterValue)


def test_an_update_of_a_region_must_name_a_map() -> None:
    given().when(UpdateRegionSettings()).then_rejected(MissingParameterValue)


def test_each_region_has_settings_of_its_own() -> None:
    engine = Engine()
    engine.handle(UpdateRegionSettings({"EBS": False}), HERE)
    elsewhere = Scope(HERE.account, "eu-west-1")
    assert queries.opted_out(engine.world(HERE)) == {"EBS"}
    assert queries.opted_out(engine.world(elsewhere)) == set()


def test_an_account_begins_with_every_feature_off() -> None:
    world = given(scope=ACCOUNT).world
    assert queries.global_settings(world) == ALL_OFF
    assert queries.global_settings_updated_at(world) == queries.NEVER_UPDATED


def test_a_feature_is_switched_and_the_others_keep_their_value() -> None:
    story = given(GlobalSettingsUpdated({"isMpaEnabled": True}), scope=ACCOUNT).at(5_000)
    story.when(
        UpdateGlobalSettings(
            {"isCrossAccountBackupEnabled": "true", "isDelegatedAdministratorEnabled": "false"}
        )
    ).then(
        GlobalSettingsUpdated(
            {"isCrossAccountBackupEnabled": True, "isDelegatedAdministratorEnabled": False}
        )
    )
    assert queries.global_settings(story.world) == {
        **ALL_OFF,
        "isMpaEnabled": True,
        "isCrossAccountBackupEnabled": True,
    }
    assert queries.global_settings_updated_at(story.world) == 5_000


def test_the_instant_of_the_update_moves_even_when_no_value_does() -> None:
    fact = GlobalSettingsUpdated({"isMpaEnabled": True})
    story = given(fact, scope=ACCOUNT).at(7_000)
    story.when(UpdateGlobalSettings({"isMpaEnabled": "true"})).then(fact)
    assert queries.global_settings_updated_at(story.world) == 7_000


@pytest.mark.parametrize(
    "features",
    [{"isMagicEnabled": "true"}, {"isMpaEnabled": "yes"}, {"isMpaEnabled": "True"}],
)
def test_a_feature_is_known_and_either_true_or_false(features: dict[str, str]) -> None:
    story = given(scope=ACCOUNT).when(UpdateGlobalSettings(features))
    story.then_rejected(InvalidParameterValue)


def test_an_update_of_the_account_must_name_a_feature() -> None:
    given(scope=ACCOUNT).when(UpdateGlobalSettings()).then_rejected(MissingParameterValue)


def test_a_scope_has_one_row_of_settings() -> None:
    story = given(RegionSettingsChanged({"EBS": False}, {}))
    story.when(UpdateRegionSettings({"EC2": False}))
    assert len(story.world.settings.page({}, Window()).rows) == 1


def test_region_and_account_settings_share_a_table_and_not_a_fate() -> None:
    story = given(GlobalSettingsUpdated({"isMpaEnabled": True}), scope=ACCOUNT)
    story.when(UpdateRegionSettings({"EBS": False}))
    assert queries.global_settings(story.world) == {**ALL_OFF, "isMpaEnabled": True}
