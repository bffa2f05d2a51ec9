"""Endpoints that fail: tried again in order, given up after three days, paused, never followed."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from outreach.config.environment import environment
from outreach.core.errors import BadInput, NotNow
from outreach.notices.models import Notice
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry, Role
from outreach.outbound.hooks import add_hook, end_hook, resume_hook, retry_dead
from outreach.outbound.models import Hook, HookEvent, HookMessage, HookState, MessageState
from outreach.outbound.reaching import check_url, may_connect, post
from outreach.outbound.rules import wait_after
from outreach.outbound.sending import tell_changes
from tests.cli.cli_terminal import outreach
from tests.delivery import delivery_builders as build
from tests.outbound.receiver import Receiver
from tests.web import web_builders


@pytest.fixture
def hook(db: None, receiver: Receiver) -> Hook:
    build.build_organisation()
    web_builders.build_staff("Ada", Role.ADMINISTRATOR)
    return add_hook(receiver.url, [HookEvent.CASE], actor=OPERATOR).hook


def new_message(hook: Hook, case: str = "1") -> str:
    moment = timezone.now()
    HookMessage.objects.create(
        hook=hook,
        event=HookEvent.CASE,
        body=json.dumps({"data": {"changes": [{"case": case}]}}),
        made_at=moment,
        due_at=moment,
        give_up_at=moment + timedelta(days=3),
    )
    return case


def make_due() -> None:
    HookMessage.objects.update(due_at=timezone.now())


def cases(receiver: Receiver) -> list[str]:
    return [change["case"] for change in receiver.changes]


def failing_for(hours: float) -> None:
    Hook.objects.update(failing_since=timezone.now() - timedelta(hours=hours))
    make_due()


def test_a_message_is_tried_again_under_its_name_and_holds_up_those_behind_it(
    hook: Hook, receiver: Receiver
) -> None:
    receiver.answers = [500, 503]
    first = new_message(hook)
    tell_changes()
    second = new_message(hook, "2")
    tell_changes()  # the first is not due again, and the second does not overtake it
    assert cases(receiver) == [first]
    waiting = HookMessage.objects.order_by("pk")[0]
    assert (waiting.tries, waiting.problem) == (1, "answered 500")
    assert waiting.due_at > timezone.now()
    for _ in range(2):
        make_due()
        tell_changes()
    assert cases(receiver) == [first, first, first, second]
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 2
    hook.refresh_from_db()
    assert (hook.failing_since, hook.problem) == (None, "")


def test_after_three_days_it_is_a_dead_letter_that_can_be_sent_again(
    hook: Hook, receiver: Receiver
) -> None:
    receiver.answers = [500]
    case = new_message(hook)
    tell_changes()
    HookMessage.objects.update(give_up_at=timezone.now())
    tell_changes()
    assert HookMessage.objects.get().state == MessageState.DEAD
    (letter,) = outreach("api", "hooks", "dead", hook.uuid, "--json").json
    assert (letter["problem"], letter["tries"]) == ("answered 500", 1)
    assert outreach("api", "hooks", "list", "--json").json[0]["dead"] == 1
    assert retry_dead(hook, actor=OPERATOR) == 1
    tell_changes()
    assert cases(receiver) == [case, case]
    assert AuditEntry.objects.filter(action="hook.retried").count() == 1


def test_administrators_are_told_once_and_then_it_is_paused(hook: Hook, receiver: Receiver) -> None:
    receiver.answers = [500] * 4
    new_message(hook)
    tell_changes()
    assert not Notice.objects.exists()
    failing_for(13)
    for _ in range(2):
        make_due()
        tell_changes()
    (notice,) = Notice.objects.all()
    assert (notice.kind, notice.destination) == ("hook_failing", "ada@outreach.test")
    assert "127.0.0.1" in notice.text
    assert "/in" not in notice.subject + notice.text
    failing_for(73)
    tell_changes()
    hook.refresh_from_db()
    assert hook.state == HookState.PAUSED
    assert Notice.objects.count() == 2
    make_due()
    assert tell_changes().tried == 0
    resume_hook(hook, actor=OPERATOR)
    tell_changes()
    assert len(receiver.got) == 5
    assert not HookMessage.objects.exists()


def test_an_endpoint_that_says_it_is_gone_is_paused_at_once(hook: Hook, receiver: Receiver) -> None:
    receiver.answers = [410]
    new_message(hook)
    tell_changes()
    hook.refresh_from_db()
    assert hook.state == HookState.PAUSED
    assert Notice.objects.get().kind == "hook_failing"


def test_a_redirect_is_not_followed(hook: Hook, receiver: Receiver) -> None:
    receiver.answers = [302]
    new_message(hook)
    tell_changes()
    assert [got.path for got in receiver.got] == ["/in"]
    assert "redirect" in HookMessage.objects.get().problem


def test_an_endpoint_that_is_not_there_is_a_failure_like_another(
    hook: Hook, receiver: Receiver
) -> None:
    Hook.objects.update(url="http://127.0.0.1:9/")
    new_message(hook)
    tell_changes()
    assert HookMessage.objects.get().problem.startswith("nobody answers there; ")


def test_one_that_has_ended_is_told_nothing_and_its_address_may_come_again(
    hook: Hook, receiver: Receiver
) -> None:
    with pytest.raises(NotNow, match="already"):
        add_hook(receiver.url, [HookEvent.CASE], actor=OPERATOR)
    new_message(hook)
    end_hook(hook, why="x", actor=OPERATOR)
    tell_changes()
    assert receiver.got == []
    add_hook(receiver.url, [HookEvent.CASE], actor=OPERATOR)


# where a request may go

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%1",
    "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
    "2002:7f00:1::", "2001:0:a00:1::", "192.0.2.1", "2001:db8::1",
]  # fmt: skip


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTREACH_MODE", "live")
    environment.cache_clear()


@pytest.fixture(autouse=True)
def mode_of_tests() -> object:
    yield
    environment.cache_clear()


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_of_a_private_network_is_called(live: None, address: str) -> None:
    assert not may_connect(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_public_addresses_are_called_and_not_by_a_demo(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not may_connect(address)
    monkeypatch.setenv("OUTREACH_MODE", "trial")
    environment.cache_clear()
    assert may_connect(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/", "https://user:pw@hooks.example.org/", "ftp://example.org/",
        "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https:///x",
        "nonsense", "https://example.org/#part", "https://example.org/" + "x" * 500,
    ],
)  # fmt: skip
def test_an_address_that_is_never_called_is_refused_at_once(live: None, url: str) -> None:
    with pytest.raises(BadInput):
        check_url(url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1"])
def test_a_name_is_judged_by_where_it_leads(live: None, receiver: Receiver, host: str) -> None:
    port = receiver.url.split(":")[2].split("/")[0]
    answer = asyncio.run(post(f"http://{host}:{port}/in", {}, b"{}"))
    assert (answer.status, bool(answer.problem)) == (0, True)
    assert receiver.got == []


def test_waiting_grows_to_six_hours_and_obeys_the_endpoint() -> None:
    assert wait_after(1, 0.5) == timedelta(seconds=10)
    assert wait_after(3, 0.5) == timedelta(seconds=90)
    assert wait_after(1000, 0.5) == timedelta(hours=6)
    assert wait_after(1, 0.0) < wait_after(1, 1.0)
    assert wait_after(1, 0.5, 120) == timedelta(seconds=120)
    assert wait_after(1, 0.5, 1e9) == timedelta(hours=6)
