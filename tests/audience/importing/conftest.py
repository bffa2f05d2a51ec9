from __future__ import annotations

from pathlib import Path

import pytest
from roster_files import ReadText, reader_in


@pytest.fixture
def read(tmp_path: Path) -> ReadText:
    return reader_in(tmp_path)
