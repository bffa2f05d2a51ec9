"""Mail that people write back from a sandbox mailbox: Inbound Parse and List-Unsubscribe.

Source: twilio.com/docs/sendgrid/for-developers/parsing-email/inbound-email (multipart form,
retried on 5xx, no redirect followed); RFC 8058 for the one-click POST.
"""

from __future__ import annotations

import functools
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import format_datetime, parseaddr
from html import escape
from urllib.parse import parse_qs, unquote, urlsplit

from aiohttp import FormData, MultipartWriter

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.core.errors import NotNow
from outreach.sandbox.posting import Failure, Posting, RetryPolicy
from outreach.sandbox.records import EmailRecord, MailReply
from outreach.sandbox.sendgrid.compose import compose, header_of, subject_of
from outreach.sandbox.world import World

_RETRY = RetryPolicy(
    retries=10,
    on=frozenset({Failure.SERVER_ERROR, Failure.CONNECT, Failure.READ_TIMEOUT}),
    total_seconds=3 * 24 * 3600,
    read_seconds=30.0,
)
_ONE_CLICK = "List-Unsubscribe=One-Click"


@dataclass(frozen=True)
class AttachedFile:
    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class WrittenMail:
    """What a person's mail program sends. `headers`: extra ones, such as Auto-Submitted."""

    person: str
    to: str
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[AttachedFile] = ()
    return_path: str | None = None


def reply(
    world: World,
    record: EmailRecord,
    text: str,
    *,
    quote: bool = True,
    headers: Mapping[str, str] | None = None,
    files: Sequence[AttachedFile] = (),
) -> WrittenMail:
    """Answers a mail as a mail program does: to its Reply-To, with the old text quoted below."""
    mail = compose(record)
    full = f"{text}\r\n\r\n{_quoted(record, mail.text)}" if quote else text
    written = WrittenMail(
        person=record.to.email,
        to=parseaddr(mail.reply_to)[1],
        subject=mail.subject if mail.subject.lower().startswith("re:") else f"Re: {mail.subject}",
        text=full,
        html=f"<div>{escape(text)}</div>",
        headers={"In-Reply-To": record.smtp_id, "References": record.smtp_id, **(headers or {})},
        files=files,
    )
    write(world, written)
    return written


def write(world: World, mail: WrittenMail) -> None:
    """A mail from a person to us, as Inbound Parse brings it."""
    sequence = world.replies.next_sequence()
    kept = MailReply(
        sequence, mail.person.casefold(), mail.to, mail.subject, mail.text, clock.now()
    )
    world.replies.add(str(sequence), kept)
    url = world.settings.email_inbound_url
    if url:
        world.schedule.after(0, functools.partial(_post, world, url, mail))


def unsubscribe_by_mail(world: World, record: EmailRecord) -> WrittenMail:
    """Mails the mailto of List-Unsubscribe as Apple Mail does. Raises NotNow without one."""
    target = _target(record, "mailto")
    parts = urlsplit(target)
    query = parse_qs(parts.query)
    written = WrittenMail(
        person=record.to.email,
        to=unquote(parts.path),
        subject=query.get("subject", ["unsubscribe"])[0],
        text=query.get("body", ["Apple Mail sent this email to unsubscribe from the message "
                                f"“{subject_of(record)}”."])[0],
        headers={"Auto-Submitted": "auto-replied"},
    )  # fmt: skip
    write(world, written)
    return written


async def unsubscribe_by_click(world: World, record: EmailRecord) -> int:
    """The one-click POST of RFC 8058, without cookies. Returns the status we were answered.

    Raises NotNow when the mail does not offer it.
    """
    if header_of(record, "List-Unsubscribe-Post").strip() != _ONE_CLICK:
        raise NotNow("This mail has no List-Unsubscribe-Post header.")
    target = _target(record, "https", "http")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return await world.poster.post_once(target, _ONE_CLICK.encode(), form)


def _target(record: EmailRecord, *schemes: str) -> str:
    for target in re.findall(r"<([^>]+)>", header_of(record, "List-Unsubscribe")):
        if urlsplit(target.strip()).scheme in schemes:
            return str(target.strip())
    raise NotNow(f"The List-Unsubscribe header of this mail has no {schemes[0]} address.")


def _quoted(record: EmailRecord, text: str) -> str:
    when = f"{record.created_at:%d %b %Y at %H:%M}"
    lines = "\r\n".join(f"> {line}" for line in text.splitlines())
    return f"On {when}, {record.sender} wrote:\r\n{lines}"


async def _post(world: World, url: str, mail: WrittenMail) -> None:
    content_type, body = await multipart_of(mail)
    posting = Posting(
        channel=Channel.EMAIL,
        url=url,
        body=body,
        headers={"Content-Type": content_type, "User-Agent": "SendGrid Inbound Parse"},
        retry=_RETRY,
    )
    await world.poster.post(posting)


async def multipart_of(mail: WrittenMail) -> tuple[str, bytes]:
    """The content type and body of Inbound Parse's form for `mail`."""
    form = FormData(quote_fields=False, default_to_multipart=True)
    for name, value in _fields(mail).items():
        form.add_field(name, value)
    for number, file in enumerate(mail.files, start=1):
        form.add_field(
            f"attachment{number}", file.data, filename=file.name, content_type=file.content_type
        )
    writer = form()
    assert isinstance(writer, MultipartWriter)  # noqa: S101 - what default_to_multipart promises
    return writer.content_type, await writer.as_bytes()


def _fields(mail: WrittenMail) -> dict[str, str]:
    sender_domain = mail.person.rpartition("@")[2]
    return_path = mail.person if mail.return_path is None else mail.return_path
    charsets = {"to": "UTF-8", "from": "UTF-8", "subject": "UTF-8", "text": "utf-8"}
    fields = {
        "headers": _raw_headers(mail),
        "dkim": f"{{@{sender_domain} : pass}}",
        "to": mail.to,
        "from": mail.person,
        "sender_ip": "127.0.0.1",
        "spam_score": "0.1",
        "SPF": "pass",
        "subject": mail.subject,
        "text": mail.text,
        "envelope": json.dumps({"to": [mail.to], "from": return_path}),
        "attachments": str(len(mail.files)),
    }
    if mail.html:
        fields["html"], charsets["html"] = mail.html, "utf-8"
    if mail.files:
        fields["attachment-info"] = json.dumps(_attachment_info(mail.files))
    fields["charsets"] = json.dumps(charsets)
    return fields


def _attachment_info(files: Sequence[AttachedFile]) -> dict[str, dict[str, str]]:
    return {
        f"attachment{number}": {
            "filename": file.name,
            "name": file.name,
            "type": file.content_type,
        }
        for number, file in enumerate(files, start=1)
    }


def _raw_headers(mail: WrittenMail) -> str:
    host = mail.person.rpartition("@")[2]
    headers = {
        "Received": f"from {host} (127.0.0.1) by mx.sandbox with ESMTP",
        "Message-ID": f"<{secrets.token_hex(12)}@{host}>",
        "Date": format_datetime(clock.now()),
        "From": mail.person,
        "To": mail.to,
        "Subject": mail.subject,
        "MIME-Version": "1.0",
        **mail.headers,
    }
    return "".join(f"{name}: {value}\n" for name, value in headers.items())
