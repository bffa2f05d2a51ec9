"""What tests of signing up do and look at: a school, its wish, the messages that went out."""

from __future__ import annotations

import re

from outreach.consent.models import Topic
from outreach.core.emails import normalise_email
from outreach.core.phones import normalise_phone
from outreach.notices.models import Notice, NoticeKind
from outreach.organisation.models import Organisation, School
from outreach.subscriptions.joining import Asked, Target, Wish, ask_on_page
from tests.delivery import delivery_builders as build

ANNA = "anna@example.org"
PHONE = "+447700900123"


def build_house() -> School:
    """An organisation with both senders, a duty contact, one topic, and a school."""
    build.build_organisation()
    Organisation.objects.update(duty_email="duty@outreach.test")
    return build.build_school()


def mail(text: str = ANNA) -> Target:
    return Target.of_email(normalise_email(text))


def phone(text: str = PHONE) -> Target:
    return Target.of_phone(normalise_phone(text, "GB"))


def ask(
    school: School, *targets: Target, language: str = "en", network: str = "198.51.100.0/24"
) -> Asked:
    wish = Wish(school, list(Topic.objects.all()), language, targets, "page")
    return ask_on_page(wish, network)


def notices(kind: NoticeKind) -> list[Notice]:
    return list(Notice.objects.filter(kind=kind).order_by("pk"))


def token_in(notice: Notice, page: str) -> str:
    """The sealed part of a link to `page` in a message."""
    found = re.search(rf"/{page}/([a-z2-7]+)", notice.text)
    assert found, notice.text
    return found[1]
