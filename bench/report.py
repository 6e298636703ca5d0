"""What a run found, as Markdown: sections of ratios, and targets with pass or FAIL."""

from collections.abc import Iterable, Sequence

import attrs


@attrs.frozen
class Target:
    """One figure that was promised. A miss is printed; it fails no test."""

    promise: str
    measured: str
    is_met: bool


@attrs.frozen
class Section:
    """One table, the sentences that say how to read it, and the promises it keeps or breaks."""

    title: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    targets: Sequence[Target] = ()


def at_most(promise: str, figure: float, bound: float, unit: str = "") -> Target:
    """Judge a figure that may not be larger."""
    return Target(promise, f"{short(figure)}{unit}", figure <= bound)


def at_least(promise: str, figure: float, bound: float, unit: str = "") -> Target:
    """Judge a figure that may not be smaller."""
    return Target(promise, f"{short(figure)}{unit}", figure >= bound)


def flat(promise: str, figures: Sequence[float], tolerance: float = 0.2) -> Target:
    """Judge whether the worst of some figures is near the best."""
    spread = max(figures) / min(figures) - 1
    return Target(promise, f"{100 * spread:.0f} % apart", spread <= tolerance)


def short(figure: float) -> str:
    """Write a figure with three digits that count, or all before the point."""
    if abs(figure) >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.3g}" if abs(figure) >= 1 else f"{figure:.2g}"


def times(figure: float) -> str:
    """Write a ratio."""
    return f"{short(figure)}x"


def write(heading: str, about: Sequence[str], sections: Iterable[Section]) -> str:
    """Write a report."""
    parts = [f"# {heading}", *about]
    targets: list[Target] = []
    for section in sections:
        parts += [f"## {section.title}", section.note, _table(section.head, section.rows)]
        targets += section.targets
    if targets:
        rows = [[t.promise, t.measured, "pass" if t.is_met else "**FAIL**"] for t in targets]
        parts += ["## Targets", _table(["target", "measured", ""], rows)]
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---" if place == 0 else "--:" for place in range(len(head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))
