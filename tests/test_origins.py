"""What a world is born with: on the command line, in the environment, in logs and in stores."""

import argparse
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from vaultclock.adapters.cli import serve
from vaultclock.adapters.cli.failures import Failure
from vaultclock.adapters.cli.options import WORLD, add_options, read_options
from vaultclock.adapters.snapshot.files import read_log, write_log
from vaultclock.adapters.snapshot.jsonl import read_jsonl, write_jsonl
from vaultclock.adapters.snapshot.recorded import Header, Provenance
from vaultclock.adapters.store.sqlite import SqliteLog
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import HOUR
from vaultclock.domain.kernel.logs import MemoryLog

WRITTEN_BY = Provenance(program_version="1", model_hash="", tzdata_version="")


def read(*argv: str, **environment: str) -> tuple[dict[str, Any], set[str]]:
    parser = argparse.ArgumentParser()
    add_options(parser, WORLD)
    return read_options(WORLD, parser.parse_args(argv), environment)


def test_the_deletion_lag_is_an_option_and_a_variable_and_eight_hours_by_default() -> None:
    assert read()[0]["deletion_lag_hours"] == 8
    assert read("--deletion-lag-hours", "0")[0]["deletion_lag_hours"] == 0
    values, given = read(VAULTCLOCK_DELETION_LAG_HOURS="2")
    assert values["deletion_lag_hours"] == 2
    assert given == {"deletion_lag_hours"}
    assert Origin(deletion_lag_hours=2).deletion_lag_max == 2 * HOUR
    for refused in ("-1", "0.5", "8785"):
        with pytest.raises(Failure, match="from 0 to 8784"):
            read("--deletion-lag-hours", refused)


@pytest.mark.parametrize(("write", "read_back"), [(write_log, read_log), (write_jsonl, read_jsonl)])
def test_a_log_carries_the_deletion_lag_of_its_world(write: Any, read_back: Any) -> None:
    origin, file = Origin(1, 2, 3, 0), BytesIO()
    write(MemoryLog(origin), file, **WRITTEN_BY)
    file.seek(0)
    assert read_back(file).origin == origin


def test_the_header_of_a_log_from_before_the_deletion_lag_could_be_set_means_eight_hours() -> None:
    entry = Header.of(MemoryLog(Origin(1, 2, 3)), **WRITTEN_BY).entry()
    del entry["origin"]["deletion_lag_hours"]
    assert Header.read(entry).origin == Origin(1, 2, 3, 8)


def test_a_store_keeps_the_deletion_lag_that_it_was_made_with(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    with SqliteLog.open(path, Origin(deletion_lag_hours=0)) as log:
        assert log.origin.deletion_lag_hours == 0
    with SqliteLog.open(path, Origin()) as log:
        assert log.origin.deletion_lag_hours == 0


def test_a_store_is_not_opened_with_another_deletion_lag_than_its_own(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "world.db"), "--start", "2026-01-01")
    values, given = read(*data, "--deletion-lag-hours", "0")
    log = serve._open_log(values, given)
    assert isinstance(log, SqliteLog)
    log.close()
    values, given = read(*data, "--deletion-lag-hours", "8")
    with pytest.raises(Failure, match="began with another deletion lag: leave --deletion-lag-hour"):
        serve._open_log(values, given)
