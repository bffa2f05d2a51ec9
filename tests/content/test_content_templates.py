"""What is wrong with a template is said at once, with file and line, before it is used."""

from __future__ import annotations

from dataclasses import replace

import pytest
from content_builders import email_source, named, pack_of, values

from outreach.content import TemplateKey, TemplateSet
from outreach.content.context import MOST_OUTPUT_CHARACTERS
from outreach.content.phrases import HelpText, LineText
from outreach.content.variables import VARIABLES, Record
from outreach.core.channels import Channel
from outreach.core.errors import CannotRender, NotFound


def findings(files: dict[str, str]) -> list[tuple[str, str]]:
    return [(problem.code, problem.where) for problem in TemplateSet(files).problems()]


def test_every_fault_of_a_pack_is_listed_at_once() -> None:
    files = {
        "en/a.email.md": email_source("ok\n\n{{ school.nmae }}\n", subject="{{ stepp.number }}"),
        "en/b.email.md": "Just a text\n",
        "en/c.sms.txt": "line\n{% if %}\n",
        "en/d.email.md": email_source("x", subject=" "),
        "e n/x.doc": "?",
        "eo/a.sms.txt": "Saluton",
    }
    assert findings(files) == [
        ("template-name", "e n/x.doc"),
        ("unknown-variable", "en/a.email.md:2"),
        ("unknown-variable", "en/a.email.md:8"),
        ("no-front-matter", "en/b.email.md:1"),
        ("template-syntax", "en/c.sms.txt:2"),
        ("empty-subject", "en/d.email.md:2"),
        ("no-phrases", "eo/a.sms.txt"),
    ]


def test_the_sentence_for_a_misspelt_variable_names_it_and_what_there_is() -> None:
    [problem] = pack_of(text_x="Hi {{ school.nmae }}").problems()
    assert str(problem) == (
        "en/x.sms.txt:1: There is no variable school.nmae. There is: country, name."
    )


def test_a_fault_in_a_branch_that_never_runs_is_found() -> None:
    loop = "{% for line in help.report %}\n{{ line.phon }}\n{% endfor %}"
    source = "{% if language == 'xx' %}\n" + loop + "\n{% endif %}x"
    assert findings({"en/x.sms.txt": source}) == [("unknown-variable", "en/x.sms.txt:3")]


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("{{ school.name | safe }}", "unknown-filter"),
        ("{{ school.name | attr('x') }}", "unknown-filter"),
        ("{{ school.__class__ }}", "unknown-variable"),
        ("{{ school.name.upper() }}", "not-allowed-in-template"),
        ("{{ school['name'] }}", "not-allowed-in-template"),
        ("{{ self }}", "unknown-variable"),
        ("{{ cycler }}", "unknown-variable"),
        ("{{ 9 ** 99999 }}", "not-allowed-in-template"),
        ("{{ 'x' * 999999999 }}", "not-allowed-in-template"),
        ("{% for i in range(9) %}{% endfor %}", "not-allowed-in-template"),
        ("{% include 'en/other.sms.txt' %}", "not-allowed-in-template"),
        ("{% import 'os' as os %}", "not-allowed-in-template"),
        ("{% set x = school %}", "not-allowed-in-template"),
        ("{% macro m() %}{% endmacro %}", "not-allowed-in-template"),
        ("{% block b %}{% endblock %}", "not-allowed-in-template"),
        ("{{ help.helplines }}", "not-printable"),
        ("{{ school }}", "not-printable"),
        ("{% for school in help.report %}{% endfor %}", "bad-loop"),
        ("{% for c in school.name %}{% endfor %}", "bad-loop"),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "template-syntax"),
    ],
)
def test_a_template_can_only_print_test_and_loop(expression: str, code: str) -> None:
    codes = {problem.code for problem in pack_of(text_x=f"Hi {expression}").problems()}
    assert code in codes


def test_a_pack_with_findings_writes_nothing() -> None:
    pack = pack_of(text_x="{{ school.nmae }}", text_y="fine")
    with pytest.raises(CannotRender, match=r"school\.nmae"):
        pack.write_sms("en", "y", values())


@pytest.mark.parametrize(
    ("source", "code", "line"),
    [
        ("---\nsubject: a: b\n---\nx", "bad-front-matter", 2),
        ("---\nsubject: x\npreheader: y\nreviewed_by: null\nsubjekt: z\n---\nx", "unknown-key", 5),
        ("---\nsubject: x\npreheader: y\n---\nx", "missing-key", 1),
        ("---\nsubject: [x]\npreheader: y\nreviewed_by: null\n---\nx", "bad-front-matter", 2),
        ("---\nsubject: x\n", "no-front-matter", 1),
        ("---\n- x\n---\nx", "bad-front-matter", 1),
        ("---\nsubject: x\npreheader: y\nreviewed_by: null\n---\n \n", "empty-text", 6),
    ],
)
def test_a_bad_head_is_found_with_its_line(source: str, code: str, line: int) -> None:
    assert (code, f"en/x.email.md:{line}") in findings({"en/x.email.md": source})


def test_a_file_from_a_windows_editor_is_read_alike() -> None:
    plain = email_source("# Hi\n\nThere\n")
    windows = "\ufeff" + plain.replace("\n", "\r\n")
    one, other = pack_of(letter=plain), pack_of(letter=windows)
    assert other.problems() == []
    assert other.write_email("en", "letter", [values()]) == one.write_email(
        "en", "letter", [values()]
    )


@pytest.mark.parametrize("nothing", [None, "", "  \n ", "\u202e", "\u200e\u200b"])
def test_an_empty_name_is_never_printed(nothing: str | None) -> None:
    with pytest.raises(CannotRender, match=r"recipient\.name has no value") as caught:
        pack_of(text_x="Hi\n{{ recipient.name }}").write_sms("en", "x", named(nothing))
    assert caught.value.where == "en/x.sms.txt:2"


def test_a_filtered_or_looped_missing_value_blocks_as_well() -> None:
    for source in ("{{ recipient.name | upper }}", "{{ recipient.name == 'Ann' }}"):
        with pytest.raises(CannotRender, match=r"recipient\.name|an expression"):
            pack_of(text_x=source).write_sms("en", "x", named(None))
    loop = pack_of(text_x="{% for line in help.helplines %}{{ line.hours }}{% endfor %}")
    with pytest.raises(CannotRender, match=r"line\.hours has no value"):
        loop.write_sms("en", "x", values("GB"))


def test_a_message_without_a_step_cannot_name_its_number() -> None:
    with pytest.raises(CannotRender, match=r"step\.number has no value"):
        pack_of(text_x="{{ step.number }}").write_sms("en", "x", replace(values(), step=None))


def test_the_output_is_bounded() -> None:
    row = (
        "{% for a in help.report %}{% for b in help.report %}"
        + "x" * 20_000
        + "{% endfor %}{% endfor %}"
    )
    with pytest.raises(CannotRender, match=f"{MOST_OUTPUT_CHARACTERS:,}"):
        pack_of(text_x=row).write_sms("en", "x", values("GB"))


def test_a_country_without_help_lines_gets_no_message() -> None:
    pack = pack_of(letter=email_source("Hi"), text_x="Hi")
    with pytest.raises(CannotRender, match="For BR there is not a verified help line"):
        pack.write_email("en", "letter", [values("BR")])
    with pytest.raises(CannotRender, match="For BR"):
        pack.write_sms("en", "x", values("BR"))


def test_languages_are_those_of_the_files() -> None:
    pack = TemplateSet(
        {"en/a.sms.txt": "x", "de/a.sms.txt": "y", "de/a.email.md": email_source("z")}
    )
    assert pack.languages("a", Channel.SMS) == {"en", "de"}
    assert pack.languages("a", Channel.EMAIL) == {"de"}
    assert pack.languages("b", Channel.SMS) == frozenset()
    with pytest.raises(NotFound, match="no sms template b in en"):
        pack.write_sms("en", "b", values())


def test_a_review_is_told_by_the_head() -> None:
    pack = pack_of(text_x="---\nreviewed_by: Maria Ruiz\n---\nHola", text_y="Hola")
    assert pack.reviewed_by(TemplateKey("en", "x", Channel.SMS)) == "Maria Ruiz"
    assert pack.reviewed_by(TemplateKey("en", "y", Channel.SMS)) is None


def test_the_list_of_variables_and_the_help_records_agree() -> None:
    shown = VARIABLES["help"]
    assert isinstance(shown, Record)
    assert set(shown.fields) == set(HelpText.__dataclass_fields__)
    line = shown.fields["emergency"]
    assert isinstance(line, Record)
    assert set(line.fields) == set(LineText.__dataclass_fields__)


def test_pictures_and_raw_html_never_reach_the_reader() -> None:
    pack = pack_of(letter=email_source("![x](https://t.example/p.gif) <img src=x> <b>y</b>"))
    [mail] = pack.write_email("en", "letter", [values()])
    assert "<img" not in mail.html
    assert "<b>" not in mail.html


def test_the_plain_text_reads_well() -> None:
    body = (
        "# Title\n\nOne **bold** [page](https://x.org/a) and <https://y.org>.\n\n"
        "1. first\n2. second\n   - inner " + "word " * 20 + "\n\n> said\n\n---\n\n    code\n"
    )
    [mail] = pack_of(letter=email_source(body)).write_email("en", "letter", [values()])
    text = mail.text.split("-" * 40)[0]
    assert text.startswith("Title\n=====\n\nOne bold page: https://x.org/a and https://y.org.\n")
    assert "\n1. first\n2. second\n   - inner word" in text
    assert "\n     word" in text
    assert "\n> said\n" in text
    assert all(len(line) <= 72 for line in text.splitlines())
