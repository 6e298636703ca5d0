"""What a log file's head says of the program that wrote it."""

import zoneinfo
from functools import cache
from importlib.metadata import version
from pathlib import Path

import vaultclock
from vaultclock.adapters.http.model import model_hash
from vaultclock.adapters.snapshot.recorded import Provenance


def provenance() -> Provenance:
    """Say who writes: this program."""
    return Provenance(
        program_version=vaultclock.__version__,
        model_hash=model_hash(),
        tzdata_version=tzdata_version(),
    )


@cache
def tzdata_version() -> str:
    """Name the release of the time zone rules: the machine's if it has any, as zoneinfo has it."""
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / "Etc" / "UTC").exists():
            return _machines_release(folder / "tzdata.zi")
    return f"tzdata {version('tzdata')}"


def _machines_release(rules: Path) -> str:
    try:
        with rules.open(encoding="utf-8") as lines:
            return lines.readline().removeprefix("# version").strip()
    except OSError:
        return "the machine's"
