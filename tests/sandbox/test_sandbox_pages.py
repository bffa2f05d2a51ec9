"""The pages, as a browser gets them."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from sandbox_receiver import Receiver
from sandbox_senders import PARENT, SCHOOL, Answer, SendGrid, Twilio, ask, mail

from outreach.core.channels import Channel
from outreach.sandbox.control import SandboxControl, SandboxServer

ANNA = "anna@home.example"


def get(sandbox: SandboxServer, path: str) -> Answer:
    return ask(sandbox.url, "GET", path)


def submit(sandbox: SandboxServer, path: str, **fields: str) -> Answer:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": sandbox.url}
    return ask(sandbox.url, "POST", path, urlencode(fields).encode(), headers)


def mail_path(control: SandboxControl) -> str:
    (got,) = control.messages(Channel.EMAIL, ANNA)
    return f"/mail/{ANNA}/{got['id']}"


@pytest.mark.parametrize("path", ["/", f"/phone/{PARENT}", f"/mail/{ANNA}"])
def test_empty_page_says_what_to_do(sandbox: SandboxServer, path: str) -> None:
    page = get(sandbox, path)
    assert page.status == 200
    assert "No message has arrived" in page.body.decode() or "When Outreach" in page.body.decode()


def test_list_shows_both_channels_and_finds_one(
    sandbox: SandboxServer, twilio: Twilio, sendgrid: SendGrid
) -> None:
    twilio.send()
    sendgrid.send(mail(ANNA))
    everybody = get(sandbox, "/").body.decode()
    assert PARENT in everybody
    assert ANNA in everybody
    one = get(sandbox, "/?q=ANNA").body.decode()
    assert ANNA in one
    assert PARENT not in one


def test_long_list_is_cut_into_pages(sandbox: SandboxServer, sendgrid: SendGrid) -> None:
    sendgrid.send(mail(*[f"p{number}@home.example" for number in range(60)]))
    assert get(sandbox, "/").body.count(b'<span class="who">') == 50
    assert get(sandbox, "/?page=1").body.count(b'<span class="who">') == 10


def test_pages_load_nothing_from_elsewhere(sandbox: SandboxServer, twilio: Twilio) -> None:
    twilio.send()
    for path in ("/", f"/phone/{PARENT}"):
        page = get(sandbox, path)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert b"http://" not in page.body
        assert b"https://" not in page.body
        assert b"style=" not in page.body
    assert get(sandbox, "/sandbox/static/style.css").status == 200
    assert get(sandbox, "/sandbox/static/../server.py").status == 404


def test_quick_stop_on_the_phone_is_a_reply_to_the_sender(
    sandbox: SandboxServer, twilio: Twilio, control: SandboxControl
) -> None:
    twilio.send()
    answer = submit(sandbox, f"/phone/{PARENT}", to=SCHOOL, quick="STOP", body="")
    assert (answer.status, answer.headers["location"]) == (303, f"/phone/%2B{PARENT[1:]}")
    assert control.blocked()["opted_out"] == [{"sender": SCHOOL, "number": PARENT}]
    assert "has opted out" in get(sandbox, f"/phone/{PARENT}").body.decode()


def test_named_sender_leaves_no_box_to_reply_in(sandbox: SandboxServer, twilio: Twilio) -> None:
    twilio.send(From="HillSchool")
    page = get(sandbox, f"/phone/{PARENT}").body.decode()
    assert "cannot receive replies" in page
    assert "<form" not in page


def test_text_of_a_message_is_escaped(sandbox: SandboxServer, twilio: Twilio) -> None:
    twilio.send(Body="<script>alert(1)</script>")
    for path in ("/", f"/phone/{PARENT}"):
        assert b"<script>alert" not in get(sandbox, path).body


def test_mail_is_shown_in_three_tabs(
    sandbox: SandboxServer, sendgrid: SendGrid, control: SandboxControl
) -> None:
    sendgrid.send(mail(ANNA))
    shown = {
        tab: get(sandbox, f"/mail/{ANNA}?tab={tab}").body for tab in ("html", "text", "headers")
    }
    assert f'src="{mail_path(control)}/body"'.encode() in shown["html"].replace(b"%40", b"@")
    assert b"<pre" in shown["text"]
    assert b"Message-ID" in shown["headers"]


def test_html_of_a_mail_may_run_and_load_nothing(
    sandbox: SandboxServer, sendgrid: SendGrid, control: SandboxControl
) -> None:
    sendgrid.send(mail(ANNA))
    body = get(sandbox, f"{mail_path(control)}/body")
    policy = body.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert b"<p>Talk with your child.</p>" in body.body


def test_unsubscribe_button_tells_how_it_went(
    sandbox: SandboxServer, sendgrid: SendGrid, control: SandboxControl, receiver: Receiver
) -> None:
    body = mail(ANNA)
    body["personalizations"][0]["headers"] = {
        "List-Unsubscribe": f"<{receiver.url}/stop>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    sendgrid.send(body)
    path = f"{mail_path(control)}/unsubscribe"
    receiver.answers = [200, 403]
    assert "done=unsubscribed" in submit(sandbox, path).headers["location"]
    assert "done=refused" in submit(sandbox, path).headers["location"]
    assert [each.body for each in receiver.received] == [b"List-Unsubscribe=One-Click"] * 2


def test_reply_and_spam_report_from_the_mailbox(
    sandbox: SandboxServer, sendgrid: SendGrid, control: SandboxControl
) -> None:
    sendgrid.send(mail(ANNA))
    assert submit(sandbox, f"{mail_path(control)}/reply", text="Thank you").status == 303
    assert submit(sandbox, f"{mail_path(control)}/spam").status == 303
    page = get(sandbox, f"/mail/{ANNA}").body.decode()
    assert "1 sent from here" in page
    assert "Spam Reporting Address" in page


def test_search_opens_a_phone_or_mailbox_that_got_nothing(sandbox: SandboxServer) -> None:
    assert get(sandbox, "/open?q=%2B447700900999").headers["location"] == "/phone/%2B447700900999"
    assert get(sandbox, "/open?q=New@Home.example").headers["location"] == "/mail/new@home.example"
    assert get(sandbox, "/open?q=bad@").status == 400


def test_unknown_mail_is_a_page_with_a_way_back(sandbox: SandboxServer, sendgrid: SendGrid) -> None:
    sendgrid.send(mail(ANNA))
    page = get(sandbox, f"/mail/{ANNA}?id=gone")
    assert page.status == 404
    assert b"Back to phones and mailboxes" in page.body


def test_other_sites_can_neither_post_nor_reach_it_by_another_name(sandbox: SandboxServer) -> None:
    foreign = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    for path in ("/sandbox/api/reset", f"/phone/{PARENT}"):
        assert ask(sandbox.url, "POST", path, b"", foreign).status == 403
    assert ask(sandbox.url, "GET", "/", headers={"Host": "evil.example"}).status == 403
