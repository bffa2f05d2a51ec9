"""A page of advice that was opened once opens again where there is no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Without the mark nobody makes the database whose keys the pages look at when they start.
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("is_scripted", [True, False], ids=["with scripts", "without scripts"])
def test_advice_that_was_opened_opens_again_without_a_network(
    browser: Browser, site: str, is_scripted: bool
) -> None:
    context = browser.new_context(java_script_enabled=is_scripted)
    page = context.new_page()
    page.goto(f"{site}/advice/gb/en")
    said = page.locator("main").inner_text()

    context.set_offline(True)
    page.goto("about:blank")
    page.goto(f"{site}/advice/gb/en")

    assert page.locator("main").inner_text() == said
    assert page.locator("main").evaluate("it => getComputedStyle(it).maxWidth") != "none"
    context.close()
