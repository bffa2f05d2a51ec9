"""The one question in every language of the pack: its answers, as the mail offers them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from content_builders import shipped, values
from language_words import KNOWN

from outreach.content import MessageValues
from outreach.replies.reading import Action, Record, classify

PACK = shipped("say-no")
NEWSLETTERS = Path(__file__).resolve().parents[2] / "campaigns" / "say-no" / "newsletter"
_OFFERED = re.compile(r"^[^\w\n]*([12]) = (.+?)\s*$", re.MULTILINE)
each_language = pytest.mark.parametrize("language", sorted(KNOWN))


def offered(language: str) -> list[tuple[str, str]]:
    """The digit and its words, in order."""
    reader = replace(values("GB", language), message=MessageValues(can_reply=True))
    [mail] = PACK.write_email(language, "thank-you", [reader])
    return _OFFERED.findall(mail.text)


@each_language
def test_an_offered_answer_stops_starts_and_holds_nothing(language: str) -> None:
    answers = offered(language)
    assert [digit for digit, _ in answers] == ["1", "2"]
    for digit, words in answers:
        for text in (digit, f"{digit} = {words}", f"{digit} {words}", f"{digit}."):
            for channel in ("sms", "email"):
                for known in ("", language):
                    decision = classify(Record(text, channel, known))
                    assert decision.actions == (Action.NONE,), (text, decision)


@pytest.mark.parametrize("file", sorted(NEWSLETTERS.glob("*.md")), ids=lambda file: file.stem)
def test_a_newsletter_leaves_numbers_and_addresses_to_the_school(file: Path) -> None:
    text = file.read_text("utf-8")
    assert text.startswith("---\nreviewed_by: null\n---\n")
    assert text.count("\n## ") == 5
    assert "]/genuine" in text
    assert "STOP" in text
    assert not re.search(r"\d{3}|https?://|@", text)
