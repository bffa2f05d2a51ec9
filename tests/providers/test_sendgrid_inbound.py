"""Mail to us as Inbound Parse posts it: fields in their own charsets, files dropped."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.channels import Channel
from outreach.core.errors import BadInput
from outreach.providers.sendgrid import inbound
from outreach.providers.sendgrid.inbound import parse_inbound

TYPE = "multipart/form-data; boundary=xYzZY"
HEADERS = b"""Received: by mx0047p1mdw1.sendgrid.net with SMTP id abc
From: =?utf-8?q?Op=C3=A9rateur?= <shown@example.org>
To: reply+t1@in.example.org
Message-ID: <CAEPk3R+4Zr@mail.example.org>
In-Reply-To: <t1@mail.example.org>
Auto-Submitted: auto-replied
Subject: Re: Say No!
"""
ENVELOPE = b'{"to":["reply+t1@in.example.org"],"from":"anna@example.org"}'
FIELDS = {
    "headers": HEADERS,
    "to": b"reply+t1@in.example.org",
    "from": b"shown@example.org",
    "subject": b"Re: Say No!",
    "text": b"please stop\r\n",
    "html": b"<p>please stop</p>",
    "envelope": ENVELOPE,
    "charsets": b'{"to":"UTF-8","subject":"UTF-8","from":"UTF-8","text":"UTF-8"}',
    "sender_ip": b"10.10.1.71",
    "dkim": b"{@example.org : pass}",
    "SPF": b"pass",
    "attachments": b"0",
}


def form(fields: dict[str, bytes], *files: tuple[str, bytes]) -> bytes:
    parts = [
        b'--xYzZY\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (k.encode(), v)
        for k, v in fields.items()
    ]
    parts += [
        b'--xYzZY\r\nContent-Disposition: form-data; name="attachment%d"; filename="%s"\r\n'
        b"Content-Type: image/png\r\n\r\n%s\r\n" % (i, name.encode(), content)
        for i, (name, content) in enumerate(files, 1)
    ]
    return b"".join(parts) + b"--xYzZY--\r\n"


def test_reply_is_read_with_its_envelope_and_the_headers_that_matter() -> None:
    message = parse_inbound(TYPE, form(FIELDS))
    assert message.channel is Channel.EMAIL
    assert (message.from_address, message.to_address) == (
        "anna@example.org",
        "reply+t1@in.example.org",
    )
    assert (message.subject, message.text) == ("Re: Say No!", "please stop\r\n")
    assert message.message_id == "<CAEPk3R+4Zr@mail.example.org>"
    assert message.headers["Auto-Submitted"] == "auto-replied"
    assert message.headers["In-Reply-To"] == "<t1@mail.example.org>"
    assert message.headers["Return-Path"] == "<anna@example.org>"
    assert "Received" not in message.headers
    assert message.files_dropped == 0


def test_every_field_is_read_in_its_own_charset() -> None:
    fields = {
        **FIELDS,
        "subject": b"Como usted pidi\xa2",
        "text": b"Test the ESP\x92s handling\x85",
        "charsets": b'{"html":"iso-8859-1","subject":"cp850","text":"windows-1252"}',
    }
    message = parse_inbound(TYPE, form(fields))
    assert (message.subject, message.text) == ("Como usted pidió", "Test the ESP\u2019s handling…")


@pytest.mark.parametrize("charsets", [b"", b"[]", b'{"text": "klingon"}', b'{"text": 3}', b"{"])
def test_unknown_charset_is_read_as_utf8(charsets: bytes) -> None:
    fields = {**FIELDS, "text": "schön\xa0".encode() + b"\xff\0", "charsets": charsets}
    assert parse_inbound(TYPE, form(fields)).text == "schön\xa0\ufffd"


def test_files_are_counted_and_not_kept() -> None:
    body = form(FIELDS, ("photo.png", b"SECRET" * 50_000), ("", b"SECRET"))
    message = parse_inbound(TYPE, body)
    assert message.files_dropped == 2
    assert "SECRET" not in repr(message)
    assert "photo" not in repr(message)


def test_attachment_without_a_file_name_is_a_file_all_the_same() -> None:
    message = parse_inbound(TYPE, form({**FIELDS, "attachment1": b"SECRET"}))
    assert message.files_dropped == 1
    assert "SECRET" not in repr(message)


def test_mail_without_plain_text_gives_the_words_of_its_html() -> None:
    html = b"<style>p{}</style><p>STOP</p><script>x()</script><div>M&uuml;ller &lt;3<br>x</div>"
    fields = {**FIELDS, "text": b" ", "html": html}
    assert parse_inbound(TYPE, form(fields)).text == "STOP\nMüller <3\nx"


def test_delivery_report_has_an_empty_return_path() -> None:
    fields = {**FIELDS, "envelope": b'{"to":["bounce@in.example.org"],"from":""}'}
    message = parse_inbound(TYPE, form(fields))
    assert (message.from_address, message.headers["Return-Path"]) == ("", "<>")


def test_mail_without_message_id_gets_the_same_id_each_time() -> None:
    fields = {**FIELDS, "headers": b"From: a@example.org\n"}
    first, again = (parse_inbound(TYPE, form(fields)).message_id for _ in range(2))
    other = parse_inbound(TYPE, form({**fields, "text": b"else"})).message_id
    assert first == again
    assert first.startswith("sha256:")
    assert first != other


def test_long_text_is_cut() -> None:
    fields = {**FIELDS, "text": b"a" * (inbound.LARGEST_FIELD_BYTES + 10)}
    assert parse_inbound(TYPE, form(fields)).text == "a" * inbound.LONGEST_TEXT


RAW = b"""From: A tester <test@example.org>\r
Message-ID: <raw1@mail.example.org>\r
Subject: =?utf-8?q?Schlu=C3=9F?=\r
Auto-Submitted: no\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="b"\r
\r
--b\r
Content-Type: text/plain; charset="UTF-8"\r
Content-Transfer-Encoding: quoted-printable\r
\r
Bitte nicht mehr=E2=80=A6\r
--b\r
Content-Type: image/png; name="x.png"\r
Content-Disposition: attachment; filename="x.png"\r
Content-Transfer-Encoding: base64\r
\r
U0VDUkVU\r
--b--\r
"""


def test_whole_mail_is_read_when_the_raw_option_is_on() -> None:
    fields = {"email": RAW, "envelope": ENVELOPE, "subject": b"x"}
    message = parse_inbound(TYPE, form(fields))
    assert (message.subject, message.text) == ("Schluß", "Bitte nicht mehr…")
    assert (message.message_id, message.files_dropped) == ("<raw1@mail.example.org>", 1)
    assert message.headers["Auto-Submitted"] == "no"
    assert "SECRET" not in repr(message)


@pytest.mark.parametrize(
    "envelope",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"to":[]}',
        b'{"to":[7]}',
        b'{"to":"x","from":1}',
        b'{"to":[""]}',
    ],
)
def test_mail_without_a_readable_envelope_is_bad_input(envelope: bytes) -> None:
    with pytest.raises(BadInput):
        parse_inbound(TYPE, form({**FIELDS, "envelope": envelope}))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", b""),
        ("application/json", b"{}"),
        ("multipart/form-data", form(FIELDS)),
        (TYPE, b""),
        (TYPE, form(FIELDS)[:-200]),
        (TYPE, b"--xYzZY\r\n\r\nno disposition\r\n--xYzZY--\r\n"),
        (TYPE, form({f"f{i}": b"" for i in range(inbound.MOST_PARTS + 1)})),
    ],
)
def test_what_is_no_such_form_is_bad_input(content_type: str, body: bytes) -> None:
    with pytest.raises(BadInput):
        parse_inbound(content_type, body)


def test_body_larger_than_sendgrid_sends_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "LARGEST_BODY_BYTES", 100)
    with pytest.raises(BadInput, match="larger"):
        parse_inbound(TYPE, form(FIELDS))


@given(st.binary(max_size=200), st.sampled_from(["text", "headers", "charsets", "html", "subject"]))
def test_no_bytes_in_a_field_upset_the_parser(data: bytes, name: str) -> None:
    safe = data.replace(b"--xYzZY", b"")
    message = parse_inbound(TYPE, form({**FIELDS, name: safe}))
    assert "\0" not in json.dumps([message.text, message.subject, dict(message.headers)])


@given(st.binary(max_size=300))
def test_no_body_raises_anything_but_bad_input(data: bytes) -> None:
    with pytest.raises(BadInput):
        parse_inbound(TYPE, b"--xYzZY\r\n" + data)
