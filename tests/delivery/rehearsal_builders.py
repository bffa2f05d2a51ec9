"""A campaign on disk, in three languages and two countries, and an audience with gaps."""

from __future__ import annotations

import re
from pathlib import Path

import delivery_builders as build

from outreach.audience.models import MembershipRole
from outreach.campaigns.definition import CampaignPack, load_pack
from outreach.consent.actions import hold, suppress
from outreach.consent.models import SuppressionReason
from outreach.core.clock import now
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import School, SmsPrice

DEFINITION = """
schema: 1
campaign: small
title: Small
topic: online-safety
languages: [en, de, bg]
default_language: en
steps:
  - key: brief
    title: The brief
    to: staff
    channels: [email]
    when: {day: 0, at: "12:00", within: 3h}
  - key: launch
    title: The launch
    to: guardians
    channels: [email, sms]
    when: {day: 1, at: "12:00", within: 3h}
  - key: tip
    title: The tip
    to: guardians
    channels: [sms, email]
    when: {after: launch, days: 3, at: "12:00", within: 3h}
"""
TEXTS = {
    "en": "{{ school.name }}: tip {{ step.number }}. {{ help.sms_line }} {{ sms.stop_line }}",
    "de": "{{ school.name }}: Tipp {{ step.number }}. {{ help.sms_line }} {{ sms.stop_line }}",
    "bg": "{{ school.name }}: съвет. {{ help.sms_line }} {{ sms.stop_line }}",
}


def write_pack(
    folder: Path, definition: str = DEFINITION, texts: dict[str, str] | None = None
) -> Path:
    """The campaign below `folder`; gives the folder of its definition."""
    pack = folder / "campaigns" / "small"
    pack.mkdir(parents=True)
    (pack / "campaign.yaml").write_text(definition, "utf-8")
    for language, text in (texts or TEXTS).items():
        templates = folder / "templates" / "small" / language
        templates.mkdir(parents=True)
        for step in re.findall(r"- key: (\w+)", definition):
            (templates / f"{step}.email.md").write_text(
                "---\nsubject: From {{ school.name }}\npreheader: Short\nreviewed_by: null\n---\n"
                "Hello. Emergency: {{ help.emergency.phone }}\n",
                "utf-8",
            )
            if step != "brief":
                head = "---\nreviewed_by: null\n---\n"
                (templates / f"{step}.sms.txt").write_text(f"{head}{text}\n", "utf-8")
    return pack


def pack_at(folder: Path) -> CampaignPack:
    return load_pack(folder, folder.parent.parent / "templates")


def build_audience() -> tuple[School, School]:
    """Thirty people at two schools: every channel and language, and every kind of gap."""
    SmsPrice.objects.create(country="DE", micros=75_000, set_at=now())
    green = build.build_school()
    berg = build.build_school("bergschule", zone="Europe/Berlin")
    School.objects.filter(pk=berg.pk).update(country="DE", languages=["de"], name="Schule am Berg")
    for number in range(6):
        build.build_parent(green, phone=f"+44770090{number:04d}", name=f"Parent {number}")
        both = build.build_parent(
            berg, phone=f"+44770091{number:04d}", email=f"p{number}@example.org"
        )
        both.person.language = ("bg", "de", "en-GB")[number % 3]
        both.person.save()
    _gaps(green)
    staff = build.build_parent(green, email="head@example.org", name="Head")
    staff.person.memberships.update(role=MembershipRole.CONTACT)
    return green, berg


def _gaps(school: School) -> None:
    build.build_parent(school)
    build.build_parent(school, phone="+447700920001", consent=False)
    blocked = build.build_parent(school, phone="+447700920002")
    held = build.build_parent(school, phone="+447700920003")
    shared = build.build_parent(school, phone="+447700920004")
    build.build_parent(school, phone=shared.phone, name="Jörg")
    build.build_parent(school, phone=build.build_address("sms", "+442079460018", textable=False))
    abroad = build.build_parent(school, phone="+33612345678")
    abroad.phone.country = "FR"
    abroad.phone.save()
    suppress(
        "sms",
        blocked.phone.match_key,
        reason=SuppressionReason.ASKED,
        evidence="reply",
        actor=OPERATOR,
    )
    hold(held.phone.pk, reason="unsure", actor=OPERATOR)
