"""What the facts about settings add up to. No rules, defaults or refusals live here."""

from collections.abc import Mapping
from typing import assert_never

import attrs

from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.settings.events import (
    GlobalSettingsUpdated,
    RegionSettingsChanged,
    SettingsFact,
)

KEY = "settings"  # a scope has one row of settings, or none while nothing was ever changed


@attrs.frozen
class Settings:
    """What was ever set in one scope; what was not has its default, and is not in here.

    A Region's scope has preferences, the account-wide scope has features.
    """

    opt_in: Mapping[str, bool]
    management: Mapping[str, bool]
    features: Mapping[str, bool]
    updated_at: Instant


def order(_settings: Settings) -> tuple[str]:
    """Order the one row there is."""
    return (KEY,)


def evolve(settings: Settings | None, at: Instant, fact: SettingsFact) -> Settings:
    """Fold one fact into the settings of a scope."""
    was = settings or Settings({}, {}, {}, at)
    match fact:
        case RegionSettingsChanged():
            return Settings(
                {**was.opt_in, **fact.opt_in},
                {**was.management, **fact.management},
                was.features,
                at,
            )
        case GlobalSettingsUpdated():
            return Settings(was.opt_in, was.management, {**was.features, **fact.features}, at)
        case _:
            assert_never(fact)
