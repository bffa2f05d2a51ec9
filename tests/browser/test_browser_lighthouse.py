"""Lighthouse itself gives pages its full mark for accessibility.

Its audits are rules of axe, which has its turn on every page (test_browser_every_page). Here the
program speaks for itself, on the pages that people see most; LIGHTHOUSE_PAGES=all asks it about
every one. It comes from npm and is no part of the product: LIGHTHOUSE names the folder in which
it was installed, as .ci/run does.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import web_builders as build
import world
from test_browser_every_page import (  # noqa: F401  # the pages and what they are made of
    addresses,
    approver,
    manager,
    pages,
    school,
)

from outreach.campaigns.models import Launch
from outreach.organisation.models import Role, School, Staff

pytestmark = pytest.mark.browser
PROGRAM = Path(__file__).parent / "lighthouse.mjs"
MOST_SEEN = ("home", "launch", "case", "school-home", "join", "stop", "preferences", "advice")


@pytest.fixture(scope="module")
def folder() -> Path:
    """Where Lighthouse is installed; skips without it."""
    named = os.environ.get("LIGHTHOUSE", "")
    if not named or not (Path(named) / "node_modules" / "lighthouse").is_dir():
        pytest.skip("there is no Lighthouse (npm install --prefix FOLDER lighthouse; LIGHTHOUSE)")
    if shutil.which("node") is None or shutil.which("chromium") is None:
        pytest.skip("there is no Node or no Chromium on this machine")
    return Path(named)


def marks(folder: Path, site: str, pages: Mapping[str, str], session: str = "") -> dict[str, str]:  # noqa: F811
    """What each page falls short in, by its name; empty when all have the full mark."""
    asked = {
        "folder": str(folder.resolve()),
        "chrome": shutil.which("chromium"),
        "cookie": f"sessionid={session}" if session else "",
        "pages": {name: f"{site}{address}" for name, address in pages.items()},
    }
    done = subprocess.run(
        ["node", str(PROGRAM)], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.keys() == pages.keys()
    return {name: str(mark) for name, mark in found.items() if mark["score"] != 1}


def chosen(pages: Mapping[str, str]) -> dict[str, str]:  # noqa: F811
    """All of them where LIGHTHOUSE_PAGES says so, else those that people see most."""
    every = os.environ.get("LIGHTHOUSE_PAGES") == "all"
    return {name: address for name, address in pages.items() if every or name in MOST_SEEN}


def test_pages_of_parents_have_the_full_mark(
    folder: Path,
    still_site: str,
    pages: dict[str, str],  # noqa: F811
    school: School,  # noqa: F811
) -> None:
    launch = Launch.objects.get(name="Autumn")
    of_parents = world.pages_of_parents(launch, school, "en")
    assert marks(folder, still_site, chosen(of_parents)) == {}


def test_pages_of_staff_have_the_full_mark(
    folder: Path,
    still_site: str,
    pages: dict[str, str],  # noqa: F811
    manager: Staff,  # noqa: F811
) -> None:
    session = world.session_of(build.build_staff("Ada", Role.ADMINISTRATOR))
    assert marks(folder, still_site, chosen(pages), session) == {}
