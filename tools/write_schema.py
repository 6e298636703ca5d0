"""Write down what is stored: every fact's versions and fields, so that a change is seen as one.

Without that a renamed field would be found by whoever loads an old log. A fact may get a new
field with a default, or a new version with a step in ``adapters/snapshot/upcasts.py``; the tool
refuses every other change. With ``--check``, write nothing and exit 1 when the file is stale.
``--anew`` forgets the past, for as long as no release has written a log.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import attrs

from vaultclock.adapters.snapshot.shapes import fields_of, text_of
from vaultclock.adapters.snapshot.upcasts import UPCASTS, Upcasts
from vaultclock.domain import features  # noqa: F401 - imports, and so registers, every fact
from vaultclock.domain.kernel.facts import FORM_OF

SCHEMA_PATH = Path(__file__).parent.parent / "tests" / "golden" / "schema.json"

Fields = dict[str, str]
# facts by name and version, and the values inside them by class, which have no version
Schema = dict[str, dict[str, Any]]


def schema_now() -> Schema:
    """Describe every fact of today, and every class of values that facts hold."""
    facts = {name: {str(version): _fields(cls)} for cls, (name, version) in FORM_OF.items()}
    values = {inner.__name__: _fields(inner) for cls in FORM_OF for inner in _values_in(cls)}
    return {"facts": dict(sorted(facts.items())), "values": dict(sorted(values.items()))}


def _fields(cls: type) -> Fields:
    return {
        name: text_of(hint) + _default_text(field) for name, (hint, field) in fields_of(cls).items()
    }


def _default_text(field: "attrs.Attribute[Any]") -> str:
    default: Any = field.default
    if default is attrs.NOTHING:
        return ""
    return f" = {default.factory() if hasattr(default, 'factory') else default!r}"


def _values_in(annotation: Any) -> Iterator[type]:
    inner = get_args(annotation)
    if isinstance(annotation, type) and attrs.has(annotation):
        inner = tuple(hint for hint, _ in fields_of(annotation).values())
        if annotation not in FORM_OF:
            yield annotation
    for part in inner:
        yield from _values_in(part)


def with_past(now: Schema, past: Schema, upcasts: Upcasts = UPCASTS) -> Schema:
    """Add the older versions of facts that steps still lead away from."""
    facts = {name: dict(versions) for name, versions in now["facts"].items()}
    for name, versions in past["facts"].items():
        for version, fields in versions.items():
            if (name, int(version)) in upcasts:
                facts.setdefault(name, {})[version] = fields
    ordered = {name: dict(sorted(facts[name].items())) for name in sorted(facts)}
    return {"facts": ordered, "values": now["values"]}


def breaks(past: Schema, now: Schema) -> list[str]:
    """Say what of the past can't be read as it was meant any more."""
    return [*_broken_facts(past["facts"], now["facts"]), *_broken_values(past, now)]


def _broken_facts(past: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for name, versions in past.items():
        for version, fields in versions.items():
            found = now.get(name, {}).get(version)
            if found is None:
                yield f"{name} version {version} has no reader and no step to a newer form"
            else:
                yield from _broken_fields(f"{name} version {version}", fields, found)


def _broken_values(past: Schema, now: Schema) -> Iterator[str]:
    for name, fields in past["values"].items():
        if name in now["values"]:  # one that is gone is missed where facts held it
            yield from _broken_fields(name, fields, now["values"][name])


def _broken_fields(where: str, past: Fields, now: Fields) -> Iterator[str]:
    for name, text in past.items():
        if name not in now:
            yield f"{where} has lost its field {name}"
        elif now[name] != text and now[name].partition(" = ")[0] != text:
            yield f"{where} field {name} was {text!r} and is {now[name]!r}"
    for name in now.keys() - past.keys():
        if " = " not in now[name]:
            yield f"{where} has a new field {name} without a default"


def render(schema: Schema) -> str:
    """Write a schema as the text of its file."""
    return json.dumps(schema, indent=1) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or say why not; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the file is stale")
    parser.add_argument("--anew", action="store_true", help="accept changes that break old logs")
    parser.add_argument("--path", type=Path, default=SCHEMA_PATH, help="(default: %(default)s)")
    chosen = parser.parse_args(arguments)
    is_new = chosen.anew or not chosen.path.exists()
    written = "" if is_new else chosen.path.read_text("utf-8")
    past: Schema = {"facts": {}, "values": {}} if is_new else json.loads(written)
    now = with_past(schema_now(), past)
    if problems := breaks(past, now):
        print(*problems, sep="\n")
        return 1
    if chosen.check:
        print("the schema is up to date" if written == render(now) else "the schema is stale")
        return int(written != render(now))
    chosen.path.write_text(render(now), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
