"""One mail in a mailbox, from its structure to its words; files are not asked for.

Owns which parts are read: the first plain and HTML text, and the two parts of a report that a
machine wrote (RFC 3462). Everything else is counted and left at the server. Refuses to fail:
a mail that makes no sense still has to reach a person.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from typing import Any

from outreach.core.channels import Channel
from outreach.providers.mail_reading import (
    KEPT_HEADERS,
    LONGEST_HEADER,
    LONGEST_TEXT,
    decode,
    without_markup,
)
from outreach.providers.port import InboundMessage, ProviderName

# The ones that the receiving server writes itself come first: a forwarder may change To.
_RECEIVER_HEADERS = ("X-Original-To", "Delivered-To", "Envelope-To", "To", "Cc")
_OURS = re.compile(r"(?:reply|unsubscribe|bounce)\+[a-z2-7]+@(.+)", re.IGNORECASE | re.ASCII)
_MOST_DEPTH = 20
_TYPE, _SUBTYPE, _PARAMETERS, _ENCODING = 0, 1, 2, 5
_DISPOSITION_AT = {"text": 9, "message": 11}
_USUAL_DISPOSITION = 8
_WANTED = frozenset(
    {"text/plain", "text/html", "message/delivery-status", "message/feedback-report"}
)
# The message that came back: its header alone is read (RFC 3462 section 2).
_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers"})


@dataclass(frozen=True)
class Part:
    """A part that is worth reading. `number`: as IMAP counts (RFC 3501 section 6.4.5)."""

    number: str
    kind: str
    charset: str
    encoding: str

    @property
    def section(self) -> str:
        """What to fetch: of a message that came back its header alone."""
        return f"{self.number}.HEADER" if self.kind == "message/rfc822" else self.number


@dataclass(frozen=True)
class Structure:
    """`report`: the kind of a machine's report (`delivery-status`, `feedback-report`), or ""."""

    parts: tuple[Part, ...] = ()
    report: str = ""
    files: int = 0


@dataclass(frozen=True)
class FetchedMail:
    """`header`: of the mail, as bytes. `bodies`: part -> its bytes, still encoded."""

    header: bytes
    structure: Structure
    bodies: Mapping[Part, bytes] = field(default_factory=dict)

    @property
    def message(self) -> Message:
        return message_from_bytes(self.header)

    def text_of(self, *kinds: str) -> str:
        """The words of the first part of one of these kinds; "" when there is none."""
        for part, body in self.bodies.items():
            if part.kind in kinds:
                return decode(unpacked(part, body), part.charset).replace("\0", "")
        return ""


def unpacked(part: Part, body: bytes) -> bytes:
    """The bytes of a part without their transfer encoding; as they are where that is broken."""
    # Not the part's own type: the standard library would read a message inside it.
    head = f"Content-Type: text/plain\r\nContent-Transfer-Encoding: {part.encoding}\r\n\r\n"
    payload = message_from_bytes(head.encode("ascii", "replace") + body).get_payload(decode=True)
    return payload if isinstance(payload, bytes) else body


def read_structure(body: Any) -> Structure:
    """What a BODYSTRUCTURE says. `body`: as imapclient parses it."""
    is_multipart = isinstance(body, tuple) and bool(body) and isinstance(body[0], list)
    report = ""
    if is_multipart and _word(body, 1) == "report":
        report = _parameters(body[2] if len(body) > 2 else None).get("report-type", "")  # noqa: PLR2004  # RFC 3501: subtype, then parameters
    leaves = list(_leaves(body, "", 0))
    wanted: dict[str, Part] = {}
    for part, is_file in leaves:
        if not is_file and (part.kind in _WANTED or (report and part.kind in _RETURNED)):
            wanted.setdefault(part.kind, part)
    read = set(wanted.values())
    files = [
        part
        for part, is_file in leaves
        if part not in read and (is_file or not part.kind.startswith("text/"))
    ]
    return Structure(tuple(wanted.values()), report.lower(), len(files))


def _leaves(body: Any, number: str, depth: int) -> Iterator[tuple[Part, bool]]:
    """Each part that has no parts, and whether it is a file."""
    if not isinstance(body, tuple) or not body or depth > _MOST_DEPTH:
        return
    if isinstance(body[0], list):
        for index, inner in enumerate(body[0], start=1):
            yield from _leaves(inner, f"{number}.{index}" if number else str(index), depth + 1)
        return
    kind = f"{_word(body, _TYPE)}/{_word(body, _SUBTYPE)}"
    parameters = _parameters(body[_PARAMETERS] if len(body) > _PARAMETERS else None)
    part = Part(
        number or "1", kind, parameters.get("charset", "utf-8"), _word(body, _ENCODING) or "7bit"
    )
    yield part, _is_file(body, parameters)


def _is_file(body: tuple[Any, ...], parameters: Mapping[str, str]) -> bool:
    if "name" in parameters:
        return True
    at = _DISPOSITION_AT.get(_word(body, _TYPE), _USUAL_DISPOSITION)
    found = body[at] if len(body) > at else None
    if isinstance(found, bytes):  # some servers send the header as it stands
        return found.lower().startswith(b"attachment") or b"filename" in found.lower()
    if not isinstance(found, tuple) or not found:
        return False
    named = _parameters(found[1] if len(found) > 1 else None)
    return _word(found, 0) == "attachment" or "filename" in named


def _word(parts: Sequence[Any], at: int) -> str:
    value = parts[at] if len(parts) > at else None
    return value.decode("ascii", "replace").lower() if isinstance(value, bytes) else ""


def _parameters(pairs: Any) -> Mapping[str, str]:
    words = [each for each in pairs or () if isinstance(each, bytes)]
    texts = [word.decode("utf-8", "replace") for word in words]
    return {name.lower(): value for name, value in zip(texts[::2], texts[1::2], strict=False)}


def as_inbound(mail: FetchedMail, domain: str) -> InboundMessage:
    """What a mail says. `domain`: of our addresses with a token."""
    message = mail.message
    headers = {
        name: _clean(value)[:LONGEST_HEADER]
        for name in KEPT_HEADERS
        if (value := message.get(name)) is not None
    }
    text = mail.text_of("text/plain")
    if not text.strip():
        text = without_markup(mail.text_of("text/html"))
    return InboundMessage(
        provider=ProviderName.SMTP,
        message_id=message_id_of(mail),
        channel=Channel.EMAIL,
        from_address=next(iter(_addresses(message, ("From",))), ""),
        to_address=receiver_of(message, domain),
        subject=_decoded(message.get("Subject", ""))[:LONGEST_HEADER],
        text=text[:LONGEST_TEXT],
        headers=headers,
        files_dropped=mail.structure.files,
    )


def message_id_of(mail: FetchedMail) -> str:
    """Its Message-ID, else a hash of its header, so that it is stored once."""
    found = _clean(mail.message.get("Message-ID", "")).strip()
    return found[:LONGEST_HEADER] or f"sha256:{hashlib.sha256(mail.header).hexdigest()}"


def receiver_of(message: Message, domain: str) -> str:
    """The receiver that carries a token of ours, else the first that is named."""
    known = _addresses(message, _RECEIVER_HEADERS)
    for address in known:
        match = _OURS.fullmatch(address)
        if match and match[1].lower() == domain.lower():
            return address
    return known[0] if known else ""


def _addresses(message: Message, names: Sequence[str]) -> list[str]:
    written = [_clean(value) for name in names for value in message.get_all(name, [])]
    return [address for _, address in getaddresses(written) if "@" in address]


def _decoded(value: object) -> str:
    try:
        return _clean(make_header(decode_header(str(value))))
    except (ValueError, LookupError):
        return _clean(value)


def _clean(value: object) -> str:
    return str(value).replace("\0", "")
