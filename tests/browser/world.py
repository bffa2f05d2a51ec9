"""What the walk through every page looks at: an installation in the middle of its work."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import web_builders as build
from django.utils import timezone
from web_client import AppClient

from outreach.audience.models import Address
from outreach.campaigns.actions import import_version, set_bounds
from outreach.campaigns.models import Launch
from outreach.consent.actions import Grant, grant
from outreach.consent.models import OwnDataLink, SignUp, Topic
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.emails import normalise_email
from outreach.core.tokens import ANSWER_LINK, JOIN_LINK, PREFERENCES, STOP_LINK
from outreach.delivery.genuine import code_of
from outreach.delivery.models import Delivery
from outreach.notices.staff_letters import address_of
from outreach.organisation.alert_tests import begin_test, token_of_test
from outreach.organisation.audit import OPERATOR, RECIPIENT
from outreach.organisation.lanes import sealer
from outreach.organisation.links import make_link
from outreach.organisation.models import School, SmsPrice, Staff
from outreach.organisation.second_factor.app_codes import add_app, new_secret
from outreach.organisation.sign_in_models import LinkKind
from outreach.replies.models import CaseKind
from outreach.subscriptions.joining import Target, Wish, ask_on_page
from outreach.subscriptions.letters import own_data_token

ROOT = Path(__file__).parents[2]


def build_school() -> School:
    """A school of an installation that can send, with the shipped campaign taken in."""
    build.build_organisation()
    school = build.build_school()
    for channel in ("email", "sms"):
        build.build_sender(channel)
    SmsPrice.objects.create(country="GB", micros=40_000, set_at=now())
    import_version(
        ROOT / "campaigns" / "say-no" / "campaign.yaml", ROOT / "templates", actor=OPERATOR
    )
    return school


def fill(launch: Launch, school: School, manager: Staff) -> None:
    """A send on its way: what it counted, its pace, replies, a draft, a school's own bounds."""
    build.count_up(launch, delivered=1200, accepted=90, pending=300, failed=4, bounced=11)
    build.pace(launch, accepted=40, delivered=38, failed=1)
    set_bounds(launch, move_days=2, may_skip=True, actor=OPERATOR)
    address = Address.objects.get()
    for number in range(3):
        build.build_address(school, f"parent{number}@mailbox.example")
    build.build_unknown(launch, Delivery.objects.get())
    build.build_case(school, "he threatens her", kind=CaseKind.CRISIS, address=address)
    build.build_case(school, "not sure about this", kind=CaseKind.HOLD, address=address)
    build.build_draft(manager, "Spring", starts_on=now().date() + timedelta(days=90))


def pages_of_parents(launch: Launch, school: School, language: str) -> dict[str, str]:
    """The address of each page for people without an account, by the name of its route."""
    delivery = Delivery.objects.get()
    Delivery.objects.update(language=language)
    here, seal = (delivery.step_run_id, delivery.id), sealer().seal
    return {
        "stop": f"/u/{seal(STOP_LINK, *here)}?lang={language}",
        "answer": f"/a/{seal(ANSWER_LINK, *here)}?lang={language}",
        "join": f"/join/{school.slug}?lang={language}",
        "join-confirm": f"/join/confirm/{seal(JOIN_LINK, _sign_up(school, language).pk)}",
        "preferences": f"/p/{seal(PREFERENCES, 1, *here)}?lang={language}",
        "about-me": f"/about-me?lang={language}",
        "own-data": f"/about-me/{own_data_token(_own_data(delivery.address, language))}",
        "genuine": f"/genuine?lang={language}",
        "genuine-code": f"/genuine/{code_of(delivery.step_run_id, school.pk)}?lang={language}",
        "advice": f"/advice/gb/{language}",
    }


def pages_before_sign_in(manager: Staff, contact: Staff) -> dict[str, str]:
    """The address of each page of staff who are not signed in (the second step aside)."""
    links = {kind: urlsplit(address_of(make_link(manager, kind))).path for kind in LinkKind}
    return {
        "sign-in": "/sign-in",
        "forgotten": "/forgotten",
        "new-password": links[LinkKind.PASSWORD_RESET],
        "welcome": links[LinkKind.INVITATION],
        "test-alert": f"/alert/{token_of_test(begin_test(contact, actor=OPERATOR), Channel.EMAIL)}",
    }


def session_of(staff: Staff) -> str:
    """The key of a session of `staff` who proved a moment ago and is setting up an app."""
    client = AppClient().as_staff(staff)
    client.post("/account/app/begin")
    return str(client.cookies["sessionid"].value)


def half_way_session(staff: Staff) -> str:
    """The key of a session past the password, of somebody who has set up an app."""
    secret = new_secret()
    code = pyotp.TOTP(secret).at(timezone.now(), counter_offset=-1)
    add_app(staff, secret, code, actor=OPERATOR)
    client = AppClient()
    client.post("/sign-in", {"email": staff.email, "password": build.PASSWORD})
    return str(client.cookies["sessionid"].value)


def _sign_up(school: School, language: str) -> SignUp:
    topic = Topic.objects.get()
    target = Target.of_email(normalise_email(f"new-{language}@mailbox.example"))
    ask_on_page(Wish(school, [topic], language, [target], "page"), "")
    return SignUp.objects.latest("pk")


def _own_data(address: Address, language: str) -> OwnDataLink:
    grant(
        [
            Grant(
                address.pk,
                Topic.objects.get().pk,
                School.objects.get(slug="greenhill").pk,
                "signed_form",
                "paper",
                "I agree.",
            )
        ],
        actor=RECIPIENT,
    )
    return OwnDataLink.objects.create(
        address=address, language=language, made_at=now(), expires_at=now() + timedelta(hours=1)
    )
