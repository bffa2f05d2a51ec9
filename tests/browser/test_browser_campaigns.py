"""A campaign manager's day in a real browser: home, the calendar, a text that is mended, a step
that is moved; at both widths, with what axe finds."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import web_builders as build
from looking import check
from playwright.sync_api import Page, expect
from test_browser_launch import page, sign_in  # noqa: F401  # the fixture of both widths

from outreach.campaigns.actions import create_launch, import_pack
from outreach.campaigns.definition import CampaignPack, load_pack, make_pack
from outreach.campaigns.models import CampaignVersion, Launch
from outreach.consent.models import Topic
from outreach.core.clock import now
from outreach.delivery.models import SenderHealth
from outreach.organisation.audit import OPERATOR
from outreach.organisation.calendars import NewEntry, Place, enter_days
from outreach.organisation.models import CalendarKind, Role, SmsPrice, Staff
from outreach.organisation.staff import actor_of
from outreach.replies.models import CaseKind
from outreach.timing import Period

pytestmark = pytest.mark.browser
REPOSITORY = Path(__file__).parents[2]
PACK = REPOSITORY / "campaigns" / "safer-internet-day"


@pytest.fixture
def manager(transactional_db: None, site: str) -> Staff:
    """An installation at work: a send under way, one planned, cases, a sender that fails."""
    build.build_organisation()
    school = build.build_school("greenhill-primary-school")
    build.build_school("gymnasium-am-see", "Europe/Berlin")
    maker = build.build_staff("Mara", Role.MANAGER)
    approver = build.build_staff("Ben", Role.APPROVER)
    running = build.build_running(maker, approver, "Say No!, autumn")
    build.count_up(running, delivered=1200, pending=300, failed=14, bounced=20)
    build.build_case(school, kind=CaseKind.QUESTION, address=build.build_address(school))
    SenderHealth.objects.create(
        sender=build.build_sender(), state="tripped", since=now(), why="Refused 20 of 20 calls."
    )
    build.build_sender("sms")
    SmsPrice.objects.create(country="GB", micros=40_000, set_at=now())
    holidays = Period(now().date() + timedelta(days=5), now().date() + timedelta(days=14))
    term = Period(now().date() - timedelta(days=60), now().date() + timedelta(days=4))
    enter_days(
        Place(country="GB"),
        [NewEntry(CalendarKind.HOLIDAY, "", holidays), NewEntry(CalendarKind.TERM, "", term)],
        actor=OPERATOR,
    )
    Topic.objects.get_or_create(slug="online-safety", defaults={"name": "Online safety"})
    version = import_pack(near(), actor=actor_of(maker))
    draft(version, maker, "Safer Internet Day")
    return maker


def near() -> CampaignPack:
    """The shipped pack, with days that count from the first day of a send."""
    pack = load_pack(PACK, REPOSITORY / "templates")
    source = pack.source_yaml.replace("day_named: safer-internet-day, days_before: 1", "day: 0")
    return make_pack(source.replace("day_named: safer-internet-day", "day: 1"), pack.files)


def draft(version: CampaignVersion, maker: Staff, name: str) -> Launch:
    starts_on = now().date() + timedelta(days=2)
    return create_launch(version, name=name, starts_on=starts_on, schools=[], actor=actor_of(maker))


def test_home_says_what_needs_somebody_and_what_goes_out(
    page: Page,  # noqa: F811
    site: str,
    manager: Staff,
) -> None:
    sign_in(page, site)
    expect(page.get_by_text("hello@outreach.test does not work")).to_be_visible()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    check(page)

    page.locator("summary", has_text="Sends").click()
    check(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Calendar", exact=True)).to_be_hidden()
    page.locator("summary", has_text="Sends").click()
    page.get_by_role("link", name="Calendar", exact=True).click()
    expect(page.get_by_role("heading", name="Calendar")).to_be_visible()


def test_calendar_shows_month_year_and_list(
    page: Page,  # noqa: F811
    site: str,
    manager: Staff,
) -> None:
    sign_in(page, site)
    for view in ("month", "year", "list"):
        page.goto(f"{site}/calendar?view={view}&month={now():%Y-%m}")
        check(page)
    page.goto(f"{site}/calendar?view=list&country=GB")
    page.get_by_role("link", name="Move").first.click()
    check(page)
    new_day: date = now().date() + timedelta(days=20)
    page.get_by_label("To", exact=True).fill(f"{new_day}")
    page.get_by_label("The whole send").check()
    page.get_by_role("button", name="Look at what it changes").click()
    expect(page.get_by_role("heading", name="What this changes")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("Moved. It is still a draft")).to_be_visible()


def test_a_branch_is_looked_at_and_a_test_goes_to_oneself(
    page: Page,  # noqa: F811
    site: str,
    manager: Staff,
) -> None:
    manager.email_verified_at = now()
    manager.save()
    sign_in(page, site)
    page.goto(f"{site}/campaigns/safer-internet-day/1/steps/thank-you?left=de&right=ar")
    page.get_by_role("link", name=re.compile("^Branches ?: German, text message")).click()
    check(page)
    page.get_by_role("link", name=re.compile("unless message.can_reply")).click()
    expect(page.get_by_text("This preview supposes of its reader:")).to_be_visible()
    check(page)
    page.get_by_role("link", name=re.compile("^Send a test ?: German, email")).click()
    check(page)
    page.get_by_role("button", name="Send the test").click()
    expect(page.get_by_text("A test message is on its way to mara@outreach.test.")).to_be_visible()


def test_a_message_to_one_person_is_shown_as_they_would_get_it(
    page: Page,  # noqa: F811
    site: str,
    manager: Staff,
) -> None:
    sign_in(page, site)
    page.goto(f"{site}/people")
    page.get_by_label("Email address, phone number or name").fill("anna@mailbox.example")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Look at").first.click()
    chosen = page.get_by_label("A message as this person would get it")
    chosen.select_option(label="Safer Internet Day: Three questions for tonight")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("button", name="Show it as the mail program does").click()
    frame = page.frame_locator("iframe")
    expect(frame.locator("body")).to_contain_text("Greenhill Primary School")
    check(page)


def test_text_is_read_beside_another_and_mended_in_a_new_version(
    page: Page,  # noqa: F811
    site: str,
    manager: Staff,
) -> None:
    sign_in(page, site)
    page.goto(f"{site}/campaigns")
    page.get_by_role("link", name="Safer Internet Day").click()
    check(page)
    page.get_by_role("link", name="Texts and preview").last.click()
    frame = page.frame_locator("iframe").first
    expect(frame.locator("body")).to_contain_text("Greenhill Primary School")
    page.locator("iframe").first.scroll_into_view_if_needed()  # so that it is in the picture
    check(page)
    page.goto(f"{page.url}?left=de&right=es&look=dark")
    check(page)

    page.get_by_role("link", name=re.compile("^Edit ?: German, text message")).click()
    check(page)
    body = page.get_by_label("Text", exact=True)
    body.fill(body.input_value() + " Danke.")
    page.get_by_role("button", name="Look at what it changes").click()
    check(page)
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_text("Saved as version 2")).to_be_visible()
    page.get_by_role("link", name="What changed").click()
    check(page)


def test_a_step_and_the_file_are_edited_with_their_mistakes_shown(
    page: Page,  # noqa: F811
    site: str,
    manager: Staff,
) -> None:
    sign_in(page, site)
    home = f"{site}/campaigns/safer-internet-day/1"
    step = CampaignVersion.objects.get(campaign__slug="safer-internet-day")
    key = next(line for line in step.definition.splitlines() if "- key:" in line).split()[-1]
    page.goto(f"{home}/steps/{key}/edit")
    page.get_by_label("From", exact=True).fill("18:00")
    page.get_by_role("button", name="Look at what it changes").click()
    check(page)
    page.goto(f"{home}/file")
    page.get_by_label("campaign.yaml").fill("schema: 1\ncampaign: Not A Name\n")
    page.get_by_role("button", name="Look at what it changes").click()
    expect(page.get_by_text("It cannot be saved like this")).to_be_visible()
    check(page)
