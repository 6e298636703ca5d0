"""What has happened to policies. These names and fields are the storage format: see ADR 0006."""

from vaultclock.domain.kernel.facts import fact


@fact("vault-access-policy-set")
class AccessPolicySet:
    """A vault has a policy, instead of the one it may have had; the document is as it was sent."""

    vault_name: str
    policy: str


@fact("vault-access-policy-removed")
class AccessPolicyRemoved:
    """A vault has no policy any more, or is gone itself."""

    vault_name: str


AccessPolicyFact = AccessPolicySet | AccessPolicyRemoved
