"""A parent's walk on a phone: join, confirm, choose, stop, come back, see and erase.

The mails really go through the adapter to the sandbox, and the walk takes its links from the
mailbox there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import web_builders as build
from looking import check
from playwright.sync_api import Browser, Page, expect

from outreach.audience.models import Address, Person
from outreach.config.environment import environment
from outreach.consent.models import Topic
from outreach.consent.queries import has_consent, is_suppressed
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.notices.sending import send_due_notices
from outreach.organisation.models import School, SmsPrice
from outreach.sandbox.control import SandboxControl, SandboxServer
from outreach.web.public.words import Words, words_in

pytestmark = pytest.mark.browser
ANNA = "anna@mailbox.example"
# Forms that come back sooner are taken for a machine's.
READING_MS = 2_200


@pytest.fixture(scope="module")
def sandbox_server() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def mailbox(
    sandbox_server: SandboxServer, site: str, monkeypatch: pytest.MonkeyPatch
) -> SandboxControl:
    """The sandbox behind the adapters of this process, which sends what the pages queue."""
    for name, value in sandbox_server.environment().items():
        monkeypatch.setenv(name, value)
    environment.cache_clear()
    sandbox_server.control.reset()
    return sandbox_server.control


@pytest.fixture
def school(transactional_db: None, mailbox: SandboxControl) -> Iterator[School]:
    build.build_organisation()
    school = build.build_school("greenhill-primary-school")
    Topic.objects.create(slug="online-safety", name="Online safety")
    SmsPrice.objects.create(country="GB", micros=40_000, set_at=now())
    build.build_sender("email")
    build.build_sender("sms")
    yield school
    environment.cache_clear()


@pytest.fixture(
    params=[("en", "light"), ("de", "dark"), ("ar", "light")],
    ids=["english", "german-dark", "arabic"],
)
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Page, Words]]:
    """A phone, and the words that its reader sees."""
    language, scheme = request.param
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, color_scheme=scheme, locale=language
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page, words_in(language)
    assert context.cookies() == []
    context.close()
    # The browser itself notes each answer of 400 and 404, which the walk asks for.
    assert [said for said in complaints if "status of 40" not in said] == []


def newest_link(mailbox: SandboxControl, page: str) -> str:
    """Sends what waits; the link to `page` in the newest mail to Anna."""
    while send_due_notices():
        pass
    mails = mailbox.messages(Channel.EMAIL, ANNA)
    found = [re.search(rf"http://\S+/{page}/[a-z2-7]+", mail["text"]) for mail in mails]
    return [link[0] for link in found if link][-1]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def join(page: Page, words: Words, site: str, school: School, mailbox: SandboxControl) -> None:
    page.goto(f"{site}/join/{school.slug}")
    check(page)
    page.get_by_label(words.common["email"]).fill(ANNA)
    page.wait_for_timeout(READING_MS)
    press(page, words.join["button"])
    expect(page.get_by_role("heading", name=words.join["heard_title"])).to_be_visible()
    check(page)
    page.goto(newest_link(mailbox, "join/confirm"))
    check(page)
    press(page, words.confirm["button"])
    expect(page.get_by_role("heading", name=words.confirm["done_title"])).to_be_visible()
    check(page)


def choose_language(page: Page, words: Words) -> None:
    expect(page.get_by_role("checkbox")).to_be_checked()
    check(page)
    page.get_by_label(words.preferences["language"]).select_option("es")
    press(page, words.preferences["save"])
    expect(page.get_by_role("status")).to_contain_text(words.preferences["saved"])


def stop(page: Page, words: Words) -> None:
    press(page, words.preferences["stop"])
    expect(page.get_by_text(words.preferences["stopped_state"])).to_be_visible()
    check(page)


def come_back(page: Page, words: Words) -> None:
    page.get_by_role("checkbox").check()
    press(page, words.preferences["save"])
    expect(page.get_by_role("status")).to_contain_text(words.preferences["saved"])
    expect(page.get_by_role("checkbox")).to_be_checked()


def open_own_data(page: Page, words: Words, mailbox: SandboxControl) -> None:
    page.get_by_role("link", name=words.common["about_me"]).click()
    check(page)
    page.get_by_label(words.about_me["field"]).fill(ANNA)
    page.wait_for_timeout(READING_MS)
    press(page, words.about_me["button"])
    page.goto(newest_link(mailbox, "about-me"))
    check(page)
    press(page, words.about_me["open_button"])
    expect(page.get_by_text(ANNA)).to_be_visible()
    check(page)


def test_parent_joins_chooses_stops_comes_back_and_erases(
    visit: tuple[Page, Words], site: str, school: School, mailbox: SandboxControl
) -> None:
    page, words = visit
    join(page, words, site, school, mailbox)
    topic, address = Topic.objects.get(), Address.objects.get()
    assert has_consent(address.pk, topic.pk, school.pk)

    page.goto(newest_link(mailbox, "p"))
    choose_language(page, words)
    assert Person.objects.get().language == "es"
    stop(page, words)
    assert is_suppressed("email", ANNA)
    come_back(page, words)
    assert not is_suppressed("email", ANNA)
    assert has_consent(address.pk, topic.pk, school.pk)

    open_own_data(page, words, mailbox)
    with page.expect_download() as saved:
        press(page, words.about_me["export"])
    assert ANNA in saved.value.path().read_text()
    page.get_by_label(words.about_me["erase_sure"]).check()
    press(page, words.about_me["erase_button"])
    expect(page.get_by_role("heading", name=words.about_me["erased_title"])).to_be_visible()
    check(page)
    assert Address.objects.get().value == ""


def test_other_pages_of_a_parent_are_clean(
    visit: tuple[Page, Words], site: str, school: School
) -> None:
    page, words = visit
    page.goto(f"{site}/genuine/1-1-ABCD")
    expect(page.get_by_text(words.genuine["no_title"])).to_be_visible()
    check(page)
    page.goto(f"{site}/join/{school.slug}")
    page.wait_for_timeout(READING_MS)
    page.get_by_label(words.common["phone"]).fill("12")
    page.get_by_role("button", name=words.join["button"]).click()
    expect(page.get_by_label(words.common["phone"])).to_have_attribute("aria-invalid", "true")
    check(page)
    page.goto(f"{site}/advice/gb/{words.language}")
    expect(page.get_by_role("heading", name=words.advice.title)).to_be_visible()
    check(page)
    page.goto(f"{site}/p/abc")
    expect(page.get_by_role("heading", name=words.preferences["old_title"])).to_be_visible()
    check(page)
