"""Finds links in our Markdown pages that lead nowhere: files, and headings in them.

Addresses elsewhere are left alone: a check must not depend on the network.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("*.md", "docs/**/*.md", "bench/*.md", "campaigns/**/*.md")
FENCE = re.compile(r"^ *(```|~~~).*?^ *\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:")


def pages() -> list[Path]:
    return sorted({path for place in PLACES for path in ROOT.glob(place)})


def broken_links(page: Path) -> Iterator[str]:
    """`file:line: target` for each link of `page` that leads nowhere."""
    text = FENCE.sub(lambda found: "\n" * found.group().count("\n"), page.read_text("utf-8"))
    for number, line in enumerate(text.splitlines(), start=1):
        for target in LINK.findall(CODE.sub("", line)):
            if not ELSEWHERE.match(target) and not _leads_somewhere(page, target):
                yield f"{page.relative_to(ROOT)}:{number}: {target} leads nowhere."


def _leads_somewhere(page: Path, target: str) -> bool:
    path, _, heading = unquote(target).partition("#")
    file = page if not path else (page.parent / path).resolve()
    if not file.exists() or ROOT not in [file, *file.parents]:
        return False
    return not heading or file.suffix != ".md" or heading in _headings(file)


@cache
def _headings(page: Path) -> frozenset[str]:
    """The names that a forge gives to the headings of `page`."""
    found = HEADING.findall(FENCE.sub("", page.read_text("utf-8")))
    return frozenset(_slug(title) for title in found)


def _slug(title: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "")
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def main() -> int:
    found = [line for page in pages() for line in broken_links(page)]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
