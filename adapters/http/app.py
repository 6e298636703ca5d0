"""The ASGI application: control routes are Starlette's, every other path is an AWS call.

Starlette matches decoded paths, in which an ARN's escaped slashes are gone; AWS calls therefore
go by the raw path, past it.
"""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from vaultclock.adapters.clock.simulation import Broken, Simulation
from vaultclock.adapters.http.bodies import Message, Receive, read_body
from vaultclock.adapters.http.callers import Callers
from vaultclock.adapters.http.control_paths import is_control
from vaultclock.adapters.http.errors import TooLarge
from vaultclock.adapters.http.protocol import BODY_BYTES_MAX
from vaultclock.adapters.http.service import Response, Service, refusal

if TYPE_CHECKING:
    from vaultclock.adapters.emission.emission import Emission

Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_TICK_SECONDS = 0.25  # of wall time between looks at what a running clock makes due
_TICKS_A_REST = 20  # the store hears where the clock stands this often, and with every fact
_log = logging.getLogger("vaultclock")


class App:
    """Serves one simulation. ``host`` is the name or address that the server is bound to.

    ``callers`` tells whose requests are; by default they are all of accounts' roots. What is
    delivered while it serves is ``emission``'s business, if that is to be.
    """

    def __init__(
        self,
        simulation: Simulation,
        host: str = "127.0.0.1",
        callers: Callers | None = None,
        emission: "Emission | None" = None,
    ) -> None:
        self._simulation = simulation
        self._emission = emission
        self._callers = callers or Callers()
        self._service = Service(simulation, callers=self._callers)
        # Whoever moves time in strides holds it, so that no command lands between two of them.
        self._turn = asyncio.Lock()
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the server's life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        assert scope["type"] == "http", scope["type"]
        try:
            await self._serve(scope, receive, send)
        except Exception:
            _log.exception("a request failed outside of its operation")
            raise

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw_path: str = scope["raw_path"].decode("latin-1")
        if is_control(raw_path):
            await self._control(scope, receive, send)
            return
        response = await self._answer(scope, raw_path, receive)
        if response is None:
            return
        status, headers, body = response
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    @cached_property
    def _control(self) -> ASGIApp:
        """The control API, loaded when it is first asked for: the first AWS call need not wait."""
        control = import_module("vaultclock.adapters.http.control")
        app: ASGIApp = control.control_app(self._simulation, self._turn, self._host, self._callers)
        return app

    async def _answer(self, scope: Scope, raw_path: str, receive: Receive) -> Response | None:
        """Answer an AWS call; None when the caller left before the end of the request."""
        try:
            body = await read_body(receive, BODY_BYTES_MAX)
        except TooLarge as error:
            return refusal(error)
        if body is None:
            return None
        query = scope["query_string"].decode("latin-1")
        if not self._turn.locked():
            return self._service.handle(scope["method"], raw_path, query, scope["headers"], body)
        async with self._turn:
            return self._service.handle(scope["method"], raw_path, query, scope["headers"], body)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        ticking = asyncio.create_task(self._tick())
        if self._emission is not None:
            self._emission.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
        try:
            if self._emission is not None:
                await self._emission.stop()
            self._simulation.close()
        except Exception as error:  # noqa: BLE001 - whatever it was, the server ends and says so
            _log.exception("the log could not be closed")
            await send({"type": "lifespan.shutdown.failed", "message": str(error)})
        else:
            await send({"type": "lifespan.shutdown.complete"})

    async def _tick(self) -> None:
        """Let happen what a running clock makes due while nobody asks."""
        for tick in itertools.count(1):
            await asyncio.sleep(_TICK_SECONDS)
            try:
                self._simulation.settle()
                if tick % _TICKS_A_REST == 0:
                    self._simulation.keep()
            except Broken:
                return  # it said so where it broke, and health says so from now on
            except Exception:  # noqa: BLE001 - one bug must not stop the clock
                _log.exception("what was due could not happen")
