"""A school's clerk looks at what comes, moves a message, enters holidays, and holds everything."""

from __future__ import annotations

import pytest
import web_builders as build
from playwright.sync_api import Page, expect
from test_browser_launch import check, page  # noqa: F401  # the fixture of both widths

from outreach.campaigns.actions import set_bounds
from outreach.campaigns.models import CampaignVersion
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Role, School

pytestmark = pytest.mark.browser
HEAD = "---\nsubject: A word from {{ school.name }}\npreheader: B\nreviewed_by: null\n---\n"


@pytest.fixture
def school(transactional_db: None, site: str) -> School:
    """With a parent, and a send of two messages that schools may move by two days."""
    build.build_organisation()
    found = build.build_school("greenhill-primary-school")
    build.build_version()
    steps = ("launch", "where-to-report")
    files = {f"en/{step}.email.md": f"{HEAD}Hello.\n" for step in steps}
    CampaignVersion.objects.update(files=files)
    build.build_sender()
    build.build_address(found, "anna.with.a.rather.long.address@subdomain.example.org")
    maker, approver = (
        build.build_staff(n, r) for n, r in (("Mara", Role.MANAGER), ("Ben", Role.APPROVER))
    )
    launch = build.build_running(maker, approver)
    set_bounds(launch, move_days=2, may_skip=True, actor=OPERATOR)
    build.build_staff("Clara", Role.SCHOOL_STAFF, school=found)
    return found


def sign_in(page: Page, site: str) -> None:  # noqa: F811
    page.goto(f"{site}/")
    page.get_by_label("Email address").fill("clara@outreach.test")
    page.get_by_label("Password").fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    check(page)


def test_a_clerk_looks_moves_enters_and_holds(
    page: Page,  # noqa: F811
    site: str,
    school: School,
) -> None:
    sign_in(page, site)
    page.get_by_role("link", name="Where to report it, and who helps", exact=True).click()
    check(page)
    page.get_by_role("link", name="Move it or leave it out").click()
    check(page)
    page.get_by_label("Leave it out").check()
    page.get_by_label("Reason").fill("sports week")
    page.get_by_role("button", name="Do this").click()
    expect(page.get_by_text("Left out by your school")).to_be_visible()

    here = page.get_by_role("navigation", name="Pages of this school")
    here.get_by_role("link", name="Parents", exact=True).click()
    check(page)
    page.get_by_role("link", name="Anna").click()
    check(page)
    for name in ("Contacts", "Signing up", "Report"):
        here.get_by_role("link", name=name, exact=True).click()
        check(page)
    here.get_by_role("link", name="Term dates", exact=True).click()
    page.get_by_label("First day").fill("2026-12-21")
    page.get_by_label("Last day").fill("2027-01-02")
    page.get_by_role("button", name="Look at what it changes").last.click()
    check(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    here.get_by_role("link", name="What will be sent", exact=True).click()
    page.get_by_role("link", name="Hold everything for our school").click()
    check(page)
    page.get_by_label("Reason").fill("an accident")
    page.get_by_role("button", name="Hold everything").click()
    expect(page.get_by_role("heading", name="Everything is held")).to_be_visible()
    check(page)
