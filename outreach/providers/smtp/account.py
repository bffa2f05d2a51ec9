"""Where the mail server is and how to sign in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class SmtpTls(StrEnum):
    NONE = "none"  # plain text; for a server on this machine
    STARTTLS = "starttls"  # required: a server that does not offer it gets no mail
    TLS = "tls"  # from the first byte


@dataclass(frozen=True)
class SmtpAccount:
    """`username`: "" for a server that asks for no sign-in.

    `return_domain`: mail domain of the addresses that delivery reports come to, one for each
    message (VERP); "" to have them sent to the sender's own address.
    """

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    tls: SmtpTls = SmtpTls.STARTTLS
    return_domain: str = ""

    def __post_init__(self) -> None:
        if not self.host:
            raise ValueError("an SMTP account needs a host")
