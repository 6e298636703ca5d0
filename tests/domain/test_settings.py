"""Settings: what a Region has opted in to, and what an account has switched on."""

import pytest

from tests.domain.copy_examples import ABROAD, BUNKER, T0, copying, job
from tests.spec import HERE, given
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.refusals import (
    InvalidParameterValue,
    InvalidRequest,
    MissingParameterValue,
)
from vaultclock.domain.kernel.tables import Window
from vaultclock.domain.resource_types import RESOURCE_TYPES
from vaultclock.domain.settings import queries
from vaultclock.domain.settings.commands import (
    ArrangeOrganization,
    ArrangeRegion,
    UpdateGlobalSettings,
    UpdateRegionSettings,
)
from vaultclock.domain.settings.events import (
    GlobalSettingsUpdated,
    OrganizationArranged,
    RegionArranged,
    RegionSettingsChanged,
)
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


# organizations -----------------------------------------------------------------------------------

MANAGER = Scope("111111111111", ACCOUNT_WIDE)
MPA_ON = UpdateGlobalSettings({"isMpaEnabled": "true"})
NO_MEMBER = "Your account is not a member of an organization."
NO_FEATURE = "Feature Cross Account Backup is not available in current region"


def test_global_settings_are_the_accounts_in_whatever_region_they_are_updated() -> None:
    fact = GlobalSettingsUpdated({"isMpaEnabled": True})
    engine = Engine()
    assert engine.handle(MPA_ON, HERE) == [Elsewhere(ACCOUNT, fact)]
    for scope in (HERE, Scope(HERE.account, "eu-west-1"), ACCOUNT):
        assert queries.global_settings(engine.world(scope)) == {**ALL_OFF, "isMpaEnabled": True}
    other = Scope("999999999999", HERE.region)
    assert queries.global_settings(engine.world(other)) == ALL_OFF


def test_everyone_manages_an_organization_until_something_else_is_arranged() -> None:
    world = given().world
    assert queries.management_account(world, HERE.account) == HERE.account
    assert queries.in_same_organization(world, HERE.account, "999999999999")
    queries.require_organization(world)


def test_an_account_in_no_organization_has_no_global_settings() -> None:
    story = given(GlobalSettingsUpdated({"isCrossAccountBackupEnabled": True}), scope=ACCOUNT)
    story.when(ArrangeOrganization(None)).then(OrganizationArranged(None))
    story.when(ArrangeOrganization(None)).then_nothing_happened()
    with pytest.raises(InvalidRequest) as refused:
        queries.require_organization(story.engine.world(HERE))
    assert (refused.value.message, refused.value.code) == (NO_MEMBER, "ERROR_9601")
    assert not queries.cross_account_backup_enabled(story.engine.world(HERE))
    assert not queries.in_same_organization(story.world, HERE.account, "999999999999")
    story.scope = HERE
    story.when(MPA_ON).then_rejected(InvalidRequest, NO_MEMBER)
    assert story.rejection is not None
    assert story.rejection.code == "ERROR_9601"


def test_a_member_has_the_settings_of_its_organization_and_cannot_change_them() -> None:
    engine = Engine()
    engine.handle(UpdateGlobalSettings({"isCrossAccountBackupEnabled": "true"}), MANAGER)
    engine.handle(ArrangeOrganization(MANAGER.account), ACCOUNT)
    world = engine.world(HERE)
    assert queries.cross_account_backup_enabled(world)
    assert queries.global_settings_updated_at(world) == engine.now
    assert queries.management_account(world, HERE.account) == MANAGER.account
    with pytest.raises(InvalidRequest):
        engine.handle(MPA_ON, HERE)
    engine.handle(ArrangeOrganization(HERE.account), ACCOUNT)
    engine.handle(MPA_ON, HERE)
    assert queries.global_settings(world) == {**ALL_OFF, "isMpaEnabled": True}


def test_a_member_of_an_organization_that_nobody_has_touched_has_everything_off() -> None:
    engine = Engine()
    engine.handle(ArrangeOrganization(MANAGER.account), ACCOUNT)
    assert queries.global_settings(engine.world(HERE)) == ALL_OFF
    assert queries.global_settings_updated_at(engine.world(HERE)) == queries.NEVER_UPDATED


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("111111111111", "111111111111", True),
        ("111111111111", "222222222222", False),
        ("111111111111", None, False),
        (None, None, False),
    ],
)
def test_accounts_are_in_one_organization_when_one_account_manages_both(
    ours: str | None, theirs: str | None, same: bool
) -> None:
    engine, other = Engine(), Scope("999999999999", ACCOUNT_WIDE)
    engine.handle(ArrangeOrganization(ours), ACCOUNT)
    engine.handle(ArrangeOrganization(theirs), other)
    for one, another in ((HERE, other), (other, HERE)):
        world = engine.world(one)
        assert queries.in_same_organization(world, one.account, another.account) is same


def test_an_account_that_nothing_was_arranged_for_is_with_everyone_else() -> None:
    engine = Engine()
    engine.handle(ArrangeOrganization(MANAGER.account), ACCOUNT)
    assert queries.in_same_organization(engine.world(HERE), HERE.account, "999999999999")


@pytest.mark.parametrize("manager", ["", "12345678901", "1234567890123", "r-abcd"])
def test_an_organization_is_managed_by_an_account(manager: str) -> None:
    story = given(scope=ACCOUNT).when(ArrangeOrganization(manager))
    story.then_rejected(InvalidParameterValue)


def test_a_region_may_lack_the_feature_that_backs_up_across_accounts() -> None:
    story = given().when(ArrangeRegion(has_cross_account_backup=True)).then_nothing_happened()
    story.when(ArrangeRegion(has_cross_account_backup=False)).then(RegionArranged(False))
    story.when(ArrangeRegion(has_cross_account_backup=False)).then_nothing_happened()
    with pytest.raises(InvalidRequest) as refused:
        queries.require_organization(story.world)
    assert (refused.value.message, refused.value.code) == (NO_FEATURE, "ERROR_2502")
    story.when(MPA_ON).then_rejected(InvalidRequest, NO_FEATURE)
    queries.require_organization(story.engine.world(Scope(HERE.account, "eu-west-1")))
    story.when(ArrangeRegion(has_cross_account_backup=True)).then(RegionArranged(True))
    queries.require_organization(story.world)


def test_a_wrong_value_is_told_before_who_may_set_it() -> None:
    story = given(OrganizationArranged(None), scope=ACCOUNT)
    story.when(UpdateGlobalSettings({"isMagicEnabled": "true"}))
    story.then_rejected(InvalidParameterValue)


def test_an_organization_has_a_name() -> None:
    engine = Engine()
    assert queries.organization_id(engine.world(HERE), HERE.account) == "o-vaultclock"
    engine.handle(ArrangeOrganization(MANAGER.account), ACCOUNT)
    assert queries.organization_id(engine.world(HERE), HERE.account) == f"o-{MANAGER.account}"
    engine.handle(ArrangeOrganization(None), ACCOUNT)
    assert queries.organization_id(engine.world(HERE), HERE.account) is None


def test_copies_stay_inside_an_organization() -> None:
    story = copying(BUNKER)
    story.engine.handle(ArrangeOrganization(None), Scope(ABROAD.account, ACCOUNT_WIDE))
    story.at(T0 + 9_000)
    assert job(story).state == "FAILED"
    assert job(story).message == (
        "Copy job failed. Both source and destination account must be a member of the same"
        " organization."
    )
    assert job(story).category == "ACCESS_DENIED"
