"""What may be asked about keys without changing them, whether registered or only named."""

from vaultclock.domain.kernel.arns import Arn, parse_arn
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.refusals import InvalidParameterValue
from vaultclock.domain.world import World

_SERVICE_ACCOUNT = "210987654321"  # chosen: AWS does not say whose account its own keys are in


def scope_of_key(arn: str) -> Scope:
    """Tell where the key lives that an ARN names; it need not be registered.

    Raises InvalidParameterValue for what is not the ARN of a key.
    """
    parsed = parse_arn(arn)
    if parsed is None or not is_key(parsed):
        raise InvalidParameterValue(
            f"Invalid arn: {arn[:1000]} is not the ARN of a KMS key"
            " (arn:aws:kms:<region>:<account>:key/<id>)"
        )
    return Scope(parsed.account, parsed.region)


def is_key(arn: Arn) -> bool:
    """Tell whether an ARN is that of a KMS key; an alias is none."""
    return arn.service == "kms" and arn.resource.startswith("key/")


def why_key_fails(world: World, arn: str) -> str | None:
    """Tell why a key refuses grants, wherever it lives; one that nobody registered gives them."""
    there = world.others.get(scope_of_key(arn))
    key = None if there is None else there.keys.get(arn)
    return None if key is None else key.fails_with


def owned_key_arn(scope: Scope, uuid: str) -> str:
    """Name a key that AWS owns, in a Region, by a fresh id."""
    return f"arn:aws:kms:{scope.region}:{_SERVICE_ACCOUNT}:key/{uuid}"
