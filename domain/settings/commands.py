"""What may be asked of settings."""

from collections.abc import Mapping

import attrs


@attrs.frozen
class UpdateRegionSettings:
    """Change a Region's preferences, by the names of resource types; None leaves a map alone."""

    opt_in: Mapping[str, bool] | None = None
    management: Mapping[str, bool] | None = None


@attrs.frozen
class UpdateGlobalSettings:
    """Switch features of the account ``true`` or ``false``; those not named keep their value.

    It may be asked in any Region, and in the account-wide scope.
    """

    features: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class ArrangeOrganization:
    """Say which account manages the organization that this one is in; None is in none.

    An account of which nobody says so manages the organization itself, and all such accounts are
    in the same one. To be asked in the account-wide scope.
    """

    management_account: str | None


@attrs.frozen
class ArrangeRegion:
    """Say whether a Region has the feature that backs up across accounts; every one begins so."""

    has_cross_account_backup: bool
