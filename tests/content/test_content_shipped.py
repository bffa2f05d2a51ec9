"""The templates beside the program, and an installation that left them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.content.shipped import shipped
from outreach.core.errors import Unavailable


def test_the_templates_lie_beside_the_program(repository: Path) -> None:
    assert shipped("layout/email.html") == repository / "templates" / "layout" / "email.html"
    assert shipped("notices").is_dir()


def test_an_installation_without_templates_says_how_to_install(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="The templates were not installed") as caught:
        shipped("layout/email.html", beside=tmp_path)
    assert "pip install --editable ." in caught.value.remedy
