"""What a user installs: the wheel made from the source distribution, and nothing else of ours."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build as a release does (the wheel from the source distribution), outside the checkout."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for folder in ("adapters", "domain", "src"):
        shutil.copytree(ROOT / folder, source / folder, ignore=unwanted)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(made), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    (sdist,), (wheel,) = made.glob("*.tar.gz"), made.glob("*.whl")
    return sdist, wheel


def test_the_wheel_claims_one_name_and_holds_all_of_it(distributions: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(distributions[1]) as archive:
        names = set(archive.namelist())
    roots = {name.split("/")[0] for name in names}
    assert {root for root in roots if not root.endswith(".dist-info")} == {"vaultclock"}
    for folder in ("domain", "adapters"):
        for path in (ROOT / folder).rglob("*.py"):
            assert f"vaultclock/{path.relative_to(ROOT).as_posix()}" in names
    assert {"vaultclock/py.typed", "vaultclock/adapters/http/model.json"} <= names


def test_the_source_distribution_can_be_built_from(distributions: tuple[Path, Path]) -> None:
    with tarfile.open(distributions[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "domain/kernel/engine.py"} <= names


def test_what_was_installed_runs(distributions: tuple[Path, Path], tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(tmp_path), str(distributions[1])], check=True)

    def python(*arguments: str) -> str:
        ran = subprocess.run(
            [sys.executable, *arguments],
            check=True,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path)},
        )
        return ran.stdout.strip()

    version = python("-m", "vaultclock", "--version")
    assert (
        version == f"vaultclock {python('-c', 'import vaultclock; print(vaultclock.__version__)')}"
    )
    assert python("-c", "import vaultclock; print(vaultclock.__file__)").startswith(str(tmp_path))
    assert "serve" in python("-m", "vaultclock", "--help")
