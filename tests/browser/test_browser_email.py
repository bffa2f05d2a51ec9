"""The emails of both packs in a browser: narrow, enlarged, dark, and without pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from outreach.content import (
    Links,
    MessageValues,
    OrganisationValues,
    SchoolValues,
    StepValues,
    TemplateSet,
    Values,
    help_directory,
)
from outreach.core.channels import Channel

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
TEMPLATES = Path(__file__).parents[2] / "templates"
PUBLIC = "https://say-no.example.org"
# A phone, a window, and a phone whose owner reads at 200 %.
WIDTHS = (360, 700, 180)


def _mails(language: str, country: str) -> Iterator[tuple[str, str]]:
    """The name and the HTML of every email that is written in this language."""
    for pack in ("say-no", "safer-internet-day"):
        files = (TEMPLATES / pack / language).glob("*")
        templates = TemplateSet({f"{language}/{file.name}": file.read_text() for file in files})
        for key in templates.template_keys():
            if key.channel is Channel.EMAIL:
                (mail,) = templates.write_email(language, key.step, [_values(country, language)])
                yield f"{pack} {key.step}", mail.html


def _values(country: str, language: str) -> Values:
    links = Links(
        stop=f"{PUBLIC}/u/{'k7q2' * 10}",
        preferences=f"{PUBLIC}/p/{'k7q2' * 10}",
        advice=f"{PUBLIC}/advice/{country.lower()}/{language}",
        genuine=f"{PUBLIC}/genuine/1F-3A-9K7Q",
    )
    return Values(
        school=SchoolValues("Gymnasium am Stadtpark Bochum", country),
        organisation=OrganisationValues("Safer Schools Trust"),
        help=help_directory().for_country(country),
        links=links,
        step=StepValues(2, 5),
        message=MessageValues("1F-3A-9K7Q", can_reply=True),
    )


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(color_scheme=request.param)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("language", "country"), [("en", "GB"), ("de", "DE")])
def test_every_email_fits_its_window_and_can_be_read(
    page: Page, language: str, country: str
) -> None:
    for name, html in _mails(language, country):
        page.set_content(html)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert room[0] <= room[1], f"{name} sticks out at {width}"
        page.evaluate(AXE.read_text())
        rules = "{runOnly: ['color-contrast', 'target-size', 'list', 'listitem', 'heading-order']}"
        found = page.evaluate(f"axe.run({rules}).then((result) => result.violations)")
        assert [each["id"] for each in found] == [], name
