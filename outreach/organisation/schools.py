"""The verbs about schools: add one, choose the basis of its consents.

Refuses to ask who may: doors do that with `permissions.require`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import phonenumbers
from django.db import transaction

from outreach.core.clock import now
from outreach.core.errors import BadInput, NotFound, NotNow
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import ConsentBasis, School
from outreach.timing import check_zone

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONGEST_NAME = 120
_LONGEST_SLUG = 50


def add_school(
    *,
    slug: str,
    name: str,
    country: str,
    zone: str,
    languages: Sequence[str],
    region: str = "",
    actor: Actor,
) -> School:
    """A new school. `country`: ISO alpha-2. `zone`: IANA name. `languages`: the first is its own.

    Raises BadInput for what cannot be used, NotNow when the slug is taken.
    """
    school = School(
        slug=_checked_slug(slug),
        name=_checked_name(name),
        country=check_country(country),
        region=region.strip(),
        zone=check_zone(zone),
        languages=_checked_languages(languages),
        created_at=now(),
    )
    with transaction.atomic():
        if School.objects.filter(slug=slug).exists():
            raise NotNow(
                f"There is a school {slug!r} already.", remedy="Choose another short name."
            )
        school.save()
        record(actor, "school.added", f"school:{slug}", details={"country": school.country})
    return school


def change_school(
    school: School,
    *,
    name: str | None = None,
    zone: str | None = None,
    region: str | None = None,
    languages: Sequence[str] | None = None,
    actor: Actor,
) -> School:
    """Changes what is given. A zone counts for what is planned from now on.

    Raises BadInput for what cannot be used; nothing is changed then.
    """
    wanted = {
        "name": None if name is None else _checked_name(name),
        "zone": None if zone is None else check_zone(zone),
        "region": None if region is None else region.strip(),
        "languages": None if languages is None else _checked_languages(languages),
    }
    changes = {
        field: value
        for field, value in wanted.items()
        if value is not None and value != getattr(school, field)
    }
    for field, value in changes.items():
        setattr(school, field, value)
    if changes:
        with transaction.atomic():
            school.save(update_fields=[*changes])
            record(actor, "school.changed", f"school:{school.slug}", details=dict(changes))
    return school


def choose_consent_basis(
    school: School,
    basis: ConsentBasis,
    *,
    wording: str = "",
    dated_on: date | None = None,
    why: str = "",
    actor: Actor,
) -> School:
    """Says on what the school's roster rests, before its first upload.

    `wording`: exactly what parents signed, or what the basis is. `dated_on`: the day of the
    form. A later change needs `why`; consents given until then keep the basis they were given
    on. Raises BadInput for what is missing, NotNow for a change without a reason.
    """
    wording = wording.strip()
    _check_basis(basis, wording, dated_on)
    before = (school.consent_basis, school.consent_wording, school.consent_dated_on)
    if before == (basis, wording, dated_on):
        return school
    if school.consent_basis and not why.strip():
        raise NotNow(
            f"{school.name} has chosen its basis already: "
            f"{ConsentBasis(school.consent_basis).label.lower()}.",
            remedy="Say why it changes with --why; consents given before keep their basis.",
        )
    school.consent_basis, school.consent_wording, school.consent_dated_on = basis, wording, dated_on
    with transaction.atomic():
        school.save(update_fields=["consent_basis", "consent_wording", "consent_dated_on"])
        record(
            actor,
            "school.consent-basis",
            f"school:{school.slug}",
            why=why.strip(),
            details={"before": before[0], "basis": basis.value, "wording": wording},
        )
    return school


def school_by_slug(slug: str) -> School:
    """The school with this short name. Raises NotFound."""
    found = School.objects.filter(slug=slug.strip()).first()
    if found is None:
        raise NotFound(f"There is no school {slug!r}.", remedy="`outreach school list` shows them.")
    return found


def check_country(country: str) -> str:
    """ISO 3166 alpha-2 in capitals. Raises BadInput."""
    code = country.strip().upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise BadInput(
            f"{country!r} is not a country.", remedy="Write its two letters, like GB, DE or ES."
        )
    return code


def _checked_slug(slug: str) -> str:
    if not _SLUG.fullmatch(slug) or len(slug) > _LONGEST_SLUG:
        raise BadInput(
            f"{slug!r} cannot be a school's short name.",
            remedy="Use small letters, digits and single hyphens, like greenhill-north.",
        )
    return slug


def _checked_name(name: str) -> str:
    text = name.strip()
    if not text or len(text) > _LONGEST_NAME:
        raise BadInput(
            "The school's name is missing or too long.",
            remedy=f"Parents read it in every message; at most {_LONGEST_NAME} characters.",
        )
    return text


def _checked_languages(languages: Sequence[str]) -> list[str]:
    found = [language.strip() for language in languages if language.strip()]
    wrong = next((each for each in found if not _LANGUAGE.fullmatch(each)), None)
    if not found or wrong is not None:
        what = "A school needs a language." if wrong is None else f"{wrong!r} is not a language."
        raise BadInput(what, remedy="Write its ISO code, like en, de or pt-BR.")
    return list(dict.fromkeys(found))


def _check_basis(basis: ConsentBasis, wording: str, dated_on: date | None) -> None:
    if basis is ConsentBasis.NOT_CHOSEN:
        raise BadInput(
            "The basis is missing.", remedy="Choose signed_form, invitation or documented."
        )
    if basis is ConsentBasis.INVITATION:
        return
    if not wording:
        raise BadInput(
            "The wording is missing.",
            remedy="Give exactly what parents agreed to; each consent keeps it as its proof.",
        )
    if basis is ConsentBasis.SIGNED_FORM and dated_on is None:
        raise BadInput("The date of the form is missing.", remedy="Give it as 2026-09-01.")
    if dated_on is not None and dated_on > now().date():
        raise BadInput(f"{dated_on:%d %B %Y} is in the future.", remedy="Check the date.")
