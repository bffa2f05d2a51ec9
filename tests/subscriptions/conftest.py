from __future__ import annotations

import pytest
from roster_school import OpenSchool, open_schools


@pytest.fixture
def open_school(db: None) -> OpenSchool:
    return open_schools()
