"""Links: well-formed, https, to pages of our own, and the same in every language.

Owns what counts as a link in a template: the target of a Markdown link, and any bare address.
An address that a variable gives is right by construction; one that is typed in is looked at.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from outreach.content.checks.places import body_place
from outreach.content.source import SourceFile, TemplateKey
from outreach.content.template_set import TemplateSet
from outreach.core.channels import Channel
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


def check_links(
    templates: TemplateSet, own_hosts: Collection[str], default_language: str
) -> Iterator[Problem]:
    """`own_hosts`: where our own pages are; empty where nobody knows yet."""
    for key in templates.template_keys():
        source = templates.source(key)
        for link in _links(source.body):
            if not link.is_filled_in:
                yield from _typed_in(source, link, own_hosts)
    yield from _differing(templates, default_language)


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
        yield Problem("bad-link", f"`{link.target}` {fault}", where, remedy)
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
            "has a value inside an address, so that each reader could be told from others.",
            "Use a whole link, like {{ links.advice }}.",
        )
    if target.startswith(_DIALLED):
        return "is typed in.", "Take numbers and addresses from the help directory, {{ help.… }}."
    if not target.lower().startswith("https://"):
        return "does not begin with https://.", "Write the whole address, with https://."
    return _fault_of_host(target)


def _fault_of_host(target: str) -> tuple[str, str]:
    try:
        parts = urlsplit(target)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "is no address.", "Copy it again from your browser."
    if parts.username is not None or port is not None or not _HOST.fullmatch(host):
        return "is no address of a website.", "Write it like https://www.example.org/page."
    if host in _SHORTENERS:
        return "hides where it leads, and carriers drop it.", "Write the whole address."
    return "", ""


def _host(target: str) -> str:
    return "" if target.startswith(_DIALLED) else urlsplit(target).hostname or ""


def _is_own(host: str, own_hosts: Collection[str]) -> bool:
    return any(host == own or host.endswith(f".{own}") for own in own_hosts)


def _differing(templates: TemplateSet, default_language: str) -> Iterator[Problem]:
    """Emails of a step that lack a link which the email in the default language has, or add one.

    Texts are left out: where letters are dear, a language may do without the link to advice.
    """
    by_step: dict[str, dict[str, TemplateKey]] = defaultdict(dict)
    for key in templates.template_keys():
        if key.channel is Channel.EMAIL:
            by_step[key.step][key.language] = key
    for keys in by_step.values():
        if default_language in keys:
            yield from _differing_of_step(templates, keys, default_language)


def _differing_of_step(
    templates: TemplateSet, keys: Mapping[str, TemplateKey], default_language: str
) -> Iterator[Problem]:
    wanted = {each.target for each in _of(templates, keys[default_language])}
    for language, key in keys.items():
        source = templates.source(key)
        links = _of(templates, key)
        for link in links:
            if link.target not in wanted:
                yield _other(source, link.at, f"It links to `{link.target}`", default_language)
        for target in sorted(wanted - {each.target for each in links}):
            if language != default_language:
                yield _other(source, 0, f"It does not link to `{target}`", default_language)


def _of(templates: TemplateSet, key: TemplateKey) -> list[_Link]:
    """Links whose targets are the same for all; `line.url` of a loop is whatever the loop gives."""
    return [_plain(link) for link in _links(templates.source(key).body)]


def _plain(link: _Link) -> _Link:
    return _Link(_VARIABLE.sub(lambda found: f"{{{{ {found[1]} }}}}", link.target), link.at)


def _other(source: SourceFile, at: int, what: str, default_language: str) -> Problem:
    return Problem(
        "links-differ",
        f"{what}, unlike the message in `{default_language}`.",
        body_place(source, at),
        "Give every language the same links.",
    )
