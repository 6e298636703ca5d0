"""The control API: which path is which verb, and the shape of what it answers. All of it is JSON.

The verbs themselves stand in the control modules beside this one; never under an AWS path.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

import vaultclock
from vaultclock.adapters.clock.simulation import Broken, Simulation
from vaultclock.adapters.http.callers import Callers
from vaultclock.adapters.http.control_access_points import AccessPointControl
from vaultclock.adapters.http.control_accounts import AccountControl
from vaultclock.adapters.http.control_approvals import ApprovalControl
from vaultclock.adapters.http.control_callers import CallerControl
from vaultclock.adapters.http.control_clock import ClockControl
from vaultclock.adapters.http.control_events import EventControl, EventStream
from vaultclock.adapters.http.control_keys import KeyControl
from vaultclock.adapters.http.control_log import Download, LogControl
from vaultclock.adapters.http.control_paths import PREFIX
from vaultclock.adapters.http.control_requests import Asked, Gone, Refused
from vaultclock.adapters.http.control_resources import ResourceControl
from vaultclock.adapters.http.control_shares import ShareControl
from vaultclock.adapters.http.hosts import HostGuard
from vaultclock.adapters.store.errors import StoreError
from vaultclock.domain.kernel.instants import to_iso

Verb = Callable[[Asked], Awaitable[Any]]

_log = logging.getLogger("vaultclock")


def control_app(simulation: Simulation, turn: asyncio.Lock, host: str, callers: Callers) -> ASGIApp:
    """Make the ASGI application of the control API of a server bound to a host.

    ``turn`` is held while time moves, so that nothing is asked of a world that is on its way.
    """
    app = Starlette(
        routes=[_route(path, verbs) for path, verbs in _verbs(simulation, turn, callers).items()],
        exception_handlers={HTTPException: _unknown},
    )
    app.router.redirect_slashes = False
    guard = HostGuard(host)

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        complaint = guard.complaint(scope["headers"])
        if complaint is None:
            await app(scope, receive, send)
        else:
            header, text = complaint
            await _refusal(Refused(403, text, header))(scope, receive, send)

    return guarded


def _verbs(
    simulation: Simulation, turn: asyncio.Lock, callers: Callers
) -> Mapping[str, Mapping[str, Verb]]:
    access_points, accounts = AccessPointControl(simulation, turn), AccountControl(simulation, turn)
    approvals, shares = ApprovalControl(simulation, turn), ShareControl(simulation, turn)
    caller = CallerControl(callers)
    clock, log = ClockControl(simulation, turn), LogControl(simulation, turn)
    keys, resources = KeyControl(simulation, turn), ResourceControl(simulation, turn)

    async def health(_asked: Asked) -> Any:
        simulation.settle()
        broken = simulation.failure is not None
        report: dict[str, Any] = {
            "status": "failed" if broken else "ok",
            "version": vaultclock.__version__,
            "seq": simulation.engine.seq,
            "now": to_iso(simulation.engine.now),
            "services": {"backup": "error" if broken else "running"},  # as LocalStack says it
        }
        if broken:
            raise Refused(503, f"{simulation.failure}", **report)
        return report

    async def reset(_asked: Asked) -> Any:
        async with turn:
            simulation.reset()
            callers.reset()
            return clock.view()

    return {
        f"{PREFIX}/health": {"GET": health},
        "/health": {"GET": health},
        "/_localstack/health": {"GET": health},
        f"{PREFIX}/access-points": {"POST": access_points.post},
        f"{PREFIX}/approvals": {"GET": approvals.get, "POST": approvals.post},
        f"{PREFIX}/callers": {"GET": caller.get, "PUT": caller.put, "DELETE": caller.delete},
        f"{PREFIX}/clock": {"GET": clock.get, "PUT": clock.put},
        f"{PREFIX}/clock/advance": {"POST": clock.advance},
        f"{PREFIX}/console": {"POST": accounts.open_console},
        f"{PREFIX}/events": {"GET": EventControl(simulation).get},
        f"{PREFIX}/keys": {"GET": keys.get, "PUT": keys.put, "DELETE": keys.delete},
        f"{PREFIX}/log": {"GET": log.get, "PUT": log.put},
        f"{PREFIX}/organization": {
            "GET": accounts.list_organizations,
            "PUT": accounts.put_organization,
        },
        f"{PREFIX}/regions": {"GET": accounts.list_regions, "PUT": accounts.put_region},
        f"{PREFIX}/resources": {
            "GET": resources.get,
            "PUT": resources.put,
            "DELETE": resources.delete,
        },
        f"{PREFIX}/reset": {"POST": reset},
        f"{PREFIX}/shares": {"GET": shares.get, "PUT": shares.put, "DELETE": shares.delete},
        "/moto-api/reset": {"POST": reset},
    }


def _route(path: str, verbs: Mapping[str, Verb]) -> Route:
    async def endpoint(request: Request) -> Response:
        verb = verbs["GET" if request.method == "HEAD" else request.method]
        try:
            query = request.query_params.multi_items()
            answer = await verb(Asked(query, request.receive, request.headers))
            if request.method == "HEAD" and isinstance(answer, EventStream):
                return Response(media_type=answer.media_type)  # what has no end has no length
            return _reply(answer)
        except Refused as refused:
            return _refusal(refused)
        except Gone:
            return Response()
        except (Broken, StoreError) as broken:
            return _refusal(Refused(500, str(broken)))
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it was, a client waits
            _log.exception("a control request failed inside")
            return _refusal(Refused(500, f"a bug: {type(error).__name__}: {error}"))

    return Route(path, endpoint, methods=[*verbs])


def _reply(answer: Any) -> Response:
    if isinstance(answer, EventStream):
        unkept = {"cache-control": "no-store"}
        return StreamingResponse(answer.chunks(), media_type=answer.media_type, headers=unkept)
    if isinstance(answer, Download):
        return StreamingResponse(
            answer.chunks(),
            media_type=answer.media_type,
            headers={"content-disposition": f'attachment; filename="{answer.name}"'},
        )
    return _json(200, answer)


def _json(status: int, answer: Any) -> Response:
    return Response(orjson.dumps(answer), status, media_type="application/json")


def _refusal(refused: Refused) -> Response:
    return _json(refused.status, refused.body)


def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
        return _refusal(Refused(404, f"nothing is at {request.url.path[:200]}"))
    allowed = (error.headers or {})["Allow"]
    text = f"{request.method[:20]} is not one of its methods"
    response = _refusal(Refused(405, text, "method", allowed.split(", ")))
    response.headers["allow"] = allowed
    return response
