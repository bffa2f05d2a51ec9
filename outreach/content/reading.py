"""Reading a template before it ever runs: what it names and what it does with it.

Owns the small language: print, test, loop over the closed list of variables, three
filters. Refuses calls, assignments, includes, arithmetic and any attribute that is not
on the list, in branches that never run as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jinja2 import nodes

from outreach.content.variables import LEAF, LOOP, VARIABLES, Kind, Record, Several, names
from outreach.core.errors import Problem

FILTERS = ("upper", "lower", "length")
TESTS = ("none",)
MOST_NESTED_LOOPS = 2

_PLAIN_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Const,
    nodes.If,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
    nodes.CondExpr,
)


@dataclass(frozen=True)
class Usage:
    """What a template does with each variable (dotted path).

    `printed`: it stands in the text as it is. `tested`: only asked whether it is there.
    `handled`: compared, filtered, looped over or anything else.
    """

    printed: frozenset[str] = frozenset()
    tested: frozenset[str] = frozenset()
    handled: frozenset[str] = frozenset()

    def __or__(self, other: Usage) -> Usage:
        return Usage(
            self.printed | other.printed,
            self.tested | other.tested,
            self.handled | other.handled,
        )

    def every(self) -> frozenset[str]:
        return self.printed | self.tested | self.handled

    def only_printed(self, path: str) -> bool:
        """Whether nothing else hangs on the value of `path`."""
        return path not in self.tested | self.handled


def path_of(node: nodes.Node) -> str:
    """`school.name` for that expression when it begins at the closed list, else empty."""
    parts: list[str] = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    if isinstance(node, nodes.Name) and node.name in VARIABLES:
        return ".".join([node.name, *reversed(parts)])
    return ""


def label_of(node: nodes.Node) -> str:
    """How the expression is called in a message to a person."""
    if isinstance(node, nodes.Getattr):
        return f"{label_of(node.node)}.{node.attr}"
    if isinstance(node, nodes.Name):
        return node.name
    inner = node.node if isinstance(node, nodes.Filter) else None
    return label_of(inner) if inner is not None else "an expression"


@dataclass
class TemplateReader:
    """Walks a template once, with the names known at each place."""

    where: str
    problems: list[Problem] = field(default_factory=list)
    printed: set[str] = field(default_factory=set)
    tested: set[str] = field(default_factory=set)
    handled: set[str] = field(default_factory=set)
    loops: int = 0

    def usage(self) -> Usage:
        printed, handled = frozenset(self.printed), frozenset(self.handled)
        return Usage(printed, frozenset(self.tested) - handled, handled)

    def read(self, node: nodes.Node, scope: Mapping[str, Kind]) -> None:
        """A statement or expression whose value is not printed as it is."""
        if isinstance(node, nodes.Output):
            for each in node.nodes:
                self._read_printed(each, scope)
        elif isinstance(node, nodes.If):
            self._read_if(node, scope)
        elif isinstance(node, nodes.For):
            self._read_for(node, scope)
        elif isinstance(node, nodes.Name | nodes.Getattr):
            self._kind(node, scope, self.handled)
        else:
            self._read_other(node, scope)

    def _read_other(self, node: nodes.Node, scope: Mapping[str, Kind]) -> None:
        if isinstance(node, nodes.Filter):
            self._check_listed("filter", node.name, FILTERS, node.lineno)
        elif isinstance(node, nodes.Test):
            self._check_listed("test", node.name, TESTS, node.lineno)
        elif not isinstance(node, _PLAIN_NODES):
            self._refuse(node)
            return
        for child in node.iter_child_nodes():
            self.read(child, scope)

    def _read_printed(self, node: nodes.Expr, scope: Mapping[str, Kind]) -> None:
        if not isinstance(node, nodes.Name | nodes.Getattr):
            self.read(node, scope)
            return
        kind = self._kind(node, scope, self.printed)
        if isinstance(kind, Record | Several):
            self._add(
                "not-printable",
                f"{label_of(node)} is not a text that can be printed.",
                node.lineno,
                "Name one of its fields, or loop over it.",
            )

    def _read_if(self, node: nodes.If, scope: Mapping[str, Kind]) -> None:
        self._read_test(node.test, scope)
        for each in [*node.body, *node.elif_, *node.else_]:
            self.read(each, scope)

    def _read_test(self, node: nodes.Node, scope: Mapping[str, Kind]) -> None:
        """Asking whether a value is there splits recipients in two, not by every value."""
        if isinstance(node, nodes.Not):
            self._read_test(node.node, scope)
        elif isinstance(node, nodes.And | nodes.Or):
            self._read_test(node.left, scope)
            self._read_test(node.right, scope)
        elif isinstance(node, nodes.Name | nodes.Getattr):
            self._kind(node, scope, self.tested)
        else:
            self.read(node, scope)

    def _read_for(self, node: nodes.For, scope: Mapping[str, Kind]) -> None:
        kind = self._kind(node.iter, scope, self.handled)
        if not isinstance(kind, Several) or not isinstance(node.target, nodes.Name):
            self._add(
                "bad-loop",
                "A loop goes over one of the lists of `help`, with one name.",
                node.lineno,
                "Write it like {% for line in help.helplines %}.",
            )
            return
        if node.target.name in VARIABLES or node.target.name == "loop":
            message = f"A loop may not use the name {node.target.name} anew."
            self._add("bad-loop", message, node.lineno, "Call it line.")
        self.loops += 1
        if self.loops > MOST_NESTED_LOOPS or node.recursive or node.test:
            self._add("bad-loop", "This loop is too complicated.", node.lineno, "Keep it plain.")
        inner = {**scope, node.target.name: kind.of, "loop": LOOP}
        for each in [*node.body, *node.else_]:
            self.read(each, inner)
        self.loops -= 1

    def _kind(self, node: nodes.Node, scope: Mapping[str, Kind], used: set[str]) -> Kind:
        """What a dotted name holds. Notes its use; a name that is not there is a finding."""
        if not isinstance(node, nodes.Name | nodes.Getattr):
            self.read(node, scope)
            return LEAF
        kind = self._look_up(node, scope)
        root = label_of(node).split(".")[0]
        if kind is not None and scope.get(root) is VARIABLES.get(root):
            used.add(label_of(node))
        return LEAF if kind is None else kind

    def _look_up(self, node: nodes.Node, scope: Mapping[str, Kind]) -> Kind | None:
        if isinstance(node, nodes.Name):
            return self._member(node.name, scope, node.name, node.lineno)
        if not isinstance(node, nodes.Getattr):
            self.read(node, scope)
            return None
        above = self._look_up(node.node, scope)
        if above is None:
            return None
        inside = above.fields if isinstance(above, Record) else {}
        return self._member(node.attr, inside, label_of(node), node.lineno)

    def _member(self, name: str, inside: Mapping[str, Kind], label: str, line: int) -> Kind | None:
        if name in inside:
            return inside[name]
        known = ", ".join(names(inside)) or "nothing below it"
        self._add("unknown-variable", f"There is no variable {label}.", line, f"There is: {known}.")
        return None

    def _check_listed(self, what: str, name: str, known: tuple[str, ...], line: int) -> None:
        if name not in known:
            message = f"There is no {what} {name}."
            self._add(f"unknown-{what}", message, line, f"There is: {', '.join(known)}.")

    def _refuse(self, node: nodes.Node) -> None:
        what = type(node).__name__.lower()
        self._add(
            "not-allowed-in-template",
            f"A template may not do this ({what}).",
            node.lineno,
            "It may print, test with if, and loop with for.",
        )

    def _add(self, code: str, message: str, line: int, remedy: str) -> None:
        self.problems.append(Problem(code, message, f"{self.where}:{line}", remedy))
