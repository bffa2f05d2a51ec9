"""With addresses encrypted in the database everything goes on as before."""

from __future__ import annotations

import io
from datetime import UTC, timedelta

from django.db import connection

from outreach.audience.models import Address
from outreach.campaigns.models import StepRun
from outreach.consent.models import Topic
from outreach.consent.queries import is_suppressed
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.core.emails import normalise_email
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.history import history_of
from outreach.delivery.ledger import News, move
from outreach.delivery.ledger_export import write_csv
from outreach.delivery.models import Batch, Delivery
from outreach.delivery.rules import Event
from outreach.delivery.sealing.sealer import seal_ledger
from outreach.delivery.sealing.verify import verify_ledger
from outreach.inbox.models import InboundMessage
from outreach.notices.models import Notice
from outreach.operations.retention import forget_what_is_old
from outreach.organisation.audit import OPERATOR
from outreach.organisation.audit_log import Wanted, read_log
from outreach.replies.forgetting import forget_writer
from outreach.sandbox.control import SandboxControl
from outreach.subscriptions.erasing import erase_address
from outreach.subscriptions.joining import Target, Wish, ask_on_page
from outreach.subscriptions.school_parents import find_parents
from tests.delivery import delivery_builders as build
from tests.operations.encryption_house import (
    FIRST,
    MAIL,
    NUMBER,
    AsOwner,
    Begin,
    build_life,
    dump,
    encrypt,
    live,
    readable,
    send_first_step,
    write_to_us,
)


def test_a_launch_with_encrypted_addresses_reaches_everybody_once(
    begin: Begin, installation: FrozenClock, providers: SandboxControl
) -> None:
    begin(FIRST)
    school = build.build_school()
    for n in range(40):
        build.build_parent(school, phone=NUMBER.format(n))
        build.build_parent(school, email=MAIL.format(n))
    send_first_step(installation)
    for batch in Batch.objects.all():
        send_batch(batch.pk)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"accepted"}
    for channel, form in ((Channel.SMS, NUMBER), (Channel.EMAIL, MAIL)):
        taken = providers.accepted(channel)
        assert (taken.accepted, taken.duplicates) == (40, {})
        assert all(len(providers.messages(channel, form.format(n))) == 1 for n in range(40))


def test_parents_are_found_by_the_whole_address_and_by_the_beginning_of_a_name(
    begin: Begin,
) -> None:
    begin(FIRST)
    school = build_life()
    assert find_parents(school, text=MAIL.format(1).upper())[1] == 1
    assert find_parents(school, text="07700 900302")[1] == 1
    assert find_parents(school, text="parent")[1] == 0
    assert find_parents(school, text="e")[1] == 0
    assert find_parents(school, text="mail")[1] == 4
    (first, *_), _ = find_parents(school, text="Phone 3")
    assert first.addresses[0].value == NUMBER.format(3)


def test_the_audit_log_is_read_by_the_whole_address(begin: Begin) -> None:
    begin(FIRST)
    build_life()
    for who, expected in (("Mara@secret.example", 1), ("mara", 0), (OPERATOR.name, 1)):
        lines = read_log(Wanted(zone=UTC, who=who), most=1)
        assert len(lines) == expected
        assert all(line.who == who.lower() for line in lines)


def test_erasing_forgets_the_messages_of_the_address_however_it_was_written(begin: Begin) -> None:
    begin(FIRST)
    school = build_life()
    target = Target.of_email(normalise_email("Parent1@Secret.Example"))
    ask_on_page(Wish(school, list(Topic.objects.all()), "en", [target], "page"), "")
    write_to_us("Stop it", sender="PARENT1@secret.example", channel=Channel.EMAIL)
    assert Notice.objects.exclude(destination="").count() == 1
    address = Address.objects.get(match_key=MAIL.format(1))
    erase_address(address)
    forget_writer("email", MAIL.format(1))
    assert Notice.objects.exclude(destination="").count() == 0
    address.refresh_from_db()
    assert (address.value, address.match_key) == ("", f"erased:{address.pk}")
    assert is_suppressed("email", MAIL.format(1))
    assert not InboundMessage.objects.filter(from_address__iexact=MAIL.format(1), text="").exists()


def test_the_seals_of_the_ledger_hold_when_the_names_in_it_are_encrypted(
    begin: Begin, installation: FrozenClock, as_owner: AsOwner
) -> None:
    build.build_parents(build.build_school(), 3)
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    ids = list(Delivery.objects.values_list("id", flat=True))
    cancel(run, ids[:1], "mara@secret.example")
    assert seal_ledger().events == 1
    begin(FIRST)
    assert encrypt(as_owner) > 0
    cancel(run, ids[1:], "mara@secret.example")
    assert seal_ledger().events == 2
    assert not verify_ledger().findings
    out = io.StringIO()
    assert write_csv(out) == 3
    assert out.getvalue().count("mara@secret.example") == 3
    assert history_of(run.pk, ids[0]).lines[-1].actor == "mara@secret.example"
    assert readable(dump(as_owner)) == []


def cancel(run: StepRun, ids: list[int], who: str) -> None:
    with connection.cursor() as cursor:
        news = [News(each, Event.CANCEL) for each in ids]
        move(cursor, run.pk, news, now=now(), actor=who, worker="staff")


def test_what_is_over_is_forgotten_in_an_encrypted_installation_too(
    begin: Begin, installation: FrozenClock
) -> None:
    begin(FIRST)
    school = build_life()
    live(installation, school)
    installation.tick(timedelta(days=400))
    done = forget_what_is_old()
    assert done["notices"] > 0
    assert done["replies"] > 0
    assert not Notice.objects.exclude(destination="", text="").exists()


def test_words_that_only_look_encrypted_are_read_as_they_are(
    begin: Begin, as_owner: AsOwner
) -> None:
    """And hold up nobody who goes back to plain text."""
    words = ("e1:1:YWJj stop", "e1:1:" + "A" * 60)
    for number, setting in enumerate(("", FIRST)):
        begin(setting)
        for place, each in enumerate(words):
            write_to_us(each, sender=NUMBER.format(2 * number + place))
    begin(f"{FIRST},2:off")
    assert encrypt(as_owner) > 0
    begin("")
    for number in range(4):
        found = InboundMessage.objects.get(from_address__iexact=NUMBER.format(number))
        assert found.text == words[number % 2]
