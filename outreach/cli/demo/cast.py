"""The invented organisation of the demo. Nobody in it exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outreach.core.channels import Channel
from outreach.organisation.models import OptOutHandler, Role

ORGANISATION = "Safe Online Network"
CURRENCY = "EUR"
# Above what the whole campaign costs, so that the ceiling does not end the show.
LAUNCH_CAP = Decimal(200)
DAY_CAP = Decimal(100)
DUTY_EMAIL = "duty@safe-online.example"
READING_HOURS = "Mon-Fri 8:00-18:00"
READING_ZONE = "Europe/London"
CAMPAIGN = "say-no"
LAUNCH = "Say No!"
# Invented, near what carriers ask: for showing what a launch costs, not for budgeting.
PRICES = {"GB": Decimal("0.0463"), "DE": Decimal("0.0885"), "ES": Decimal("0.0690")}


@dataclass(frozen=True)
class DemoSchool:
    """`roster`: its file in outreach/cli/demo_data."""

    slug: str
    name: str
    country: str
    zone: str
    language: str
    wording: str
    signed_on: date

    @property
    def roster(self) -> str:
        return f"{self.slug}.csv"


@dataclass(frozen=True)
class DemoSender:
    channel: Channel
    provider: str
    identity: str
    countries: tuple[str, ...]
    stop_by: OptOutHandler
    rate_per_second: float


@dataclass(frozen=True)
class DemoStaff:
    """`school`: its slug for a role of one school. `phone`: of those who are alerted."""

    email: str
    name: str
    role: Role
    phone: str = ""
    school: str = ""


SCHOOLS = (
    DemoSchool(
        "greenhill",
        "Greenhill Primary School",
        "GB",
        "Europe/London",
        "en",
        "Yes, the school and Safe Online Network may write to me about online safety.",
        date(2025, 9, 1),
    ),
    DemoSchool(
        "lindenschule",
        "Lindenschule",
        "DE",
        "Europe/Berlin",
        "de",
        "Ja, die Schule und Safe Online Network dürfen mir zur Sicherheit im Netz schreiben.",
        date(2025, 9, 1),
    ),
    DemoSchool(
        "guiniguada",
        "CEIP Guiniguada",
        "ES",
        "Atlantic/Canary",
        "es",
        "Sí, el colegio y Safe Online Network pueden escribirme sobre seguridad en internet.",
        date(2025, 9, 1),
    ),
)
# Numbers that are kept free for fiction where a country has such; see demo_data/README.md.
# The sandbox leaves STOP to us (processes.py starts it so), so the answer comes in the
# reader's own language. Quick enough for a window of some seconds of time-lapse.
SENDERS = (
    DemoSender(
        Channel.SMS, "twilio", "+447700900999", ("GB",), OptOutHandler.US, rate_per_second=200
    ),
    DemoSender(
        Channel.SMS, "twilio", "+4917604069099", ("DE",), OptOutHandler.US, rate_per_second=200
    ),
    DemoSender(
        Channel.SMS, "twilio", "+34600000999", ("ES",), OptOutHandler.US, rate_per_second=200
    ),
    DemoSender(
        Channel.EMAIL,
        "sendgrid",
        "hello@safe-online.example",
        (),
        OptOutHandler.US,
        rate_per_second=200,
    ),
)
MANAGER = DemoStaff("manager@demo.example", "Maya Manager", Role.MANAGER)
APPROVER = DemoStaff("approver@demo.example", "Alex Approver", Role.APPROVER)
STAFF = (
    MANAGER,
    APPROVER,
    DemoStaff("admin@demo.example", "Ari Administrator", Role.ADMINISTRATOR),
    DemoStaff("duty@demo.example", "Dora Duty", Role.DUTY_CONTACT, "+447700900980"),
)
# The leads have confirmed a test alert, so that messages to parents go out.
AT_SCHOOLS = (
    DemoStaff("office.greenhill@demo.example", "Olive Office", Role.SCHOOL_STAFF, "", "greenhill"),
    DemoStaff(
        "lead.greenhill@demo.example",
        "Lena Lead",
        Role.SAFEGUARDING_LEAD,
        "+447700900981",
        "greenhill",
    ),
    DemoStaff(
        "lead.lindenschule@demo.example",
        "Lars Leitung",
        Role.SAFEGUARDING_LEAD,
        "+4917604069081",
        "lindenschule",
    ),
    DemoStaff(
        "lead.guiniguada@demo.example",
        "Luz Líder",
        Role.SAFEGUARDING_LEAD,
        "+34600000981",
        "guiniguada",
    ),
)
