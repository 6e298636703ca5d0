"""Control of the event log: taking it away, whole or up to a point, and putting one in."""

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import chain, islice
from typing import Any, BinaryIO

import attrs

from vaultclock.adapters.clock.recordings import (
    END,
    POINT_ACCEPTED,
    Part,
    Point,
    Unplayable,
    play_recording,
)
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.control_requests import Asked, Refused
from vaultclock.adapters.http.provenance import provenance
from vaultclock.adapters.snapshot.codec import UnreadableLog
from vaultclock.adapters.snapshot.files import write_log
from vaultclock.adapters.snapshot.jsonl import lines_of, write_jsonl
from vaultclock.adapters.store.errors import StoreError
from vaultclock.domain.kernel.facts import Batch
from vaultclock.domain.kernel.instants import to_iso
from vaultclock.domain.kernel.logs import Log, Recording
from vaultclock.domain.plans.queries import unknown_schedules
from vaultclock.domain.world import HOME

LOG_BYTES_MAX = 1024**3  # chosen; about ten million facts
_FORMATS = {"msgpack": "application/octet-stream", "jsonl": "application/x-ndjson"}
_CHUNK_BYTES = 256 * 1024
_PIECE_BATCHES = 256  # of the log at a time: some milliseconds for which nobody else is served


@attrs.frozen
class Download:
    """A file to be sent, read from where it stands."""

    file: BinaryIO
    media_type: str
    name: str

    async def chunks(self) -> AsyncIterator[bytes]:
        """Read it piece by piece, and let go of it."""
        with self.file:
            while chunk := self.file.read(_CHUNK_BYTES):
                yield chunk


class LogControl:
    """The log's verbs. ``turn`` is held while the log must stand still."""

    def __init__(self, simulation: Simulation, turn: asyncio.Lock) -> None:
        self._simulation = simulation
        self._turn = turn

    async def get(self, asked: Asked) -> Any:
        """Send the log: up to ``to`` it can be played; JSON lines ``from`` a point can be read."""
        query = asked.read_query(("format", "from", "to"))
        format_name = query.get("format", "msgpack")
        if format_name not in _FORMATS:
            raise Refused(400, "format must be msgpack or jsonl", "format", [*_FORMATS])
        since, until = _read_point("from", query), _read_point("to", query)
        if since is not None and format_name != "jsonl":
            text = "a part without its beginning can't be played, only read"
            raise Refused(400, text, "from", "only with format=jsonl")
        async with self._turn:
            self._simulation.settle()
            log = self._simulation.engine.log
            part = Part(log, until or END, self._pieces_of(log, asyncio.get_running_loop()))
        file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the reply closes it
        try:
            await asyncio.to_thread(_write, part, file, format_name, since)
        except StoreError as error:
            file.close()
            # a store that has failed once is read no more: its first failure says why
            raise Refused(500, self._simulation.failure or str(error)) from None
        except BaseException:
            file.close()
            raise
        file.seek(0)
        ending = "vclog" if format_name == "msgpack" else "jsonl"
        return Download(file, _FORMATS[format_name], f"vaultclock.{ending}")

    def _pieces_of(
        self, log: Log, loop: asyncio.AbstractEventLoop
    ) -> Callable[[int], Sequence[Batch]]:
        """Let another thread read a log while the world goes on: by the world's own, in pieces."""

        async def read(seq: int) -> Sequence[Batch]:
            if self._simulation.engine.log is not log or self._simulation.is_ending:
                text = "the world has ended while its log was read"
                raise Refused(409, text, accepted="a world that is not reset meanwhile")
            return [*islice(log.read(seq), _PIECE_BATCHES)]

        return lambda seq: asyncio.run_coroutine_threadsafe(read(seq), loop).result()

    async def put(self, asked: Asked) -> Any:
        """Replace an empty world by the one that a log recorded, and freeze the clock there."""
        self._check_empty()
        body = await asked.read_bytes(LOG_BYTES_MAX)
        try:
            loaded = await asyncio.to_thread(lambda: play_recording(io.BytesIO(body)))
        except (UnreadableLog, Unplayable) as error:
            raise Refused(400, str(error), accepted="a whole log, as GET sends it") from None
        everywhere = loaded.world(HOME).others
        for fault in chain.from_iterable(map(unknown_schedules, [*everywhere.values()])):
            raise Refused(400, fault, accepted="schedules that this machine can tell")
        async with self._turn:
            self._check_empty()
            self._simulation.load(loaded)
            return {"facts": loaded.seq, "now": to_iso(loaded.now)}

    def _check_empty(self) -> None:
        seq = self._simulation.engine.seq
        if seq:
            raise Refused(
                409,
                f"the world is not empty, it has {seq} facts: POST /_vaultclock/reset first",
                accepted="an empty world",
            )


def _read_point(name: str, query: dict[str, str]) -> Point | None:
    try:
        return Point.parse(query[name]) if name in query else None
    except ValueError as error:
        raise Refused(400, f"{name}: {error}", name, POINT_ACCEPTED) from None


def _write(part: Recording, file: BinaryIO, format_name: str, since: Point | None) -> None:
    if format_name == "msgpack":
        write_log(part, file, **provenance())
    elif since is None:
        write_jsonl(part, file, **provenance())
    else:
        for batch in part.read(since.seq or 0):
            if since.at is None or batch.at >= since.at:
                file.writelines(lines_of(batch))
