"""Completes the navigation of the documents' site: an entry with a star stands for files.

`- runbooks/*.md` in mkdocs.yml becomes the pages of that folder that no other entry names, in the
order of their names, the folder's README first. A pattern without files vanishes. So a new page
is on the site without an edit of mkdocs.yml, and one under a heading of its own stays there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

FRONT = "README.md"


def on_config(config: Any) -> Any:
    """MkDocs calls this once, before it reads a page."""
    config["nav"] = completed(config["nav"], Path(config["docs_dir"]))
    return config


def completed(nav: list[Any], docs: Path) -> list[Any]:
    """`nav` as in mkdocs.yml, with files in the place of patterns."""
    named = set(_files(nav))
    return list(_completed(nav, docs, named))


def _completed(nav: list[Any], docs: Path, named: set[str]) -> Iterator[Any]:
    for entry in nav:
        if isinstance(entry, dict):
            ((title, below),) = entry.items()
            inside = list(_completed(below, docs, named)) if isinstance(below, list) else below
            if inside:
                yield {title: inside}
        elif "*" in entry:
            found = _matching(entry, docs, named)
            named.update(found)
            yield from found
        else:
            yield entry


def _matching(pattern: str, docs: Path, named: set[str]) -> list[str]:
    paths = sorted(docs.glob(pattern), key=lambda path: (path.name != FRONT, path.name))
    return [
        name for name in (path.relative_to(docs).as_posix() for path in paths) if name not in named
    ]


def _files(nav: Any) -> Iterator[str]:
    """Every file that `nav` names itself."""
    if isinstance(nav, str):
        if "*" not in nav:
            yield nav
    else:
        for entry in nav.values() if isinstance(nav, dict) else nav:
            yield from _files(entry)
