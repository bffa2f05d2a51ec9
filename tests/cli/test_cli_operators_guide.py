"""The operators' guide works from top to bottom: its commands, run in the order they stand in."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from cli_terminal import outreach

from outreach.config.environment import environment
from outreach.core.clock import FrozenClock

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/guides/operators.md"
_COMMAND = re.compile(r"^ {4}(?:docker compose run --rm clock )?outreach (.+)$", re.MULTILINE)
# These ask servers of others, and processes that no test of one command starts.
_OF_OTHERS = ("providers", "doctor")


def steps() -> list[str]:
    text = GUIDE.read_text("utf-8")
    part = text[text.index("## First steps") : text.index("## From demo to live")]
    return [call for call in _COMMAND.findall(part) if not call.startswith(_OF_OTHERS)]


def test_the_first_steps_work_in_the_order_of_the_guide(
    db: None, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "SENDGRID_API_KEY"):
        monkeypatch.setenv(f"OUTREACH_{name}", "entered")
    monkeypatch.setenv("OUTREACH_SMTP_URL", "smtp://127.0.0.1:9")
    monkeypatch.setenv("OUTREACH_MODE", "trial")
    environment.cache_clear()
    said = {}
    for call in steps():
        answer = outreach(*shlex.split(call))
        assert answer.code == 0, (call, answer.out, answer.err)
        said[call] = answer.out
    tested = said["readiness test dora@example.org"]
    assert tested == "A test alert goes to Dora, dora@example.org and +447700900501.\n"
    assert "No sender reaches" not in said["readiness show"]
