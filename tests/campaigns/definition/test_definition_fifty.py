"""Broken campaigns, each by one edit of a good one: `check` names each fault at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.campaigns.definition import Surroundings, check_path
from outreach.core.errors import Problem

DEFINITION = """\
schema: 1
campaign: first-phone
title: The first phone
topic: online-safety
languages: [en, de]
default_language: en
quiet_hours: {from: "20:00", to: "08:00"}
steps:
  - key: brief
    title: What parents will get
    to: staff
    channels: [email]
    stands: alone
    when: {day: 0, at: "09:00", within: 3h}
  - key: hello
    title: Before you hand it over
    to: guardians
    channels: [email, sms]
    says: [tell-someone]
    when: {day: 1, at: "16:30", within: 3h}
    expires_after: 2d
  - key: later
    title: Three questions
    to: guardians
    channels: [email]
    when: {after: hello, days: 7, at: "17:00"}
    discreet: true
"""
HEAD = "---\nsubject: The first phone\npreheader: Three rules\nreviewed_by: A Native Speaker\n---\n"
BRIEF = f"{HEAD}Hello from {{{{ school.name }}}}.\n"
FILES = {
    "en/brief.email.md": BRIEF,
    "de/brief.email.md": BRIEF,
    "en/hello.email.md": f"{HEAD}Dear family,\n\nTell your child: talk to me.\n\n"
    "[More]({{ links.advice }})\n",
    "de/hello.email.md": f"{HEAD}Liebe Familie,\n\nSagen Sie: Sprich mit mir.\n\n"
    "[Mehr]({{ links.advice }})\n",
    "en/later.email.md": f"{HEAD}Three questions.\n",
    "de/later.email.md": f"{HEAD}Drei Fragen.\n",
    "en/hello.sms.txt": "---\nreviewed_by: A Native Speaker\n---\n"
    "{{ school.name }}: talk to me.\n{{ help.sms_line }}.\n{{ sms.stop_line }}\n",
    "de/hello.sms.txt": "---\nreviewed_by: A Native Speaker\n---\n"
    "{{ school.name }}: sprich mit mir.\n{{ help.sms_line }}.\n{{ sms.stop_line }}\n",
}
YAML = "campaign.yaml"
MAIL, MAIL_DE = "en/hello.email.md", "de/hello.email.md"
TEXT, TEXT_DE = "en/hello.sms.txt", "de/hello.sms.txt"
LATER = "en/later.email.md"
LONG = " and so on" * 12

# File, what stands there, what it becomes, the code and the line of the finding.
BROKEN = [
    # The file and its keys
    (YAML, "schema: 1", "schema: 2", "bad-value", 1),
    (YAML, "title: The first phone", "titel: The first phone", "unknown-key", 3),
    (YAML, "title: The first phone\n", "", "missing-key", 1),
    (YAML, "topic: online-safety", "topic: Online Safety", "bad-value", 4),
    (YAML, "topic: online-safety", "topic: [online-safety", "bad-yaml", 5),
    (YAML, "languages: [en, de]", "languages: [en, en]", "bad-value", 5),
    (YAML, "languages: [en, de]", "languages: [en, de, es]", "missing-template", 5),
    (YAML, "default_language: en", "default_language: fr", "default-language", 6),
    (YAML, 'from: "20:00"', 'from: "25:00"', "bad-value", 7),
    (YAML, 'from: "20:00", to: "08:00"', 'from: "08:00", to: "07:30"', "quiet-hours", 7),
    (YAML, "key: later", "key: hello", "duplicate-step", 22),
    (YAML, "key: later", "key: holiday", "reserved-key", 22),
    (YAML, "to: staff", "to: teachers", "bad-value", 11),
    (YAML, "channels: [email, sms]", "channels: [email, fax]", "bad-value", 18),
    (YAML, "channels: [email, sms]", "channels: []", "bad-value", 18),
    (YAML, "says: [tell-someone]", "says: [tell-everybody]", "bad-value", 19),
    (YAML, "    expires_after: 2d", "    expires_after: 40d", "bad-value", 21),
    (YAML, "    expires_after: 2d", "    expires_after: 1h", "early-expiry", 21),
    (YAML, "    expires_after: 2d", "    expire_after: 2d", "unknown-key", 21),
    (YAML, "    stands: alone\n", "    stands: alone\n    title: Again\n", "duplicate-key", 14),
    # When, and in which order
    (YAML, "after: hello, days: 7", "after: helo, days: 7", "unknown-step", 26),
    (YAML, "after: hello, days: 7", "after: later, days: 7", "step-circle", 26),
    (YAML, "day: 1, at", "after: later, days: 1, at", "step-circle", 20),
    (YAML, "day: 1, at", "day: 1, date: 2027-02-09, at", "two-whens", 20),
    (YAML, 'day: 1, at: "16:30"', 'day: 1, at: "21:30"', "quiet-hours", 20),
    (YAML, 'at: "16:30", within: 3h', 'at: "16:30", within: 3', "bad-value", 20),
    (YAML, "within: 3h}\n    expires", "within: 3h, until: 2027-03-01}\n    expires", "until", 20),
    (YAML, "within: 3h}\n    expires", "within: 3h, spread: 5h}\n    expires", "spread", 20),
    (YAML, "    expires_after: 2d", "    waits_for: breif", "unknown-step", 21),
    (YAML, "    expires_after: 2d", "    otherwise: expires", "otherwise", 21),
    (YAML, "    expires_after: 2d", "    only: {opened: brief}", "not-collected", 21),
    (YAML, "    expires_after: 2d", "    only: {languages: [fr]}", "filter-language", 21),
    (YAML, "    expires_after: 2d", "    only: {countries: [BR]}", "no-help-for-country", 21),
    (YAML, "    stands: alone", '    age_groups: ["11-13"]', "age-groups", 13),
    # What a template is made of
    (MAIL, "subject: The first phone\n", "", "missing-key", 1),
    (MAIL, "subject: The first phone", 'subject: ""', "empty-subject", 2),
    (MAIL, "preheader: Three rules", "preheader: Three: rules", "bad-front-matter", 3),
    (MAIL, HEAD, "", "no-front-matter", 1),
    (MAIL, "Dear family", "Dear {{ recipient.shoe_size }}", "unknown-variable", 6),
    (MAIL_DE, "Liebe Familie", "{% if false %}{{ schol.name }}{% endif %}", "unknown-variable", 6),
    (MAIL, "Dear family", "Dear {{ recipient.name|title }}", "unknown-filter", 6),
    (MAIL, "Dear family", "Dear {{ recipient.name }}", "may-be-missing", 6),
    (MAIL, "Dear family", "Dear {{ help.report }}", "not-printable", 6),
    (MAIL, "Dear family", "{% if links.advice %}Dear family", "template-syntax", 10),
    (MAIL, "Dear family", "{% set a = 1 %}Dear family", "not-allowed-in-template", 6),
    (MAIL, "Dear family", "{{ consent.wording }}", "only-in-notices", 6),
    (LATER, "Three questions.", "", "empty-text", 6),
    (LATER, "Three questions.", "<b>Three</b> questions.", "not-in-email", 6),
    (LATER, "Three questions.", "![Three](https://example.org/a.png)", "not-in-email", 6),
    (LATER, "A Native Speaker", "[Ann, Bob]", "bad-front-matter", 4),
    (LATER, "Three questions.", "Three questions about blackmail.", "not-discreet", 6),
    (LATER, "subject: The first phone", "subject: Blackmail online", "not-discreet", 2),
    # Links
    (MAIL_DE, "\n[Mehr]({{ links.advice }})", "", "links-differ", 6),
    (MAIL, "talk to me.", "talk to me: http://example.org", "bad-link", 8),
    (MAIL, "talk to me.", "[talk](https://127.0.0.1/a) to me", "bad-link", 8),
    (TEXT, "talk to me.", "talk to me https://bit.ly/abc.", "bad-link", 4),
    (TEXT, "talk to me.", "talk to me https://example.com/abc.", "foreign-link", 4),
    # Words
    (TEXT_DE, "sprich mit mir", "ein Tipp", "not-said", 4),
    (MAIL, "talk to me.", "talk to me. It is your fault.", "blaming-words", 8),
    (MAIL, "talk to me.", "talk to me about nudes.", "graphic-words", 8),
    (MAIL, "talk to me.", "talk to me before it's too late.", "alarming-words", 8),
    (MAIL, "talk to me.", "talk to me!!!", "alarming-words", 8),
    (MAIL, "talk to me.", "talk to me. DO THIS TONIGHT, ALL PARENTS.", "alarming-words", 8),
    (MAIL, "talk to me.", f"talk to me{LONG}.", "long-sentence", 8),
    (
        MAIL,
        "talk to me.",
        "talk to me. In 2023 there were 26,718 reports.",
        "figure-without-source",
        8,
    ),
    # Sender, help, stop and price
    (TEXT, "{{ school.name }}: t", "T", "no-sender", 4),
    (TEXT, "{{ help.sms_line }}.\n", "", "no-help", 4),
    (TEXT, "{{ sms.stop_line }}", "Bye.", "no-opt-out", 4),
    (
        TEXT,
        "{{ sms.stop_line }}",
        "{% if recipient.name %}{{ sms.stop_line }}{% endif %}",
        "no-opt-out",
        6,
    ),
    (TEXT_DE, "mit mir", "mit mir, cześć", "sms-ucs2", 4),
    (TEXT, "talk to me.", f"talk to me{3 * LONG}.", "sms-parts", 4),
    (TEXT, "A Native Speaker", "null", "unreviewed-language", 2),
]


def checked(folder: Path, edited: str, right: str, wrong: str) -> list[Problem]:
    """The findings about the good campaign with one edit."""
    pack = folder / "campaigns" / "first-phone"
    pack.mkdir(parents=True)
    for name, text in {YAML: DEFINITION, **FILES}.items():
        place = pack / name if name == YAML else folder / "templates" / "first-phone" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        assert name != edited or right in text, f"{right!r} is not in {name}"
        place.write_text(text.replace(right, wrong, 1) if name == edited else text, "utf-8")
    return check_path(
        pack, folder / "templates", Surroundings(own_hosts=frozenset({"ours.example"}))
    )


@pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: f"{fault[3]}-{fault[2].strip()[:30]}")
def test_a_fault_is_named_by_its_code_at_its_line(
    tmp_path: Path, fault: tuple[str, str, str, str, int]
) -> None:
    edited, right, wrong, code, line = fault
    found = [p for p in checked(tmp_path, edited, right, wrong) if p.code == code]
    assert found, code
    places = [problem.where.partition(f"{edited}:")[2].split(":")[0] for problem in found]
    assert str(line) in places
    assert all(problem.remedy or code == "bad-value" for problem in found)


def test_the_good_campaign_has_no_finding(tmp_path: Path) -> None:
    assert checked(tmp_path, "", "", "") == []


def test_there_are_more_than_fifty_and_as_many_kinds_as_an_author_meets() -> None:
    assert len(BROKEN) > 50
    assert len({code for *_, code, _ in BROKEN}) >= 40
