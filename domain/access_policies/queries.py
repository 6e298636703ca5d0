"""What may be asked about vaults' policies without changing them."""

from vaultclock.domain.access_policies.events import AccessPolicyRemoved
from vaultclock.domain.access_policies.state import AccessPolicy
from vaultclock.domain.kernel.refusals import ResourceNotFound
from vaultclock.domain.world import World


def access_policy_of(world: World, vault_name: str) -> AccessPolicy:
    """Answer the policy of a vault (text observed: steampipe-plugin-aws 2032)."""
    vault = world.vault(vault_name)
    if found := world.access_policies.get(vault.name):
        return found
    raise ResourceNotFound(f"Backup Vault {world.vault_arn(vault.name)} has no associated POLICY")


def dropped_access_policy(world: World, vault_name: str) -> list[AccessPolicyRemoved]:
    """State what the end of a vault means for its policy: nothing when it has none."""
    return [AccessPolicyRemoved(vault_name)] if vault_name in world.access_policies else []
