"""Reports, an urgent message, a correction, one person: in a real browser, at both widths."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import web_builders as build
from looking import check
from playwright.sync_api import Browser, Page, expect

from outreach.campaigns.models import Launch, StepRun
from outreach.core.clock import now
from outreach.organisation.models import Role, School
from outreach.reports.models import RunCount, RunFigure

pytestmark = pytest.mark.browser
SMS = "{{ school.name }}: No lessons today. {{ help.sms_line }}. {{ sms.stop_line }}"


@pytest.fixture(params=[(1280, "light"), (360, "dark")], ids=["desktop-light", "phone-dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
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
    """A send of which a step was counted, and a parent whom it left out."""
    build.build_organisation()
    school = build.build_school()
    for channel in ("email", "sms"):
        build.build_sender(channel)
    maker, approver = (
        build.build_staff("Mara", Role.MANAGER),
        build.build_staff("Ben", Role.APPROVER),
    )
    launch = build.build_running(maker, approver, "Say No!, autumn")
    build.count_up(launch, delivered=1200, failed=4)
    build.build_delivery(launch, build.build_address(school), school, "skipped")
    run = launch.step_runs.order_by("position")[0]
    RunCount.objects.create(step_run=run, counted_at=now())
    count(run, "all", "", 1204, None)
    for slug, number in (("millbrook", 1000), ("parkside", 199), ("lakeside", 5)):
        each = build.build_school(slug)
        count(run, "school", slug, number, each)
    return launch


def count(run: StepRun, dimension: str, key: str, planned: int, school: School | None) -> None:
    zeros = dict.fromkeys(("left_out", "unknown", "opted_out", "answered"), 0)
    failed = planned // 10
    RunFigure.objects.create(
        step_run=run,
        dimension=dimension,
        key=key,
        school=school,
        planned=planned,
        reached=planned - failed,
        delivered=planned - 2 * failed,
        failed=failed,
        **zeros,
    )


def sign_in(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_label("Email address").fill("mara@outreach.test")
    page.get_by_label("Password").fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()


def test_reports_hide_small_schools_and_print(page: Page, site: str, launch: Launch) -> None:
    sign_in(page, site)
    page.goto(f"{site}/reports")
    check(page)
    page.get_by_role("link", name="Say No!").click()
    page.get_by_label("By").select_option("school")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("not shown").first).to_be_visible()
    check(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="To print (PDF)").click()
    assert download.value.suggested_filename.endswith(".pdf")


def test_an_urgent_message_is_written_checked_and_asked_for(
    page: Page, site: str, launch: Launch
) -> None:
    sign_in(page, site)
    page.goto(f"{site}/launches")
    page.get_by_role("link", name="Urgent message").click()
    check(page)
    page.get_by_label("Name of this message").fill("Storm")
    page.get_by_label("How", exact=True).select_option("sms")
    page.get_by_label("Text message", exact=True).fill(SMS)
    page.get_by_label("Why it has to go out now").fill("A storm.")
    page.get_by_label("Use these words although").check()
    page.get_by_role("button", name="Check it").click()
    check(page)
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_role("heading", name="Storm", level=1)).to_be_visible()
    expect(page.get_by_text("Waiting for a decision by a second person.")).to_be_visible()


def test_a_correction_begins_with_what_went_out(page: Page, site: str, launch: Launch) -> None:
    sign_in(page, site)
    page.goto(f"{site}/launches/{launch.uuid}")
    page.get_by_role("link", name="Correct this").first.click()
    expect(page.get_by_text("may have reached: 1\u202f200 so far")).to_be_visible()
    check(page)


def test_one_person_is_found_and_their_story_read(page: Page, site: str, launch: Launch) -> None:
    sign_in(page, site)
    page.goto(f"{site}/people")
    check(page)
    page.get_by_label("Email address, phone number or name").fill("anna@mailbox.example")
    page.get_by_role("button", name="Search").click()
    check(page)
    page.get_by_role("button", name="Look at Anna, Greenhill").click()
    expect(page.get_by_text("Has not agreed to this topic")).to_be_visible()
    check(page)
