"""Tables by the values of a field that holds several: rows are found under each of them."""

from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from vaultclock.domain.kernel.tables import OrderKey, Table, Window


@attrs.frozen
class Thing:
    key: str
    at: int
    keepers: tuple[str, ...]


def order(thing: Thing) -> OrderKey:
    return thing.at, thing.key


KEEPERS = ("a", "b", "c")
THINGS = st.builds(
    Thing,
    st.sampled_from("klmnopq"),
    st.integers(0, 3),
    st.lists(st.sampled_from(KEEPERS), unique=True).map(tuple),
)
PUTS = st.lists(st.tuples(THINGS, st.booleans()), max_size=30)
WINDOWS = st.builds(Window, limit=st.integers(1, 4), newest_first=st.booleans())


def put(table: Table[Thing], puts: list[tuple[Thing, bool]]) -> None:
    for thing, is_there in puts:
        table.put(thing.key, thing if is_there else None)


def expected(table: Table[Thing], keeper: str) -> list[Thing]:
    return sorted((t for t in table.rows().values() if keeper in t.keepers), key=order)


def paged(table: Table[Thing], keeper: str, window: Window) -> list[Thing]:
    rows: list[Thing] = []
    after: Any = None
    while True:
        page = table.page_among("keepers", keeper, attrs.evolve(window, after=after))
        rows += page.rows
        if page.next_after is None:
            return rows
        after = page.next_after


@given(PUTS, PUTS, WINDOWS)
def test_a_row_is_found_under_each_of_its_values(
    puts: list[tuple[Thing, bool]], more: list[tuple[Thing, bool]], window: Window
) -> None:
    table = Table(order)
    for batch in (puts, more):  # the index is there by the second, and has to follow
        put(table, batch)
        for keeper in KEEPERS:
            wanted = expected(table, keeper)
            assert table.matching_among("keepers", keeper) == wanted
            assert paged(table, keeper, window) == wanted[:: -1 if window.newest_first else 1]


def test_an_index_over_each_value_is_none_over_the_whole_of_them() -> None:
    table = Table(order)
    put(table, [(Thing("k", 0, ("a", "b")), True), (Thing("l", 0, ("a",)), True)])
    assert len(table.matching_among("keepers", "a")) == 2
    assert [thing.key for thing in table.matching(keepers=("a",))] == ["l"]
    assert table.matching_among("keepers", "z") == []


def test_many_rows_of_one_value_are_paged_by_their_order() -> None:
    table = Table(order)
    put(table, [(Thing(f"k{number:04}", 0, ("a",)), True) for number in range(1200)])
    window = Window(500, newest_first=True)
    assert paged(table, "a", window) == expected(table, "a")[::-1]
