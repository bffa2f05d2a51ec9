"""The A4 poster prints the letters of every language it is offered in."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest

from outreach.core.errors import CannotRender
from outreach.web.public.poster_pdf import Poster, draw_poster
from outreach.web.public.words import languages_of_words, words_in

POSTER = Poster(
    language="en",
    school="Greenhill",
    organisation="Safe Online Network",
    title="Messages for parents",
    lead="Short, free messages about online safety.",
    scan="Scan this with your phone",
    open="or open",
    address="https://outreach.example.org/join/greenhill",
    text="Or send a text",
    word="JOIN GREENHILL",
    number="+447700900999",
    free="We write only to people who said yes themselves.",
    link="https://outreach.example.org/join/greenhill?lang=en",
)
# U+200C keeps two Arabic letters from joining.
APART = "\u200c"
BEH = "\u0628"


def read(pdf: bytes) -> str:
    """The words of its one page, as somebody who copies them gets them."""
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    return str(document[0].get_textpage().get_text_range())


def lettering(title: str) -> list[float]:
    """Where the letters of a title begin, from its first letter to its last."""
    document = pypdfium2.PdfDocument(draw_poster(replace(POSTER, title=title)))
    words = document[0].get_textpage()
    shown = words.get_text_range()
    return [words.get_charbox(place)[0] for place, sign in enumerate(shown) if sign in set(title)]


@pytest.mark.parametrize(
    ("language", "school"),
    [
        ("de", "Grundschule Grünhügel, Weiß"),
        ("pl", "Szkoła Podstawowa w Łodzi, żółć"),
        ("ro", "Școala Gimnazială Țăndărei"),
        ("bg", "Основно училище „Христо Ботев“"),
        ("el", "Δημοτικό Σχολείο Αθηνών"),
        ("hu", "Hősök Általános Iskola, űr"),
        ("cs", "Základní škola Žďár, říčka"),
        ("uk", "Ліцей імені Лесі Українки, ґанок"),
        ("tr", "Güneş İlkokulu, ağaç"),
        ("ar", "مدرسة"),
    ],
)
def test_poster_prints_the_letters_of_a_language(language: str, school: str) -> None:
    poster = replace(POSTER, language=language, school=school)
    assert school in read(draw_poster(poster))


@pytest.mark.parametrize("language", languages_of_words())
def test_the_words_of_every_language_fit_on_one_page(language: str) -> None:
    words = words_in(language).poster
    said = {name: words[name] for name in ("title", "scan", "open", "text", "free")}
    lead = words["lead"].format(topics="online safety")
    poster = replace(POSTER, language=language, lead=lead, school="A long name " * 8, **said)
    shown = read(draw_poster(poster))
    assert POSTER.address in shown
    assert POSTER.number in shown


def test_arabic_letters_join() -> None:
    joined, apart = (lettering(title) for title in (BEH * 8, APART.join(BEH * 8)))
    assert max(joined) - min(joined) < max(apart) - min(apart)


def test_a_letter_that_the_font_lacks_is_refused_with_the_way_out() -> None:
    with pytest.raises(CannotRender, match="school") as refused:
        draw_poster(replace(POSTER, school="\u0985"))
    assert refused.value.remedy
