"""docs/first-campaign.md, walked: by the words on the pages, in the order of the document.

Two people who have never seen the pages plan, approve, send and stop a campaign. What is pressed
and filled in here is, word by word, what stands in bold in the steps of the document. The
messages really go through the adapters to the sandbox; the workers' part is done in this process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import web_builders as build
import world
from conftest import STILL, serving
from looking import WIDTHS, check, keep_picture
from playwright.sync_api import Browser, Page, expect

from outreach.audience.models import Address
from outreach.campaigns.models import Launch, LaunchState
from outreach.config.environment import environment
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, LapseClock
from outreach.delivery.actions import plan_step_run, send_batch
from outreach.delivery.models import Batch
from outreach.organisation.models import Role, Staff
from outreach.sandbox.control import SandboxServer
from tests.delivery.delivery_builders import build_parent
from tests.organisation.contact_builders import build_duty_contact, build_lead
from tests.servers import Servers

pytestmark = pytest.mark.browser
DOCUMENT = world.ROOT / "docs" / "first-campaign.md"
STEP = re.compile(r"^\d+\. .*(?:\n   .*)*", re.MULTILINE)
BOLD = re.compile(r"\*\*(.+?)\*\*")
# The first message to parents goes out on Tuesday afternoon.
LATER = datetime(2026, 11, 3, 16, 45, tzinfo=UTC)
PARENTS = 3


@dataclass
class Walker:
    """One person at a screen. `pressed`: what they pressed and filled in, by its words."""

    page: Page
    pressed: list[str] = field(default_factory=list)

    def press(self, words: str) -> None:
        found = self.page.locator("main").get_by_role("link", name=words, exact=True)
        button = self.page.locator("main").get_by_role("button", name=words, exact=True)
        found.or_(button).first.click()
        self.page.wait_for_load_state()
        self.pressed.append(words)

    def fill(self, words: str, value: str) -> None:
        self.page.get_by_label(words).first.fill(value)
        self.pressed.append(words)

    def tick(self, words: str) -> None:
        self.page.get_by_label(words).check()
        self.pressed.append(words)

    def look(self, picture: str) -> None:
        """The page is sound at both widths; its picture is kept."""
        for width in reversed(WIDTHS):
            self.page.set_viewport_size({"width": width, "height": 800})
            check(self.page)
        keep_picture(self.page, f"first-campaign/{picture}")


@pytest.fixture
def clock_file(tmp_path: Path) -> Path:
    """The clock of the pages begins when it is written."""
    return tmp_path / "clock"


@pytest.fixture
def site(servers: Servers, transactional_db: None, clock_file: Path) -> Iterator[str]:
    with serving(servers, {"OUTREACH_DEMO_CLOCK": f"await|{STILL}|{clock_file}"}) as address:
        yield address


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        environment.cache_clear()
        yield server
    environment.cache_clear()


@pytest.fixture
def people(sandbox: SandboxServer, as_work: None, frozen_clock: FrozenClock) -> list[Staff]:
    """What an operator has set up: a school with parents, senders, contacts, two accounts."""
    school = world.build_school()
    for number in range(PARENTS):
        build_parent(school, email=f"parent{number}@mailbox.example", name=f"Parent {number}")
    build_duty_contact()
    build_lead(school)
    return [build.build_staff("Mara", Role.MANAGER), build.build_staff("Ben", Role.APPROVER)]


def test_two_newcomers_plan_approve_send_and_stop_a_campaign_by_the_words_of_the_pages(  # noqa: PLR0917  # fixtures
    browser: Browser,
    site: str,
    people: list[Staff],
    clock_file: Path,
    frozen_clock: FrozenClock,
    sandbox: SandboxServer,
) -> None:
    pressed: list[str] = []
    manager, approver = (
        Walker(browser.new_page(locale="en-GB", timezone_id="Europe/London"), pressed)
        for _ in people
    )
    sign_in(manager, site, people[0])
    plan(manager)
    sign_in(approver, site, people[1])
    approve(approver)
    start(manager)
    time_passes(clock_file, frozen_clock)
    assert len(sandbox.control.messages(Channel.EMAIL, Address.objects.all()[0].value)) == 1
    watch_and_stop(manager)
    assert Launch.objects.get().state == LaunchState.CANCELLED
    assert pressed == words_of_the_document()


def sign_in(walker: Walker, site: str, staff: Staff) -> None:
    walker.page.goto(site)
    walker.fill("Email address", staff.email)
    walker.fill("Password", build.PASSWORD)
    walker.press("Sign in")


def plan(manager: Walker) -> None:
    manager.look("home")
    manager.press("New send")
    manager.fill("Name of this send", "Say No!, autumn 2026")
    manager.fill("First day", "2026-11-02")
    manager.look("new-send")
    manager.press("Save as draft")
    manager.look("draft")
    manager.press("Rehearse this send: who would get what, when, at what price")
    manager.press("Rehearse")
    manager.look("rehearsal")
    manager.press("Say No!, autumn 2026")
    manager.press("Send for review")
    manager.look("review")
    manager.tick("Use these texts as they are")
    manager.press("Send for review")
    expect(manager.page.get_by_text("Waiting for a decision by a second person.")).to_be_visible()


def approve(approver: Walker) -> None:
    approver.look("approver")
    approver.press("Say No!, autumn 2026 waits for your approval")
    approver.press("Approve")
    approver.look("approve")
    approver.press("Approve")
    expect(approver.page.get_by_text("Approved. It can be started now.")).to_be_visible()


def start(manager: Walker) -> None:
    manager.page.reload()
    manager.press("Start")
    manager.press("Start")
    expect(manager.page.get_by_text("Nothing to do: it goes out by itself.")).to_be_visible()
    manager.look("started")


def time_passes(clock_file: Path, frozen_clock: FrozenClock) -> None:
    """Until the first message to parents has gone out, with what the workers do on the way."""
    for run in Launch.objects.get().step_runs.order_by("position")[:3]:
        plan_step_run(run.pk)
    frozen_clock.set(LATER)
    clock_file.write_text(LapseClock(datetime.now(UTC), LATER, 1.0).as_text())
    for batch in Batch.objects.filter(is_done=False, opens_at__lte=LATER):
        send_batch(batch.pk)


def watch_and_stop(manager: Walker) -> None:
    manager.page.reload()
    manager.look("under-way")
    manager.press("Pause")
    manager.fill("Reason", "A parent found a mistake in the text.")
    manager.look("pause")
    manager.press("Pause")
    expect(manager.page.get_by_text("Paused. Next: resume it, or cancel it.")).to_be_visible()
    manager.press("Cancel this send")
    manager.fill("Reason", "We write it anew.")
    manager.press("Cancel this send")
    expect(manager.page.get_by_role("heading", name="Cancelled for good.")).to_be_visible()
    manager.look("cancelled")


def words_of_the_document() -> list[str]:
    """What stands in bold in its numbered steps, from the first to the last."""
    text = DOCUMENT.read_text()
    return [words for step in STEP.findall(text) for words in BOLD.findall(step)]
