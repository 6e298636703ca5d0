"""What has happened to selections. These names and fields are the storage format: see ADR 0006."""

from vaultclock.domain.kernel.facts import fact
from vaultclock.domain.values import NO_CONDITIONS, Conditions, TagCondition


@fact("selection-created")
class SelectionCreated:
    """Resources were assigned to a plan; ``any_tags`` are the tags any one of which selects."""

    selection_id: str
    plan_id: str
    name: str
    iam_role_arn: str
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    any_tags: tuple[TagCondition, ...] = ()
    conditions: Conditions = NO_CONDITIONS
    creator_request_id: str | None = None


@fact("selection-deleted")
class SelectionDeleted:
    """The assignment was taken back; what it selected is no longer backed up by its plan."""

    selection_id: str


SelectionFact = SelectionCreated | SelectionDeleted
