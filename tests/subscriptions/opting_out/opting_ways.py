"""Every way out, as the person or somebody for the person takes it, up to what we have to do.

Each function leaves everything done that would happen by itself within seconds or minutes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from click.testing import CliRunner
from django.db.models.functions import Now

from outreach.cli.program import program
from outreach.core.channels import Channel
from outreach.core.tokens import DELIVERY_STATUS
from outreach.delivery.models import Delivery
from outreach.delivery.receipts import apply_receipts
from outreach.inbox.mailbox import read_mailbox
from outreach.inbox.models import Door
from outreach.organisation.api_keys import create_key
from outreach.organisation.audit import OPERATOR
from outreach.organisation.lanes import sealer
from outreach.organisation.models import ApiScope, Role
from outreach.replies.actions import read_waiting_replies
from outreach.replies.catch_up import read_missed_texts
from outreach.subscriptions.provider_lists import sync_provider_lists
from tests.imap_server import ImapServer
from tests.inbox.mailbox.test_inbox_mailbox import report
from tests.replies.replies_house import OUR_NUMBER, House
from tests.web.web_builders import build_staff
from tests.web.web_client import AppClient

PHONE = "+447700900123"
ANNA = "anna@example.org"
Way = Callable[[House], None]
MailboxWay = Callable[[House, ImapServer], None]


def text(words: str) -> Way:
    return lambda house: house.text(words)


def text_that_the_provider_has_read(house: House) -> None:
    house.sandbox.configure(
        senders=[{"sender": OUR_NUMBER, "opt_out_handled_by": "provider", "advanced_opt_out": True}]
    )
    house.text("STOP")


def text_that_only_the_provider_got(house: House) -> None:
    """Nobody told us: its refusal (21610) of the next message does."""
    house.sandbox.configure(
        senders=[{"sender": OUR_NUMBER, "opt_out_handled_by": "provider"}], sms_inbound_url=""
    )
    house.text("STOP")


def text_while_we_were_away(house: House) -> None:
    house.sandbox.configure(sms_inbound_url="")
    house.text("STOP")
    Door.objects.update_or_create(
        id=1, defaults={"seen_at": Now(), "missed_since": Now() - timedelta(minutes=1)}
    )
    read_missed_texts()


def call_to_the_school(**contact: str) -> Way:
    def called(house: House) -> None:
        school = Delivery.objects.select_related("school")[0].school
        staff = build_staff("Sekretariat", Role.SCHOOL_STAFF, school=school)
        form = {"why": "asked", "evidence": "phone call, 3 November", **contact}
        answer = AppClient().as_staff(staff).post("/opt-outs/new", form)
        assert answer.status_code == 302

    return called


def another_system(address: str) -> Way:
    def asked(house: House) -> None:
        made = create_key("Website", [ApiScope.ADD_OPT_OUTS], actor=OPERATOR)
        answer = AppClient().post(
            "/api/v1/opt-outs",
            json.dumps({"address": address, "evidence": "form on our website"}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {made.secret}"},
        )
        assert answer.status_code == 201

    return asked


def command_line(address: str) -> Way:
    def typed(house: House) -> None:
        words = ["optout", "add", address, "--evidence", "letter of 3 November"]
        result = CliRunner().invoke(program, words)
        assert result.exit_code == 0, result.output

    return typed


def newest_mail(house: House) -> Mapping[str, Any]:
    return house.sandbox.messages(Channel.EMAIL, ANNA)[0]


def header(house: House) -> str:
    return str(newest_mail(house)["headers"]["List-Unsubscribe"])


def mail(words: str) -> Way:
    def answered(house: House) -> None:
        house.sandbox.reply_from_mailbox(ANNA, words)
        house.work()

    return answered


def one_click_of_the_mail_program(house: House) -> None:
    """RFC 8058: a POST without cookie or login, to the address in the header."""
    found = re.search(r"<https?://[^/]+(/[^>]+)>", header(house))
    assert found is not None
    assert newest_mail(house)["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    form = "List-Unsubscribe=One-Click"
    kind = "application/x-www-form-urlencoded"
    assert AppClient(enforce_csrf_checks=True).post(found[1], form, kind).status_code == 200


def link_in_the_footer(house: House) -> None:
    found = re.search(r"https?://[^/\s\"]+(/u/[a-z2-7]+)", str(newest_mail(house)["text"]))
    assert found is not None
    client = AppClient()
    assert client.get(found[1]).status_code == 200
    assert client.post(found[1]).status_code == 200


def mailto_of_the_mail_program(house: House) -> None:
    house.sandbox.unsubscribe(ANNA, "mailto")
    house.work()


def unsubscribed_at_sendgrid(house: House) -> None:
    house.sandbox.unsubscribe(ANNA, "provider")
    house.work()


def marked_as_spam(house: House) -> None:
    house.sandbox.report_spam(ANNA)
    house.work()


def on_a_list_of_sendgrid(reason: str) -> Way:
    def listed(house: House) -> None:
        house.sandbox.configure(email_events_url="")
        house.sandbox.suppress(ANNA, reason)
        sync_provider_lists()

    return listed


def _written(house: House, words: str, to: str) -> bytes:
    written = EmailMessage()
    written["From"], written["To"] = ANNA, to
    written["Subject"], written["Message-ID"] = "Re: A message", "<imap1@example.org>"
    written.set_content(words)
    return written.as_bytes()


def mail_to_the_mailbox(house: House, mailbox: ImapServer) -> None:
    mailbox.deliver(_written(house, "Please stop these mails", str(newest_mail(house)["reply_to"])))
    read_mailbox()
    read_waiting_replies()


def mailto_to_the_mailbox(house: House, mailbox: ImapServer) -> None:
    found = re.search(r"mailto:([^>?]+)", header(house))
    assert found is not None
    mailbox.deliver(_written(house, "", found[1]))
    read_mailbox()
    read_waiting_replies()


def bounce_in_the_mailbox(house: House, mailbox: ImapServer) -> None:
    sent = Delivery.objects.get()
    token = sealer().seal(DELIVERY_STATUS, sent.step_run_id, sent.id, sent.attempt)
    mailbox.deliver(report(to=f"bounce+{token}@reply.outreach.test"))
    read_mailbox()
    apply_receipts()


TEXTS: Mapping[str, Way] = {
    "the word STOP": text("STOP"),
    "the word in another language": text("  Stopp!! "),
    "plain words": text("please take me off this list"),
    "plain words in Ukrainian": text("будь ласка, більше не пишіть мені"),
    "read by the provider": text_that_the_provider_has_read,
    "known to the provider alone": text_that_only_the_provider_got,
    "while we were away": text_while_we_were_away,
    "one topic by name": text("STOP SAFETY"),
    "perhaps a stop": text("stop xqzt"),
    "a call to the school": call_to_the_school(phone="07700 900123"),
    "another system": another_system(PHONE),
    "the command line": command_line(PHONE),
}
MAILS: Mapping[str, Way] = {
    "an answer": mail("Stop"),
    "an answer in plain words": mail("Bitte nehmen Sie mich aus dem Verteiler."),
    "one click in the mail program": one_click_of_the_mail_program,
    "a mail by the mail program": mailto_of_the_mail_program,
    "the link in the footer": link_in_the_footer,
    "SendGrid's own link": unsubscribed_at_sendgrid,
    "marked as spam": marked_as_spam,
    "listed as unsubscribed": on_a_list_of_sendgrid("Unsubscribed Address"),
    "listed for spam": on_a_list_of_sendgrid("Spam Reporting Address"),
    "listed as bounced": on_a_list_of_sendgrid("Bounced Address"),
    "listed as no address": on_a_list_of_sendgrid("Invalid"),
    "a call to the school": call_to_the_school(email="Anna@Example.org"),
    "another system": another_system("ANNA@example.org"),
    "the command line": command_line(ANNA),
}
TO_A_MAILBOX: Mapping[str, MailboxWay] = {
    "an answer": mail_to_the_mailbox,
    "a mail by the mail program": mailto_to_the_mailbox,
    "a delivery report": bounce_in_the_mailbox,
}
