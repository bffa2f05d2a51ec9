"""The Messages resource: what is accepted, refused, listed."""

from __future__ import annotations

import pytest
from sandbox_senders import PARENT, SCHOOL, Twilio

from outreach.core.channels import Channel
from outreach.sandbox.control import SandboxControl
from outreach.sandbox.segments import count_parts

SERVICE = "MG" + "a" * 32


def test_accepted_text_is_queued_and_not_yet_sent(twilio: Twilio, control: SandboxControl) -> None:
    control.configure(min_delay_seconds=60, max_delay_seconds=60)
    answer = twilio.send()
    assert answer.status == 201
    assert (answer.json["status"], answer.json["date_sent"]) == ("queued", None)
    assert twilio.get(answer.json["uri"]).json["sid"] == answer.json["sid"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"To": "07700 900123"}, 21211),
        ({"To": "+44123"}, 21211),
        ({"From": "far too long a name"}, 21212),
        ({"Body": "x" * 1601}, 21617),
        ({"ValidityPeriod": "0"}, 21621),
        ({"StatusCallback": "/twilio/status/abc"}, 21609),
    ],
)
def test_bad_request_is_refused_with_twilios_code(
    twilio: Twilio, control: SandboxControl, fields: dict[str, str], code: int
) -> None:
    to = fields.pop("To", PARENT)
    answer = twilio.send(to, **fields)
    assert (answer.status, answer.json["code"]) == (400, code)
    assert control.accepted(Channel.SMS).accepted == 0


def test_wrong_credentials_are_401_20003(twilio: Twilio) -> None:
    answer = twilio.send(auth="Basic bm9ib2R5Om5vdGhpbmc=")
    assert (answer.status, answer.json["code"]) == (401, 20003)
    assert twilio.send(auth="Basic !").json["code"] == 20003


def test_country_that_is_not_enabled_is_21408(twilio: Twilio, control: SandboxControl) -> None:
    control.configure(countries=["DE"])
    assert twilio.send("+447400123456").json["code"] == 21408
    assert twilio.send("+4915112345678").status == 201


def test_number_with_a_refusal_outcome_is_refused_so(
    twilio: Twilio, control: SandboxControl
) -> None:
    control.configure(
        outcomes=[{"channel": "sms", "suffix": "123", "kind": "refused", "code": "21614"}]
    )
    assert twilio.send(PARENT).json["code"] == 21614
    assert twilio.send("+447700900124").status == 201


def test_service_chooses_its_number_after_acceptance(
    twilio: Twilio, control: SandboxControl
) -> None:
    control.configure(senders=[{"sender": SERVICE, "numbers": [SCHOOL]}])
    answer = twilio.send(From="", MessagingServiceSid=SERVICE)
    assert (answer.json["from"], answer.json["num_segments"]) == (None, "0")
    assert answer.json["status"] == "accepted"
    control.wait_until_quiet()
    later = twilio.get(answer.json["uri"]).json
    assert (later["from"], later["num_segments"], later["status"]) == (SCHOOL, "1", "delivered")


def test_unsent_message_is_listed_by_number_and_missed_by_date(
    twilio: Twilio, control: SandboxControl
) -> None:
    control.configure(min_delay_seconds=60, max_delay_seconds=60)
    sid = twilio.send().json["sid"]
    assert [m["sid"] for m in twilio.list(To=PARENT, From=SCHOOL).json["messages"]] == [sid]
    assert twilio.list(**{"To": PARENT, "DateSent>": "2020-01-01"}).json["messages"] == []


def test_date_filters_keep_what_was_sent_then(twilio: Twilio, control: SandboxControl) -> None:
    twilio.send()
    control.wait_until_quiet()
    assert len(twilio.list(**{"DateSent>": "2020-01-01"}).json["messages"]) == 1
    assert len(twilio.list(**{"DateSent>": "2020-01-01T08:00:00Z"}).json["messages"]) == 1
    assert twilio.list(**{"DateSent<": "2020-01-01"}).json["messages"] == []
    assert twilio.list(DateSent="2020-01-01").json["messages"] == []
    assert twilio.list(DateSent="last week").status == 400


def test_pages_of_the_list_hold_still_while_messages_arrive(
    twilio: Twilio, control: SandboxControl
) -> None:
    sent = [twilio.send().json["sid"] for _ in range(5)]
    page = twilio.list(PageSize="2").json
    twilio.send()
    seen = [m["sid"] for m in page["messages"]]
    while page["next_page_uri"]:
        page = twilio.get(page["next_page_uri"]).json
        seen += [m["sid"] for m in page["messages"]]
    assert seen == sent[::-1]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" * 5, 2),
        ("’" * 70, 1),  # noqa: RUF001 - the curly quote is the case
        ("’" * 71, 2),  # noqa: RUF001 - as above
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_parts_are_counted_as_a_carrier_does(text: str, parts: int) -> None:
    assert count_parts(text) == parts
