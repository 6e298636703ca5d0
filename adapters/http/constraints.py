"""The model's constraints as refusals: required members, ranges, lengths, enums and patterns.

Types have been judged before. Constraints that AWS states and does not enforce are listed here.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from vaultclock.adapters.http.model import Operation, Shape, shape
from vaultclock.adapters.http.reading import Misfit
from vaultclock.domain.kernel.refusals import InvalidParameterValue, MissingParameterValue

Check = Callable[[Any], None]

# Real values break the patterns of these (facts: plans, 1.2.5): "Storage Gateway" has a blank,
# account filters take "*" and "ANY", the rule of the service's own plan for EFS has slashes. What
# they may be is judged where it is known.
UNENFORCED_PATTERNS = frozenset({"AccountId", "BackupRuleName", "ResourceType"})
# Names outside the enum get a text of AWS's own: the rule that knows it judges them.
UNENFORCED_ENUMS = frozenset({"BackupVaultEvent"})
# A vault's name is held to its pattern when a vault is made. Elsewhere names such as
# "aws/efs/automatic-backup-vault" must pass (facts: vaults, 3), and a missing vault is an answer.
VAULT_CREATING = frozenset(
    {
        "CreateBackupVault",
        "CreateLogicallyAirGappedBackupVault",
        "CreateRestoreAccessBackupVault",
    }
)
# Absent members that AWS does not call missing but invalid, in words of its own.
# observed, second-hand: a plan rule without its vault (facts: plans, 2.1.4)
_SPOKEN_FOR = {
    ("BackupRuleInput", "TargetBackupVaultName"): (
        "Error in some rules due to: Backup vault name is null"
    ),
}


def constraint(operation: Operation) -> Check | None:
    """Make the check of an operation's input, or None where nothing is constrained.

    The check raises a Misfit whose kind is MissingParameterValue or InvalidParameterValue.
    """
    if operation.input is None:
        return None
    unenforced = UNENFORCED_PATTERNS
    if operation.name not in VAULT_CREATING:
        unenforced |= {"BackupVaultName"}
    return _check(shape(operation.input), unenforced)


@cache
def _check(of: Shape, unenforced: frozenset[str]) -> Check | None:
    """Make a shape's check once; the shapes hold no shape that holds itself (trim_model)."""
    match of.type:
        case "structure":
            return _structure(of, unenforced)
        case "list":
            elements = _elements(_check(shape(of.element), unenforced))
            return _all_of(_bounds(of, "have", len, " elements"), elements)
        case "map":
            keys = _entries(_check(shape(of.key), unenforced), 0)
            values = _entries(_check(shape(of.value), unenforced), 1)
            return _all_of(_bounds(of, "have", len, " entries"), keys, values)
        case "string":
            pattern = None if of.name in unenforced else of.pattern
            bounds = _bounds(of, "have", len, " characters")
            enum = () if of.name in UNENFORCED_ENUMS else of.enum
            return _all_of(bounds, _one_of(enum), _matching(pattern))
        case "integer" | "long":
            return _bounds(of, "be", lambda value: value)
    return None


def _structure(of: Shape, unenforced: frozenset[str]) -> Check | None:
    required = tuple((name, _missing(of, name)) for name in of.required)
    checks = [
        (member.name, check)
        for member in of.members
        if (check := _check(shape(member.shape), unenforced)) is not None
    ]
    if not required and not checks:
        return None

    def judge(value: Mapping[str, Any]) -> None:
        for name, missing in required:
            if name not in value:
                raise missing()
        for name, check in checks:
            if name in value:
                try:
                    check(value[name])
                except Misfit as misfit:
                    misfit.below(f".{name}")
                    raise

    return judge


def _missing(of: Shape, name: str) -> Callable[[], Misfit]:
    if (of.name, name) in _SPOKEN_FOR:
        text = _SPOKEN_FOR[of.name, name]
        return lambda: Misfit(text, InvalidParameterValue)

    def missing() -> Misfit:
        misfit = Misfit("Missing value for {}: it is required", MissingParameterValue)
        misfit.below(f".{name}")
        return misfit

    return missing


def _all_of(*checks: Check | None) -> Check | None:
    """Join checks into one that applies them in order."""
    present = tuple(check for check in checks if check is not None)
    if len(present) <= 1:
        return present[0] if present else None

    def judge(value: Any) -> None:
        for check in present:
            check(value)

    return judge


def _elements(check: Check | None) -> Check | None:
    if check is None:
        return None

    def judge(value: list[Any]) -> None:
        for place, element in enumerate(value):
            try:
                check(element)
            except Misfit as misfit:
                misfit.below(f"[{place}]")
                raise

    return judge


def _entries(check: Check | None, part: int) -> Check | None:
    """Check the keys (part 0) or the values (part 1) of a map."""
    if check is None:
        return None

    def judge(value: Mapping[str, Any]) -> None:
        for entry in value.items():
            try:
                check(entry[part])
            except Misfit as misfit:
                misfit.below(f".{entry[0][:100]}")
                raise

    return judge


def _one_of(values: tuple[str, ...]) -> Check | None:
    if not values:
        return None

    def judge(value: str) -> None:
        if value not in values:
            raise _invalid(f"be one of {', '.join(values)}")

    return judge


def _matching(text: str | None) -> Check | None:
    if text is None:
        return None
    # Matched from end to end, with Java's ASCII classes. A dot takes line ends as well: it keeps
    # descriptions of several lines legal, and the search linear.
    pattern = re.compile(text, re.ASCII | re.DOTALL)

    def judge(value: str) -> None:
        if pattern.fullmatch(value) is None:
            raise _invalid(f"match {text}")

    return judge


def _bounds(of: Shape, verb: str, size: Callable[[Any], int], unit: str = "") -> Check | None:
    least, most = of.minimum, of.maximum
    if least is None and most is None:
        return None
    if most is None:
        accepted = f"{verb} at least {least}{unit}"
    else:
        accepted = f"{verb} between {least or 0} and {most}{unit}"

    def judge(value: Any) -> None:
        count = size(value)
        if (least is not None and count < least) or (most is not None and count > most):
            raise _invalid(accepted)

    return judge


def _invalid(accepted: str) -> Misfit:
    return Misfit(f"Invalid value for {{}}: it must {accepted}", InvalidParameterValue)
