"""What may be asked of vaults' policies."""

import attrs


@attrs.frozen
class PutAccessPolicy:
    """Give a vault a policy, a JSON document, instead of the one it has."""

    vault_name: str
    policy: str | None = None


@attrs.frozen
class DeleteAccessPolicy:
    """Take a vault's policy away; one that has none is left as it is."""

    vault_name: str
