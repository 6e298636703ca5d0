"""Recorded logs as users handle them: either format, points in them, parts up to a point."""

import io
import zoneinfo
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from tests.clock.test_simulation import busy
from tests.http.desk import ORIGIN, START, Seconds
from vaultclock.adapters.clock.recordings import (
    END,
    Part,
    Point,
    Unplayable,
    play,
    read_recording,
)
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.provenance import provenance, tzdata_version
from vaultclock.adapters.snapshot.codec import UnreadableLog
from vaultclock.adapters.snapshot.files import write_log
from vaultclock.adapters.snapshot.jsonl import write_jsonl
from vaultclock.domain.features import replay
from vaultclock.domain.kernel.facts import Batch, Scope
from vaultclock.domain.kernel.instants import DAY, HOUR
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.recovery_points.events import RecoveryPointDeleted


def recorded() -> Simulation:
    simulation = busy(Simulation(MemoryLog(ORIGIN), 0, Seconds()))
    simulation.engine.advance(START + 5 * DAY + HOUR)
    return simulation


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("0", Point(seq=0)),
        ("2026", Point(seq=2026)),
        ("2026-01-01", Point(at=START)),
        ("2026-01-01T00:00:00Z", Point(at=START)),
    ],
)
def test_a_point_is_a_position_or_an_instant(text: str, point: Point) -> None:
    assert Point.parse(text) == point


@pytest.mark.parametrize("text", ["", "-1", "1.5", "seq:1", "yesterday", "1" * 19])
def test_what_is_no_point_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(ValueError, match="is not a position such as 812, or an instant such as"):
        Point.parse(text)


def copied(part: Part) -> MemoryLog:
    """Read a part to its end."""
    copy = MemoryLog(part.origin)
    for batch in part.read():
        copy.append(batch)
    copy.rest(part.rested_at())
    assert (copy.head(), copy.rested_at()) == (part.head(), part.rested_at())
    return copy


def piece_by_piece(log: MemoryLog) -> Callable[[int], list[Batch]]:
    return lambda seq: [*islice(log.read(seq), 2)]


def test_a_part_of_a_log_ends_with_whole_batches_and_plays_by_itself() -> None:
    log = copied(Part(recorded().engine.log))
    for seq in range(log.head() + 2):
        part = copied(Part(log, Point(seq=seq), piece_by_piece(log)))
        assert part.head() <= seq
        whole = replay(log, to_seq=seq)
        assert play(part).rows() == whole.rows()
        assert part.rested_at() == whole.now
        assert [*part.read()] == [*copied(Part(log, Point(seq=seq))).read()]
    assert log.rested_at() == START + 5 * DAY + HOUR
    assert copied(Part(log)).rested_at() == log.rested_at()


@pytest.mark.parametrize("at", [START, START + DAY, START + 2 * DAY + HOUR, START + 90 * DAY])
def test_a_part_up_to_an_instant_holds_all_that_it_saw(at: int) -> None:
    log = copied(Part(recorded().engine.log))
    for read_piece in (None, piece_by_piece(log)):
        part, whole = copied(Part(log, Point(at=at), read_piece)), replay(log, to_at=at)
        assert play(part).rows() == whole.rows() == play(log, Point(at=at)).rows()
        assert part.rested_at() == whole.now == min(at, START + 5 * DAY + HOUR)


def test_a_part_of_a_log_that_grows_ends_where_the_log_ended_when_it_was_asked_for() -> None:
    simulation = recorded()
    log = simulation.engine.log
    part, head, rested_at = Part(log), log.head(), log.rested_at()
    simulation.engine.advance(START + 30 * DAY)
    assert log.head() > head
    assert (copied(part).head(), part.rested_at()) == (head, rested_at)


@pytest.mark.parametrize("back", [0, 1, 2, 3])
def test_the_rest_of_a_part_begins_with_the_next_whole_batch(back: int) -> None:
    log = copied(Part(recorded().engine.log))
    seq = log.head() - back
    assert [*Part(log, END, piece_by_piece(log)).read(seq)] == [*log.read(seq)]


def test_either_format_is_known_by_its_first_byte() -> None:
    simulation = recorded()
    for write in (write_log, write_jsonl):
        file = io.BytesIO()
        write(simulation.engine.log, file, **provenance())
        file.seek(0)
        assert play(read_recording(file), END).rows() == simulation.engine.rows()
    with pytest.raises(UnreadableLog, match="the file is empty"):
        read_recording(io.BytesIO())


def test_facts_that_do_not_follow_from_one_another_are_not_played() -> None:
    log = MemoryLog(ORIGIN)
    gone = RecoveryPointDeleted("arn:aws:ec2:us-east-1::snapshot/never-was")
    log.append(Batch(0, START, Scope("000000000000", "us-east-1"), None, [gone]))
    with pytest.raises(Unplayable, match="the facts do not fold: AssertionError"):
        play(log)


def test_the_head_of_a_log_names_the_rules_for_time_zones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read = tzdata_version.__wrapped__
    monkeypatch.setattr(zoneinfo, "TZPATH", ())
    assert read().startswith("tzdata 20")
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path),))
    assert read().startswith("tzdata 20")
    (tmp_path / "Etc").mkdir()
    (tmp_path / "Etc" / "UTC").touch()
    assert read() == "the machine's"
    (tmp_path / "tzdata.zi").write_text("# version 2026a\nZ ...\n")
    assert read() == "2026a"
    assert provenance()["tzdata_version"] == tzdata_version()
