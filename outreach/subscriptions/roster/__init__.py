"""A school's roster comes in: people, addresses, memberships and the consents they rest on.

Owns the matching of rows with people known here and the writing in chunks. Refuses to read
files (audience.importing) and to send anything. It only adds: nobody is removed by a file
that leaves them out, and nothing that was withdrawn or stopped comes back.
"""

from outreach.subscriptions.roster.consenting import require_basis
from outreach.subscriptions.roster.hashes import add_missing_hashes, count_missing_hashes
from outreach.subscriptions.roster.run import (
    ImportProgress,
    RosterResult,
    import_roster,
)

__all__ = [
    "ImportProgress",
    "RosterResult",
    "add_missing_hashes",
    "count_missing_hashes",
    "import_roster",
    "require_basis",
]
