"""A text that would take too many parts says less, by what its author marked."""

from __future__ import annotations

from dataclasses import replace

from content_builders import pack_of, values
from hypothesis import given
from hypothesis import strategies as st

from outreach.content import SchoolValues, SmsText, Values
from outreach.content.segments import MOST_PARTS

LONG = "{{ school.name }}: " + "word " * 42
MORE = "{% if sms.has_room %}more, more, more, more{% else %}less{% endif %} "
PACK = pack_of(text_both=LONG + MORE + "{{ help.sms_line }}", text_neither=LONG * 2)
HELP = "Emergency 999. Help:"


def at(name: str) -> Values:
    return replace(values(), school=SchoolValues(name, "GB"))


def written(step: str, name: str) -> SmsText:
    return PACK.write_sms("en", step, at(name))


def test_with_room_it_says_all() -> None:
    text = written("both", "Hill")
    assert "more, more, more" in text.text
    assert f"{HELP} Childline 0800 1111" in text.text
    assert not text.is_shortened


def test_the_name_of_the_help_line_goes_first_and_its_number_stays() -> None:
    text = written("both", "H" * 35)
    assert "more, more, more" in text.text
    assert f"{HELP} 0800 1111" in text.text
    assert (text.segments, text.is_shortened) == (2, True)


def test_then_goes_what_the_author_marked_and_the_name_comes_back_where_it_fits() -> None:
    texts = [written("both", "H" * length).text for length in range(10, 70)]
    ways = [("more" in text, "Childline" in text) for text in texts if "word" in text]
    said = list(dict.fromkeys(ways))
    assert said == [(True, True), (True, False), (False, True), (False, False)]


def test_a_text_that_is_too_long_in_any_way_takes_the_fewest_parts() -> None:
    assert written("neither", "Hill").segments == 3
    assert written("both", "H" * 150).segments == 3


@given(st.text(alphabet="Hé Ш", min_size=1, max_size=90).filter(str.strip))
def test_no_text_is_shortened_that_fits_and_none_is_long_where_a_shorter_one_fits(
    name: str,
) -> None:
    text = written("both", name)
    if text.is_shortened:
        assert text.segments <= text.most_segments
    shortest = PACK.draft_sms("en", "both", at(name))
    fits = text.segments <= MOST_PARTS[text.encoding]
    shorter = [shortest.said(room, name) for room in type(shortest.room_for(name))]
    assert fits == any(each.segments <= MOST_PARTS[each.encoding] for each in shorter)


@given(st.text(alphabet="abc", min_size=1, max_size=80))
def test_a_draft_gives_each_school_what_it_would_get_alone(name: str) -> None:
    draft = PACK.draft_sms("en", "both", at("Hill"))
    assert draft.for_school(name) == written("both", name)


def test_a_letter_of_the_school_s_name_does_not_turn_a_plain_text_into_ucs_2() -> None:
    text = written("both", "Škola")
    assert (text.encoding, text.segments) == ("GSM-7", 2)
    assert text.text.startswith("Skola: ")
    assert written("both", "Школа").encoding == "UCS-2"
