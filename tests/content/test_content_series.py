"""What holds the two packs together: the question, the staff brief, the order, the newsletter."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from content_builders import SCHOOLS, STOP_PAGE, shipped, values

from outreach.content import (
    Links,
    MessageValues,
    SmsValues,
    StepValues,
    TemplateKey,
    TemplateSet,
    Values,
    count_segments,
    help_directory,
)
from outreach.content.stop_line import stop_line
from outreach.content.wording import check_wording
from outreach.core.channels import Channel
from outreach.replies.reading import Action, Record, classify

REPOSITORY = Path(__file__).resolve().parents[2]
SAY_NO, DAY = shipped("say-no"), shipped("safer-internet-day")
LANGUAGES = ("en", "de", "es")
DAY_LANGUAGES = ("en", "de", "es", "fr", "it", "pl", "ro", "tr", "uk", "ar")


@dataclass(frozen=True)
class Said:
    """What one language says. `asks`: the digits in a text. `answers`: what may come back.
    `order`: saving before blocking. `hands_off`: what staff must not do with a picture.
    `part`: of the child-protection contact."""

    asks: str
    answers: tuple[str, ...]
    order: tuple[str, str]
    hands_off: tuple[str, ...]
    part: str


WORDS = {
    "en": Said(
        "1 = yes, 2 = not yet",
        ("1", "2", "1 = yes", "2 = not yet", "yes 1", "2 not yet", "1.", "1 thanks"),
        ("save", "block"),
        ("look at", "copy", "save", "delete"),
        "The part of the child-protection contact",
    ),
    "de": Said(
        "1 = ja, 2 = noch nicht",
        ("1", "2", "1 = ja", "2 = noch nicht", "ja 1", "2 noch nicht", "1 danke"),
        ("sicher", "blockier"),
        ("sehen sie .* nicht an", "kopieren", "speichern", "löschen"),
        "Was die für den Kinderschutz zuständige Person tut",
    ),
    "es": Said(
        "1 si ya ha hablado, 2 si no",
        ("1", "2", "1 = sí", "2 = todavía no", "sí 1", "2 si no", "1 gracias"),
        ("guard", "bloque"),
        ("miren", "copien", "guarden", "borren"),
        "La tarea de la persona responsable de protección",
    ),
}
each_language = pytest.mark.parametrize("language", LANGUAGES)
each_pack = pytest.mark.parametrize("pack", [SAY_NO, DAY], ids=["say-no", "safer-internet-day"])


def _texts(pack: TemplateSet) -> list[TemplateKey]:
    return [
        key
        for key in pack.template_keys()
        if key.channel is Channel.SMS and key.language in LANGUAGES
    ]


def _reader(country: str, language: str, *, can_reply: bool) -> Values:
    """With links as long as real ones, and a way to stop that fits the sender."""
    line = stop_line(language, None if can_reply else STOP_PAGE)
    advice = f"https://say-no.example.org/advice/{country.lower()}/{language}"
    return replace(
        values(country, language),
        links=Links(stop=STOP_PAGE, advice=advice),
        sms=SmsValues(line),
        message=MessageValues(can_reply=can_reply),
    )


def _mail(pack: TemplateSet, language: str, step: str, *, can_reply: bool = True) -> str:
    """The plain text below its title, in one line."""
    [mail] = pack.write_email(language, step, [_reader("GB", language, can_reply=can_reply)])
    return " ".join(mail.text.split())


def test_the_second_pack_has_no_findings() -> None:
    assert DAY.problems() == []
    assert check_wording(DAY) == []
    assert {DAY.reviewed_by(key) for key in DAY.template_keys()} == {None}
    assert {key.language for key in DAY.template_keys()} == set(DAY_LANGUAGES)
    assert len(DAY.template_keys()) == len(DAY_LANGUAGES) * 5


@each_pack
@pytest.mark.parametrize("can_reply", [True, False], ids=["answers reach us", "one way"])
def test_a_text_costs_two_parts_with_real_links_by_any_sender(
    pack: TemplateSet, can_reply: bool
) -> None:
    for key in _texts(pack):
        for country in ("GB", "DE", "ES", "US"):
            reader = _reader(country, key.language, can_reply=can_reply)
            sms = pack.write_sms(key.language, key.step, reader)
            assert (sms.encoding, sms.segments <= 2) == ("GSM-7", True), count_segments(sms.text)
            assert sms.text.startswith(f"{SCHOOLS[country]}: ")
            assert sms.text.endswith(reader.sms.stop_line or "?")
            helpline = help_directory().for_country(country).helpline
            assert helpline is not None
            assert (helpline.phone or "?") in sms.text


@each_pack
@each_language
def test_the_question_is_asked_only_where_an_answer_reaches_us(
    pack: TemplateSet, language: str
) -> None:
    for can_reply in (True, False):
        sms = pack.write_sms(language, "thank-you", _reader("GB", language, can_reply=can_reply))
        assert (WORDS[language].asks in sms.text) is can_reply
        mail = _mail(pack, language, "thank-you", can_reply=can_reply)
        assert ("- 1 = " in mail) is can_reply


@pytest.mark.parametrize("language", DAY_LANGUAGES)
def test_the_second_pack_asks_with_two_digits_where_an_answer_reaches_us(language: str) -> None:
    for can_reply in (True, False):
        sms = DAY.write_sms(language, "thank-you", _reader("GB", language, can_reply=can_reply))
        mail = _mail(DAY, language, "thank-you", can_reply=can_reply)
        for said in (sms.text.replace("1 si", "1 = si"), mail):
            assert ("1 = " in said) is can_reply, said


@each_language
@pytest.mark.parametrize("channel", ["sms", "email"])
def test_an_answer_to_the_question_stops_starts_and_holds_nothing(
    language: str, channel: str
) -> None:
    quoted = "\n".join(f"> {line}" for line in _quoted(language).splitlines())
    for answer in WORDS[language].answers:
        text = answer
        if channel == "email":
            text = f"{answer}\n\nOn Mon, 2 Nov 2026 at 17:02, St Mary's wrote:\n{quoted}\n"
        for known in ("", language):
            decision = classify(Record(text, channel, known))
            assert decision.actions == (Action.NONE,), (answer, decision)


def _quoted(language: str) -> str:
    [mail] = SAY_NO.write_email(language, "thank-you", [_reader("GB", language, can_reply=True)])
    return mail.text


@each_language
def test_the_staff_brief_names_the_part_the_days_and_what_never_to_do(language: str) -> None:
    brief = replace(_reader("GB", language, can_reply=True), step=StepValues(None, 5))
    [mail] = SAY_NO.write_email(language, "staff-brief", [brief])
    said = " ".join(mail.text.split())
    assert WORDS[language].part in said
    assert "- 5 " in said
    for wanted in WORDS[language].hands_off:
        assert re.search(wanted, said, re.IGNORECASE), wanted


@each_language
def test_no_text_message_tells_to_block_before_it_tells_to_save(language: str) -> None:
    save, block = WORDS[language].order
    for key in _texts(SAY_NO):
        if key.language != language:
            continue
        said = SAY_NO.write_sms(
            language, key.step, _reader("GB", language, can_reply=True)
        ).text.casefold()
        if block in said:
            assert said.index(save) < said.index(block), key.step


@each_pack
@each_language
def test_what_stands_alone_needs_no_number_of_its_own(pack: TemplateSet, language: str) -> None:
    tips = {"launch", "warning-signs", "how-to-talk", "what-to-do", "where-to-report"}
    for key in pack.template_keys():
        if key.language == language:
            assert ("step.number" in pack.usage(key).every()) is (key.step in tips)


@each_language
def test_the_film_is_linked_on_our_own_page_only(language: str) -> None:
    [mail] = SAY_NO.write_email(language, "launch", [_reader("GB", language, can_reply=True)])
    assert mail.html.count(f"/advice/gb/{language}") == 1
    for key in SAY_NO.template_keys():
        assert not re.search(r"europol\.europa|youtu", SAY_NO.source(key).body)


@each_language
def test_the_newsletter_says_who_writes_how_to_check_to_stop_and_to_join(language: str) -> None:
    text = (REPOSITORY / f"campaigns/say-no/newsletter/{language}.md").read_text("utf-8")
    assert text.startswith("---\nreviewed_by: null\n---\n")
    assert text.count("\n## ") == 5
    assert "]/genuine" in text
    assert "STOP" in text
    # A number or an address of anybody is for the school to fill in.
    assert not re.search(r"\d{3}|https?://|@", text)
