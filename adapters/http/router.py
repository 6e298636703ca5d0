"""Matches a method and a raw path to an operation. What its labels mean is not judged here.

The path is cut into segments before anything is unescaped, so that an ARN's escaped slashes stay
in one segment; a literal segment goes before a label, and a dead end goes back to the label.
"""

from collections.abc import Container, Iterable
from typing import NamedTuple, Self

import attrs

from vaultclock.adapters.http.errors import MethodNotAllowed, UnknownOperation
from vaultclock.adapters.http.escapes import unescape
from vaultclock.adapters.http.model import Operation


class Match(NamedTuple):
    """An operation, and the text of each label of its path by the label's name."""

    operation: Operation
    labels: dict[str, str]


@attrs.frozen(eq=False)
class _Route:
    operation: Operation
    flag: str  # a query name that must be there, or ""
    labels: tuple[tuple[int, str], ...]  # which segment holds which label


@attrs.frozen(eq=False)
class _Node:
    literals: dict[str, Self] = attrs.Factory(dict)
    labels: list[Self] = attrs.Factory(list)  # none or one
    routes: list[_Route] = attrs.Factory(list)

    def below(self, segment: str) -> Self:
        """Find or grow the node of one more segment."""
        if not segment.startswith("{"):
            return self.literals.setdefault(segment, type(self)())
        if not self.labels:
            self.labels.append(type(self)())
        return self.labels[0]


class Router:
    """A tree of path segments with the routes of some operations at its nodes."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        path, _, flag = operation.uri.partition("?")
        segments = path.strip("/").split("/")
        node = self._root
        for segment in segments:
            node = node.below(segment)
        labels = tuple(
            (place, segment[1:-1])
            for place, segment in enumerate(segments)
            if segment.startswith("{")
        )
        for route in node.routes:
            clash = (route.operation.method, route.flag) == (operation.method, flag)
            assert not clash, f"{operation.name} and {route.operation.name} share a route"
        node.routes.append(_Route(operation, flag, labels))
        node.routes.sort(key=lambda route: route.flag, reverse=True)  # a flagged one goes first

    def match(self, method: str, raw_path: str, query_names: Container[str]) -> Match:
        """Find the operation of a request and unescape its labels.

        ``raw_path`` is the path as it was sent, still escaped, without the query. Slashes at its
        ends do not count; an empty segment inside is an empty label. A route whose URI has a
        literal query needs that name among ``query_names``.

        Raises UnknownOperation for a path no operation has, MethodNotAllowed for one that others
        have, SerializationError for a label that is not percent-encoded UTF-8.
        """
        segments = raw_path.strip("/").split("/")
        route = _find(self._root, segments, 0, method, query_names)
        if route is None:
            raise self._refusal(segments, method, query_names)
        return Match(
            route.operation, {name: unescape(segments[place]) for place, name in route.labels}
        )

    def _refusal(
        self, segments: list[str], method: str, query_names: Container[str]
    ) -> UnknownOperation | MethodNotAllowed:
        methods = _methods(self._root, segments, 0) - {method}
        allowed = {other for other in methods if _find(self._root, segments, 0, other, query_names)}
        if allowed:
            return MethodNotAllowed("The path has operations, but none of this method", allowed)
        return UnknownOperation("The path is not one of an operation of AWS Backup")


def _find(
    node: _Node, segments: list[str], depth: int, method: str, query_names: Container[str]
) -> _Route | None:
    if depth == len(segments):
        for route in node.routes:
            if route.operation.method == method and (not route.flag or route.flag in query_names):
                return route
        return None
    literal = node.literals.get(segments[depth])
    if literal is not None:
        found = _find(literal, segments, depth + 1, method, query_names)
        if found is not None:
            return found
    for label in node.labels:
        return _find(label, segments, depth + 1, method, query_names)
    return None


def _methods(node: _Node, segments: list[str], depth: int) -> set[str]:
    if depth == len(segments):
        return {route.operation.method for route in node.routes}
    literal = node.literals.get(segments[depth])
    next_nodes = [*node.labels, *([] if literal is None else [literal])]
    return {method for below in next_nodes for method in _methods(below, segments, depth + 1)}
