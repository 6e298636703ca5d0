"""A world on its clock: settled before it is looked at, kept before anyone is told."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.http.desk import ORIGIN, START, VOLUME, Seconds
from vaultclock.adapters.clock.recordings import play
from vaultclock.adapters.clock.simulation import Broken, Simulation
from vaultclock.adapters.store.errors import StoreError
from vaultclock.adapters.store.sqlite import SqliteLog
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Batch, Scope
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import DAY, HOUR, INSTANT_MAX, SECOND, Instant
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.kernel.refusals import AlreadyExists
from vaultclock.domain.recovery_points.commands import UpdateRecoveryPointLifecycle
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.commands import CreateVault

HERE = Scope("000000000000", "us-east-1")
ROLE = "arn:aws:iam::000000000000:role/backup"
POINTS = 12


class Store(MemoryLog):
    """A store that remembers what was kept, and fails when it is full."""

    def __init__(self) -> None:
        super().__init__(ORIGIN)
        self.kept: list[tuple[int, Instant]] = []
        self.full = self.closed = False
        self.facts_max = 1_000

    def append(self, batch: Batch) -> None:
        if batch.seq + len(batch.facts) > self.facts_max:
            raise StoreError("the disk is full: make room")
        super().append(batch)

    def commit(self) -> None:
        if self.full:
            raise StoreError("the disk is full: make room")
        self.kept.append((self.head(), self.rested_at()))

    def clear(self, origin: Origin) -> None:
        MemoryLog.__init__(self, origin)

    def close(self) -> None:
        self.closed = True


def busy(simulation: Simulation) -> Simulation:
    """A world in which something happens on each of a number of days."""
    simulation.change(CreateVault("busy"), HERE)
    for day in range(1, POINTS + 1):
        lifecycle = Lifecycle(delete_after_days=day)
        simulation.change(StartBackupJob("busy", VOLUME, ROLE, lifecycle=lifecycle), HERE)
    return simulation


def exhaust(strides: Iterable[None]) -> int:
    return len(list(strides))


def kill(simulation: Simulation) -> None:
    """Take a world's store away as the end of its process would."""
    assert simulation._store is not None
    simulation._store.close()


def test_a_frozen_world_settles_what_a_command_made_due_at_its_own_instant() -> None:
    simulation = Simulation(MemoryLog(ORIGIN))
    simulation.change(CreateVault("v"), HERE)
    simulation.change(StartBackupJob("v", VOLUME, ROLE), HERE)
    exhaust(simulation.strides(START + 9 * DAY))
    (point,) = simulation.engine.world(HERE).recovery_points.matching(vault_name="v")
    command = UpdateRecoveryPointLifecycle("v", point.arn, Lifecycle(delete_after_days=1))
    simulation.change(command, HERE)
    simulation.settle()
    assert not simulation.engine.world(HERE).recovery_points.count(vault_name="v")
    assert simulation.engine.now == START + 9 * DAY


def test_a_running_world_is_settled_up_to_the_wall_clock() -> None:
    seconds = Seconds()
    simulation = busy(Simulation(MemoryLog(ORIGIN), 3600, seconds))
    before = simulation.engine.seq
    seconds.passed = 48
    simulation.settle()
    assert simulation.engine.now == START + 2 * DAY
    assert simulation.engine.seq > before
    simulation.settle()
    assert simulation.engine.now == START + 2 * DAY


def test_a_frozen_world_stands_until_it_is_told() -> None:
    seconds = Seconds()
    simulation = busy(Simulation(MemoryLog(ORIGIN), 0, seconds))
    before = simulation.engine.seq
    seconds.passed = 1e6
    simulation.settle()
    assert (simulation.engine.now, simulation.engine.seq) == (START, before)


def test_one_stride_and_many_end_the_same() -> None:
    worlds = [busy(Simulation(MemoryLog(ORIGIN), 0, Seconds())) for _ in range(2)]
    assert exhaust(worlds[0].strides(START + 30 * DAY)) > 1
    worlds[1].engine.advance(START + 30 * DAY)
    assert worlds[0].engine.rows() == worlds[1].engine.rows()
    logs = [list(world.engine.log.read()) for world in worlds]
    assert logs[0] == logs[1]
    assert worlds[0].engine.log.rested_at() == START + 30 * DAY


def test_slow_work_makes_the_strides_shorter() -> None:
    seconds = Seconds()

    def slow() -> float:
        seconds.passed += 0.5
        return seconds.passed

    quick = exhaust(busy(Simulation(MemoryLog(ORIGIN), 0, Seconds())).strides(START + 30 * DAY))
    assert exhaust(busy(Simulation(MemoryLog(ORIGIN), 0, slow)).strides(START + 30 * DAY)) > quick


def test_an_advance_that_is_left_halfway_leaves_a_settled_world() -> None:
    simulation = busy(Simulation(Store(), 0, Seconds()))
    strides = simulation.strides(START + 30 * DAY)
    next(strides)
    statuses = [simulation.status]
    strides.close()
    assert [*statuses, simulation.status] == ["advancing", "ready"]
    assert START < simulation.engine.now < START + 30 * DAY
    due = simulation.engine.next_due()
    assert due is not None
    assert due > simulation.engine.now


def test_the_clock_runs_on_from_where_an_advance_ended() -> None:
    seconds = Seconds()
    simulation = Simulation(MemoryLog(ORIGIN), 2, seconds)
    seconds.passed = 5
    simulation.settle()
    exhaust(simulation.strides(START + DAY))
    seconds.passed = 8
    simulation.settle()
    assert simulation.engine.now == START + DAY + 6 * SECOND


def test_advancing_until_idle_rests_at_the_last_thing_that_happens() -> None:
    simulation = busy(Simulation(MemoryLog(ORIGIN), 0, Seconds()))
    exhaust(simulation.strides_until_idle(INSTANT_MAX, 1_000))
    assert simulation.engine.next_due() is None
    last = [batch.at for batch in simulation.engine.log.read()][-1]
    assert simulation.engine.now == last > START + POINTS * DAY


def test_advancing_until_idle_pauses_when_it_takes_long() -> None:
    seconds = Seconds()

    def slow() -> float:
        seconds.passed += 0.5
        return seconds.passed

    store = Store()
    simulation = busy(Simulation(store, 0, slow))
    seq = simulation.engine.seq
    assert exhaust(simulation.strides_until_idle(INSTANT_MAX, 1_000)) > POINTS
    assert simulation.engine.next_due() is None
    kept = [head for head, _ in store.kept if head > seq]
    assert kept == sorted(set(kept)), "each pause keeps what happened before it"


def test_advancing_until_idle_stops_at_its_bounds() -> None:
    simulation = busy(Simulation(MemoryLog(ORIGIN), 0, Seconds()))
    before = simulation.engine.seq
    exhaust(simulation.strides_until_idle(INSTANT_MAX, 5))
    assert before + 5 <= simulation.engine.seq <= before + 5 + POINTS
    exhaust(simulation.strides_until_idle(START + 3 * DAY + HOUR, 1_000))
    assert START + 2 * DAY < simulation.engine.now <= START + 3 * DAY + HOUR
    assert simulation.engine.next_due() is not None


def test_a_clock_that_runs_too_fast_falls_behind_and_nobody_waits() -> None:
    seconds = Seconds()
    simulation = busy(Simulation(MemoryLog(ORIGIN), 3600, seconds))
    calls = 0

    def slow() -> float:
        nonlocal calls
        calls += 1
        return seconds.passed + calls * 0.04

    simulation._seconds = slow
    seconds.passed = 24 * 30
    simulation.settle()
    assert START < simulation.engine.now < START + 30 * DAY
    assert simulation.clock.rate == 3600
    assert simulation.clock.instant() == simulation.engine.now
    due = simulation.engine.next_due()
    assert due is not None
    assert due > simulation.engine.now


def test_what_happened_is_kept_before_anyone_is_told() -> None:
    store = Store()
    simulation = Simulation(store, 0, Seconds())
    simulation.change(CreateVault("vault"), HERE)
    assert store.kept == [(1, START)]
    with pytest.raises(AlreadyExists):
        simulation.change(CreateVault("vault"), HERE)
    simulation.keep()
    assert store.kept == [(1, START)], "nothing happened, nothing is written"
    exhaust(simulation.strides(START + DAY))
    assert store.kept == [(1, START), (1, START + DAY)]


def test_a_store_that_cannot_keep_what_was_decided_ends_all_change() -> None:
    store = Store()
    simulation = Simulation(store, 0, Seconds())
    simulation.change(CreateVault("kept"), HERE)
    store.full = True
    with pytest.raises(Broken, match=r"the log could not be written: the disk is full"):
        simulation.change(CreateVault("lost"), HERE)
    store.full = False
    seq = simulation.engine.seq
    changes: tuple[Callable[[], object], ...] = (
        lambda: simulation.change(CreateVault("later"), HERE),
        lambda: simulation.change_all([(CreateVault("later"), HERE)]),
        lambda: exhaust(simulation.strides(START + DAY)),
        lambda: exhaust(simulation.strides_until_idle(START + DAY, 1)),
        simulation.keep,
    )
    for change in changes:
        with pytest.raises(Broken, match="the disk is full"):
            change()
    assert simulation.status == "failed"
    assert (simulation.engine.seq, simulation.engine.now) == (seq, START)
    simulation.close()
    assert store.closed
    assert store.kept == [(1, START)]


def test_a_store_that_fills_up_while_time_moves_ends_all_change() -> None:
    store, seconds = Store(), Seconds()
    simulation = busy(Simulation(store, 3600, seconds))
    store.facts_max = simulation.engine.seq + 3
    seconds.passed = 24 * 30
    with pytest.raises(Broken, match="the disk is full"):
        simulation.settle()
    now = simulation.engine.now
    assert START < now < START + 30 * DAY
    seconds.passed = 24 * 60
    simulation.settle()
    assert simulation.engine.now == now
    assert simulation.engine.seq == store.head()


def test_a_store_that_fails_while_nothing_happens_ends_all_change(tmp_path: Path) -> None:
    seconds = Seconds()
    simulation = Simulation(SqliteLog.open(tmp_path / "world.db", ORIGIN), 1, seconds)
    kill(simulation)
    seconds.passed = 5
    with pytest.raises(Broken, match="the log could not be written"):
        simulation.settle()
    assert simulation.status == "failed"


def test_a_log_that_has_what_the_world_has_not_ends_all_change() -> None:
    simulation = Simulation(MemoryLog(ORIGIN), 0, Seconds())
    stray = Engine(log=MemoryLog(ORIGIN))
    stray.handle(CreateVault("stray"), HERE)
    simulation.engine.log.append(next(iter(stray.log.read())))
    with pytest.raises(AssertionError):
        simulation.change(CreateVault("vault"), HERE)
    assert simulation.status == "failed"
    with pytest.raises(Broken, match="the log and the world differ"):
        simulation.change(CreateVault("vault"), HERE)


def test_facts_are_counted_by_name_from_a_position_on() -> None:
    simulation = busy(Simulation(MemoryLog(ORIGIN), 0, Seconds()))
    seq = simulation.engine.seq
    assert "vault-created" in simulation.facts_since(0)
    exhaust(simulation.strides(START + 30 * DAY))
    stated = simulation.facts_since(seq)
    assert sum(stated.values()) == simulation.engine.seq - seq
    assert stated["recovery-point-created"] == POINTS
    assert list(stated) == sorted(stated)


def test_a_reset_world_is_as_it_was_at_the_start() -> None:
    seconds = Seconds()
    simulation = busy(Simulation(Store(), 60, seconds))
    simulation.run(0)
    exhaust(simulation.strides(START + DAY))
    seconds.passed = 100
    simulation.reset()
    assert simulation.engine.rows() == {}
    assert (simulation.engine.seq, simulation.engine.now) == (0, START)
    assert simulation.engine.log.origin == ORIGIN
    assert (simulation.clock.rate, simulation.clock.instant()) == (60, START)


def test_a_reset_world_gives_the_same_ids_again() -> None:
    simulation = Simulation(MemoryLog(ORIGIN), 0, Seconds())
    rows = []
    for _ in range(2):
        rows.append(busy(simulation).engine.rows())
        simulation.reset()
    assert rows[0] == rows[1]


def test_a_loaded_world_stands_where_its_log_rested() -> None:
    source = busy(Simulation(MemoryLog(Origin(START + DAY, 99, 5)), 0, Seconds()))
    exhaust(source.strides(START + 3 * DAY))
    for log in (MemoryLog(ORIGIN), Store()):
        simulation = Simulation(log, 3600, Seconds())
        simulation.load(play(source.engine.log))
        assert simulation.engine.rows() == source.engine.rows()
        assert simulation.engine.now == START + 3 * DAY
        assert simulation.clock.mode == "frozen"
        assert simulation.engine.origin == Origin(START + DAY, 99, 5)
        exhaust(simulation.strides(START + 30 * DAY))
        assert simulation.engine.seq > source.engine.seq
        simulation.reset()
        assert simulation.engine.origin == ORIGIN


def test_a_world_on_disk_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    simulation = busy(Simulation(SqliteLog.open(path, ORIGIN), 0, Seconds()))
    exhaust(simulation.strides(START + 3 * DAY))
    rows, seq = simulation.engine.rows(), simulation.engine.seq
    simulation.close()
    simulation.close()
    again = Simulation(SqliteLog.open(path, Origin()), 1, Seconds())
    assert again.engine.rows() == rows
    assert (again.engine.seq, again.engine.now) == (seq, START + 3 * DAY)
    again.close()


def test_a_running_world_on_disk_keeps_where_its_clock_stands(tmp_path: Path) -> None:
    seconds = Seconds()
    simulation = Simulation(SqliteLog.open(tmp_path / "world.db", ORIGIN), 1, seconds)
    seconds.passed = 100
    simulation.close()
    again = Simulation(SqliteLog.open(tmp_path / "world.db", ORIGIN), 0, seconds)
    assert again.engine.now == START + 100 * SECOND
    again.close()


def test_resets_and_loads_on_disk_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    source = busy(Simulation(MemoryLog(Origin(START, 99)), 0, Seconds()))
    simulation = busy(Simulation(SqliteLog.open(path, ORIGIN), 0, Seconds()))
    simulation.reset()
    kill(simulation)
    simulation = Simulation(SqliteLog.open(path, ORIGIN), 0, Seconds())
    assert simulation.engine.seq == 0
    simulation.load(play(source.engine.log))
    kill(simulation)
    again = Simulation(SqliteLog.open(path, ORIGIN), 0, Seconds())
    assert again.engine.rows() == source.engine.rows()
    assert again.engine.origin == Origin(START, 99)
    again.close()


def test_a_reset_that_cannot_be_kept_says_so(tmp_path: Path) -> None:
    simulation = Simulation(SqliteLog.open(tmp_path / "world.db", ORIGIN), 0, Seconds())
    kill(simulation)
    with pytest.raises(Broken, match="the log could not be written"):
        simulation.reset()
    assert simulation.status == "failed"
