"""One recipient's message as bytes: substitutions applied, MIME built.

Owns what SendGrid would do on its side. Refuses to fold the headers it is given: the
standard library turns a word longer than a line into encoded words, which breaks the URL in
List-Unsubscribe (RFC 2369 wants it verbatim).
"""

from __future__ import annotations

import binascii
import re
import secrets
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.policy import EmailPolicy
from email.utils import format_datetime, localtime
from functools import lru_cache

from outreach.providers.mail_rules import ascii_domain
from outreach.providers.port import EmailRecipient, EmailRequest
from outreach.providers.substitution import substitute

# What stands in a header as it is: nothing to quote, encode or fold (RFC 5322 section 2.2.3).
_PLAIN_WORDS = re.compile(r"[A-Za-z0-9 !?'+/=-]{0,60}")
_PLAIN_SUBJECT = re.compile(r"[!-<>-~](?:[ -<>-~]{0,60}[!-<>-~])?")
_PLAIN_ADDRESS = re.compile(
    r"(?=.{3,70}\Z)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
)


class _VerbatimHeader(UnstructuredHeader):
    """Plain ASCII within the line limit: `mail_rules` has refused everything else."""

    def fold(self, *, policy: EmailPolicy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]  # from the registry


_POLICY = EmailPolicy(linesep="\r\n", header_factory=HeaderRegistry(default_class=_VerbatimHeader))


def message_id_of(recipient: EmailRecipient) -> str:
    """Our own Message-ID with the token in it: a bounce that quotes it can be matched."""
    domain = ascii_domain(recipient.from_address).rpartition("@")[2]
    return f"<{recipient.token}@{domain}>"


def build_message(request: EmailRequest, recipient: EmailRecipient) -> bytes:
    """multipart/alternative in CRLF lines, 7-bit clean.

    Put together here and not by `EmailMessage`, which costs two milliseconds a message, more
    than handing it over: only what needs quoting, encoding or folding goes through it. Raises
    ProviderRefused when an address has no ASCII domain, ValueError when one is not an address
    at all.
    """
    values = recipient.substitutions
    # Quoted-printable has no "=_", so no text can hold the boundary (RFC 2045 section 6.7).
    boundary = f"=_{secrets.token_hex(12)}"
    parts = (
        _part("plain", substitute(request.text, values)),
        _part("html", substitute(request.html, values)),
    )
    # The line break before a boundary belongs to it (RFC 2046 section 5.1.1).
    mark = f"\r\n--{boundary}".encode()
    head = _head(request, recipient, boundary).encode("ascii")
    return b"".join((head, mark, parts[0], mark, parts[1], mark, b"--\r\n"))


def _head(request: EmailRequest, recipient: EmailRecipient, boundary: str) -> str:
    own = "".join(f"{name}: {value}\r\n" for name, value in recipient.headers.items())
    return "".join(
        (
            _address("From", recipient.from_address, recipient.from_name),
            _address("To", recipient.to),
            _address("Reply-To", recipient.reply_to) if recipient.reply_to else "",
            _subject(substitute(request.subject, recipient.substitutions)),
            # A machine's date, not business time: receivers compare it with their own.
            f"Date: {format_datetime(localtime())}\r\n",
            f"Message-ID: {message_id_of(recipient)}\r\n",
            own,
            "MIME-Version: 1.0\r\n",
            f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n',
        )
    )


def _part(kind: str, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    ending = "" if lines.endswith("\r\n") else "\r\n"
    body = binascii.b2a_qp((lines + ending).encode(), istext=True)
    return (
        f'\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode() + body


def _address(field: str, address: str, name: str = "") -> str:
    found = ascii_domain(address)
    if _PLAIN_ADDRESS.fullmatch(found) and _PLAIN_WORDS.fullmatch(name):
        words = name.strip()
        return f"{field}: {words} <{found}>\r\n" if words else f"{field}: {found}\r\n"
    return _fold_address(field, found, name)


def _subject(subject: str) -> str:
    if _PLAIN_SUBJECT.fullmatch(subject):
        return f"Subject: {subject}\r\n"
    return _fold_subject(subject)


@lru_cache(maxsize=512)  # senders repeat
def _fold_address(field: str, address: str, name: str) -> str:
    found = Address(name, addr_spec=address)
    return str(_POLICY.header_factory(field, found).fold(policy=_POLICY))


@lru_cache(maxsize=128)  # a subject with a school's name repeats for the whole school
def _fold_subject(subject: str) -> str:
    return str(_POLICY.header_factory("Subject", subject).fold(policy=_POLICY))
