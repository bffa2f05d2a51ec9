"""Every page that people open, by the name of its route: what is walked and has its picture."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver
from web_rules import GUARDED, POST_ONLY

from outreach.web.access import Audience, rule_of

# Addresses that no person looks at as a page.
NO_PAGES = {
    "launch-pace": "numbers for a plot",
    "launch-live": "a part of the page of a send",
    "launch-groups": "a part of the page of a send",
    "school-poster": "a PDF",
    "campaign-zip": "a download",
    "campaign-yaml": "a download",
    "campaign-email": "an email as its reader gets it (test_browser_email)",
    "school-step-email": "an email as its reader gets it (test_browser_email)",
    "report-csv": "a download",
    "report-pdf": "a download",
    "roster-bad-rows": "a download",
    "language": "a form in the foot of each page",
    "sign-in-passkey": "a form that the browser fills in",
    "sign-in-question": "data for the browser",
    "healthz": "for machines",
    "readyz": "for machines",
    "openapi-json": "for machines",
}
PARENTS = {
    *("stop", "answer", "join", "join-confirm", "preferences", "about-me", "own-data"),
    *("genuine", "genuine-code", "advice"),
}
BEFORE_SIGN_IN = {
    *("sign-in", "sign-in-second", "forgotten", "new-password", "welcome", "test-alert"),
}
OF_STAFF = set(GUARDED) - POST_ONLY - set(NO_PAGES)


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    """Every entry of the URL table."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry


def routes() -> set[str]:
    """Every address that answers a person's GET, but those for other systems' keys."""
    return {
        str(entry.name)
        for entry in patterns()
        if (rule := rule_of(entry.callback)) and rule.audience is not Audience.KEY
    } - POST_ONLY
