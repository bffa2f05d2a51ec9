"""A chunk of emails as it is written: each has their own links, whoever stands beside them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from outreach.content import TemplateSet
from outreach.core.channels import Channel
from outreach.core.tokens import (
    ANSWER_LINK,
    DELIVERY_STATUS,
    PREFERENCES,
    PREFERENCES_BY_DELIVERY,
    REPLY_TO,
    STOP_LINK,
    TokenSealer,
)
from outreach.delivery.sending.chunks import Candidate
from outreach.delivery.sending.writing import Letterhead, values_of, write_emails, write_texts
from outreach.providers.port import EmailRecipient
from outreach.providers.substitution import substitute

RUN = 7
SEALER = TokenSealer([b"a secret of the tests"])
HEAD = """---
subject: "{{ school.name }}"
preheader: "Read me"
reviewed_by: null
---
"""
PLAIN = "Dear {{ recipient.name }}, [stop]({{ links.stop }}).\n"
ASKING = PLAIN + "Did you read it? [Answer]({{ links.answer }})\n"
TEXTING = PLAIN + "For texts: {{ sms.stop_line }}\n"
TEXT = "{{ recipient.name }}: {{ links.answer }} {{ sms.stop_line }}\n"
LETTERHEAD = Letterhead(
    templates=TemplateSet(
        {
            "en/plain.email.md": HEAD + PLAIN,
            "en/asking.email.md": HEAD + ASKING,
            "en/texting.email.md": HEAD + TEXTING,
            "en/asking.sms.txt": TEXT,
        }
    ),
    step_key="plain",
    step_number=1,
    step_total=2,
    step_run_id=RUN,
    organisation="Safer Schools",
    public_url="https://say-no.example.org",
    inbound_domain="in.example.org",
    sender_identity="hello@mail.example.org",
    can_receive=True,
    prices={},
    sealer=SEALER,
    status_url=str,
)


def candidates(number: int = 40, first: int = 65_520) -> list[Candidate]:
    """Parents of three schools in turn; their numbers become longer among them."""
    return [
        Candidate(
            id=first + place,
            attempt=1,
            language="en",
            address=f"parent{place}@example.org",
            country="",
            school_id=place % 3 + 1,
            school_name=f"School {place % 3 + 1}",
            school_country="GB",
            name=f"Parent {place}",
        )
        for place in range(number)
    ]


def written(head: Letterhead) -> list[tuple[Candidate, EmailRecipient, str]]:
    """Each candidate with their envelope and the text that they get."""
    (mail,) = write_emails(head, candidates()).emails
    return [
        (candidate, recipient, substitute(mail.request.text, recipient.substitutions))
        for candidate, recipient in zip(mail.candidates, mail.request.recipients, strict=True)
    ]


def token_in(text: str, door: str) -> str:
    found = re.search(rf"https://say-no\.example\.org/{door}/([a-z2-7]+)", text)
    assert found is not None
    return found[1]


def test_every_link_of_a_mail_opens_its_own_delivery() -> None:
    for candidate, recipient, text in written(LETTERHEAD):
        key = (RUN, candidate.id)
        assert SEALER.open(STOP_LINK, token_in(text, "u")) == key
        assert SEALER.open(PREFERENCES, token_in(text, "p")) == (PREFERENCES_BY_DELIVERY, *key)
        assert SEALER.open(DELIVERY_STATUS, recipient.token) == (*key, 2)
        reply = re.fullmatch(r"reply\+([a-z2-7]+)@in\.example\.org", recipient.reply_to or "")
        assert reply is not None
        assert SEALER.open(REPLY_TO, reply[1]) == key


def test_the_headers_of_a_mail_stop_its_own_delivery_with_one_click() -> None:
    for candidate, recipient, text in written(LETTERHEAD):
        stop = token_in(text, "u")
        assert recipient.headers == {
            "List-Unsubscribe": f"<https://say-no.example.org/u/{stop}>, "
            f"<mailto:unsubscribe+{stop}@in.example.org>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        assert recipient.to == candidate.address


def test_name_and_school_of_a_mail_are_those_of_its_reader() -> None:
    for candidate, recipient, text in written(LETTERHEAD):
        assert f"Dear {candidate.name}," in text
        assert recipient.from_name == f"{candidate.school_name} via Safer Schools"


def test_a_mail_that_asks_has_an_answer_link_of_its_own() -> None:
    for candidate, _, text in written(replace(LETTERHEAD, step_key="asking")):
        assert SEALER.open(ANSWER_LINK, token_in(text, "a")) == (RUN, candidate.id)


@pytest.mark.parametrize("can_receive", [True, False])
def test_a_mail_may_say_how_to_stop_texts(can_receive: bool) -> None:
    head = replace(LETTERHEAD, step_key="texting", can_receive=can_receive)
    for candidate, _, text in written(head):
        line = " ".join(text.split()).partition("For texts: ")[2].partition("-----")[0]
        links = re.findall(r"/u/(\w+)", line)
        opened = [SEALER.open(STOP_LINK, link) for link in links]
        assert opened == ([] if can_receive else [(RUN, candidate.id)])


def test_a_text_that_asks_has_an_answer_link_of_its_own() -> None:
    texts = write_texts(replace(LETTERHEAD, step_key="asking"), candidates(), 60).texts
    for text in texts:
        token = token_in(text.message.body, "a")
        assert SEALER.open(ANSWER_LINK, token) == (RUN, text.candidate.id)
        assert SEALER.open(DELIVERY_STATUS, text.message.status_callback) == (
            RUN,
            text.candidate.id,
            2,
        )


@pytest.mark.parametrize("channel", list(Channel))
def test_values_of_one_message_are_those_that_it_is_written_from(channel: Channel) -> None:
    (candidate,) = candidates(1)
    values = values_of(replace(LETTERHEAD, step_key="asking"), candidate, channel)
    assert values.recipient.name == candidate.name
    assert values.school.name == candidate.school_name
    for link, door, purpose in (
        (values.links.stop, "u", STOP_LINK),
        (values.links.answer, "a", ANSWER_LINK),
    ):
        assert SEALER.open(purpose, token_in(link or "", door)) == (RUN, candidate.id)
