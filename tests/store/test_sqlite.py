import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.snapshot.samples import (
    HERE,
    KEY,
    START,
    any_log,
    bytes_of,
    small_log,
    written,
)
from vaultclock.adapters.snapshot.codec import encode_batch, pack
from vaultclock.adapters.store.errors import StoreError
from vaultclock.adapters.store.sqlite import SqliteLog
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.engine import restore
from vaultclock.domain.kernel.facts import Batch
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import DAY
from vaultclock.domain.kernel.logs import Log, MemoryLog
from vaultclock.domain.vaults.commands import CreateVault
from vaultclock.domain.vaults.events import VaultCreated, VaultDeleted

ORIGIN = Origin(START, seed=7)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "world.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteLog]:
    with SqliteLog.open(path, ORIGIN) as store:
        yield store


def copied(source: Log, target: SqliteLog) -> None:
    for batch in source.read():
        target.append(batch)
    target.rest(source.rested_at())


def deleted(seq: int, at: int = START) -> Batch:
    return Batch(seq, at, HERE, None, (VaultDeleted(f"vault-{seq}"),))


def refusal(path: Path) -> str:
    with pytest.raises(StoreError) as caught:
        SqliteLog.open(path, ORIGIN)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return text.removeprefix(f"{path} ")


def test_a_new_store_is_empty_and_rests_at_its_origin(store: SqliteLog) -> None:
    assert (store.origin, store.head(), store.rested_at()) == (ORIGIN, 0, START)
    assert list(store.read()) == []


@given(log=any_log())
@settings(deadline=None, max_examples=25)
def test_a_reopened_store_says_what_was_committed(
    tmp_path_factory: pytest.TempPathFactory, log: MemoryLog
) -> None:
    path = tmp_path_factory.mktemp("store") / "world.db"
    with SqliteLog.open(path, log.origin) as store:
        copied(log, store)
        store.commit()
    with SqliteLog.open(path, Origin()) as store:
        assert store.origin == log.origin, "what exists keeps its own origin"
        assert bytes_of(store.read()) == bytes_of(log.read())
        assert (store.head(), store.rested_at()) == (log.head(), log.rested_at())
        assert written(store) == written(log)


def test_what_was_only_staged_can_be_read_but_is_gone_after_closing(path: Path) -> None:
    with SqliteLog.open(path, ORIGIN) as store:
        store.append(deleted(0))
        store.commit()
        store.append(deleted(1, START + 5))
        store.rest(START + 10)
        assert [batch.seq for batch in store.read()] == [0, 1]
        assert store.rested_at() == START + 10
    with SqliteLog.open(path, ORIGIN) as store:
        assert [batch.seq for batch in store.read()] == [0]
        assert (store.head(), store.rested_at()) == (1, START)


def test_a_row_holds_what_was_committed_together_as_the_codec_writes_it(path: Path) -> None:
    first, *others = small_log().read()
    with SqliteLog.open(path, ORIGIN) as store:
        store.append(first)
        store.commit()
        for batch in others:
            store.append(batch)
        store.commit()
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT seq, frames FROM batches ORDER BY seq").fetchall()
    connection.close()
    together = [frame for batch in others for frame in encode_batch(batch)]
    assert rows == [(0, b"".join(encode_batch(first))), (others[0].seq, b"".join(together))]


def test_what_is_staged_for_long_is_written_before_it_is_committed(path: Path) -> None:
    with SqliteLog.open(path, ORIGIN) as store:
        for seq in range(1_000):
            store.append(deleted(seq))
        rows = store._connection.execute("SELECT count(*) FROM batches").fetchone()[0]
        assert rows == 3
        assert [batch.seq for batch in store.read(500)] == [*range(500, 1_000)]
        store.commit()
    with SqliteLog.open(path, ORIGIN) as store:
        assert store.head() == 1_000
        assert [batch.seq for batch in store.read(255)] == [*range(255, 1_000)]


def test_a_store_is_read_from_a_position_on(store: SqliteLog) -> None:
    copied(small_log(), store)
    assert [batch.seq for batch in store.read(2)] == [2, 3, 5]
    assert [batch.seq for batch in store.read(4)] == [5], "a batch that began before is left out"
    assert list(store.read(6)) == []


def test_a_read_does_not_see_what_is_appended_later(store: SqliteLog) -> None:
    store.append(deleted(0))
    batches = store.read()
    store.append(deleted(1))
    store.commit()
    assert [batch.seq for batch in batches] == [0]


def test_writing_goes_on_while_reading(store: SqliteLog) -> None:
    for seq in range(300):
        store.append(deleted(seq))
    for batch in store.read():
        store.append(deleted(300 + batch.seq))
        store.commit()
    assert [batch.seq for batch in store.read()] == [*range(600)]


def test_a_rest_is_superseded_never_taken_back(store: SqliteLog) -> None:
    store.rest(START + 10)
    store.rest(START + 5)
    assert store.rested_at() == START + 10
    store.append(deleted(0, START + 20))
    assert store.rested_at() == START + 20


def test_a_rest_alone_is_durable(path: Path) -> None:
    with SqliteLog.open(path, ORIGIN) as store:
        store.rest(START + DAY)
        store.commit()
        store.commit()
    with SqliteLog.open(path, ORIGIN) as store:
        assert store.rested_at() == START + DAY


def test_clearing_begins_again_at_the_same_or_another_origin(path: Path) -> None:
    with SqliteLog.open(path, ORIGIN) as store:
        copied(small_log(), store)
        store.commit()
        store.clear()
        assert (store.origin, store.head(), store.rested_at()) == (ORIGIN, 0, START)
        store.clear(Origin(START + DAY, seed=9))
        store.append(deleted(0, START + 2 * DAY))
        store.commit()
    with SqliteLog.open(path, ORIGIN) as store:
        assert store.origin == Origin(START + DAY, seed=9)
        assert list(store.read()) == [deleted(0, START + 2 * DAY)]


def test_clearing_is_staged_like_everything_else(path: Path) -> None:
    with SqliteLog.open(path, ORIGIN) as store:
        copied(small_log(), store)
        store.commit()
        store.clear(Origin())
    with SqliteLog.open(path, ORIGIN) as store:
        assert (store.origin, store.head()) == (ORIGIN, 6)


def test_an_engine_goes_on_where_it_was_stopped(path: Path) -> None:
    memory = Engine(start=START, seed=7)
    memory.handle(CreateVault("one"), HERE)
    memory.advance(START + DAY)
    memory.handle(CreateVault("two"), HERE)
    with SqliteLog.open(path, ORIGIN) as store:
        engine = Engine(log=store)
        engine.handle(CreateVault("one"), HERE)
        engine.advance(START + DAY)
        store.commit()
    with SqliteLog.open(path, ORIGIN) as store:
        engine = Engine(log=store)
        restore(engine)
        assert engine.now == START + DAY
        engine.handle(CreateVault("two"), HERE)
        assert engine.rows() == memory.rows()
        assert written(store) == written(memory.log)


def test_any_thread_may_use_a_store(store: SqliteLog) -> None:
    def write() -> None:
        store.append(deleted(0))
        store.commit()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
    assert store.head() == 1


KILLED = """
import sys
from pathlib import Path
from tests.store.test_sqlite import ORIGIN, deleted
from vaultclock.adapters.store.sqlite import SqliteLog

with SqliteLog.open(Path(sys.argv[1]), ORIGIN) as store:
    for seq in range(store.head(), store.head() + 1_000_000):
        store.append(deleted(seq))
        store.rest(store.origin.start_at + seq)
        if seq % 3 == 0:
            store.commit()
            print(seq + 1, flush=True)
"""


def test_a_killed_process_loses_nothing_that_was_committed(path: Path) -> None:
    acknowledged = 0
    for wanted in (1, 2, 100, 1000):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, path],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as process:
            assert process.stdout is not None
            for _ in range(wanted):
                line = process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read().splitlines()
        acknowledged = max(int(line), *map(int, rest[-1:]), acknowledged)
        with SqliteLog.open(path, Origin()) as store:
            assert store.head() >= acknowledged
            assert list(store.read()) == [deleted(seq) for seq in range(store.head())]
            assert store.rested_at() == START + store.head() - 1


HOLDING = """
import sys
from pathlib import Path
from tests.store.test_sqlite import ORIGIN
from vaultclock.adapters.store.sqlite import SqliteLog

with SqliteLog.open(Path(sys.argv[1]), ORIGIN):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_store_that_another_process_has_open_can_not_be_opened(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        text = "is in use by another process: stop that one, or name another path"
        assert refusal(path) == text
        process.communicate(b"")
    with SqliteLog.open(path, ORIGIN) as store:
        assert store.head() == 0


def test_a_store_can_not_be_opened_twice_in_one_process(path: Path, store: SqliteLog) -> None:
    assert "is in use" in refusal(path)
    store.append(deleted(0))
    store.commit()
    assert "is in use" in refusal(path)
    reader = sqlite3.connect(path, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        reader.execute("SELECT * FROM batches")
    reader.close()


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = path.read_bytes()
    assert refusal(path) == "belongs to another program: name another path"
    assert path.read_bytes() == before
    assert [*path.parent.iterdir()] == [path]


@pytest.mark.parametrize(
    "content", [b"x", b"notes, not a store\n" * 100, written(small_log())], ids=len
)
def test_a_file_that_is_no_database_is_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    advice = "is not a Vaultclock store: name another path, or move the file away"
    assert refusal(path) == advice
    assert path.read_bytes() == content


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    with SqliteLog.open(path, ORIGIN) as store:
        assert store.origin == ORIGIN


def test_a_store_of_a_newer_format_is_refused(path: Path) -> None:
    SqliteLog.open(path, ORIGIN).close()
    changed(path, "PRAGMA user_version = 2")
    assert refusal(path) == (
        "has store format 2, newer than format 1, the newest this program reads: upgrade vaultclock"
    )


def test_a_path_that_can_not_be_written_is_refused(path: Path, tmp_path: Path) -> None:
    text = "can't be opened: check that its folder exists and may be written to"
    assert refusal(tmp_path / "missing" / "world.db") == text
    assert refusal(tmp_path) == text
    path.touch()
    assert refusal(path / "world.db") == text


@pytest.mark.parametrize("name", [":memory:", "file:world.db?mode=memory", "w%20rld #1?.db"])
def test_no_name_has_a_meaning_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    SqliteLog.open(Path(name), ORIGIN).close()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def changed(path: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement, values)
    connection.close()


def test_a_fact_of_a_newer_program_is_refused_by_name(path: Path) -> None:
    with SqliteLog.open(path, ORIGIN) as store:
        store.append(deleted(0))
        store.commit()
    scope = [*HERE]
    newer = [0, START, scope, "vault-deleted", 9, {"name": "one"}, [None, {}, 1]]
    changed(path, "UPDATE batches SET frames = ?", pack(newer))
    with SqliteLog.open(path, ORIGIN) as store, pytest.raises(StoreError) as caught:
        list(store.read())
    assert str(caught.value) == (
        f"{path} can't be read (no reader for vault-deleted version 9): "
        "use the vaultclock that wrote it, or name another path"
    )


def test_a_missing_row_is_found(path: Path) -> None:
    with SqliteLog.open(path, ORIGIN) as store:
        for seq in range(4):
            store.append(deleted(seq))
            store.commit()
    changed(path, "DELETE FROM batches WHERE seq = 2")
    with (
        SqliteLog.open(path, ORIGIN) as store,
        pytest.raises(StoreError, match="fact 3 stands where fact 2 should"),
    ):
        list(store.read())


@pytest.mark.parametrize("damage", [b"\xc1", b"\x92", b"", b"\x01"], ids=repr)
def test_a_damaged_row_is_found(path: Path, damage: bytes) -> None:
    with SqliteLog.open(path, ORIGIN) as store:
        for seq in range(3):
            store.append(deleted(seq))
            store.commit()
    changed(path, "UPDATE batches SET frames = ? WHERE seq = 1", damage)
    with SqliteLog.open(path, ORIGIN) as store:
        assert store.head() == 3
        with pytest.raises(StoreError, match="can't be read"):
            list(store.read())


def test_a_last_row_that_can_not_be_read_is_refused(path: Path) -> None:
    with SqliteLog.open(path, ORIGIN) as store:
        store.append(deleted(0))
        store.commit()
    changed(path, "UPDATE batches SET frames = ?", b"\x92")
    assert refusal(path).startswith("can't be read (not msgpack")


def test_a_head_that_can_not_be_read_is_refused(path: Path) -> None:
    SqliteLog.open(path, ORIGIN).close()
    changed(path, "UPDATE log SET origin = ?", b"\xc1")
    assert refusal(path).startswith("can't be read (not msgpack")


def test_after_a_failed_write_nothing_more_is_written(path: Path) -> None:
    with SqliteLog.open(path, ORIGIN) as store:
        store.append(deleted(0))
        store.commit()
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        large = Batch(1, START, HERE, None, (VaultCreated("x" * 100_000, KEY),))
        store.append(large)
        with pytest.raises(StoreError, match="the disk is full: make room and start again"):
            store.commit()
        verbs: list[Callable[[], object]] = [
            lambda: store.rest(START + 1),
            store.commit,
            store.clear,
            lambda: list(store.read()),
        ]
        for verb in verbs:
            with pytest.raises(StoreError, match="closed database"):
                verb()
    with SqliteLog.open(path, ORIGIN) as store:
        assert list(store.read()) == [deleted(0)]


def test_what_can_not_be_encoded_is_refused_at_once(store: SqliteLog) -> None:
    store.append(deleted(0))
    with pytest.raises(UnicodeEncodeError):
        store.append(Batch(1, START, HERE, None, (VaultDeleted("\ud800"),)))
    store.append(deleted(1))
    store.commit()
    assert list(store.read()) == [deleted(0), deleted(1)]


def test_a_batch_that_finds_no_room_is_not_in_the_log(store: SqliteLog) -> None:
    store.append(Batch(0, START, HERE, None, (VaultCreated("x" * 100_000, KEY),) * 300))
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="the disk is full"):
        store.append(deleted(300))
    assert store.head() == 300


def test_a_failed_commit_is_told(store: SqliteLog) -> None:
    store.append(deleted(0))
    store._connection.execute("DROP TABLE log")
    with pytest.raises(StoreError, match="no such table: log"):
        store.commit()
