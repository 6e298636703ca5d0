"""How control requests are read, and how they are refused. Which there are is not said here."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from typing import Any

import attrs
import orjson

from vaultclock.adapters.http.bodies import Receive, read_body
from vaultclock.adapters.http.errors import TooLarge

JSON_BYTES_MAX = 16 * 1024 * 1024  # chosen; a hundred thousand resources have about that


class Gone(Exception):
    """The caller left before the end of the request; nobody waits for an answer."""


class Refused(Exception):
    """A control request that is not carried out.

    ``field`` is the member, query name or header at fault, ``accepted`` what it may be; ``more``
    goes into the answer as it is.
    """

    def __init__(
        self,
        status: int,
        error: str,
        /,
        field: str | None = None,
        accepted: Any = None,
        **more: Any,
    ) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "field": field, "accepted": accepted, **more}


@attrs.frozen
class Asked:
    """A control request: the names and values of its query, and where its body comes from.

    The names of ``headers`` are in lower case.
    """

    query: Sequence[tuple[str, str]]
    receive: Receive
    headers: Mapping[str, str] = attrs.field(factory=dict)

    async def read_bytes(self, bytes_max: int) -> bytes:
        """Read the body. Raises Refused when it is larger than that, Gone when it does not end."""
        try:
            body = await read_body(self.receive, bytes_max)
        except TooLarge as error:
            raise Refused(413, error.message, accepted=f"up to {bytes_max} bytes") from None
        if body is None:
            raise Gone
        return body

    async def read_json(self) -> Any:
        """Read the body as JSON, whatever its content type says."""
        body = await self.read_bytes(JSON_BYTES_MAX)
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Refused(400, f"the body is not JSON: {error.msg}", accepted="JSON") from None

    async def read_object(self, fields: Collection[str]) -> dict[str, Any]:
        """Read the body as a JSON object that has no other members than these."""
        body = await self.read_json()
        if not isinstance(body, dict):
            raise Refused(400, "the body must be a JSON object", accepted=[*fields])
        check_names(body, fields)
        return body

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncGenerator[Callable[[], bool]]:
        """Watch the caller, once the body was read: what is given tells whether they have left."""
        leaving = asyncio.create_task(self._leave())
        try:
            yield leaving.done
        finally:
            leaving.cancel()

    async def _leave(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass  # an HTTP server may say again that the body is over

    def read_query(self, fields: Collection[str]) -> dict[str, str]:
        """Read the query, which has no other names than these, and none twice."""
        check_names([name for name, _ in self.query], fields)
        query = dict(self.query)
        if len(query) != len(self.query):
            raise Refused(400, "a query name is given twice", accepted="each name once")
        return query


def check_names(given: Collection[str], accepted: Collection[str], path: str = "") -> None:
    """Refuse the first name that is none of the accepted ones."""
    for name in given:
        if name not in accepted:
            shown = path + name[:100]
            known = ", ".join(accepted)
            raise Refused(400, f"unknown name {shown!r}: accepted are {known}", shown, [*accepted])
