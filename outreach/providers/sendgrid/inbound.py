"""What SendGrid's Inbound Parse posts to us: one mail, as a multipart form.

Owns the reading of that form by werkzeug's sans-I/O decoder: it hands over each part as it
is found, so the bytes of an attachment are dropped as they are read and never gathered, and
it gives text fields as bytes, which the `charsets` field needs. (Django's parser decodes
fields before we know their charset; the e-mail parser of the standard library gathers every
part.) Refuses to trust anything in it: Inbound Parse is not signed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from outreach.core.channels import Channel
from outreach.core.errors import BadInput
from outreach.providers.mail_reading import (
    KEPT_HEADERS,
    LONGEST_HEADER,
    LONGEST_TEXT,
    decode,
    without_markup,
)
from outreach.providers.port import InboundMessage, ProviderName

LARGEST_BODY_BYTES = 31_000_000  # SendGrid's own limit is 30 MB with attachments
LARGEST_FIELD_BYTES = 256_000
MOST_PARTS = 500
_WANTED = frozenset({"charsets", "email", "envelope", "headers", "html", "subject", "text"})
# `email` is the whole mail when "POST the raw, full MIME message" is on.
_RAW_MAIL = "email"
_ATTACHMENT = re.compile(r"attachment\d+")


@dataclass
class _Form:
    """The wanted fields as bytes, each cut at its cap, and how many files were dropped."""

    fields: dict[str, bytearray] = field(default_factory=dict)
    files_dropped: int = 0

    def text(self, name: str, charset: str = "utf-8") -> str:
        # PostgreSQL has no NUL in text.
        return decode(bytes(self.fields.get(name, b"")), charset).replace("\0", "")


def parse_inbound(content_type: str, body: bytes) -> InboundMessage:
    """One mail to us. `content_type`: the request's header, with the boundary.

    Addresses come from the SMTP envelope. The id is the mail's Message-ID, else a hash of
    the fields, so that a repeated post has the same one. Raises BadInput when this is no
    such form.
    """
    form = _read_form(content_type, body)
    sender, receiver = _envelope(form.text("envelope"))
    mail = _mail(form)
    text = mail.text[:LONGEST_TEXT]
    headers = {
        name: str(value).replace("\0", "")[:LONGEST_HEADER]
        for name in KEPT_HEADERS
        if (value := mail.headers.get(name)) is not None
    }
    # The receiving server writes Return-Path only at final delivery; an empty one is a DSN.
    headers["Return-Path"] = f"<{sender}>"
    return InboundMessage(
        provider=ProviderName.SENDGRID,
        message_id=_message_id(mail.headers, form),
        channel=Channel.EMAIL,
        from_address=sender,
        to_address=receiver,
        subject=mail.subject[:LONGEST_HEADER],
        text=text,
        headers=headers,
        files_dropped=form.files_dropped + mail.files_dropped,
    )


def _read_form(content_type: str, body: bytes) -> _Form:
    kind, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not boundary:
        raise BadInput("Inbound mail that is not a multipart form.")
    if len(body) > LARGEST_BODY_BYTES:
        raise BadInput("Inbound mail that is larger than SendGrid sends.")
    decoder = MultipartDecoder(boundary.encode("latin-1", "replace"), max_parts=MOST_PARTS)
    try:
        decoder.receive_data(body)
        decoder.receive_data(None)
        return _gather(decoder)
    except (ValueError, HTTPException) as error:
        raise BadInput("Inbound mail whose form cannot be read.") from error


def _gather(decoder: MultipartDecoder) -> _Form:
    form = _Form()
    open_field: bytearray | None = None
    while not isinstance(event := decoder.next_event(), (Epilogue, NeedData)):
        if isinstance(event, (Field, File)):
            open_field = _open_field(form, event)
        elif isinstance(event, Data) and open_field is not None:
            open_field += event.data[: LARGEST_FIELD_BYTES - len(open_field)]
    return form


def _open_field(form: _Form, part: Field | File) -> bytearray | None:
    """Where the data of this part goes; None to drop it."""
    name = part.name or ""
    if isinstance(part, File) or _ATTACHMENT.fullmatch(name):
        form.files_dropped += 1
        return None
    return form.fields.setdefault(name, bytearray()) if name in _WANTED else None


@dataclass(frozen=True)
class _Mail:
    headers: Message
    subject: str
    text: str
    files_dropped: int = 0


def _mail(form: _Form) -> _Mail:
    if _RAW_MAIL in form.fields:
        return _raw_mail(bytes(form.fields[_RAW_MAIL]))
    charsets = _charsets(form.text("charsets"))
    headers = message_from_bytes(bytes(form.fields.get("headers", b"")))
    text = form.text("text", charsets.get("text", "utf-8"))
    if not text.strip():
        text = without_markup(form.text("html", charsets.get("html", "utf-8")))
    return _Mail(headers, form.text("subject", charsets.get("subject", "utf-8")), text)


def _raw_mail(raw: bytes) -> _Mail:
    """A whole mail, read up to the field's cap: its text comes before its attachments."""
    mail = message_from_bytes(raw)
    texts: dict[str, str] = {}
    files = 0
    for part in mail.walk():
        if part.is_multipart():
            continue
        if part.get_filename() or part.get_content_maintype() != "text":
            files += 1
            continue
        payload = part.get_payload(decode=True)
        decoded = decode(payload if isinstance(payload, bytes) else b"", _charset_of(part))
        texts.setdefault(part.get_content_subtype(), decoded.replace("\0", ""))
    text = texts.get("plain") or without_markup(texts.get("html", ""))
    return _Mail(mail, _decoded_header(mail.get("Subject", "")), text, files)


def _charset_of(part: Message) -> str:
    return str(part.get_content_charset() or "utf-8")


def _decoded_header(value: object) -> str:
    try:
        return str(make_header(decode_header(str(value)))).replace("\0", "")
    except (ValueError, LookupError):
        return str(value)


def _charsets(text: str) -> Mapping[str, str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def _envelope(text: str) -> tuple[str, str]:
    """(from, to). From is empty for a delivery report. Raises BadInput."""
    try:
        envelope = json.loads(text)
        sender, receiver = envelope.get("from") or "", envelope["to"][0]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise BadInput("Inbound mail without a readable envelope.") from error
    if not isinstance(sender, str) or not isinstance(receiver, str) or not receiver:
        raise BadInput("Inbound mail without a readable envelope.")
    return sender.replace("\0", ""), receiver.replace("\0", "")


def _message_id(headers: Message, form: _Form) -> str:
    found = str(headers.get("Message-ID", "")).strip().replace("\0", "")
    if found:
        return found[:LONGEST_HEADER]
    digest = hashlib.sha256()
    for name in ("envelope", "headers", "subject", "text", "html", _RAW_MAIL):
        digest.update(bytes(form.fields.get(name, b"")) + b"\0")
    return f"sha256:{digest.hexdigest()}"
