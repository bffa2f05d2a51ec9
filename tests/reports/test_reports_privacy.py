"""No number of a small group is shown, and none can be worked out from those that are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.reports.privacy import SUM, Cell, hidden_cells, hidden_parts, is_small

Inner = Mapping[tuple[str, str], int]


def table_of(inner: Inner) -> dict[Cell, int]:
    """With the sums of rows and columns."""
    found = dict(inner)
    for (row, column), number in inner.items():
        for cell in ((row, SUM), (SUM, column), (SUM, SUM)):
            found[cell] = found.get(cell, 0) + number
    return found


def small_of(table: Mapping[Cell, int]) -> set[Cell]:
    return {cell for cell, number in table.items() if is_small(number)}


def worked_out(table: Mapping[Cell, int], hidden: Iterable[Cell]) -> set[Cell]:
    """The hidden cells that the equations of the table give away, by elimination."""
    unknown = sorted(hidden)
    rows = {row for row, _ in table} | {SUM}
    columns = {column for _, column in table} | {SUM}
    lines = [[(row, column) for column in columns] for row in rows]
    lines += [[(row, column) for row in rows] for column in columns]
    # In each line, what makes the sum is taken from it.
    matrix = [
        [Fraction((cell in line) * (-1 if _is_sum(cell, line) else 1)) for cell in unknown]
        for line in lines
    ]
    reduced = _reduced(matrix)
    return {
        unknown[places[0]]
        for row in reduced
        if len(places := [place for place, value in enumerate(row) if value]) == 1
    }


def _is_sum(cell: Cell, line: list[Cell]) -> bool:
    is_row = len({row for row, _ in line}) == 1
    return (cell[1] if is_row else cell[0]) == SUM


def _reduced(matrix: list[list[Fraction]]) -> list[list[Fraction]]:
    rows, pivot = [list(row) for row in matrix], 0
    for column in range(len(rows[0]) if rows else 0):
        found = next((r for r in range(pivot, len(rows)) if rows[r][column]), None)
        if found is None:
            continue
        rows[pivot], rows[found] = rows[found], rows[pivot]
        first = rows[pivot][column]
        rows[pivot] = [value / first for value in rows[pivot]]
        for other, row in enumerate(rows):
            if other != pivot and row[column]:
                times = row[column]
                rows[other] = [a - times * b for a, b in zip(row, rows[pivot], strict=True)]
        pivot += 1
    return rows[:pivot]


def test_nothing_is_hidden_where_every_group_is_large() -> None:
    assert hidden_cells(table_of({("a", "x"): 10, ("a", "y"): 300}), ()) == frozenset()


def test_the_next_smallest_goes_with_a_small_one_or_the_sum_would_tell_it() -> None:
    table = table_of({("a", "x"): 4, ("a", "y"): 25, ("a", "z"): 300})
    hidden = hidden_cells(table, small_of(table))
    assert {("a", "x"), ("a", "y")} <= hidden
    assert ("a", "z") not in hidden
    assert ("a", SUM) not in hidden


def test_two_small_ones_that_make_a_small_sum_take_a_third_with_them() -> None:
    table = table_of({("a", "w"): 2, ("a", "x"): 3, ("a", "y"): 40, ("a", "z"): 300})
    hidden = hidden_cells(table, small_of(table))
    assert {("a", "w"), ("a", "x"), ("a", "y")} <= hidden


def test_a_group_of_one_send_is_not_told_by_all_sends_less_the_others() -> None:
    table = table_of(
        {("a", "x"): 4, ("a", "y"): 50, ("b", "x"): 100, ("b", "y"): 90, ("b", "z"): 80}
    )
    hidden = hidden_cells(table, small_of(table))
    assert ("b", "x") in hidden or (SUM, "x") in hidden


def test_sums_of_sends_are_hidden_alike_whatever_they_are_split_by() -> None:
    by_school = table_of({("a", "x"): 4, ("a", "y"): 3, ("b", "x"): 60, ("c", "y"): 80})
    by_language = table_of({("a", "en"): 7, ("b", "en"): 60, ("c", "de"): 80})

    def sums(table: Mapping[Cell, int]) -> set[Cell]:
        return {cell for cell in hidden_cells(table, small_of(table)) if cell[1] == SUM}

    assert sums(by_school) == sums(by_language) == {("a", SUM), ("b", SUM)}


def test_a_part_is_not_told_by_its_sum_less_the_others() -> None:
    assert hidden_parts({"reached": 94, "left out": 4, "failed": 0}) == {"left out", "reached"}
    assert hidden_parts({"reached": 94, "left out": 14, "failed": 4}) == {"left out", "failed"}
    assert hidden_parts({"reached": 94, "left out": 14, "failed": 0}) == frozenset()


numbers = st.one_of(st.integers(0, 12), st.integers(0, 400))
inner_tables = st.integers(1, 4).flatmap(
    lambda rows: st.integers(2, 5).flatmap(
        lambda columns: st.fixed_dictionaries(
            {(f"r{row}", f"c{column}"): numbers for row in range(rows) for column in range(columns)}
        )
    )
)


@settings(max_examples=150, deadline=None)
@given(inner_tables)
def test_no_small_group_can_be_worked_out(inner: Inner) -> None:
    table = table_of(inner)
    hidden = hidden_cells(table, small_of(table))
    assert small_of(table) <= hidden
    assert worked_out(table, hidden) & small_of(table) == set()


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdefg"), numbers, min_size=1))
def test_no_small_part_of_a_large_sum_can_be_worked_out(parts: dict[str, int]) -> None:
    hidden = hidden_parts(parts)
    assert {name for name, number in parts.items() if is_small(number)} <= hidden
    if hidden and not is_small(sum(parts.values())):
        assert len(hidden) > 1
        assert not is_small(sum(parts[name] for name in hidden))
