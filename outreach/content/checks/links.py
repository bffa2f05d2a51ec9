"""Links: well-formed, https, to pages of our own. Whether every language has them: messages.py.

Owns what counts as a link in a template: the target of a Markdown link, and any bare address.
An address that a variable gives is right by construction; one that is typed in is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from outreach.content.checks.places import body_place
from outreach.content.source import SourceFile
from outreach.core.errors import Problem

_MARKDOWN = re.compile(r"\]\(\s*<?((?:\{\{.*?\}\}|[^)\s>])*)")
_BARE = re.compile(r"(?<![\w/(<{.])(?:(?:https?|ftp)://|www\.)[^\s)>\]\"'{}]+", re.IGNORECASE)
_VARIABLE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_DIALLED = ("tel:", "mailto:")
# They hide where they lead, and carriers filter texts with short links that anybody may use (CTIA,
# Messaging Principles and Best Practices).
_SHORTENERS = frozenset(
    {"bit.ly", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ow.ly", "rb.gy", "rebrand.ly"}
    | {"shorturl.at", "t.co", "t.ly", "tiny.cc", "tinyurl.com", "v.gd"}
)


@dataclass(frozen=True)
class _Link:
    """`at`: where in the body it begins."""

    target: str
    at: int

    @property
    def is_filled_in(self) -> bool:
        bare = self.target
        for scheme in _DIALLED:
            bare = bare.removeprefix(scheme)
        return _VARIABLE.fullmatch(bare) is not None


def typed_in_links(source: SourceFile, own_hosts: Collection[str]) -> Iterator[Problem]:
    """`own_hosts`: where our own pages are; empty where nobody knows yet."""
    for link in _links(source.body):
        if not link.is_filled_in:
            yield from _typed_in(source, link, own_hosts)


def links_of(source: SourceFile) -> tuple[tuple[str, int], ...]:
    """Each link with where it begins; `line.url` of a loop is whatever the loop gives."""
    return tuple((_plain(link.target), link.at) for link in _links(source.body))


def _links(body: str) -> list[_Link]:
    targets = [_Link(found[1].strip(), found.start(1)) for found in _MARKDOWN.finditer(body)]
    seen = {link.at for link in targets}
    bare = [
        _Link(found[0].rstrip(".,;:!?"), found.start())
        for found in _BARE.finditer(body)
        if found.start() not in seen
    ]
    return sorted([*targets, *bare], key=lambda link: link.at)


def _typed_in(source: SourceFile, link: _Link, own_hosts: Collection[str]) -> Iterator[Problem]:
    where = body_place(source, link.at)
    fault, remedy = _fault(link.target)
    if fault:
        yield Problem("bad-link", fault, where, remedy)
        return
    host = _host(link.target)
    if host and not _is_own(host, own_hosts):
        yield Problem(
            "foreign-link",
            f"`{host}` is not a page of ours: a reader cannot tell it from a trap.",
            where,
            "Lead to {{ links.advice }} and link from there.",
            blocks=False,
        )


def _fault(target: str) -> tuple[str, str]:
    """What is wrong with an address, and what to do; two empty texts for nothing."""
    if "{{" in target:
        return (
            f"`{target}` has a value inside an address, so that each reader could be told from "
            "others.",
            "Use a whole link, like {{ links.advice }}.",
        )
    if target.startswith(_DIALLED):
        return (
            f"`{target}` is typed in.",
            "Take numbers and addresses from the help directory, {{ help.… }}.",
        )
    if not target.lower().startswith("https://"):
        return (
            f"`{target}` does not begin with https://.",
            "Write the whole address, with https://.",
        )
    return _fault_of_host(target)


def _fault_of_host(target: str) -> tuple[str, str]:
    try:
        parts = urlsplit(target)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return f"`{target}` is no address.", "Copy it again from your browser."
    if parts.username is not None or port is not None or not _HOST.fullmatch(host):
        return (
            f"`{target}` is no address of a website.",
            "Write it like https://www.example.org/page.",
        )
    if host in _SHORTENERS:
        return (
            f"`{target}` hides where it leads, and carriers drop it.",
            "Write the whole address.",
        )
    return "", ""


def _host(target: str) -> str:
    return "" if target.startswith(_DIALLED) else urlsplit(target).hostname or ""


def _is_own(host: str, own_hosts: Collection[str]) -> bool:
    return any(host == own or host.endswith(f".{own}") for own in own_hosts)


def _plain(target: str) -> str:
    return _VARIABLE.sub(lambda found: f"{{{{ {found[1]} }}}}", target)
