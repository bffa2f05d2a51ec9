"""School files into rows of guardians and contacts.

Owns the reading of CSV exports: encodings, delimiters, headings in four languages,
two guardians on a row, row problems. Refuses the database, Django and the network,
and to keep anything about a child but the age group.
"""

from outreach.audience.importing.exporting import mend_csv, problems_csv
from outreach.audience.importing.reading import read_roster
from outreach.audience.importing.roster import (
    ColumnUse,
    ProblemCode,
    Progress,
    Role,
    Roster,
    RosterRow,
    RowProblem,
    Use,
)

__all__ = [
    "ColumnUse",
    "ProblemCode",
    "Progress",
    "Role",
    "Roster",
    "RosterRow",
    "RowProblem",
    "Use",
    "mend_csv",
    "problems_csv",
    "read_roster",
]
