"""The mail addresses of ours that carry a token: answers, and unsubscribing by mail.

A mail is matched to a delivery by the address it comes to, never by its From, which
anybody can write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from outreach.config.environment import environment
from outreach.core import tokens

# Local part -> the purpose that its token was sealed for. Base32 survives a mail server
# that changes the case of a local part.
_PURPOSES = {"reply": tokens.REPLY_TO, "stop": tokens.STOP_LINK}
_MAILBOX = re.compile(r"(reply|stop)\+([a-z2-7]+)@(.+)", re.ASCII)


@dataclass(frozen=True)
class Mailbox:
    """`purpose`: tokens.REPLY_TO or tokens.STOP_LINK. `token`: still to be opened."""

    purpose: str
    token: str


def reply_address(token: str) -> str | None:
    """Where answers to one message go. `token`: sealed for REPLY_TO. None: nobody reads them."""
    domain = environment().inbound_domain
    return f"reply+{token}@{domain}" if domain else None


def unsubscribe_address(token: str) -> str | None:
    """The mailto of List-Unsubscribe. `token`: sealed for STOP_LINK. None: no such domain."""
    domain = environment().inbound_domain
    return f"stop+{token}@{domain}" if domain else None


def read_mailbox(address: str) -> Mailbox | None:
    """What an address of ours says; None when it carries no token or is not ours."""
    match = _MAILBOX.fullmatch(address.strip().lower())
    if match is None or match[3] != environment().inbound_domain.lower():
        return None
    return Mailbox(_PURPOSES[match[1]], match[2])
