"""What people set for the whole organisation: its name, language, caps, the duty contact.

Refuses the settings of the environment: those are read once by `config.environment`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.db import transaction

from outreach.core.clock import now
from outreach.core.emails import normalise_email
from outreach.core.errors import BadInput, NotNow
from outreach.core.phones import normalise_phone
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Organisation
from outreach.organisation.reading_hours import checked_hours, checked_zone
from outreach.organisation.schools import check_country

_MICROS = 1_000_000
_CURRENCY = re.compile(r"[A-Z]{3}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONGEST_NAME = 120
_LARGEST = {"escalate_after_minutes": 240, "remind_after_hours": 168, "case_text_days": 365}
_LARGEST_CAP = Decimal(10_000_000)


@dataclass(frozen=True)
class Changes:
    """What is to change; None leaves it. Caps are amounts in the organisation's currency."""

    name: str | None = None
    default_language: str | None = None
    currency: str | None = None
    launch_cap: Decimal | None = None
    day_cap: Decimal | None = None
    duty_email: str | None = None
    duty_phone: str | None = None
    sign_up_countries: Sequence[str] | None = None
    reading_hours: str | None = None
    reading_zone: str | None = None
    escalate_after_minutes: int | None = None
    remind_after_hours: int | None = None
    case_text_days: int | None = None


def organisation() -> Organisation:
    """The organisation of this installation. Raises NotNow before it was set."""
    found = Organisation.objects.filter(pk=1).first()
    if found is None:
        raise NotNow(
            "The organisation has no name yet.",
            remedy="Set it with: outreach organisation set --name NAME.",
        )
    return found


def set_organisation(changes: Changes, *, actor: Actor) -> Organisation:
    """Changes what is named; the first call makes the organisation and needs its name.

    A changed cap has to be confirmed again. Raises BadInput, BadAddress.
    """
    with transaction.atomic():
        row = Organisation.objects.select_for_update().filter(pk=1).first()
        if row is None and changes.name is None:
            raise BadInput("The name is missing.", remedy="Parents read it in every message.")
        row = row or Organisation(pk=1)
        _apply(row, changes)
        row.save()
        named = sorted(name for name, value in asdict(changes).items() if value is not None)
        record(actor, "organisation.set", "organisation", details={"changed": named})
    return row


def confirm_caps(*, actor: Actor, why: str = "") -> Organisation:
    """Says that the spending caps are meant as they are; mode live asks for it."""
    row = organisation()
    row.caps_confirmed_at = now()
    with transaction.atomic():
        row.save(update_fields=["caps_confirmed_at"])
        caps = {"launch_micros": row.launch_cap_micros, "day_micros": row.day_cap_micros}
        record(actor, "organisation.caps-confirmed", "organisation", why=why, details=caps)
    return row


def _apply(row: Organisation, changes: Changes) -> None:
    if changes.name is not None:
        row.name = _checked_name(changes.name)
    if changes.default_language is not None:
        row.default_language = _matching(
            _LANGUAGE, changes.default_language.strip(), "a language", "Write it like en or pt-BR."
        )
    if changes.currency is not None:
        row.currency = _matching(
            _CURRENCY, changes.currency.strip().upper(), "a currency", "Write it like EUR."
        )
    _apply_caps(row, changes)
    _apply_duty(row, changes)
    _apply_replies(row, changes)


def _apply_caps(row: Organisation, changes: Changes) -> None:
    before = (row.launch_cap_micros, row.day_cap_micros)
    if changes.launch_cap is not None:
        row.launch_cap_micros = _micros(changes.launch_cap)
    if changes.day_cap is not None:
        row.day_cap_micros = _micros(changes.day_cap)
    if before != (row.launch_cap_micros, row.day_cap_micros):
        row.caps_confirmed_at = None


def _apply_duty(row: Organisation, changes: Changes) -> None:
    """An empty text takes the contact away; `none` the list of countries."""
    if changes.sign_up_countries is not None:
        named = [each for each in changes.sign_up_countries if each.casefold() != "none"]
        row.sign_up_countries = list(dict.fromkeys(check_country(each) for each in named))
    if changes.duty_email is not None:
        email = changes.duty_email.strip()
        row.duty_email = normalise_email(email).address if email else ""
    if changes.duty_phone is not None:
        phone = changes.duty_phone.strip()
        row.duty_phone = normalise_phone(phone, "ZZ").e164 if phone else ""


def _apply_replies(row: Organisation, changes: Changes) -> None:
    """When replies are read, and how long they may wait and be kept."""
    if changes.reading_hours is not None:
        row.reading_hours = checked_hours(changes.reading_hours)
    if changes.reading_zone is not None:
        row.reading_zone = checked_zone(changes.reading_zone)
    for name, largest in _LARGEST.items():
        value = getattr(changes, name)
        if value is not None:
            setattr(row, name, _between(value, largest, name.replace("_", " ")))


def _between(value: int, largest: int, what: str) -> int:
    if not 1 <= value <= largest:
        raise BadInput(f"{value} cannot be: {what}.", remedy=f"From 1 to {largest:,}.")
    return value


def _checked_name(name: str) -> str:
    text = " ".join(name.split())
    if not text or len(text) > _LONGEST_NAME:
        raise BadInput(
            "The organisation's name is missing or too long.",
            remedy=f"At most {_LONGEST_NAME} characters.",
        )
    return text


def _matching(pattern: re.Pattern[str], text: str, what: str, remedy: str) -> str:
    if not pattern.fullmatch(text):
        raise BadInput(f"{text!r} is not {what}.", remedy=remedy)
    return text


def _micros(amount: Decimal) -> int:
    if not amount.is_finite() or not 0 <= amount <= _LARGEST_CAP:
        raise BadInput(f"{amount} cannot be a cap.", remedy=f"From 0 to {_LARGEST_CAP:,}.")
    return int((amount * _MICROS).to_integral_value())
