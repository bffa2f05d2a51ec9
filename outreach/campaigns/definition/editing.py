"""Edits of a definition and of a template that leave all else as its author wrote it.

Owns the way from a changed value back to the same YAML with its comments, order and quotes.
Refuses to judge the outcome: it goes through the same checks as any other file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from outreach.core.errors import BadInput, NotFound

# What an edit may set a key to; None takes the key away.
Value = str | int | bool | list[str] | Mapping[str, str | int | list[str] | None] | None
_FENCE = "---"
_WORDS = re.compile(r"[\w -]+")


class _Representer(RoundTripRepresenter):
    """Writes nothing as authors do: `reviewed_by: null`."""

    def represent_nothing(self, _: None) -> ScalarNode:
        node: ScalarNode = self.represent_scalar("tag:yaml.org,2002:null", "null")
        return node


_Representer.add_representer(type(None), _Representer.represent_nothing)


def with_step(source_yaml: str, step_key: str, changes: Mapping[str, Value]) -> str:
    """The definition with these keys of one step changed; `when` and the filters are changed key
    by key.

    Raises NotFound where there is no such step, BadInput where the text is no YAML.
    """
    yaml = _round_trip()
    tree = _loaded(yaml, source_yaml)
    step = _step(tree, step_key)
    for key, value in changes.items():
        if isinstance(value, Mapping) and isinstance(step.get(key), CommentedMap):
            for part, inner in value.items():
                _set(step[key], part, inner)
        else:
            _set(step, key, value)
    return _written(yaml, tree)


def with_head(text: str, changes: Mapping[str, str | None]) -> str:
    """The template with these entries of its head changed, which is made where there is none.

    Raises BadInput where the head is no YAML.
    """
    head, body = _taken_apart(text)
    yaml = _round_trip()
    tree = _loaded(yaml, head) if head.strip() else CommentedMap()
    for key, value in changes.items():
        tree[key] = value if value is None else DoubleQuotedScalarString(value)
    return f"{_FENCE}\n{_written(yaml, tree)}{_FENCE}\n{body}"


def with_body(text: str, body: str) -> str:
    """The template with another text under the same head."""
    head, _ = _taken_apart(text)
    ended = body.rstrip("\n") + "\n"
    return f"{_FENCE}\n{head}{_FENCE}\n{ended}" if head else ended


def _taken_apart(text: str) -> tuple[str, str]:
    """The lines of the head without its fences, and what follows it."""
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].rstrip() != _FENCE:
        return "", text
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    return ("", text) if end is None else ("".join(lines[1:end]), "".join(lines[end + 1 :]))


def _round_trip() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.Representer = _Representer
    yaml.preserve_quotes = True
    yaml.width = 4096  # no line is broken anew
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _loaded(yaml: YAML, source: str) -> CommentedMap:
    try:
        tree = yaml.load(source)
    except YAMLError as error:
        raise BadInput("This cannot be edited: it is no YAML.", remedy="Mend the file.") from error
    if not isinstance(tree, CommentedMap):
        raise BadInput("This cannot be edited: it has no keys.", remedy="Mend the file.")
    return tree


def _step(tree: CommentedMap, step_key: str) -> CommentedMap:
    for step in tree.get("steps") or ():
        if isinstance(step, CommentedMap) and step.get("key") == step_key:
            return step
    raise NotFound(f"There is no step {step_key!r}.")


def _set(node: CommentedMap, key: str, value: Value) -> None:
    if value is None:
        node.pop(key, None)
    elif node.get(key) != value:
        node[key] = _as_node(value)


def _as_node(value: Value) -> object:
    if isinstance(value, list):
        found = CommentedSeq(value)
        found.fa.set_flow_style()
        return found
    if isinstance(value, Mapping):
        mapping = CommentedMap((key, _as_node(inner)) for key, inner in value.items())
        mapping.fa.set_flow_style()
        return mapping
    # A plain word is quoted by the writer where it has to be; "16:30" is a number in YAML 1.1.
    if isinstance(value, str) and not _WORDS.fullmatch(value):
        return DoubleQuotedScalarString(value)
    return value


def _written(yaml: YAML, tree: CommentedMap) -> str:
    stream = io.StringIO()
    yaml.dump(tree, stream)
    return stream.getvalue()
