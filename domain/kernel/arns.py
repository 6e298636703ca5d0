"""Amazon Resource Names: six fields, the last of which may hold anything."""

from functools import lru_cache
from typing import NamedTuple

_FIELDS = 6


class Arn(NamedTuple):
    """An ARN taken apart: ``arn:partition:service:region:account:resource``."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        """Put the ARN together again."""
        return ":".join(("arn", *self))


@lru_cache(maxsize=4096)
def parse_arn(text: str) -> Arn | None:
    """Take an ARN apart, or answer None when the text is not one.

    The last few thousand are kept: a job's resource is taken apart at every step of the job.
    """
    parts = text.split(":", _FIELDS - 1)
    if len(parts) != _FIELDS or parts[0] != "arn" or not (parts[1] and parts[2] and parts[5]):
        return None
    return Arn(*parts[1:])
