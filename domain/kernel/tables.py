"""Tables of entities with indexes that are built when first asked for and kept from then on.

A simulation that never lists pays for no index; a server that lists by state pays for that one.
Every page walks an index that fits its filters and order, so it costs the same in a table of a
thousand rows and of a million.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any, Generic, TypeVar

import attrs
from sortedcontainers import SortedList

from vaultclock.domain.kernel.instants import Instant

E = TypeVar("E")
OrderKey = tuple[Any, ...]  # unique within the table; the entity's key stands last
Ordered = list[OrderKey] | SortedList[OrderKey]  # ascending
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

    def keys(self, ordered: Ordered) -> Iterator[OrderKey]:
        """Walk the order keys of this window, in its direction."""
        low = None if self.since is None else (self.since + 1,)
        high = None if self.until is None else (self.until,)
        if self.after is not None and self.newest_first:
            high = self.after if high is None else min(high, self.after)
        elif self.after is not None:
            # (…, "") sorts directly behind the row itself and before every other
            past = (*self.after, "")
            low = past if low is None else max(low, past)
        if not isinstance(ordered, list):
            return ordered.irange(low, high, (True, False), reverse=self.newest_first)
        start = 0 if low is None else bisect_left(ordered, low)
        stop = None if high is None else bisect_left(ordered, high)
        return iter(ordered[start:stop][:: -1 if self.newest_first else 1])


_LIST_ROWS_MAX = 500  # beyond, shifting a list's tail costs more than a SortedList's bookkeeping


class Index:
    """Order keys of a table's rows, grouped by the values of some of their fields.

    Most groups are small and short-lived (the jobs that run on one resource), so a group is a
    plain list until it is long, and the groups themselves are sorted only once that is asked for.
    """

    def __init__(self, fields: tuple[str, ...], order: Callable[[Any], OrderKey]) -> None:
        self.read = attrgetter(*fields) if fields else _no_fields
        self._is_single = len(fields) == 1  # then a group is kept as its one value
        self._order = order
        self._groups: dict[Any, Ordered] = {}
        self._sorted_groups: SortedList[Group] | None = None

    def move(self, was: Any, old: Any | None, is_now: Any, new: Any | None) -> None:
        """Follow a row from one value to the next, each with what `read` says of it.

        None is no row, and what is then said of it.
        """
        if not self._is_single:
            # a row without a value matches no filter on it, so it has no place here
            was = None if was is None or None in was else was
            is_now = None if is_now is None or None in is_now else is_now
        if was == is_now and (was is None or self._order(old) == self._order(new)):
            return
        if was is not None:
            self._remove(was, self._order(old))
        if is_now is not None:
            self._add(is_now, self._order(new))

    def _add(self, group: Any, key: OrderKey) -> None:
        ordered = self._groups.get(group)
        if ordered is None:
            self._groups[group] = [key]
            if self._sorted_groups is not None:
                self._sorted_groups.add(self._as_tuple(group))
        elif isinstance(ordered, list):
            insort(ordered, key)
            if len(ordered) > _LIST_ROWS_MAX:
                self._groups[group] = SortedList(ordered)
        else:
            ordered.add(key)

    def _remove(self, group: Any, key: OrderKey) -> None:
        ordered = self._groups[group]
        if isinstance(ordered, list):
            del ordered[bisect_left(ordered, key)]
        else:
            ordered.remove(key)
        if not ordered:
            del self._groups[group]
            if self._sorted_groups is not None:
                self._sorted_groups.remove(self._as_tuple(group))

    def _as_tuple(self, group: Any) -> Group:
        return (group,) if self._is_single else group

    def groups_by_value(self) -> Mapping[Any, Ordered]:
        """Answer the groups of an index of one field, which follow what happens to its rows."""
        return self._groups

    def group(self, group: Group) -> Ordered:
        """Order keys of the rows with these values, oldest first."""
        return self._groups.get(group[0] if self._is_single else group, _NONE)

    def groups(self, prefix: Group, after: Group | None) -> Iterator[Group]:
        """Walk the groups that begin with ``prefix``, in order, behind ``after``."""
        if self._sorted_groups is None:
            self._sorted_groups = SortedList(map(self._as_tuple, self._groups))
        low = prefix if after is None else (*after, "")
        for group in self._sorted_groups.irange(low):
            if group[: len(prefix)] != prefix:
                return
            yield group


class IndexOfEach(Index):
    """An index over one field that holds several values: a row stands in the group of each."""

    def move(self, was: Any, old: Any | None, is_now: Any, new: Any | None) -> None:
        """Follow a row from one value to the next, as that of one value does."""
        if was == is_now and (not was or self._order(old) == self._order(new)):
            return
        for group in was or ():
            self._remove(group, self._order(old))
        for group in is_now or ():
            self._add(group, self._order(new))


_NONE: Ordered = []  # the rows of a group that is not there; nobody may write here


def _no_fields(_entity: Any) -> Group:
    return ()


def _place_in(ordered: Ordered, key: OrderKey) -> int:
    return bisect_left(ordered, key) if isinstance(ordered, list) else ordered.bisect_left(key)


class Table(Generic[E]):
    """One feature's entities in one scope. Only the engine puts; everyone may read."""

    def __init__(self, order: Callable[[E], OrderKey]) -> None:
        self._order = order
        self._rows: dict[str, E] = {}
        # Answers the entity with this key, or None.
        self.get: Callable[[str], E | None] = self._rows.get
        self._indexes: dict[tuple[str, ...], Index] = {}
        self._upkeep: list[tuple[Callable[[E], Any], Index]] = []  # what a changed row has to tell
        self._groups_by: dict[str, Mapping[Any, Ordered]] = {}  # those of indexes of one field

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

    def rows(self) -> Mapping[str, E]:
        """Read all entities by key, in no order a user should see."""
        return self._rows

    def put(self, key: str, entity: E | None) -> None:
        """Write what a fact made of an entity; None removes it. For the engine alone."""
        self.replace(key, self._rows.get(key), entity)

    def replace(self, key: str, old: E | None, entity: E | None) -> None:
        """Write what a fact made of an entity that was ``old``. For the engine alone."""
        for read, index in self._upkeep:
            was = None if old is None else read(old)
            is_now = None if entity is None else read(entity)
            if was is not None or is_now is not None:
                index.move(was, old, is_now, entity)
        if entity is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = entity

    def index(self, *fields: str) -> Index:
        """Answer the index over these fields, building it the first time it is asked for."""
        return self._indexes.get(fields) or self._built(fields, Index(fields, self._order))

    def _built(self, name: tuple[str, ...], index: Index) -> Index:
        self._indexes[name] = index
        self._upkeep.append((index.read, index))
        for entity in self._rows.values():
            index.move(None, None, index.read(entity), entity)
        return index

    def among(self, field: str, value: Any) -> Ordered:
        """Answer the order keys of the rows that have a value among several, oldest first.

        ``field`` is one that holds a tuple, in which no value stands twice.
        """
        name = (field, "each")  # no index over fields is called so: none of them is "each"
        index = self._indexes.get(name) or self._built(name, IndexOfEach((field,), self._order))
        return index.groups_by_value().get(value, _NONE)

    def matching_among(self, field: str, value: Any) -> list[E]:
        """Answer every row that has a value among several, oldest first."""
        return [self._rows[key[-1]] for key in self.among(field, value)]

    def page_among(self, field: str, value: Any, window: Window) -> Page[E]:
        """Answer one page of the rows that have a value among several, in the table's order."""
        return self._page(self.among(field, value), window, None)

    def matching(self, **where: Any) -> list[E]:
        """Answer every row whose fields have these values, oldest first."""
        rows = self._rows
        return [rows[key[-1]] for key in self._keys(where)]

    def count(self, **where: Any) -> int:
        """Count the rows whose fields have these values, without visiting them."""
        return len(self._keys(where))

    def latest(self, **where: Any) -> E:
        """Answer the newest row whose fields have these values; there must be one."""
        return self._rows[self._keys(where)[-1][-1]]

    def oldest(self, **where: Any) -> E | None:
        """Answer the first row whose fields have these values, or None."""
        keys = self._keys(where)
        return self._rows[keys[0][-1]] if keys else None

    def by(self, field: str) -> Mapping[Any, Ordered]:
        """Answer the order keys of the rows by their value of a field: those values that any has.

        The quickest way to ask whether any row has one. It follows what happens to the rows.
        """
        groups = self._groups_by.get(field)
        if groups is None:
            groups = self._groups_by[field] = self.index(field).groups_by_value()
        return groups

    def _keys(self, where: Mapping[str, Any]) -> Ordered:
        if len(where) == 1:
            ((field, value),) = where.items()
            return self.by(field).get(value, _NONE)
        index = self._indexes.get(tuple(where))
        if index is None:  # fields that are named in another order than the alphabet's
            where = dict(sorted(where.items()))
            index = self.index(*where)
        return index.group(tuple(where.values()))

    def before(self, instant: Instant, **where: Any) -> E | None:
        """Answer the newest row that is older than an instant and has these values, or None."""
        keys = self._keys(where)
        place = _place_in(keys, (instant,))
        return self._rows[keys[place - 1][-1]] if place else None

    def since(self, instant: Instant, **where: Any) -> E | None:
        """Answer the oldest row that is not older than an instant and has these values, or None."""
        keys = self._keys(where)
        place = _place_in(keys, (instant,))
        return self._rows[keys[place][-1]] if place < len(keys) else None

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
        return self._page(self.index(*given).group(tuple(given.values())), window, also)

    def _page(self, ordered: Ordered, window: Window, also: Callable[[E], bool] | None) -> Page[E]:
        rows: list[E] = []
        for key in window.keys(ordered):
            entity = self._rows[key[-1]]
            if also is not None and not also(entity):
                continue
            if len(rows) == window.limit:
                return Page(rows, self._order(rows[-1]))
            rows.append(entity)
        return Page(rows, None)
