"""What the facts about settings add up to. No rules, defaults or refusals live here."""

from collections.abc import Mapping
from typing import assert_never

import attrs

from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.settings.events import (
    GlobalSettingsUpdated,
    OrganizationArranged,
    RegionArranged,
    RegionSettingsChanged,
    SettingsFact,
)

KEY = "settings"  # a scope has one row of settings, or none while nothing was ever changed


@attrs.frozen
class Organization:
    """What was arranged for an account: who manages its organization, None where it is in none."""

    management_account: str | None


@attrs.frozen
class Settings:
    """What was ever set in one scope; what was not has its default, and is not in here.

    A Region's scope has preferences, the account-wide scope has features and an organization.
    ``updated_at`` is when features were last switched, None while they never were.
    """

    opt_in: Mapping[str, bool] = {}
    management: Mapping[str, bool] = {}
    features: Mapping[str, bool] = {}
    updated_at: Instant | None = None
    organization: Organization | None = None
    has_cross_account_backup: bool = True


def order(_settings: Settings) -> tuple[str]:
    """Order the one row there is."""
    return (KEY,)


def evolve(settings: Settings | None, at: Instant, fact: SettingsFact) -> Settings:
    """Fold one fact into the settings of a scope."""
    was = settings or Settings()
    match fact:
        case RegionSettingsChanged():
            return attrs.evolve(
                was,
                opt_in={**was.opt_in, **fact.opt_in},
                management={**was.management, **fact.management},
            )
        case GlobalSettingsUpdated():
            return attrs.evolve(was, features={**was.features, **fact.features}, updated_at=at)
        case OrganizationArranged():
            return attrs.evolve(was, organization=Organization(fact.management_account))
        case RegionArranged():
            return attrs.evolve(was, has_cross_account_backup=fact.has_cross_account_backup)
        case _:
            assert_never(fact)
