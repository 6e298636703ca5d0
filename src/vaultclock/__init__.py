"""Vaultclock: AWS Backup as an event-sourced library, on a clock you control.

The public names; each is imported when it is first asked for, so that a command line that prints
its help does not pay for the engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vaultclock.adapters.clock.collector import tune_collector as tune_collector
    from vaultclock.domain.features import Engine as Engine
    from vaultclock.domain.features import replay as replay
    from vaultclock.domain.kernel.engine import restore as restore
    from vaultclock.domain.kernel.facts import Scope as Scope
    from vaultclock.domain.kernel.instants import Instant as Instant
    from vaultclock.domain.kernel.instants import from_iso as from_iso
    from vaultclock.domain.kernel.instants import to_iso as to_iso
    from vaultclock.domain.kernel.logs import MemoryLog as MemoryLog
    from vaultclock.domain.kernel.refusals import Rejected as Rejected

    __version__: str

_HOME_OF = {
    "Engine": "vaultclock.domain.features",
    "Instant": "vaultclock.domain.kernel.instants",
    "MemoryLog": "vaultclock.domain.kernel.logs",
    "Rejected": "vaultclock.domain.kernel.refusals",
    "Scope": "vaultclock.domain.kernel.facts",
    "from_iso": "vaultclock.domain.kernel.instants",
    "replay": "vaultclock.domain.features",
    "restore": "vaultclock.domain.kernel.engine",
    "to_iso": "vaultclock.domain.kernel.instants",
    "tune_collector": "vaultclock.adapters.clock.collector",
}

__all__ = [
    "Engine",
    "Instant",
    "MemoryLog",
    "Rejected",
    "Scope",
    "__version__",
    "from_iso",
    "replay",
    "restore",
    "to_iso",
    "tune_collector",
]


def __getattr__(name: str) -> Any:
    """Import a public name; the version is that of the installed distribution."""
    if name == "__version__":
        value = _version()
    elif name in _HOME_OF:
        value = getattr(import_module(_HOME_OF[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    metadata = import_module("importlib.metadata")
    try:
        version: str = metadata.version("vaultclock")
    except metadata.PackageNotFoundError:
        return "0+source"  # run from a tree that was never installed
    return version
