"""The pages in a real browser: no sideways scrolling, no error in the console, live updates."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from sandbox_senders import PARENT, SendGrid, Twilio, mail

from outreach.core.channels import Channel
from outreach.sandbox.control import SandboxControl, SandboxServer

pytestmark = pytest.mark.browser
ANNA = "anna.with-a-rather-long-name@mailbox.home.example"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    yield page
    page.close()
    assert complaints == []


def test_pages_fit_a_narrow_phone_without_a_complaint(
    page: Page, sandbox: SandboxServer, twilio: Twilio, sendgrid: SendGrid, control: SandboxControl
) -> None:
    twilio.send(Body="https://a.very.long.address.example/" + "x" * 120)
    sendgrid.send(mail(ANNA))
    control.wait_until_quiet()
    for path in ("/", f"/phone/{PARENT}", f"/mail/{ANNA}", f"/mail/{ANNA}?tab=headers"):
        page.goto(sandbox.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_new_text_appears_by_itself_and_stop_is_one_press(
    page: Page, sandbox: SandboxServer, twilio: Twilio, control: SandboxControl
) -> None:
    page.goto(f"{sandbox.url}/phone/{PARENT}")
    twilio.send(Body="Here by itself")
    page.wait_for_selector("text=Here by itself")
    page.click("button:has-text('STOP')")
    page.wait_for_selector("text=has opted out")
    assert control.messages(Channel.SMS, PARENT)[1]["body"] == "STOP"
