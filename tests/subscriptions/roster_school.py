"""Schools with a roster of a few lines, imported as an upload is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from outreach.audience.importing import FileBytes, Roster, read_roster
from outreach.audience.models import Person
from outreach.consent.models import ConsentState, Topic
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import ConsentBasis, School
from outreach.organisation.schools import add_school, choose_consent_basis
from outreach.subscriptions.roster import ImportProgress, RosterResult, import_roster

HEADING = "name,email,mobile,age group,consent\n"
WORDING = "Yes, write to me about online safety."


@dataclass
class Upload:
    """Uploads lists of one school. `lines`: below HEADING."""

    school: School
    seen: list[ImportProgress] = field(default_factory=list)

    def __call__(self, lines: str, *, heading: str = HEADING) -> RosterResult:
        content = (heading + lines).encode()
        return import_roster(
            self.school,
            read(self, lines, heading=heading),
            file_name=f"{self.school.slug}.csv",
            file_sha256=hashlib.sha256(content).hexdigest(),
            topics=list(Topic.objects.all()),
            actor=OPERATOR,
            progress=self.seen.append,
        )


def read(upload: Upload, lines: str, *, heading: str = HEADING) -> Roster:
    """The list as the school's file has it."""
    file = FileBytes(f"{upload.school.slug}.csv", (heading + lines).encode())
    return read_roster(file, country=upload.school.country)


def school_with_basis(
    slug: str, basis: ConsentBasis | None = ConsentBasis.SIGNED_FORM, country: str = "GB"
) -> School:
    school = add_school(
        slug=slug,
        name=slug.title(),
        country=country,
        zone="Europe/London",
        languages=["en"],
        actor=OPERATOR,
    )
    if basis is not None:
        choose_consent_basis(
            school, basis, wording=WORDING, dated_on=date(2025, 9, 1), actor=OPERATOR
        )
    return school


OpenSchool = Callable[..., Upload]


def open_schools() -> OpenSchool:
    Topic.objects.create(slug="online-safety", name="Online safety")

    def open_school(
        slug: str = "north", basis: ConsentBasis | None = ConsentBasis.SIGNED_FORM
    ) -> Upload:
        return Upload(school_with_basis(slug, basis))

    return open_school


def names_of(person: Person) -> list[str]:
    return sorted(person.memberships.values_list("name", flat=True))


def consenting() -> list[str]:
    """The addresses with a consent on record, once for each school."""
    states = ConsentState.objects.filter(granted=True)
    return sorted(states.values_list("address__match_key", flat=True))
