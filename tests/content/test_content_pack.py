"""The shipped texts: every template, in every language, for every country of the demo."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from content_builders import LINKS, SCHOOLS, STOP_LINES, STOP_PAGE, shipped, values

from outreach.content import (
    Links,
    SchoolValues,
    SmsValues,
    TemplateKey,
    count_segments,
    help_directory,
)
from outreach.content.stop_line import stop_line
from outreach.content.wording import check_wording
from outreach.core.channels import Channel

PACK = shipped("say-no")
NOTICES = shipped("notices")
LANGUAGES = ("en", "de", "es")
PARENT_STEPS = ("launch", "warning-signs", "how-to-talk", "what-to-do", "where-to-report")
MARK = re.compile(r"q[0-9a-f]{12}q[0-9]{3}[a-z]|\{\{|\}\}|\{%|\bNone\b|Undefined")
EMAILS = [key for key in PACK.template_keys() if key.channel is Channel.EMAIL]
TEXTS = [key for key in PACK.template_keys() if key.channel is Channel.SMS]
each_email = pytest.mark.parametrize("key", EMAILS, ids=lambda key: f"{key.language}-{key.step}")
each_text = pytest.mark.parametrize("key", TEXTS, ids=lambda key: f"{key.language}-{key.step}")
each_country = pytest.mark.parametrize("country", sorted(SCHOOLS))


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


@each_country
@each_text
def test_a_text_fits_two_parts_and_says_school_help_and_stop(
    key: TemplateKey, country: str
) -> None:
    reader = values(country, key.language)
    sms = PACK.write_sms(key.language, key.step, reader)
    lines = help_directory().for_country(country)
    assert len(SCHOOLS[country]) <= 30
    assert (sms.encoding, sms.segments <= 2) == ("GSM-7", True), count_segments(sms.text)
    assert sms.text.startswith(f"{SCHOOLS[country]}: ")
    assert STOP_LINES[key.language] in sms.text
    for line in (lines.emergency, lines.helpline):
        assert line is not None
        assert line.phone is not None
        assert line.phone in sms.text
    assert not MARK.search(sms.text)


@each_country
@each_text
def test_a_text_still_fits_where_stopping_takes_a_link(key: TemplateKey, country: str) -> None:
    line = stop_line(key.language, STOP_PAGE)
    reader = replace(values(country, key.language), sms=SmsValues(line))
    sms = PACK.write_sms(key.language, key.step, reader)
    assert line in sms.text
    assert (sms.encoding, sms.segments <= 2) == ("GSM-7", True), count_segments(sms.text)


@each_country
@each_email
def test_an_email_names_the_help_of_its_country_and_both_ways_out(
    key: TemplateKey, country: str
) -> None:
    [mail] = PACK.write_email(key.language, key.step, [values(country, key.language)])
    lines = help_directory().for_country(country)
    for text in (mail.html, mail.text):
        for line in (lines.emergency, *lines.helplines):
            assert line is not None
            assert line.phone is None or line.phone in text
        assert LINKS.stop is not None
        assert LINKS.stop in text
        assert not MARK.search(text)
    assert not MARK.search(mail.subject)


@each_country
@each_email
def test_the_plain_text_has_every_link_of_the_html(key: TemplateKey, country: str) -> None:
    [mail] = PACK.write_email(key.language, key.step, [values(country, key.language)])
    links = _Links(mail.html).found
    assert links
    digits = re.sub(r"[^0-9+]", "", mail.text)
    for link in links:
        number = link.removeprefix("tel:")
        assert number in digits if link.startswith("tel:") else link in mail.text


@each_email
def test_a_locked_screen_shows_nothing_about_the_subject(key: TemplateKey) -> None:
    reader = values("GB", key.language)
    [mail] = PACK.write_email(key.language, key.step, [reader])
    seen = mail.subject + re.search(r'class="preheader"[^>]*>([^&͏]*)', mail.html)[1]  # type: ignore[index]
    shocking = r"sex|blackmail|erpress|chantaj|nude|nackt|desnud|abuse|victim|opfer|porn"
    assert not re.search(shocking, seen, re.IGNORECASE)
    assert len(mail.subject[:40].split(":")[0]) <= 40


@each_text
def test_a_locked_screen_shows_a_calm_beginning_of_a_text(key: TemplateKey) -> None:
    sms = PACK.write_sms(key.language, key.step, values("GB", key.language))
    after_school = sms.text.split(": ", 1)[1]
    assert re.match(
        r"(?i)(online safety tip|sicher im internet, tipp|seguridad en internet, consejo) 2",
        after_school,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_evidence_is_saved_before_the_person_is_blocked(language: str) -> None:
    save, block = {
        "en": ("save", "block the|, block|then block"),
        "de": ("sicher", "blockier"),
        "es": ("guarde", "bloque"),
    }[language]
    for step in ("what-to-do", "where-to-report"):
        [mail] = PACK.write_email(language, step, [values("GB", language)])
        # The school's own line about online safety stands before; the advice is in the body.
        advice = mail.text.split("\n", 2)[2].lower()
        assert re.search(save, advice).start() < re.search(block, advice).start()  # type: ignore[union-attr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_to_do_says_not_to_pay_in_both_channels(language: str) -> None:
    words = {"en": "do not pay", "de": "(nicht zahlen|zahlen sie nicht)", "es": "no pague"}[
        language
    ]
    [mail] = PACK.write_email(language, "what-to-do", [values("GB", language)])
    sms = PACK.write_sms(language, "what-to-do", values("GB", language))
    assert re.search(words, mail.text.lower())
    assert re.search(words, sms.text.lower())


@each_country
@pytest.mark.parametrize("language", LANGUAGES)
def test_where_to_report_lists_the_lines_of_the_country(language: str, country: str) -> None:
    [mail] = PACK.write_email(language, "where-to-report", [values(country, language)])
    lines = help_directory().for_country(country)
    for line in (*lines.report, *lines.removal):
        assert (line.url or line.phone or "") in mail.text


@each_email
def test_europol_is_named_as_the_source_and_never_as_the_sender(key: TemplateKey) -> None:
    [mail] = PACK.write_email(key.language, key.step, [values("DE", key.language)])
    assert mail.text.count("Europol") == 2
    assert "Europol" not in mail.subject
    assert re.search(
        r"not from Europol|nicht von Europol|no de Europol", mail.text.replace("\n", " ")
    )


@each_email
def test_the_page_needs_no_picture_and_no_style_sheet(key: TemplateKey) -> None:
    [mail] = PACK.write_email(key.language, key.step, [values("ES", key.language)])
    assert not re.search(r"<img|<script|<link|url\(|@import|javascript:", mail.html)
    assert "prefers-color-scheme: dark" in mail.html
    assert 'name="color-scheme"' in mail.html
    assert re.search(r'<p style="[^"]*margin', mail.html)
    assert mail.html.index("charset") < 200
    assert len(mail.html.encode()) < 102_000  # Gmail cuts a longer message off
    sizes = [int(size) for size in re.findall(r"font-size: ?(\d+)px", mail.html)]
    assert min(size for size in sizes if size != 1) >= 16


@each_country
@pytest.mark.parametrize(
    "key", NOTICES.template_keys(), ids=lambda key: f"{key.language}-{key.step}-{key.channel}"
)
def test_a_notice_can_be_written_for_a_stranger_without_a_school(
    key: TemplateKey, country: str
) -> None:
    reader = replace(
        values(country, key.language, name=None),
        school=SchoolValues(None, country),
        links=Links(),
        step=None,
    )
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
    assert sms.text.startswith("Safer Schools Trust")
    assert STOP_LINES[language] in sms.text
    assert "0800 1111" in sms.text
