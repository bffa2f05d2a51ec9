"""Where the mailbox is that answers and delivery reports come to, and how to sign in."""

from __future__ import annotations

from dataclasses import dataclass, field

from outreach.providers.smtp.account import SmtpTls


@dataclass(frozen=True)
class ImapAccount:
    """`folder`: read and emptied. `done_folder`: where read mails go. `domain`: of our addresses
    with a token, to tell which of a mail's receivers is ours."""

    host: str
    port: int
    username: str
    domain: str
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    done_folder: str = "Outreach"
    tls: SmtpTls = SmtpTls.TLS

    def __post_init__(self) -> None:
        if not self.host or not self.username or not self.domain:
            raise ValueError("a mailbox needs a host, a user and the mail domain of replies")
        if self.folder == self.done_folder:
            raise ValueError("read mails must go to another folder than the one that is read")
