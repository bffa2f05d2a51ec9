"""What Twilio posts to us: status callbacks and inbound texts.

Owns the signature and the reading of the form. Refuses to look at media: how many files came
is counted, their addresses are not kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from multidict import MultiDict
from twilio.request_validator import RequestValidator

from outreach.core.channels import Channel
from outreach.core.errors import BadInput, BadSignature, Refusal
from outreach.providers.port import EventKind, InboundMessage, ProviderName, StatusEvent
from outreach.providers.twilio.codes import BUSY, meaning_of, read_code

Params = Sequence[tuple[str, str]]

# Message resource, "Message status values". `sent`: the carrier has taken it. Not listed:
# `receiving` and `received` (inbound).
_KINDS = {
    "accepted": EventKind.ACCEPTED,
    "scheduled": EventKind.ACCEPTED,
    "queued": EventKind.ACCEPTED,
    "sending": EventKind.ACCEPTED,
    "sent": EventKind.ACCEPTED,
    "delivered": EventKind.DELIVERED,
    "read": EventKind.DELIVERED,
    "undelivered": EventKind.FAILED,
    "failed": EventKind.FAILED,
    "canceled": EventKind.FAILED,
}
_OPT_OUT_TYPES = frozenset({"STOP", "START", "HELP"})
LONGEST_TEXT = 16_000


def verify(url: str, params: Params, signature: str, auth_tokens: Sequence[str]) -> None:
    """Returns when Twilio signed this request with one of `auth_tokens`, newest first.

    `url`: the public URL as configured at Twilio, query included, never from the Host
    header. `params`: the decoded form, duplicates kept. HMAC-SHA1 over the URL, tried with
    and without its port, and the sorted parameters (Twilio, "Webhooks security"). Raises
    BadSignature.
    """
    form = MultiDict(params)
    for token in auth_tokens:
        # An empty token would be a key that everybody knows.
        if token and signature and RequestValidator(token).validate(url, form, signature):
            return
    raise BadSignature("This request was not signed by Twilio.")


def parse_status(params: Params, token: str | None) -> StatusEvent:
    """One status callback. `token`: ours, from the callback's URL.

    Twilio sends no event id and no usable time (RawDlrDoneDate has no zone), so the key is
    sid, status and error code. Raises BadInput when sid or status is missing.
    """
    form = dict(params)
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    status = (form.get("MessageStatus") or form.get("SmsStatus") or "").lower()
    if not sid or not status:
        raise BadInput("A Twilio status callback without MessageSid or MessageStatus.")
    code = read_code(form.get("ErrorCode"))
    kind = _KINDS.get(status)
    failed = kind is EventKind.FAILED
    found = meaning_of(code)
    return StatusEvent(
        provider=ProviderName.TWILIO,
        event_key=f"{sid}|{status}|{code or ''}",
        token=token,
        message_id=sid,
        kind=kind,
        provider_code=str(code or status),
        refusal=(Refusal.OTHER if found.kind == BUSY else found.kind) if failed else None,
        permanent=failed and found.permanent,
        occurred_at=None,
    )


def parse_inbound(params: Params) -> InboundMessage:
    """One text to us. Raises BadInput when it has no sid, sender or receiver."""
    form = dict(params)
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    if not sid or not form.get("From") or not form.get("To"):
        raise BadInput("A Twilio message without MessageSid, From or To.")
    opt_out_type = form.get("OptOutType", "").upper()
    return InboundMessage(
        provider=ProviderName.TWILIO,
        message_id=sid,
        channel=Channel.SMS,
        from_address=form["From"],
        to_address=form["To"],
        subject="",
        # PostgreSQL has no NUL in text.
        text=form.get("Body", "").replace("\0", "")[:LONGEST_TEXT],
        opt_out_type=opt_out_type if opt_out_type in _OPT_OUT_TYPES else None,
        files_dropped=_count(form.get("NumMedia", "")),
    )


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
