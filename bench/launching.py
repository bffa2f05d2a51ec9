"""Makes an approved launch of a tiny campaign whose window is open all day, by the product's verbs.

Run as a program in an environment that has the settings: `python -m bench.launching CHANNEL`.
"""

from __future__ import annotations

import os
import sys

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


def main(channel: str) -> None:
    """Creates, approves and starts the launch; prints its identifier."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outreach.config.settings")
    import django

    django.setup()

    from outreach.campaigns import actions
    from outreach.campaigns.models import Campaign, CampaignVersion
    from outreach.core.clock import now
    from outreach.organisation.audit import Actor
    from outreach.organisation.models import Staff

    people = [
        Staff.objects.get_or_create(
            email=f"{name}@bench.test", defaults={"name": name, "created_at": now()}
        )[0]
        for name in ("maker", "approver")
    ]
    maker, approver = (Actor(person.email, person.pk) for person in people)
    campaign, _ = Campaign.objects.get_or_create(
        slug="bench", defaults={"title": "Bench", "created_at": now()}
    )
    number = campaign.versions.count() + 1
    version = CampaignVersion.objects.create(
        campaign=campaign,
        number=number,
        sha256=f"{number:064x}",
        definition=DEFINITION.format(channel=channel),
        files={"en/only.email.md": EMAIL} if channel == "email" else {"en/only.sms.txt": SMS},
        imported_at=now(),
        imported_by="bench",
    )
    launch = actions.create_launch(
        version, name=f"Bench {number}", starts_on=now().date(), schools=[], actor=maker
    )
    actions.request_review(launch, actor=maker)
    actions.approve_launch(launch, actor=approver)
    actions.start_launch(launch, actor=maker)
    print(launch.pk)


if __name__ == "__main__":
    main(sys.argv[1])
