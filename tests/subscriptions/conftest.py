from __future__ import annotations

from pathlib import Path

import pytest
from roster_school import OpenSchool, open_schools


@pytest.fixture
def open_school(db: None, tmp_path: Path) -> OpenSchool:
    return open_schools(tmp_path)
