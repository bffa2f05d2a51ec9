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
# A person who puts the whole message into quotation marks, or begins to: "stop sending these…
_ALL_QUOTED = re.compile(r"^[\"“”„«‹「『][^\"“”„«‹「『»›」』]*(?:[\"“”»›」』]|…)\W*$")
# A person who puts a word or two into quotation marks: 'a "girl" got him to …'.
_QUOTED_WORD = re.compile(r"[\"“„«]\w+(?: \w+)?[\"”»“]\s+\w+")
# A phone's own marks around the whole quotation; straight ones inside were the sender's.
_OUTER_MARKS = re.compile(r"^[^\"“”]{0,60}“[^“”]*”[^\"“”]{0,40}$")
# Somebody tells what another has written: 'a text on his phone says "pay or …"'.
_TOLD = re.compile(
    r"^[^\"“”„«]*\b(?:says|said|saying|wrote|told|phone|he|she|they|his|my)\b", re.IGNORECASE
)
# A tap on a picture, which has no words to quote.
_OF_A_PICTURE = re.compile(
    r"(?:loved|liked|disliked|laughed at|emphasi[sz]ed|questioned|reacted \S{1,4} to)"
    r" an? (?:image|photo|picture|video|movie|gif|attachment|audio message)\.?",
    re.IGNORECASE,
)
_FEWEST_WORDS = 3
_MOST_CHARACTERS = 2_000


def is_reaction(text: str) -> bool:
    """True for a tapback: a short verb around a quotation of several words, or of a picture."""
    text = text.strip()[:_MOST_CHARACTERS]
    if _OF_A_PICTURE.fullmatch(text):
        return True
    match = _REACTION.match(text)
    return (
        match is not None
        and bool(_QUOTE_END.search(text[match.start("quoted") :]))
        and len(match["quoted"].split()) >= _FEWEST_WORDS
        and not _ALL_QUOTED.match(text)
        and (bool(_OUTER_MARKS.match(text)) or not _QUOTED_WORD.search(text))
        and not _TOLD.match(text)
    )
