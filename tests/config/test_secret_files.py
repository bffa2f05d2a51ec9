"""A secret may come as a file, which is how containers get theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.config.environment import environment
from outreach.core.errors import BadInput


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    # The settings are read once; what a file brings in is taken out again with the rest.
    monkeypatch.setenv("OUTREACH_SMTP_URL", "smtp://of-the-environment.example")
    environment.cache_clear()


def _give(monkeypatch: pytest.MonkeyPatch, file: Path) -> str:
    monkeypatch.setenv("OUTREACH_SMTP_URL_FILE", str(file))
    return environment().smtp_url


def test_a_file_is_read_without_its_last_line_break(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "smtp_url"
    file.write_text("smtp://of-the-file.example\n")
    assert _give(monkeypatch, file) == "smtp://of-the-file.example"


def test_an_empty_file_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "smtp_url"
    file.write_text("\n")
    assert _give(monkeypatch, file) == "smtp://of-the-environment.example"


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"OUTREACH_SMTP_URL_FILE names a file that cannot be read"):
        _give(monkeypatch, tmp_path / "nowhere")
