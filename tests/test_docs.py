"""What the documents say is true: the tour runs, pages are fresh, links lead somewhere."""

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import write_docs
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http import control, model
from vaultclock.adapters.http.callers import Callers
from vaultclock.adapters.http.features import OPERATIONS
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.logs import MemoryLog

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
MARKS = r"documented|observed|inferred|chosen|memory|not simulated yet|known flaw"
COMMANDS = Path(sys.executable).parent  # where vaultclock and aws were installed


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def _console() -> list[tuple[str, str]]:
    """Read the tour as pairs of a command and what it prints."""
    steps = re.split(r"^\$ ", "".join(_blocks("console")), flags=re.MULTILINE)[1:]
    return [(command, printed) for command, _, printed in (s.partition("\n") for s in steps)]


@pytest.fixture
def tour(tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve as the README says, and answer the server's address and a terminal's environment."""
    serve = ["--port", "0", "--clock", "frozen", "--start", "2026-01-01T00:00:00Z"]
    environment = {
        "PATH": f"{COMMANDS}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        **{name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ},
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "vaultclock", "serve", *serve],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    watchdog = threading.Timer(60, server.kill)
    watchdog.start()
    try:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found is not None
        yield (
            found[0],
            {
                **environment,
                "AWS_ENDPOINT_URL_BACKUP": found[0],
                "VAULTCLOCK_ENDPOINT": found[0],
                "AWS_ACCESS_KEY_ID": "123456789012",
                "AWS_SECRET_ACCESS_KEY": "any",
                "AWS_DEFAULT_REGION": "eu-west-1",
                "AWS_PAGER": "",
            },
        )
    finally:
        watchdog.cancel()
        server.terminate()
        server.communicate()


def test_the_tour_prints_what_the_readme_shows(
    tour: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    address, environment = tour
    for command, printed in _console():
        ran = subprocess.run(
            ["bash", "-c", command.replace("http://127.0.0.1:4566", address)],
            check=False,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
        )
        assert ran.stdout == printed, f"{command}\n{ran.stderr}"


def test_the_readmes_python_runs() -> None:
    (code,) = _blocks("python")
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", write_docs.PAGES)
def test_a_generated_page_is_fresh(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == write_docs.PAGES[name](), "run make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target, part in re.findall(r"\]\(([^):#]*)(#[^)]+)?\)", page.read_text()):
        found = page.parent / target if target else page
        assert found.exists(), target
        if part:
            headings = re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)
            assert part[1:] in {heading.lower().replace(" ", "-") for heading in headings}, part


def test_every_control_route_is_described() -> None:
    simulation = Simulation(MemoryLog(Origin()))
    verbs = control._verbs(simulation, asyncio.Lock(), Callers())
    routes = {f"{verb} {path}" for path, its in verbs.items() for verb in its}
    page = (ROOT / "docs" / "control.md").read_text()
    described = set(re.findall(r"`((?:GET|PUT|POST|DELETE) /[\w/-]+)[^`]*`", page))
    assert described == routes


def test_fidelity_lists_exactly_what_is_not_simulated() -> None:
    page = (ROOT / "docs" / "fidelity.md").read_text()
    section = page.partition("## Not simulated")[2].partition("\n## ")[0]
    rows = "".join(re.findall(r"^\|.*\n", section, re.MULTILINE))
    listed = re.findall(r"`(\w+)`", rows)
    assert sorted(listed) == sorted(model.operations().keys() - {row.name for row in OPERATIONS})


@pytest.mark.parametrize("name", ["fidelity.md", "fidelity-protection.md"])
def test_every_row_of_fidelity_has_its_mark(name: str) -> None:
    tables = (ROOT / "docs" / name).read_text().split("| what | mark |\n|---|---|\n")[1:]
    rows = [row for table in tables for row in table.partition("\n\n")[0].splitlines()]
    assert rows
    for row in rows:
        (_what, mark) = re.split(r" \| ", row.removeprefix("| ").removesuffix(" |"))
        assert re.search(MARKS, mark), row
