"""What IAM says of a policy, written a second time: slow, plain, on the JSON itself.

Nothing here is taken from the program but the names of things.
"""

from datetime import datetime
from typing import Any

Context = dict[str, Any]  # by key in lower case: a text, or a list of texts


def verdict(document: Any, request: dict[str, Any]) -> str:
    """Answer ``allow``, ``explicit deny`` or ``no opinion``.

    A request is ``{"names": [...], "action", "resources": [...], "context"}``, its names being
    all that a policy may call the caller: from the session to the account.
    """
    listed = document["Statement"]
    statements = listed if isinstance(listed, list) else [listed]
    variables = document.get("Version") == "2012-10-17"
    effects = [s["Effect"] for s in statements if about(s, request, variables)]
    if "Deny" in effects:
        return "explicit deny"
    return "allow" if "Allow" in effects else "no opinion"


def about(statement: Any, request: dict[str, Any], variables: bool) -> bool:
    context = request["context"]
    if "Action" in statement:
        if not one_fits(statement["Action"], request["action"], context, False, fold=True):
            return False
    elif one_fits(statement["NotAction"], request["action"], context, False, fold=True):
        return False
    if "Principal" in statement:
        if not any(name in named(statement["Principal"]) for name in [*request["names"], "*"]):
            return False
    elif all(name in named(statement["NotPrincipal"]) for name in request["names"]) or (
        "*" in named(statement["NotPrincipal"])
    ):
        return False
    hit = any(
        arn_fits(pattern, arn, context, variables)
        for pattern in as_list(statement.get("Resource", statement.get("NotResource")))
        for arn in request["resources"]
    )
    if hit == ("NotResource" in statement):
        return False
    return all(
        holds(name, context.get(key.lower()), as_list(values), context, variables)
        for name, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def named(principals: Any) -> list[str]:
    """Name those of a statement as requests name them: an account is its twelve digits."""
    if principals == "*":
        return ["*"]
    texts = [text for kind in principals.values() for text in as_list(kind)]
    return [text.split(":")[4] if text.endswith(":root") else text for text in texts]


def one_fits(patterns: Any, text: str, context: Context, variables: bool, *, fold: bool) -> bool:
    return any(like(pattern, text, context, variables, fold=fold) for pattern in as_list(patterns))


def like(pattern: str, text: str, context: Context, variables: bool, *, fold: bool = False) -> bool:
    pieces = pieces_of(pattern, context, variables)
    if pieces is None:
        return False
    if fold:
        pieces, text = [piece.lower() for piece in pieces], text.lower()
    return walk(pieces, text)


def pieces_of(pattern: str, context: Context, variables: bool) -> list[str] | None:
    """Cut a pattern into characters; a wildcard is ``ANY*`` or ``ANY?``."""
    pieces: list[str] = []
    while pattern:
        if variables and pattern.startswith("${"):
            inner, _, pattern = pattern[2:].partition("}")
            value = inner if inner in "*?$" else context.get(inner.lower())
            if not isinstance(value, str):
                return None
            pieces += value
        else:
            piece, pattern = pattern[0], pattern[1:]
            pieces.append({"*": "ANY*", "?": "ANY?"}.get(piece, piece))
    return pieces


def walk(pieces: list[str], text: str) -> bool:
    if not pieces:
        return not text
    first, rest = pieces[0], pieces[1:]
    if first.lower() == "any*":
        return any(walk(rest, text[skipped:]) for skipped in range(len(text) + 1))
    return bool(text) and (first.lower() == "any?" or first == text[0]) and walk(rest, text[1:])


def arn_fits(pattern: str, arn: str, context: Context, variables: bool) -> bool:
    """Compare part by part; what is short of parts, as a resource may be, has any."""
    if pattern == "*":
        return True
    pieces = pieces_of(pattern, context, variables)
    if pieces is None:
        return False
    asked: list[list[str]] = [[]]
    for piece in pieces:
        if piece == ":" and len(asked) < 6:
            asked.append([])
        else:
            asked[-1].append(piece)
    asked += [["ANY*"]] * (6 - len(asked))
    had = arn.split(":", 5)
    return len(had) == 6 and all(walk(one, text) for one, text in zip(asked, had, strict=True))


def holds(name: str, found: Any, wanted: list[Any], context: Context, variables: bool) -> bool:
    texts = [{True: "true", False: "false"}.get(w, w) if isinstance(w, bool) else w for w in wanted]
    if name == "Null":
        return any((text == "true") == (found is None) for text in texts)
    quantity, _, name = name.rpartition(":")
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negative = "Not" in name
    name = name.replace("Not", "")

    def equal(value: str) -> bool:
        return any(compare(name, value, text, context, variables) for text in texts)

    if found is None:
        return optional or quantity == "ForAllValues" or (negative and not quantity)
    values = as_list(found)
    if quantity == "ForAllValues":
        return not any(equal(value) == negative for value in values)
    if quantity == "ForAnyValue":
        return any(equal(value) != negative for value in values)
    return not any(map(equal, values)) if negative else any(map(equal, values))


def compare(name: str, value: str, wanted: Any, context: Context, variables: bool) -> bool:
    if name.startswith("Numeric"):
        return order(name, number(value), number(wanted))
    if name.startswith("Date"):
        return order(name, moment(value), moment(wanted))
    wanted = str(wanted)
    match name:
        case "StringEquals":
            return exact(wanted, value, context, variables)
        case "StringEqualsIgnoreCase":
            return exact(wanted, value, context, variables, fold=True)
        case "StringLike":
            return like(wanted, value, context, variables)
        case "Bool":
            return bool(wanted.lower() == value.lower())
        case _:
            assert name in ("ArnEquals", "ArnLike"), name
            return arn_fits(wanted, value, context, variables)


def exact(wanted: str, value: str, context: Context, variables: bool, fold: bool = False) -> bool:
    pieces = pieces_of(wanted, context, variables)
    if pieces is None:
        return False
    text = "".join(piece[-1] for piece in pieces)
    return text.lower() == value.lower() if fold else text == value


def order(name: str, one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return False
    ending = name.removeprefix("Numeric").removeprefix("Date")
    less, same = one < other, one == other
    answers: dict[str, bool] = {
        "Equals": same,
        "LessThan": less,
        "LessThanEquals": less or same,
        "GreaterThan": not less and not same,
        "GreaterThanEquals": not less,
    }
    return answers[ending]


def number(text: Any) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def moment(text: Any) -> float | None:
    if number(text) is not None:
        return number(text)
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None
