"""``vaultclock log``: looks into log files. How they are laid out is the snapshot adapter's."""

import argparse
import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO

import attrs

from vaultclock.adapters.cli.failures import FOUND, OK, Failure
from vaultclock.adapters.cli.logfiles import naming, opened_log
from vaultclock.adapters.cli.output import (
    plain,
    print_fields,
    print_json,
    print_json_rows,
    print_table,
    summary,
)
from vaultclock.adapters.clock.recordings import Point, Unplayable, is_jsonl, play_recording
from vaultclock.adapters.snapshot.files import save, verify
from vaultclock.adapters.snapshot.jsonl import verify_jsonl, write_jsonl
from vaultclock.adapters.snapshot.recorded import RecordedLog, Report
from vaultclock.domain.kernel.facts import FORM_OF, Recorded
from vaultclock.domain.kernel.instants import Instant, to_iso

_HEADS = ("seq", "at", "account/region", "fact", "fields")


def run(args: argparse.Namespace) -> int:
    """Carry out one verb on a log file."""
    match args.verb:
        case "show":
            return _show(args)
        case "head":
            return _head(args)
        case "verify":
            return _verify(args)
    return _convert(args)


def _show(args: argparse.Namespace) -> int:
    since, until = _read_point("--from", args.since), _read_point("--to", args.until)
    with opened_log(args) as log:
        facts = (
            stated
            for batch in log.read()
            for stated in batch.recorded()
            if _is_within(stated, since, until) and _is_named(stated, args.name)
        )
        if args.output == "json":
            print_json_rows(map(_row, facts))
        else:
            print_table(_HEADS, map(_cells, facts))
    return OK


def _is_within(stated: Recorded, since: Point, until: Point) -> bool:
    return (
        stated.seq >= (since.seq or 0)
        and stated.at >= (since.at or 0)
        and (until.seq is None or stated.seq < until.seq)
        and (until.at is None or stated.at <= until.at)
    )


def _is_named(stated: Recorded, patterns: list[str] | None) -> bool:
    name = FORM_OF[type(stated.fact)][0]
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def _row(stated: Recorded) -> dict[str, Any]:
    name, version = FORM_OF[type(stated.fact)]
    return {
        "seq": stated.seq,
        "at": to_iso(stated.at),
        "account": stated.scope.account,
        "region": stated.scope.region,
        "fact": name,
        "version": version,
        "fields": plain(attrs.asdict(stated.fact)),
    }


def _cells(stated: Recorded) -> tuple[Any, ...]:
    row = _row(stated)
    where = f"{row['account']}/{row['region']}"
    return row["seq"], row["at"], where, row["fact"], summary(row["fields"])


def _head(args: argparse.Namespace) -> int:
    with opened_log(args) as log:
        _print(args, _described(log))
    return OK


def _described(log: RecordedLog) -> dict[str, Any]:
    header = plain(attrs.asdict(log.header))
    origin = header.pop("origin")
    return {**header, **origin, "facts": log.head(), "rested_at": to_iso(log.rested_at())}


def _verify(args: argparse.Namespace) -> int:
    with naming(args.file), Path(args.file).open("rb") as file:
        report = verify_jsonl(file) if is_jsonl(file) else verify(file)
        fault: Exception | None = report.fault
        if fault is None:
            file.seek(0)
            fault = _fault_in_folding(file)
    _print(args, _found(report, fault))
    if args.output == "table" and report.by_name:
        print()
        print_table(("fact", "count"), report.by_name.items())
    return OK if fault is None else FOUND


def _fault_in_folding(file: BinaryIO) -> Unplayable | None:
    try:
        play_recording(file)
    except Unplayable as error:
        return error
    return None


def _found(report: Report, fault: Exception | None) -> dict[str, Any]:
    return {
        "fault": None if fault is None else str(fault),
        "facts": report.facts,
        "batches": report.batches,
        "first_at": _iso(report.first_at),
        "last_at": _iso(report.last_at),
        "rested_at": _iso(report.rested_at),
        "by_name": dict(report.by_name),
    }


def _iso(instant: Instant | None) -> str | None:
    return None if instant is None else to_iso(instant)


def _convert(args: argparse.Namespace) -> int:
    out = Path(args.out)
    if out.suffix not in {".vclog", ".jsonl"}:
        raise Failure(f"{args.out}: the name must end in .vclog or .jsonl, which says the format")
    if out.exists() and not args.force:
        raise Failure(f"{args.out} exists: name another, or replace it with --force", FOUND)
    with opened_log(args) as log, naming(args.out):
        if out.suffix == ".vclog":
            save(log, out, **log.header.provenance)
        else:
            _save_jsonl(log, out)
    print(f"{args.out}: {log.head()} facts")
    return OK


def _save_jsonl(log: RecordedLog, out: Path) -> None:
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            write_jsonl(log, file, **log.header.provenance)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _print(args: argparse.Namespace, fields: dict[str, Any]) -> None:
    if args.output == "json":
        print_json(fields)
    else:
        print_fields({name: value for name, value in fields.items() if name != "by_name"})


def _read_point(option: str, text: str | None) -> Point:
    try:
        return Point() if text is None else Point.parse(text)
    except ValueError as error:
        raise Failure(f"{option}: {error}") from None
