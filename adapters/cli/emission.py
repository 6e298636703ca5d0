"""The options of ``vaultclock serve`` that say what is delivered where. Delivering is not here."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaultclock.adapters.cli.failures import FOUND, Failure
from vaultclock.adapters.clock.simulation import Simulation

if TYPE_CHECKING:
    from vaultclock.adapters.emission.emission import Emission


def emission_of(values: Mapping[str, Any], simulation: Simulation) -> "Emission | None":
    """Make what delivers a simulation's messages, as the options say; None where nothing does.

    Raises Failure.
    """
    specs, beside, path = values["emit"] or [], values["data"], values["emit_cursors"]
    if path is not None and (beside is None or not specs):
        raise Failure("--emit-cursors is for --emit and --data together: leave it out")
    if values["emit_during_advance"] and not specs:
        raise Failure("--emit-during-advance is for --emit: leave it out, or say --emit")
    twice = next((spec for spec in specs if specs.count(spec) > 1), None)
    if twice is not None:
        raise Failure(f"--emit names {twice.name} twice")
    if not specs:
        return None
    if path is None and beside is not None:
        path = f"{beside}.cursors.json"
    return _made(simulation, specs, path, bool(values["emit_during_advance"]))


def _made(
    simulation: Simulation, specs: list[Any], path: str | None, during_advance: bool
) -> "Emission":
    emission = import_module("vaultclock.adapters.emission.emission")  # only who emits pays for it
    sinks = import_module("vaultclock.adapters.emission.sinks")
    cursors = import_module("vaultclock.adapters.emission.cursors")
    try:
        made: Emission = emission.Emission(
            simulation,
            specs,
            cursors_at=None if path is None else Path(path),
            during_advance=during_advance,
        )
    except sinks.Unusable as error:
        raise Failure(f"--emit: {error}", FOUND) from None
    except cursors.BadCursors as error:
        raise Failure(f"--emit-cursors: {error}", FOUND) from None
    return made
