"""Tables of entities with indexes that are built when first asked for and kept from then on.

A simulation that never lists pays for no index; a server that lists by state pays for that one.
Every page walks an index that fits its filters and order, so it costs the same in a table of a
thousand rows and of a million.
"""

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any, Generic, TypeVar

import attrs
from sortedcontainers import SortedList

from vaultclock.domain.kernel.instants import Instant

E = TypeVar("E")
OrderKey = tuple[Any, ...]  # unique within the table; the entity's key stands last
Group = tuple[Any, ...]
PAGE_ROWS_MAX = 1000  # inferred: AWS publishes no default; most tools assume this


@attrs.frozen
class Page(Generic[E]):
    """One page of rows, and the order key the next one starts after (None on the last)."""

    rows: list[E]
    next_after: OrderKey | None


@attrs.frozen
class Window:
    """What part of an ordered list is wanted: bounds are exclusive, ``after`` is a page's end."""

    limit: int = attrs.field(default=PAGE_ROWS_MAX, validator=attrs.validators.ge(1))
    after: OrderKey | None = None
    newest_first: bool = False
    since: Instant | None = None
    until: Instant | None = None

    def keys(self, ordered: SortedList[OrderKey]) -> Iterator[OrderKey]:
        """Walk the order keys of this window, in its direction."""
        low = None if self.since is None else (self.since + 1,)
        high = None if self.until is None else (self.until,)
        if self.after is not None and self.newest_first:
            high = self.after if high is None else min(high, self.after)
        elif self.after is not None:
            # (…, "") sorts directly behind the row itself and before every other
            past = (*self.after, "")
            low = past if low is None else max(low, past)
        return ordered.irange(low, high, (True, False), reverse=self.newest_first)


_NOWHERE: Group = (None,)
_NO_KEYS: SortedList[OrderKey] = SortedList()  # nobody writes to it


def _reader_of(fields: tuple[str, ...]) -> Callable[[Any], Group]:
    if len(fields) > 1:
        return attrgetter(*fields)
    if fields:
        one = attrgetter(*fields)
        return lambda entity: (one(entity),)
    return lambda _entity: ()


class Index:
    """Order keys of a table's rows, grouped by the values of some of their fields."""

    def __init__(self, fields: tuple[str, ...], order: Callable[[Any], OrderKey]) -> None:
        self._group_of = _reader_of(fields)
        self._order = order
        self._groups: dict[Group, SortedList[OrderKey]] = {}
        self._sorted_groups: SortedList[Group] | None = None  # kept from the first `groups` on

    def replace(self, old: Any | None, new: Any | None) -> None:
        """Follow a row from one value to the next."""
        was = _NOWHERE if old is None else self._group_of(old)
        is_now = _NOWHERE if new is None else self._group_of(new)
        # a row without a value matches no filter on it, so it has no place here
        if was == is_now and (None in was or self._order(old) == self._order(new)):
            return
        if None not in was:
            self._leave(was, self._order(old))
        if None not in is_now:
            self._enter(is_now, self._order(new))

    def _leave(self, group: Group, key: OrderKey) -> None:
        ordered = self._groups[group]
        if len(ordered) > 1:
            ordered.remove(key)
            return
        del self._groups[group]
        if self._sorted_groups is not None:
            self._sorted_groups.remove(group)

    def _enter(self, group: Group, key: OrderKey) -> None:
        ordered = self._groups.get(group)
        if ordered is None:
            ordered = self._groups[group] = SortedList()
            if self._sorted_groups is not None:
                self._sorted_groups.add(group)
        ordered.add(key)

    def group(self, group: Group) -> SortedList[OrderKey]:
        """Order keys of the rows with these values, oldest first."""
        return self._groups.get(group, _NO_KEYS)

    def groups(self, prefix: Group, after: Group | None) -> Iterator[Group]:
        """Walk the groups that begin with ``prefix``, in order, behind ``after``."""
        if self._sorted_groups is None:
            self._sorted_groups = SortedList(self._groups)
        low = prefix if after is None else (*after, "")
        for group in self._sorted_groups.irange(low):
            if group[: len(prefix)] != prefix:
                return
            yield group


class Table(Generic[E]):
    """One feature's entities in one scope. Only the engine puts; everyone may read."""

    def __init__(self, order: Callable[[E], OrderKey]) -> None:
        self._order = order
        self._rows: dict[str, E] = {}
        self._indexes: dict[tuple[str, ...], Index] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self._rows == other._rows

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def __getitem__(self, key: str) -> E:
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def get(self, key: str) -> E | None:
        """Answer the entity with this key, or None."""
        return self._rows.get(key)

    def rows(self) -> Mapping[str, E]:
        """Read all entities by key, in no order a user should see."""
        return self._rows

    def put(self, key: str, entity: E | None) -> None:
        """Write what a fact made of an entity; None removes it. For the engine alone."""
        self.replace(key, self._rows.get(key), entity)

    def replace(self, key: str, old: E | None, entity: E | None) -> None:
        """Write what a fact made of an entity that was ``old``. For the engine alone."""
        for index in self._indexes.values():
            index.replace(old, entity)
        if entity is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = entity

    def index(self, *fields: str) -> Index:
        """Answer the index over these fields, building it the first time it is asked for."""
        found = self._indexes.get(fields)
        if found is None:
            found = self._indexes[fields] = Index(fields, self._order)
            for entity in self._rows.values():
                found.replace(None, entity)
        return found

    def matching(self, **where: Any) -> list[E]:
        """Answer every row whose fields have these values, oldest first."""
        return [self._rows[key[-1]] for key in self._keys(where)]

    def _keys(self, where: Mapping[str, Any]) -> SortedList[OrderKey]:
        if len(where) > 1:
            where = {field: where[field] for field in sorted(where)}
        return self.index(*where).group(tuple(where.values()))

    def count(self, **where: Any) -> int:
        """Count the rows whose fields have these values, without visiting them."""
        return len(self._keys(where))

    def oldest(self, **where: Any) -> E | None:
        """Answer the oldest row whose fields have these values, or None."""
        keys = self._keys(where)
        return self._rows[keys[0][-1]] if keys else None

    def latest(self, **where: Any) -> E:
        """Answer the newest row whose fields have these values; there must be one."""
        return self._rows[self._keys(where)[-1][-1]]

    def before(self, instant: Instant, **where: Any) -> E | None:
        """Answer the newest row that is older than an instant and has these values, or None."""
        keys = self._keys(where)
        place = keys.bisect_left((instant,))
        return self._rows[keys[place - 1][-1]] if place else None

    def page(
        self,
        where: Mapping[str, Any],
        window: Window,
        also: Callable[[E], bool] | None = None,
    ) -> Page[E]:
        """Answer one page of the rows whose fields equal ``where``, in the table's order.

        ``where`` leaves out filters that were not given (None). ``also`` holds what no index
        can answer; it is asked row by row.
        """
        given = {field: where[field] for field in sorted(where) if where[field] is not None}
        ordered = self.index(*given).group(tuple(given.values()))
        rows: list[E] = []
        for key in window.keys(ordered):
            entity = self._rows[key[-1]]
            if also is not None and not also(entity):
                continue
            if len(rows) == window.limit:
                return Page(rows, self._order(rows[-1]))
            rows.append(entity)
        return Page(rows, None)
