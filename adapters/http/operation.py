"""One row an operation: how a request becomes a command or a query, and what is replied.

A row holds AWS's exact operation name; method, path and shapes are the wire model's. Names are
translated here and nowhere else: PascalCase never enters the domain.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from vaultclock.domain.authorisation import Reading
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.tables import PAGE_ROWS_MAX
from vaultclock.domain.world import World

Wire = Mapping[str, Any]  # members by the model's name; absent and null ones are left out
Reply = Mapping[str, Any] | None


def nothing(_world: World, _command: Any, _facts: Sequence[Any]) -> None:
    """Reply with an empty body, as most deletes and puts do."""


@attrs.frozen
class Change:
    """An operation that asks for facts.

    ``read`` makes the command; ``reply`` renders from the world after the facts, given the
    command and the facts, so that a fresh id and the answer to a repeated token need no special
    case.
    """

    name: str
    read: Callable[[Wire], Any]
    reply: Callable[[World, Any, Sequence[Any]], Reply] = nothing


@attrs.frozen
class Ask:
    """An operation that only reads: ``answer`` gets the world, the instant and the request.

    ``access`` says what of a vault is read, so that the vault's policy is asked first.
    """

    name: str
    answer: Callable[[World, Instant, Wire], Reply]
    access: Callable[[Wire], Reading] | None = None


Operation = Change | Ask


def reads(command: type, **members: str) -> Callable[[Wire], Any]:
    """Make a reader that builds a command from members of the same shape, by their wire names.

    Members the request leaves out take the command's defaults.
    """

    def read(wire: Wire) -> Any:
        return command(**{ours: wire[name] for ours, name in members.items() if name in wire})

    return read


def of_vault(wire: Wire) -> Reading:
    """Say that a vault is read; it may be another account's."""
    return Reading(wire["BackupVaultName"], None, wire.get("BackupVaultAccountId"))


def of_contents(wire: Wire) -> Reading:
    """Say that what lies in a vault is read."""
    return of_vault(wire)._replace(of_contents=True)


def of_point(wire: Wire) -> Reading:
    """Say that a recovery point is read in the vault that the request names."""
    return of_contents(wire)._replace(point_arn=wire["RecoveryPointArn"])


def paging(wire: Wire) -> dict[str, Any]:
    """Read the two members that every list has: the page's size and where it starts."""
    return {"limit": wire.get("MaxResults", PAGE_ROWS_MAX), "token": wire.get("NextToken")}
