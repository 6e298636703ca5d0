"""Conditions of policies: the operators, and what each makes of a request. No statements here.

IAM User Guide, condition operators: the values of one key are alternatives, unless the operator
negates, when none of them may fit. A key that the request lacks fits nothing.
"""

import base64
import binascii
import operator
import re
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

import attrs

from vaultclock.domain.kernel.instants import SECOND, Instant, from_iso
from vaultclock.domain.policies.patterns import (
    ArnPattern,
    Lookup,
    MalformedPolicy,
    Pattern,
    tokens_of,
    variables_of,
)

Fits = Callable[[str, Lookup], bool]  # tells whether a value fits one of a policy's
_Read = Callable[[str, bool], Fits]  # raises ValueError; the flag says whether variables are meant
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?", re.ASCII)
_SETS = ("ForAllValues", "ForAnyValue")
_IF_EXISTS = "IfExists"


class _Operator(NamedTuple):
    """How one operator reads the values of a policy, and whether it negates."""

    read: _Read
    negates: bool
    accepted: str
    has_variables: bool = False  # texts and ARNs alone may have them (documented)


def _text(text: str, variables: bool, *, wild: bool, ignores_case: bool = False) -> Fits:
    return Pattern.of(text, wild=wild, variables=variables, ignores_case=ignores_case).matches


def _arn(text: str, variables: bool) -> Fits:
    return ArnPattern.of(text, variables=variables).matches


def _truth(text: str, _variables: bool) -> Fits:
    wanted = text.lower()
    if wanted not in ("true", "false"):
        raise ValueError
    return lambda value, _said: value.lower() == wanted


def _binary(text: str, _variables: bool) -> Fits:
    wanted = base64.b64decode(text, validate=True)

    def fits(value: str, _said: Lookup) -> bool:
        try:
            return base64.b64decode(value, validate=True) == wanted
        except binascii.Error:
            return False

    return fits


def _address(text: str, _variables: bool) -> Fits:
    network = ip_network(text, strict=False)

    def fits(value: str, _said: Lookup) -> bool:
        try:
            return ip_address(value) in network
        except ValueError:
            return False

    return fits


def _number(text: str) -> float:
    if _NUMBER.fullmatch(text) is None:
        raise ValueError
    return float(text)


def _instant(text: str) -> Instant:
    """Read an instant as ISO 8601 or in seconds since 1970, as both are documented."""
    return int(_number(text) * SECOND) if _NUMBER.fullmatch(text) else from_iso(text)


def _compared(
    text: str,
    _variables: bool,
    *,
    read: Callable[[str], Any],
    compare: Callable[[Any, Any], bool],
) -> Fits:
    wanted = read(text)

    def fits(value: str, _said: Lookup) -> bool:
        try:
            return compare(read(value), wanted)
        except ValueError:
            return False

    return fits


_COMPARISONS = {
    "Equals": (operator.eq, False),
    "NotEquals": (operator.eq, True),
    "LessThan": (operator.lt, False),
    "LessThanEquals": (operator.le, False),
    "GreaterThan": (operator.gt, False),
    "GreaterThanEquals": (operator.ge, False),
}


def _comparing(name: str, read: Callable[[str], Any], accepted: str) -> dict[str, _Operator]:
    return {
        name + ending: _Operator(partial(_compared, read=read, compare=compare), negates, accepted)
        for ending, (compare, negates) in _COMPARISONS.items()
    }


def _pair(
    name: str, negation: str, read: _Read, accepted: str, *, has_variables: bool = True
) -> dict[str, _Operator]:
    return {
        name: _Operator(read, False, accepted, has_variables),
        negation: _Operator(read, True, accepted, has_variables),
    }


_exactly, _alike = partial(_text, wild=False), partial(_text, wild=True)
_ignoring_case = partial(_text, wild=False, ignores_case=True)
_TEXT = "a text"
_ARN = "an ARN of six parts, which may have wildcards"
OPERATORS: Mapping[str, _Operator] = {
    **_pair("StringEquals", "StringNotEquals", _exactly, _TEXT),
    **_pair("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", _ignoring_case, _TEXT),
    **_pair("StringLike", "StringNotLike", _alike, _TEXT),
    **_comparing("Numeric", _number, "a number"),
    **_comparing("Date", _instant, "an instant such as 2026-01-31T05:00:00Z, up to the year 2999"),
    "Bool": _Operator(_truth, negates=False, accepted="true or false"),
    "BinaryEquals": _Operator(_binary, negates=False, accepted="base64"),
    **_pair(
        "IpAddress",
        "NotIpAddress",
        _address,
        "an address or a range such as 203.0.113.0/24",
        has_variables=False,
    ),
    **_pair("ArnEquals", "ArnNotEquals", _arn, _ARN),
    **_pair("ArnLike", "ArnNotLike", _arn, _ARN),
    "Null": _Operator(_truth, negates=False, accepted="true or false"),
}


@attrs.frozen
class Condition:
    """One key of one operator: what must hold besides whatever else a statement says.

    ``key`` is in lower case. ``of_set`` is ForAllValues, ForAnyValue or None. ``variables`` are
    the keys that its values ask for.
    """

    key: str
    name: str
    of_set: str | None
    if_exists: bool
    negates: bool
    variables: tuple[str, ...]
    values: tuple[Fits, ...] = attrs.field(repr=False)

    def holds(self, said: Lookup) -> bool:
        """Tell whether the condition holds for what a request says."""
        found = said(self.key)
        if self.name == "Null":
            return self._fits_one("true" if found is None else "false", said)
        if found is None:
            return self._holds_for_none()
        values = (found,) if isinstance(found, str) else found
        if self.of_set == "ForAllValues":
            return all(self._fits_one(value, said) != self.negates for value in values)
        if self.of_set == "ForAnyValue":
            return any(self._fits_one(value, said) != self.negates for value in values)
        return any(self._fits_one(value, said) for value in values) != self.negates

    def _holds_for_none(self) -> bool:
        """Tell what is so of a key that the request lacks."""
        if self.if_exists or self.of_set == "ForAllValues":
            return True
        return self.negates and self.of_set is None

    def _fits_one(self, value: str, said: Lookup) -> bool:
        return any(fits(value, said) for fits in self.values)


def read_condition(
    name: str, key: str, texts: tuple[str, ...], path: str, *, variables: bool
) -> Condition:
    """Read one key of one operator and its values. Raises MalformedPolicy."""
    colon_set, colon, bare = name.rpartition(":")
    of_set = colon_set if colon else None
    if_exists = bare.endswith(_IF_EXISTS)
    bare = bare.removesuffix(_IF_EXISTS)
    found = OPERATORS.get(bare)
    plain_null = bare != "Null" or not (colon or if_exists)
    if found is None or of_set not in (None, *_SETS) or not plain_null:
        raise MalformedPolicy(
            f"{path} has the unknown condition operator {name[:100]!r}: accepted are"
            f" {', '.join(OPERATORS)}, all but Null also with IfExists behind and ForAllValues: or"
            " ForAnyValue: before"
        )
    variables = variables and found.has_variables
    values = tuple(_read_value(found, text, f"{path}.{name}", variables) for text in texts)
    asked = [variables_of(tokens_of(text, wild=True, variables=variables)) for text in texts]
    named = tuple(key for keys in asked for key in keys)
    return Condition(key.lower(), bare, of_set, if_exists, found.negates, named, values)


def _read_value(found: _Operator, text: str, path: str, variables: bool) -> Fits:
    try:
        return found.read(text, variables)
    except MalformedPolicy as error:
        raise MalformedPolicy(f"{path}: {error}") from None
    except ValueError:
        raise MalformedPolicy(
            f"{path} has the value {text[:200]!r}: accepted is {found.accepted}"
        ) from None
