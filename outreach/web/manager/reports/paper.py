"""Prints a report on A4: its plot and its table, in the letters of `print_fonts`."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language, gettext
from fpdf import FPDF
from fpdf.enums import Align, TextEmphasis
from fpdf.fonts import FontFace

from outreach.core.clock import now
from outreach.reports.queries import Report
from outreach.web.manager.reports.drawing import WIDTH, Bar, drawing_of
from outreach.web.manager.reports.words import BY_WORDS, FIGURE_WORDS, Line, lines_of, not_shown
from outreach.web.print_fonts import print_faces
from outreach.web.templatetags.shown import thousands

_Colour = tuple[int, int, int]
_FAMILY = "report"
_INK: _Colour = (0x16, 0x28, 0x2B)
_SOFT: _Colour = (0x4F, 0x60, 0x63)
_PAPER: _Colour = (0xFF, 0xFF, 0xFF)
# Millimetres, on A4 lying on its side.
_MARGIN = 15.0
_LABEL, _BAR, _ROW = 70.0, 190.0, 6.0
_FIRST_COLUMN = 83
_OTHER_COLUMN = 23
_COLOURS: dict[str, _Colour] = {
    "delivered": (0x1F, 0x7A, 0x4D),
    "accepted": (0x4C, 0x8F, 0xB8),
    "unknown": (0xB3, 0x7A, 0x00),
    "failed": (0xB0, 0x2A, 0x2A),
    "skipped": (0xC4, 0xCC, 0xCD),
}


def print_report(report: Report, organisation: str) -> bytes:
    """The PDF. A letter that the font does not have is printed as an empty box."""
    page = _new_page(report, organisation)
    lines = lines_of(report, report.lines)
    _head(page, report, organisation)
    _plot(page, lines)
    _table(page, report, lines)
    _foot(page, report)
    return bytes(page.output())


def _title(report: Report) -> str:
    return (
        f"{report.campaign.title}: {report.launch.name}"
        if report.launch
        else (report.campaign.title)
    )


def _new_page(report: Report, organisation: str) -> FPDF:
    page = FPDF(orientation="landscape", format="A4")
    for style, path in print_faces().items():
        page.add_font(_FAMILY, style, path)
    page.set_font(_FAMILY)
    page.set_text_shaping(True)
    page.set_margins(_MARGIN, _MARGIN)
    page.set_auto_page_break(True, margin=_MARGIN)
    page.set_lang(get_language() or "en")
    page.set_title(_title(report))
    page.set_author(organisation)
    page.set_creation_date(now())
    page.add_page()
    return page


def _head(page: FPDF, report: Report, organisation: str) -> None:
    _say(page, _title(report), 20, _INK, is_bold=True)
    counted = f"{report.counted_at:%d %b %Y, %H:%M} UTC" if report.counted_at else "-"
    by = gettext("By: %(what)s") % {"what": BY_WORDS[report.by]}
    as_of = gettext("Counted: %(when)s") % {"when": counted}
    _say(page, f"{organisation}. {by}. {as_of}", 10, _SOFT)
    page.ln(3)


def _plot(page: FPDF, lines: Sequence[Line]) -> None:
    drawing = drawing_of(lines)
    if drawing is None:
        return
    for bar in drawing.bars:
        _bar(page, bar)
    page.ln(1)
    for kind, words in drawing.key:
        page.set_fill_color(*_COLOURS[kind])
        page.rect(page.get_x(), page.get_y() + 1, 3, 3, style="F")
        page.set_x(page.get_x() + 4)
        page.set_font(size=8)
        page.cell(page.get_string_width(f"{words}") + 5, 5, f"{words}")
    page.ln(9)


def _bar(page: FPDF, bar: Bar) -> None:
    page.set_font(size=9)
    page.set_text_color(*_INK)
    page.cell(_LABEL, _ROW, _short(page, bar.words))
    left, top = page.get_x(), page.get_y() + 1
    for part in bar.parts:
        page.set_fill_color(*_COLOURS[part.kind])
        width = part.width / WIDTH * _BAR
        page.rect(left + part.x / WIDTH * _BAR, top, width, _ROW - 2, style="F")
    page.ln(_ROW)


def _short(page: FPDF, words: str) -> str:
    """As much as fits beside the bar."""
    if page.get_string_width(words) <= _LABEL - 2:
        return words
    while words and page.get_string_width(f"{words}…") > _LABEL - 2:
        words = words[:-1]
    return f"{words}…"


def _table(page: FPDF, report: Report, lines: Sequence[Line]) -> None:
    page.set_font(size=9)
    page.set_text_color(*_INK)
    page.set_fill_color(*_PAPER)  # else each cell has the colour of the plot's last part
    widths = (_FIRST_COLUMN, *(_OTHER_COLUMN for _ in FIGURE_WORDS))
    aligned = (Align.L, *(Align.R for _ in FIGURE_WORDS))
    with page.table(
        col_widths=widths,
        text_align=aligned,
        borders_layout="HORIZONTAL_LINES",
        line_height=5,
        headings_style=FontFace(emphasis=TextEmphasis.B),
    ) as table:
        table.row([f"{BY_WORDS[report.by]}", *(f"{words}" for words in FIGURE_WORDS.values())])
        for line in lines:
            table.row([line.words, *_cells(line)])
        table.row([gettext("Together"), *_cells(Line("", report.together))])


def _cells(line: Line) -> list[str]:
    return [not_shown() if number is None else thousands(number) for _, number in line.numbers]


def _foot(page: FPDF, report: Report) -> None:
    page.ln(3)
    if report.hides:
        _say(
            page,
            gettext(
                "Numbers of fewer than ten people are not shown, nor those from which one could "
                "work them out."
            ),
            9,
            _SOFT,
        )


def _say(page: FPDF, words: str, size: int, colour: _Colour, *, is_bold: bool = False) -> None:
    page.set_font(style="B" if is_bold else "", size=size)
    page.set_text_color(*colour)
    page.multi_cell(0, size * 0.5, words, align=Align.L, new_x="LMARGIN", new_y="NEXT")
