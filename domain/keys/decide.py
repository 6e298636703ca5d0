"""All the rules about keys: one function a command, facts out or a refusal."""

from vaultclock.domain.kernel.engine import Context, deciders
from vaultclock.domain.kernel.refusals import InvalidParameterValue, ResourceNotFound
from vaultclock.domain.keys.commands import DeregisterKey, RegisterKey
from vaultclock.domain.keys.events import KeyDeregistered, KeyRegistered
from vaultclock.domain.keys.queries import scope_of_key
from vaultclock.domain.keys.state import Key
from vaultclock.domain.world import World

TEXT_CHARACTERS_MAX = 1_024


def register_key(command: RegisterKey, world: World, context: Context) -> list[KeyRegistered]:
    """Put a key into the world, or replace it; saying the same again is no news."""
    if scope_of_key(command.arn) != context.scope:
        raise InvalidParameterValue(
            f"Invalid arn: {command.arn} is not in account {context.scope.account} and Region"
            f" {context.scope.region}"
        )
    text = command.fails_with
    if text is not None and not (text.strip() and len(text) <= TEXT_CHARACTERS_MAX):
        raise InvalidParameterValue(
            f"Invalid fails_with {text[:32]!r}: 1 to {TEXT_CHARACTERS_MAX} characters, not all"
            " blank"
        )
    if world.keys.get(command.arn) == Key(command.arn, text):
        return []
    return [KeyRegistered(command.arn, text)]


def deregister_key(command: DeregisterKey, world: World, context: Context) -> list[KeyDeregistered]:
    """Take a registered key out of the world."""
    if command.arn not in world.keys:
        raise ResourceNotFound(f"No key {command.arn} is registered")
    return [KeyDeregistered(command.arn)]


DECIDE = deciders(register_key, deregister_key)
