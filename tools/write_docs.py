"""Write the reference pages that are generated from the code; a test fails when one is stale.

Run by `make docs`. With ``--check``, write nothing and exit 1 when a page is stale.
"""

import argparse
import inspect
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import attrs

from vaultclock.domain.features import FEATURES
from vaultclock.domain.kernel.facts import FORM_OF

DOCS = Path(__file__).parent.parent / "docs"


def type_text(annotation: Any) -> str:
    """Write a type the way a reader of the log thinks of it."""
    if annotation is type(None):
        return "none"
    if isinstance(annotation, types.UnionType):
        return " or ".join(type_text(part) for part in get_args(annotation))
    if (origin := get_origin(annotation)) is not None:
        parts = [type_text(part) for part in get_args(annotation) if part is not Ellipsis]
        word = "map" if origin.__name__ == "Mapping" else "list"
        return f"{word} of {' to '.join(parts)}"
    return str(getattr(annotation, "__name__", annotation))


def events_page() -> str:
    """Describe every fact that a log may hold: name, version, fields, meaning."""
    return "\n".join(_events_lines()) + "\n"


def _events_lines() -> Iterator[str]:
    yield "# Facts"
    yield ""
    yield "Every fact that a log may hold, by slice. Made by `make docs` from the registry."
    yield "Instants are milliseconds since the epoch; fields with a default may be left out."
    for feature in FEATURES:
        yield ""
        yield f"## {feature.slot.replace('_', ' ')}"
        for fact in feature.facts:
            yield from _fact_lines(fact)


def _fact_lines(fact: type) -> Iterator[str]:
    name, version = FORM_OF[fact]
    yield ""
    yield f"### `{name}` version {version}"
    yield ""
    yield inspect.cleandoc(fact.__doc__ or "").replace("``", "`")
    yield ""
    yield "| field | type | default |"
    yield "|---|---|---|"
    for field in attrs.fields(fact):
        default = "" if field.default is attrs.NOTHING else f"`{field.default!r}`"
        yield f"| `{field.name}` | {type_text(field.type)} | {default} |"


PAGES = {"events.md": events_page}


def main(argv: list[str] | None = None) -> int:
    """Write the pages, or say which are stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when stale")
    check = parser.parse_args(argv).check
    stale = [name for name, page in PAGES.items() if _read(name) != page()]
    for name in stale:
        if check:
            print(f"docs/{name} is stale: run make docs", file=sys.stderr)
        else:
            (DOCS / name).write_text(PAGES[name]())
            print(f"wrote docs/{name}")
    return 1 if check and stale else 0


def _read(name: str) -> str | None:
    path = DOCS / name
    return path.read_text() if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
