"""A manager's walk in a real browser: sign in, watch, pause, resume, at both widths.

Every page on the way is checked for complaints in the console, sideways scrolling and what
axe finds, in light and in dark. All pages there are: test_browser_every_page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import web_builders as build
from looking import check
from playwright.sync_api import Browser, Page, expect

from outreach.campaigns.models import Launch
from outreach.core.clock import now
from outreach.organisation.models import Role

pytestmark = pytest.mark.browser


@pytest.fixture(params=[(1280, "light"), (360, "dark")], ids=["desktop-light", "phone-dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        timezone_id="America/Chicago",
        reduced_motion="reduce",
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def launch(transactional_db: None, site: str) -> Launch:
    """A send on its way: counters, pace, a stopped school, people left out, a case."""
    build.build_organisation()
    school = build.build_school("greenhill-primary-school")
    build.build_school("gymnasium-am-see", "Europe/Berlin")
    maker = build.build_staff("Mara", Role.MANAGER)
    approver = build.build_staff("Ben", Role.APPROVER)
    tomorrow = now().date() + timedelta(days=1)
    launch = build.build_running(maker, approver, "Say No!, autumn", starts_on=tomorrow)
    build.count_up(launch, delivered=1200, pending=300, failed=4)
    build.pace(launch, accepted=40, delivered=38, failed=1)
    address = build.build_address(school)
    build.build_delivery(launch, address, school, "skipped")
    build.build_case(school, "Who is this?", address=address)
    build.build_draft(maker, "Spring", starts_on=tomorrow)
    return launch


def sign_in(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_label("Email address").fill("mara@outreach.test")
    page.get_by_label("Password").fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()


def test_manager_watches_pauses_and_resumes(page: Page, site: str, launch: Launch) -> None:
    sign_in(page, site)
    page.goto(f"{site}/launches")
    page.get_by_role("link", name="Say No!, autumn").click()
    expect(page.get_by_text("1\u202f200 of 1\u202f504 sent (79 %)")).to_be_visible()
    expect(page.locator(".plot canvas")).to_be_visible()
    check(page)

    page.evaluate("window.isStillTheSamePage = true")
    build.count_up(launch, delivered=100, pending=-100)
    expect(page.get_by_text("1\u202f300 of 1\u202f504 sent (86 %)")).to_be_visible()
    assert page.evaluate("window.isStillTheSamePage")
    expect(page.locator(".plot canvas")).to_be_visible()

    page.get_by_role("link", name="Pause", exact=True).click()
    check(page)
    page.get_by_role("button", name="Pause").click()
    check(page)  # the reason is missing
    page.get_by_label("Reason").fill("A typo in the German text.")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Reason: A typo in the German text.")).to_be_visible()
    check(page)

    page.get_by_role("link", name="Resume", exact=True).click()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Nothing to do: it goes out by itself.")).to_be_visible()


def test_page_takes_new_buttons_when_somebody_else_pauses(
    page: Page, site: str, launch: Launch
) -> None:
    sign_in(page, site)
    page.goto(f"{site}/launches/{launch.uuid}")
    Launch.objects.filter(pk=launch.pk).update(state="paused", state_reason="From elsewhere.")
    expect(page.get_by_text("Reason: From elsewhere.")).to_be_visible()


def test_keyboard_reaches_the_content_first_and_shows_where_it_is(
    page: Page, site: str, launch: Launch
) -> None:
    sign_in(page, site)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    focused = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert focused == "solid"


def test_demo_banner_leads_to_the_sandbox_and_shows_the_time_of_the_viewer(
    page: Page, site: str, launch: Launch
) -> None:
    page.goto(site)
    banner = page.get_by_role("complementary", name="Demo")
    expect(banner).to_contain_text("messages go only to the sandbox")
    expect(banner).to_contain_text("Chicago")
    link = banner.get_by_role("link")
    expect(link).to_have_attribute("href", "http://127.0.0.1:1/")


def test_pages_work_without_script(browser: Browser, site: str, launch: Launch) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site)
    page.goto(f"{site}/launches/{launch.uuid}")
    build.count_up(launch, delivered=100, pending=-100)
    page.get_by_role("link", name="Load it again").click()
    expect(page.get_by_text("1\u202f300 of 1\u202f504 sent (86 %)")).to_be_visible()
    context.close()
