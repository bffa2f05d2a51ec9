"""The inbox, a send with problems, the failed again, other systems and a step's form, all with much
to show and every fold open: on a phone nothing sticks out, and axe finds nothing.

What every page has to hold anyway is tested in test_browser_every_page.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import web_builders as build
from django.utils import timezone
from playwright.sync_api import Browser, Page

from outreach.campaigns.models import Launch
from outreach.consent.models import Hold
from outreach.core.clock import now
from outreach.delivery.models import Delivery, HealthState, SenderHealth
from outreach.organisation.models import Role, School, Sender
from outreach.outbound.models import Hook, HookEvent, HookMessage, MessageState
from outreach.replies.models import CaseKind, Reply
from outreach.replies.rules import Meaning
from outreach.reports.models import LiveCount, LiveFigure

pytestmark = pytest.mark.browser
WIDTH = 360
AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"


def build_inbox(school: School) -> None:
    """Two on hold for the same reason, a call for help, a question."""
    for number in range(2):
        address = build.build_address(school, f"h{number}@mailbox.example")
        case = build.build_case(school, "no mas, creo", kind=CaseKind.HOLD, address=address)
        Reply.objects.filter(pk=case.reply_id).update(
            meaning=Meaning.UNCLEAR, why="perhaps a stop", matched=["no mas"], language="es"
        )
        Hold.objects.create(address=address, reason="perhaps", actor="reader", at=now())
    build.build_case(school, "he threatens her", kind=CaseKind.CRISIS)
    build.build_case(school, "When is the parent evening? " * 6)


def build_troubled(school: School) -> Launch:
    """A running send with failed messages, a sender that does not work, and its counts."""
    launch = build.build_running(
        build.build_staff("Mara", Role.MANAGER), build.build_staff("Ben", Role.APPROVER)
    )
    made = build.build_delivery(launch, build.build_address(school), school, "failed")
    Delivery.objects.filter(step_run=made.step_run, id=made.id).update(reason="550")
    build.count_up(launch, failed=1, delivered=1200, pending=900, skipped=40, expired=4)
    SenderHealth.objects.create(
        sender=Sender.objects.get(channel="email"),
        state=HealthState.TRIPPED,
        since=timezone.now(),
        why="No answer.",
    )
    run = made.step_run
    LiveCount.objects.create(step_run=run, counted_at=now(), next_at=timezone.now(), stamp="")
    for dimension, key in (("school", school.slug), ("cause", "sendgrid:550")):
        LiveFigure.objects.create(
            step_run=run,
            dimension=dimension,
            key=key,
            school=school if dimension == "school" else None,
            by_state={"delivered": 1200, "pending": 900, "failed": 1},
            micros=48_000_000,
        )
    return launch


def build_failing_endpoint() -> Hook:
    hook = build.build_endpoint("https://hub.example.org/outreach/a-rather-long-path/in")
    long_ago = timezone.now() - timedelta(days=4)
    Hook.objects.update(failing_since=long_ago, problem="no answer within 10 seconds")
    HookMessage.objects.create(
        hook=hook,
        event=HookEvent.CASE,
        body="{}",
        state=MessageState.DEAD,
        made_at=long_ago,
        due_at=long_ago,
        give_up_at=long_ago,
        tries=14,
        problem="answered 500",
    )
    return hook


@pytest.fixture
def addresses(transactional_db: None, site: str) -> list[str]:
    build.build_organisation()
    for channel in ("email", "sms"):
        build.build_sender(channel)
    build.build_staff("Ada", Role.ADMINISTRATOR)
    school = build.build_school()
    build_inbox(school)
    launch = build_troubled(school)
    hook = build_failing_endpoint()
    version = launch.version
    home = f"/launches/{launch.uuid}"
    campaign = f"/campaigns/{version.campaign.slug}/{version.number}"
    return [
        "/cases",
        "/cases?read",
        "/cases?kind=hold",
        "/cases/together?why=perhaps+a+stop",
        home,
        f"{home}?by=school",
        f"{home}/retry",
        "/endpoints",
        "/endpoints/new",
        f"/endpoints/{hook.uuid}",
        f"{campaign}/steps/where-to-report/edit",
    ]


def test_full_pages_of_managers_fit_a_phone_and_axe_finds_nothing(
    browser: Browser, site: str, addresses: list[str]
) -> None:
    context = browser.new_context(viewport={"width": WIDTH, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{site}/sign-in")
    page.get_by_label("Email address").fill("ada@outreach.test")
    page.get_by_label("Password", exact=True).fill(build.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/")
    errors.clear()
    for address in addresses:
        page.goto(site + address)
        page.wait_for_load_state()
        for fold in page.locator("details.fold").all():
            fold.evaluate("(node) => { node.open = true; }")
        assert page.locator("html").evaluate("(node) => node.scrollWidth") <= WIDTH, address
        assert faults(page) == [], address
    assert errors == []
    context.close()


def faults(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run().then((result) => result.violations)")
    return [(item["id"], [node["html"] for node in item["nodes"]]) for item in found]
