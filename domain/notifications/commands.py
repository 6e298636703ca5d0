"""What may be asked of vault notifications."""

import attrs


@attrs.frozen
class SetVaultNotifications:
    """Tell a topic of these events in a vault, instead of what was told before."""

    vault_name: str
    topic_arn: str
    events: tuple[str, ...]


@attrs.frozen
class RemoveVaultNotifications:
    """Tell nobody any more what happens in a vault."""

    vault_name: str
