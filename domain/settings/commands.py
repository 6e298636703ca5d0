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

    To be asked in the account-wide scope.
    """

    features: Mapping[str, str] = attrs.field(factory=dict)
