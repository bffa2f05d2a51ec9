"""SendGrid's own lists and our suppressions, kept alike over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from outreach.consent.actions import suppress
from outreach.consent.models import ProviderList, Suppression, SuppressionReason
from outreach.consent.queries import active_suppressions, is_suppressed
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.core.errors import ProviderBusy, ProviderRefused
from outreach.organisation import lanes
from outreach.organisation.audit import OPERATOR, RECIPIENT
from outreach.providers.port import ListedFor
from outreach.providers.sendgrid.suppressions import SendGridOptOuts
from outreach.sandbox.control import SandboxControl, SandboxServer
from outreach.sandbox.faults import FaultKind
from outreach.subscriptions.opt_in import opt_in_again
from outreach.subscriptions.opt_out import opt_out
from outreach.subscriptions.provider_lists import sync_provider_lists
from tests.delivery import delivery_builders as build

ANNA = "anna@example.org"


@pytest.fixture(autouse=True)
def _same_time(frozen_clock: FrozenClock) -> None:
    """The sandbox lives in real time, and its entries carry it."""
    frozen_clock.tick(datetime.now(UTC) - now())


def reason_of(email: str) -> str:
    return active_suppressions("email", email).get().reason


@pytest.mark.parametrize(
    ("at_provider", "reason"),
    [
        ("Unsubscribed Address", SuppressionReason.PROVIDER),
        ("Spam Reporting Address", SuppressionReason.COMPLAINT),
        ("Bounced Address", SuppressionReason.BOUNCE),
        ("Invalid", SuppressionReason.BOUNCE),
    ],
)
def test_each_list_is_read_with_its_own_reason(
    sandbox: SandboxControl, at_provider: str, reason: str
) -> None:
    sandbox.suppress(ANNA.title(), at_provider)
    assert sync_provider_lists().news == 1
    assert reason_of(ANNA) == reason
    assert sync_provider_lists().news == 0


def test_long_list_is_read_page_by_page(
    sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.providers.sendgrid.suppressions.PAGE_SIZE", 3)
    monkeypatch.setattr(SendGridOptOuts, "page_size", 3)
    for number in range(8):
        sandbox.suppress(f"parent{number}@example.org", "Unsubscribed Address")
    done = sync_provider_lists()
    assert (done.read, done.news, done.is_done) == (8, 8, True)


def test_reading_goes_on_where_it_was_broken_off(
    sandbox: SandboxControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.providers.sendgrid.suppressions.PAGE_SIZE", 2)
    monkeypatch.setattr(SendGridOptOuts, "page_size", 2)
    for number in range(3):
        sandbox.suppress(f"parent{number}@example.org", "Unsubscribed Address")
    lists = lanes.opt_out_lists()["sendgrid"]  # type: ignore[index]  # a StrEnum's value
    real = lists.page
    monkeypatch.setattr(lists, "page", _only_once(real))
    with pytest.raises(ProviderBusy):
        sync_provider_lists()
    assert Suppression.objects.count() == 2

    monkeypatch.setattr(lists, "page", real)
    assert sync_provider_lists().news == 1


def _only_once(real):  # type: ignore[no-untyped-def]  # a method of the adapter, as it is
    pages = []

    async def page(*args: object, **named: object) -> object:
        if pages:
            raise ProviderBusy("away")
        pages.append(1)
        return await real(*args, **named)

    return page


def test_only_what_is_new_is_read_again(sandbox: SandboxControl, frozen_clock: FrozenClock) -> None:
    sandbox.suppress(ANNA, "Unsubscribed Address")
    sync_provider_lists()
    frozen_clock.tick(timedelta(days=1))
    sync_provider_lists()  # the hour before the last look is read twice, in case of lag
    sandbox.suppress("other@example.org", "Unsubscribed Address")
    assert ProviderList.objects.filter(since__gt=now() - timedelta(hours=2)).count() == 4
    assert sync_provider_lists().read == 0


def test_stop_of_everything_is_put_on_the_providers_list(sandbox: SandboxControl) -> None:
    build.build_address("email", ANNA)
    opt_out("email", ANNA, evidence="x", actor=RECIPIENT)
    assert sync_provider_lists().told == 1
    assert sandbox.blocked()["suppressed"] == {ANNA: "Unsubscribed Address"}
    assert sync_provider_lists().told == 0


def test_stop_of_one_topic_and_a_bounce_are_not(sandbox: SandboxControl) -> None:
    school = build.build_school()
    topic = build.Topic.objects.get()
    build.build_parent(school, email=ANNA)
    build.build_parent(school, email="gone@example.org")
    opt_out("email", ANNA, topic_id=topic.pk, evidence="x", actor=RECIPIENT)
    suppress(
        "email", "gone@example.org", reason=SuppressionReason.BOUNCE, evidence="x", actor=OPERATOR
    )
    assert sync_provider_lists().told == 0
    assert sandbox.blocked()["suppressed"] == {}


def test_who_comes_back_is_taken_off_the_providers_list(
    sandbox: SandboxControl, frozen_clock: FrozenClock
) -> None:
    build.build_address("email", ANNA)
    opt_out("email", ANNA, evidence="x", actor=RECIPIENT)
    sync_provider_lists()
    frozen_clock.tick(timedelta(days=60))
    opt_in_again("email", ANNA, evidence="y", actor=RECIPIENT)
    assert sync_provider_lists().untold == 1
    assert sandbox.blocked()["suppressed"] == {}
    assert not is_suppressed("email", ANNA)


def test_what_the_provider_had_listed_ends_there_when_the_person_comes_back(
    sandbox: SandboxControl, frozen_clock: FrozenClock
) -> None:
    build.build_address("email", ANNA)
    sandbox.suppress(ANNA, "Unsubscribed Address")
    sync_provider_lists()
    frozen_clock.tick(timedelta(days=60))
    opt_in_again("email", ANNA, evidence="y", actor=RECIPIENT)
    done = sync_provider_lists()
    assert (done.untold, done.news) == (1, 0)
    assert sandbox.blocked()["suppressed"] == {}


def test_complaint_outweighs_a_stop_so_that_start_does_not_lift_it(sandbox: SandboxControl) -> None:
    opt_out("email", ANNA, evidence="x", actor=RECIPIENT)
    sandbox.suppress(ANNA, "Spam Reporting Address")
    sync_provider_lists()
    assert reason_of(ANNA) == SuppressionReason.COMPLAINT
    assert opt_in_again("email", ANNA, evidence="y", actor=RECIPIENT) == 0


def test_provider_that_is_away_changes_nothing_and_is_asked_again(sandbox: SandboxControl) -> None:
    sandbox.suppress(ANNA, "Unsubscribed Address")
    sandbox.fail(Channel.EMAIL, FaultKind.HTTP_500, reads=True)
    with pytest.raises(ProviderBusy):
        sync_provider_lists()
    sandbox.clear_faults()
    assert sync_provider_lists().news == 1


def test_wrong_key_is_said_with_its_remedy(
    sandbox: SandboxControl, sandbox_server: SandboxServer
) -> None:
    lists = SendGridOptOuts(_account("SG.wrong", sandbox_server.api_url))
    with pytest.raises(ProviderRefused) as caught:
        lanes.run_async(lists.page(ListedFor.BOUNCED, since=now(), offset=0))
    lanes.run_async(lists.close())
    assert "Suppressions" in caught.value.remedy


def _account(key: str, url: str):  # type: ignore[no-untyped-def]  # short
    from outreach.providers.sendgrid.account import SendGridAccount

    return SendGridAccount(key, url)
