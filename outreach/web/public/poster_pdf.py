"""Draws the poster: one A4 page with a QR code, the address of the page, number and word.

The letters are FiraGO's (SIL Open Font License), embedded: Latin, Greek, Cyrillic, Arabic,
Hebrew, Georgian, Thai and Devanagari. HarfBuzz joins and orders them, also from right to left.
A letter that the font does not have raises CannotRender.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import segno
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue
from fpdf.fonts import TTFFont

from outreach.core.clock import now
from outreach.core.errors import CannotRender
from outreach.web.print_fonts import print_faces

_Colour = tuple[int, int, int]
_INK: _Colour = (0x16, 0x28, 0x2B)
_BRAND: _Colour = (0x0F, 0x4A, 0x4C)
_SOFT: _Colour = (0x4F, 0x60, 0x63)
_WHITE: _Colour = (0xFF, 0xFF, 0xFF)
# Millimetres, from the top left of the page.
_WIDTH, _HEIGHT = 210.0, 297.0
_MARGIN = 18.0
_BAND = 74.0
_CODE = 92.0
_POINT = 25.4 / 72
_FAMILY = "poster"


@dataclass(frozen=True)
class Poster:
    """All words of a poster. `link`: what the QR code holds. `word`, `number`: "" for none.
    `language`: a BCP 47 tag, for those who have the page read out."""

    language: str
    school: str
    organisation: str
    title: str
    lead: str
    scan: str
    open: str
    address: str
    text: str
    word: str
    number: str
    free: str
    link: str


@dataclass(frozen=True)
class _Line:
    """Centred text, wrapped where it is too long. `size`: points. `above`: millimetres."""

    text: str
    size: int
    is_bold: bool = False
    colour: _Colour = _INK
    above: float = 0.0


def draw_poster(poster: Poster) -> bytes:
    """The PDF. Raises CannotRender for letters that the font does not have."""
    page = _new_page(poster)
    _check_letters(page, poster)
    band = [
        _Line(poster.title, 34, True, _WHITE, 12),
        _Line(poster.school, 22, True, _WHITE, 2),
        _Line(poster.lead, 16, False, _WHITE, 3),
    ]
    foot = _Line(f"{poster.free} {poster.organisation}", 12, False, _SOFT)
    below_code = _below_code(poster)
    band_height = max(_BAND, _height(page, *band) + 10)
    page.set_fill_color(*_BRAND)
    page.rect(0, 0, _WIDTH, band_height, style="F")
    _write(page, 0, *band)
    top = _write(page, band_height, _Line(poster.scan, 20, True, above=8)) + 5
    foot_top = _HEIGHT - 16 - _height(page, foot)
    # Long words of a language take their room from the code, which is far larger than it must be.
    side = min(_CODE, foot_top - top - _height(page, *below_code) - 4)
    _draw_code(page, poster.link, top, side)
    _write(page, top + side, *below_code)
    _write(page, foot_top, foot)
    return bytes(page.output())


def _below_code(poster: Poster) -> list[_Line]:
    found = [
        _Line(poster.open, 14, False, _SOFT, 4),
        _Line(poster.address, 15, True, above=1),
    ]
    if poster.word:
        found += [
            _Line(poster.text, 14, False, _SOFT, 5),
            _Line(poster.word, 21, True, above=1),
            _Line(poster.number, 21, True),
        ]
    return found


def _new_page(poster: Poster) -> FPDF:
    page = FPDF(format="A4")
    for style, path in print_faces().items():
        page.add_font(_FAMILY, style, path)
    page.set_font(_FAMILY)
    page.set_text_shaping(True)
    page.set_auto_page_break(False)
    page.set_margins(_MARGIN, 0)
    page.set_lang(poster.language)
    page.set_title(f"{poster.title}: {poster.school}")
    page.set_author(poster.organisation)
    page.set_creation_date(now())
    page.add_page()
    return page


def _draw_code(page: FPDF, link: str, top: float, side: float) -> None:
    """Dark squares on white, with the quiet zone that readers need (ISO/IEC 18004: four)."""
    rows = list(segno.make_qr(link, error="q").matrix_iter(border=4))
    square = side / len(rows)
    left = (_WIDTH - side) / 2
    page.set_fill_color(0, 0, 0)
    for down, row in enumerate(rows):
        for across, is_dark in enumerate(row):
            if is_dark:
                # A hair larger than its place: no white seams between the squares in print.
                page.rect(
                    left + across * square,
                    top + down * square,
                    square + 0.04,
                    square + 0.04,
                    style="F",
                )


def _write(page: FPDF, top: float, *lines: _Line) -> float:
    """One below the other; returns where they end."""
    for line in lines:
        page.set_text_color(*line.colour)
        page.set_xy(_MARGIN, top + line.above)
        _put(page, line, is_measured=False)
        top = page.get_y()
    return top


def _height(page: FPDF, *lines: _Line) -> float:
    return sum(line.above + _put(page, line, is_measured=True) for line in lines)


def _put(page: FPDF, line: _Line, *, is_measured: bool) -> float:
    page.set_font(style="B" if line.is_bold else "", size=line.size)
    spacing = line.size * 1.25 * _POINT
    rows = page.multi_cell(
        _WIDTH - 2 * _MARGIN,
        spacing,
        line.text,
        align=Align.C,
        dry_run=is_measured,
        output=MethodReturnValue.LINES,
        new_x="LMARGIN",
        new_y="NEXT",
    )
    return spacing * len(cast(list[str], rows))


def _check_letters(page: FPDF, poster: Poster) -> None:
    known = cast(TTFFont, page.fonts[_FAMILY]).cmap
    for name, text in vars(poster).items():
        missing = [letter for letter in text if letter.isprintable() and ord(letter) not in known]
        if missing:
            raise CannotRender(
                f"The poster cannot print {missing[0]!r} ({name}).",
                remedy="Print the page of the school itself in this language.",
            )
