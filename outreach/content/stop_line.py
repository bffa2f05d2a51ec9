"""The one line in a text that says how to stop, in the reader's language."""

from __future__ import annotations

_BY_REPLY = {
    "en": "Stop: reply STOP",
    "de": "Abmelden: STOP antworten",
    "es": "Baja: responda STOP",
}
_BY_LINK = {"en": "Stop: {link}", "de": "Abmelden: {link}", "es": "Baja: {link}"}


def stop_line(language: str, link: str | None) -> str:
    """`link` None: the sender can receive, so a reply of STOP works. Else the page to stop on."""
    if link is None:
        return _BY_REPLY.get(language, _BY_REPLY["en"])
    return _BY_LINK.get(language, _BY_LINK["en"]).format(link=link)
