"""What has happened to settings. These names and fields are the storage format: see ADR 0006."""

from collections.abc import Mapping

from vaultclock.domain.kernel.facts import fact


@fact("region-settings-changed")
class RegionSettingsChanged:
    """Preferences of a Region took other values; those not named here kept theirs."""

    opt_in: Mapping[str, bool]
    management: Mapping[str, bool]


@fact("global-settings-updated")
class GlobalSettingsUpdated:
    """Features of an account were switched, if only to what they were already."""

    features: Mapping[str, bool]


@fact("organization-arranged")
class OrganizationArranged:
    """An account is in the organization that ``management_account`` manages, or, None, in none."""

    management_account: str | None


@fact("region-arranged")
class RegionArranged:
    """A Region has, or has not, the feature that backs up across accounts."""

    has_cross_account_backup: bool


SettingsFact = RegionSettingsChanged | GlobalSettingsUpdated | OrganizationArranged | RegionArranged
