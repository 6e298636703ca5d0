"""Whose request it is, by its credential scope: account, Region and principal.

Signatures are not checked. An access key id is that of the principal it is mapped to, in that
principal's account; else one of 12 digits names the account, as LocalStack and moto have it, and
any other is of the default account, the caller being the account's root. The Region is the one
the request was signed for.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from vaultclock.adapters.http.errors import SerializationError
from vaultclock.adapters.http.escapes import unescape
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.policies.principals import CALLERS_ACCEPTED, Principal, principal_of
from vaultclock.domain.world import ACCOUNT_WIDE, HOME

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_REGION = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)
_SCOPE_PARTS = 5  # access key id, date, Region, service, aws4_request
_QUERY_NAME = "X-Amz-Credential="
_KEY_ID = re.compile(r"[!-+.0-~-]{1,128}", re.ASCII)  # what can stand before a slash or comma
_KEY_ID_ACCEPTED = "an access key id: 1 to 128 visible characters, neither slash nor comma"


def is_account(text: str) -> bool:
    """Tell whether a text has the form of an account id."""
    return _ACCOUNT.fullmatch(text) is not None


def is_region(text: str) -> bool:
    """Tell whether a text can be a Region's name."""
    return _REGION.fullmatch(text) is not None and text != ACCOUNT_WIDE


class Caller(NamedTuple):
    """Where a request acts, and as whom: a principal's ARN, or None as the account's root."""

    scope: Scope
    arn: str | None


class Callers:
    """Which access key id is whose. ``at_first`` is what a reset goes back to."""

    def __init__(self, at_first: Mapping[str, str] | None = None) -> None:
        self._at_first = dict(at_first or {})
        self._principals: dict[str, Principal] = {}
        self.reset()

    def caller_of(self, authorization: bytes | None, query: str) -> Caller:
        """Answer whose a request is: by its ``Authorization``, or presigned by its query.

        What is not signed, or not with Signature Version 4, is of the default account's root, in
        the default Region.
        """
        credential = _credential_of_request(authorization, query)
        principal = self._principals.get(credential.key_id)
        if principal is None:
            return credential.root
        region = credential.root.scope.region
        return Caller(Scope(principal.account, region), principal.arn)

    def all(self) -> dict[str, Principal]:
        """Answer the principals by access key id."""
        return dict(sorted(self._principals.items()))

    def put(self, arns: Mapping[str, str]) -> None:
        """Map access key ids to the ARNs of principals that can call; others stay as they are."""
        for key_id, arn in arns.items():
            principal = principal_of(arn)
            assert principal is not None, f"{arn} cannot call"
            self._principals[key_id] = principal

    def remove(self, key_id: str) -> None:
        """Forget one access key id. Raises KeyError when it is not mapped."""
        del self._principals[key_id]

    def reset(self) -> None:
        """Go back to those of the beginning."""
        self._principals = {}
        self.put(self._at_first)


class Unmappable(ValueError):
    """What should map access key ids to principals does not; ``field`` is at fault."""

    def __init__(self, text: str, field: str | None, accepted: Any) -> None:
        super().__init__(text)
        self.field = field
        self.accepted = accepted


def read_callers(given: Any) -> Mapping[str, str]:
    """Check what maps access key ids to ARNs. Raises Unmappable."""
    if not isinstance(given, dict):
        shape = {_KEY_ID_ACCEPTED: CALLERS_ACCEPTED}
        raise Unmappable("it must be a JSON object of ARNs by access key id", None, shape)
    for key_id, arn in given.items():
        shown = key_id[:128]
        if _KEY_ID.fullmatch(key_id) is None:
            raise Unmappable(f"{shown!r} is not {_KEY_ID_ACCEPTED}", shown, _KEY_ID_ACCEPTED)
        if not isinstance(arn, str) or principal_of(arn) is None:
            raise Unmappable(
                f"{shown!r} must be the ARN of one who can call", shown, CALLERS_ACCEPTED
            )
    return given


class _Credential(NamedTuple):
    key_id: str
    root: Caller  # who it is when the key is mapped to nobody


_UNSIGNED = _Credential("", Caller(HOME, None))


def _credential_of_request(authorization: bytes | None, query: str) -> _Credential:
    if authorization is not None:
        # the signature differs every time, the credential once a day: that is what is remembered
        return _credential(authorization.partition(b"Credential=")[2].partition(b",")[0])
    if _QUERY_NAME in query:
        return _credential(_presigned(query))
    return _UNSIGNED


def _presigned(query: str) -> bytes:
    credential = query.partition(_QUERY_NAME)[2].partition("&")[0]
    try:
        return unescape(credential).encode()
    except SerializationError:
        return b""


@lru_cache(maxsize=1024)
def _credential(text: bytes) -> _Credential:
    parts = text.decode("latin-1").strip().split("/")
    if len(parts) != _SCOPE_PARTS:
        return _UNSIGNED
    key_id, _, region, _, _ = parts
    scope = Scope(
        key_id if is_account(key_id) else HOME.account,
        region if is_region(region) else HOME.region,
    )
    return _Credential(key_id, Caller(scope, None))
