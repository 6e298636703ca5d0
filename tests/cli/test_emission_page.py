"""What docs/emission.md says is true: its example prints what it shows, and its Python runs."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.cli.commands import environment, serving

PAGE = (Path(__file__).parent.parent.parent / "docs" / "emission.md").read_text()
COMMANDS = Path(sys.executable).parent  # where vaultclock and aws were installed


def blocks(language: str) -> str:
    return "".join(re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))


def steps() -> list[tuple[str, str]]:
    """The example as pairs of a command and what it prints."""
    parts = re.split(r"^\$ ", blocks("console"), flags=re.MULTILINE)[1:]
    return [(command, printed) for command, _, printed in (part.partition("\n") for part in parts)]


def test_the_example_prints_what_the_page_shows(tmp_path: Path) -> None:
    asking: list[tuple[str, str]] = []
    looking: list[tuple[str, str]] = []
    for command, printed in steps():
        (looking if "told.jsonl" in command else asking).append((command, printed))
    words = blocks("sh").split()
    assert words[:2] == ["vaultclock", "serve"]
    told = f"jsonl:{tmp_path / 'told.jsonl'}"
    with serving(*(told if word == "jsonl:told.jsonl" else word for word in words[2:])) as server:
        terminal = environment(
            PATH=f"{COMMANDS}:{os.environ['PATH']}",
            HOME=str(tmp_path),
            AWS_ENDPOINT_URL_BACKUP=server.url,
            VAULTCLOCK_ENDPOINT=server.url,
            AWS_ACCESS_KEY_ID="123456789012",
            AWS_SECRET_ACCESS_KEY="any",
            AWS_DEFAULT_REGION="eu-west-1",
            AWS_PAGER="",
        )
        show(asking, tmp_path, terminal)
        assert server.end(signal.SIGTERM).code == 0, "all is in the file then"
        show(looking, tmp_path, terminal)


def show(commands: list[tuple[str, str]], folder: Path, terminal: dict[str, str]) -> None:
    assert commands
    for command, printed in commands:
        ran = subprocess.run(
            ["bash", "-c", command],
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            env=terminal,
        )
        assert ran.stdout == printed, f"{command}\n{ran.stderr}"


def test_the_pages_python_runs() -> None:
    subprocess.run([sys.executable, "-c", blocks("python")], check=True, env=environment())
