"""The staff's pages in German: chosen in the foot or by the browser, and whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import web_builders as build
from django.template.loader import get_template
from django.utils import translation
from test_web_access import addresses  # noqa: F401  # the address of every guarded page
from web_client import AppClient
from web_rules import POST_ONLY

from outreach.core.errors import NotFound, NotNow
from outreach.delivery.history import HISTORY_WORDS
from outreach.organisation.models import Role, School, Staff
from outreach.web.catalogue import catalogues, read, stale, without_words
from outreach.web.gathering import error_sentences, finding_sentences

# Words of everyday English that are no German words.
ENGLISH = re.compile(
    r"\b(the|and|of|not|is|are|be|been|has|have|you|your|they|their|this|that|these|with|which|"
    r"nothing|nobody|what|when|where|why|how|for|by|on|at|it|its|or|from|to|until|before|after|"
    r"each|every|school|schools|parent|parents|message|messages|send|sends|sent|step|steps|day|"
    r"days|week|page|change|changed|back|without|waiting|yes|no)\b",
    re.IGNORECASE,
)
# What stands on the pages and is nobody's to translate: texts, names and notes of people, and
# words of the command line.
_OTHERS = re.compile(
    r"<(script|style|pre|code|blockquote|textarea|svg|template)\b.*?</\1>|"
    r"<(\w+)[^>]* lang=\"en\".*?</\2>|<!--.*?-->",
    re.DOTALL | re.IGNORECASE,
)
VALUE = re.compile(r"\{\d\}")
FILES = re.compile(r"\S+\.(csv|md|txt|yaml)\b")
DATA = (
    "school: greenhill",
    "The film, and one rule",
    "Where to report it, and who helps",
    "Say No!",
    "Safe Online Network",
    "Outreach",
)
# Downloads and data for the plot: they hold no words of a page.
NO_PAGES = {"launch-pace", "school-poster", "campaign-zip", "campaign-yaml"}
NO_PAGES |= {"campaign-email", "school-step-email"}  # an email as its reader gets it


def german(client: AppClient, address: str) -> str:
    """What people read on the page, in German, whatever it answers."""
    answer = client.get(address, headers={"Accept-Language": "de-AT,de;q=0.8"})
    return answer.content.decode() if answer["Content-Type"].startswith("text/html") else ""


def texts_on(page: str) -> list[str]:
    """What people see or hear on a page, but for what others wrote."""
    text = _OTHERS.sub(" ", page.partition("<body")[2])
    heard = re.findall(r' (?:aria-label|title|alt|placeholder|data-label)="([^"]*)"', text)
    lines = [FILES.sub("", line) for line in (*re.split(r"<[^>]+>", text), *heard)]
    for words in DATA:
        lines = [line.replace(words, "") for line in lines]
    return [line.strip() for line in lines if line.strip()]


def english_in(page: str) -> list[str]:
    """The lines with English words that people see or hear."""
    return [line for line in texts_on(page) if ENGLISH.search(line)]


def test_no_word_of_django_speaks_for_one_of_ours() -> None:
    [path] = catalogues()
    ours = {each.id: each.string for each in read(path) if isinstance(each.id, str) and each.id}
    with translation.override("de"):
        others = {text for text, words in ours.items() if translation.gettext(text) != words}
    assert others == set()


def test_the_catalogues_hold_exactly_the_words_of_the_pages() -> None:
    assert [str(path) for path in stale()] == [], "run: make words"


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.parent.parent.name)
def test_every_text_is_translated(path: Path) -> None:
    assert without_words(path) == []


def test_every_staff_page_is_german_throughout(
    client: AppClient,
    addresses: dict[str, str],  # noqa: F811  # the fixture above
) -> None:
    client.as_staff(build.build_staff("Adam", Role.ADMINISTRATOR))
    left = {}
    for name, address in addresses.items():
        if name in POST_ONLY | NO_PAGES:
            continue
        if found := english_in(german(client, address)):
            left[name] = found
    assert left == {}


@pytest.mark.parametrize("address", ["/sign-in", "/forgotten", "/nowhere"])
def test_pages_before_the_sign_in_are_german_throughout(
    client: AppClient, school: School, address: str
) -> None:
    page = german(client, address)
    assert '<html lang="de">' in page
    assert english_in(page) == []


@pytest.mark.parametrize("template", ["400.html", "403_csrf.html", "500.html"])
def test_pages_of_faults_are_german_throughout(template: str) -> None:
    with translation.override("de"):
        page = get_template(template).render()
    assert '<html lang="de">' in page
    assert english_in(page) == []


def test_the_choice_in_the_foot_stays_with_the_browser(client: AppClient, manager: Staff) -> None:
    client.as_staff(manager)
    assert '<html lang="en">' in client.get("/launches").content.decode()
    answer = client.post("/language", {"language": "de", "next": "/launches"})
    assert answer["Location"] == "/launches"
    page = client.get("/launches", headers={"Accept-Language": "en"}).content.decode()
    assert '<html lang="de">' in page
    assert "Versände" in page


def test_the_choice_leads_to_no_page_of_others(client: AppClient, school: School) -> None:
    answer = client.post("/language", {"language": "de", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_looking_does_not_choose_a_language(client: AppClient, school: School) -> None:
    assert client.get("/language?language=de").status_code == 405


def test_pages_of_parents_keep_their_own_choice(client: AppClient, school: School) -> None:
    client.cookies["language"] = "de"
    page = client.get("/genuine", headers={"Accept-Language": "es"}).content.decode()
    assert '<html lang="es"' in page


def test_an_error_is_said_in_german_with_the_values_in_it() -> None:
    error = NotFound("There is no school x{0}y.", remedy="`outreach school list` shows them.")
    english = "There is no school x{0}y. `outreach school list` shows them."
    assert str(error) == english
    with translation.override("de"):
        assert str(error) == "Es gibt keine Schule x{0}y. `outreach school list` zeigt sie."
        assert str(NotNow("Nobody has thought of this.")) == "Nobody has thought of this."


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.parent.parent.name)
def test_every_error_keeps_its_values_in_translation(path: Path) -> None:
    known = read(path)
    for words in {*error_sentences(), *finding_sentences(), *HISTORY_WORDS}:
        found = known.get(words)
        assert found is not None
        assert set(VALUE.findall(str(found.string))) == set(VALUE.findall(words))
