"""The normal form of a mail address, by the rules of the email-validator library."""

from __future__ import annotations

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from outreach.core.errors import BadAddress


@dataclass(frozen=True)
class Email:
    """`address`: as to be written on an envelope. `match_key`: case-folded, for matching only."""

    address: str
    match_key: str


def normalise_email(text: str) -> Email:
    """Reads one mail address. Raises BadAddress with a sentence for the person who typed it.

    Deliverability is not looked up: an import must not depend on the network.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise BadAddress(
            f"{text!r} is not an email address: {error}", remedy="Write it like anna@example.org."
        ) from error
    return Email(found.normalized, found.normalized.casefold())
