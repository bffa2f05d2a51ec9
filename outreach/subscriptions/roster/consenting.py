"""What a roster says about consent, by the basis that its school chose.

A "no" on any row of the file keeps an address without consent, also when another adult of the
file shares it and said yes. What is on record already is left: a file neither withdraws nor
brings back what was withdrawn. A consent that has lapsed is renewed by a form that was signed
later, and by nothing else in a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from outreach.audience.importing import Role, RosterRow
from outreach.consent.actions import Grant
from outreach.consent.models import ConsentState, Topic
from outreach.core.errors import BadInput
from outreach.organisation.models import ConsentBasis, School
from outreach.subscriptions.rollover import end_of
from outreach.subscriptions.roster.matching import Key, keys_of

_LONGEST_FILE_NAME = 60
_STAFF_WORDING = "An address of the school's own staff, given by the school."


@dataclass(frozen=True)
class Rules:
    """How this import consents. `source`: the file; `refused`: addresses with a "no"; `ends_at`:
    until when consents of the school's papers count."""

    school: School
    basis: ConsentBasis
    topics: Sequence[Topic]
    source: str
    refused: frozenset[Key]
    ends_at: datetime | None

    def basis_of(self, row: RosterRow) -> ConsentBasis | None:
        """On what this row's consent rests; None when there is none now."""
        if row.consent is False:
            return None
        if row.role is not Role.GUARDIAN:
            return ConsentBasis.DOCUMENTED
        return None if self.basis is ConsentBasis.INVITATION else self.basis

    def waits_for_invitation(self, row: RosterRow) -> bool:
        return (
            self.basis is ConsentBasis.INVITATION
            and row.role is Role.GUARDIAN
            and row.consent is not False
        )

    def grants(self, row: RosterRow, ids: Mapping[Key, int]) -> Iterable[Grant]:
        """The consents of one row. `ids`: address -> id."""
        basis = self.basis_of(row)
        if basis is None:
            return
        for key in keys_of(row):
            if key in self.refused:
                continue
            for topic in self.topics:
                yield Grant(
                    address_id=ids[key],
                    topic_id=topic.pk,
                    school_id=self.school.pk,
                    basis=basis.value,
                    source=self._source_of(row),
                    wording=self._wording_of(row),
                    signed_on=self._signed_on(row),
                    ends_at=self.ends_at,
                )

    def _signed_on(self, row: RosterRow) -> date | None:
        return row.consent_on or self.school.consent_dated_on

    def _source_of(self, row: RosterRow) -> str:
        dated_on = self._signed_on(row)
        day = f", {dated_on.isoformat()}" if dated_on else ""
        return f"{self.source}, row {row.number}{day}"

    def _wording_of(self, row: RosterRow) -> str:
        if row.consent_wording:
            return row.consent_wording
        return self.school.consent_wording if row.role is Role.GUARDIAN else _STAFF_WORDING


def rules_for(
    school: School,
    rows: Sequence[RosterRow],
    *,
    file_name: str,
    file_sha256: str,
    topics: Sequence[Topic],
) -> Rules:
    """Raises BadInput while the school has not chosen its basis, or when there is no topic."""
    require_basis(school)
    if not topics:
        raise BadInput(
            "There is no topic that people could agree to.",
            remedy="Import a campaign first: outreach campaign import campaigns/say-no.",
        )
    refused = frozenset(key for row in rows if row.consent is False for key in keys_of(row))
    source = f"{file_name[:_LONGEST_FILE_NAME]} (sha256 {file_sha256})"
    basis = ConsentBasis(school.consent_basis)
    return Rules(school, basis, topics, source, refused, end_of(school))


def require_basis(school: School) -> None:
    """Raises BadInput while the school has not chosen on what its consents rest."""
    if school.consent_basis == ConsentBasis.NOT_CHOSEN:
        raise BadInput(
            f"{school.name} has not said yet on what its parents' consent rests.",
            remedy=f"Choose the basis first: outreach school basis {school.slug} --help.",
        )


def count_granted(school: School, topics: Sequence[Topic], address_ids: Iterable[int]) -> int:
    """How many of these addresses have a consent on record at this school."""
    states = ConsentState.objects.filter(
        school=school, topic__in=topics, address__in=list(address_ids), granted=True
    )
    return states.values("address").distinct().count()


def count_lapsed(school: School, topics: Sequence[Topic], address_ids: Iterable[int]) -> int:
    """How many of these addresses have a consent here that has lapsed."""
    states = ConsentState.objects.filter(
        school=school, topic__in=topics, address__in=list(address_ids), lapsed_at__isnull=False
    )
    return states.values("address").distinct().count()
