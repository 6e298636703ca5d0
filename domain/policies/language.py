"""IAM's policy language for policies of resources: reading one, and judging a request by it.

What a service lets a policy say, which principals and keys there are, and what a request says are
the business of others. Sources: IAM User Guide, grammar and elements of policies.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

import attrs

from vaultclock.domain.policies.conditions import Condition, read_condition
from vaultclock.domain.policies.patterns import (
    ArnPattern,
    Lookup,
    MalformedPolicy,
    Pattern,
    variables_of,
)
from vaultclock.domain.policies.principals import ANYBODY, Named, Principal, named_principal

VERSIONS = ("2012-10-17", "2008-10-17")
_ELEMENTS = ("Version", "Id", "Statement")
_PARTS = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
    *("Resource", "NotResource", "Condition"),
)


class Verdict(StrEnum):
    """What a policy makes of a request."""

    ALLOW = "allow"
    DENY = "explicit deny"
    NO_OPINION = "no opinion"


class Request(NamedTuple):
    """What is judged: who does what to which things, and what else is said.

    ``resource_arns`` are the thing itself and what it lies in: a statement about either is about
    the request.
    """

    principal: Principal
    action: str
    resource_arns: tuple[str, ...]
    said: Lookup


@attrs.frozen
class Statement:
    """One statement. ``but`` tells that those named are left out: NotPrincipal and its like."""

    index: int
    sid: str | None
    denies: bool
    principals: tuple[Named, ...]
    but_principals: bool
    actions: tuple[str, ...]
    but_actions: bool
    resources: tuple[ArnPattern, ...]
    but_resources: bool
    conditions: tuple[Condition, ...]
    _identities: frozenset[str] = attrs.field(init=False, eq=False, repr=False)
    _whole_actions: frozenset[str] = attrs.field(init=False, eq=False, repr=False)
    _action_patterns: tuple[Pattern, ...] = attrs.field(init=False, eq=False, repr=False)

    @_identities.default
    def _read_identities(self) -> frozenset[str]:
        return frozenset(named.identity for named in self.principals)

    @_whole_actions.default
    def _read_whole_actions(self) -> frozenset[str]:
        return frozenset(action.lower() for action in self.actions)

    @_action_patterns.default
    def _read_action_patterns(self) -> tuple[Pattern, ...]:
        return tuple(
            Pattern.of(action, wild=True, variables=False, ignores_case=True)
            for action in self.actions
            if "*" in action or "?" in action
        )

    @property
    def label(self) -> str:
        """How people find it: by its Sid, or else by its place."""
        return f"Statement[{self.index}]" if self.sid is None else f"Sid {self.sid!r}"

    def applies_to(self, request: Request) -> bool:
        """Tell whether it is about a request."""
        return (
            self._has_action(request.action)
            and self._has_principal(request.principal)
            and self._has_resource(request)
            and all(condition.holds(request.said) for condition in self.conditions)
        )

    def _has_action(self, action: str) -> bool:
        found = action.lower() in self._whole_actions or any(
            pattern.matches(action, _nothing_said) for pattern in self._action_patterns
        )
        return found != self.but_actions

    def _has_principal(self, principal: Principal) -> bool:
        """Tell whether it names a caller: as itself, or as its role or account.

        NotPrincipal spares those alone of which it names all: the session, its role and its
        account (documented as what one must do, for else the account may be denied).
        """
        if ANYBODY in self._identities:
            return not self.but_principals
        if self.but_principals:
            return not self._identities.issuperset(principal.identities)
        return not self._identities.isdisjoint(principal.identities)

    def _has_resource(self, request: Request) -> bool:
        found = any(
            pattern.matches(arn, request.said)
            for pattern in self.resources
            for arn in request.resource_arns
        )
        return found != self.but_resources

    def keys_asked(self) -> Iterator[str]:
        """Name the condition keys that it asks for, in lower case."""
        for pattern in self.resources:
            yield from variables_of(pattern.tokens)
        for condition in self.conditions:
            yield condition.key
            yield from condition.variables


@attrs.frozen
class Policy:
    """A policy, ready to judge."""

    version: str
    statements: tuple[Statement, ...]


@attrs.frozen
class Decision:
    """What a policy says to a request, and which of its statements decided."""

    verdict: Verdict
    statement: Statement | None = None


def judge(policy: Policy, request: Request) -> Decision:
    """Judge a request: the first Deny that is about it decides, or else the first Allow."""
    allowing: Statement | None = None
    for statement in policy.statements:
        if allowing is not None and not statement.denies:
            continue
        if statement.applies_to(request):
            if statement.denies:
                return Decision(Verdict.DENY, statement)
            allowing = statement
    if allowing is not None:
        return Decision(Verdict.ALLOW, allowing)
    return Decision(Verdict.NO_OPINION)


@lru_cache(maxsize=4096)
def read_policy(text: str) -> Policy:
    """Read a policy; the last few thousand are kept, for it is asked at every call on a vault.

    Raises MalformedPolicy, and UnknownPrincipal where that is all that is wrong.
    """
    document = _members(_loaded(text), "the policy", _ELEMENTS)
    version = document.get("Version", VERSIONS[1])  # the default (documented)
    if version not in VERSIONS:
        raise MalformedPolicy(f"Version is {_shown(version)}: accepted are {', '.join(VERSIONS)}")
    if not isinstance(document.get("Id", ""), str):
        raise MalformedPolicy("Id must be a text")
    listed = document.get("Statement", [])
    listed = listed if isinstance(listed, list) else [listed]
    if not listed:
        raise MalformedPolicy("Statement is missing: a policy has at least one")
    variables = version == VERSIONS[0]
    statements = [
        _read_statement(index, part, variables=variables) for index, part in enumerate(listed)
    ]
    sids = [statement.sid for statement in statements if statement.sid is not None]
    for sid in sids:
        if sids.count(sid) > 1:
            raise MalformedPolicy(f"the Sid {_shown(sid)} is given twice")
    return Policy(version, tuple(statements))


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise MalformedPolicy(f"it is not JSON: {why}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedPolicy(f"the name {_shown(twice)} is given twice in one object")
    return members


def _no_number(text: str) -> NoReturn:
    raise MalformedPolicy(f"it is not JSON: {text} is no number")


def _shown(value: Any) -> str:
    """Show a value in a message; what has parts could be of any depth."""
    if isinstance(value, str):
        return repr(value[:200])
    return (
        "a list"
        if isinstance(value, list)
        else "an object"
        if isinstance(value, dict)
        else (json.dumps(value))
    )


def _members(value: Any, path: str, accepted: Sequence[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedPolicy(f"{path} must be a JSON object")
    for name in value:
        if name not in accepted:
            raise MalformedPolicy(
                f"{path} has the unknown element {_shown(name)}: accepted are {', '.join(accepted)}"
            )
    return value


def _read_statement(index: int, part: Any, *, variables: bool) -> Statement:
    path = f"Statement[{index}]"
    members = _members(part, path, _PARTS)
    sid = members.get("Sid")
    if sid is not None and not isinstance(sid, str):
        raise MalformedPolicy(f"{path}.Sid must be a text")
    effect = members.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise MalformedPolicy(f"{path}.Effect is {_shown(effect)}: accepted are Allow and Deny")
    who, but_principals = _either("Principal", members, path)
    if but_principals and effect == "Allow":
        raise MalformedPolicy(f"{path}: NotPrincipal goes with Effect Deny alone")
    what, but_actions = _either("Action", members, path)
    to, but_resources = _either("Resource", members, path)

    def resource(text: str) -> ArnPattern:
        return ArnPattern.of(text, variables=variables, completed=True)

    where = f"{path}.{'Not' * but_resources}Resource"
    return Statement(
        index=index,
        sid=sid or None,
        denies=effect == "Deny",
        principals=tuple(_read_principals(who, f"{path}.{'Not' * but_principals}Principal")),
        but_principals=but_principals,
        actions=_texts(what, f"{path}.{'Not' * but_actions}Action"),
        but_actions=but_actions,
        resources=tuple(_each(resource, _texts(to, where), where)),
        but_resources=but_resources,
        conditions=tuple(
            _read_conditions(members.get("Condition", {}), f"{path}.Condition", variables=variables)
        ),
    )


def _each(
    read: Callable[[str], ArnPattern], texts: Sequence[str], path: str
) -> Iterator[ArnPattern]:
    for text in texts:
        try:
            yield read(text)
        except MalformedPolicy as error:
            raise MalformedPolicy(f"{path}: {error}") from None


def _either(name: str, members: dict[str, Any], path: str) -> tuple[Any, bool]:
    """Answer an element, or the one that leaves out what it names, and whether it is that."""
    negation = f"Not{name}"
    if (name in members) == (negation in members):
        raise MalformedPolicy(f"{path} must have {name} or {negation}, and not both")
    return (members[negation], True) if negation in members else (members[name], False)


def _texts(value: Any, path: str) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(text, str) and text for text in listed):
        raise MalformedPolicy(f"{path} must be a text, or a list of at least one")
    return tuple(listed)


def _read_principals(value: Any, path: str) -> Iterator[Named]:
    if value == ANYBODY:
        value = {"AWS": ANYBODY}
    if not isinstance(value, dict) or not value:
        raise MalformedPolicy(f"{path} must be * or an object such as {{'AWS': '123456789012'}}")
    for kind, given in value.items():
        for text in _texts(given, f"{path}.{kind[:100]}"):
            yield named_principal(kind, text, path)


def _read_conditions(value: Any, path: str, *, variables: bool) -> Iterator[Condition]:
    if not isinstance(value, dict):
        raise MalformedPolicy(f"{path} must be an object of operators")
    for name, keys in value.items():
        if not isinstance(keys, dict) or not keys:
            raise MalformedPolicy(f"{path}.{name[:100]} must be an object of condition keys")
        for key, given in keys.items():
            texts = _condition_texts(given, f"{path}.{name[:100]}.{key[:200]}")
            yield read_condition(name, key, texts, path, variables=variables)


def _condition_texts(value: Any, path: str) -> tuple[str, ...]:
    """Read values as texts; numbers and booleans need no quotes (documented)."""
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(each, str | int | float) for each in listed):
        raise MalformedPolicy(f"{path} must be a text, a number or a boolean, or a list of these")
    return tuple(each if isinstance(each, str) else json.dumps(each) for each in listed)


def _nothing_said(_key: str) -> None:
    """Answer for a pattern that asks for nothing."""
