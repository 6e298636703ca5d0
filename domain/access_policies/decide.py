"""All the rules about vaults' policies: one function a command, facts out or a refusal.

Who may set one is judged before: see the step of authorisation.
"""

from vaultclock.domain.access_policies.commands import DeleteAccessPolicy, PutAccessPolicy
from vaultclock.domain.access_policies.events import AccessPolicyRemoved, AccessPolicySet
from vaultclock.domain.access_policies.queries import dropped_access_policy
from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.refusals import (
    AccessDenied,
    InvalidParameterValue,
    MissingParameterValue,
)
from vaultclock.domain.policies.language import Policy, Statement, read_policy
from vaultclock.domain.policies.patterns import MalformedPolicy
from vaultclock.domain.policies.principals import ANYBODY, UnknownPrincipal
from vaultclock.domain.policies.words import COPY_INTO, is_action, is_key
from vaultclock.domain.world import World

POLICY_BYTES_MAX = 20_480  # chosen: what IAM gives most policies of resources; AWS states none
# observed: rebuy-de/aws-nuke 1150; the status is 403
SHARED_ACROSS_ACCOUNTS = (
    "The specified policy cannot be added to the vault due to cross-account sharing restrictions."
    " Amend the policy or the vault's settings, then retry request"
)


def put_access_policy(
    command: PutAccessPolicy, world: World, context: Context
) -> list[AccessPolicySet]:
    """Set a vault's policy; the one it has already is no news."""
    vault = world.vault(command.vault_name)
    if command.policy is None:
        raise MissingParameterValue("Missing required parameter: Policy")
    policy = _checked(command.policy)
    if any(_is_shared(statement, world.scope.account) for statement in policy.statements):
        raise AccessDenied(SHARED_ACROSS_ACCOUNTS)
    found = world.access_policies.get(vault.name)
    if found is not None and found.policy == command.policy:
        return []
    return [AccessPolicySet(vault.name, command.policy)]


def _checked(text: str) -> Policy:
    """Answer a policy that a vault can have, or refuse it."""
    if len(text.encode("utf-8", "replace")) > POLICY_BYTES_MAX:
        raise InvalidParameterValue(
            f"Invalid value for Policy: it has more than {POLICY_BYTES_MAX} bytes"
        )
    try:
        policy = read_policy(text)
    except UnknownPrincipal as error:
        # observed: Terraform, which sends it again until IAM has got to know the principal
        raise InvalidParameterValue(f"Provided principal is not valid: {error}") from None
    except MalformedPolicy as error:
        raise InvalidParameterValue(f"Invalid value for Policy: {error}") from None
    for statement in policy.statements:
        _check_words(statement)
    return policy


def _check_words(statement: Statement) -> None:
    """Refuse actions and condition keys that AWS Backup does not know.

    Its policies do not take wildcards in actions, unlike others (Backup Developer Guide, vault
    access policies), not even alone.
    """
    path = f"Statement[{statement.index}]"
    for action in statement.actions:
        if "*" in action or "?" in action:
            raise InvalidParameterValue(
                f"Invalid value for Policy: {path} has the action {action[:200]!r}: actions of"
                " vault access policies take no wildcards"
            )
        if not is_action(action):
            raise InvalidParameterValue(
                f"Invalid value for Policy: {path} has the unknown action {action[:200]!r}:"
                " accepted are those of AWS Backup, such as backup:DeleteRecoveryPoint"
            )
    for key in statement.keys_asked():
        if not is_key(key):
            raise InvalidParameterValue(
                f"Invalid value for Policy: {path} has the unknown condition key {key[:200]!r}:"
                " accepted are the global ones (aws:...), those of AWS Backup (backup:...) and"
                " those of other services"
            )


def _is_shared(statement: Statement, account: str) -> bool:
    """Tell whether a statement lets other accounts do more than copy into the vault (observed).

    Conditions that narrow it again do not count (chosen: the refusals observed had none).
    """
    if statement.denies:
        return False
    copies = {action.lower() for action in statement.actions} == {COPY_INTO.lower()}
    if copies and not statement.but_actions:
        return False
    return any(
        named.identity == ANYBODY or named.account not in (None, account)
        for named in statement.principals
    )


def delete_access_policy(
    command: DeleteAccessPolicy, world: World, context: Context
) -> list[AccessPolicyRemoved]:
    """Take a vault's policy away; without one, nothing is left to do (inferred)."""
    return dropped_access_policy(world, world.vault(command.vault_name).name)


DECIDE = deciders(put_access_policy, delete_access_policy)
