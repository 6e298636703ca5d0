"""What may be asked of selections."""

import attrs

from vaultclock.domain.values import NO_CONDITIONS, Conditions, TagCondition


@attrs.frozen
class CreateSelection:
    """Assign resources to a plan.

    A resource is selected when it matches one of ``resources`` or has one of ``any_tags``, meets
    all ``conditions`` and matches none of ``not_resources``.
    """

    plan_id: str
    name: str
    iam_role_arn: str
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    any_tags: tuple[TagCondition, ...] = ()
    conditions: Conditions = NO_CONDITIONS
    creator_request_id: str | None = None


@attrs.frozen
class DeleteSelection:
    """Take back an assignment."""

    plan_id: str
    selection_id: str
