"""Identity: every id is a pure function of the seed and the position in the log."""

import base64
import hashlib

import attrs

from vaultclock.domain.kernel.instants import HOUR, SECOND, Instant, Milliseconds

_NAMESPACE = bytes.fromhex("6ba7b8119dad11d180b400c04fd430c8")  # RFC 9562's namespace for URLs
_VARIANT_OF_DIGIT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))  # its two high bits set
_SEED_URL = "https://vaultclock.invalid/seed/"


@attrs.frozen
class Origin:
    """What a world is born with; kept in the head of its log.

    ``seed`` decides every id, ``start_at`` is where the clock began, ``job_seconds`` how long a
    job on a resource runs that says nothing else. What outlives its retention is deleted at some
    moment of the ``deletion_lag_hours`` that follow; AWS says 8 (Backup Developer Guide, deleting
    backups), and 0 means at once.
    """

    start_at: Instant = 0
    seed: int = 0
    job_seconds: int = 3
    deletion_lag_hours: int = 8

    @property
    def job_duration(self) -> Milliseconds:
        """How long a job runs by default."""
        return self.job_seconds * SECOND

    @property
    def deletion_lag_max(self) -> Milliseconds:
        """How long after its retention a recovery point may still be there."""
        return self.deletion_lag_hours * HOUR


def uuid5(namespace: bytes, name: str) -> bytes:
    """Compute the sixteen bytes of an RFC 9562 version 5 uuid."""
    digest = bytearray(hashlib.sha1(namespace + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return bytes(digest)


def uuid5_text(namespace: bytes, name: str) -> str:
    """Write the version 5 uuid of a name, in one step: every decision takes one."""
    text = hashlib.sha1(namespace + name.encode(), usedforsecurity=False).hexdigest()
    variant = _VARIANT_OF_DIGIT[text[16]]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def fraction_of(namespace: bytes, name: str, whole: int) -> int:
    """Answer a number in [0, whole) that a name decides and looks random."""
    digest = hashlib.sha1(namespace + name.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:6], "big") * whole >> 48


def namespace_of(seed: int) -> bytes:
    """Turn a seed into the namespace of every id of its world."""
    return uuid5(_NAMESPACE, f"{_SEED_URL}{seed}")


def uuid_text(raw: bytes) -> str:
    """Write sixteen bytes as a lower-case uuid."""
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def version_id(uuid: str) -> str:
    """Write a uuid as plans version themselves: base64 of its text, 48 characters, no padding."""
    return base64.b64encode(uuid.encode()).decode()
