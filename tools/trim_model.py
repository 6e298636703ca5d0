"""Writes the wire model from botocore's service model: facts only, none of AWS's prose.

Run it after botocore was upgraded; with ``--check`` it only says whether the file is behind.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore
import botocore.loaders

MODEL_PATH = Path(__file__).parent.parent / "adapters" / "http" / "model.json"
_SHAPE_TRAITS = ("type", "required", "enum", "min", "max", "pattern", "exception", "fault")
_MEMBER_TRAITS = ("shape", "location", "locationName", "idempotencyToken")
# What the protocol layer knows how to read and write. A model that says more is refused by name,
# so that nothing new is dropped in silence.
_KNOWN_TRAITS = {
    "operation": {"name", "http", "input", "output", "errors", "idempotent", "readonly"},
    "http": {"method", "requestUri", "responseCode"},
    "shape": {*_SHAPE_TRAITS, "members", "member", "key", "value", "box", "sensitive"},
    "member": {*_MEMBER_TRAITS, "box"},
    "part": {"shape"},
}


class Outgrown(Exception):
    """The service model says something the protocol layer does not know."""


def _known(kind: str, name: str, traits: Mapping[str, Any]) -> None:
    strangers = set(traits) - _KNOWN_TRAITS[kind] - {"documentation", "deprecated"}
    if strangers:
        raise Outgrown(f"{kind} {name} has {', '.join(sorted(strangers))}: teach adapters/http")


def _trim_operation(operation: Mapping[str, Any]) -> dict[str, Any]:
    _known("operation", operation["name"], operation)
    http = operation["http"]
    _known("http", operation["name"], http)
    trimmed = {
        "method": http["method"],
        "uri": http["requestUri"],
        "status": http.get("responseCode", 200),
    }
    for side in ("input", "output"):
        if side in operation:
            trimmed[side] = operation[side]["shape"]
    trimmed["errors"] = sorted(error["shape"] for error in operation.get("errors", ()))
    return trimmed


def _trim_member(name: str, member: Mapping[str, Any]) -> dict[str, Any]:
    _known("member", name, member)
    if member.get("location", "uri") not in {"uri", "querystring"}:
        raise Outgrown(f"member {name} travels in {member['location']}: teach adapters/http")
    if "location" not in member and member.get("locationName", name) != name:
        raise Outgrown(f"body member {name} has another wire name: teach adapters/http")
    return {trait: member[trait] for trait in _MEMBER_TRAITS if trait in member}


def _trim_shape(name: str, shape: Mapping[str, Any]) -> dict[str, Any]:
    _known("shape", name, shape)
    trimmed = {trait: shape[trait] for trait in _SHAPE_TRAITS if trait in shape}
    for part in ("member", "key", "value"):
        if part in shape:
            _known("part", f"{name}.{part}", shape[part])
            trimmed[part] = shape[part]["shape"]
    if "members" in shape:  # in the model's order: replies are written in it
        trimmed["members"] = {
            member: _trim_member(f"{name}.{member}", traits)
            for member, traits in shape["members"].items()
        }
    return trimmed


def _parts(shape: Mapping[str, Any]) -> Iterator[str]:
    for member in shape.get("members", {}).values():
        yield member["shape"]
    for part in ("member", "key", "value"):
        if part in shape:
            yield shape[part]


def _reachable(shapes: Mapping[str, Any], roots: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _trim_shape(name, shapes[name])
            waiting.extend(_parts(found[name]))
    return dict(sorted(found.items()))


def _refuse_recursion(shapes: Mapping[str, Any]) -> None:
    below = {name: set(_parts(shape)) for name, shape in shapes.items()}
    while leaves := {name for name, parts in below.items() if not parts}:
        below = {name: parts - leaves for name, parts in below.items() if name not in leaves}
    if below:
        raise Outgrown(f"shapes hold themselves: {', '.join(sorted(below))}: teach adapters/http")


def _refuse_located_replies(operations: Mapping[str, Any], shapes: Mapping[str, Any]) -> None:
    for name, operation in operations.items():
        members = shapes[operation["output"]]["members"] if "output" in operation else {}
        if any("location" in member for member in members.values()):
            raise Outgrown(f"the reply of {name} has members outside its body: teach adapters/http")


def trim(service: Mapping[str, Any]) -> dict[str, Any]:
    """Reduce a botocore service model to what the wire needs.

    Raises Outgrown when it holds a trait, a location or a recursion the protocol layer lacks.
    """
    operations = {
        name: _trim_operation(operation)
        for name, operation in sorted(service["operations"].items())
    }
    roots = [
        name
        for operation in operations.values()
        for name in (operation.get("input"), operation.get("output"), *operation["errors"])
        if name is not None
    ]
    shapes = _reachable(service["shapes"], roots)
    _refuse_recursion(shapes)
    _refuse_located_replies(operations, shapes)
    return {
        "api_version": service["metadata"]["apiVersion"],
        "operations": operations,
        "shapes": shapes,
    }


def content_hash(content: Mapping[str, Any]) -> str:
    """Compute the sha256 that names a trimmed model, in hexadecimal; versions do not count."""
    counted = {part: content[part] for part in ("api_version", "operations", "shapes")}
    return hashlib.sha256(_compact(counted).encode()).hexdigest()


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _table(name: str, rows: Mapping[str, Any]) -> str:
    lines = ",\n".join(f"{_compact(key)}: {_compact(row)}" for key, row in rows.items())
    return f"{_compact(name)}: {{\n{lines}\n}}"


def render(content: Mapping[str, Any], botocore_version: str) -> str:
    """Write a trimmed model as JSON with one operation or shape a line, so that diffs read."""
    head = {
        "botocore": botocore_version,
        "hash": content_hash(content),
        "api_version": content["api_version"],
    }
    parts = [f"{_compact(key)}: {_compact(value)}" for key, value in head.items()]
    parts += [_table(name, content[name]) for name in ("operations", "shapes")]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def installed() -> tuple[dict[str, Any], str]:
    """Trim the model of the installed botocore; also its version."""
    service = botocore.loaders.Loader().load_service_model("backup", "service-2")
    return trim(service), botocore.__version__


def difference(path: Path) -> str | None:
    """Say how the file differs from what the installed botocore gives, or None if it does not."""
    content, version = installed()
    if not path.exists():
        return f"{path.name} is missing; botocore {version} is installed"
    checked_in = json.loads(path.read_text("utf-8"))
    parts = [
        f"{kind} {name}"
        for kind in ("operations", "shapes")
        for name in sorted({*checked_in[kind], *content[kind]})
        if _compact(checked_in[kind].get(name)) != _compact(content[kind].get(name))
    ]
    if not parts and checked_in["hash"] == content_hash(content):
        return None
    listed = ", ".join(parts[:5]) + (f" and {len(parts) - 5} more" if len(parts) > 5 else "")  # noqa: PLR2004 - enough for a line
    return (
        f"{path.name} (botocore {checked_in['botocore']}) is behind botocore {version}:"
        f" {listed or 'the head'} differ; run python tools/trim_model.py"
    )


def main(arguments: list[str]) -> int:
    """Write the file, or with ``--check`` answer 1 when it is behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the file is behind")
    parser.add_argument(
        "--path", type=Path, default=MODEL_PATH, help="the file (default: %(default)s)"
    )
    chosen = parser.parse_args(arguments)
    if not chosen.check:
        content, version = installed()
        chosen.path.write_text(render(content, version), "utf-8")
        print(f"{chosen.path.name}: {len(content['operations'])} operations of botocore {version}")
        return 0
    behind = difference(chosen.path)
    print(behind or f"{chosen.path.name} is up to date")
    return 1 if behind else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
