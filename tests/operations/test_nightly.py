"""The work of the night is done once, also by a clock that was away at its hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from outreach.config.environment import environment
from outreach.core.clock import FrozenClock
from outreach.operations.models import UpkeepKind, UpkeepRun
from outreach.operations.nightly import is_due, last_night, nightly
from outreach.organisation.audit import OPERATOR
from outreach.organisation.standstill import begin_standstill


def kinds() -> list[str]:
    return sorted(UpkeepRun.objects.values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("moment", "night"),
    [("2026-11-02T02:14", "2026-11-01T02:15"), ("2026-11-02T02:15", "2026-11-02T02:15")],
)
def test_the_night_begins_at_a_quarter_past_two(moment: str, night: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert last_night(at) == datetime.fromisoformat(night).replace(tzinfo=UTC)


def test_a_night_has_one_backup_and_one_forgetting(
    installation: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_BACKUP_DIR", str(tmp_path))
    environment.cache_clear()
    nightly()
    nightly()
    assert kinds() == ["backup", "retention"]
    assert len(list(tmp_path.glob("*.dump"))) == 1
    assert is_due(UpkeepKind.BACKUP, timezone.now() + timedelta(days=1))


def test_a_backup_that_failed_is_noted_and_the_forgetting_goes_on(
    installation: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a-file"
    file.touch()
    monkeypatch.setenv("OUTREACH_BACKUP_DIR", str(file / "below"))
    environment.cache_clear()
    nightly()
    failed = UpkeepRun.objects.get(kind=UpkeepKind.BACKUP)
    assert failed.failure
    assert kinds() == ["backup", "retention"]
    assert not is_due(UpkeepKind.BACKUP, timezone.now() + timedelta(minutes=59))
    assert is_due(UpkeepKind.BACKUP, timezone.now() + timedelta(minutes=61))


def test_nothing_is_forgotten_in_a_standstill(installation: FrozenClock) -> None:
    begin_standstill("a test", actor=OPERATOR)
    nightly()
    assert kinds() == []
