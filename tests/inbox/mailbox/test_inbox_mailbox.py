"""Mails from a mailbox into the inbox: once each, without their files, then out of the way."""

from __future__ import annotations

from email.message import EmailMessage

import psycopg
import pytest

from outreach.config.database import work_dsn
from outreach.config.environment import environment
from outreach.core.errors import BadInput, NotAllowed, ProviderBusy, ProviderRefused
from outreach.core.locks import Lock
from outreach.inbox.mailbox import MailboxRead, read_mailbox
from outreach.inbox.models import InboundMessage, ProviderEvent
from outreach.organisation.lanes import mailbox_account
from outreach.providers.smtp.account import SmtpTls
from outreach.providers.smtp.imap_mailbox import Mailbox
from tests.imap_server import ImapServer

OURS = "reply+abcdefgh234567abcdefgh@reply.outreach.test"


def mail(text: str = "Stop", **headers: str) -> EmailMessage:
    found = EmailMessage()
    given = {
        "From": "Anna Müller <Anna@example.org>",
        "To": OURS,
        "Subject": "Re: A message from Greenhill",
        "Message-ID": "<one@example.org>",
        **headers,
    }
    for name, value in given.items():
        found[name.replace("_", "-")] = value
    found.set_content(text)
    return found


def report(status: str = "5.1.1", action: str = "failed", *, to: str, returned: str = "") -> bytes:
    """A delivery report (RFC 3464) as Postfix writes it."""
    return (
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.org\r\nTo: {to}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <dsn1@mx.example.org>\r\n"
        "MIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example.org\r\nArrival-Date: Mon, 2 Nov 2026 10:00:00 +0000\r\n\r\n"
        f"Final-Recipient: rfc822; anna@example.org\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\n"
        f"From: hello@outreach.test\r\nMessage-ID: {returned or '<none@x>'}\r\n\r\nThe text\r\n"
        "--b--\r\n"
    ).encode()


def test_mail_is_stored_with_its_words_and_moved_away(mailbox: ImapServer) -> None:
    mailbox.deliver(mail("Bitte keine Nachrichten mehr. Grüße").as_bytes())
    assert read_mailbox() == MailboxRead(messages=1)
    row = InboundMessage.objects.get()
    assert (row.provider, row.channel, row.message_id) == ("smtp", "email", "<one@example.org>")
    assert (row.from_address, row.to_address) == ("Anna@example.org", OURS)
    assert row.text.strip() == "Bitte keine Nachrichten mehr. Grüße"
    assert (mailbox.count(), mailbox.count("Outreach")) == (0, 1)


def test_mail_of_html_alone_is_read_by_its_words(mailbox: ImapServer) -> None:
    html = mail()
    html.set_content("<p>Stop</p><p>Anna</p>", subtype="html")
    mailbox.deliver(html.as_bytes())
    read_mailbox()
    assert InboundMessage.objects.get().text.split() == ["Stop", "Anna"]


def test_files_are_counted_and_never_asked_for(
    mailbox: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    real = Mailbox.__init__

    def listening(self: Mailbox, client, account) -> None:  # type: ignore[no-untyped-def]  # imapclient has no types
        fetch = client.fetch
        client.fetch = lambda uids, what: asked.extend(what) or fetch(uids, what)
        real(self, client, account)

    monkeypatch.setattr(Mailbox, "__init__", listening)
    written = mail("Please look")
    written.add_attachment(
        b"\xff\xd8PRIVATE" * 50, maintype="image", subtype="jpeg", filename="a.jpg"
    )
    written.add_attachment(b"named text", maintype="text", subtype="plain", filename="b.txt")
    mailbox.deliver(written.as_bytes())
    read_mailbox()
    row = InboundMessage.objects.values().get()
    assert (row["files_dropped"], row["text"].strip()) == (2, "Please look")
    assert "PRIVATE" not in str(row)
    sections = [str(each) for each in asked if str(each).startswith("BODY.PEEK")]
    assert [each.split("<")[0] for each in sections] == ["BODY.PEEK[HEADER]", "BODY.PEEK[1]"]


def test_mail_that_was_stored_but_not_moved_is_stored_once(
    mailbox: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.deliver(mail().as_bytes())

    def killed(self: Mailbox, uids: object) -> None:
        raise OSError("the line went dead")

    with monkeypatch.context() as broken:
        broken.setattr(Mailbox, "move_away", killed)
        with pytest.raises(ProviderBusy):
            read_mailbox()
    assert (InboundMessage.objects.count(), mailbox.count()) == (1, 1)

    read_mailbox()
    assert (InboundMessage.objects.count(), mailbox.count()) == (1, 0)


def test_mail_without_a_message_id_is_stored_once(mailbox: ImapServer) -> None:
    plain = b"From: a@example.org\r\nTo: " + OURS.encode() + b"\r\n\r\nstop\r\n"
    mailbox.deliver(plain, plain)
    assert read_mailbox().messages == 2
    assert InboundMessage.objects.get().message_id.startswith("sha256:")


def test_the_receiver_with_our_token_counts_whatever_stands_in_to(mailbox: ImapServer) -> None:
    mailbox.deliver(mail(To="list@elsewhere.example", Delivered_To=OURS).as_bytes())
    read_mailbox()
    assert InboundMessage.objects.get().to_address == OURS


NONSENSE = (
    b"\x00\xff\xfe\r\n\r\n",
    b"Subject: =?utf-8?b?!!!?=\r\nContent-Type: text/plain; charset=none\r\n\r\n\xff\xfe",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x--",
    b"From: <<<>>>\r\nTo: ,,,@\r\n\r\n" + b"x" * 300_000,
)


def test_mail_that_makes_no_sense_holds_up_nobody(mailbox: ImapServer) -> None:
    mailbox.deliver(*NONSENSE, mail().as_bytes())
    assert read_mailbox().messages == len(NONSENSE) + 1
    assert InboundMessage.objects.filter(message_id="<one@example.org>").exists()
    assert mailbox.count() == 0


TOKEN = "mfrggzdfmztwq2lkmfrggzdfmztwq2lk"


REPORTS = (
    ("5.1.1", "failed", "bounced", "bad_address", True),
    ("5.2.1", "failed", "bounced", "bad_address", True),
    ("5.2.2", "failed", "bounced", "other", False),
    ("5.7.1", "failed", "bounced", "other", False),
    ("4.4.1", "delayed", "deferred", "", False),
    ("2.0.0", "delivered", "delivered", "", False),
)


def test_delivery_report_becomes_an_event(mailbox: ImapServer) -> None:
    to = f"bounce+{TOKEN}@reply.outreach.test"
    written = [report(status, action, to=to) for status, action, *_ in REPORTS]
    mailbox.deliver(
        *(each.replace(b"<dsn1@", f"<dsn{n}@".encode()) for n, each in enumerate(written))
    )
    assert read_mailbox() == MailboxRead(reports=len(REPORTS))
    rows = ProviderEvent.objects.order_by("event_key")
    found = [(row.kind, row.refusal, row.permanent) for row in rows]
    assert found == [tuple(expected) for _, _, *expected in REPORTS]
    assert {row.token for row in rows} == {TOKEN}
    assert not InboundMessage.objects.exists()


def test_complaint_of_a_feedback_loop_becomes_an_event(mailbox: ImapServer) -> None:
    written = report(to="abuse@outreach.test", returned=f"<{TOKEN}@outreach.test>")
    complaint = written.replace(b"delivery-status", b"feedback-report")
    mailbox.deliver(complaint)
    read_mailbox()
    assert ProviderEvent.objects.get().kind == "complained"


def test_delivery_report_to_another_address_is_known_by_the_mail_it_returns(
    mailbox: ImapServer,
) -> None:
    mailbox.deliver(report(to="hello@outreach.test", returned=f"<{TOKEN}@outreach.test>"))
    read_mailbox()
    assert ProviderEvent.objects.get().token == TOKEN


def test_report_about_somebody_elses_mail_is_a_machines_mail(mailbox: ImapServer) -> None:
    mailbox.deliver(report(to="hello@outreach.test", returned="<x@elsewhere.example>"))
    assert read_mailbox() == MailboxRead(messages=1)
    assert InboundMessage.objects.get().headers["Return-Path"] == "<>"


def test_one_reader_works_at_a_time(mailbox: ImapServer) -> None:
    mailbox.deliver(mail().as_bytes())
    with psycopg.connect(work_dsn(environment())) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [Lock.MAILBOX])
        assert read_mailbox() == MailboxRead()
        other.execute("SELECT pg_advisory_unlock(%s)", [Lock.MAILBOX])
        assert read_mailbox().messages == 1


def test_wrong_password_is_said_with_its_setting(
    mailbox: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_IMAP_URL", mailbox.url.replace("word", "wrong"))
    environment.cache_clear()
    with pytest.raises(ProviderRefused, match="OUTREACH_IMAP_URL") as caught:
        read_mailbox()
    assert "wrong" not in str(caught.value)


def test_server_that_is_away_is_asked_again_later(
    mailbox: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_IMAP_URL", "imap://u:p@127.0.0.1:1/INBOX")
    environment.cache_clear()
    with pytest.raises(ProviderBusy):
        read_mailbox()


@pytest.mark.parametrize(
    ("url", "tls", "port"),
    [
        ("imaps://u:p@mail.example.org", SmtpTls.TLS, 993),
        ("imap://u:p@mail.example.org/Answers", SmtpTls.STARTTLS, 143),
        ("imap://u:p@127.0.0.1:1143", SmtpTls.NONE, 1143),
    ],
)
def test_tls_is_on_except_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, url: str, tls: SmtpTls, port: int
) -> None:
    monkeypatch.setenv("OUTREACH_MODE", "trial")
    monkeypatch.setenv("OUTREACH_IMAP_URL", url)
    monkeypatch.setenv("OUTREACH_INBOUND_DOMAIN", "reply.outreach.test")
    environment.cache_clear()
    account = mailbox_account()
    environment.cache_clear()
    assert account is not None
    assert (account.tls, account.port) == (tls, port)


@pytest.mark.parametrize(
    ("setting", "value", "error"),
    [
        ("OUTREACH_IMAP_URL", "imaps://u:p@mail.example.org", NotAllowed),
        ("OUTREACH_IMAP_URL", "http://127.0.0.1", BadInput),
        ("OUTREACH_INBOUND_DOMAIN", "", BadInput),
    ],
)
def test_mailbox_that_may_not_be_read_is_refused(
    mailbox: ImapServer,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    value: str,
    error: type[Exception],
) -> None:
    monkeypatch.setenv(setting, value)
    environment.cache_clear()
    with pytest.raises(error):
        read_mailbox()


def test_without_a_mailbox_there_is_nothing_to_do(as_work: None) -> None:
    assert read_mailbox() == MailboxRead()
