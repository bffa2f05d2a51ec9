"""Whose message a preview shows when it is that of one person: by the choices of planning.

Owns the look at a person's language, name and phone for this. Refuses to say whether anything
would be sent to them: a rehearsal does.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from outreach.audience.models import Person
from outreach.campaigns.definition import CampaignDefinition
from outreach.core.errors import NotFound
from outreach.delivery.planning import ROLES, language_params
from outreach.delivery.planning_statements import LANGUAGE, SCHOOL_LANGUAGE
from outreach.delivery.preview import Reader
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import School

# The first number that this school, or the person, gave decides where a text lands.
_READERS = f"""
SELECT m.school_id, m.name, (%(language_names)s::text[])[{LANGUAGE} + 1], coalesce((
  SELECT a.country FROM audience_personaddress pa JOIN audience_address a ON a.id = pa.address_id
  WHERE pa.person_id = p.id AND a.channel = 'sms'
    AND (pa.school_id IS NULL OR pa.school_id = m.school_id)
  ORDER BY a.id LIMIT 1), '')
FROM audience_membership m
JOIN audience_person p ON p.id = m.person_id
JOIN (SELECT s.id, {SCHOOL_LANGUAGE} AS language FROM organisation_school s) s
  ON s.id = m.school_id
WHERE p.id = %(person)s AND m.state = 'current' AND m.role = ANY (%(roles)s)
ORDER BY m.id
"""  # noqa: S608  # built from constants of planning


@dataclass(frozen=True)
class PersonReaders:
    """`readers`: the person at each of their schools, in the order in which planning prefers
    them; empty where the step is not for them."""

    person: Person
    readers: tuple[Reader, ...]


def readers_of_person(
    uuid: UUID, definition: CampaignDefinition, step_key: str, *, actor: Actor
) -> PersonReaders:
    """The person as a reader of this step. That somebody looked goes into the audit log.

    Raises NotFound. Row-level security leaves out schools that the viewer may not see.
    """
    person = Person.objects.filter(uuid=uuid, merged_into=None).first()
    if person is None:
        raise NotFound("There is no such person.", remedy="Search again.")
    details = {"campaign": definition.campaign, "step": step_key}
    record(actor, "person.previewed", f"person:{person.uuid}", details=details)
    rows = _rows(person, definition, step_key)
    schools = School.objects.in_bulk([row[0] for row in rows])
    return PersonReaders(
        person,
        tuple(
            Reader(schools[school], language, name or None, country)
            for school, name, language, country in rows
        ),
    )


def _rows(
    person: Person, definition: CampaignDefinition, step_key: str
) -> list[tuple[int, str, str, str]]:
    params = {
        **language_params(definition),
        "person": person.pk,
        "roles": ROLES[definition.step(step_key).recipients],
    }
    with connection.cursor() as cursor:
        cursor.execute(_READERS, params)
        return list(cursor.fetchall())
