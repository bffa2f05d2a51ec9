"""Folders for the servers that these tests start."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def place() -> Iterator[Path]:
    """A temporary folder of its own.

    Not `tmp_path`: as root PostgreSQL runs as another user, and every other pytest that starts
    on this machine takes away that user's right to pass through pytest's common folder.
    """
    with tempfile.TemporaryDirectory(prefix="outreach-tests-") as folder:
        yield Path(folder)
