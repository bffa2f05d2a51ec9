"""Every page there is, looked at: full, empty, and with an error of its form.

The table of addresses is the list: a page that is in it and not on this walk fails it. Staff's
pages in English and German, parents' in English and Arabic, wide and narrow, light and dark.
With BROWSER_PICTURES it keeps the pictures of docs/pages.md (`make pictures`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import web_builders as build
import world
from looking import (
    HEIGHT,
    WIDTHS,
    axe_finds,
    keep_picture,
    sticks_out,
    weighs_too_much,
)
from playwright.sync_api import Browser, BrowserContext, Page
from test_web_access import addresses  # noqa: F401  # the address of every guarded page
from test_web_german import english_in
from web_pages import BEFORE_SIGN_IN, NO_PAGES, OF_STAFF, PARENTS, patterns, routes

from outreach.campaigns.models import CampaignVersion, Launch
from outreach.campaigns.versions import definition_of
from outreach.core.clock import FrozenClock
from outreach.organisation.models import Role, School, Staff
from tests.organisation.contact_builders import build_contact

pytestmark = pytest.mark.browser

# Narrow pictures are kept too of what people open on the way.
ON_THE_WAY = {"home", "launches", "launch", "launch-pause", "calendar", "cases", "case", "schools"}
ON_THE_WAY |= {"school-home", "school-hold", "school-parents", "sign-in", "launch-approve"}
# The forms on a page that need something, and one of them sent without it.
_FORMS = "document.querySelectorAll('main form[method=post]')"
NEEDY_FORMS = f"""() => [...{_FORMS}].flatMap((form, number) =>
  [...form.elements].some((field) => field.required) ? [number] : [])"""
SEND_WITHOUT = f"""(number) => {{
  const form = {_FORMS}[number];
  form.noValidate = true;
  for (const field of form.elements) if (field.required) {{
    if (field.type === 'radio' || field.type === 'checkbox') field.checked = false;
    else if (field.tagName === 'SELECT') field.selectedIndex = -1;
    else field.value = '';
  }}
  form.querySelector('button:not([type=button])').click();
}}"""


@dataclass(frozen=True)
class Look:
    """How a walk looks at its pages. `axe_at`: the widths at which axe has its turn."""

    language: str
    scheme: str
    axe_at: tuple[int, ...]
    is_for_parents: bool = False
    pictures_at: tuple[int, ...] = ()


@pytest.fixture
def school(transactional_db: None, frozen_clock: FrozenClock) -> School:
    return world.build_school()


@pytest.fixture
def manager(school: School) -> Staff:
    return build.build_staff("Mara", Role.MANAGER)


@pytest.fixture
def approver(school: School) -> Staff:
    return build.build_staff("Ben", Role.APPROVER)


@pytest.fixture
def pages(
    addresses: dict[str, str],  # noqa: F811  # the fixture above
    school: School,
    manager: Staff,
) -> dict[str, str]:
    """The address of each page of staff, of an installation in the middle of its work."""
    world.fill(Launch.objects.get(), school, manager)
    found = {name: addresses[name] for name in addresses if name in OF_STAFF}
    assert set(found) == OF_STAFF, "tests/web builds an address for each"
    return found


@contextmanager
def window(browser: Browser, site: str, look: Look, session: str = "") -> Iterator[Page]:
    """A window of this look; with `session`, of somebody who is signed in."""
    context: BrowserContext = browser.new_context(
        viewport={"width": WIDTHS[0], "height": HEIGHT},
        color_scheme=look.scheme,  # type: ignore[arg-type]  # "light" or "dark"
        locale=look.language,
        timezone_id="Europe/London",
        reduced_motion="reduce",
    )
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
    # A page that is opened first reads a campaign's definition, on a machine that may be busy.
    context.set_default_timeout(120_000)
    yield context.new_page()
    context.close()


def walk(page: Page, site: str, pages: Mapping[str, str], look: Look) -> str:
    """What is wrong with each page, a line for each fault; empty when nothing is."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    wrong: list[str] = []
    for name, address in pages.items():
        said.clear()
        page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        answer = page.goto(f"{site}{address}", wait_until="load")
        found = [] if answer and answer.status == 200 else [f"answers {answer}"]
        found += weighs_too_much(page, is_for_parents=look.is_for_parents)
        if page.locator("html").get_attribute("lang") != look.language:
            found.append("speaks another language")
        for width in WIDTHS:
            found += at(page, name, width, look)
        wrong += [f"{name}: {fault}" for fault in (*found, *said)]
    return "\n".join(wrong)


def at(page: Page, name: str, width: int, look: Look) -> list[str]:
    page.set_viewport_size({"width": width, "height": HEIGHT})
    found = sticks_out(page) + (axe_finds(page) if width in look.axe_at else [])
    if width in look.pictures_at and (width == look.pictures_at[0] or name in ON_THE_WAY):
        keep_picture(page, f"pages/{name}-{width}")
    return found


STAFF_LOOKS = [
    Look("en", "light", (1280,), pictures_at=WIDTHS),
    Look("de", "dark", (360,)),
]
PARENTS_LOOKS = [
    Look("en", "light", WIDTHS, is_for_parents=True, pictures_at=(360,)),
    Look("ar", "dark", WIDTHS, is_for_parents=True),
]


def test_every_page_that_there_is_is_on_the_walk() -> None:
    assert routes() - set(NO_PAGES) == OF_STAFF | PARENTS | BEFORE_SIGN_IN
    assert set(NO_PAGES) - routes() == set()


@pytest.mark.parametrize("look", STAFF_LOOKS, ids=lambda look: look.language)
def test_every_page_of_staff_fits_speaks_and_has_no_fault_for_axe(
    browser: Browser, still_site: str, pages: dict[str, str], look: Look
) -> None:
    administrator = build.build_staff("Ada", Role.ADMINISTRATOR)
    with window(browser, still_site, look, world.session_of(administrator)) as page:
        wrong = walk(page, still_site, pages, look)
        assert not wrong, wrong


@pytest.mark.parametrize("look", PARENTS_LOOKS, ids=lambda look: look.language)
def test_every_page_of_parents_fits_speaks_and_is_light(
    browser: Browser, still_site: str, pages: dict[str, str], school: School, look: Look
) -> None:
    of_parents = world.pages_of_parents(Launch.objects.get(name="Autumn"), school, look.language)
    assert set(of_parents) == PARENTS
    with window(browser, still_site, look) as page:
        wrong = walk(page, still_site, of_parents, look)
        assert not wrong, wrong


@pytest.mark.parametrize("look", STAFF_LOOKS, ids=lambda look: look.language)
def test_every_page_before_the_sign_in_fits_speaks_and_has_no_fault_for_axe(
    browser: Browser, still_site: str, school: School, manager: Staff, look: Look
) -> None:
    lead = build_contact("Lea", Role.SAFEGUARDING_LEAD, school)
    before = world.pages_before_sign_in(manager, lead)
    with window(browser, still_site, look) as page:
        wrong = walk(page, still_site, before, look)
        assert not wrong, wrong
    with window(browser, still_site, look, world.half_way_session(manager)) as page:
        second = {"sign-in-second": "/sign-in/code"}
        assert {*before, *second} == BEFORE_SIGN_IN
        wrong = walk(page, still_site, second, look)
        assert not wrong, wrong


def test_every_list_of_an_empty_installation_says_so_and_has_no_fault(
    browser: Browser, still_site: str, transactional_db: None, frozen_clock: FrozenClock
) -> None:
    build.build_organisation()
    look = Look("en", "dark", (1280,))
    fixed = {
        str(entry.name): f"/{entry.pattern}"
        for entry in patterns()
        if entry.name in OF_STAFF and "<" not in str(entry.pattern)
    }
    session = world.session_of(build.build_staff("Ada", Role.ADMINISTRATOR))
    with window(browser, still_site, look, session) as page:
        wrong = walk(page, still_site, fixed, look)
        assert not wrong, wrong


def test_every_form_says_what_is_missing_in_german_and_has_no_fault(
    browser: Browser, still_site: str, pages: dict[str, str], manager: Staff, school: School
) -> None:
    look = Look("de", "dark", (360,))
    lead = build_contact("Lea", Role.SAFEGUARDING_LEAD, school)
    before = world.pages_before_sign_in(manager, lead)
    session = world.session_of(build.build_staff("Ada", Role.ADMINISTRATOR))
    with window(browser, still_site, look, session) as page:
        wrong = fail_in_every_form(page, still_site, pages, look)
    with window(browser, still_site, look) as page:
        wrong += fail_in_every_form(page, still_site, before, look)
    assert not wrong, "\n".join(wrong)


def fail_in_every_form(page: Page, site: str, pages: Mapping[str, str], look: Look) -> list[str]:
    """Sends each form that needs something without it; what is wrong with the answers."""
    wrong = []
    # The campaign's own words stand on the pages in its own language.
    own = [step.title for step in definition_of(CampaignVersion.objects.get()).steps]
    for name, address in pages.items():
        page.goto(f"{site}{address}")
        for number in page.evaluate(NEEDY_FORMS):
            page.goto(f"{site}{address}")
            with page.expect_navigation():
                page.evaluate(SEND_WITHOUT, number)
            found = [] if page.locator("main .error").count() else ["does not say what is missing"]
            found += english_in(without(page.content(), own))
            for width in WIDTHS:
                found += at(page, name, width, look)
            wrong += [f"{name}: {fault}" for fault in found]
    return wrong


def without(text: str, titles: Iterable[str]) -> str:
    for title in titles:
        text = text.replace(title, "")
    return text
