"""What has happened to keys. These names and fields are the storage format: see ADR 0006."""

from vaultclock.domain.kernel.facts import fact


@fact("key-registered")
class KeyRegistered:
    """A key does as stated here, whatever it did before: it grants, or says why it does not."""

    arn: str
    fails_with: str | None = None


@fact("key-deregistered")
class KeyDeregistered:
    """A key is no longer in the world, and grants whatever is asked of it."""

    arn: str


KeyFact = KeyRegistered | KeyDeregistered
