"""Mails from a mailbox into the inbox, where no webhook brings them.

A mail is stored and committed, then moved away: killed in between, it is read again and, by its
Message-ID, stored once. Delivery reports become events like those of other providers.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from outreach.core import queues
from outreach.core.clock import monotonic, now
from outreach.core.locks import Lock
from outreach.core.wake import wake
from outreach.inbox.store import event_row, insert_events, insert_messages, message_row
from outreach.organisation.lanes import mailbox_account
from outreach.providers.smtp.imap_account import ImapAccount
from outreach.providers.smtp.imap_mail import FetchedMail, as_inbound
from outreach.providers.smtp.imap_mailbox import Mailbox, open_mailbox
from outreach.providers.smtp.imap_reports import as_event

_LOG = logging.getLogger(__name__)
_AT_ONCE = 25
_WORK_SECONDS = 12.0


@dataclass(frozen=True)
class MailboxRead:
    """`is_done`: nothing waits in the folder any more, as far as was looked."""

    messages: int = 0
    reports: int = 0
    is_done: bool = True

    def __add__(self, other: MailboxRead) -> MailboxRead:
        return MailboxRead(
            self.messages + other.messages,
            self.reports + other.reports,
            self.is_done and other.is_done,
        )


def read_mailbox() -> MailboxRead:
    """Takes in what waits in the mailbox, for some seconds; nothing where there is none.

    Returns at once while another process reads it. Raises BadInput and NotAllowed for settings,
    ProviderRefused and ProviderBusy; what was stored by then stays stored.
    """
    account = mailbox_account()
    if account is None:
        return MailboxRead()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [Lock.MAILBOX])
        if not cursor.fetchone()[0]:
            return MailboxRead()
    try:
        with open_mailbox(account) as mailbox:
            return _take_in(mailbox, account)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [Lock.MAILBOX])


def _take_in(mailbox: Mailbox, account: ImapAccount) -> MailboxRead:
    until = monotonic() + _WORK_SECONDS
    waiting = mailbox.waiting()
    done = MailboxRead()
    for start in range(0, len(waiting), _AT_ONCE):
        if monotonic() > until:
            return done + MailboxRead(is_done=False)
        mails = mailbox.fetch(waiting[start : start + _AT_ONCE])
        done += _store(mails, account)
        mailbox.move_away(list(mails))
    return done


def _store(mails: Mapping[int, FetchedMail], account: ImapAccount) -> MailboxRead:
    """Committed on return; then whoever has to look at it is woken."""
    reports = []
    messages = []
    for mail in mails.values():
        event = as_event(mail, account.domain)
        if event is None:
            messages.append(message_row(as_inbound(mail, account.domain), now()))
        else:
            reports.append(event_row(event, now()))
    with transaction.atomic(), connection.cursor() as cursor:
        insert_messages(cursor, messages)
        insert_events(cursor, reports)
    if messages:
        wake(queues.READ_REPLIES, queues.CONTROL)
    if reports:
        wake(queues.APPLY_RECEIPTS, queues.CONTROL)
    _LOG.info("mailbox: %d mails, %d reports", len(messages), len(reports))
    return MailboxRead(len(messages), len(reports))
