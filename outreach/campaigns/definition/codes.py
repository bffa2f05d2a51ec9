"""Every code that `outreach campaign check` can give: one list, `codes.yaml`.

Owns reading it. A finding itself has the sentence for its case. A test compares the list with the
code, and the page docs/findings.md with the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

PAGE = "docs/findings.md"


class Severity(StrEnum):
    """What a finding does to a campaign."""

    ERROR = "error"
    WARNING = "warning"
    EITHER = "error or warning"


@dataclass(frozen=True)
class Code:
    """`means`: why it is a finding. `remedy`: what usually helps."""

    code: str
    severity: Severity
    means: str
    remedy: str

    @property
    def page(self) -> str:
        """Where it is explained."""
        return f"{PAGE}#{self.code}"


@cache
def code_groups() -> Mapping[str, tuple[Code, ...]]:
    """Title -> the codes below it, as the page has them."""
    text = files("outreach.campaigns.definition").joinpath("codes.yaml").read_text("utf-8")
    loaded: Mapping[str, Mapping[str, Any]] = YAML(typ="safe", pure=True).load(text)
    return {
        title: tuple(
            Code(code, Severity(entry["severity"]), entry["means"], entry["remedy"])
            for code, entry in entries.items()
        )
        for title, entries in loaded.items()
    }


@cache
def codes() -> Mapping[str, Code]:
    """All of them, by code."""
    return {code.code: code for group in code_groups().values() for code in group}
