"""Errors on the wire: the one table of statuses and AWS's names, and the body they travel in.

What is refused and why is said elsewhere: by the domain's refusals, the router and the protocol.
"""

from collections.abc import Collection
from typing import NamedTuple

import orjson

from vaultclock.domain.kernel import refusals

# observed: terraform-provider-aws 29199; clients cut the name at its colon
_NAMESPACE = "http://internal.amazon.com/coral/com.amazonaws.services.cryo/"


class WireError(Exception):
    """A request that no decision was asked about; ``message`` is the text a user reads."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SerializationError(WireError):
    """The request is not well-formed: its path, query or body breaks the protocol's types."""


class UnknownOperation(WireError):
    """No operation has this path."""


class MethodNotAllowed(WireError):
    """The path is known, the method is not; ``allowed`` are the methods it has."""

    def __init__(self, message: str, allowed: Collection[str]) -> None:
        super().__init__(message)
        self.allowed = tuple(sorted(allowed))


class TooLarge(WireError):
    """The body is larger than is read."""


class NotSimulated(WireError):
    """AWS has the operation and this program does not, yet."""

    def __init__(self, operation_name: str) -> None:
        super().__init__(f"{operation_name} is not simulated yet; see docs/fidelity.md")


class ServiceUnavailable(WireError):
    """A transient fault of the server; raised only where faults are injected."""


class DependencyFailure(WireError):
    """A fault of a service behind the server; raised only where faults are injected."""


class WireName(NamedTuple):
    """How an error is called on the wire, and the status it has."""

    name: str
    status: int


# Every status stands here and nowhere else. Backup API reference: not-found, exists and conflict
# are 400 like every client error; Common Errors: access 403, path 404, size 413, faults 500.
WIRE_NAMES: dict[type[Exception], WireName] = {
    refusals.AccessDenied: WireName("AccessDeniedException", 403),
    refusals.AlreadyExists: WireName("AlreadyExistsException", 400),
    refusals.Conflict: WireName("ConflictException", 400),
    refusals.InvalidParameterValue: WireName("InvalidParameterValueException", 400),
    refusals.InvalidRequest: WireName("InvalidRequestException", 400),
    refusals.InvalidResourceState: WireName("InvalidResourceStateException", 400),
    refusals.LimitExceeded: WireName("LimitExceededException", 400),
    refusals.MissingParameterValue: WireName("MissingParameterValueException", 400),
    refusals.ResourceNotFound: WireName("ResourceNotFoundException", 400),
    SerializationError: WireName("SerializationException", 400),
    UnknownOperation: WireName("UnknownOperationException", 404),
    MethodNotAllowed: WireName("MethodNotAllowedException", 405),  # chosen: AWS names none
    TooLarge: WireName("RequestEntityTooLargeException", 413),
    NotSimulated: WireName("NotSimulated", 501),  # ours alone
    ServiceUnavailable: WireName("ServiceUnavailableException", 500),
    DependencyFailure: WireName("DependencyFailureException", 500),
}
_INTERNAL_FAILURE = WireName("InternalFailure", 500)


def wire_name(error: Exception) -> WireName:
    """Find an error's name and status; whatever the table does not know is our own failure."""
    for kind in type(error).__mro__:
        if kind in WIRE_NAMES:
            return WIRE_NAMES[kind]
    return _INTERNAL_FAILURE


def error_reply(error: Exception, request_id: str) -> tuple[int, dict[str, str], bytes]:
    """Render an error as AWS Backup does: status, headers (lower case) and body.

    The name travels in ``x-amzn-errortype`` with a namespace after a colon; the body's ``Code`` is
    a catalogue number or null, its ``Context`` a JSON array inside a string or null (observed:
    lgallard/terraform-aws-backup 40).
    """
    name, status = wire_name(error)
    headers = {
        "content-type": "application/json",
        "x-amzn-requestid": request_id,
        "x-amzn-errortype": f"{name}:{_NAMESPACE}",
    }
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = ", ".join(error.allowed)
    return status, headers, orjson.dumps(_body(error))


def _body(error: Exception) -> dict[str, str | None]:
    context = getattr(error, "context", None)
    body = {
        "Code": getattr(error, "code", None),
        "Message": _message(error),
        "Type": None,
        "Context": None if context is None else orjson.dumps(context).decode(),
    }
    if isinstance(error, refusals.AlreadyExists):
        body |= {"CreatorRequestId": error.creator_request_id, "Arn": error.arn}
    return body


def _message(error: Exception) -> str:
    if isinstance(error, refusals.Rejected | WireError):
        text = error.message
    else:  # a bug: its name goes to the user, who is the one to report it
        text = f"{type(error).__name__}: {error}"
    # An error must always get out: what UTF-8 cannot say is replaced.
    return text.encode("utf-8", "replace").decode("utf-8")
