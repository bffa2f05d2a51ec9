"""The body of `POST /v3/mail/send`: the SDK's helpers make the mail, we its many recipients.

Owns what our records become in SendGrid's terms. Refuses tracking: opens, clicks, their
subscription links and analytics are switched off in the body itself, whatever the account
says. Only the opaque token goes into `custom_args`, which SendGrid keeps.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

import orjson
from sendgrid.helpers.mail import (
    BypassUnsubscribeManagement,
    ClickTracking,
    Content,
    From,
    Ganalytics,
    Mail,
    MailSettings,
    OpenTracking,
    ReplyTo,
    Subject,
    SubscriptionTracking,
    TrackingSettings,
)

from outreach.providers.mail_rules import ascii_domain
from outreach.providers.port import EmailRecipient, EmailRequest

TOKEN_ARGUMENT = "token"  # noqa: S105 - the name of a field, not a secret


def build_body(request: EmailRequest, recipients: Sequence[EmailRecipient]) -> bytes:
    """The JSON for `recipients` (a non-empty part of the request's).

    Each personalization has its own sender: names vary by school, the domain must be one
    (SendGrid, "Personalizations", `from`). Raises the SDK's ApiKeyIncludedException when a
    text is an API key.
    """
    mail = Mail(from_email=_from(recipients[0]))
    mail.subject = Subject(request.subject)
    mail.content = [Content("text/plain", request.text), Content("text/html", request.html)]
    mail.tracking_settings = _no_tracking()
    reply_to = _ReplyTo(recipients)
    if reply_to.top_level:
        mail.reply_to = ReplyTo(reply_to.top_level)
    if request.despite_opt_out:
        mail.mail_settings = MailSettings(
            bypass_unsubscribe_management=BypassUnsubscribeManagement(enable=True)
        )
    body = mail.get()
    senders = {(each.from_address, each.from_name) for each in recipients}
    written = {sender: _sender(*sender) for sender in senders}
    body["personalizations"] = [
        _personalization(each, written[each.from_address, each.from_name], reply_to)
        for each in recipients
    ]
    return orjson.dumps(body)


class _ReplyTo:
    """One `reply_to` for recipients who each have their own.

    The API has a single top-level reply_to, and substitutions reach it (OpenAPI of
    POST /v3/mail/send, personalizations.substitutions). So where they differ, it is a key
    in the shape of an address at the first one's domain, which every personalization
    replaces with its own. Recipients without one get their sender, as a mail client does.
    """

    def __init__(self, recipients: Sequence[EmailRecipient]) -> None:
        wanted = [recipient.reply_to for recipient in recipients]
        first = next(filter(None, wanted), None)
        self._varies = len(set(wanted)) > 1
        self.top_level = first and ascii_domain(first)
        if self._varies and self.top_level:
            domain = self.top_level.rpartition("@")[2]
            self.top_level = f"reply-{secrets.token_hex(8)}@{domain}"

    def substitution(self, recipient: EmailRecipient) -> dict[str, str]:
        if not self._varies or not self.top_level:
            return {}
        own = recipient.reply_to or recipient.from_address
        return {self.top_level: ascii_domain(own)}


def _personalization(
    recipient: EmailRecipient, sender: dict[str, str], reply_to: _ReplyTo
) -> dict[str, object]:
    """In the order of the recipients, so that an error's number names the right one.

    Plain, because there are a thousand of them: the SDK makes and takes apart seven objects
    for each, five times the cost (a test compares the two).
    """
    one: dict[str, object] = {
        "to": [{"email": ascii_domain(recipient.to)}],
        "from": sender,
        "custom_args": {TOKEN_ARGUMENT: recipient.token},
    }
    if recipient.headers:
        one["headers"] = _as_dict(recipient.headers)
    values = _as_dict(recipient.substitutions)
    if own := reply_to.substitution(recipient):
        values = values | own
    if values:
        one["substitutions"] = values
    return one


def _as_dict(values: Mapping[str, str]) -> dict[str, str]:
    return values if isinstance(values, dict) else dict(values)


def _sender(address: str, name: str) -> dict[str, str]:
    sender = {"email": ascii_domain(address)}
    if name:
        sender["name"] = name
    return sender


def _from(recipient: EmailRecipient) -> From:
    return From(ascii_domain(recipient.from_address), recipient.from_name or None)


def _no_tracking() -> TrackingSettings:
    return TrackingSettings(
        click_tracking=ClickTracking(enable=False, enable_text=False),
        open_tracking=OpenTracking(enable=False),
        subscription_tracking=SubscriptionTracking(enable=False),
        ganalytics=Ganalytics(enable=False),
    )
