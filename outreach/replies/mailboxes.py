"""The mail addresses of ours that carry a token: answers, and unsubscribing by mail.

A mail is matched to a delivery by the address it comes to, never by its From, which
anybody can write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from outreach.config.environment import environment
from outreach.core import tokens

# Local part -> the purpose that its token was sealed for. Tokens are base32, so they
# survive a mail server that changes the case of a local part.
_PURPOSES = {"reply": tokens.REPLY_TO, "unsubscribe": tokens.STOP_LINK}
_MAILBOX = re.compile(r"(reply|unsubscribe)\+([a-z2-7]+)@(.+)", re.ASCII)


@dataclass(frozen=True)
class Mailbox:
    """`purpose`: tokens.REPLY_TO or tokens.STOP_LINK. `token`: still to be opened."""

    purpose: str
    token: str


def read_mailbox(address: str) -> Mailbox | None:
    """What an address of ours says; None when it carries no token or is not ours."""
    match = _MAILBOX.fullmatch(address.strip().lower())
    domain = environment().inbound_domain.lower()
    if match is None or not domain or match[3] != domain:
        return None
    return Mailbox(_PURPOSES[match[1]], match[2])
