"""The check of links finds what leads nowhere, and leaves alone what is not a link of ours."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def check_links(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "check_links", repository / "tools" / "check_links.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


@pytest.mark.parametrize(
    "text",
    [
        "[there](other.md)",
        "[heading](other.md#two-words)",
        "[here](#first)",
        "[elsewhere](https://example.org/none)",
        "`[code](none.md)`",
        "```\n[fenced](none.md)\n```",
    ],
)
def test_a_good_link_passes(check_links: ModuleType, tmp_path: Path, text: str) -> None:
    (tmp_path / "other.md").write_text("# Two `words`\n")
    page = tmp_path / "page.md"
    page.write_text(f"# First\n\n{text}\n")
    assert list(check_links.broken_links(page)) == []


@pytest.mark.parametrize(
    "target", ["none.md", "other.md#three", "#second", "../outside.md", "/etc/passwd"]
)
def test_a_link_that_leads_nowhere_is_named_with_its_line(
    check_links: ModuleType, tmp_path: Path, target: str
) -> None:
    (tmp_path / "other.md").write_text("# Two words\n")
    page = tmp_path / "page.md"
    page.write_text(f"# First\n\n[there]({target})\n")
    assert list(check_links.broken_links(page)) == [f"page.md:3: {target} leads nowhere."]
