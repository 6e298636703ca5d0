"""Texts of policies with wildcards and variables in them, and what they match. No statements here.

``*`` is any text, ``?`` one character, ``${key}`` what the request says of a condition key and
``${key, 'text'}`` that or else a text; ``${*}``, ``${?}`` and ``${$}`` are the characters
themselves (IAM User Guide, policy variables).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from enum import Enum

import attrs

from vaultclock.domain.kernel.arns import parse_arn

Values = str | tuple[str, ...]  # one value of a single-valued key, or those of a multivalued one
Lookup = Callable[[str], Values | None]  # what a request says of a key, in lower case

_ARN_PARTS = 6
_PIECE = re.compile(
    r"\$\{(?P<character>[*?$])\}"
    r"|\$\{\s*(?P<key>[^{}'\s,]+)\s*(?:,\s*'(?P<default>[^']*)'\s*)?\}"
    r"|(?P<broken>\$\{)"
    r"|(?P<wild>[*?])"
    r"|(?P<plain>(?:(?!\$\{)[^*?])+)",
    re.DOTALL,
)


class MalformedPolicy(Exception):
    """A policy is not one; the text says what is wrong and where."""


class Wild(Enum):
    """A wildcard."""

    MANY = "*"
    ONE = "?"


@attrs.frozen
class Variable:
    """A place for what a request says; ``key`` is in lower case."""

    key: str
    default: str | None


Token = str | Wild | Variable


def tokens_of(text: str, *, wild: bool, variables: bool) -> tuple[Token, ...]:
    """Take a text apart. Raises MalformedPolicy where ``${`` begins no variable.

    Without ``wild`` the wildcards stand for themselves, without ``variables`` so does ``${``:
    policies of version 2008-10-17 have none (documented).
    """
    if not variables:
        return tuple(_plain_tokens(text)) if wild else (text,)
    return tuple(_tokens(text, wild=wild))


def _plain_tokens(text: str) -> Iterator[Token]:
    for part in re.split(r"([*?])", text):
        if part:
            yield Wild(part) if part in ("*", "?") else part


def _tokens(text: str, *, wild: bool) -> Iterator[Token]:
    for match in _PIECE.finditer(text):
        found = match[0]
        match match.lastgroup:
            case "character":
                yield match["character"]
            case "key" | "default":
                yield Variable(match["key"].lower(), match["default"])
            case "wild" if wild:
                yield Wild(found)
            case "broken":
                raise MalformedPolicy(
                    f"{text[:200]!r} has a policy variable that is none: accepted are ${{key}},"
                    " ${key, 'text'}, ${*}, ${?} and ${$}"
                )
            case _:
                yield found


def variables_of(tokens: Sequence[Token]) -> Iterator[str]:
    """Name the keys whose values are asked for."""
    return (token.key for token in tokens if isinstance(token, Variable))


@attrs.frozen
class Pattern:
    """What a value is compared with."""

    tokens: tuple[Token, ...]
    ignores_case: bool = False
    _fixed: "re.Pattern[str] | str | None" = attrs.field(init=False, eq=False, repr=False)

    @_fixed.default
    def _compile(self) -> "re.Pattern[str] | str | None":
        """Make ready what no request changes."""
        if any(isinstance(token, Variable) for token in self.tokens):
            return None
        return _compiled(self.tokens, ignores_case=self.ignores_case)

    @classmethod
    def of(cls, text: str, *, wild: bool, variables: bool, ignores_case: bool = False) -> "Pattern":
        """Read a pattern. Raises MalformedPolicy where a variable is none."""
        return cls(tokens_of(text, wild=wild, variables=variables), ignores_case)

    def matches(self, value: str, said: Lookup) -> bool:
        """Tell whether a value fits; with a variable that has no value, none does (chosen)."""
        fixed = self._fixed
        if fixed is None:
            resolved = _resolved(self.tokens, said)
            if resolved is None:
                return False
            fixed = _compiled(resolved, ignores_case=self.ignores_case)
        if isinstance(fixed, str):
            return fixed == (value.lower() if self.ignores_case else value)
        return fixed.fullmatch(value) is not None


def _resolved(tokens: Sequence[Token], said: Lookup) -> tuple[Token, ...] | None:
    """Put what a request says in the place of variables: as it is, wildcards are characters."""
    resolved: list[Token] = []
    for token in tokens:
        if isinstance(token, Variable):
            value = said(token.key)
            if value is None:
                value = token.default
            if not isinstance(value, str):
                return None  # only keys of one value may be variables (documented)
            resolved.append(value)
        else:
            resolved.append(token)
    return tuple(resolved)


def _compiled(tokens: Sequence[Token], *, ignores_case: bool) -> "re.Pattern[str] | str":
    """Answer a plain text, or an expression that takes time in proportion to the value.

    What follows a ``*`` is found where it first can be, and never looked for again: were the
    groups not atomic, a policy of many wildcards could keep the server busy for ever.
    """
    if not any(isinstance(token, Wild) for token in tokens):
        text = "".join(str(token) for token in tokens)
        return text.lower() if ignores_case else text
    runs = [""]
    for token in tokens:
        if token is Wild.MANY:
            runs.append("")
        else:
            runs[-1] += "." if token is Wild.ONE else re.escape(str(token))
    first, *middle, last = runs if len(runs) > 1 else (*runs, None)
    inner = "".join(f"(?>.*?{run})" for run in middle if run)
    end = "" if last is None else f".*{last}"
    return re.compile(f"{first}{inner}{end}", re.DOTALL | (re.IGNORECASE if ignores_case else 0))


@attrs.frozen
class ArnPattern:
    """What an ARN is compared with, each of its six parts by itself (documented).

    A wildcard so never reaches over a colon, but in the last part. No parts match every ARN.
    """

    parts: tuple[Pattern, ...]

    @classmethod
    def of(cls, text: str, *, variables: bool, completed: bool = False) -> "ArnPattern":
        """Read a pattern; with ``completed``, the parts it lacks are anything (documented).

        Raises MalformedPolicy for what cannot match an ARN.
        """
        tokens = tokens_of(text, wild=True, variables=variables)
        if tokens and all(token is Wild.MANY for token in tokens):
            return cls(())
        parts = _split(tokens)
        if completed:
            parts += [[Wild.MANY]] * (_ARN_PARTS - len(parts))
        if parts[0] != ["arn"] or len(parts) != _ARN_PARTS or not all((parts[2], parts[5])):
            raise MalformedPolicy(
                f"{text[:200]!r} is neither * nor an ARN such as arn:aws:ec2:*:*:snapshot/*"
            )
        return cls(tuple(Pattern(tuple(part)) for part in parts))

    @property
    def tokens(self) -> tuple[Token, ...]:
        """What it is made of, but for the colons."""
        return tuple(token for part in self.parts for token in part.tokens)

    def matches(self, value: str, said: Lookup) -> bool:
        """Tell whether an ARN fits; what is no ARN fits none."""
        if not self.parts:
            return True
        arn = parse_arn(value)
        return arn is not None and all(
            part.matches(text, said) for part, text in zip(self.parts, ("arn", *arn), strict=True)
        )


def _split(tokens: Sequence[Token]) -> list[list[Token]]:
    """Cut at the first five colons that stand in the text itself."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if not isinstance(token, str):
            parts[-1].append(token)
            continue
        first, *others = token.split(":", _ARN_PARTS - len(parts))
        if first:
            parts[-1].append(first)
        parts += [[text] if text else [] for text in others]
    return parts
