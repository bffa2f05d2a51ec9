"""One recipient's message as bytes: substitutions applied, MIME built.

Owns what SendGrid would do on its side. Refuses to fold the headers it is given: the
standard library turns a word longer than a line into encoded words, which breaks the URL in
List-Unsubscribe (RFC 2369 wants it verbatim).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import localtime

from outreach.providers.mail_rules import ascii_domain
from outreach.providers.port import EmailRecipient, EmailRequest


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

    Raises ProviderRefused when an address has no ASCII domain, ValueError when one is not an
    address at all.
    """
    values = recipient.substitutions
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _address(recipient.from_address, recipient.from_name)
    mail["To"] = _address(recipient.to)
    if recipient.reply_to:
        mail["Reply-To"] = _address(recipient.reply_to)
    mail["Subject"] = substitute(request.subject, values)
    # The date is a machine's, not business time: receivers compare it with their own.
    mail["Date"] = localtime()
    mail["Message-ID"] = message_id_of(recipient)
    for name, value in recipient.headers.items():
        mail[name] = value
    mail.set_content(substitute(request.text, values), cte="quoted-printable")
    mail.add_alternative(substitute(request.html, values), subtype="html", cte="quoted-printable")
    return mail.as_bytes()


def _address(address: str, name: str = "") -> Address:
    return Address(name, addr_spec=ascii_domain(address))


def substitute(text: str, values: Mapping[str, str]) -> str:
    """Every key replaced by its value, literally and in one pass.

    One pass, so that a value which happens to hold another key is left as it is; longer
    keys first, so that one key may begin with another.
    """
    if not values:
        return text
    keys = sorted(values, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, keys)), lambda found: values[found[0]], text)
