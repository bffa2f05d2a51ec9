"""How a page is looked at in a browser: does it fit, what does axe find, what does it weigh.

Owns the one set of questions that every test of this folder asks, and the pictures of `make
pictures`.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text()
HEIGHT = 800
WIDTHS = (1280, 360)
LARGEST_SCRIPT_AND_STYLE_BYTES = 100_000
LARGEST_PARENTS_PAGE_BYTES = 50_000
# Pictures in the documents: long pages are cut, and 64 colours are enough for ink on paper.
_TALLEST_PICTURE = 1400
_COLOURS = 64
_PARTS = """() => ['resource', 'navigation'].flatMap((kind) => performance.getEntriesByType(kind))
  .map((entry) => [new URL(entry.name).pathname, entry.encodedBodySize])"""


def check(page: Page) -> None:
    """Nothing sticks out at the side, and axe finds nothing."""
    page.wait_for_load_state()
    found = sticks_out(page) + axe_finds(page)
    assert not found, "\n".join(found)


def sticks_out(page: Page) -> list[str]:
    """What a reader would have to scroll sideways for."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    room = page.locator("html").evaluate("(node) => node.scrollWidth")
    return [f"{room} pixels wide at {width}"] if room > width else []


def axe_finds(page: Page) -> list[str]:
    """Each rule of axe, its best practices too, that the page breaks, with the place."""
    # Emails stand in frames that run no script: they are looked at apart (test_browser_email).
    # By way of the debugger: the pages' own policy refuses scripts put into them.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {iframes: false}).then((result) => result.violations)")
    return [f"{item['id']}: {node['html']}" for item in found for node in item["nodes"]]


def weighs_too_much(page: Page, *, is_for_parents: bool) -> list[str]:
    """Bytes of script and style of every page; of the whole page where it is a parents' page."""
    parts = page.evaluate(_PARTS)
    code = sum(size for name, size in parts if name.endswith((".js", ".css")))
    whole = sum(size for _, size in parts)
    found = []
    if code >= LARGEST_SCRIPT_AND_STYLE_BYTES:
        found.append(f"{code} bytes of script and style")
    if is_for_parents and whole >= LARGEST_PARENTS_PAGE_BYTES:
        found.append(f"{whole} bytes")
    return found


def keep_picture(page: Page, name: str) -> None:
    """Writes `name`.png where the environment's BROWSER_PICTURES names a folder."""
    if folder := os.environ.get("BROWSER_PICTURES"):
        _write_picture(page, Path(folder) / f"{name}.png")


def _write_picture(page: Page, file: Path) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    tall = page.locator("html").evaluate("(node) => node.scrollHeight")
    clip = {"x": 0, "y": 0, "width": width, "height": min(tall, _TALLEST_PICTURE)}
    shot = page.screenshot(full_page=True, clip=clip, caret="hide")  # type: ignore[arg-type]  # a FloatRect
    picture = Image.open(io.BytesIO(shot)).convert("RGB").quantize(_COLOURS)
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.save(file, optimize=True)
