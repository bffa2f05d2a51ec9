"""Compiling a template into the sandbox.

Owns the one Jinja environment: no loader, no globals, strict about what is undefined,
and every printed expression handed to the printer of the render. What a template may
say at all is decided in `reading`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from outreach.content.reading import (
    TESTS,
    TemplateReader,
    Usage,
    label_of,
    path_of,
)
from outreach.content.variables import VARIABLES
from outreach.core.errors import Problem

MOST_SOURCE_CHARACTERS = 64_000

# A name with a space: no template can spell it.
PRINTER = "print here"
_PRINT_FILTER = "print value"

Printer = Callable[[Any, str, str, int], str]


@dataclass(frozen=True)
class Piece:
    """One text that has been read. `where`: the file it came from."""

    where: str
    source: str
    first_line: int
    usage: Usage

    @property
    def template(self) -> Template:
        """It compiled, which most texts of a pack never need in one process."""
        return _compiled(self.source, self.first_line)


@pass_context
def _print_value(context: Context, value: Any, path: str, label: str, line: int) -> str:
    printer: Printer = context[PRINTER]
    return printer(value, path, label, line)


def _letter_filters() -> dict[str, Callable[[Any], Any]]:
    """`upper` and `lower` that hand on what is missing: Jinja's own would print "NONE"."""

    def filter_of(change: Callable[[str], str]) -> Callable[[Any], Any]:
        return lambda value: change(str(value)) if value else None

    return {"upper": filter_of(str.upper), "lower": filter_of(str.lower)}


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,  # values are escaped when they are put in place of their marks
        loader=None,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.clear()
    environment.filters = {"length": environment.filters["length"], **_letter_filters()}
    environment.filters[_PRINT_FILTER] = _print_value
    environment.tests = {each: environment.tests[each] for each in TESTS}
    return environment


_ENVIRONMENT = _environment()


def compile_piece(source: str, where: str, first_line: int = 1) -> Piece | list[Problem]:
    """Reads a Jinja text that begins on line `first_line` of the file `where`.

    Returns the compiled piece, or every finding with its file and line.
    """
    if len(source) > MOST_SOURCE_CHARACTERS:
        message = f"The text is longer than {MOST_SOURCE_CHARACTERS:,} characters."
        return [Problem("template-too-long", message, where, "Split it into two steps.")]
    read = _read(source, first_line)
    if isinstance(read, Usage):
        return Piece(where, source, first_line, read)
    return [replace(problem, where=f"{where}{problem.where}") for problem in read]


# Steps of one campaign and its versions share many texts: subjects, previews, whole messages.
@lru_cache(maxsize=4096)
def _read(source: str, first_line: int) -> Usage | tuple[Problem, ...]:
    """What a text uses, or all that is wrong with it, at ":line"."""
    try:
        tree = parsed(source, first_line)
    except TemplateSyntaxError as error:
        return (_syntax_problem(error.message or "", error.lineno),)
    except RecursionError:
        return (_syntax_problem("it is nested too deeply", first_line),)
    reader = TemplateReader("")
    reader.read(tree, VARIABLES)
    return tuple(sorted(reader.problems, key=_line_of)) or reader.usage()


def parsed(source: str, first_line: int) -> nodes.Template:
    """The tree of a text that begins on line `first_line` of its file."""
    return _ENVIRONMENT.parse("\n" * (first_line - 1) + source)


def _line_of(problem: Problem) -> int:
    return int(problem.where.rpartition(":")[2])


def _syntax_problem(reason: str, line: int) -> Problem:
    return Problem(
        "template-syntax",
        f"The template cannot be read: {reason}",
        f":{line}",
        "Check that every {{ has its }} and every {% if %} its {% endif %}.",
    )


@lru_cache(maxsize=2048)
def _compiled(source: str, first_line: int) -> Template:
    return compiled_tree(parsed(source, first_line))


def compiled_tree(tree: nodes.Template) -> Template:
    """Compiles with every printed expression handed to the printer of the render."""
    for output in list(tree.find_all(nodes.Output)):
        output.nodes = [_through_printer(each) for each in output.nodes]
    tree.set_environment(_ENVIRONMENT)
    code = _ENVIRONMENT.compile(tree)
    return Template.from_code(_ENVIRONMENT, code, {})


def _through_printer(node: nodes.Expr) -> nodes.Expr:
    if isinstance(node, nodes.TemplateData):
        return node
    details = [nodes.Const(path_of(node)), nodes.Const(label_of(node)), nodes.Const(node.lineno)]
    return nodes.Filter(node, _PRINT_FILTER, details, [], None, None, lineno=node.lineno)
