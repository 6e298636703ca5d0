"""Write the golden log of this version: a world in which every fact there is has happened.

Done once a release, after which the files are never written again: whatever comes later must
read them, and fold them into the same counts. The log is of a made-up world on a frozen clock.
"""

import argparse
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from vaultclock.adapters.http.model import model_hash
from vaultclock.adapters.snapshot.files import save
from vaultclock.adapters.snapshot.recorded import Provenance
from vaultclock.domain.features import Engine, replay
from vaultclock.domain.kernel.facts import CLASS_OF, FORM_OF
from vaultclock.domain.kernel.logs import Recording

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT))  # where the parts are; run as a script, only this folder is known

from tools import golden_first, golden_protection, golden_time  # noqa: E402
from tools.golden_world import World  # noqa: E402

GOLDEN = ROOT / "tests" / "golden"
# What happens, in this order; a new fact needs a part in which it happens.
PARTS: tuple[Callable[[World], None], ...] = (
    golden_first.furnish,
    golden_first.plan,
    golden_first.run_jobs,
    golden_first.age,
    golden_time.copy,
    golden_time.restore,
    golden_time.continue_,
    golden_time.nest,
    golden_protection.lock,
    golden_protection.hold,
    golden_protection.read_in_place,
    golden_protection.forbid,
    golden_protection.approve,
    golden_protection.arrange,
)


def golden_log() -> Recording:
    """Live through a history in which every fact happens."""
    world = World()
    for part in PARTS:
        part(world)
    return world.engine.log


def summary_of(log: Recording, engine: Engine) -> dict[str, Any]:
    """Say what a log holds and what it folds into, in numbers that must stay the same."""
    names: Counter[str] = Counter()
    for batch in log.read():
        names.update(FORM_OF[type(recorded.fact)][0] for recorded in batch.recorded())
    return {
        "facts": dict(sorted(names.items())),
        "rests_at": log.rested_at(),
        "rows": {" ".join(scope): dict(_counts(rows)) for scope, rows in engine.rows().items()},
    }


def _counts(rows: dict[str, dict[str, Any]]) -> Iterator[tuple[str, int]]:
    for slot, entities in rows.items():
        yield slot, len(entities)


def version_now() -> str:
    """Name the version that this source will be, or is, released as."""
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return version


def main(arguments: list[str]) -> int:
    """Write the log and its summary, unless this version has them; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=GOLDEN, help="(default: %(default)s)")
    parser.add_argument("--anew", action="store_true", help="before a release: write them again")
    chosen = parser.parse_args(arguments)
    path = chosen.folder / f"{version_now()}.vclog"
    if path.exists() and not chosen.anew:
        print(f"{path} is there already: golden logs are never changed")
        return 1
    log = golden_log()
    missing = CLASS_OF.keys() - summary_of(log, Engine())["facts"].keys()
    if missing:
        print(f"these facts never happen in the golden log: {', '.join(sorted(missing))}")
        return 1
    written_by = Provenance(
        program_version=version_now(),
        model_hash=model_hash(),
        tzdata_version="golden",
    )
    save(log, path, **written_by)
    summary = json.dumps(summary_of(log, replay(log)), indent=1)
    path.with_suffix(".json").write_text(summary + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
