"""The `outreach` command.

Owns what a person at a terminal reads and types: arguments, tables, progress bars, sentences
about mistakes. Refuses logic: each command calls one verb of a room.
"""

from outreach.cli.program import main

__all__ = ["main"]
