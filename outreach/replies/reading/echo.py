"""Reactions that phones send as text: our own words come back and say nothing."""

from __future__ import annotations

import re

# A few words or an emoji, then a quotation up to the end. Phones write it in the language
# of the person ("Liked “…”", "Hat „…“ mit einem Like markiert", "👍 to “…”").
_REACTION = re.compile(
    r"^[^\"“”„«‹「『\n]{0,60}[\"“”„«‹「『](?P<quoted>.{12,}?)[\"“”»›」』…]*[^\"“”»›」』\n]{0,40}$",
    re.DOTALL,
)
_QUOTE_END = re.compile(r"[\"“”»›」』]|…\s*$")
# A person who puts the whole message into quotation marks.
_ALL_QUOTED = re.compile(r"^[\"“”„«‹「『][^\"“”„«‹「『»›」』]*[\"“”»›」』]\W*$")
# A person who puts a word or two into quotation marks: 'a "girl" got him to …'.
_QUOTED_WORD = re.compile(r"[\"“„«]\w+(?: \w+)?[\"”»“]\s+\w+")
# Somebody tells what another has written: 'a text on his phone says "pay or …"'.
_TOLD = re.compile(
    r"^[^\"“”„«]*\b(?:says|said|saying|wrote|told|phone|he|she|they|his|my)\b", re.IGNORECASE
)
_FEWEST_WORDS = 3
_MOST_CHARACTERS = 2_000


def is_reaction(text: str) -> bool:
    """True for a tapback: a short verb around a quotation of several words."""
    text = text.strip()[:_MOST_CHARACTERS]
    match = _REACTION.match(text)
    return (
        match is not None
        and bool(_QUOTE_END.search(text[match.start("quoted") :]))
        and len(match["quoted"].split()) >= _FEWEST_WORDS
        and not _ALL_QUOTED.match(text)
        and not _QUOTED_WORD.search(text)
        and not _TOLD.match(text)
    )
