"""Reports that machines send about our mail: what was not delivered, what was marked as spam.

Owns the reading of delivery reports (RFC 3464) and of feedback loops (RFC 5965) with the
standard library's mail parser. Whose report it is, our token tells: in the address the report
came to (VERP), else in the Message-ID of the mail that came back; never an address in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email import message_from_string
from email.message import Message

from outreach.core.errors import Refusal
from outreach.providers.port import EventKind, ProviderName, StatusEvent
from outreach.providers.smtp.imap_mail import FetchedMail, message_id_of, receiver_of

_RETURN_ADDRESS = re.compile(r"bounce\+([a-z2-7]+)@.+", re.IGNORECASE | re.ASCII)
_OUR_MESSAGE_ID = re.compile(r"<([a-z2-7]{20,})@", re.IGNORECASE | re.ASCII)
_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_ACTIONS = {
    "failed": EventKind.BOUNCED,
    "delayed": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "relayed": EventKind.ACCEPTED,
    "expanded": EventKind.ACCEPTED,
}
# RFC 3463 and RFC 7505: the address itself is wrong, gone or takes no mail; everything else
# (a full mailbox, a policy, a server that is away) is the day's mood.
_NO_SUCH_ADDRESS = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_REPORTS = frozenset({"delivery-status", "feedback-report"})


def as_event(mail: FetchedMail, domain: str) -> StatusEvent | None:
    """What a report tells about one of our messages; None when this is no report of one."""
    if mail.structure.report not in _REPORTS:
        return None
    token = _token(mail, domain)
    if not token:
        return None
    if mail.structure.report == "feedback-report":
        return _event(mail, token, EventKind.COMPLAINED, "spam report", Refusal.COMPLAINED, True)
    fields = _recipient_fields(mail.text_of("message/delivery-status"))
    kind = _ACTIONS.get(str(fields.get("Action", "")).strip().lower())
    if kind is None:
        return None
    code = _CODE.search(str(fields.get("Status", "")))
    status = code[0] if code else ""
    if kind is not EventKind.BOUNCED:
        return _event(mail, token, kind, status or kind, None, False)
    is_gone = status in _NO_SUCH_ADDRESS
    refusal = Refusal.BAD_ADDRESS if is_gone else Refusal.OTHER
    return _event(mail, token, kind, status or "bounced", refusal, is_gone)


def _event(  # noqa: PLR0917  # a record's fields, in its order
    mail: FetchedMail, token: str, kind: EventKind, code: str, refusal: str | None, permanent: bool
) -> StatusEvent:
    return StatusEvent(
        provider=ProviderName.SMTP,
        event_key=message_id_of(mail),
        token=token,
        message_id=None,
        kind=kind,
        provider_code=code,
        refusal=refusal,
        permanent=permanent,
        occurred_at=None,
    )


def _token(mail: FetchedMail, domain: str) -> str:
    """Still to be opened; "" when the report names no message of ours."""
    own = _RETURN_ADDRESS.fullmatch(receiver_of(mail.message, domain))
    if own:
        return own[1].lower()
    returned = message_from_string(mail.text_of("message/rfc822", "text/rfc822-headers"))
    found = _OUR_MESSAGE_ID.search(str(returned.get("Message-ID", "")))
    return found[1].lower() if found else ""


def _recipient_fields(text: str) -> Message:
    """The fields of the one recipient: each of our mails has one (RFC 3464 section 2.3)."""
    report = message_from_string(f"Content-Type: message/delivery-status\n\n{text}")
    blocks = report.get_payload()
    found = [block for block in blocks if isinstance(block, Message)] if _is_list(blocks) else []
    with_action = [block for block in found if block.get("Action")]
    return with_action[0] if with_action else Message()


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
