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
from markdown_it.tree import SyntaxTreeNode

from outreach.content.slots import Place, SlotTable

COLUMNS = 72

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
_SCHEME = re.compile(r"^(mailto:|tel:)")


def markdown_to_html(source: str, table: SlotTable) -> str:
    """HTML of `source`, its marks placed for text and for links."""
    tokens = _MARKDOWN.parse(source)
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", table.place_address(str(child.attrGet("href"))))
    rendered = str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
    return table.place(rendered, Place.HTML)


def markdown_to_text(source: str, table: SlotTable) -> str:
    """Plain text of `source` in lines of 72 columns, links as "text: address".

    Values that are for all recipients are written in, marks of the others are placed.
    """
    tree = SyntaxTreeNode(_MARKDOWN.parse(source))
    text = _TextRenderer(table).blocks(tree.children, COLUMNS)
    return table.place(text, Place.TEXT)


@dataclass(frozen=True)
class _TextRenderer:
    table: SlotTable

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
        return self.table.fill_direct(node.content)

    def _link(self, node: SyntaxTreeNode) -> str:
        text = self._inline(node.children)
        address = self.table.fill_direct(str(node.attrs["href"]))
        bare = _SCHEME.sub("", address)
        same = text in (address, bare) or (
            address.startswith("tel:") and _digits(text) == _digits(bare)
        )
        return text if same else f"{text}: {bare}"


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
    return "\n".join(lines)
