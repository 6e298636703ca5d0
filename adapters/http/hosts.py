"""Whether a control request comes from where it says: the guard against DNS rebinding.

A page on the web can make a browser send requests to this machine. Its Origin gives it away, and
a name it made to resolve here is not one that this server is known by. AWS calls are not guarded:
proxies and SDKs send AWS's own names there.
"""

from collections.abc import Iterable
from ipaddress import ip_address

_LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})
_PRIVATE_ENDINGS = (".internal", ".local", ".test", ".home.arpa")  # never public (RFC 6761 ff.)


class HostGuard:
    """Knows the names of a server that is bound to ``host``."""

    def __init__(self, host: str) -> None:
        self._bound_to = host.strip("[]").lower()
        self._wildcard = _is_unspecified(self._bound_to)

    def complaint(self, headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str] | None:
        """Say which header is foreign, and why; None when none is."""
        named = {name: value.decode("latin-1") for name, value in headers}
        host = named.get(b"host", "").strip().lower()
        if host and not self._is_ours(_without_port(host)):
            return "Host", f"{host[:100]!r} is not a name of this server"
        origin = named.get(b"origin")
        if origin is not None and origin.strip().lower().partition("://")[2] != host:
            return "Origin", f"a page of {origin[:100]!r} may not control this server"
        return None

    def _is_ours(self, name: str) -> bool:
        if name == self._bound_to or name in _LOOPBACK_NAMES or name.endswith(".localhost"):
            return True
        if _is_loopback(name):
            return True
        # Bound to every address, the server is reached by names it can't know. An address can't
        # be made to resolve elsewhere, and nobody on the web owns such names.
        return self._wildcard and (
            _is_address(name) or "." not in name or name.endswith(_PRIVATE_ENDINGS)
        )


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return _is_address(name) and ip_address(name).is_loopback


def _is_unspecified(name: str) -> bool:
    return not name or (_is_address(name) and ip_address(name).is_unspecified)
