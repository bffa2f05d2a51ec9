"""One Markdown text as HTML and as plain text that reads well.

Owns both renderings of markdown-it's token stream. Refuses raw HTML and images: a
message is complete without them, and a picture tells its server who has read it.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from outreach.content.bidi import LEFT_TO_RIGHT, begun_from_the_right, kept_in_order
from outreach.content.slots import Place, SlotTable

COLUMNS = 72

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
_SCHEME = re.compile(r"^(mailto:|tel:)")
# Stands for a space at which no line may end; no text has it, for values are cleaned of it.
_UNBROKEN = "\x1f"


@dataclass(frozen=True)
class Rendered:
    """One text in both forms."""

    html: str
    text: str


def render_markdown(source: str, table: SlotTable, direction: str = "ltr") -> Rendered:
    """`source` as HTML, its marks placed for text and for links, and as plain text in lines of
    72 columns, links as "text: address", in which values that are for all are written.

    `direction`: "rtl" keeps every value, and above all every phone number, in its own order.
    """
    # Read once for both: reading takes longer than writing.
    tokens = _MARKDOWN.parse(source)
    text = _text(tokens, table, direction)  # before the addresses in the tokens are placed
    return Rendered(_html(tokens, table, direction), text)


def _html(tokens: Sequence[Token], table: SlotTable, direction: str) -> str:
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                address = str(child.attrGet("href"))
                child.attrSet("href", table.place_address(address))
                if direction == "rtl" and address.startswith("tel:"):
                    child.attrSet("dir", "ltr")
    rendered = str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
    if direction == "rtl":
        # Every mark in an attribute has been placed above.
        rendered = table.between(rendered, "<bdi>", "</bdi>")
    return table.place(rendered, Place.HTML)


def _text(tokens: Sequence[Token], table: SlotTable, direction: str) -> str:
    tree = SyntaxTreeNode(tokens)
    text = _TextRenderer(table, LEFT_TO_RIGHT if direction == "rtl" else "").blocks(
        tree.children, COLUMNS
    )
    placed = table.place(text, Place.TEXT)
    return begun_from_the_right(placed) if direction == "rtl" else placed


@dataclass(frozen=True)
class _TextRenderer:
    """`apart`: the mark on both sides of what a reader's own values will be, and of addresses;
    "" where text runs from left to right."""

    table: SlotTable
    apart: str = ""

    def blocks(self, nodes: Sequence[SyntaxTreeNode], width: int, gap: str = "\n\n") -> str:
        return gap.join(text for node in nodes if (text := self._block(node, width)))

    def _block(self, node: SyntaxTreeNode, width: int) -> str:
        if node.type == "heading":
            return self._heading(node, width)
        if node.type in ("bullet_list", "ordered_list"):
            return self._list(node, width)
        if node.type == "blockquote":
            return textwrap.indent(self.blocks(node.children, width - 2), "> ", lambda _: True)
        if node.type == "hr":
            return "-" * width
        if node.type in ("fence", "code_block"):
            return textwrap.indent(self.table.fill_direct(node.content).rstrip("\n"), "    ")
        return _wrap(self._inline(node.children), width)

    def _heading(self, node: SyntaxTreeNode, width: int) -> str:
        lines = _wrap(self._inline(node.children), width)
        longest = max(len(line) for line in lines.split("\n"))
        return f"{lines}\n{('=' if node.tag == 'h1' else '-') * longest}"

    def _list(self, node: SyntaxTreeNode, width: int) -> str:
        first = int(node.attrs.get("start", 1))
        items = []
        for number, item in enumerate(node.children, first):
            bullet = f"{number}. " if node.type == "ordered_list" else "- "
            body = self.blocks(item.children, width - len(bullet), _gap(item))
            items.append(bullet + textwrap.indent(body, " " * len(bullet)).lstrip())
        tight = all(_gap(item) == "\n" for item in node.children)
        return ("\n" if tight else "\n\n").join(items)

    def _inline(self, nodes: Sequence[SyntaxTreeNode]) -> str:
        return "".join(self._span(node) for node in nodes)

    def _span(self, node: SyntaxTreeNode) -> str:
        if node.type == "softbreak":
            return " "
        if node.type == "hardbreak":
            return "\n"
        if node.type == "link":
            return self._link(node)
        if node.children:
            return self._inline(node.children)
        if not self.apart:
            return self.table.fill_direct(node.content)
        written = self.table.fill_direct(node.content, kept_in_order)
        return self.table.between(written, self.apart, self.apart)

    def _link(self, node: SyntaxTreeNode) -> str:
        text = self._inline(node.children)
        address = self.table.fill_direct(str(node.attrs["href"]))
        bare = _SCHEME.sub("", address)
        same = text.strip(LEFT_TO_RIGHT) in (address, bare) or (
            address.startswith("tel:") and _digits(text) == _digits(bare)
        )
        if same:
            # Half a phone number at the end of a line would be dialled as a whole one.
            return text.replace(" ", _UNBROKEN) if address.startswith("tel:") else text
        # A mail program takes a mark right behind an address for a part of it: the link is broken.
        end = f"{_UNBROKEN}{self.apart}" if self.apart else ""
        return f"{text}: {self.apart}{bare}{end}"


def _gap(item: SyntaxTreeNode) -> str:
    """A tight list hides the paragraphs of its items."""
    hidden = all(child.hidden for child in item.children if child.type == "paragraph")
    return "\n" if hidden else "\n\n"


def _digits(text: str) -> str:
    return re.sub(r"[^0-9a-z]", "", text)


def _wrap(text: str, width: int) -> str:
    """Each line on its own; an address longer than a line stays whole."""
    lines = [
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    ]
    return "\n".join(lines).replace(_UNBROKEN, " ")
