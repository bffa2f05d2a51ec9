"""Makes an approved launch of a tiny campaign whose window is open all day, by the product's verbs.

Run as a program in an environment that has the settings:
`python -m bench.launching CHANNEL [SCHOOLS]`, the first so many schools, 0 for all.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outreach.campaigns.models import CampaignVersion

DEFINITION = """
schema: 1
campaign: bench
title: Bench
topic: online-safety
languages: [en]
default_language: en
quiet_hours: {{from: "00:00", to: "00:00"}}
steps:
  - key: only
    title: The one message
    to: guardians
    channels: [{channel}]
    when: {{day: 0, at: "00:00", within: 24h}}
"""
EMAIL = """---
subject: "{{ school.name }}: online safety"
preheader: A short talk helps
reviewed_by: null
---
Dear {% if recipient.name %}{{ recipient.name }}{% else %}parent{% endif %},

online blackmail can happen to any child. Talk early, stay calm, tell the police.

[Where to get help]({{ links.advice }})
"""
SMS = "{{ school.name }}: Online safety tip. {{ help.sms_line }} {{ sms.stop_line }}\n"


def main(channel: str, schools: int = 0) -> None:
    """Creates, approves and starts the launch; prints its identifier."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outreach.config.settings")
    import django

    django.setup()

    from bench.readying import make_ready
    from outreach.campaigns import actions
    from outreach.core.clock import now
    from outreach.organisation.audit import Actor
    from outreach.organisation.models import School, Staff

    version = _version(channel)
    chosen = list(School.objects.order_by("pk")[:schools]) if schools else []
    people = [
        Staff.objects.get_or_create(
            email=f"{name}@bench.test", defaults={"name": name, "created_at": now()}
        )[0]
        for name in ("maker", "approver")
    ]
    maker, approver = (Actor(person.email, person.pk) for person in people)
    launch = actions.create_launch(
        version, name=f"Bench {version.number}", starts_on=now().date(), schools=chosen, actor=maker
    )
    make_ready()
    actions.request_review(launch, actor=maker, accepts_unreviewed=True)
    actions.approve_launch(launch, actor=approver)
    actions.start_launch(launch, actor=maker)
    print(launch.pk)


def _version(channel: str) -> CampaignVersion:
    from outreach.campaigns.models import Campaign, CampaignVersion
    from outreach.core.clock import now

    campaign, _ = Campaign.objects.get_or_create(
        slug="bench", defaults={"title": "Bench", "created_at": now()}
    )
    number = campaign.versions.count() + 1
    return CampaignVersion.objects.create(
        campaign=campaign,
        number=number,
        sha256=f"{number:064x}",
        definition=DEFINITION.format(channel=channel),
        files={"en/only.email.md": EMAIL} if channel == "email" else {"en/only.sms.txt": SMS},
        imported_at=now(),
        imported_by="bench",
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
