"""YAML text as plain values, with the place of each.

Owns what may be written: maps, lists, texts, numbers, yes and no. Builds the values
itself from the parsed nodes, so a tag can never make an object. Refuses tags, keys
written twice, several documents in one file, and whatever is too large to be a definition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from outreach.campaigns.definition.places import Path, Place, Places, shown
from outreach.core.errors import BadFile, Problem

# A year of weekly steps is some 10 kB; the parser needs a second for these.
LARGEST_SOURCE_BYTES = 64_000
# Aliases make a small file large; these are counted after they are put in.
_MOST_VALUES = 10_000
_DEEPEST = 12

_TAG = "tag:yaml.org,2002:"
_TAB_ADVICE = (
    "YAML takes spaces only: replace each tab with two spaces "
    "(most editors have 'Convert indentation to spaces')."
)


@dataclass(frozen=True)
class YamlSource:
    """`tree`: dicts, lists and scalars. `problems`: what was refused while reading, all at once."""

    tree: object
    places: Places
    problems: list[Problem]


def read_yaml(source: str, *, filename: str) -> YamlSource:
    """Reads YAML text. `filename`: as the author knows it, for the findings.

    Raises BadFile when the text is no YAML at all or is too large.
    """
    size = len(source.encode("utf-8", "replace"))
    if size > LARGEST_SOURCE_BYTES:
        raise _unreadable(too_large(size, filename))
    node = _compose(source, filename)
    builder = _Builder(filename)
    tree = builder.build(node, ()) if node is not None else {}
    places = Places(filename, builder.values, builder.keys)
    if node is None:
        builder.report("empty-file", "The file is empty.", Place(1, 1), "Start with `schema: 1`.")
    return YamlSource(tree, places, builder.problems)


def too_large(size_bytes: int, filename: str) -> Problem:
    return Problem(
        "too-large",
        f"The file has {size_bytes:,} bytes; a definition has at most {LARGEST_SOURCE_BYTES:,}.",
        where=filename,
        remedy="Check that it is the campaign's definition and not another file.",
    )


def _compose(source: str, filename: str) -> Node | None:
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(source)
    except MarkedYAMLError as error:
        raise _unreadable(_syntax_problem(error, filename)) from error
    except ReaderError as error:
        raise _unreadable(_character_problem(error, source, filename)) from error
    except YAMLError as error:
        raise _unreadable(Problem("bad-yaml", f"Not YAML: {error}.", filename)) from error
    except RecursionError as error:  # the composer descends once per level of brackets
        problem = Problem("bad-yaml", "The brackets are nested too deeply to be read.", filename)
        raise _unreadable(problem) from error
    return node


def _unreadable(problem: Problem) -> BadFile:
    return BadFile(problem.message, [problem], where=problem.where)


def _syntax_problem(error: MarkedYAMLError, filename: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    text = error.problem or "cannot be read"
    message, remedy = _syntax_sentence(text)
    if error.context_mark and error.context and error.context_mark.line + 1 != line:
        begins = error.context_mark.line + 1
        message = f"{message} (It belongs to what begins in line {begins}.)"
    return Problem("bad-yaml", message, f"{filename}:{line}:{column}", remedy)


def _syntax_sentence(text: str) -> tuple[str, str]:
    for part, (message, remedy) in _SYNTAX.items():
        if part in text:
            return message, remedy
    return f"This is not YAML: {text}.", "Compare with an example from the campaign reference."


# What the parser says -> what is wrong in an author's words, and what to do.
_SYNTAX = {
    r"'\t'": ("There is a tab where only spaces may stand.", _TAB_ADVICE),
    "mapping values are not allowed": (
        "A colon stands where none can: inside a text, or below a key without one.",
        'Put a text with a colon into quotes, like title: "Say No: what parents can do".',
    ),
    "that cannot start any token": (
        "A text cannot begin with this character.",
        "Put the text into quotes.",
    ),
    "found unexpected end of stream": (
        "A quote is opened and never closed.",
        "Close it on the same line.",
    ),
    "found another document": (
        "A second document begins here (`---`).",
        "One file holds one campaign: move the rest to its own file.",
    ),
    "found undefined alias": (
        "`*` refers to something that has no `&` name.",
        "Put the text into quotes, or write the value out.",
    ),
    "expected <block end>": (
        "The indentation does not fit what is above.",
        "Begin keys of one group in the same column, and list items with `- `.",
    ),
    "could not find expected ':'": (
        "A key without a colon.",
        "Write it like `title: Say No!`.",
    ),
    "expected ',' or": (
        "A bracket is opened and never closed.",
        "Close it, like [email, sms].",
    ),
}


def _character_problem(error: ReaderError, source: str, filename: str) -> Problem:
    before = source[: error.position]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return Problem(
        "bad-yaml",
        f"There is an invisible control character (U+{ord(source[error.position]):04X}) here.",
        f"{filename}:{line}:{column}",
        "Delete it; it may have come with copied text.",
    )


@dataclass
class _Builder:
    """Turns nodes into plain values and notes where each stands."""

    filename: str
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def build(self, node: Node, path: Path) -> object:
        self._refuse_bomb(node, path)
        self.values[path] = _place(node)
        self._refuse_tag(node)
        if isinstance(node, MappingNode):
            return self._map(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, n)) for n, item in enumerate(node.value)]
        return _scalar(node)

    def report(self, code: str, message: str, place: Place, remedy: str) -> None:
        where = f"{self.filename}:{place.line}:{place.column}"
        self.problems.append(Problem(code, message, where, remedy))

    def _map(self, node: MappingNode, path: Path) -> dict[str, object]:
        built: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key in built:
                self._report_twice(key, (*path, key), _place(key_node))
                continue
            self.keys[(*path, key)] = _place(key_node)
            built[key] = self.build(value_node, (*path, key))
        return built

    def _key(self, node: Node) -> str | None:
        if isinstance(node, ScalarNode):
            return str(node.value)
        self.report("bad-key", "A key must be a word.", _place(node), "Write it like `title:`.")
        return None

    def _report_twice(self, key: str, path: Path, place: Place) -> None:
        first = self.keys[path].line
        self.report(
            "duplicate-key",
            f"{shown(key)} is written twice; the first is in line {first}.",
            place,
            "Keep one of them.",
        )

    def _refuse_tag(self, node: Node) -> None:
        tag = str(node.tag)
        if tag.removeprefix(_TAG) not in _ALLOWED_TAGS or not tag.startswith(_TAG):
            self.report(
                "bad-tag",
                f"Tags (`!{tag.removeprefix(_TAG).removeprefix('!')}`) are not allowed here.",
                _place(node),
                "Write the plain value without it.",
            )

    def _refuse_bomb(self, node: Node, path: Path) -> None:
        if len(path) <= _DEEPEST and len(self.values) < _MOST_VALUES:
            return
        place = _place(node)
        problem = Problem(
            "too-large",
            "The values repeat or nest (`&name`, `*name`, brackets) beyond what is read.",
            f"{self.filename}:{place.line}:{place.column}",
            "Write the values out without `&` and `*`.",
        )
        raise _unreadable(problem)


_ALLOWED_TAGS = {"map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge"}


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _whole_number(text: str) -> object:
    try:
        return int(text)
    except ValueError:  # octal, hexadecimal and the like stay text, and no field takes them
        return text


# Dates, times and fractions stay as they are written: the field knows what they mean.
_SCALARS: dict[str, Callable[[str], object]] = {
    "int": _whole_number,
    "bool": lambda text: text.casefold() in {"true", "yes", "on", "y"},
    "null": lambda _text: None,
}


def _scalar(node: Node) -> object:
    read = _SCALARS.get(str(node.tag).removeprefix(_TAG), str)
    return read(str(node.value))
