"""``python bench/run.py``: measure Vaultclock against peers and limits; print ratios as Markdown.

A miss is printed, never raised: figures are of this machine in this minute. ``--quick`` takes
about a minute, a full run about twelve.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import contenders
import engine
import paging
import serving
import starting
import years
from processes import CLIENT_CORE
from report import Section, write

PARTS: dict[str, Callable[..., list[Section]]] = {
    "http": serving.measured,
    "start": starting.measured,
    "engine": engine.measured,
    "paging": paging.measured,
    "time": years.measured,
}
PAGE = Path(__file__).parent.parent / "docs" / "bench.md"
_LIBRARIES = ("uvicorn", "httptools", "uvloop", "orjson", "msgpack", "cattrs", "attrs", "boto3")


def main(argv: Sequence[str]) -> None:
    args = _parsed(argv)
    os.sched_setaffinity(0, {CLIENT_CORE})
    # peers were compiled when they were installed; what runs from a work tree must not be each time
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sections = [section for part in args.only for section in PARTS[part](quick=args.quick)]
    report = write("Measured against peers and limits", _about(quick=args.quick), sections)
    print(report)
    if args.write:
        PAGE.write_text(report)


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure Vaultclock against peers and limits.")
    parser.add_argument("--quick", action="store_true", help="about a minute, coarser figures")
    parser.add_argument("--write", action="store_true", help=f"also write {PAGE.name}")
    parser.add_argument(
        "--only",
        type=_parts,
        default=list(PARTS),
        metavar="PART,...",
        help=f"of {', '.join(PARTS)} (default: all)",
    )
    args = parser.parse_args(argv)
    if args.write and args.only != list(PARTS):
        parser.error("--write is for whole runs: leave --only out")
    return args


def _parts(text: str) -> list[str]:
    parts = text.split(",")
    if unknown := [part for part in parts if part not in PARTS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(PARTS)}")
    return parts


def _about(*, quick: bool) -> list[str]:
    """Say when, where and with what; ratios travel better than the figures they are made of."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    command = f"make bench{' ARGS=--quick' if quick else ''}"
    machine = f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"
    facts = [
        f"Machine: {machine}; servers on one core, clients on another.",
        f"CPython {platform.python_version()}; {libraries}.",
        f"Peers, in environments of their own: {', '.join(contenders.pins().values())}.",
    ]
    how = (
        f"Measured {datetime.now(UTC):%Y-%m-%d} by `{command}`. Trust the ratios and the processor"
        " times: what is compared was measured in the same run, by turns, on a shared machine."
    )
    return [how, "\n".join(f"- {fact}" for fact in facts)]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    main(sys.argv[1:])
