"""From a Mail Send body to records, and from a record to the mail as it arrives.

Substitutions reach subject, content and reply-to, not headers (SendGrid's OpenAPI
file, property substitutions).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from outreach.sandbox.records import EmailRecord, MailAddress, MailContent
from outreach.sandbox.world import World

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Mail:
    """One mail as its recipient sees it. `headers`: in the order of a real message."""

    subject: str
    text: str
    html: str
    reply_to: str
    headers: Mapping[str, str]


def records_of(world: World, body: Body, now: datetime) -> Iterator[EmailRecord]:
    """One record for each recipient of a checked body; all share one X-Message-Id."""
    content = _content_of(body)
    common_args = body.get("custom_args") or {}
    number = 0
    for each in body["personalizations"]:
        custom_args = {**common_args, **(each.get("custom_args") or {})}
        for one in (*each["to"], *(each.get("cc") or ()), *(each.get("bcc") or ())):
            yield EmailRecord(
                sequence=world.emails.next_sequence(),
                content=content,
                to=_address(one),
                sender=_address(each.get("from") or body["from"]),
                subject=each.get("subject"),
                own_headers=each.get("headers") or {},
                substitutions=each.get("substitutions") or {},
                custom_args=custom_args,
                sg_message_id=f"{content.message_id}.recvd-sandbox-1-{secrets.token_hex(4)}.{number}",
                token=token_of(custom_args),
                created_at=now,
            )
            number += 1


def token_of(custom_args: Mapping[str, str]) -> str:
    """The argument named `token`, else the first there is: only our opaque token goes there."""
    return custom_args.get("token") or next(iter(custom_args.values()), "")


def compose(record: EmailRecord) -> Mail:
    """Applies the recipient's substitutions."""
    content = record.content
    reply_to = _substituted(str(content.reply_to or record.sender), record.substitutions)
    subject = _substituted(record.subject or content.subject, record.substitutions)
    return Mail(
        subject=subject,
        text=_substituted(content.text, record.substitutions),
        html=_substituted(content.html, record.substitutions),
        reply_to=reply_to,
        headers={
            "From": str(record.sender),
            "To": str(record.to),
            "Subject": subject,
            "Reply-To": reply_to,
            "Message-ID": record.smtp_id,
            **content.headers,
            **record.own_headers,
        },
    )


def subject_of(record: EmailRecord) -> str:
    return _substituted(record.subject or record.content.subject, record.substitutions)


def header_of(record: EmailRecord, name: str) -> str:
    """One header, whatever its case; "" when the mail has none of that name."""
    for headers in (record.own_headers, record.content.headers):
        for key, value in headers.items():
            if key.lower() == name.lower():
                return value
    return ""


def _content_of(body: Body) -> MailContent:
    blocks = {block["type"]: block["value"] for block in body["content"]}
    reply_to = body.get("reply_to")
    return MailContent(
        message_id=secrets.token_urlsafe(16),
        sender=_address(body["from"]),
        reply_to=_address(reply_to) if reply_to else None,
        subject=body.get("subject") or "",
        text=blocks.get("text/plain", ""),
        html=blocks.get("text/html", ""),
        headers=body.get("headers") or {},
        despite_unsubscribe=_goes_despite_unsubscribe(body),
    )


def _goes_despite_unsubscribe(body: Body) -> bool:
    """Mail Send, mail_settings.bypass_unsubscribe_management: the list of unsubscribes only."""
    settings = body.get("mail_settings") or {}
    bypass = settings.get("bypass_unsubscribe_management") or {}
    return bypass.get("enable") is True


def _address(one: Mapping[str, str]) -> MailAddress:
    return MailAddress(one["email"], one.get("name") or "")


def _substituted(text: str, substitutions: Mapping[str, str]) -> str:
    for key, value in substitutions.items():
        text = text.replace(key, value)
    return text
