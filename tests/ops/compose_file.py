"""docker-compose.yml as processes of this machine.

Reads the subset of the compose format that the file uses, and fails for anything else: a key that
is not understood here would be a part of the file that no test has seen.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from outreach.cli.setup.env_file import read_settings

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>[A-Z_]+)(?P<rest>[^}]*)\}|(?P<odd>))")
_SECONDS = re.compile(r"(\d+)s")
_BYTES = re.compile(r"(\d+)m")
_MOUNT = "/run/secrets/"
_OF_THE_FILE = {"name", "services", "secrets", "volumes"}
_OF_A_SERVICE = {
    *("image", "build", "command", "environment", "env_file", "secrets", "volumes", "ports"),
    *("init", "restart", "read_only", "tmpfs", "cap_drop", "cap_add", "security_opt", "user"),
    *("depends_on", "healthcheck", "stop_grace_period", "stop_signal", "deploy", "profiles"),
    *("shm_size",),
}
_OF_A_CHECK = {"test", "interval", "timeout", "retries", "start_period", "disable"}
_DOCKERS_GRACE = "10s"


@dataclass(frozen=True)
class Service:
    """One service, resolved. `check`: what its health check runs, () for none.

    `ports`: those of the container that are published. `secrets`: name -> file of this machine.
    `memory_mib`: its limit, 0 for none.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    secrets: Mapping[str, Path]
    check: tuple[str, ...]
    ports: tuple[int, ...]
    profiles: tuple[str, ...]
    waits_for: Mapping[str, str]
    stop_signal: str
    grace_seconds: int
    memory_mib: int
    restart: str


def read_compose(path: Path, folder: Path) -> dict[str, Service]:
    """The services of the file as `docker compose` sees them in `folder`, where `.env` lies."""
    raw = YAML(typ="safe").load(path.read_text())
    whole = {key: value for key, value in raw.items() if not key.startswith("x-")}
    _refuse(set(whole) - _OF_THE_FILE, "of the file")
    env_file = folder / ".env"
    variables = read_settings(env_file.read_text(), ".env") if env_file.exists() else {}
    return {
        name: _service(name, _filled(each, variables), _filled(whole, variables), folder)
        for name, each in whole["services"].items()
    }


def _service(name: str, raw: dict[str, Any], whole: dict[str, Any], folder: Path) -> Service:
    _refuse(set(raw) - _OF_A_SERVICE, f"of {name}")
    files = {key: folder / each["file"] for key, each in whole["secrets"].items()}
    return Service(
        name=name,
        command=tuple(raw.get("command", ())),
        environment={**_of_env_files(raw, folder), **_texts(raw.get("environment", {}))},
        secrets={key: files[key] for key in raw.get("secrets", ())},
        check=_check(raw.get("healthcheck", {})),
        ports=tuple(_container_port(each) for each in raw.get("ports", ())),
        profiles=tuple(raw.get("profiles", ())),
        waits_for={key: each["condition"] for key, each in raw.get("depends_on", {}).items()},
        stop_signal=raw.get("stop_signal", "SIGTERM"),
        grace_seconds=_number(_SECONDS, raw.get("stop_grace_period", _DOCKERS_GRACE)),
        memory_mib=_memory(raw.get("deploy")),
        restart=raw.get("restart", "no"),
    )


def _refuse(unknown: set[str], where: str) -> None:
    assert not unknown, f"keys {where} that this test does not understand: {sorted(unknown)}"


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    """Everything in `value` with its variables filled in."""
    if isinstance(value, dict):
        return {key: _filled(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, variables) for each in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _value(found, variables), value)
    return value


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if found[0] == "$$":
        return "$"
    name, rest = found["name"], found["rest"]
    assert name, f"a dollar sign that this test does not understand: {found.string}"
    known = variables.get(name, "")
    if rest.startswith(":-") and "$" not in rest:
        return known or rest.removeprefix(":-")
    if rest.startswith(":?"):
        assert known, rest.removeprefix(":?")
        return known
    assert not rest, f"a form of variable that this test does not understand: {found[0]}"
    return known


def _of_env_files(raw: dict[str, Any], folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in raw.get("env_file", ()):
        path = folder / each["path"]
        assert path.exists() or each["required"] is False, path
        found |= read_settings(path.read_text(), str(path)) if path.exists() else {}
    return found


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    assert all(isinstance(each, str) for each in values.values()), values
    return dict(values)


def _check(raw: dict[str, Any]) -> tuple[str, ...]:
    _refuse(set(raw) - _OF_A_CHECK, "of a health check")
    if raw.get("disable") or not raw:
        return ()
    kind, *words = raw["test"]
    assert kind in {"CMD", "CMD-SHELL"}, kind
    return tuple(words) if kind == "CMD" else ("sh", "-c", *words)


def _container_port(published: str) -> int:
    return int(published.removesuffix("/udp").rsplit(":", 1)[1])


def _memory(deploy: Any) -> int:
    return _number(_BYTES, deploy["resources"]["limits"]["memory"]) if deploy else 0


def _number(form: re.Pattern[str], text: str) -> int:
    found = form.fullmatch(text)
    assert found, f"{text!r} is not of the form that this test understands"
    return int(found[1])


@dataclass(frozen=True)
class OnThisMachine:
    """Turns what stands in a container into what stands here.

    `ports`: of containers -> of this machine. `places`: folders of containers -> of this machine.
    `programs`: the folder of the programs of the image.
    """

    ports: Mapping[int, int]
    places: Mapping[str, Path]
    programs: Path

    def argv(self, words: tuple[str, ...]) -> list[str]:
        return [self._word(word) for word in words]

    def environment(self, service: Service, around: Mapping[str, str]) -> dict[str, str]:
        """`around`: what every process here needs, PATH for instance."""
        given = {name: self._place(value, service) for name, value in service.environment.items()}
        return {**around, **given, "PATH": f"{self.programs}:{around['PATH']}"}

    def _word(self, word: str) -> str:
        """All interfaces become loopback, and ports those of this machine."""
        for theirs, ours in self.ports.items():
            word = re.sub(rf"(?<!\d){theirs}(?!\d)", str(ours), word)
        return word.replace("0.0.0.0", "127.0.0.1")  # noqa: S104  # what is replaced

    def _place(self, value: str, service: Service) -> str:
        if value.startswith(_MOUNT):
            return str(service.secrets[value.removeprefix(_MOUNT)])
        for theirs, ours in self.places.items():
            if value == theirs:
                return str(ours)
        return value


def commands_of(printed: str) -> Iterator[tuple[str, list[str]]]:
    """Service and words of each `docker compose run` in what `outreach setup` printed."""
    for line in printed.splitlines():
        words = shlex.split(line) if line.startswith("  docker compose run --rm ") else []
        if words:
            yield words[4], words[5:]
