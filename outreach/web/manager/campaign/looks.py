"""The same email on a phone, dark, without pictures: what a look changes of its HTML.

A frame cannot be told that its reader likes it dark, so the one media rule that asks for it is
decided here.
"""

from __future__ import annotations

LOOKS = ("phone", "desktop", "dark", "no-pictures", "text")
_ASKS_FOR_DARK = "@media (prefers-color-scheme: dark)"


def looking(html: str, look: str) -> str:
    """`html` as it is shown in this look. Pictures are off in all of them: the page's policy
    loads none, and our emails have none."""
    if look == "dark":
        return html.replace(_ASKS_FOR_DARK, "@media all").replace(
            'content="light dark"', 'content="dark"'
        )
    return html.replace(_ASKS_FOR_DARK, "@media not all").replace(
        'content="light dark"', 'content="light"'
    )
