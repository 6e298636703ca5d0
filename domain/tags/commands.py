"""What may be asked of tags."""

from collections.abc import Sequence

import attrs

from vaultclock.domain.values import Tags


@attrs.frozen
class TagResource:
    """Add tags to a thing of AWS Backup's, or give those it has other values."""

    arn: str
    tags: Tags


@attrs.frozen
class UntagResource:
    """Remove tags from a thing of AWS Backup's; keys it does not have are passed over."""

    arn: str
    keys: Sequence[str]
