"""What may be asked about selections without changing them. What they match is not here."""

from vaultclock.domain.kernel.pages import read_token
from vaultclock.domain.kernel.refusals import ResourceNotFound
from vaultclock.domain.kernel.tables import Page, Window
from vaultclock.domain.selections.state import Selection
from vaultclock.domain.world import World


def listing(plan_id: str) -> str:
    """Name the listing of a plan's selections, so that its tokens serve no other plan."""
    return f"selections {plan_id}"


def selection_of_plan(world: World, plan_id: str, selection_id: str) -> Selection | None:
    """Find a selection, but only by the plan that it belongs to."""
    selection = world.selections.get(selection_id)
    return selection if selection and selection.plan_id == plan_id else None


def describe_selection(world: World, plan_id: str, selection_id: str) -> Selection:
    """Find a selection.

    Raises InvalidParameterValue for a missing plan (observed: Terraform, Steampipe) and
    ResourceNotFound for a missing selection.
    """
    plan = world.plan_for_selection(plan_id)
    if selection := selection_of_plan(world, plan.plan_id, selection_id):
        return selection
    raise ResourceNotFound(f"Cannot find Backup selection with ID {selection_id}")


def list_selections(
    world: World, plan_id: str, *, limit: int, token: str | None
) -> Page[Selection]:
    """List the selections of a plan, oldest first.

    Raises InvalidParameterValue for a missing plan, as all selection operations do.
    """
    plan = world.plan_for_selection(plan_id)
    after = read_token(listing(plan_id), token, (int, str))
    return world.selections.page({"plan_id": plan.plan_id}, Window(limit, after))


def selection_of_request(world: World, plan_id: str, creator_request_id: str) -> Selection | None:
    """Find the selection of a plan that a token created."""
    found = world.selections.matching(plan_id=plan_id, creator_request_id=creator_request_id)
    return found[0] if found else None
