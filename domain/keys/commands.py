"""What may be asked of the pretend world of keys."""

import attrs


@attrs.frozen
class RegisterKey:
    """Put a key into the world, or replace what it was.

    With ``fails_with`` it refuses the grant that a logically air-gapped vault needs, and says so.
    """

    arn: str
    fails_with: str | None = None


@attrs.frozen
class DeregisterKey:
    """Take a key out of the world again: one that is only named grants what is asked of it."""

    arn: str
