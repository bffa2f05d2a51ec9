"""Which ways a text can go, and which of them a reader takes.

Owns the list of the conditions in a template, each with its two outcomes, and the run that says
which were met. Refuses to write a message: values are left out here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Template, nodes

from outreach.content.context import Seen
from outreach.content.reading import label_of
from outreach.content.sandbox import PRINTER, Piece, compiled_tree, parsed

# A mark that no file has: control characters around the number of the branch.
_BEGIN, _END = "\x02", "\x03"
_OF_A_LOOP = re.compile(r"(not )?loop\.\w+")
_WORDS: Mapping[str, str] = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}


@dataclass(frozen=True)
class Branch:
    """One outcome of one condition. `where`: file:line; `condition`: as the template says it;
    `holds`: whether this is the way for readers for whom it is so. `number`: place in the file,
    which tells two equal conditions apart."""

    where: str
    condition: str
    holds: bool
    number: int

    @property
    def words(self) -> str:
        """ "if recipient.name", "unless recipient.name"."""
        return f"{'if' if self.holds else 'unless'} {self.condition}"


def branches_of(piece: Piece) -> tuple[Branch, ...]:
    """Every branch of a text in the order of the file: of each condition the one where it holds
    and the one where it does not, also where the template says nothing there. A condition about
    the round of a loop alone is the same for all readers, and is left out."""
    return tuple(
        Branch(f"{piece.where}:{line}", condition, holds, 2 * place + (not holds))
        for place, (line, condition) in enumerate(_conditions(piece.source, piece.first_line))
        if not _OF_A_LOOP.fullmatch(condition)
        for holds in (True, False)
    )


def taken(piece: Piece, seen: Seen) -> frozenset[Branch]:
    """Those that a reader with these values goes through; of a loop, those of any round."""
    marked = _marked(piece.source, piece.first_line)
    variables = {**seen, PRINTER: lambda *_: ""}
    text = "".join(marked.generate(variables))
    met = {int(part.partition(_END)[0]) for part in text.split(_BEGIN)[1:]}
    return frozenset(branch for branch in branches_of(piece) if branch.number in met)


@lru_cache(maxsize=512)
def _conditions(source: str, first_line: int) -> tuple[tuple[int, str], ...]:
    tree = parsed(source, first_line)
    return tuple((each.lineno, _said(each.test)) for each in _unfolded(tree))


@lru_cache(maxsize=512)
def _marked(source: str, first_line: int) -> Template:
    """The text compiled with a mark at the beginning of each branch."""
    tree = parsed(source, first_line)
    for place, each in enumerate(_unfolded(tree)):
        each.body = [_mark(2 * place, each.lineno), *each.body]
        each.else_ = [_mark(2 * place + 1, each.lineno), *each.else_]
    return compiled_tree(tree)


def _mark(number: int, line: int) -> nodes.Output:
    data = nodes.TemplateData(f"{_BEGIN}{number}{_END}", lineno=line)
    return nodes.Output([data], lineno=line)


def _unfolded(tree: nodes.Node) -> list[nodes.If]:
    """Every condition in order. An `elif` becomes a condition inside the `else` before it, so
    that each has exactly two ways."""
    return list(_unfold(tree))


def _unfold(node: nodes.Node) -> Iterator[nodes.If]:
    if isinstance(node, nodes.If):
        if node.elif_:
            first, *others = node.elif_
            first.elif_, first.else_ = others, node.else_
            node.elif_, node.else_ = [], [first]
        yield node
    for child in node.iter_child_nodes():
        yield from _unfold(child)


def _said(node: nodes.Node) -> str:
    """A condition as its author wrote it, as far as templates may say anything."""
    if isinstance(node, nodes.Not):
        return f"not {_said(node.node)}"
    if isinstance(node, nodes.And | nodes.Or):
        word = "and" if isinstance(node, nodes.And) else "or"
        return f"{_said(node.left)} {word} {_said(node.right)}"
    if isinstance(node, nodes.Compare):
        others = (f" {_WORDS[each.op]} {_said(each.expr)}" for each in node.ops)
        return _said(node.expr) + "".join(others)
    if isinstance(node, nodes.Filter) and node.node is not None:
        return f"{_said(node.node)}|{node.name}"
    if isinstance(node, nodes.Test):
        return f"{_said(node.node)} is {node.name}"
    return repr(node.value) if isinstance(node, nodes.Const) else label_of(node)
