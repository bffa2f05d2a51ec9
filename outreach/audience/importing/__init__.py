"""School files into rows of guardians and contacts.

Owns the reading of exports (CSV, workbooks, OneRoster): encodings, delimiters, headings in
four languages, two guardians on a row, row problems. Refuses the database, Django and the network,
and to keep anything about a child but the age group.
"""

from outreach.audience.importing.exporting import mend_csv, problems_csv
from outreach.audience.importing.layout import MEANINGS, position_of, same_meaning
from outreach.audience.importing.reading import Corrections, read_roster, read_titles
from outreach.audience.importing.roster import (
    LEFT_OUT,
    ColumnUse,
    ProblemCode,
    Progress,
    Role,
    Roster,
    RosterRow,
    RowProblem,
    Use,
)
from outreach.audience.importing.source import FileBytes, RosterFile

__all__ = [
    "LEFT_OUT",
    "MEANINGS",
    "ColumnUse",
    "Corrections",
    "FileBytes",
    "ProblemCode",
    "Progress",
    "Role",
    "Roster",
    "RosterFile",
    "RosterRow",
    "RowProblem",
    "Use",
    "mend_csv",
    "position_of",
    "problems_csv",
    "read_roster",
    "read_titles",
    "same_meaning",
]
