"""Passkeys with Chromium's own authenticator, and the pages about staff at both widths."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import web_builders as build
from looking import check
from playwright.sync_api import Browser, Page, expect

from outreach.organisation.models import Role, Staff
from outreach.organisation.sign_in_models import Passkey
from outreach.organisation.staff import give_role

pytestmark = pytest.mark.browser


@pytest.fixture
def named_site(site: str) -> str:
    """The same pages under a name: a passkey belongs to one."""
    return site.replace("127.0.0.1", "localhost")


@pytest.fixture
def administrator(transactional_db: None) -> Staff:
    build.build_organisation()
    build.build_sender()
    school = build.build_school()
    staff = build.build_staff("Ada", Role.ADMINISTRATOR)
    member = build.build_staff("Mara-Of-The-Very-Long-Name", Role.SCHOOL_STAFF, school=school)
    give_role(member, Role.MANAGER, actor=build.OPERATOR)
    return staff


@pytest.fixture(params=[1280, 360])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window of this width, with an authenticator that says yes to its owner."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 800}, reduced_motion="reduce"
    )
    opened = context.new_page()
    devices = context.new_cdp_session(opened)
    devices.send("WebAuthn.enable")
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    yield opened
    assert [text for text in said if "error" in text.casefold()] == []
    context.close()


def test_passkey_is_made_then_signs_in_alone_and_proves_that_it_is_still_they(
    page: Page, named_site: str, administrator: Staff
) -> None:
    sign_in(page, named_site)
    page.goto(f"{named_site}/account")
    check(page)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name of this passkey").fill("My phone")
    check(page)
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    check(page)
    assert Passkey.objects.get(staff=administrator).name == "My phone"
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("rowheader", name="My phone")).to_be_visible()
    check(page)

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{named_site}/")
    page.get_by_role("button", name="Sign out", exact=True).click()

    # After the password the passkey is the second step.
    sign_in(page, named_site)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url(f"{named_site}/")

    forget_proof(page, administrator)
    page.goto(f"{named_site}/staff/invite")
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Use my passkey").click()
    expect(page.get_by_role("heading", name="Invite somebody")).to_be_visible()


def test_pages_about_staff_have_room_with_everything_opened(
    page: Page, named_site: str, administrator: Staff
) -> None:
    sign_in(page, named_site)
    page.goto(f"{named_site}/account")
    page.get_by_role("button", name="Set up an app").click()
    expect(page.get_by_role("img", name="QR code for your app")).to_be_visible()
    page.get_by_text("I cannot scan it").click()
    check(page)
    page.goto(f"{named_site}/staff")
    page.get_by_role("link", name=re.compile("^Mara")).click()
    for each in page.locator("summary").all():
        each.click()
    check(page)


def sign_in(page: Page, site: str) -> None:
    page.goto(f"{site}/sign-in")
    page.get_by_label("Email address").fill("ada@outreach.test")
    page.get_by_label("Password").fill(build.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()


def forget_proof(page: Page, staff: Staff) -> None:
    """As if the sign-in were longer ago than ten minutes."""
    from outreach.organisation.sessions import SessionStore

    cookie = next(each for each in page.context.cookies() if each["name"] == "sessionid")
    session = SessionStore(cookie["value"])
    session["proved"] = 0
    session.save()
