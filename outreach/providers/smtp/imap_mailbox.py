"""A mailbox that is read over IMAP: what came in, without its files; what is done moves away.

Owns one connection. imapclient keeps it: of the libraries for IMAP it is the one that hands
over the structure of a mail as the server tells it, so that the text can be asked for and the
files left where they are; others fetch whole mails.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from outreach.core.errors import ProviderBusy, ProviderError, ProviderRefused, Refusal
from outreach.providers.smtp.account import SmtpTls
from outreach.providers.smtp.imap_account import ImapAccount
from outreach.providers.smtp.imap_mail import FetchedMail, Part, Structure, read_structure

_SECONDS = 20.0
_LARGEST_HEADER_BYTES = 131_072
_LARGEST_PART_BYTES = 262_144
_HEADER = f"BODY.PEEK[HEADER]<0.{_LARGEST_HEADER_BYTES}>"


@contextmanager
def open_mailbox(account: ImapAccount) -> Iterator[Mailbox]:
    """Signs in, opens the folder, and signs out at the end.

    Raises ProviderRefused for a wrong password or a missing folder, ProviderBusy when the
    server is away, also in the middle.
    """
    client: IMAPClient | None = None
    try:
        client = _signed_in(account)
        yield Mailbox(client, account)
        client.logout()
    except ProviderError:
        raise
    except (IMAPClientError, ssl.SSLError, OSError) as error:
        raise ProviderBusy(
            "The mailbox cannot be read.", provider_code=type(error).__name__
        ) from error
    finally:
        if client is not None:
            _hang_up(client)


def _signed_in(account: ImapAccount) -> IMAPClient:
    client = IMAPClient(
        account.host,
        account.port,
        ssl=account.tls is SmtpTls.TLS,
        ssl_context=ssl.create_default_context(),
        timeout=_SECONDS,
    )
    if account.tls is SmtpTls.STARTTLS:
        client.starttls(ssl.create_default_context())
    try:
        client.login(account.username, account.password)
    except LoginError as error:
        _hang_up(client)
        raise ProviderRefused(
            "The mailbox refused the user or the password.",
            provider_code="login",
            kind=Refusal.UNAUTHORISED,
            remedy="Check OUTREACH_IMAP_URL.",
        ) from error
    client.select_folder(account.folder)
    return client


def _hang_up(client: IMAPClient) -> None:
    try:
        client.shutdown()
    except (IMAPClientError, OSError):
        return  # it is closed already


class Mailbox:
    """An open folder. Mails are named by their UID."""

    def __init__(self, client: IMAPClient, account: ImapAccount) -> None:
        self._client = client
        self._account = account

    def waiting(self) -> list[int]:
        """Every mail that is in the folder, oldest first: what is read has been moved away."""
        return sorted(self._client.search(["NOT", "DELETED"]))

    def fetch(self, uids: Sequence[int]) -> dict[int, FetchedMail]:
        """Header and text of each, in order; one that has gone meanwhile is left out."""
        heads = self._client.fetch(uids, ["BODYSTRUCTURE", _HEADER])
        found: dict[int, FetchedMail] = {}
        for uid in (uid for uid in uids if uid in heads):
            structure = read_structure(heads[uid].get(b"BODYSTRUCTURE"))
            header = _body_of(heads[uid], "HEADER")
            found[uid] = FetchedMail(header, structure, self._bodies(uid, structure))
        return found

    def _bodies(self, uid: int, structure: Structure) -> Mapping[Part, bytes]:
        if not structure.parts:
            return {}
        wanted = [f"BODY.PEEK[{part.section}]<0.{_LARGEST_PART_BYTES}>" for part in structure.parts]
        answer = self._client.fetch([uid], wanted).get(uid, {})
        return {part: _body_of(answer, part.section) for part in structure.parts}

    def move_away(self, uids: Sequence[int]) -> None:
        """To the folder of what is done, which is made when it is missing."""
        done = self._account.done_folder
        if not self._client.folder_exists(done):
            self._client.create_folder(done)
        if self._client.has_capability("MOVE"):
            self._client.move(uids, done)
            return
        self._client.copy(uids, done)
        self._client.delete_messages(uids)
        self._client.expunge(uids if self._client.has_capability("UIDPLUS") else None)


def _body_of(answer: Mapping[bytes, Any], section: str) -> bytes:
    """The bytes of a section; servers answer with or without the origin octet."""
    for key in (f"BODY[{section}]<0>", f"BODY[{section}]"):
        value = answer.get(key.encode())
        if isinstance(value, bytes):
            return value
    return b""
