"""What a school has said its columns are, by the headings of its own program.

Owns the remembering, the same for the pages and the command. Refuses to guess: what a heading
means by itself is the reader's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from outreach.audience.importing import position_of, same_meaning
from outreach.audience.models import RosterColumns
from outreach.core.clock import now
from outreach.organisation.audit import Actor
from outreach.organisation.models import School

# Position from 1, as text -> one of MEANINGS: what `read_roster` takes as its mapping.
Columns = dict[str, str]


def remembered_columns(school: School, titles: Sequence[str]) -> Columns:
    """What the school has said before about the headings that this file has."""
    known = RosterColumns.objects.filter(school=school).first()
    meanings: dict[str, str] = known.meanings if known else {}
    return {
        str(position): meanings[title.casefold()]
        for position, title in enumerate(titles, start=1)
        if title and title.casefold() in meanings
    }


def columns_with(school: School, titles: Sequence[str], said: Mapping[str, str]) -> Columns:
    """The remembered ones, and over them `said`: heading or position -> meaning.

    Raises BadInput for a column that the file does not have, or a meaning that is not known.
    """
    chosen = {
        str(position_of(key, titles)): same_meaning(meaning, school.country)
        for key, meaning in said.items()
    }
    return remembered_columns(school, titles) | chosen


def remember_columns(
    school: School, titles: Sequence[str], columns: Columns, *, actor: Actor
) -> None:
    """The school's next list has the same headings read so."""
    headings = {
        titles[int(position) - 1].casefold(): meaning
        for position, meaning in columns.items()
        if int(position) <= len(titles)
    }
    RosterColumns.objects.update_or_create(
        school=school,
        defaults={"meanings": headings, "changed_by": actor.name, "changed_at": now()},
    )
