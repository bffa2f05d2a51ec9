"""What runs from left to right inside Arabic stays readable: checked by how it is laid out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from content_builders import LINKS, STOP_PAGE, shipped, values
from fpdf.bidi import BidiParagraph

from outreach.content import SmsValues, help_directory
from outreach.content.bidi import RIGHT_TO_LEFT, begun_from_the_right, kept_in_order
from outreach.content.stop_line import stop_line

PACK = shipped("say-no")
_MARKS = re.compile("[\u200e\u200f]")
ARABIC = "مساعدة"


def laid_out(line: str) -> str:
    """The characters from left to right, as a program shows them that takes the direction of a
    line from its first letter (Unicode Standard Annex #9)."""
    return _MARKS.sub("", BidiParagraph(text=line).get_reordered_string())


@pytest.mark.parametrize(
    "value",
    [
        "116 111",
        "0800 111 0550",
        "1-800-668-6868",
        "+41 58 261 61 61",
        "https://www.safenet.bg/",
        "Telefon Zaufania (FDDS)",
        "Gymnasium am Stadtpark",
        "K7Q2-M3",
        "112",
    ],
)
def test_value_from_left_to_right_is_read_in_its_own_order(value: str) -> None:
    assert value in laid_out(f"{ARABIC} {kept_in_order(value)}, {ARABIC}")


def test_without_marks_the_groups_of_a_number_are_turned_round() -> None:
    assert "111 116" in laid_out(f"{ARABIC} 116 111, {ARABIC}")


@pytest.mark.parametrize("value", ["مدرسة الأمل", "للأطفال", "112", "Bris", ""])
def test_value_that_needs_no_mark_gets_none(value: str) -> None:
    assert kept_in_order(value) == value


def test_line_that_begins_with_a_latin_name_is_laid_out_from_the_right() -> None:
    line = begun_from_the_right(f"Bris: {ARABIC}.")
    assert line.startswith(RIGHT_TO_LEFT)
    assert laid_out(line).endswith(" :Bris")
    assert begun_from_the_right(f"{ARABIC}: Bris") == f"{ARABIC}: Bris"


@pytest.mark.parametrize("country", ["CA", "CH", "DE", "PL", "SE"])
@pytest.mark.parametrize("link", [None, STOP_PAGE])
def test_a_text_shows_number_name_and_link_as_they_are_written(
    country: str, link: str | None
) -> None:
    reader = replace(values(country, "ar"), sms=SmsValues(stop_line("ar", link)))
    shown = laid_out(PACK.write_sms("ar", "what-to-do", reader).text)
    line = help_directory().for_country(country).helpline
    assert line is not None
    # Where there is little room, the number stands without the name.
    named = f"{line.name} {line.phone}" if line.name in shown else f"{line.phone}"
    assert named in shown
    assert reader.school.name is not None
    assert shown.endswith(f":{reader.school.name}")
    assert link is None or link in shown


@pytest.mark.parametrize("country", ["CA", "CH", "DE", "SE"])
def test_the_plain_text_of_a_mail_shows_numbers_and_links_as_they_are_written(
    country: str,
) -> None:
    [mail] = PACK.write_email("ar", "where-to-report", [values(country, "ar")])
    shown = " ".join(laid_out(line) for line in mail.text.split("\n"))
    lines = help_directory().for_country(country)
    for line in (*lines.helplines, *lines.emergencies):
        assert line.phone is None or line.phone in shown
    for each in lines.report:
        assert each.url is None or each.url in shown
    assert str(LINKS.stop) in shown


def test_no_mark_is_taken_for_a_part_of_a_link_in_the_plain_text_of_a_mail() -> None:
    [mail] = PACK.write_email("ar", "where-to-report", [values("DE", "ar")])
    links = re.findall(r"https?://\S+", mail.text)
    assert str(LINKS.stop) in links
    assert not any(_MARKS.search(link) for link in links)


def test_a_mail_isolates_what_a_reader_calls_and_what_a_school_is_called() -> None:
    [mail] = PACK.write_email("ar", "where-to-report", [values("DE", "ar")])
    number = r'<a href="tel:08001110550" dir="ltr"[^>]*><bdi>0800 111 0550</bdi>'
    assert re.search(number, mail.html)
    assert mail.html.count("<bdi>Gymnasium am Stadtpark Bochum</bdi>") >= 2


def test_a_mail_from_left_to_right_has_no_mark() -> None:
    [mail] = PACK.write_email("de", "where-to-report", [values("DE", "de")])
    assert not _MARKS.search(mail.text)
    assert 'dir="ltr">0800' not in mail.html
