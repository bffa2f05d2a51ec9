"""Values and packs for the tests of this room."""

# ruff: noqa: RUF001  # names of schools in other alphabets

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from outreach.content import (
    BulkEmail,
    Links,
    OrganisationValues,
    Recipient,
    SchoolValues,
    SmsValues,
    StepValues,
    TemplateSet,
    Values,
    help_directory,
)
from outreach.content.phrases import known_languages
from outreach.content.stop_line import stop_line

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
SCHOOLS = {
    "GB": "St Mary's Primary School Derby",
    "DE": "Gymnasium am Stadtpark Bochum",
    "ES": "Colegio San Jorge de Granada",
    "US": "Lincoln Middle School Portland",
    "FR": "Collège Jules Ferry à Toulouse",
    "BE": "Athénée Royal de Charleroi 2",
    "CH": "Primarschule Sankt Georgen",
    "LU": "Lycée Michel Rodange",
    "IT": "IC Giuseppe Verdi di Bologna",
    "PT": "Escola Secundaria D. Dinis",
    "NL": "Basisschool De Regenboog Assen",
    "PL": "SP nr 12 im. Mickiewicza",
    "SE": "Vasaskolan i Södertälje",
    "FI": "Mattlidens skola i Esbo",
    "UA": "Ліцей № 25 міста Житомира",
    "RO": "Liceul Ion Creangă din Brașov",
    "BG": "СУ „Христо Ботев“, Пловдив",
    "GR": "3ο Δημοτικό Σχολείο Καλαμάτας",
    "CY": "Β΄ Δημοτικό Σχολείο Λάρνακας",
    "HU": "Petőfi Sándor Általános Iskola",
    "CZ": "ZŠ a MŠ Komenského Pardubice",
}
STOP_LINES = {language: stop_line(language, None) for language in sorted(known_languages())}
# As long as a real one: a short token behind the address of the installation.
STOP_PAGE = "https://say-no.example.org/u/" + "k7Q" * 7 + "x"
LINKS = Links(
    stop="https://say-no.example.org/u/abcdefghijklmnopqrstuvwxyz",
    preferences="https://say-no.example.org/p/abcdefghijklmnopqrstuvwxyz",
    advice="https://say-no.example.org/advice",
)


def values(country: str = "GB", language: str = "en", name: str | None = "Ann") -> Values:
    return Values(
        school=SchoolValues(SCHOOLS.get(country, "Hill School"), country),
        organisation=OrganisationValues("Safer Schools Trust"),
        help=help_directory().for_country(country),
        recipient=Recipient(name),
        links=LINKS,
        step=StepValues(2, 5),
        sms=SmsValues(STOP_LINES[language]),
    )


def named(name: str | None, stop: str | None = None) -> Values:
    """A reader in England of that name, with a stop link of their own when given."""
    reader = values(name=name)
    return replace(reader, links=replace(LINKS, stop=stop)) if stop else reader


def email_source(body: str, subject: str = "Hello", preheader: str = "Read me") -> str:
    head = f"---\nsubject: '{subject}'\npreheader: '{preheader}'\nreviewed_by: null\n---\n"
    return head + body


def pack_of(**files: str) -> TemplateSet:
    """A pack in English: `letter="…"` is en/letter.email.md, `text_x="…"` is en/x.sms.txt."""
    named_files = {}
    for name, source in files.items():
        is_text = name.startswith("text_")
        ending = "sms.txt" if is_text else "email.md"
        named_files[f"en/{name.removeprefix('text_')}.{ending}"] = source
    return TemplateSet(named_files)


def shipped(pack: str) -> TemplateSet:
    root = TEMPLATES / pack
    files = [path for path in root.glob("*/*") if path.is_file()]
    return TemplateSet({f"{p.parent.name}/{p.name}": p.read_text("utf-8") for p in files})


def substituted(text: str, keys: Mapping[str, str]) -> str:
    """What a provider does: every key replaced by its value, values not looked into."""
    if not keys:
        return text
    pattern = "|".join(re.escape(key) for key in keys)
    return re.sub(pattern, lambda found: keys[found[0]], text)


def received(mails: list[BulkEmail]) -> dict[int, tuple[str, str, str]]:
    """index -> subject, HTML and text as that recipient gets them."""
    return {
        index: (
            substituted(mail.subject, keys),
            substituted(mail.html, keys),
            substituted(mail.text, keys),
        )
        for mail in mails
        for index, keys in mail.members
    }
