"""Signing up by text: "JOIN GREENHILL" to the sender's number.

The text proves whose phone it is, not that its writer saw what they agree to: the wording goes
back, and the consent counts after YES (`opt_in.confirm_by_reply`). Refuses to decide what any
other text means.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from outreach.consent.models import JoinWord, SignUp, Topic
from outreach.consent.queries import is_suppressed
from outreach.core.channels import Channel
from outreach.core.errors import BadAddress, BadInput, NotNow
from outreach.core.phones import normalise_phone
from outreach.organisation import audit
from outreach.organisation.audit import Actor
from outreach.organisation.models import School, Sender
from outreach.subscriptions.joining import Target, Wish, ask_address, may_text
from outreach.subscriptions.letters import alert_of_flood
from outreach.subscriptions.limits import Scope, count
from outreach.subscriptions.wording import after_join_word, first_join_word, letters

_LONGEST_TEXT = 120
_SHORTEST_WORD = 3
_LONGEST_WORD = 50


@dataclass(frozen=True)
class TextIn:
    """Whose word it was, and the language in which the person said "join"."""

    school: School
    language: str


class TextInAnswer(StrEnum):
    """What became of it. Only `ASKED` sends a text."""

    ASKED = "asked"
    STOPPED = "stopped"  # the number had stopped: it has to text START first
    HELD_BACK = "held_back"  # a limit, or a number that may not be signed up


def read(text: str, sender: Sender) -> TextIn | None:
    """The school whose word `text` names after one of the words for joining; else None.

    Only a text that is nothing else: "Join Greenhill" and not "I will not join Greenhill".
    """
    if len(text) > _LONGEST_TEXT:
        return None
    found = after_join_word(text)
    if found is None:
        return None
    language, word = found
    school = _school_of(word, sender)
    if school is None:
        return None
    return TextIn(school, language)


def ask_by_text(text_in: TextIn, number: str, sender: Sender, *, evidence: str) -> TextInAnswer:
    """Sends the wording back and waits for YES. `number`: E.164. `evidence`: `inbound:17`."""
    asked_how = f"text {evidence}"
    if SignUp.objects.filter(evidence=asked_how).exists():
        return TextInAnswer.ASKED  # the same text, read again after a crash
    if is_suppressed(Channel.SMS, number):
        return TextInAnswer.STOPPED
    try:
        phone = normalise_phone(number, text_in.school.country)
    except BadAddress:
        return TextInAnswer.HELD_BACK
    if not may_text(phone, text_in.school) or _over_limits(text_in.school, number):
        return TextInAnswer.HELD_BACK
    wish = Wish(
        school=text_in.school,
        topics=topics_offered(),
        language=text_in.language,
        targets=[Target.of_phone(phone)],
        evidence=asked_how,
        sender=sender,
    )
    asked = ask_address(wish, wish.targets[0], uuid.uuid4())
    return TextInAnswer.ASKED if asked else TextInAnswer.STOPPED


def topics_offered() -> list[Topic]:
    """What a person may sign up for: every topic of an imported campaign."""
    return list(Topic.objects.order_by("pk"))


def join_word(school: School, sender: Sender) -> str:
    """The word of a school at a sender, as it is printed: capitals."""
    chosen = JoinWord.objects.filter(sender=sender, school=school).first()
    return (chosen.word if chosen else letters(school.slug)).upper()


def join_text(language: str, school: School, sender: Sender) -> str:
    """What a parent texts, as it is printed: "JOIN GREENHILL"."""
    return f"{first_join_word(language).upper()} {join_word(school, sender)}"


def set_join_word(school: School, sender: Sender, word: str, *, actor: Actor) -> JoinWord:
    """Chooses the word that parents of a school text to this sender.

    Raises BadInput for one that cannot be used, NotNow for one that another school has there.
    """
    clean = letters(word)
    if not _SHORTEST_WORD <= len(clean) <= _LONGEST_WORD:
        raise BadInput(
            f"{word!r} cannot be a school's word.",
            remedy=f"Use {_SHORTEST_WORD} to {_LONGEST_WORD} letters or digits.",
        )
    owner = _school_of(clean, sender)
    if owner is not None and owner.pk != school.pk:
        raise NotNow(
            f"{owner.name} has the word {clean.upper()} at this sender.",
            remedy="Choose another one.",
        )
    with transaction.atomic():
        made, _ = JoinWord.objects.update_or_create(
            sender=sender, school=school, defaults={"word": clean}
        )
        audit.record(actor, "school.join-word", f"school:{school.slug}", details={"word": clean})
    return made


def _school_of(word: str, sender: Sender) -> School | None:
    """A chosen word goes first, then the school's short name without its hyphens."""
    chosen = JoinWord.objects.filter(sender=sender, word=word).select_related("school").first()
    if chosen is not None:
        return chosen.school
    named = [school for school in School.objects.all() if letters(school.slug) == word]
    return named[0] if len(named) == 1 else None


def _over_limits(school: School, number: str) -> bool:
    """By text the number itself is proved, so only it and its school are counted."""
    if count(Scope.ADDRESS, f"{Channel.SMS}:{number}") is not None:
        return True
    reached = count(Scope.SCHOOL, school.slug, school=school)
    if reached is not None and reached.is_news:
        alert_of_flood(reached, school)
    return reached is not None
