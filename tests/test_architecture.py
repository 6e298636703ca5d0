"""The rules of the house, checked rather than remembered."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 400

# Purity is judged by what a module imports and calls. zoneinfo is for schedules alone, because
# the machine's zone data is the one input of the core that a log does not hold.
STDLIB_OF_THE_DOMAIN = {
    "base64", "binascii", "bisect", "calendar", "collections", "datetime", "enum", "functools",
    "hashlib", "heapq", "hmac", "ipaddress", "itertools", "json", "math", "operator", "re",
    "typing", "zoneinfo",
}  # fmt: skip
THIRD_PARTY_OF_THE_DOMAIN = {"attrs", "sortedcontainers"}
IMPURE_CALLS = {
    "now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter", "uuid1", "uuid4",
    "urandom", "random", "choice", "randint", "open", "print", "input", "sleep", "getenv",
    "eval", "exec",
}  # fmt: skip
ONLY_HERE = {
    "starlette": {"adapters/http/app.py", "adapters/http/control"},
    "uvicorn": {"adapters/http/server.py", "adapters/cli/serve.py"},
    "msgpack": {"adapters/snapshot"},
    "cattrs": {"adapters/snapshot"},
    "sqlite3": {"adapters/store/sqlite.py"},
    "zoneinfo": {
        "domain/kernel/schedules.py",
        "adapters/cli/schedule.py",
        "adapters/http/provenance.py",
    },
    "botocore": {"adapters/emission/aws.py"},
    "boto3": {"adapters/emission/aws.py"},
    "pickle": set(),
}
SLICE_FILES = {"__init__.py", "events.py", "commands.py", "state.py", "decide.py", "queries.py"}


def _modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_name(path)} imports relatively"
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _ours(path: Path) -> set[str]:
    inner = "vaultclock."
    return {name.removeprefix(inner) for name in _imports(path) if name.startswith(inner)}


SLICES = sorted(p.parent for p in (ROOT / "domain").glob("*/events.py"))
CODE = _modules("domain", "adapters", "src", "tools", "bench")


@pytest.mark.parametrize("path", _modules("domain"), ids=_name)
def test_the_domain_is_pure(path: Path) -> None:
    roots = {name.partition(".")[0] for name in _imports(path)}
    strangers = roots - STDLIB_OF_THE_DOMAIN - THIRD_PARTY_OF_THE_DOMAIN - {"vaultclock"}
    assert not strangers, "the domain does no I/O and knows no adapter's library"
    assert not any(name.startswith("adapters") for name in _ours(path))
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    }
    assert not called & IMPURE_CALLS, "time and chance come from the context"


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_a_library_stays_where_it_belongs(path: Path) -> None:
    name = _name(path)
    if name.startswith(("tools/", "bench/")):
        return
    for library, homes in ONLY_HERE.items():
        used = any(i == library or i.startswith(f"{library}.") for i in _imports(path))
        assert not used or any(name.startswith(home) for home in homes), (
            f"{library} may only be imported by {sorted(homes) or 'nobody'}"
        )


@pytest.mark.parametrize("path", _modules("domain/kernel"), ids=_name)
def test_the_kernel_knows_nothing_of_backups(path: Path) -> None:
    assert all(name.startswith("domain.kernel") for name in _ours(path))


@pytest.mark.parametrize("folder", SLICES, ids=_name)
def test_every_slice_has_the_same_files(folder: Path) -> None:
    assert {path.name for path in folder.glob("*.py")} == SLICE_FILES


@pytest.mark.parametrize("folder", SLICES, ids=_name)
def test_a_slice_imports_only_what_its_place_allows(folder: Path) -> None:
    own = f"domain.{folder.name}"
    kernel, shared = "domain.kernel", ("domain.values", "domain.resource_types")
    for name in _ours(folder / "events.py"):
        assert name.startswith((kernel, "domain.values")), "facts are leaves"
    for name in _ours(folder / "commands.py"):
        assert name.startswith((kernel, "domain.values", f"{own}.events")), "requests are leaves"
    for name in _ours(folder / "state.py"):
        assert name.startswith((kernel, *shared, own)), "state knows its own slice only"
    for part in ("decide.py", "queries.py"):
        for name in _ours(folder / part):
            foreign = name.startswith("domain.") and not name.startswith((own, kernel))
            words = name.split(".")
            assert not (foreign and "decide" in words), "rules are not shared by calling them"
            assert not (foreign and "state" in words), "another slice is read through the world"


@pytest.mark.parametrize("folder", SLICES, ids=_name)
def test_facts_say_that_they_are_the_storage_format(folder: Path) -> None:
    text = ast.get_docstring(ast.parse((folder / "events.py").read_text())) or ""
    assert "names and fields are the storage format" in text


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_a_module_says_what_lives_in_it(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_code_fits_on_a_screen(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= MODULE_LINES_MAX, "split the module by what it knows"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < FUNCTION_LINES_MAX, node.name


def test_every_package_is_shipped() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    there = {
        "vaultclock." + _name(path.parent).replace("/", ".")
        for path in _modules("domain", "adapters")
        if path.name == "__init__.py"
    }
    assert set(listed) == there | {"vaultclock"}
