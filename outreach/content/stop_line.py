"""The one line in a text that says how to stop, in the reader's language."""

from __future__ import annotations

from outreach.content.phrases import known_languages, phrases

_OTHERWISE = "en"


def stop_line(language: str, link: str | None) -> str:
    """`link` None: the sender can receive, so a reply of STOP works. Else the page to stop on."""
    words = phrases(language if language in known_languages() else _OTHERWISE)
    return words.stop_by_reply if link is None else words.stop_by_link.format(link=link)
