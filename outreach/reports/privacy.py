"""Which numbers of a table may not be shown: those of small groups, and those that give them away.

Pure. A table has rows (sends) and columns (groups), and a line of sums each way. A number that can
be worked out from the others by adding and taking away is as good as shown, so others have to go
with it. Each equation says: the cells of a line make its sum. Drawn as a graph with the lines as
points and the hidden cells as edges between their row and their column, a hidden cell can be
worked out exactly when its edge lies on no circle.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise

SMALLEST_GROUP = 10
_FEWEST_HIDDEN = 2
# The line of sums, among rows as among columns.
SUM = ""
_ONE_ROW = "row"

Cell = tuple[str, str]
_Point = tuple[bool, str]  # whether it is a row, and which
# A cell that is empty says little by being hidden; the sums of the sends are wanted most.
_EMPTY_COSTS = 10**9
_SUM_COSTS = 10**12


def is_small(number: int) -> bool:
    """Whether it says something about a few people; nobody at all is said openly."""
    return 0 < number < SMALLEST_GROUP


def hidden_parts(parts: Mapping[str, int]) -> frozenset[str]:
    """Of numbers that together make one that is known: the small ones, and what gives them away.

    `parts`: name -> how many people. Every part has to be there, shown or not.
    """
    sizes = {(_ONE_ROW, name): number for name, number in parts.items()}
    small = [cell for cell, number in sizes.items() if is_small(number)]
    return frozenset(name for _, name in hidden_cells(sizes, small))


def hidden_cells(sizes: Mapping[Cell, int], small: Iterable[Cell]) -> frozenset[Cell]:
    """`small`, and what has to be hidden with them so that they cannot be worked out.

    `sizes`: (row, column) -> how large the group is, with the sums under SUM; cells that are not
    in it are empty. The sums of the rows are hidden by these alone, never for a column's sake, so
    that tables by different things hide the same ones of them.
    """
    hidden = set(small)
    if not hidden:
        return frozenset()
    rows = sorted({row for row, _ in sizes})
    columns = sorted({column for _, column in sizes})
    _fill_up(hidden, [(row, SUM) for row in rows], sizes)
    inner = [column for column in columns if column != SUM]
    changed = True
    while changed:
        before = len(hidden)
        for row in rows:
            _fill_up(hidden, [(row, column) for column in inner], sizes)
        for column in inner:
            _fill_up(hidden, [(row, column) for row in rows], sizes)
        changed = len(hidden) > before
    # A table of sums alone has no other way around: there a line of two is enough.
    without: set[Cell] = set()
    while bridges := sorted(set(_bridges(hidden)) - without):
        way = _way_around(hidden, bridges[0], rows, columns, sizes)
        without |= set() if way else {bridges[0]}
        hidden |= way
    return frozenset(hidden)


def _fill_up(hidden: set[Cell], line: list[Cell], sizes: Mapping[Cell, int]) -> None:
    """Two at least, and of enough people together that their sum says nothing of a few."""
    gone = hidden.intersection(line)
    people = sum(sizes.get(cell, 0) for cell in gone)
    number = len(gone)
    if not gone or (number >= _FEWEST_HIDDEN and people >= SMALLEST_GROUP):
        return
    left = [(cell[0] == SUM, sizes.get(cell, 0), cell) for cell in line if cell not in gone]
    for _, size, cell in sorted(each for each in left if each[1]):
        if number >= _FEWEST_HIDDEN and people >= SMALLEST_GROUP:
            break
        hidden.add(cell)
        number, people = number + 1, people + size


def _points(cell: Cell) -> tuple[_Point, _Point]:
    return (True, cell[0]), (False, cell[1])


def _bridges(hidden: Iterable[Cell]) -> list[Cell]:
    """The hidden cells that lie on no circle (Tarjan, without recursion)."""
    beside: dict[_Point, list[_Point]] = {}
    for cell in sorted(hidden):
        row, column = _points(cell)
        beside.setdefault(row, []).append(column)
        beside.setdefault(column, []).append(row)
    seen: dict[_Point, int] = {}
    low: dict[_Point, int] = {}
    found: list[Cell] = []
    for start in beside:
        if start not in seen:
            _walk(start, beside, seen, low, found)
    return found


def _walk(
    start: _Point,
    beside: Mapping[_Point, list[_Point]],
    seen: dict[_Point, int],
    low: dict[_Point, int],
    found: list[Cell],
) -> None:
    seen[start] = low[start] = len(seen)
    stack = [(start, start, iter(beside[start]))]
    while stack:
        point, parent, rest = stack[-1]
        following = next(rest, None)
        if following is None:
            stack.pop()
            if stack:
                low[parent] = min(low[parent], low[point])
                if low[point] > seen[parent]:
                    found.append((point[1], parent[1]) if point[0] else (parent[1], point[1]))
        elif following not in seen:
            seen[following] = low[following] = len(seen)
            stack.append((following, point, iter(beside[following])))
        elif following != parent:
            low[point] = min(low[point], seen[following])


def _way_around(
    hidden: set[Cell],
    cell: Cell,
    rows: list[str],
    columns: list[str],
    sizes: Mapping[Cell, int],
) -> set[Cell]:
    """The cells that close a circle through `cell` at the least cost (Dijkstra)."""

    def cost(row: str, column: str) -> int:
        if (row, column) in hidden:
            return 0
        size = sizes.get((row, column), 0)
        return (size or _EMPTY_COSTS) + (_SUM_COSTS if column == SUM else 0)

    start, goal = _points(cell)
    lines = {True: columns, False: rows}
    return _cheapest(start, goal, lines, lambda one: _BLOCKED if one == cell else cost(*one))


_BLOCKED = -1


def _cheapest(
    start: _Point,
    goal: _Point,
    across: Mapping[bool, list[str]],
    cost: Callable[[Cell], int],
) -> set[Cell]:
    best: dict[_Point, int] = {start: 0}
    came: dict[_Point, _Point] = {}
    queue = [(0, start)]
    while queue:
        so_far, point = heapq.heappop(queue)
        if point == goal:
            break
        if so_far > best[point]:
            continue
        for name in across[point[0]]:
            price = cost((point[1], name) if point[0] else (name, point[1]))
            beyond = (not point[0], name)
            if price != _BLOCKED and so_far + price < best.get(beyond, so_far + price + 1):
                best[beyond], came[beyond] = so_far + price, point
                heapq.heappush(queue, (so_far + price, beyond))
    path = [goal]
    while path[-1] in came:
        path.append(came[path[-1]])
    return {(a[1], b[1]) if a[0] else (b[1], a[1]) for a, b in pairwise(path)}
