"""A school's clerk brings parents in, in a real browser: upload, mend, confirm, end the year."""

from __future__ import annotations

import pytest
import web_builders as build
from playwright.sync_api import Page, expect
from test_browser_launch import check, page  # noqa: F401  # the fixture of both widths

from outreach.consent.models import Topic
from outreach.organisation.models import Role, School
from outreach.subscriptions.roster.bringing_in import bring_in_waiting

pytestmark = pytest.mark.browser
HEADING = "Child name,Class,Guardian name,Guardian email,Guardian mobile,Court order,Consent\n"
FIRST = HEADING + (
    "Kim,4b,Anna Muster,anna.with.a.rather.long.address@subdomain.example.org,07700 900001,,yes\n"
    "Lea,4b,Ben Roe,ben@,07700 900 ask Gran,,yes\n"
    "Max,4b,Cy Doe,cy@example.org,,see file,yes\n"
)


@pytest.fixture
def school(transactional_db: None, site: str) -> School:
    build.build_organisation()
    Topic.objects.create(slug="online-safety", name="Online safety")
    found = build.build_school("greenhill-primary-school")
    School.objects.update(consent_basis="")
    build.build_staff("Clara", Role.SCHOOL_STAFF, school=found)
    return found


def upload(page: Page, text: str) -> None:  # noqa: F811
    file = {"name": "parents.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("The list, as your school").set_input_files(file)  # type: ignore[arg-type]  # a FilePayload
    page.get_by_role("button", name="Upload and look").click()


def sign_in_and_choose(page: Page, site: str) -> None:  # noqa: F811
    page.goto(f"{site}/school")
    page.get_by_label("Email address").fill("clara@outreach.test")
    page.get_by_label("Password").fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    check(page)

    page.get_by_role("link", name="Choose the basis").click()
    check(page)
    page.get_by_label("They signed a form.").check()
    page.get_by_label("The exact words").fill("Yes, write to me. (Form 2026-A)")
    page.get_by_label("Date of the form").fill("2026-09-01")
    page.get_by_role("button", name="Choose this").click()
    expect(page.get_by_text("The basis is chosen.")).to_be_visible()


def look_and_mend(page: Page) -> None:  # noqa: F811
    upload(page, FIRST)
    expect(page.get_by_text("3 rows: 1 new")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Change what the columns are").click()
    check(page)
    page.get_by_role("button", name="Read it so").click()

    page.get_by_role("link", name="Mend row 3").first.click()
    check(page)
    page.get_by_label("Guardian email").fill("ben@example.org")
    page.get_by_label("Guardian mobile").fill("")
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("3 rows: 2 new")).to_be_visible()


def test_clerk_brings_parents_in(page: Page, site: str, school: School) -> None:  # noqa: F811
    sign_in_and_choose(page, site)
    look_and_mend(page)
    page.get_by_role("link", name="Go on to confirm").click()
    check(page)
    page.get_by_role("button", name="Bring it in").click()
    expect(page.get_by_text("It is being brought in.")).to_be_visible()
    assert bring_in_waiting()
    expect(page.get_by_text("It is brought in.")).to_be_visible(timeout=15_000)
    check(page)

    page.goto(f"{site}/school/{school.uuid}")
    upload(page, FIRST[: FIRST.index("Lea")])
    page.get_by_role("link", name="Go on to confirm").click()
    check(page)
    page.get_by_label("They leave.").check()
    page.get_by_role("button", name="Bring it in").click()
    expect(page.get_by_text("Type 1, the number of people who leave.")).to_be_visible()
    check(page)

    page.goto(f"{site}/school/{school.uuid}/year")
    check(page)
    page.goto(f"{site}/school/{school.uuid}")
    check(page)
