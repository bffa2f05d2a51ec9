"""The staff's pages in German in a real browser, at the width of a phone: long words fit."""

from __future__ import annotations

import pytest
import web_builders as build
from playwright.sync_api import Browser, expect
from test_browser_launch import check, launch  # noqa: F401  # a send on its way

from outreach.campaigns.models import Launch

pytestmark = pytest.mark.browser


def test_the_browser_chooses_german_and_the_foot_changes_it(
    browser: Browser,
    site: str,
    launch: Launch,  # noqa: F811  # the fixture above
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, locale="de-DE")
    page = context.new_page()
    page.goto(site)
    page.get_by_label("E-Mail-Adresse").fill("mara@outreach.test")
    page.get_by_label("Passwort").fill(build.PASSWORD)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    expect(page.get_by_role("heading", name="Was auf Sie wartet")).to_be_visible()
    page.goto(f"{site}/launches/{launch.uuid}")
    check(page)
    page.goto(f"{site}/account")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="My account")).to_be_visible()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Mein Konto")).to_be_visible()
    context.close()
