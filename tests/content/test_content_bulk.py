"""One email for many: the same bytes as one by one, and nothing a value could break."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from content_builders import LINKS, email_source, named, pack_of, received, values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.content import BulkEmail, CannotRenderSome, TemplateSet, Values
from outreach.content.email_writer import MOST_SUBSTITUTION_BYTES

PLAIN = pack_of(
    letter=email_source(
        "# Dear {{ recipient.name }}\n\n**{{ recipient.name }}**, _{{ school.name }}_ writes.\n\n"
        "- [Stop]({{ links.stop }}) and `{{ recipient.name }}`\n\n> {{ recipient.name }}\n",
        subject="{{ recipient.name }}, tip {{ step.number }}",
        preheader="For {{ recipient.name }}",
    )
)
BRANCHING = pack_of(
    letter=email_source(
        "{% if recipient.name %}Dear {{ recipient.name }}{% else %}Dear family{% endif %}.\n\n"
        "{% if school.name == 'Hill' %}On the hill.{% endif %} {{ school.name | upper }}\n"
    )
)
BOTH = [PLAIN, BRANCHING]

# The names that have broken mailings, and whatever Hypothesis thinks of.
NASTY = st.sampled_from(
    [
        "-name-", "{{ recipient.name }}", "{% raw %}", "<script>alert(1)</script>", "&amp;",
        "*bold* _it_ [x](javascript:alert(1))", "# Heading", "`code`", "| - 1. >", "מרים כהן",
        "مريم \u202eabc", "Zoë 👩‍👩‍👧", "q0123456789abq001h", "O'Brien \"Bob\"",
        "a\r\nBcc: x@example.org",
        "%recipient%", "\\1 \\g<0>", "x" * 300, "https://evil.example/", "\x00\x07",
        "\u200e \u200f",
    ]
)  # fmt: skip
NAMES = st.one_of(NASTY, st.text(max_size=40), st.sampled_from(["Ann", "Hill"]))


@pytest.mark.parametrize("pack", BOTH, ids=["plain", "branching"])
@given(
    names=st.lists(NAMES, min_size=1, max_size=6), schools=st.lists(NAMES, min_size=6, max_size=6)
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_each_recipient_gets_the_bytes_of_a_single_letter(
    pack: TemplateSet, names: list[str], schools: list[str]
) -> None:
    readers = [
        replace(
            named(name, f"https://say-no.example.org/s/{index}?a=1&b=2"),
            school=replace(values().school, name=school),
        )
        for index, (name, school) in enumerate(zip(names, schools, strict=False))
    ]
    together = received(_written(pack, readers))
    alone = {
        index: mails[0]
        for index, reader in enumerate(readers)
        if (mails := received(_written(pack, [reader])))
    }
    assert together == alone


def _written(pack: TemplateSet, readers: list[Values]) -> list[BulkEmail]:
    try:
        return pack.write_email("en", "letter", readers)
    except CannotRenderSome as error:
        return error.written


def test_values_that_differ_become_one_mail_with_keys() -> None:
    [mail] = PLAIN.write_email(
        "en", "letter", [named(f"Name {n}", f"https://x.org/{n}") for n in range(1000)]
    )
    assert [index for index, _ in mail.members] == list(range(1000))
    assert "Name 7" in mail.members[7][1].values()
    assert "Name" not in mail.html + mail.text + mail.subject


def test_values_that_are_alike_stand_in_the_text_itself() -> None:
    [mail] = PLAIN.write_email("en", "letter", [named("Ann"), named("Ann")])
    assert [dict(keys) for _, keys in mail.members] == [{}, {}]
    assert "Dear Ann" in mail.text


def test_every_key_is_in_the_texts_and_no_key_is_without_a_value() -> None:
    [mail] = PLAIN.write_email("en", "letter", [named("Ann"), named("Bob")])
    whole = mail.subject + mail.html + mail.text
    keys = set(mail.members[0][1])
    assert keys
    assert all(key in whole for key in keys)
    assert set(mail.members[1][1]) == keys


def test_a_name_is_never_read_as_markdown_or_html() -> None:
    [mail] = PLAIN.write_email("en", "letter", [named("<b>*x*</b> [y](https://evil.example)")])
    assert "<b>" not in mail.html
    assert "<em>x</em>" not in mail.html
    assert 'href="https://evil.example' not in mail.html
    assert "&lt;b&gt;*x*&lt;/b&gt;" in mail.html


def test_a_name_cannot_add_a_header() -> None:
    [mail] = PLAIN.write_email("en", "letter", [named("Ann\r\nBcc: all@example.org")])
    message = EmailMessage(policy=SMTP)
    message["Subject"] = mail.subject
    assert message["Bcc"] is None
    assert mail.subject == "Ann Bcc: all@example.org, tip 2"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "/s/1", "https://a b"]
)
def test_a_link_that_is_no_web_address_is_refused(address: str) -> None:
    with pytest.raises(CannotRenderSome, match=r"links\.stop is not an address"):
        PLAIN.write_email("en", "letter", [named("Ann", address)])


def test_a_branch_on_whether_a_name_is_there_makes_two_mails_not_one_each() -> None:
    readers = [named(name) for name in ("Ann", None, "Bob", "  ", "Cem")]
    mails = BRANCHING.write_email("en", "letter", readers)
    assert [[index for index, _ in mail.members] for mail in mails] == [[0, 2, 4], [1, 3]]
    assert "Dear family." in mails[1].text


def test_a_value_that_is_filtered_splits_the_list_by_that_value() -> None:
    pack = pack_of(letter=email_source("{{ school.name | upper }}"))
    readers = [values("GB"), values("DE"), values("GB")]
    mails = pack.write_email("en", "letter", readers)
    assert [[index for index, _ in mail.members] for mail in mails] == [[0, 2], [1]]
    assert "GYMNASIUM AM STADTPARK BOCHUM" in mails[1].text


def test_recipients_of_two_countries_get_the_lines_of_their_own() -> None:
    got = received(
        pack_of(letter=email_source("Hi")).write_email("en", "letter", [values("GB"), values("DE")])
    )
    assert "0800 1111" in got[0][2]
    assert "0800 1111" not in got[1][2]
    assert "0800 111 0550" in got[1][2]


def test_a_missing_value_refuses_that_recipient_and_no_other() -> None:
    readers = [named("Ann"), named(None), named("Bob")]
    with pytest.raises(CannotRenderSome) as caught:
        PLAIN.write_email("en", "letter", readers)
    assert str(caught.value.refused[1]).startswith(
        "en/letter.email.md:2: recipient.name has no value"
    )
    assert set(caught.value.refused) == {1}
    assert set(received(caught.value.written)) == {0, 2}


def test_substitutions_stay_below_what_the_provider_takes() -> None:
    readers = [named("Ann"), named("B" * MOST_SUBSTITUTION_BYTES), named("Cem")]
    mails = PLAIN.write_email("en", "letter", readers)
    for mail in mails:
        for _, keys in mail.members:
            size = sum(len(key.encode()) + len(value.encode()) for key, value in keys.items())
            assert size <= MOST_SUBSTITUTION_BYTES
    assert set(received(mails)) == {0, 1, 2}


def test_a_telephone_link_dials_digits_only() -> None:
    pack = pack_of(
        letter=email_source("[{{ help.helpline.phone }}](tel:{{ help.helpline.phone }})")
    )
    [mail] = pack.write_email("en", "letter", [values("GB")])
    assert 'href="tel:08001111"' in mail.html
    assert "08001111" not in mail.text


def test_a_value_inside_a_link_is_percent_encoded() -> None:
    pack = pack_of(letter=email_source("[x](https://x.org/?q={{ recipient.name }})"))
    [mail] = pack.write_email("en", "letter", [named('a&b="><i>')])
    assert "https://x.org/?q=a%26b%3D%22%3E%3Ci%3E" in mail.html


def test_the_same_stop_link_stands_in_html_and_text() -> None:
    [mail] = PLAIN.write_email("en", "letter", [named("Ann")])
    assert LINKS.stop is not None
    assert f'href="{LINKS.stop}"' in mail.html
    assert f"Stop: {LINKS.stop}" in mail.text
