"""What a request says to a vault's policy: the values of the condition keys, as far as they exist.

A key that is not here is absent from every request. Which statements ask for it is not known here.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from vaultclock.domain.kernel.instants import SECOND, Instant, to_iso
from vaultclock.domain.policies.language import Request
from vaultclock.domain.policies.patterns import Values
from vaultclock.domain.policies.principals import Principal
from vaultclock.domain.settings.queries import organization_id
from vaultclock.domain.tags.queries import tags_of
from vaultclock.domain.values import Tags
from vaultclock.domain.world import World

_NOTHING: Mapping[str, Values] = {}
_NO_TAGS: Tags = {}


def organization_paths(world: World, account: str) -> tuple[str, ...] | None:
    """Say where in its organization an account is: in its root (chosen)."""
    name = organization_id(world, account)
    return None if name is None else (f"{name}/r-root/",)


class Access(NamedTuple):
    """One action on a vault, or on a recovery point that lies in it.

    ``keys`` are condition keys that only this action says, in lower case; ``tags`` are those that
    the request gives.
    """

    action: str
    vault_name: str
    point_arn: str | None = None
    keys: Mapping[str, Values] = _NOTHING
    tags: Tags = _NO_TAGS


class _Asking(NamedTuple):
    """An access by a principal, now, to a vault of a world."""

    access: Access
    world: World
    principal: Principal
    now: Instant

    def said(self, key: str) -> Values | None:
        """Answer what the request says of a condition key, None when it says nothing."""
        found = self.access.keys.get(key)
        if found is not None:
            return found
        read = _KEYS.get(key)
        if read is not None:
            return read(self)
        kind, slash, name = key.partition("/")
        if not slash:
            return None
        if kind == "aws:resourcetag":
            return _tag(tags_of(self.world, self.resource_arn), name)
        return _tag(self.access.tags, name) if kind == "aws:requesttag" else None

    @property
    def resource_arn(self) -> str:
        """What is acted on."""
        return self.access.point_arn or self.world.vault_arn(self.access.vault_name)


def _tag(tags: Tags, name: str) -> str | None:
    """Find a tag by its key in whatever case: condition keys have none (documented)."""
    return next((value for key, value in sorted(tags.items()) if key.lower() == name), None)


# IAM User Guide, global condition keys
_KEYS: dict[str, Callable[[_Asking], Values | None]] = {
    "aws:currenttime": lambda asking: to_iso(asking.now),
    "aws:epochtime": lambda asking: str(asking.now // SECOND),
    "aws:principalaccount": lambda asking: asking.principal.account,
    "aws:principalarn": lambda asking: asking.principal.iam_arn,
    "aws:principalisawsservice": lambda _: "false",
    "aws:principalorgid": lambda asking: organization_id(asking.world, asking.principal.account),
    "aws:principalorgpaths": lambda asking: organization_paths(
        asking.world, asking.principal.account
    ),
    "aws:principaltype": lambda asking: asking.principal.kind,
    "aws:requestedregion": lambda asking: asking.world.scope.region,
    "aws:resourceaccount": lambda asking: asking.world.scope.account,
    "aws:resourceorgid": lambda asking: organization_id(asking.world, asking.world.scope.account),
    "aws:resourceorgpaths": lambda asking: organization_paths(
        asking.world, asking.world.scope.account
    ),
    "aws:securetransport": lambda _: "true",  # chosen: as clients of AWS itself have it
    "aws:tagkeys": lambda asking: tuple(asking.access.tags) or None,
    "aws:userid": lambda asking: asking.principal.user_id,
    "aws:username": lambda asking: asking.principal.username,
    "aws:viaawsservice": lambda _: "false",
}


def request_of(access: Access, world: World, principal: Principal, now: Instant) -> Request:
    """Make of an access what a policy judges.

    What is done to a recovery point is also done to its vault: statements name either (Backup
    Developer Guide, vault access policies, in its samples of then and now).
    """
    asking = _Asking(access, world, principal, now)
    vault_arn = world.vault_arn(access.vault_name)
    arns = (vault_arn,) if access.point_arn is None else (access.point_arn, vault_arn)
    return Request(principal, access.action, arns, asking.said)
