"""What entries of the audit log are about, by name, with the way to its page.

A name is looked up once for all the entries of a page. What nobody knows any more, and what is
nobody's to read here (persons, addresses), stays as the log has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from outreach.campaigns.models import Campaign, Launch
from outreach.organisation.audit_log import Line
from outreach.organisation.models import School, Sender
from outreach.outbound.models import Hook, HookState


@dataclass(frozen=True)
class Subject:
    """`address`: its page, "" for none."""

    words: str
    address: str = ""


def subjects_of(lines: Iterable[Line]) -> Mapping[str, Subject]:
    """For each `about` that is no name yet."""
    by_kind: dict[str, set[str]] = {}
    for line in lines:
        kind, _, name = line.about.partition(":")
        by_kind.setdefault(kind, set()).add(name)
    found: dict[str, Subject] = {}
    found |= _schools(by_kind.get("school", set()))
    found |= _launches(_uuids(by_kind.get("launch", set())))
    found |= _senders(_uuids(by_kind.get("sender", set())))
    found |= _cases(_uuids(by_kind.get("case", set())))
    found |= _campaigns(by_kind.get("campaign", set()))
    found |= _hooks(_uuids(by_kind.get("hook", set())))
    if "organisation" in by_kind:
        found["organisation"] = Subject(gettext("The organisation"))
    return found


def _schools(slugs: Iterable[str]) -> dict[str, Subject]:
    rows = School.objects.filter(slug__in=slugs).values_list("slug", "name") if slugs else ()
    return {f"school:{slug}": Subject(name) for slug, name in rows}


def _launches(uuids: Iterable[UUID]) -> dict[str, Subject]:
    rows = Launch.objects.filter(uuid__in=uuids).values_list("uuid", "name") if uuids else ()
    return {f"launch:{uuid}": Subject(name, reverse("launch", args=[uuid])) for uuid, name in rows}


def _senders(uuids: Iterable[UUID]) -> dict[str, Subject]:
    rows = Sender.objects.filter(uuid__in=uuids).values_list("uuid", "identity") if uuids else ()
    return {f"sender:{uuid}": Subject(identity) for uuid, identity in rows}


def _cases(uuids: Iterable[UUID]) -> dict[str, Subject]:
    words = gettext("Reply")
    return {f"case:{uuid}": Subject(words, reverse("case", args=[uuid])) for uuid in uuids}


def _campaigns(slugs: Iterable[str]) -> dict[str, Subject]:
    rows = Campaign.objects.filter(slug__in=slugs).values_list("slug", "title") if slugs else ()
    return {f"campaign:{slug}": Subject(title) for slug, title in rows}


def _hooks(uuids: Iterable[UUID]) -> dict[str, Subject]:
    rows = Hook.objects.filter(uuid__in=uuids).values_list("uuid", "url", "state") if uuids else ()
    return {
        f"hook:{uuid}": Subject(
            url, "" if state == HookState.ENDED else reverse("endpoint", args=[uuid])
        )
        for uuid, url, state in rows
    }


def _uuids(names: Iterable[str]) -> list[UUID]:
    """Those that are one; an entry by hand may be about anything."""
    found = []
    for name in names:
        try:
            found.append(UUID(name))
        except ValueError:
            continue
    return found
