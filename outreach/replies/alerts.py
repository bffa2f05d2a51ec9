"""Alerting people about a call for help, by email and by text, quiet hours or not.

An alert never holds what was written, only a link to the case. The first round goes to the
child-protection contacts of the school in whose name we wrote and to the first duty contact;
each further one also to the next duty contact, and after the last to the administrators.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from outreach.config.environment import environment
from outreach.content import (
    Links,
    OrganisationValues,
    Recipient,
    SchoolValues,
    Values,
    help_directory,
)
from outreach.core.channels import Channel
from outreach.core.clock import installed, now
from outreach.core.errors import CannotRender, NotNow, Problem
from outreach.core.phones import country_of_number
from outreach.notices.actions import queue_notice
from outreach.notices.models import Notice, NoticeKind
from outreach.notices.texts import (
    EmailText,
    choose_notice_language,
    write_notice_email,
    write_notice_sms,
)
from outreach.organisation.alert_tests import begin_test, token_of_test
from outreach.organisation.audit import Actor
from outreach.organisation.models import AlertTest, Organisation, School, Staff
from outreach.organisation.permissions import Right, staff_with
from outreach.organisation.reach import NO_SENDER, reach_problem
from outreach.organisation.readiness import (
    administrators,
    duty_contacts,
    safeguarding_leads,
)
from outreach.organisation.senders import sender_for
from outreach.replies.models import Case, CaseAlert

_LOG = logging.getLogger(__name__)
ALERTS = Actor("system:alerts")
CARRIED_WITHIN = timedelta(hours=2)
# After so many rounds the next ones come more slowly, but they do not end.
_QUICK_ROUNDS = 4
_SLOWER = 4


def lived(duration: timedelta) -> timedelta:
    """`duration` of the people who read and write: in a time-lapse they live by a real clock."""
    return duration * max(1.0, installed().speed)


def alert_people(case: Case) -> None:
    """One round of alerts, in the caller's transaction, and when the next one is due.

    `case` is locked by the caller. Repeated rounds go on until somebody opens it.
    """
    school = case.reply.school
    for staff in people_to_alert(school, case.alerts):
        for channel in Channel:
            _alert(case, staff, channel, school)
    minutes = _settings().escalate_after_minutes
    slower = _SLOWER if case.alerts >= _QUICK_ROUNDS else 1
    case.alerts += 1
    case.next_alert_at = now() + lived(timedelta(minutes=minutes * slower))
    case.save(update_fields=["alerts", "next_alert_at"])


def people_to_alert(school: School | None, round_number: int) -> list[Staff]:
    """Whom a round (from 0) reaches, each once."""
    duty = duty_contacts()
    leads = safeguarding_leads(school) if school else []
    reached = [*leads, *duty[: round_number + 1]]
    if round_number >= len(duty):
        reached += administrators()
    return list({staff.pk: staff for staff in reached}.values())


def _alert(case: Case, staff: Staff, channel: Channel, school: School | None) -> None:
    key = f"alert:{case.pk}:{case.alerts}:{staff.pk}:{channel}"
    link = _page(f"/cases/{case.uuid}")
    notice = _queue(NoticeKind.CRISIS_ALERT, key, staff, channel, link, school=school)
    CaseAlert.objects.create(
        case=case,
        staff=staff,
        channel=channel,
        round=case.alerts,
        at=now(),
        notice=notice if isinstance(notice, Notice) else None,
        problem="" if isinstance(notice, Notice) else notice,
    )


@dataclass(frozen=True)
class SentTest:
    """`problems`: of each channel by which nothing can go now."""

    test: AlertTest
    problems: Mapping[Channel, Problem]

    @property
    def channels(self) -> tuple[Channel, ...]:
        """By which it goes."""
        return tuple(channel for channel in Channel if channel not in self.problems)


def send_test_alert(staff: Staff, *, actor: Actor) -> SentTest:
    """A test alert by email and by text; its link acknowledges it.

    Raises NotNow without a phone number, and where there is a sender for neither.
    """
    with transaction.atomic():
        test = begin_test(staff, actor=actor)
        problems = {each: found for each in Channel if (found := reach_problem(staff, each))}
        if [each.code for each in problems.values()] == [NO_SENDER] * len(Channel):
            first = problems[Channel.EMAIL]
            raise NotNow(f"{first.message} {problems[Channel.SMS].message}", remedy=first.remedy)
        for channel in Channel:
            if channel in problems and problems[channel].code == NO_SENDER:
                continue
            link = _page(f"/alert/{token_of_test(test, channel)}")
            key = key_of_test(test, channel)
            problem = _queue(NoticeKind.TEST_ALERT, key, staff, channel, link)
            if isinstance(problem, str):
                _LOG.warning("test alert %d by %s: %s", test.pk, channel, problem)
    return SentTest(test, problems)


def key_of_test(test: AlertTest, channel: Channel) -> str:
    """Under which the notice of a test alert is found."""
    return f"test:{test.pk}:{channel}"


def remind_of_cases(round_key: str) -> int:
    """A reminder by email to everybody who decides about replies; returns how many."""
    people = staff_with(Right.DECIDE_CASES)
    for staff in people:
        key = f"cases:{round_key}:{staff.pk}"
        _queue(NoticeKind.CASE_REMINDER, key, staff, Channel.EMAIL, _page("/cases"))
    return len(people)


def _queue(
    kind: NoticeKind,
    key: str,
    staff: Staff,
    channel: Channel,
    link: str,
    *,
    school: School | None = None,
) -> Notice | str:
    """The notice, or in a few words why there is none."""
    is_sms = channel is Channel.SMS
    destination = staff.phone if is_sms else staff.email
    if not destination:
        return "no phone number"
    sender = sender_for(channel, country_of_number(destination) if is_sms else "")
    if sender is None:
        return "no sender for this channel and country"
    try:
        words = _words(kind, channel, staff, link, school)
    except CannotRender as error:
        _LOG.error("%s cannot be written: %s", kind, error.code)
        return "the text could not be written"
    made = queue_notice(
        kind,
        key,
        channel=channel,
        destination=destination,
        sender=sender,
        school=school,
        subject=words.subject,
        html=words.html,
        text=words.text,
        expires_in=CARRIED_WITHIN,
        actor=ALERTS,
    )
    return made or Notice.objects.get(dedupe_key=key)


def _words(
    kind: NoticeKind, channel: Channel, staff: Staff, link: str, school: School | None
) -> EmailText:
    language = choose_notice_language(kind, channel, [])
    values = Values(
        school=SchoolValues(school.name if school else None, school.country if school else ""),
        organisation=OrganisationValues(_settings().name),
        help=help_directory().for_country(school.country if school else ""),
        recipient=Recipient(staff.name),
        links=Links(page=link),
    )
    if channel is Channel.SMS:
        return EmailText("", "", write_notice_sms(kind, language, values).text)
    return write_notice_email(kind, language, values)


def _settings() -> Organisation:
    return Organisation.objects.filter(pk=1).first() or Organisation(name="Outreach")


def _page(path: str) -> str:
    return f"{environment().public_url.rstrip('/')}{path}"
