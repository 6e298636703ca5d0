import io
import json
from pathlib import Path

import pytest

from tools.write_golden import GOLDEN, summary_of, version_now
from vaultclock.adapters.snapshot.files import read_log, verify, write_log
from vaultclock.adapters.snapshot.jsonl import read_jsonl, write_jsonl
from vaultclock.domain.features import replay
from vaultclock.domain.kernel.facts import CLASS_OF

LOGS = sorted(GOLDEN.glob("*.vclog"))
every_log = pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)


@every_log
def test_a_log_of_every_release_folds_into_the_same_world_for_ever(path: Path) -> None:
    with path.open("rb") as file:
        log = read_log(file)
        summary = summary_of(log, replay(log))
    assert summary == json.loads(path.with_suffix(".json").read_text("utf-8"))


@every_log
def test_a_log_of_every_release_passes_a_check(path: Path) -> None:
    with path.open("rb") as file:
        report = verify(file)
    assert report.fault is None
    assert report.header is not None
    assert report.header.program_version == path.stem


@every_log
def test_a_log_of_every_release_survives_the_way_through_lines(path: Path) -> None:
    with path.open("rb") as file:
        log = read_log(file)
        direct, lines, back = io.BytesIO(), io.BytesIO(), io.BytesIO()
        write_log(log, direct, **log.header.provenance)
        write_jsonl(log, lines, **log.header.provenance)
    lines.seek(0)
    copy = read_jsonl(lines)
    write_log(copy, back, **copy.header.provenance)
    assert back.getvalue() == direct.getvalue()


def test_this_version_has_its_log_and_every_fact_happens_in_it() -> None:
    summary = json.loads((GOLDEN / f"{version_now()}.json").read_text("utf-8"))
    assert {*summary["facts"]} == {*CLASS_OF}, "run tools/write_golden.py"
