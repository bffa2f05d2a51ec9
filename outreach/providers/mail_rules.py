"""What may stand in a mail header or on an envelope, whoever carries the mail.

Owns the refusal of line breaks (header injection), reserved and malformed headers, and the
ASCII form of a mail domain. Refuses to judge the text of a message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat

import idna

from outreach.core.errors import ProviderRefused, Refusal
from outreach.providers.port import EmailRecipient, EmailRequest

# RFC 5322 section 2.1.1 allows 998 characters a line; room is left for the name.
LONGEST_HEADER = 900
_HEADER_NAME = re.compile(r"[!-9;-~]{1,76}")  # RFC 5322 section 2.2: printable ASCII, no colon
_BREAK_SIGNS = "\r\n\0\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_BREAKS = re.compile(f"[{re.escape(_BREAK_SIGNS)}]")
# Headers that the adapters write themselves, and those that SendGrid forbids to set
# (OpenAPI of POST /v3/mail/send, personalizations.headers).
_RESERVED = frozenset(
    {
        *("bcc", "cc", "content-transfer-encoding", "content-type", "date", "dkim-signature"),
        *("from", "message-id", "mime-version", "received", "reply-to", "sender", "subject"),
        *("to", "x-sg-eid", "x-sg-id"),
    }
)


def refuse_unsafe_subject(request: EmailRequest) -> ProviderRefused | None:
    """The refusal of the whole request when its subject could break out of its header."""
    return _refused("The subject has a line break in it.") if _breaks(request.subject) else None


def refuse_unsafe(request: EmailRequest, recipient: EmailRecipient) -> ProviderRefused | None:
    """The refusal of one recipient whose header values, name or address are not safe."""
    fields = (
        *(recipient.from_name, recipient.from_address, recipient.to, recipient.token),
        recipient.reply_to or "",
    )
    if _breaks("".join(fields)):
        return _refused("A name or address has a line break in it.")
    for name, value in recipient.headers.items():
        if problem := _header_problem(name, value):
            return _refused(problem)
    if _breaks("".join(recipient.substitutions.values())):
        for key, value in recipient.substitutions.items():
            if _breaks(value) and key in request.subject:
                return _refused("A value for the subject has a line break in it.")
    return None


def are_surely_safe(recipients: Sequence[EmailRecipient]) -> bool:
    """Whether `refuse_unsafe` refuses none of them, and every address is plain ASCII; asked of all
    at once, at a fifth of the price. False also where that would take a closer look."""
    headers = [value for each in recipients for value in each.headers.values()]
    addresses = [each.to for each in recipients]
    addresses += {each.from_address for each in recipients}
    addresses += {each.reply_to for each in recipients if each.reply_to is not None}
    names = {name for each in recipients for name in each.headers}
    texts = [each.token for each in recipients]
    texts += {each.from_name for each in recipients}
    texts += [value for each in recipients for value in each.substitutions.values()]
    return (
        not any(map(_header_name_problem, names))
        and max(map(len, headers), default=0) <= LONGEST_HEADER
        and "".join(headers).isascii()
        and _are_addresses(addresses)
        and not any(map("".join([*headers, *addresses, *texts]).__contains__, _BREAK_SIGNS))
    )


def _are_addresses(addresses: Sequence[str]) -> bool:
    lines = "\n".join(["", *addresses, ""])
    has_sign = map(str.__contains__, addresses, repeat("@"))
    return lines.isascii() and "\n@" not in lines and "@\n" not in lines and all(has_sign)


def _header_problem(name: str, value: str) -> str:
    if problem := _header_name_problem(name):
        return problem
    if _breaks(value):
        return f"The header {name} has a line break in it."
    if not value.isascii() or len(value) > LONGEST_HEADER:
        return f"The header {name} is too long or not plain ASCII."
    return ""


@lru_cache(maxsize=64)
def _header_name_problem(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        return "A header has a name that is not allowed in mail."
    if name.lower() in _RESERVED:
        return f"The header {name} is written by the adapter itself."
    return ""


def _breaks(text: str) -> bool:
    # No line break can be printed, and asking for that needs no pattern.
    return not text.isprintable() and _BREAKS.search(text) is not None


def _refused(message: str) -> ProviderRefused:
    return ProviderRefused(message, provider_code="unsafe-header", kind=Refusal.CONTENT)


def ascii_domain(address: str) -> str:
    """`address` with its domain in ASCII (IDNA 2008), as envelopes and APIs want it.

    Raises ProviderRefused (BAD_ADDRESS) when there is no such form.
    """
    at = address.rfind("@")
    if not 0 < at < len(address) - 1:
        raise _bad_address("This is no mail address.")
    if address.isascii():
        return address
    local, domain = address[:at], address[at + 1 :]
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise _bad_address("The domain of the address does not exist in mail.") from error


def _bad_address(message: str) -> ProviderRefused:
    return ProviderRefused(message, provider_code="address", kind=Refusal.BAD_ADDRESS)
