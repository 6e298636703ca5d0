"""One AWS call: a request as it came in, a reply as it goes out. Knows no server and no sockets.

The same function serves the HTTP server and clients in this process.
"""

import logging
import os
from collections.abc import Iterable
from http import HTTPStatus

from vaultclock.adapters.clock.simulation import Broken, Simulation
from vaultclock.adapters.http import model
from vaultclock.adapters.http.callers import Caller, Callers
from vaultclock.adapters.http.errors import NotSimulated, WireError, error_reply
from vaultclock.adapters.http.features import OPERATIONS
from vaultclock.adapters.http.operation import Ask, Operation, Reply, Wire
from vaultclock.adapters.http.protocol import query_names, read_request, write_reply
from vaultclock.adapters.http.router import Router
from vaultclock.domain.authorisation import DeniedByPolicy, authorise_reading
from vaultclock.domain.kernel.ids import uuid_text
from vaultclock.domain.kernel.refusals import Rejected
from vaultclock.domain.world import World

Headers = Iterable[tuple[bytes, bytes]]  # names in lower case
Response = tuple[int, list[tuple[bytes, bytes]], bytes]

_CONTENT_TYPE = (b"content-type", b"application/json")
_NO_NAMES: frozenset[str] = frozenset()
_log = logging.getLogger("vaultclock")


class Service:
    """AWS Backup's operations on a simulation.

    Every request first settles what is due, then is answered in one step: nothing happens between
    reading and writing. A write is answered once its facts are kept. ``callers`` tells whose
    requests are.
    """

    def __init__(
        self,
        simulation: Simulation,
        operations: Iterable[Operation] = OPERATIONS,
        callers: Callers | None = None,
    ) -> None:
        self.simulation = simulation
        self._callers = callers or Callers()
        self._rows = {row.name: row for row in operations}
        self._router = Router(model.operations().values())

    def handle(
        self, method: str, raw_path: str, query: str, headers: Headers, body: bytes
    ) -> Response:
        """Answer a request: status, headers and body.

        ``raw_path`` and ``query`` are as sent, still escaped, the query without its question
        mark. Never raises: a refusal and a bug are replies in AWS's shape, and a bug also stands
        in the log, where neither headers nor bodies do.
        """
        request_id = uuid_text(os.urandom(16))
        authorization = _authorization(headers)
        try:
            status, reply = self._answer(method, raw_path, query, authorization, body)
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it was, a client waits
            return refusal(error, request_id)
        replied = [_CONTENT_TYPE, (b"x-amzn-requestid", request_id.encode())]
        if status != HTTPStatus.NO_CONTENT:
            replied.append(_length(reply))
        return status, replied, reply

    def _answer(
        self, method: str, raw_path: str, query: str, authorization: bytes | None, body: bytes
    ) -> tuple[int, bytes]:
        names = query_names(query) if query else _NO_NAMES
        operation, labels = self._router.match(method, raw_path, names)
        row = self._rows.get(operation.name)
        if row is None:
            raise NotSimulated(operation.name)
        caller = self._callers.caller_of(authorization, query)
        wire = read_request(operation, labels, query, body)
        return operation.status, write_reply(operation, self._ask(row, caller, wire))

    def _ask(self, row: Operation, caller: Caller, wire: Wire) -> Reply:
        simulation = self.simulation
        simulation.settle()
        if isinstance(row, Ask):
            world, now = simulation.engine.world(caller.scope), simulation.engine.now
            if row.access is not None and _has_policies(world, wire):
                authorise_reading(row.name, row.access(wire), world, now, caller.arn)
            return row.answer(world, now, wire)
        command = row.read(wire)
        facts = simulation.change(command, caller.scope, caller.arn)
        return row.reply(simulation.engine.world(caller.scope), command, facts)


def _has_policies(world: World, wire: Wire) -> bool:
    """Tell whether any policy can be about a query; mostly none is, and the query is quicker.

    That of another account's vault can, when it is shared or a restore access vault is read.
    """
    if len(world.access_policies) > 0 or "BackupVaultAccountId" in wire:
        return True
    vault = world.vaults.get(wire["BackupVaultName"])
    return vault is not None and vault.source_vault_arn is not None


def refusal(error: Exception, request_id: str | None = None) -> Response:
    """Answer with an error in AWS's shape; what is nobody's refusal is a bug and is logged.

    So is what a vault's policy refused, and which statement did.
    """
    if isinstance(error, DeniedByPolicy):
        # what came in is quoted, so that a line stays a line
        _log.info("%r: %s of the policy of %r", error.message, error.decided_by, error.vault_arn)
    if not isinstance(error, Rejected | WireError | Broken):
        _log.error("a request failed inside", exc_info=error)
    status, headers, body = error_reply(error, request_id or uuid_text(os.urandom(16)))
    encoded = [(name.encode(), text.encode()) for name, text in headers.items()]
    return status, [*encoded, _length(body)], body


def _authorization(headers: Headers) -> bytes | None:
    for name, value in headers:
        if name == b"authorization":
            return value
    return None


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % len(body)
