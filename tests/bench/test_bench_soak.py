"""What a soak reports: memory that grows, and lines of logs that nothing explains."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bench import soak_watch
from bench.soak_watch import Memories, Restart, unexplained
from bench.webhook_requests import Certificates, Signer
from bench.webhooks import RATES
from outreach.webhooks.app import DOORS, VOICE_PATH

BEGAN = datetime(2026, 11, 22, 8, 0, 0, 500_000).astimezone()
POSTGRES = Restart("postgres", BEGAN, BEGAN + timedelta(seconds=2), in_time=True)


def line(seconds: float, words: str) -> str:
    at = (BEGAN + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
    return f"{at} {words}\n"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (line(1, "WARNING outreach.clock the database is away, trying again: Error"), 0),
        (line(60, "WARNING outreach.clock the database is away, trying again: Error"), 1),
        (line(-1, "WARNING outreach.clock the database is away, trying again: Error"), 1),
        (line(1, "ERROR outreach.replies a reply could not be read"), 1),
        (line(1, "INFO outreach.clock this clock leads"), 0),
        (line(1, "WARNING celery oh\n --- ***** -----"), 1),
        (
            line(1, "ERROR django.request oh\nTraceback (most recent call last):\n  x\nValueError"),
            1,
        ),
        (line(1, "ERROR x oh\nTraceback (most recent call last):\n  x\nOperationalError: gone"), 0),
        ("Traceback (most recent call last):\n  File x\nKeyError: 'x'\n", 1),
        ("[ERROR] Application callable raised an exception\n[INFO] Shutting down\n", 1),
        ("[WARNING] Configuration allows spawning up to 8 Python threads\n", 0),
    ],
)
def test_what_a_restart_explains_is_not_reported(text: str, number: int, tmp_path: Path) -> None:
    (tmp_path / "clock.log").write_text(text)
    found = unexplained(tmp_path, [POSTGRES])
    assert len(found) == number
    assert all(each.startswith("clock: ") for each in found)


def test_memory_that_grows_is_a_slope_through_all_lives_and_a_start_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = 0.0
    monkeypatch.setattr(soak_watch.time, "monotonic", lambda: moment)
    growing, steady = Memories(), Memories()
    for life in range(2):
        for step in range(60):
            moment += 10
            first = 50.0 if step < 10 else 0.0  # what a start needs and gives back
            grown = 100.0 + life * 30 + first + step / 6
            for memories, size in ((growing, grown), (steady, 100.0 + life * 30 + first)):
                monkeypatch.setattr(soak_watch, "_of_tree", lambda _pid, now=size: now)
                memories.note({"web": 1})
        growing.born_again("web")
        steady.born_again("web")
    slope, _, last = growing.slopes()["web"]
    assert (round(slope), round(last)) == (60, 110)
    assert steady.slopes()["web"][0] == 0


def test_every_webhook_is_measured() -> None:
    doors = {VOICE_PATH, *(door.path for door in DOORS)}
    with Certificates() as certificates:
        builders = Signer("http://127.0.0.1:1", "token", certificates).builders()
    assert doors == RATES.keys() == builders.keys()
