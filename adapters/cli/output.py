"""What commands print: aligned tables for people, JSON for programs. What it says is theirs."""

import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from vaultclock.domain.kernel.instants import to_iso

_GAP = "  "


def print_json(value: Any) -> None:
    """Print one JSON document."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_json_rows(rows: Iterable[Any]) -> None:
    """Print a JSON array, a row a line, as the rows come."""
    before = "["
    for row in rows:
        print(before + json.dumps(row, ensure_ascii=False), end="")
        before = ",\n"
    print("[]" if before == "[" else "]")


def print_table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows in columns; on a terminal, lines are cut at its edge."""
    texts = [heads, *([_text(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip_longest(*texts, fillvalue="")]
    widths[-1] = 0  # what stands last needs no filling
    edge = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for row in texts:
        line = _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(line.rstrip()[:edge])


def print_fields(fields: Mapping[str, Any]) -> None:
    """Print names and values, a line each."""
    width = max(map(len, fields))
    for name, value in fields.items():
        print(f"{name.ljust(width)}{_GAP}{_text(value)}".rstrip())


def summary(fields: Mapping[str, Any]) -> str:
    """Write fields in one line, leaving out those that say nothing."""
    return " ".join(
        f"{name}={_compact(value)}" for name, value in fields.items() if value not in (None, {}, [])
    )


def plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Make JSON of a fact's or an entity's fields; instants become ISO 8601 texts."""
    return {name: _plain(name, value) for name, value in fields.items()}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(str(key), entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(name, entry) for entry in value]
    if isinstance(value, int) and not isinstance(value, bool) and name.endswith("_at"):
        return to_iso(value)
    return value


def _text(value: Any) -> str:
    text = "-" if value is None else str(value)
    return text if text.isprintable() else json.dumps(text)  # names may hold a terminal's commands


def _compact(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
