"""Many readers by column, and texts that are kept: what each gets is what they would get alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from content_builders import LINKS, SCHOOLS, email_source, named, pack_of, received, values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.content import BulkEmail, CannotRenderSome, Readers, Recipient, TemplateSet, Values
from outreach.content.slots import Place, escape, needs_no_escape
from outreach.content.values import are_clean, clean_text
from outreach.core.errors import CannotRender

SOURCE = email_source(
    "{% if recipient.name %}Dear {{ recipient.name }}{% else %}Dear family{% endif %}.\n\n"
    "{% if school.name == 'Hill' %}On the hill.{% endif %} {{ school.name }} {{ school.country }}\n"
    "\n[Stop]({{ links.stop }}) or [ask](https://x.org/?q={{ recipient.name }})\n",
    subject="{{ school.name }}: tip {{ step.number }}",
)
PACK = pack_of(letter=SOURCE)
COUNTRIES = ["GB", "DE", "CZ"]
NAMES = st.one_of(st.none(), st.sampled_from(["Ann", "", "  ", "Hill", "<b>", "a  b", "Zoë"]))
SIGNS = st.text("ab \t\n<>&'\"`\\\x00\u2028\u200eé:/", max_size=6)
LINES = st.lists(
    st.one_of(SIGNS, st.sampled_from(["Ann", "https://x.org/a", "https://", "http://x"])),
    min_size=1,
    max_size=4,
)


def _many(names: list[str | None], places: list[int], schools: list[str]) -> Readers:
    common = [
        replace(values(country), school=replace(values(country).school, name=school))
        for country, school in zip(COUNTRIES, schools, strict=True)
    ]
    stops = [f"https://x.org/u/{number}?a=1&b=2" for number in range(len(names))]
    return Readers(common, places[: len(names)], {"recipient.name": names, "links.stop": stops})


def _written(pack: TemplateSet, readers: Readers | list[Values]) -> list[BulkEmail]:
    try:
        return pack.write_email("en", "letter", readers)
    except CannotRenderSome as error:
        return error.written


@given(
    names=st.lists(NAMES, min_size=1, max_size=6),
    places=st.lists(st.integers(0, 2), min_size=6, max_size=6),
    schools=st.lists(st.sampled_from(["Hill", "West", "A & B"]), min_size=3, max_size=3),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_readers_by_column_get_the_bytes_of_readers_one_by_one(
    names: list[str | None], places: list[int], schools: list[str]
) -> None:
    many = _many(names, places, schools)
    one_by_one = [many.values(index) for index in range(len(many))]
    assert received(_written(PACK, many)) == received(_written(PACK, one_by_one))


def test_a_reader_by_column_has_their_own_values_and_those_of_their_school() -> None:
    many = _many(["Ann", None], [1, 0], ["Hill", "West", "A & B"])
    reader = many.values(0)
    assert reader.recipient == Recipient("Ann")
    assert reader.links == replace(LINKS, stop="https://x.org/u/0?a=1&b=2")
    assert (reader.school.name, reader.help.country) == ("West", "DE")
    assert many.values(1).recipient == Recipient(None)


def test_a_pack_that_has_written_before_writes_as_a_new_one() -> None:
    """Its kept texts are for readers who are alike in all that the template looks at."""
    for country in SCHOOLS:
        for name in ("Ann", None, "Bob"):
            readers = [values(country, name=name), values(country, name="Cem")]
            afresh = pack_of(letter=SOURCE)
            assert received(_written(PACK, readers)) == received(_written(afresh, readers))


def test_a_template_that_looks_at_many_schools_gives_each_its_own() -> None:
    pack = pack_of(letter=email_source("{{ school.name | upper }}"))
    for _ in range(2):
        for number in range(40):
            reader = values()
            school = replace(reader.school, name=f"School {number}")
            [mail] = pack.write_email("en", "letter", [replace(reader, school=school)])
            assert f"SCHOOL {number}\n" in mail.text


def test_a_name_that_is_a_key_of_an_earlier_mail_stays_a_name() -> None:
    """Of both readers: it is written into the text itself, beside keys that are still to come."""
    links = ["https://x.org/1", "https://x.org/2"]
    [before] = PACK.write_email("en", "letter", [named("Ann", links[0]), named("Bob", links[1])])
    for key in before.members[0][1]:
        mails = PACK.write_email("en", "letter", [named(key, link) for link in links])
        for index, link in enumerate(links):
            assert f"Dear {key}." in received(mails)[index][2]
            assert f"Stop: {link}" in received(mails)[index][2]


def test_a_link_that_is_missing_for_one_by_column_refuses_that_one() -> None:
    stops = ["https://x.org/1", None, "https://x.org/3"]
    readers = Readers([values()], [0, 0, 0], {"links.stop": stops})
    with pytest.raises(CannotRenderSome, match=r"links\.stop has no value") as caught:
        PACK.write_email("en", "letter", readers)
    assert set(caught.value.refused) == {1}
    assert set(received(caught.value.written)) == {0, 2}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (email_source("Hi", subject="{% if recipient.name %}Hi{% endif %}"), None),
        (email_source("[x]({{ recipient.name | lower }})"), "javascript:alert(1)"),
    ],
)
def test_readers_whose_text_cannot_be_made_are_refused_and_no_others(
    source: str, name: str | None
) -> None:
    pack = pack_of(letter=source)
    readers = [named("https://x.org/a"), named(name), named("https://x.org/a")]
    with pytest.raises(CannotRenderSome) as caught:
        pack.write_email("en", "letter", readers)
    assert set(caught.value.refused) == {1}
    assert set(received(caught.value.written)) == {0, 2}


def test_nobody_to_write_to_is_no_mail() -> None:
    assert PACK.write_email("en", "letter", []) == []


@given(LINES)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_lines_judged_clean_at_once_are_clean_one_by_one(lines: list[str]) -> None:
    if are_clean(lines):
        assert [clean_text(line) for line in lines] == lines
        assert all(lines)


@pytest.mark.parametrize("line", ["Ann ", " Ann", "a  b", "", "a\tb", "a\nb", "Zoë", "\x7f"])
def test_a_line_that_is_not_clean_is_found_among_others(line: str) -> None:
    assert are_clean(["Bob", "Cem"])
    for lines in ([line, "Bob"], ["Bob", line, "Cem"], ["Bob", line]):
        assert not are_clean(lines)


@pytest.mark.parametrize("link", ["https://", "x.org", "https://a b", "https://a'", "https://é<"])
def test_a_link_that_is_none_is_found_among_others(link: str) -> None:
    good = "https://x.org/a"
    assert needs_no_escape([good, good], Place.ADDRESS)
    for links in ([link, good], [good, link, good], [good, link]):
        assert not needs_no_escape(links, Place.ADDRESS)


@given(LINES, st.sampled_from(Place))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_lines_that_need_no_escape_at_once_need_none_one_by_one(
    lines: list[str], place: Place
) -> None:
    if needs_no_escape(lines, place):
        assert [_escaped(line, place) for line in lines] == lines


def _escaped(line: str, place: Place) -> str | None:
    try:
        return escape(line, place, "", "")
    except CannotRender:
        return None


def test_a_thousand_plain_names_and_links_are_judged_at_once() -> None:
    names = [f"Parent {number}" for number in range(1000)]
    links = [f"https://x.org/u/{number}" for number in range(1000)]
    assert are_clean(names)
    assert needs_no_escape(names, Place.HTML)
    assert needs_no_escape(links, Place.ADDRESS)
    assert not needs_no_escape([*links, "javascript:alert(1)"], Place.ADDRESS)
    assert not needs_no_escape([*links, "https://x.org/a\nhttps://x.org/b'"], Place.ADDRESS)
