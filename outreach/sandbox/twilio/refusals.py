"""Which requests Twilio refuses, and with which code.

Source: twilio.com/docs/api/errors, one page per code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

import phonenumbers

from outreach.core.channels import Channel
from outreach.sandbox.config import OutcomeKind
from outreach.sandbox.twilio.answers import Refusal
from outreach.sandbox.world import World

_LONGEST_BODY = 1600
_PREFIX = len("+1234")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}")
_LONGEST_VALIDITY_SECONDS = 36_000


def refusal_of(world: World, form: Mapping[str, str]) -> Refusal | None:
    """The reason to refuse a POST to Messages, None to accept. `form`: as posted."""
    return _missing(form) or _malformed(form) or _forbidden(world, form)


def _missing(form: Mapping[str, str]) -> Refusal | None:
    if not form.get("To"):
        return Refusal(400, 21604, "A 'To' phone number is required.")
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return Refusal(400, 21603, "A 'From' phone number is required.")
    if not form.get("Body"):
        return Refusal(400, 21602, "Message body is required.")
    return None


def _malformed(form: Mapping[str, str]) -> Refusal | None:
    sender = form.get("From") or form["MessagingServiceSid"]
    if not _is_sender(sender):
        return Refusal(400, 21212, f"Invalid From Number (caller ID): {sender}")
    if not _is_number(form["To"]):
        return Refusal(400, 21211, f"Invalid 'To' Phone Number: {form['To']}")
    if len(form["Body"]) > _LONGEST_BODY:
        return Refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    callback = form.get("StatusCallback", "")
    if callback and urlsplit(callback).scheme not in {"http", "https"}:
        return Refusal(400, 21609, f"The StatusCallback URL {callback} is not a valid URL.")
    return _bad_validity(form.get("ValidityPeriod"))


def _bad_validity(text: str | None) -> Refusal | None:
    if text is None or (text.isdecimal() and 1 <= int(text) <= _LONGEST_VALIDITY_SECONDS):
        return None
    return Refusal(400, 21621, f"ValidityPeriod {text} is not between 1 and 36000 seconds.")


def _forbidden(world: World, form: Mapping[str, str]) -> Refusal | None:
    to = form["To"]
    sender = form.get("MessagingServiceSid") or form["From"]
    countries = world.settings.countries
    if countries is not None and _country(to) not in countries:
        return Refusal(
            400,
            21408,
            f"Permission to send an SMS has not been enabled for the region indicated by the "
            f"'To' number: {to}.",
        )
    if (world.settings.setup_of(sender).sender, to) in world.opted_out:
        return Refusal(400, 21610, "Attempt to send to unsubscribed recipient")
    outcome = world.settings.outcome_for(Channel.SMS, to)
    if outcome and outcome.kind is OutcomeKind.REFUSED:
        code = int(outcome.code or 21211)
        return Refusal(400, code, f"The 'To' number {to} was refused with error {code}.")
    return None


def _is_number(text: str) -> bool:
    return bool(_E164.fullmatch(text)) and _length_is_possible(text[:_PREFIX], len(text))


@lru_cache(maxsize=10_000)
def _length_is_possible(prefix: str, length: int) -> bool:
    """Whether numbers that begin so may have this length.

    The library judges possibility by country code and length alone, so one answer serves all
    numbers alike in both; asking it for each costs a third of the whole request.
    """
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(prefix.ljust(length, "2")))
    except phonenumbers.NumberParseException:
        return False


def _is_sender(text: str) -> bool:
    return any(form.fullmatch(text) for form in (_E164, _SERVICE, _ALPHANUMERIC))


def _country(e164: str) -> str | None:
    return phonenumbers.region_code_for_number(phonenumbers.parse(e164))
