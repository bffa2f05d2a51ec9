"""Replies worked by keyboard alone, at phone width too: by Tab and Enter, and by single keys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import web_builders as build
from playwright.sync_api import Browser, Page, expect

from outreach.consent.models import Hold, Suppression
from outreach.core.clock import now
from outreach.notices.models import Notice, NoticeKind
from outreach.organisation.models import AuditEntry, Role, School
from outreach.replies.alerts import alert_people
from outreach.replies.models import Case, CaseKind, CaseState

pytestmark = pytest.mark.browser
AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
MOST_TABS = 40


@pytest.fixture
def case(transactional_db: None, site: str) -> Case:
    """A call for help at a school whose contact has been alerted; campaigns are held."""
    build.build_organisation()
    for channel in ("email", "sms"):
        build.build_sender(channel)
    school: School = build.build_school()
    build.build_staff("Lea", Role.SAFEGUARDING_LEAD, school=school)
    address = build.build_address(school)
    Hold.objects.create(address=address, reason="may be in distress", actor="x", at=now())
    found = build.build_case(
        school, "he threatens her, and stop", kind=CaseKind.CRISIS, address=address
    )
    found.stop_requested = True
    found.save()
    alert_people(found)
    return found


@pytest.mark.parametrize("width", [1280, 360])
def test_a_call_for_help_is_worked_by_keyboard_alone(
    browser: Browser, site: str, case: Case, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    alert = Notice.objects.get(kind=NoticeKind.CRISIS_ALERT, channel="email")
    link = re.search(r"https?://\S+(/cases/\S+)", alert.text)
    assert link is not None
    page.goto(site + link[1])

    sign_in(page)
    expect(page.get_by_text("Nobody has opened it yet.")).to_be_visible()
    assert "he threatens her" not in page.content()
    clean(page, width)
    press_on(page, "Read it", "button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("he threatens her, and stop")).to_be_visible()
    clean(page, width)

    press_on(page, "Block this address", "button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Blocked. Nothing more goes there.")).to_be_visible()
    press_on(page, "Read it", "button")
    page.keyboard.press("Enter")
    press_on(page, "What was decided", "textbox")
    page.keyboard.type("Called the mother. The police have it.")
    press_on(page, "Close with this outcome", "button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    context.close()

    case.refresh_from_db()
    assert (case.state, case.outcome) == (
        CaseState.CLOSED,
        "Called the mother. The police have it.",
    )
    assert Suppression.objects.exists()
    assert not Hold.objects.filter(released_at=None).exists()
    assert AuditEntry.objects.filter(action="case looked at").count() == 2


@pytest.mark.parametrize("width", [1280, 360])
def test_single_keys_lead_from_the_list_through_a_case_to_its_close(
    browser: Browser, site: str, case: Case, width: int
) -> None:
    question = build.build_case(case.reply.school, "When is the meeting?")
    context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site}/cases")
    sign_in(page)
    expect(page.get_by_role("heading", name="Replies")).to_be_visible()
    page.wait_for_load_state()
    press = page.keyboard.press
    press("?")
    expect(page.get_by_text("next, the one before")).to_be_visible()
    clean(page, width)
    press("j")
    press("j")
    expect(page.locator(f"a[href='/cases/{question.uuid}']")).to_be_focused()
    press("t")
    expect(page.get_by_text("▸ Waits for you")).to_be_visible()
    expect(page.locator(f"a[href='/cases/{question.uuid}']")).to_be_focused()
    press("k")
    expect(page.locator(f"a[href='/cases/{case.uuid}']")).to_be_focused()

    press("o")
    _decide_with_keys(page, case)
    expect(page.get_by_text("When is the meeting?")).to_be_visible()
    context.close()
    case.refresh_from_db()
    assert (case.state, case.outcome) == (CaseState.CLOSED, "Called the mother, just now.")
    question.refresh_from_db()
    assert question.taken_by is not None


def _decide_with_keys(page: Page, case: Case) -> None:
    """Reads the case, blocks its address and closes it."""
    press = page.keyboard.press
    page.wait_for_url(f"**/cases/{case.uuid}")
    page.wait_for_load_state()
    press("r")
    expect(page.get_by_text("he threatens her, and stop")).to_be_visible()
    press("b")
    expect(page.get_by_role("button", name="Block this address")).to_be_focused()
    press("Enter")
    expect(page.get_by_text("Blocked. Nothing more goes there.")).to_be_visible()
    press("r")
    expect(page.get_by_text("he threatens her, and stop")).to_be_visible()
    press("c")
    page.keyboard.type("Called the mother, just now.")
    press("Tab")
    press("Enter")


def test_single_keys_can_be_turned_off(browser: Browser, site: str, case: Case) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site}/cases")
    sign_in(page)
    expect(page.get_by_role("heading", name="Replies")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("?")
    page.get_by_role("button", name="Turn the keys off").click()
    page.reload()
    page.keyboard.press("j")
    expect(page.locator(f"a[href='/cases/{case.uuid}']")).not_to_be_focused()
    context.close()


def sign_in(page: Page) -> None:
    press_on(page, "Email address", "textbox")
    page.keyboard.type("lea@outreach.test")
    page.keyboard.press("Tab")
    page.keyboard.type(build.PASSWORD)
    page.keyboard.press("Enter")


def press_on(page: Page, name: str, role: str) -> None:
    """Tabs forward until the thing with this name has the focus."""
    wanted = page.get_by_role(role, name=name)  # type: ignore[arg-type]  # the two roles above
    for _ in range(MOST_TABS):
        if wanted.evaluate("(node) => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{name} cannot be reached by Tab")


def clean(page: Page, width: int) -> None:
    """Nothing sticks out at the side, and axe finds nothing."""
    page.wait_for_load_state()
    assert page.locator("html").evaluate("(node) => node.scrollWidth") <= width
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run().then((result) => result.violations)")
    assert [(item["id"], [node["html"] for node in item["nodes"]]) for item in found] == []
