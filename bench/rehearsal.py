"""Rehearsing a school year of Say No!: 500,000 people, 1,000 schools, 12 countries.

The audience is made in the database as for the other figures and then spread over countries,
zones and languages; the campaign is the shipped one, and a message of it in each month after.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.figures import Effort, Figure, Say, figure
from bench.machine import REPOSITORY, Machine
from bench.population import Population

_MUST_SECONDS = 30
_PEOPLE = 500_000
# Country, zone, language: each with verified help lines, a price and its own clocks.
_COUNTRIES = (
    ("GB", "Europe/London", "en"),
    ("IE", "Europe/Dublin", "en"),
    ("DE", "Europe/Berlin", "de"),
    ("AT", "Europe/Vienna", "de"),
    ("CH", "Europe/Zurich", "de"),
    ("ES", "Europe/Madrid", "es"),
    ("FR", "Europe/Paris", "fr"),
    ("IT", "Europe/Rome", "it"),
    ("PL", "Europe/Warsaw", "pl"),
    ("RO", "Europe/Bucharest", "ro"),
    ("US", "America/New_York", "en"),
    ("AU", "Australia/Sydney", "en"),
)
_MONTHS = 9
_FIRST_DAY = 30  # after the last step of the shipped campaign
_AGAIN = ("warning-signs", "how-to-talk", "what-to-do")
_STEP = """
  - key: {key}
    title: Once more
    to: guardians
    channels: [email, sms]
    when: {{day: {day}, at: "17:00", within: 3h}}
    expires_after: 2d
"""
_SPREAD = """
UPDATE organisation_school s SET country = c.country, zone = c.zone, languages = ARRAY[c.language]
FROM unnest(%(countries)s::text[], %(zones)s::text[], %(languages)s::text[])
  WITH ORDINALITY AS c(country, zone, language, place)
WHERE s.id %% %(number)s = c.place - 1
"""
_ABROAD = """
UPDATE audience_address a SET country = s.country
FROM audience_personaddress pa JOIN organisation_school s ON s.id = pa.school_id
WHERE pa.address_id = a.id AND a.channel = 'sms'
"""
_OTHER_LANGUAGES = """
UPDATE audience_person SET language = (ARRAY['en', 'de', 'es', 'fr', 'tr', 'ar'])[id %% 6 + 1]
WHERE id %% 5 = 0
"""
_PRICES = """
INSERT INTO organisation_smsprice SELECT country, 50000, now() FROM unnest(%s::text[]) AS country
ON CONFLICT DO NOTHING
"""


def measure_rehearsal(effort: Effort, say: Say) -> list[Figure]:
    """Seconds of `outreach campaign rehearse` from the start of its work to the whole answer."""
    people = effort.size(20_000, _PEOPLE)
    times = effort.size(1, min(effort.pairs, 3), effort.pairs)
    with Machine() as machine:
        say(f"laying down {people:,} people")
        machine.populate(Population(people, sms_share=0.7))
        _spread(machine)
        campaign = _school_year(machine.folder)
        seconds: list[float] = []
        for number in range(times):
            took, messages = machine.run("-m", "bench.rehearsing", str(campaign)).split()
            seconds.append(float(took))
            say(f"rehearsal {number + 1}: {float(took):.1f} s for {int(messages):,} messages")
    name = f"rehearsing a year for {people:,} people"
    return [
        figure(name, seconds, max(3.0, _MUST_SECONDS * people / _PEOPLE), unit="s", is_ceiling=True)
    ]


def _spread(machine: Machine) -> None:
    countries, zones, languages = (list(column) for column in zip(*_COUNTRIES, strict=True))
    with machine.connect() as connection:
        connection.execute(
            _SPREAD,
            {
                "countries": countries,
                "zones": zones,
                "languages": languages,
                "number": len(_COUNTRIES),
            },
        )
        connection.execute(_PRICES, [countries])
        connection.execute(_ABROAD, {})
        connection.execute(_OTHER_LANGUAGES, {})
        connection.execute("VACUUM ANALYZE")


def _school_year(folder: Path) -> Path:
    """The shipped campaign, and in each of nine months after it one of its messages once more."""
    shipped, texts = REPOSITORY / "campaigns" / "say-no", REPOSITORY / "templates" / "say-no"
    campaign, templates = folder / "campaigns" / "say-no", folder / "templates" / "say-no"
    campaign.mkdir(parents=True)
    shutil.copytree(texts, templates)
    definition = (shipped / "campaign.yaml").read_text("utf-8").rstrip()
    for month in range(1, _MONTHS + 1):
        key = _AGAIN[month % len(_AGAIN)]
        definition += _STEP.format(key=f"{key}-{month}", day=_FIRST_DAY + 30 * month)
        for file in texts.glob(f"*/{key}.*"):
            name = file.name.replace(key, f"{key}-{month}", 1)
            shutil.copy(file, templates / file.parent.name / name)
    (campaign / "campaign.yaml").write_text(f"{definition}\n", "utf-8")
    return campaign
