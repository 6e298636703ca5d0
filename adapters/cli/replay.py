"""``vaultclock replay``: a recorded world, printed or served. Folding is the domain's."""

import argparse
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs

from vaultclock.adapters.cli.failures import OK, Failure
from vaultclock.adapters.cli.logfiles import naming
from vaultclock.adapters.cli.options import (
    ADDRESS,
    CALLERS,
    RATE,
    REPLAYED_CLOCK,
    read_options,
    read_rate,
)
from vaultclock.adapters.cli.output import plain, print_json, print_table, summary
from vaultclock.adapters.clock.recordings import END, Point, play_recording
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.instants import to_iso

_HEADS = ("account/region", "table", "key", "fields")


def run(args: argparse.Namespace) -> int:
    """Rebuild a world up to a point, and print or serve it."""
    until = _read_until(args.to)
    options = (*ADDRESS, REPLAYED_CLOCK, RATE, CALLERS)
    values, given = read_options(options, args, os.environ if args.serve else {})
    if given and not args.serve:
        raise Failure(f"--{min(given)} is for --serve: leave it out, or say --serve")
    rate = read_rate(values)
    with naming(args.file), Path(args.file).open("rb") as file:
        engine = play_recording(file, until, cut_torn_tail=args.cut_torn_tail)
    if args.serve:
        return _serve(engine, values, rate)
    if args.output == "json":
        print_json(_state(engine))
    else:
        _print_state(engine)
    return OK


def _read_until(text: str | None) -> Point:
    if text is None:
        return END
    kind, colon, rest = text.partition(":")
    try:
        point = Point.parse(rest) if colon else END
    except ValueError as error:
        raise Failure(f"--to: {error}") from None
    if (kind == "seq" and point.seq is not None) or (kind == "at" and point.at is not None):
        return point
    raise Failure(f"--to can't be {text[:60]!r}: accepted are seq:812 and at:2026-01-31T05:00:00Z")


def _serve(engine: Engine, values: dict[str, Any], rate: float) -> int:
    serving = import_module("vaultclock.adapters.cli.serve")
    simulation = import_module("vaultclock.adapters.clock.simulation").Simulation(engine.log, rate)
    callers = serving.callers_in(values["callers"])
    with serving.listen(values["host"], values["port"]) as listener:
        code: int = serving.serve_simulation(simulation, values["host"], listener, callers)
    return code


def _state(engine: Engine) -> dict[str, Any]:
    scopes: list[dict[str, Any]] = []
    for scope, tables in engine.rows().items():
        named = {
            slot: {key: plain(attrs.asdict(rows[key])) for key in sorted(rows)}
            for slot, rows in tables.items()
        }
        scopes.append({"account": scope.account, "region": scope.region, "tables": named})
    return {"now": to_iso(engine.now), "seq": engine.seq, "scopes": scopes}


def _print_state(engine: Engine) -> None:
    print(f"{to_iso(engine.now)}, after {engine.seq} facts")
    print_table(_HEADS, _cells(engine))


def _cells(engine: Engine) -> Iterator[tuple[str, str, str, str]]:
    for scope in _state(engine)["scopes"]:
        for slot, rows in scope["tables"].items():
            for key, fields in rows.items():
                yield f"{scope['account']}/{scope['region']}", slot, key, summary(fields)
