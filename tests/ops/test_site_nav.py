"""The navigation of the documents' site is completed from folders."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def site_nav(repository: Path) -> ModuleType:
    path = repository / "tools" / "site_nav.py"
    spec = importlib.util.spec_from_file_location("site_nav", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    for name in ("index.md", "late.md", "rooms/README.md", "rooms/api.md", "rooms/web.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("# A page\n")
    return tmp_path


def test_a_star_stands_for_the_pages_that_nobody_else_names(
    site_nav: ModuleType, docs: Path
) -> None:
    nav = ["index.md", {"Web": ["rooms/web.md"]}, {"Rooms": ["rooms/*.md"]}, {"More": ["*.md"]}]
    assert site_nav.completed(nav, docs) == [
        "index.md",
        {"Web": ["rooms/web.md"]},
        {"Rooms": ["rooms/README.md", "rooms/api.md"]},
        {"More": ["late.md"]},
    ]


def test_a_section_without_pages_vanishes(site_nav: ModuleType, docs: Path) -> None:
    assert site_nav.completed(["index.md", {"None": ["none*.md"]}], docs) == ["index.md"]


def test_a_page_stands_in_the_first_section_that_matches_it(
    site_nav: ModuleType, docs: Path
) -> None:
    nav = [{"First": ["la*.md"]}, {"Second": ["*.md"]}]
    assert site_nav.completed(nav, docs) == [{"First": ["late.md"]}, {"Second": ["index.md"]}]
