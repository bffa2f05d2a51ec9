"""What the staff's pages are about on a machine that measures them, and their addresses.

Run as programs in an environment that has the settings: `python -m bench.page_objects launch`
makes and starts a send of ten steps and prints its number, `... addresses LAUNCH` makes one of
each other thing and prints the address of every page as JSON, with the key of a session.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from outreach.campaigns.models import Launch
    from outreach.organisation.models import School, Staff

STEPS = 10
_HEAD = """
schema: 1
campaign: bench-pages
title: Bench
topic: online-safety
languages: [en]
default_language: en
quiet_hours: {from: "00:00", to: "00:00"}
steps:
"""
_STEP = """  - key: step-%d
    title: Message %d
    to: guardians
    channels: [sms]
    when: {day: %d, at: "00:00", within: 24h}
"""
_SMS = "{{ school.name }}: Online safety tip. {{ help.sms_line }} {{ sms.stop_line }}\n"
_REPLIES = 2_000
# The pages of campaigns are about the one that is shipped: it is as large as campaigns get.
_ROOT = Path(__file__).resolve().parent.parent
_OF_CAMPAIGNS = {"slug": "say-no", "step": "launch", "channel": "email"}
# What holds no words of a page: downloads, numbers for a plot, an email as its reader gets it.
NO_PAGES = frozenset(
    {
        *("launch-pace", "school-poster", "campaign-zip", "campaign-yaml", "report-csv"),
        *("report-pdf", "roster-bad-rows", "campaign-email", "school-step-email"),
    }
)


def make_launch() -> int:
    """A send of ten steps, started; its number."""
    from bench.readying import make_ready
    from outreach.campaigns import actions
    from outreach.campaigns.models import Campaign, CampaignVersion
    from outreach.core.clock import now
    from outreach.organisation.staff import actor_of

    steps = "".join(_STEP % (n, n, n) for n in range(STEPS))
    campaign = Campaign.objects.create(slug="bench-pages", title="Bench", created_at=now())
    version = CampaignVersion.objects.create(
        campaign=campaign,
        number=1,
        sha256="1" * 64,
        definition=_HEAD + steps,
        files={f"en/step-{n}.sms.txt": _SMS for n in range(STEPS)},
        imported_at=now(),
        imported_by="bench",
    )
    maker, approver = (actor_of(_staff(name)) for name in ("maker", "approver"))
    today = now().date()
    launch = actions.create_launch(version, name="Bench", starts_on=today, schools=[], actor=maker)
    make_ready()
    actions.request_review(launch, actor=maker, accepts_unreviewed=True)
    actions.approve_launch(launch, actor=approver)
    actions.start_launch(launch, actor=maker)
    return launch.pk


def addresses(launch_id: int) -> dict[str, str | None]:
    """The address of every page that a member of staff opens, by the name of its route; None
    where it is about something that this machine does not have."""
    from django.urls import get_resolver

    from outreach.campaigns.models import Launch

    launch = Launch.objects.get(pk=launch_id)
    known = _objects(launch)
    found: dict[str, str | None] = {}
    for entry in _entries(get_resolver().url_patterns):
        name = str(getattr(entry, "name", ""))
        if _is_page_of_staff(entry):
            found[name] = _address(name, entry, known)
    return found


def session() -> str:
    """The key of a session of an administrator who proved a moment ago."""
    from django.utils import timezone

    from bench.session import new_session
    from outreach.organisation.audit import OPERATOR
    from outreach.organisation.models import Role
    from outreach.organisation.staff import give_role

    staff = _staff("administrator")
    give_role(staff, Role.ADMINISTRATOR, actor=OPERATOR)
    return new_session(staff, proved=int(timezone.now().timestamp()))


def _entries(patterns: Iterable[object]) -> Iterator[object]:
    for entry in patterns:
        if hasattr(entry, "url_patterns"):
            yield from _entries(entry.url_patterns)
        else:
            yield entry


def _is_page_of_staff(entry: object) -> bool:
    from outreach.organisation.permissions import Audience
    from outreach.web.access import rule_of

    name, rule = getattr(entry, "name", None), rule_of(getattr(entry, "callback", None))  # type: ignore[arg-type]  # a callable where there is a rule
    return rule is not None and rule.audience is Audience.STAFF and name not in NO_PAGES


def _address(name: str, entry: object, known: Mapping[str, object]) -> str | None:
    from django.urls import reverse

    pattern = entry.pattern  # type: ignore[attr-defined]  # Django's URLPattern
    first, *rest = str(pattern).split("/")
    places = (*(f"{first}/{part}" for part in reversed(rest)), first)
    uuid = next((known[place] for place in places if place in known), None)
    own = {"uuid": uuid} | (_OF_CAMPAIGNS if first == "campaigns" else {})
    wanted = {key: own.get(key) or known.get(key) for key in pattern.converters}
    if None in wanted.values():
        return None
    return reverse(name, kwargs=wanted)


def _objects(launch: Launch) -> dict[str, object]:
    """By the argument of an address; a uuid by the first words of the address."""
    from outreach.audience.models import Membership
    from outreach.campaigns.actions import import_version
    from outreach.organisation.audit import OPERATOR
    from outreach.organisation.models import School, Sender, Staff
    from outreach.subscriptions.roster.uploads import take_upload

    shipped = _ROOT / "campaigns" / "say-no" / "campaign.yaml"
    import_version(shipped, _ROOT / "templates", actor=OPERATOR)
    school = School.objects.order_by("pk")[0]
    roster = (
        b"guardian name,guardian email,consent\nAnna Muster,anna@example.org,yes\nBen,ben@,yes\n"
    )
    upload = take_upload(school, "parents.csv", roster, actor=OPERATOR)
    run = launch.step_runs.order_by("position")[0]
    return {
        "launch": launch.uuid,
        "launches": launch.uuid,
        "run": run.uuid,
        "school": school.uuid,
        "school/lists": upload.uuid,
        "school/parents": Membership.objects.filter(school=school)[0].uuid,
        "school/contacts": Staff.objects.get(email="duty@bench.test").uuid,
        "staff": _staff("maker").uuid,
        "alerts": Staff.objects.get(email="duty@bench.test").uuid,
        "cases": _cases(school),
        "senders": Sender.objects.order_by("pk")[0].uuid,
        "slug": launch.version.campaign.slug,
        "number": 1,
        "row": 3,
        "step": f"step-{STEPS - 1}",
        "day": launch.starts_on + timedelta(days=STEPS - 1),
        "language": "en",
        "channel": "sms",
        "provider": "twilio",
    }


def _cases(school: School) -> UUID:
    """Replies that wait for somebody; the newest of them."""
    from outreach.core.clock import now
    from outreach.core.ids import uuid7
    from outreach.inbox.models import InboundMessage
    from outreach.organisation.models import Sender
    from outreach.replies.models import Case, CaseKind, Reply
    from outreach.replies.rules import PRIORITIES

    sender, kind = Sender.objects.order_by("pk")[0], CaseKind.QUESTION
    texts = InboundMessage.objects.bulk_create(
        InboundMessage(
            provider=sender.provider,
            message_id=str(uuid7()),
            channel=sender.channel,
            from_address="+447700900001",
            to_address=sender.identity,
            text="Who is this?",
            received_at=now(),
            processed_at=now(),
        )
        for _ in range(_REPLIES)
    )
    replies = Reply.objects.bulk_create(
        Reply(inbound=text, sender=sender, school=school, meaning="other", why="other", at=now())
        for text in texts
    )
    cases = Case.objects.bulk_create(
        Case(reply=reply, kind=kind, priority=PRIORITIES[kind], opened_at=now())
        for reply in replies
    )
    for reply, case in zip(replies, cases, strict=True):
        reply.case = case
    Reply.objects.bulk_update(replies, ["case"], batch_size=500)
    newest: Case = cases[-1]
    return newest.uuid


def _staff(name: str) -> Staff:
    from outreach.core.clock import now
    from outreach.organisation.models import Staff

    found, _ = Staff.objects.get_or_create(
        email=f"{name}@bench.test", defaults={"name": name, "created_at": now()}
    )
    return found


def main(what: str, launch: int = 0) -> None:
    """Prints what was asked for."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outreach.config.settings")
    import django

    django.setup()
    if what == "launch":
        print(make_launch())
    else:
        print(json.dumps({"session": session(), "addresses": addresses(launch)}))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:3]))
