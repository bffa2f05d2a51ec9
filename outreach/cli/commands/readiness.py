"""`outreach readiness …`: who is alerted to calls for help, and test alerts."""

from __future__ import annotations

import click

from outreach.cli.access import acting, operator
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.core.channels import Channel
from outreach.core.errors import BadToken
from outreach.organisation.alert_tests import acknowledge, read_test_token
from outreach.organisation.audit import OPERATOR, Actor
from outreach.organisation.models import School
from outreach.organisation.readiness import CONTACT_WORDS, Contact, contacts, readiness_problems
from outreach.organisation.staff import staff_by_email
from outreach.replies.alert_ways import AlertWay, alert_ways
from outreach.replies.alerts import send_test_alert

_NOTHING_GOES = 1
_BY = {Channel.EMAIL: "email", Channel.SMS: "text"}


@click.group(short_help="Who is alerted to calls for help, and test alerts.")
def command() -> None:
    """Who is alerted when a reply may be a call for help.

    Nothing goes to parents of a school without a child-protection contact who confirmed a test
    alert, nor of an organisation without such a duty contact. Roles are given with
    `outreach staff role EMAIL duty_contact` and
    `outreach staff role EMAIL safeguarding_lead --school SLUG`.
    """


@command.command()
@json_option
@operator
def show(as_json: bool) -> None:
    """Show the contacts, how the last alert went by email and by text, and what is missing."""
    schools = list(School.objects.order_by("name"))
    found, problems = contacts(schools), readiness_problems(schools)
    ways = alert_ways()
    if as_json:
        print_json(
            {
                "contacts": [_as_dict(each) for each in found],
                "ways": [_way_as_dict(each) for each in ways],
                "problems": [
                    {"code": each.code, "where": each.where, "message": each.message}
                    for each in problems
                ],
            }
        )
        return
    rows = [
        [_for(each), each.staff.name, each.staff.email, each.staff.phone, _words(each)]
        for each in found
    ]
    headings = ["for", "name", "email", "phone", "test alert"]
    print_table(headings, rows, empty="Nobody is alerted yet; see outreach readiness --help.")
    say("")
    lines = [[_BY[each.channel], each.words, each.at, each.why, each.remedy] for each in ways]
    print_table(["by", "the last alert", "when", "why", "what to do"], lines, empty="")
    for problem in problems:
        say(f"{problem.message} {problem.remedy}")


@command.command()
@click.argument("email")
@acting("MANAGE_LAUNCHES", or_operator=True)
def test(email: str, actor: Actor) -> None:
    """Send a test alert by email and by text; one of its links confirms it.

    Says by which of the two nothing can go, and what to do. Ends with 1 when it is neither.
    """
    member = staff_by_email(email)
    sent = send_test_alert(member, actor=actor)
    addresses = {Channel.EMAIL: member.email, Channel.SMS: member.phone}
    reached = " and ".join(addresses[channel] for channel in sent.channels)
    if reached:
        say(f"A test alert goes to {member.name}, {reached}.")
    for problem in sent.problems.values():
        say(f"{problem.message} {problem.remedy}")
    if not reached:
        raise click.exceptions.Exit(_NOTHING_GOES)


@command.command()
@click.argument("link")
@operator
def confirm(link: str) -> None:
    """Confirm a test alert with the LINK (or its last part) that came in it."""
    test_, channel = read_test_token(_token(link))
    acknowledge(test_, channel, actor=OPERATOR)
    say(f"{test_.staff.name} is ready.")


def _token(link: str) -> str:
    token = link.strip().rstrip("/").rpartition("/")[2]
    if not token:
        raise BadToken("The link is missing.", remedy="Give the one from the test alert.")
    return token


def _for(contact: Contact) -> str:
    return contact.school.name if contact.school else "everywhere"


def _words(contact: Contact) -> str:
    return CONTACT_WORDS[contact.state]


def _way_as_dict(way: AlertWay) -> dict[str, object]:
    return {"channel": way.channel, "state": way.way, "at": way.at, "why": way.why}


def _as_dict(contact: Contact) -> dict[str, object]:
    return {
        "school": contact.school.slug if contact.school else None,
        "name": contact.staff.name,
        "email": contact.staff.email,
        "phone": contact.staff.phone,
        "state": contact.state.value,
        "at": contact.at,
    }
