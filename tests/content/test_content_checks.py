"""The checks of messages, where the table of broken campaigns does not reach: the layout, reading
level, what a text costs, the age of help lines, one draft for many schools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from content_builders import TEMPLATES, email_source, pack_of, shipped, values
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.content import SchoolValues, TemplateSet, help_directory
from outreach.content.checks import MessagePlan, StepPlan, compared, reports_of, text_costs
from outreach.content.checks.contrast import Pair, pairs_in
from outreach.content.checks.page import check_page
from outreach.content.checks.reading_level import level_of
from outreach.content.help_age import stale_entries, verified_by
from outreach.content.layout import default_layout
from outreach.core.errors import Problem

LAYOUT = (TEMPLATES / "layout" / "email.html").read_text("utf-8")


def findings(files: Mapping[str, str], plan: MessagePlan) -> tuple[Problem, ...]:
    return compared(reports_of(files, plan), plan)


def faults(right: str, wrong: str) -> list[tuple[str, int]]:
    assert right in LAYOUT
    found = check_page(LAYOUT.replace(right, wrong, 1), "email.html")
    return [(problem.code, int(problem.where.rpartition(":")[2])) for problem in found]


def line_of(text: str) -> int:
    return LAYOUT[: LAYOUT.index(text)].count("\n") + 1


def test_the_shipped_layout_has_no_finding() -> None:
    assert check_page(LAYOUT, "email.html") == ()
    assert default_layout().source == LAYOUT


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("<body>", "<body><script></script>", "not-supported"),
        ("<body>", '<body><img src="a.png">', "no-alt-text"),
        ("margin: 0 auto;", "margin: 0 auto; position: absolute;", "not-supported"),
        ("margin: 0 auto;", "margin: 0 auto; display: flex;", "not-supported"),
        ("margin: 0 auto;", "margin: 0 auto; width: 50vw;", "not-supported"),
        ("margin: 0 auto;", "background: url(a.png);", "not-supported"),
        ("font-size: 16px; line-height: 25px", "font-size: 11px; line-height: 25px", "small-text"),
    ],
)
def test_what_mail_programs_do_not_show_is_found_at_its_line(
    right: str, wrong: str, code: str
) -> None:
    assert (code, line_of(right)) in faults(right, wrong)


def test_pale_text_is_found_by_day_and_in_the_dark() -> None:
    assert "low-contrast" in dict(faults("color: #1d2b26", "color: #b0b0b0"))
    assert "low-contrast" in dict(faults(".text { color: #eef3f1", ".text { color: #303030"))
    assert "low-contrast" in dict(faults("color: #0b5d43;", "color: #ddd;"))


def test_contrast_is_that_of_the_standard() -> None:
    """The examples of WCAG's own technique G18."""
    assert Pair("#000000", "#ffffff", "", "").ratio == pytest.approx(21)
    assert Pair("#777777", "#ffffff", "", "").ratio == pytest.approx(4.48, abs=0.01)
    (pair,) = pairs_in('<p style="color:#abc;background-color:#001122 !important">x</p>')
    assert (pair.color, pair.ground) == ("#aabbcc", "#001122")


def test_the_shipped_messages_are_plain() -> None:
    for pack in ("say-no", "safer-internet-day"):
        files = {
            f"{path.parent.name}/{path.name}": path.read_text("utf-8")
            for path in (TEMPLATES / pack).glob("*/*")
        }
        found = {problem.code for problem in findings(files, MessagePlan("en"))}
        assert found == {"unreviewed-language"}


def test_long_words_and_sentences_are_hard_to_read_and_staff_may_read_more() -> None:
    plain = "We talk to you about safe use of the net. " * 6
    hard = "Comprehensive organisational recommendations concerning adolescents' " * 8
    files = {"en/a.email.md": email_source(f"{plain}\n"), "en/b.email.md": email_source(hard)}
    plan = MessagePlan("en", (StepPlan("b", for_staff=True),))
    found = [(p.code, p.where) for p in findings(files, plan)]
    assert ("hard-to-read", "en/b.email.md:6") in found
    assert not [where for code, where in found if code == "hard-to-read" and "a.email" in where]
    level = level_of(plain)
    assert level is not None
    assert level.lix == pytest.approx(10)
    assert level_of("Too short to say.") is None


def test_a_language_without_a_formula_is_held_to_the_length_of_its_words() -> None:
    long_words = "Megszentségteleníthetetlenségeskedéseitekért " * 8 + "és " * 40
    files = {"hu/a.email.md": email_source(long_words)}
    assert "hard-to-read" in {p.code for p in findings(files, MessagePlan("hu"))}


def test_what_a_text_comes_to_names_the_letter_that_made_it_dear() -> None:
    source = "{{ school.name }}: cześć. {{ help.sms_line }}. {{ sms.stop_line }}"
    (cost,) = text_costs(TemplateSet({"pl/a.sms.txt": source}), ["PL", "DE"])
    assert (cost.encoding, cost.outside_gsm) == ("UCS-2", ("ś", "ć"))
    assert cost.segments == 2
    assert cost.with_link > cost.segments


def test_help_lines_are_old_after_three_hundred_days_and_where_nobody_wrote_a_day() -> None:
    directory = help_directory()
    known = [e for e in directory.shown() if e.country == "GB" and verified_by(e.as_of)]
    newest = max(verified_by(entry.as_of) or date.min for entry in known)
    all_old = stale_entries(directory, "GB", date(2036, 1, 1))
    assert {e.name for e in known} <= {e.name for e in all_old}
    still_fresh = {e.name for e in known if verified_by(e.as_of) == newest}
    assert not still_fresh & {e.name for e in stale_entries(directory, "GB", newest)}
    assert (verified_by("2024"), verified_by("2024-10")) == (date(2024, 1, 1), date(2024, 10, 1))
    assert verified_by(None) is None


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1)
DRAFTED = pack_of(
    text_a="{{ school.name }}: hello {{ recipient.name }}. {{ help.sms_line }} {{ school.name }}.",
    text_b="{% if school.name %}{{ school.name|upper }}{% endif %}: hello. {{ help.sms_line }}",
)


@given(first=NAMES, second=NAMES)
@settings(deadline=None, max_examples=60)
def test_a_draft_gives_each_school_what_it_would_get_alone(first: str, second: str) -> None:
    one = replace(values(), school=SchoolValues(f"A{first}", "GB"))
    other = replace(one, school=SchoolValues(f"B{second}", "GB"))
    draft = DRAFTED.draft_sms("en", "a", one)
    assert draft.for_school(other.school.name) == DRAFTED.write_sms("en", "a", other)
    assert DRAFTED.draft_sms("en", "b", one).for_school(None).text.startswith("A")


def test_a_draft_in_arabic_keeps_a_latin_name_in_order() -> None:
    pack = shipped("say-no")
    one = values("DE", "ar")
    other = replace(one, school=SchoolValues("12 Primary", "DE"))
    draft = pack.draft_sms("ar", "what-to-do", one)
    assert draft.for_school("12 Primary") == pack.write_sms("ar", "what-to-do", other)
