"""The house keeps its shape: layers, foreign keys, sizes."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_LONGEST_MODULE_LINES = 400
_LONGEST_FUNCTION_LINES = 40


def _sources(repository: Path) -> list[Path]:
    places = ("outreach", "tools", "bench", "tests")
    found = (path for place in places for path in (repository / place).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def _layers(repository: Path) -> dict[str, int]:
    """Room -> height; rooms of one layer stand equally high."""
    config = configparser.ConfigParser()
    config.read(repository / ".importlinter")
    lines = config["importlinter:contract:layers"]["layers"].split("\n")
    rooms = [[room.strip(" ()") for room in line.split("|")] for line in lines if line.strip()]
    return {room: -depth for depth, layer in enumerate(rooms) for room in layer}


def test_imports_go_down_only(repository: Path) -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [program, "--no-cache"], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_room_has_its_layer(repository: Path) -> None:
    rooms = {path.parent.name for path in (repository / "outreach").glob("*/__init__.py")}
    assert rooms <= set(_layers(repository))


def test_foreign_keys_go_down_only(repository: Path) -> None:
    from django.apps import apps

    heights = _layers(repository)
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and field.related_model
        if _height(heights, model) < _height(heights, field.related_model)
    ]
    assert upward == []


def _height(heights: dict[str, int], model: type) -> int:
    """Models of libraries lie under everything of ours."""
    parts = model.__module__.split(".")
    return heights[parts[1]] if parts[0] == "outreach" else min(heights.values()) - 1


def test_string_references_in_migrations_go_down_only(repository: Path) -> None:
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    heights = _layers(repository)
    labels = {
        config.label: heights[config.name.split(".")[1]]
        for config in apps.get_app_configs()
        if config.name.startswith("outreach.")
    }
    state = MigrationLoader(None).project_state()
    upward = [
        f"{app}.{name}.{field} -> {target}"
        for (app, name), model in state.models.items()
        for field, found in model.fields.items()
        if (target := _target(found)) and app in labels
        if labels[app] < labels.get(target.split(".")[0].lower(), labels[app])
    ]
    assert upward == []


def _target(field: object) -> str:
    remote = getattr(field, "remote_field", None)
    model = getattr(remote, "model", "")
    return model if isinstance(model, str) and "." in model else ""


def test_no_module_is_longer_than_the_wall(repository: Path) -> None:
    long = [
        f"{path.relative_to(repository)}: {count} lines"
        for path in _sources(repository)
        if (count := len(path.read_text("utf-8").splitlines())) > _LONGEST_MODULE_LINES
    ]
    assert long == []


def test_no_function_is_longer_than_forty_lines(repository: Path) -> None:
    long = [
        f"{path.relative_to(repository)}:{function.lineno} {function.name}: {length} lines"
        for path in _sources(repository)
        for function, length in _functions(path)
        if length > _LONGEST_FUNCTION_LINES
    ]
    assert long == []


def _functions(path: Path) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    """Each function with its lines from `def` to the end, docstring left out."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            words = first if ast.get_docstring(node) is not None else None
            documented = (words.end_lineno or 0) - words.lineno + 1 if words else 0
            yield node, (node.end_lineno or node.lineno) - node.lineno + 1 - documented


@pytest.mark.parametrize("drawer", ["utils", "helpers", "common", "manager", "service", "lib"])
def test_there_is_no_drawer_for_odds_and_ends(repository: Path, drawer: str) -> None:
    names = {f"{drawer}.py", drawer}
    pages = repository / "outreach" / "web" / "manager"  # the pages of the role called manager
    found = [
        path.relative_to(repository)
        for path in (repository / "outreach").rglob("*")
        if path.name in names and path != pages and "templates" not in path.parts
    ]
    assert found == []


def test_models_have_no_logic_hidden_in_save_or_signals(repository: Path) -> None:
    hidden = [
        f"{path.relative_to(repository)}: {word}"
        for path in (repository / "outreach").rglob("*.py")
        for word in ("def save(self", "@receiver(", ".connect(sender")
        if word in path.read_text("utf-8")
    ]
    assert hidden == []
