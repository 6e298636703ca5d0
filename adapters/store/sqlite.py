"""The durable log: SQLite on disk, behind the verbs of the kernel's log. Knows no facts.

One row holds the batches that were committed together, as many as belong in one: their frames,
one after the other, as the codec writes them. Appending only stages; ``commit`` makes all that was
staged durable at once, and is to be called before anything is acknowledged. What was committed
survives the end of the process at any moment (``kill -9``); a power cut may take the last commits
with it, but never leaves half of one (WAL with ``synchronous=NORMAL``).
"""

import sqlite3
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs

from vaultclock.adapters.snapshot.codec import (
    Reader,
    UnreadableLog,
    decode,
    encode_batch,
    pack,
    structure,
    unpack,
    unpack_each,
)
from vaultclock.adapters.store.errors import StoreError
from vaultclock.domain.kernel.facts import Batch
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import Instant

STORE_FORMAT = 1
_SQLITE_MAGIC = b"SQLite format 3\0"
_APPLICATION_ID = 0x56434C4B  # "VCLK", where SQLite keeps whose file it is
_FACTS_A_ROW = 256  # and those of one more batch; what a read may have to skip
_WAL_PAGES_MAX = 8_000  # 32 MB: moving pages into the database takes two waits for the disk
_SCHEMA = (
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {STORE_FORMAT}",
    "CREATE TABLE log (origin BLOB NOT NULL, rested_at INTEGER NOT NULL)",
    "CREATE TABLE batches (seq INTEGER PRIMARY KEY, frames BLOB NOT NULL)",
)


class SqliteLog:
    """A log in an SQLite file that no other process can open at the same time.

    Any thread may use it, one at a time. Made by `open`, never directly.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        last = "SELECT seq, frames FROM batches ORDER BY seq DESC LIMIT 1"
        heads = [seq + len([*unpack_each(row)]) for seq, row in connection.execute(last)]
        origin, rested_at = connection.execute("SELECT origin, rested_at FROM log").fetchone()
        self.origin: Origin = structure(unpack(origin), Origin)
        self._head: int = heads[0] if heads else 0
        self._written = self._head  # what is staged from here on has no row yet
        self._unwritten = bytearray()  # its frames
        self._rested_at: Instant = rested_at

    @classmethod
    def open(cls, path: Path, origin: Origin) -> Self:
        """Open a store, or create one that begins at ``origin``; an existing one keeps its own.

        Raises StoreError when the file is not a store, is in use, or can't be written.
        """
        path = path.absolute()  # so that no name has a meaning of its own to SQLite
        connection: sqlite3.Connection | None = None
        try:
            _check_beginning(path)
            # no implicit transactions, and no waiting for whoever holds the file
            connection = sqlite3.connect(
                path, timeout=0, isolation_level=None, check_same_thread=False
            )
            _take(connection, path, origin)
            return cls(connection, path)
        except (OSError, sqlite3.Error, StoreError, UnreadableLog) as error:
            if connection is not None:
                connection.close()
            raise _explained(path, error) from error

    def append(self, batch: Batch) -> None:
        """Stage one batch; it is durable after `commit`."""
        assert batch.seq == self._head, (batch, self._head)
        frames = b"".join(encode_batch(batch))
        if self._head - self._written >= _FACTS_A_ROW:
            self._write()
        self._unwritten += frames
        self._head += len(batch.facts)
        if batch.at > self._rested_at:  # noqa: PLR1730 - no call of max for every batch
            self._rested_at = batch.at

    def _write(self) -> None:
        """Make a row of what has none yet."""
        if self._head == self._written:
            return
        row = (self._written, self._unwritten)
        try:
            self._begin()
            self._connection.execute("INSERT INTO batches VALUES (?, ?)", row)
        except sqlite3.Error as error:
            raise self._failed(error) from error
        self._written, self._unwritten = self._head, bytearray()

    def rest(self, at: Instant) -> None:
        """Stage where the clock stands."""
        if at <= self._rested_at:
            return
        self._rested_at = at
        try:
            self._begin()
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def clear(self, origin: Origin | None = None) -> None:
        """Stage the removal of everything, to begin again at the same or another origin."""
        self.origin = origin or self.origin
        try:
            self._begin()
            self._connection.execute("DELETE FROM batches")
            self._connection.execute("UPDATE log SET origin = ?", [_packed(self.origin)])
        except sqlite3.Error as error:
            raise self._failed(error) from error
        self._head = self._written = 0
        self._unwritten = bytearray()
        self._rested_at = self.origin.start_at

    def commit(self) -> None:
        """Make everything that was staged durable; costs nothing when nothing was."""
        self._write()
        try:
            if self._connection.in_transaction:
                self._connection.execute("UPDATE log SET rested_at = ?", [self._rested_at])
                self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def read(self, seq: int = 0) -> Iterator[Batch]:
        """Read the batches whose first fact is at ``seq`` or later, staged ones too.

        Batches appended from now on are not among them. Raises StoreError.
        """
        self._write()
        return self._read(seq, self._head)

    def _read(self, seq: int, head: int) -> Iterator[Batch]:
        begun = "SELECT coalesce(max(seq), 0) FROM batches WHERE seq <= ?"
        wanted = "SELECT frames FROM batches WHERE seq >= ? AND seq < ? ORDER BY seq"
        try:
            start = _one(self._connection, begun, seq)
            rows = self._connection.execute(wanted, (start, head))
            frames = chain.from_iterable(unpack_each(row) for (row,) in rows)
            for batch in decode(frames, Reader(trusted=True), start):
                if batch.seq >= seq:
                    yield batch
        except (sqlite3.Error, UnreadableLog) as error:
            raise _explained(self._path, error) from error

    def head(self) -> int:
        """Answer the position the next fact will have."""
        return self._head

    def rested_at(self) -> Instant:
        """Answer where the clock stood last."""
        return self._rested_at

    def close(self) -> None:
        """Give the file free; what was staged and not committed is gone."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self) -> None:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN")

    def _failed(self, error: sqlite3.Error) -> StoreError:
        # SQLite may have thrown away what was staged: nothing may be written behind that gap
        self._connection.close()
        return _explained(self._path, error)


def _packed(origin: Origin) -> bytes:
    return pack(attrs.asdict(origin))


def _check_beginning(path: Path) -> None:
    """Refuse what SQLite would overwrite without a word: a file too short to be a database."""
    if path.is_file():
        with path.open("rb") as file:
            beginning = file.read(len(_SQLITE_MAGIC))
        if beginning not in (b"", _SQLITE_MAGIC):
            raise StoreError(f"{path} {_ADVICE['SQLITE_NOTADB']}")


def _take(connection: sqlite3.Connection, path: Path, origin: Origin) -> None:
    """Lock the file for this process, and make it a store when it is new; never touch others'."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    owner = _one(connection, "PRAGMA application_id")
    written_as = _one(connection, "PRAGMA user_version")
    is_new = owner == 0 and _one(connection, "SELECT count(*) FROM sqlite_master") == 0
    if owner != _APPLICATION_ID and not is_new:
        raise StoreError(f"{path} belongs to another program: name another path")
    if written_as > STORE_FORMAT:
        raise StoreError(
            f"{path} has store format {written_as}, newer than format {STORE_FORMAT}, "
            "the newest this program reads: upgrade vaultclock"
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES_MAX}")
    connection.execute("BEGIN EXCLUSIVE")
    if is_new:
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute("INSERT INTO log VALUES (?, ?)", [_packed(origin), origin.start_at])
    connection.execute("COMMIT")


def _one(connection: sqlite3.Connection, query: str, *values: int) -> Any:
    return connection.execute(query, values).fetchone()[0]


def _explained(path: Path, error: Exception) -> StoreError:
    if isinstance(error, StoreError):
        return error
    if isinstance(error, UnreadableLog):
        advice = "use the vaultclock that wrote it, or name another path"
        return StoreError(f"{path} can't be read ({error}): {advice}")
    kind = "SQLITE_CANTOPEN" if isinstance(error, OSError) else _kind(error)
    for beginning, text in _ADVICE.items():
        if kind.startswith(beginning):
            return StoreError(f"{path} {text}")
    return StoreError(f"{path} has failed ({error}): check the disk, or name another path")


def _kind(error: Exception) -> str:
    return getattr(error, "sqlite_errorname", "")


_ADVICE = {
    "SQLITE_BUSY": "is in use by another process: stop that one, or name another path",
    "SQLITE_LOCKED": "is in use by another process: stop that one, or name another path",
    "SQLITE_NOTADB": "is not a Vaultclock store: name another path, or move the file away",
    "SQLITE_CANTOPEN": "can't be opened: check that its folder exists and may be written to",
    "SQLITE_READONLY": "can't be written to: change its permissions, or name another path",
    "SQLITE_FULL": "can't grow, the disk is full: make room and start again",
}
