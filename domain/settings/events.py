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


SettingsFact = RegionSettingsChanged | GlobalSettingsUpdated
