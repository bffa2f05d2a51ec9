"""Parts of a text message, counted as a carrier does."""

# ruff: noqa: RUF001  # typography is what is tested

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.content import count_segments, in_gsm_letters, normalise_sms


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "GSM-7", 0, 0),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("a" * 159 + "€", "GSM-7", 161, 2),
        # The euro's two septets would straddle the end of the first part.
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
        ("é" * 160, "GSM-7", 160, 1),
        ("í" * 70, "UCS-2", 70, 1),
        ("í" * 71, "UCS-2", 71, 2),
        ("😀" * 35, "UCS-2", 70, 1),
        # 33 pairs fill 66 of 67 units; the 34th goes into the next part.
        ("😀" * 67, "UCS-2", 134, 3),
        ("í" * 134, "UCS-2", 134, 2),
    ],
)
def test_parts_at_the_edges(text: str, encoding: str, units: int, segments: int) -> None:
    count = count_segments(text)
    assert (count.encoding, count.units, count.segments) == (encoding, units, segments)


def test_the_characters_that_cost_a_text_its_alphabet_are_named_once() -> None:
    assert count_segments("Colegio Ébano, Ávila, Ávila ó").outside_gsm == ("Á", "ó")


@given(st.text(max_size=700))
def test_the_parts_can_hold_the_text_and_no_fewer_could(text: str) -> None:
    count = count_segments(text)
    alone, joined = (160, 153) if count.encoding == "GSM-7" else (70, 67)
    if count.segments > 1:
        assert count.units > alone
        assert count.segments * joined >= count.units
        # A part loses at most one unit, to a pair that may not be split.
        assert (count.segments - 1) * (joined - 1) < count.units
    else:
        assert count.units <= alone
        assert count.segments == (1 if text else 0)


@given(st.text(max_size=300))
def test_units_are_utf_16_units_or_septets(text: str) -> None:
    count = count_segments(text)
    if count.encoding == "UCS-2":
        assert count.units == len(text.encode("utf-16-le")) // 2
        assert count.outside_gsm
    else:
        extended = sum(text.count(each) for each in "\f^{}\\[~]|€")
        assert count.units == len(text) + extended


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise_sms(text)
    assert normalise_sms(once) == once


@given(st.text(max_size=200))
def test_normalising_never_makes_a_text_dearer(text: str) -> None:
    assert count_segments(normalise_sms(text)).segments <= max(
        count_segments(text).segments,
        # Writing in NFC can only merge; a lone "…" may become three letters of GSM-7.
        count_segments(text.replace("…", "...")).segments,
    )


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("“Hi” it’s — fine…", '"Hi" it\'s - fine...'),
        ("“Ávila” it’s", "“Ávila” it’s"),
        ("a\u00a0b\u202fc \t d", "a b c d"),
        ("one\ntwo\n\n\nthree  ", "one two\nthree"),
        ("e\u0301te\u0301", "été"),
        ("zero\u200bwidth", "zerowidth"),
    ],
)
def test_typography_becomes_plain_where_that_saves_parts(text: str, normal: str) -> None:
    assert normalise_sms(text) == normal


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Škola Jana Žižky", "Skola Jana Zizky"),
        ("Szkoła Podstawowa w Łodzi", "Szkola Podstawowa w Lodzi"),
        ("Liceul „Ion Creangă”", 'Liceul "Ion Creanga"'),
        ("École Saint-Exupéry", "École Saint-Exupéry"),
        ("Škola Школа", "Škola Школа"),
    ],
)
def test_a_name_takes_the_nearest_letters_of_the_carriers_alphabet(name: str, written: str) -> None:
    assert in_gsm_letters(name) == written
