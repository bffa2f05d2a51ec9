"""Status callbacks and inbound texts: order, signature, retries, opt-out words."""

from __future__ import annotations

import pytest
from sandbox_receiver import Received, Receiver
from sandbox_senders import PARENT, SCHOOL, Twilio
from twilio.request_validator import RequestValidator

from outreach.core.channels import Channel
from outreach.core.errors import BadInput
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.faults import FaultKind

SMS = Channel.SMS


def signature_is_good(twilio: Twilio, url: str, received: Received) -> bool:
    validator = RequestValidator(twilio.server.twilio_auth_token)
    return validator.validate(url, received.form, received.headers["x-twilio-signature"])


def statuses(received: list[Received]) -> list[str]:
    return [each.form["MessageStatus"] for each in received]


def test_callbacks_come_in_order_and_verify_with_the_sdk(
    twilio: Twilio, receiver: Receiver
) -> None:
    url = f"{receiver.url}/status/abc?x=1"
    sid = twilio.send(StatusCallback=url).json["sid"]
    got = receiver.wait_for(3)
    assert statuses(got) == ["queued", "sent", "delivered"]
    assert {each.form["MessageSid"] for each in got} == {sid}
    assert all(signature_is_good(twilio, url, each) for each in got)


def test_undelivered_number_ends_with_its_code(
    twilio: Twilio, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(
        outcomes=[{"channel": "sms", "suffix": "23", "kind": "undelivered", "code": "30006"}]
    )
    uri = twilio.send(StatusCallback=f"{receiver.url}/s/1").json["uri"]
    got = receiver.wait_for(3)
    assert statuses(got) == ["queued", "sent", "undelivered"]
    assert got[-1].form["ErrorCode"] == "30006"
    assert twilio.get(uri).json["error_code"] == 30006


def test_stuck_text_fails_when_its_validity_ends(
    twilio: Twilio, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(outcomes=[{"channel": "sms", "suffix": "23", "kind": "stuck"}])
    twilio.send(StatusCallback=f"{receiver.url}/s/1", ValidityPeriod="1")
    got = receiver.wait_for(2)
    assert statuses(got) == ["queued", "failed"]
    assert got[-1].form["ErrorCode"] == "30036"


def test_fragment_asks_for_five_retries_and_is_not_signed(
    twilio: Twilio, receiver: Receiver, control: SandboxControl
) -> None:
    receiver.answers = [503, 403, 500, 503, 503]
    control.configure(outcomes=[{"channel": "sms", "suffix": "23", "kind": "stuck"}])
    twilio.send(StatusCallback=f"{receiver.url}/s/1#rc=5&rp=all")
    got = receiver.wait_for(6)
    control.wait_until_quiet()
    assert statuses(got) == ["queued"] * 6
    assert signature_is_good(twilio, f"{receiver.url}/s/1", got[-1])


def test_without_overrides_an_answered_error_is_not_retried(
    twilio: Twilio, receiver: Receiver, control: SandboxControl
) -> None:
    receiver.answers = [500]
    control.configure(outcomes=[{"channel": "sms", "suffix": "23", "kind": "stuck"}])
    twilio.send(StatusCallback=f"{receiver.url}/s/1")
    receiver.wait_for(1)
    control.wait_until_quiet()
    assert len(receiver.received) == 1


def test_without_overrides_a_refused_connection_is_tried_once_more(
    twilio: Twilio, control: SandboxControl
) -> None:
    with Receiver() as gone:
        url = gone.url
    control.configure(outcomes=[{"channel": "sms", "suffix": "23", "kind": "stuck"}])
    twilio.send(StatusCallback=f"{url}/s/1")
    control.wait_until_quiet()
    counts = control.callbacks()["counts"]
    assert (counts["posted"], counts["given_up"]) == (2, 1)


def test_callback_to_a_foreign_host_is_never_posted(
    twilio: Twilio, control: SandboxControl
) -> None:
    twilio.send(StatusCallback="https://example.com/s/1")
    control.wait_until_quiet()
    assert "example.com" in control.callbacks()["last_failure"]


def test_duplicate_shuffled_and_forged_callbacks_on_demand(
    twilio: Twilio, receiver: Receiver, control: SandboxControl
) -> None:
    url = f"{receiver.url}/s/1"
    control.fail(SMS, FaultKind.DUPLICATE_CALLBACKS, 1, times=3)
    control.fail(SMS, FaultKind.SHUFFLED_CALLBACKS, 1)
    control.fail(SMS, FaultKind.FORGED_CALLBACKS, 1)
    uri = twilio.send(StatusCallback=url).json["uri"]
    got = receiver.wait_for(12)
    good = [each for each in got if signature_is_good(twilio, url, each)]
    assert len(good) == 9
    assert statuses(good)[::3] != ["queued", "sent", "delivered"]
    control.wait_until_quiet()
    assert twilio.get(uri).json["status"] == "delivered"


def test_held_callbacks_come_when_released(
    twilio: Twilio, receiver: Receiver, control: SandboxControl
) -> None:
    control.fail(SMS, FaultKind.HELD_CALLBACKS)
    twilio.send(StatusCallback=f"{receiver.url}/s/1")
    control.wait_until_quiet()
    assert receiver.received == []
    assert control.clear_faults(SMS, FaultKind.HELD_CALLBACKS) == 3
    assert sorted(statuses(receiver.wait_for(3))) == ["delivered", "queued", "sent"]


def test_stop_blocks_sends_until_start_where_twilio_handles_it(
    twilio: Twilio, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(sms_inbound_url=f"{receiver.url}/in")
    twilio.send()
    control.reply_from_phone(PARENT, " stop ")
    (got,) = receiver.wait_for(1)
    assert signature_is_good(twilio, f"{receiver.url}/in", got)
    assert (got.form["From"], got.form["To"], got.form["Body"]) == (PARENT, SCHOOL, " stop ")
    assert "OptOutType" not in got.form
    refused = twilio.send()
    assert (refused.status, refused.json["code"]) == (400, 21610)
    shown = control.messages(SMS, PARENT)
    assert [m["direction"] for m in shown] == ["outbound-api", "inbound", "outbound-reply"]
    control.reply_from_phone(PARENT, "START")
    assert twilio.send().status == 201


def test_stop_is_ours_to_handle_where_the_sender_says_so(
    twilio: Twilio, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(
        sms_inbound_url=f"{receiver.url}/in",
        senders=[{"sender": SCHOOL, "opt_out_handled_by": "us"}],
    )
    twilio.send()
    control.reply_from_phone(PARENT, "STOP")
    receiver.wait_for(1)
    assert twilio.send().status == 201
    assert control.blocked()["opted_out"] == []


def test_advanced_opt_out_names_its_type(
    twilio: Twilio, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(
        sms_inbound_url=f"{receiver.url}/in",
        senders=[{"sender": SCHOOL, "advanced_opt_out": True}],
    )
    twilio.send()
    for word in ("Unsubscribe", "START", "info", "thank you"):
        control.reply_from_phone(PARENT, word)
    got = {each.form["Body"]: each.form.get("OptOutType") for each in receiver.wait_for(4)}
    assert got == {"Unsubscribe": "STOP", "START": "START", "info": "HELP", "thank you": None}


def test_stop_to_one_number_of_a_service_counts_for_all_of_it(
    twilio: Twilio, control: SandboxControl
) -> None:
    service = "MG" + "b" * 32
    control.configure(senders=[{"sender": service, "numbers": [SCHOOL]}])
    twilio.send(From="", MessagingServiceSid=service)
    control.wait_until_quiet()
    control.reply_from_phone(PARENT, "STOP")
    assert twilio.send(From="", MessagingServiceSid=service).json["code"] == 21610


def test_inbound_text_is_in_the_list_even_if_the_webhook_was_lost(
    twilio: Twilio, receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(sms_inbound_url=f"{receiver.url}/in#rc=1&rp=5xx")
    receiver.answers = [500, 500]
    sid = control.reply_from_phone(PARENT, "He is writing to her", to=SCHOOL)
    receiver.wait_for(2)
    control.wait_until_quiet()
    (listed,) = twilio.list(To=SCHOOL).json["messages"]
    assert (listed["sid"], listed["direction"], listed["status"]) == (sid, "inbound", "received")


def test_picture_message_brings_its_media_addresses(
    receiver: Receiver, control: SandboxControl
) -> None:
    control.configure(sms_inbound_url=f"{receiver.url}/in")
    control.reply_from_phone(PARENT, "look", to=SCHOOL, media_types=["image/jpeg"])
    (got,) = receiver.wait_for(1)
    assert (got.form["NumMedia"], got.form["MediaContentType0"]) == ("1", "image/jpeg")
    assert got.form["MediaUrl0"].startswith("https://api.twilio.com/")


def test_sender_that_is_a_name_cannot_be_answered(twilio: Twilio, control: SandboxControl) -> None:
    twilio.send(From="HillSchool")
    with pytest.raises(BadInput, match="cannot receive"):
        control.reply_from_phone(PARENT, "STOP", to="HillSchool")
