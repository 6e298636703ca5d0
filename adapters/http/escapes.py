"""Percent-encoding: the text of one label, or of one name or value of a query string."""

import re
from urllib.parse import unquote_to_bytes

from vaultclock.adapters.http.errors import SerializationError

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def unescape(text: str) -> str:
    """Decode percent-encoded UTF-8.

    Raises SerializationError for what is not: a stray percent sign, bytes that are not UTF-8, or
    characters that a client should have escaped.
    """
    if text.isascii():
        if "%" not in text:
            return text
        # An ARN is full of these two and rarely of others; an escape always begins at its percent
        # sign, so that neither can be found across two others.
        text = text.replace("%3A", ":").replace("%2F", "/")
        if "%" not in text:
            return text
    if not text.isascii() or _BAD_ESCAPE.search(text):
        raise SerializationError("The path or query string is not percent-encoded")
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise SerializationError("The path or query string is not UTF-8") from None
