"""`outreach replies classify`: lines of JSON in, lines of JSON out."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from outreach.cli.program import program


def test_each_reply_gets_a_line_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    file.write_text(
        '{"id": 7, "text": "STOP", "channel": "sms"}\n\n'
        '{"id": "b", "text": "someone is blackmailing my son, stop texting", "channel": "sms"}\n',
        "utf-8",
    )
    done = CliRunner().invoke(program, ["replies", "classify", str(file)])
    first, second = map(json.loads, done.stdout.splitlines())
    assert done.exit_code == 0
    assert (first["id"], first["label"], first["action"]) == (7, "opt_out", "suppress")
    assert first["why"] == {"rule": "keyword", "matched": ["stop"]}
    assert (second["label"], second["crisis"], second["stop_requested"]) == ("other", True, True)
    assert second["actions"] == ["escalate", "hold"]


def test_a_bad_line_is_named_and_the_others_are_answered(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    file.write_text('{"id": 1\n{"id": 2, "text": "help", "channel": "sms"}\n[]\n', "utf-8")
    done = CliRunner().invoke(program, ["replies", "classify", str(file)])
    assert done.exit_code == 2
    assert "replies.jsonl:1: The line is not JSON." in done.stderr
    assert "replies.jsonl:3: The line is not a JSON object." in done.stderr
    assert json.loads(done.stdout)["label"] == "help"
