"""The shipped texts: every template, in every language, for every country of the demo."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser

import pytest
from content_builders import LINKS, SCHOOLS, STOP_LINES, STOP_PAGE, shipped, values
from language_words import KNOWN

from outreach.content import (
    BulkEmail,
    Links,
    MessageValues,
    SchoolValues,
    SmsValues,
    TemplateKey,
    count_segments,
    help_directory,
)
from outreach.content.bidi import RIGHT_TO_LEFT
from outreach.content.checks.sample import at_long_school, bare_reader, usual_reader
from outreach.content.opening_hours import lines_at
from outreach.content.segments import MOST_PARTS
from outreach.content.stop_line import stop_line
from outreach.content.wording import check_wording
from outreach.core.channels import Channel

PACK = shipped("say-no")
DAY = shipped("safer-internet-day")
NOTICES = shipped("notices")
LANGUAGES = tuple(KNOWN)
TIPS = ("launch", "warning-signs", "how-to-talk", "what-to-do", "where-to-report")
ALONE = ("welcome", "before-holiday", "safer-internet-day", "thank-you")
PARENT_STEPS = (*TIPS, *ALONE)
# Where the order is said: first the evidence, then blocking.
IN_ORDER = ("what-to-do", "where-to-report", *ALONE)
MARK = re.compile(r"q[0-9a-f]{12}q[0-9]{3}[a-z]|\{\{|\}\}|\{%|\bNone\b|Undefined")
EMAILS = [key for key in PACK.template_keys() if key.channel is Channel.EMAIL]
TEXTS = [key for key in PACK.template_keys() if key.channel is Channel.SMS]


def _name(value: TemplateKey | str) -> str:
    is_country = isinstance(value, str)
    return value if is_country else f"{value.language}-{value.step}-{value.channel}"


def at_home(keys: Iterable[TemplateKey]) -> pytest.MarkDecorator:
    """Each template, with each country in which many families read its language."""
    known = [key for key in keys if key.language in KNOWN]
    pairs = [(key, country) for key in known for country in KNOWN[key.language].countries]
    return pytest.mark.parametrize(("key", "country"), pairs, ids=_name)


each_email = pytest.mark.parametrize("key", EMAILS, ids=_name)
each_text = pytest.mark.parametrize("key", TEXTS, ids=_name)
SHOCKING = re.compile(
    r"sex|blackmail|erpress|chantaj|nude|nackt|desnud|abuse|victim|opfer|porn"
    r"|șantaj|изнуд|εκβια|zsarol|vydír|nud|гол|γυμν|meztelen|nahý|nahé",
    re.IGNORECASE,
)
MOMENT = datetime(2026, 11, 24, 10, tzinfo=UTC)


@cache
def letter(language: str, step: str, country: str) -> BulkEmail:
    """An email as a family of that country gets it."""
    [mail] = PACK.write_email(language, step, [values(country, language)])
    return mail


class _Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if tag == "a" and name == "href"]


def test_the_packs_have_no_findings() -> None:
    assert PACK.problems() == []
    assert NOTICES.problems() == []
    assert check_wording(PACK) == []


def test_every_step_is_there_in_every_language_and_channel() -> None:
    for step in PARENT_STEPS:
        assert PACK.languages(step, Channel.EMAIL) == set(LANGUAGES)
        assert PACK.languages(step, Channel.SMS) == set(LANGUAGES)
    assert PACK.languages("staff-brief", Channel.EMAIL) == set(LANGUAGES)
    assert PACK.languages("staff-brief", Channel.SMS) == frozenset()


def test_nobody_is_said_to_have_reviewed_what_nobody_reviewed() -> None:
    assert {PACK.reviewed_by(key) for key in PACK.template_keys()} == {None}
    assert {NOTICES.reviewed_by(key) for key in NOTICES.template_keys()} == {None}


@at_home(TEXTS)
def test_a_text_fits_its_parts_and_says_school_help_and_stop(
    key: TemplateKey, country: str
) -> None:
    reader = replace(values(country, key.language), message=MessageValues(can_reply=True))
    sms = PACK.write_sms(key.language, key.step, reader)
    lines = help_directory().for_country(country)
    assert len(SCHOOLS[country]) <= 30
    assert sms.segments <= MOST_PARTS[sms.encoding], count_segments(sms.text)
    assert sms.text.removeprefix(RIGHT_TO_LEFT).startswith(f"{SCHOOLS[country]}: ")
    assert STOP_LINES[key.language] in sms.text
    for line in (lines.emergency, lines.helpline):
        assert line is not None
        assert line.phone is not None
        assert line.phone in sms.text
    assert not MARK.search(sms.text)


@at_home(TEXTS)
def test_a_text_still_fits_where_stopping_takes_a_link(key: TemplateKey, country: str) -> None:
    line = stop_line(key.language, STOP_PAGE)
    cannot_reply = MessageValues(can_reply=False)
    reader = replace(values(country, key.language), sms=SmsValues(line), message=cannot_reply)
    sms = PACK.write_sms(key.language, key.step, reader)
    assert line in sms.text
    assert sms.segments <= MOST_PARTS[sms.encoding], count_segments(sms.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_keeps_its_parts_in_every_country_at_a_school_with_a_long_name(
    language: str,
) -> None:
    """Families live abroad: their school's country has other help lines, some with long names."""
    packs = [(pack, key) for pack in (PACK, DAY) for key in pack.template_keys()]
    for pack, key in packs:
        if key.channel is not Channel.SMS or key.language != language:
            continue
        for country in help_directory().countries():
            if help_directory().for_country(country).missing():
                continue
            for reader in (usual_reader(language, country), bare_reader(language, country)):
                sms = pack.write_sms(language, key.step, at_long_school(reader))
                assert sms.segments <= MOST_PARTS[sms.encoding], sms.text
                assert (reader.sms.stop_line or "?") in sms.text
                assert any(line.phone in sms.text for line in reader.help.helplines if line.phone)


@at_home(EMAILS)
def test_an_email_names_the_help_of_its_country_and_both_ways_out(
    key: TemplateKey, country: str
) -> None:
    mail = letter(key.language, key.step, country)
    lines = help_directory().for_country(country)
    for text in (mail.html, mail.text):
        for line in (lines.emergency, *lines.helplines):
            assert line is not None
            assert line.phone is None or line.phone in text
        assert LINKS.stop is not None
        assert LINKS.stop in text
        assert not MARK.search(text)
    assert not MARK.search(mail.subject)


@at_home(EMAILS)
def test_the_plain_text_has_every_link_of_the_html(key: TemplateKey, country: str) -> None:
    mail = letter(key.language, key.step, country)
    links = _Links(mail.html).found
    assert links
    digits = re.sub(r"[^0-9+]", "", mail.text)
    for link in links:
        number = link.removeprefix("tel:")
        assert number in digits if link.startswith("tel:") else link in mail.text


@each_email
def test_a_locked_screen_shows_nothing_about_the_subject(key: TemplateKey) -> None:
    mail = letter(key.language, key.step, "GB")
    preheader = re.search(r'class="preheader"[^>]*>([^&͏]*)', mail.html)[1]  # type: ignore[index]
    seen = f"{mail.subject} {preheader}"
    assert not SHOCKING.search(seen)
    assert len(mail.subject[:40].split(":")[0]) <= 40


@each_text
def test_a_locked_screen_shows_a_calm_beginning_of_a_text(key: TemplateKey) -> None:
    reader = replace(values("GB", key.language), message=MessageValues(can_reply=True))
    after_school = PACK.write_sms(key.language, key.step, reader).text.split(": ", 1)[1]
    assert after_school.casefold().startswith(KNOWN[key.language].begins)
    assert ("2" in after_school[:40]) is (key.step in TIPS)


@each_text
def test_a_text_with_a_link_to_stop_begins_as_calmly(key: TemplateKey) -> None:
    """Some are shorter there. With the school's name these are the forty letters one sees."""
    reader = replace(values("GB", key.language), message=MessageValues(can_reply=False))
    after_school = PACK.write_sms(key.language, key.step, reader).text.split(": ", 1)[1]
    assert not SHOCKING.search(after_school[:24])


@pytest.mark.parametrize("language", LANGUAGES)
def test_evidence_is_saved_before_the_person_is_blocked(language: str) -> None:
    save, block = KNOWN[language].save, KNOWN[language].block
    for step in IN_ORDER:
        mail = letter(language, step, "GB")
        # The school's own line about online safety stands before; the advice is in the body.
        advice = mail.text.split("\n", 2)[2].lower()
        assert re.search(save, advice).start() < re.search(block, advice).start()  # type: ignore[union-attr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_to_do_says_not_to_pay_in_both_channels(language: str) -> None:
    words = KNOWN[language].keep_money
    mail = letter(language, "what-to-do", "GB")
    sms = PACK.write_sms(language, "what-to-do", values("GB", language))
    assert re.search(words, mail.text.lower())
    assert re.search(words, sms.text.lower())


@pytest.mark.parametrize(
    ("language", "country"),
    [(language, country) for language in LANGUAGES for country in KNOWN[language].countries],
)
def test_where_to_report_lists_the_lines_of_the_country(language: str, country: str) -> None:
    mail = letter(language, "where-to-report", country)
    lines = help_directory().for_country(country)
    for line in (*lines.report, *lines.removal):
        assert (line.url or line.phone or "") in mail.text


@each_email
def test_europol_is_named_as_the_source_and_never_as_the_sender(key: TemplateKey) -> None:
    mail = letter(key.language, key.step, "DE")
    assert mail.text.count("Europol") == (3 if key.step == "launch" else 2)
    assert "Europol" not in mail.subject
    assert re.search(KNOWN[key.language].not_europol, mail.text.replace("\n", " "))


@each_email
def test_the_page_needs_no_picture_and_no_style_sheet(key: TemplateKey) -> None:
    mail = letter(key.language, key.step, "ES")
    assert not re.search(r"<img|<script|<link|url\(|@import|javascript:", mail.html)
    assert "prefers-color-scheme: dark" in mail.html
    assert 'name="color-scheme"' in mail.html
    assert re.search(r'<p style="[^"]*margin', mail.html)
    assert mail.html.index("charset") < 200
    assert len(mail.html.encode()) < 102_000  # Gmail cuts a longer message off
    sizes = [int(size) for size in re.findall(r"font-size: ?(\d+)px", mail.html)]
    assert min(size for size in sizes if size != 1) >= 16


# Everybody who writes to us may get one of these; the other notices are about a sign-up or
# for staff, and are tested where they are sent.
ANSWERS = {"crisis_help", "help_reply", "start_confirmation", "stop_confirmation"}


@at_home(key for key in NOTICES.template_keys() if key.step in ANSWERS)
def test_a_notice_can_be_written_for_a_stranger_without_a_school(
    key: TemplateKey, country: str
) -> None:
    reader = replace(
        values(country, key.language, name=None),
        school=SchoolValues(None, country),
        links=Links(),
        step=None,
    )
    if key.step == "crisis_help":  # it is written at a moment, for which each line has a phone
        reader = replace(reader, help=lines_at(reader.help, MOMENT))
    if key.channel is Channel.SMS:
        text = NOTICES.write_sms(key.language, key.step, reader).text
    else:
        [mail] = NOTICES.write_email(key.language, key.step, [reader])
        text = mail.text
    assert "Safer Schools Trust" in text
    lines = help_directory().for_country(country)
    assert lines.emergency is not None
    assert lines.emergency.phone is not None
    assert lines.emergency.phone in text
    assert not MARK.search(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stop_is_confirmed_also_where_no_help_line_is_known(language: str) -> None:
    sms = NOTICES.write_sms(language, "stop_confirmation", values("BR", language))
    assert "START" in sms.text
    [mail] = NOTICES.write_email(language, "stop_confirmation", [values("BR", language)])
    assert "190" in mail.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reply_to_help_names_sender_and_way_to_stop(language: str) -> None:
    sms = NOTICES.write_sms(language, "help_reply", values("GB", language))
    assert sms.text.removeprefix(RIGHT_TO_LEFT).startswith("Safer Schools Trust")
    assert STOP_LINES[language] in sms.text
    assert "0800 1111" in sms.text
