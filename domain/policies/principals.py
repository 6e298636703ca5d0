"""Principals: who calls, and whom a policy names. Which of them exist is not known here.

Every well-formed principal exists: there is no IAM behind this.
"""

import base64
import hashlib
import re
from functools import lru_cache

import attrs

from vaultclock.domain.policies.patterns import MalformedPolicy

ANYBODY = "*"
_PARTITION = r"arn:aws[a-z-]*"
_NAME = r"[\w+=,.@-]+"
_PATH = r"(?:[!-)+-.0->@-~]+/)*"  # anything visible but the wildcards
_CALLER = re.compile(
    rf"{_PARTITION}:(?:"
    rf"iam::(?P<root>\d{{12}}):root"
    rf"|iam::(?P<user_account>\d{{12}}):user/{_PATH}(?P<user>{_NAME})"
    rf"|iam::(?P<role_account>\d{{12}}):role/{_PATH}(?P<role>{_NAME})"
    rf"|sts::(?P<session_account>\d{{12}}):assumed-role/(?P<assumed>{_NAME})/(?P<session>{_NAME})"
    rf"|sts::(?P<federated_account>\d{{12}}):federated-user/(?P<federated>{_NAME})"
    r")",
    re.ASCII,
)
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_SERVICE = re.compile(r"(?:[a-z0-9-]+\.)+amazonaws\.com(?:\.cn)?", re.ASCII)
_PROVIDER = re.compile(
    rf"{_PARTITION}:iam::(?P<account>[0-9]{{12}}):(?:saml|oidc)-provider/\S+", re.ASCII
)
_WEB_IDENTITY = {
    "cognito-identity.amazonaws.com",
    "www.amazon.com",
    "graph.facebook.com",
    "accounts.google.com",
}
CALLERS_ACCEPTED = (
    "arn:aws:iam::<account>:root, arn:aws:iam::<account>:user/<name>,"
    " arn:aws:iam::<account>:role/<name>, arn:aws:sts::<account>:assumed-role/<role>/<session>,"
    " arn:aws:sts::<account>:federated-user/<name>"
)


class UnknownPrincipal(MalformedPolicy):
    """A policy names a principal that cannot exist."""


@attrs.frozen
class Principal:
    """Who calls.

    ``identities`` are all that a policy may name it by: itself, the role of a session, its
    account; ``arn`` is as the caller gives it, ``iam_arn`` that of the role behind a session.
    ``user_id`` is IAM's unique id of it.
    """

    arn: str
    account: str
    kind: str
    identities: tuple[str, ...]
    iam_arn: str
    user_id: str
    username: str | None = None


def root_of(account: str) -> str:
    """Name the root of an account: who calls when nobody says who does."""
    return f"arn:aws:iam::{account}:root"


@lru_cache(maxsize=4096)
def principal_of(arn: str) -> Principal | None:
    """Answer the principal of an ARN, or None when it is not that of one who can call."""
    match = _CALLER.fullmatch(arn)
    if match is None:
        return None
    match match.lastgroup:
        case "root":
            account = match["root"]
            return Principal(arn, account, "Account", (account,), arn, account)
        case "user":
            account, name = match["user_account"], match["user"]
            user_id = _unique_id("AIDA", account, f"user/{name}")
            return Principal(arn, account, "User", (arn, account), arn, user_id, name)
        case "role":
            return _of_role(arn, match["role_account"], match["role"], None)
        case "session":
            return _of_role(arn, match["session_account"], match["assumed"], match["session"])
        case _:
            account, name = match["federated_account"], match["federated"]
            user_id = f"{account}:{name}"
            return Principal(arn, account, "FederatedUser", (arn, account), arn, user_id)


def _of_role(arn: str, account: str, name: str, session: str | None) -> Principal:
    """Answer a role, or a session of one; a role's name is unique whatever its path."""
    user_id = f"{_unique_id('AROA', account, f'role/{name}')}:{session or 'vaultclock'}"
    role, iam_arn = _role_key(account, name), arn
    identities: tuple[str, ...] = (role, account)
    if session is not None:
        identities = (arn, *identities)
        partition = arn.split(":", 2)[1]
        iam_arn = f"arn:{partition}:iam::{account}:role/{name}"  # its path is not in the session's
    return Principal(arn, account, "AssumedRole", identities, iam_arn, user_id)


def _role_key(account: str, name: str) -> str:
    return f"{account}:role:{name}"


def _unique_id(prefix: str, account: str, name: str) -> str:
    """Make up the unique id that IAM would have given: the same for ever (chosen)."""
    digest = hashlib.sha256(f"{account}:{name}".encode()).digest()
    return prefix + base64.b32encode(digest).decode()[:17]


@attrs.frozen
class Named:
    """One principal that a policy names: how callers know it, and its account if it has one."""

    identity: str
    account: str | None


def named_principal(kind: str, text: str, path: str) -> Named:
    """Read one principal of a policy, whose kind is AWS, Service or Federated.

    Raises UnknownPrincipal for what names nobody, and MalformedPolicy for an unknown kind. A
    wildcard is everybody or nothing: no ARN of a principal may have one (documented).
    """
    found: Named | None = None
    match kind:
        case "AWS":
            found = _named_caller(text)
        case "Service":
            found = Named(f"service:{text}", None) if _SERVICE.fullmatch(text) else None
        case "Federated":
            found = _named_provider(text)
        case _:
            raise MalformedPolicy(
                f"{path} has a principal of kind {kind[:100]!r}: accepted are AWS, Service and"
                " Federated"
            )
    if found is None:
        raise UnknownPrincipal(f"{path} names {text[:200]!r}")
    return found


def _named_caller(text: str) -> Named | None:
    if text == ANYBODY:
        return Named(ANYBODY, None)
    if _ACCOUNT.fullmatch(text):
        return Named(text, text)
    caller = principal_of(text)
    return None if caller is None else Named(caller.identities[0], caller.account)


def _named_provider(text: str) -> Named | None:
    match = _PROVIDER.fullmatch(text)
    if match is not None:
        return Named(f"provider:{text}", match["account"])
    return Named(f"provider:{text}", None) if text in _WEB_IDENTITY else None
