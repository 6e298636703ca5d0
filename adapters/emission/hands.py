"""A thread that does blocking work for an event loop, one thing at a time. Knows no work itself."""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_Work = tuple[Callable[[], Any], "asyncio.Future[Any]", asyncio.AbstractEventLoop]


class Hands:
    """One thread, that does not keep the process from ending, whatever it is waiting for.

    asyncio's own threads do: the process would stay until the last of them had its answer.
    """

    def __init__(self, name: str) -> None:
        self._asked: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    async def do(self, work: Callable[[], T]) -> T:
        """Do some work in the thread; answer, or raise, what came of it."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._asked.put((work, done, loop))
        return await done

    def let_go(self) -> None:
        """End the thread once it has done what it was asked."""
        self._asked.put(None)

    def _run(self) -> None:
        while (asked := self._asked.get()) is not None:
            work, done, loop = asked
            try:
                result, error = work(), None
            except Exception as raised:  # noqa: BLE001 - handed over to whoever asked
                result, error = None, raised
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(_finish, done, result, error)


def _finish(done: "asyncio.Future[Any]", result: Any, error: Exception | None) -> None:
    if done.cancelled():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)
