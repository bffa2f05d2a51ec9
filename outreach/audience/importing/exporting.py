"""Problems and bad rows as CSV, to open in a spreadsheet, mend and upload again.

Refuses to write a cell that a spreadsheet would run as a formula (OWASP, "CSV
injection"), and any value of a column about a child.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from outreach.audience.importing.roster import Roster, RowProblem
from outreach.core.spreadsheets import harmless

# `headings` knows these two words together as our own column, so that a mended file can keep it.
_REASON_HEADING = "outreach problem"
_AGE_HEADING = "age group"


def problems_csv(problems: Iterable[RowProblem]) -> str:
    """One line per problem: row, column, value, reason, remedy, code, taken."""
    lines = [
        [
            str(p.row),
            p.column,
            p.value,
            p.reason,
            p.remedy,
            p.code.value,
            "yes" if p.taken else "no",
        ]
        for p in problems
    ]
    heading = ["row", "column", "value", "reason", "remedy", "code", "taken without it"]
    return _written([heading, *lines], ",")


def mend_csv(roster: Roster) -> str:
    """The rows with problems in the file's own delimiter: the kept columns, the age group, and why.

    A mended file can be uploaded as it is, the added column included.
    """
    reasons: dict[int, list[str]] = {}
    for problem in roster.problems:
        reasons.setdefault(problem.row, []).append(f"{problem.reason} {problem.remedy}".strip())
    with_ages = any(row.age_bands for row in roster.to_mend)
    heading = [*roster.kept_headings, *([_AGE_HEADING] if with_ages else []), _REASON_HEADING]
    lines = [heading]
    for row in roster.to_mend:
        ages = [";".join(row.age_bands)] if with_ages else []
        lines.append([*row.cells, *ages, " / ".join(reasons.get(row.number, []))])
    return _written(lines, roster.delimiter)


def _written(lines: Iterable[Sequence[str]], delimiter: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in line] for line in lines)
    return out.getvalue()
