"""Page tokens: the order key a page ended at, opaque to users and never an offset."""

import base64
import binascii
import json

from vaultclock.domain.kernel.refusals import InvalidParameterValue
from vaultclock.domain.kernel.tables import OrderKey


def write_token(listing: str, after: OrderKey | None) -> str | None:
    """Write where a listing's page ended; None when there is no further page."""
    if after is None:
        return None
    text = json.dumps([listing, *after], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_token(listing: str, token: str | None, shape: tuple[type, ...]) -> OrderKey | None:
    """Read where the page before ended.

    Raises InvalidParameterValue when the token was not written by this listing.
    """
    if token is None:
        return None
    try:
        read = json.loads(base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        read = None
    if (
        isinstance(read, list)
        and [type(part) for part in read] == [str, *shape]
        and read[0] == listing
    ):
        return tuple(read[1:])
    raise InvalidParameterValue("Invalid value for NextToken: it was not issued by this operation")
