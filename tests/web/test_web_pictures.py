"""Every page has its picture and its sentence in docs/pages.md; the pictures stay small."""

from __future__ import annotations

import re
from pathlib import Path

from web_pages import BEFORE_SIGN_IN, OF_STAFF, PARENTS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PICTURES = DOCS / "pictures"
ALL_PICTURES_BYTES = 6_000_000
SHOWN = re.compile(r"^### .+\n\n((?:.+\n)+)\n!\[.+\]\(pictures/pages/([a-z-]+)-\d+\.png\)", re.M)


def test_every_page_has_a_picture_and_a_sentence() -> None:
    shown = {name: words for words, name in SHOWN.findall((DOCS / "pages.md").read_text())}
    assert shown.keys() == OF_STAFF | PARENTS | BEFORE_SIGN_IN, "docs/pages.md, and make pictures"
    assert all(words.rstrip().endswith((".", "?")) for words in shown.values())


def test_every_picture_that_is_kept_is_shown_and_every_one_shown_is_kept() -> None:
    text = "".join(page.read_text() for page in (DOCS / "pages.md", DOCS / "first-campaign.md"))
    shown = set(re.findall(r"\]\((pictures/(?:pages|first-campaign)/[^)]+)\)", text))
    kept = {
        str(file.relative_to(DOCS))
        for folder in ("pages", "first-campaign")
        for file in (PICTURES / folder).glob("*.png")
    }
    assert shown == kept


def test_pictures_stay_small() -> None:
    assert sum(file.stat().st_size for file in PICTURES.rglob("*.png")) < ALL_PICTURES_BYTES
