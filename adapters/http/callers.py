"""Whose request it is: account and Region from the credential scope. Signatures are not checked.

A 12-digit access key id names the account, as LocalStack and moto have it; any other key is that
of the default account. The Region is the one the request was signed for.
"""

import re
from functools import lru_cache

from vaultclock.adapters.http.errors import SerializationError
from vaultclock.adapters.http.escapes import unescape
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.world import ACCOUNT_WIDE, HOME

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_REGION = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)
_SCOPE_PARTS = 5  # access key id, date, Region, service, aws4_request
_QUERY_NAME = "X-Amz-Credential="


def is_account(text: str) -> bool:
    """Tell whether a text has the form of an account id."""
    return _ACCOUNT.fullmatch(text) is not None


def is_region(text: str) -> bool:
    """Tell whether a text can be a Region's name."""
    return _REGION.fullmatch(text) is not None and text != ACCOUNT_WIDE


def scope_of_request(authorization: bytes | None, query: str) -> Scope:
    """Answer where a request acts: by its ``Authorization``, or as a presigned one by its query.

    What is not signed, or not with Signature Version 4, acts in the default account and Region.
    """
    if authorization is not None:
        # the signature differs every time, the credential once a day: that is what is remembered
        return _scope_of(authorization.partition(b"Credential=")[2].partition(b",")[0])
    if _QUERY_NAME in query:
        return _scope_of(_presigned(query))
    return HOME


def _presigned(query: str) -> bytes:
    credential = query.partition(_QUERY_NAME)[2].partition("&")[0]
    try:
        return unescape(credential).encode()
    except SerializationError:
        return b""


@lru_cache(maxsize=1024)
def _scope_of(credential: bytes) -> Scope:
    parts = credential.decode("latin-1").strip().split("/")
    if len(parts) != _SCOPE_PARTS:
        return HOME
    key_id, _, region, _, _ = parts
    return Scope(
        key_id if is_account(key_id) else HOME.account,
        region if is_region(region) else HOME.region,
    )
