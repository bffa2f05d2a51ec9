"""Who is left out, by name: for those alone who may see persons."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.delivery.rehearsal.choosing import Choice, query

_LEFT_OUT = """
SELECT coalesce(m.name, ''), s.name, t.refused, t.lane / %(span)s
FROM {table} t JOIN organisation_school s ON s.id = t.school_id
LEFT JOIN LATERAL (SELECT m.name FROM audience_membership m
  WHERE m.person_id = t.person_id AND m.school_id = t.school_id AND m.state = 'current'
  ORDER BY m.id LIMIT 1) m ON true
WHERE t.lane >= %(span)s OR t.refused IS NOT NULL
ORDER BY s.name, m.name, t.person_id LIMIT %(most)s
"""


@dataclass(frozen=True)
class LeftOutPerson:
    """Somebody who would get nothing of a step. `name`: as this school's roster has it."""

    step_key: str
    occurrence_key: str
    school: str
    name: str
    reason: str


def left_out_of(
    step_key: str, occurrence_key: str, choice: Choice, most: int
) -> list[LeftOutPerson]:
    """At most `most` of a step, by school and name."""
    rows = query(_LEFT_OUT.format(table=choice.table), {**choice.params, "most": most})
    reasons = choice.params["reasons"]
    return [
        LeftOutPerson(
            step_key, occurrence_key, school, name, reasons[why - 1] if why else refused or ""
        )
        for name, school, refused, why in rows
    ]
