"""The frame around every email.

Owns the one HTML page that all messages share and its inlining: mail programs drop
style sheets, so each element carries its own style, and only the rules for dark mode
and narrow screens stay in the head.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import cache

import css_inline
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from outreach.content.shipped import shipped

_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)

# The inliner would move what it keeps to the top of the head, above the line that names
# the character set, so the kept sheet steps aside while it works.
_KEPT_SHEET = re.compile(r"<style data-kept>(.*?)</style>", re.DOTALL)
_KEPT_PLACE = "<!--kept sheet-->"


@dataclass(frozen=True)
class PageParts:
    """What the frame holds. `body`, `help_now`, `footer`: HTML; the others: text."""

    language: str
    direction: str
    subject: str
    preheader: str
    sender: str
    body: Markup
    help_now: Markup
    footer: Markup


class Layout:
    """A compiled frame.

    `source`: HTML with Jinja that prints each of the PageParts. Its `<style>` is written
    into the elements; a `<style data-kept>` (dark mode, narrow screens) stays as it is.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        kept = _KEPT_SHEET.search(source)
        self._kept = f"<style>{kept[1]}</style>" if kept else ""
        self._template = _ENVIRONMENT.from_string(_KEPT_SHEET.sub(_KEPT_PLACE, source))

    def page(self, parts: PageParts) -> str:
        """The whole HTML document, styles inlined."""
        inlined = str(_INLINER.inline(self._template.render(asdict(parts))))
        return inlined.replace(_KEPT_PLACE, self._kept, 1)


@cache
def default_layout() -> Layout:
    """The layout that ships with the product, read once. Raises Unavailable without templates."""
    return Layout(shipped("layout/email.html").read_text("utf-8"))
